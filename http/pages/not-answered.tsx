import type { Context } from 'hono';
import type { FailureCode } from '../../domain/failures.ts';
import { PlainPage } from './frame.tsx';
import { Message } from './layout.tsx';

/** What was asked for, so that the page can ask for it again. */
interface Asked {
  readonly address: string;
  /** Of a form that was sent; null: a page was looked at. */
  readonly fields: readonly (readonly [name: string, value: string])[] | null;
}

/** Failures that pass: asked again, the same may be answered. */
export function mayPass(code: FailureCode): boolean {
  return code === 'temporarily_unavailable' || code === 'rate_limited' || code === 'internal_error';
}

/** Reads what a request asked for. Its form is kept as it was sent, the key that it acts once by too. */
export async function askedBy({ req }: Context): Promise<Asked> {
  const { pathname, search } = new URL(req.url);
  if (req.method !== 'POST') return { address: pathname + search, fields: null };
  const body = await req.parseBody();
  const fields = Object.entries(body).filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  );
  return { address: pathname + search, fields };
}

interface NotAnsweredProperties {
  readonly brand: string;
  readonly asked: Asked;
  /** The first page. */
  readonly home: string;
}

/**
 * Something of ours does not answer: nobody has to fill in a form anew, or to wonder whether sending
 * it again acts twice. A new form would carry a new key, so that this one is sent as it was.
 */
export function NotAnswered({ brand, asked: { address, fields }, home }: NotAnsweredProperties) {
  return (
    <PlainPage title="We cannot answer right now" brand={brand}>
      <Message tone="bad" title="We cannot answer right now">
        <p>A part of our system does not answer. That usually lasts no longer than a minute.</p>
        {fields !== null && (
          <p>
            What you sent is still here. Please send it again from this page: it is done once,
            however often you send it.
          </p>
        )}
        {fields === null ? (
          <p class="actions">
            <a class="button" href={address}>
              Try again
            </a>
          </p>
        ) : (
          <form method="post" action={address} class="actions">
            {fields.map(([name, value]) => (
              <input type="hidden" name={name} value={value} />
            ))}
            <button type="submit">Send it again</button>
          </form>
        )}
      </Message>
      <p>
        <a href={home}>To the first page</a>
      </p>
    </PlainPage>
  );
}
