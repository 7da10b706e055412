import { html } from 'hono/html';
import { failures, type FailureCode } from '../../domain/failures.ts';
import { statusOfFailure } from '../failures.ts';
import { Mark } from './frame.tsx';
import { Headings } from './headings.tsx';

/** The index: what there is at this address. */
export function Home({ testCards }: { readonly testCards: boolean }) {
  return (
    <main id="main" class="frame stack" tabindex={-1}>
      <h1 class="brand">
        <Mark size={36} />
        Solvent
      </h1>
      <p>Billing for usage-priced APIs: prepaid credits, balance limits, invoices, collection.</p>
      <section class="box stack">
        <dl class="links">
          <dt>
            <a href="/docs">API reference</a>
          </dt>
          <dd>
            Every call, to read and to try. As a document: <a href="/openapi.json">openapi.json</a>.
          </dd>
          <dt>
            <a href="/problems">Problems</a>
          </dt>
          <dd>What each code of a refused call means, and who can act on it.</dd>
          <dt>
            <a href="/billing">Billing page</a>
          </dt>
          <dd>
            For customers, through a link that <code>POST /v1/portal-sessions</code> makes.
          </dd>
        </dl>
      </section>
      {testCards && (
        <p class="soft small">
          <strong>Test mode.</strong> No real card is charged here.
        </p>
      )}
    </main>
  );
}

const actors = {
  customer: 'The customer',
  developer: 'The developer of the calling program',
  operator: 'An operator of this system',
  nobody: 'Nobody needs to: it passes by itself',
} as const;

/** Every code that a call can be refused with. */
export function ProblemList() {
  return (
    <main id="main" class="frame stack" tabindex={-1}>
      <h1>Problems</h1>
      <p>
        A call that is refused is answered with a problem document (RFC 9457). Its <code>code</code>{' '}
        is one of these.
      </p>
      <section class="box scroll">
        <table>
          <Headings words={['Code', 'Status', 'Meaning']} numbers={[]} />
          <tbody>
            {codes.map((code) => (
              <tr>
                <td>
                  <a href={`/problems/${code}`}>
                    <code>{code}</code>
                  </a>
                </td>
                <td>{statusOfFailure[code]}</td>
                <td>{failures[code].title}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </main>
  );
}

const codes = Object.keys(failures) as FailureCode[];

/** One code: what a problem document's `type` leads to. */
export function ProblemPage({ code }: { readonly code: FailureCode }) {
  const row = failures[code];
  return (
    <main id="main" class="frame stack narrow" tabindex={-1}>
      <h1>
        <code>{code}</code>
      </h1>
      <p>{row.title}</p>
      <section class="box">
        <dl class="lines">
          <div>
            <dt>HTTP status</dt>
            <dd>{statusOfFailure[code]}</dd>
          </div>
          <div>
            <dt>Who can act</dt>
            <dd>{actors[row.whoCanAct]}</dd>
          </div>
          <div>
            <dt>Same call again, same key</dt>
            <dd>{row.retryable ? 'May pass later' : 'Answers the same'}</dd>
          </div>
          {'rule' in row && (
            <div>
              <dt>Rule</dt>
              <dd>{row.rule}</dd>
            </div>
          )}
        </dl>
      </section>
      <p>
        <a href="/problems">All problems</a>
      </p>
    </main>
  );
}

/** Swagger UI over our own document; it calls no other host. */
export function ApiReference() {
  return html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>API reference · Solvent</title>
          <link rel="icon" type="image/svg+xml" href="/assets/mark.svg" />
          <link rel="stylesheet" href="/docs/assets/swagger-ui.css" />
        </head>
        <body>
          <div id="reference" />
          <script src="/docs/assets/swagger-ui-bundle.js" />
          <script src="/assets/reference.js" />
        </body>
      </html>
    )}`;
}
