import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { StoredMail } from './mailbox-store.ts';

const style = `
  :root { color-scheme: light dark; --line: #8884; --quiet: #7a7a85; --accent: #4f5bd5; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.3rem; margin: 0 0 1rem; }
  a { color: var(--accent); text-decoration: none; }
  a:hover { text-decoration: underline; }
  table { border-collapse: collapse; width: 100%; }
  th { text-align: left; font-weight: 500; color: var(--quiet); }
  th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
  td.when { white-space: nowrap; color: var(--quiet); font-variant-numeric: tabular-nums; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
  dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
  iframe { width: 100%; height: 44rem; border: 1px solid var(--line); border-radius: 6px; background: #fff; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 6px; padding: 1rem; }
  .quiet { color: var(--quiet); }
`;

function Page({ title, refresh, children }: { title: string; refresh?: boolean; children: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        {refresh ? <meta http-equiv="refresh" content="5" /> : null}
        {/* No icon: else browsers ask for one that is not there. */}
        <link rel="icon" href="data:," />
        <title>{title}</title>
        <style>{raw(style)}</style>
      </head>
      <body>{children}</body>
    </html>
  );
}

/** All mails, newest first; looks again by itself. */
export function MailList({ mails }: { mails: StoredMail[] }) {
  return (
    <Page title={`Mailbox (${mails.length})`} refresh>
      <h1>Mailbox</h1>
      {mails.length === 0 ? (
        <p class="quiet">
          No mail yet. Every mail the stack sends arrives here and goes no further.
        </p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Received (UTC)</th>
              <th>To</th>
              <th>Subject</th>
            </tr>
          </thead>
          <tbody>
            {mails.map((mail) => (
              <tr>
                <td class="when">{clock(mail.receivedAt)}</td>
                <td>{mail.to.join(', ')}</td>
                <td>
                  <a href={`/mails/${mail.id}`}>{mail.subject}</a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="quiet">
        The same as JSON: <a href="/api/mails">/api/mails</a>
      </p>
    </Page>
  );
}

/**
 * One mail. Its html is shown in a frame that runs no scripts and has no origin; its links open in
 * a window of their own, which is what links in a billing mail are for.
 */
export function OneMail({ mail }: { mail: StoredMail }) {
  return (
    <Page title={mail.subject}>
      <p>
        <a href="/">All mails</a>
      </p>
      <h1>{mail.subject}</h1>
      <dl>
        <dt>From</dt>
        <dd>{mail.from}</dd>
        <dt>To</dt>
        <dd>{mail.to.join(', ')}</dd>
        <dt>Received</dt>
        <dd>{clock(mail.receivedAt)} UTC</dd>
        {mail.attachments.map(({ fileName, contentType, bytes }) => (
          <>
            <dt>Attached</dt>
            <dd>
              {fileName} <span class="quiet">{`${contentType}, ${bytes} bytes`}</span>
            </dd>
          </>
        ))}
      </dl>
      {mail.html === null ? null : (
        <iframe
          title="The mail as its reader sees it"
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          srcdoc={`<base target="_blank">${mail.html}`}
        />
      )}
      {mail.text === '' ? null : (
        <details open={mail.html === null}>
          <summary>Plain text</summary>
          <pre>{mail.text}</pre>
        </details>
      )}
      <p class="quiet">
        <a href={`/mails/${mail.id}/raw`}>Raw message</a>
      </p>
    </Page>
  );
}

function clock(timestamp: string): string {
  return timestamp.slice(0, 19).replace('T', ' ');
}
