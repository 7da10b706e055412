import type { Child } from 'hono/jsx';
import { tokens } from './cards.ts';
import type { Controls } from './controls.ts';
import { faultKinds } from './faults.ts';
import { document } from './layout.tsx';

/** What people come for: customers, payments, what waits, the clock, faults, webhooks. */
export function overviewPage(controls: Controls): string {
  return document(
    'Overview',
    <main>
      <h1>Stripe sandbox</h1>
      <Clock controls={controls} />
      <Waiting controls={controls} />
      <Payments controls={controls} />
      <Customers controls={controls} />
      <Faults controls={controls} />
      <Webhooks controls={controls} />
      <h2>Test cards</h2>
      <p>
        {tokens().map((token) => (
          <>
            <code>{token}</code>{' '}
          </>
        ))}
      </p>
    </main>,
  );
}

type Shown = Record<string, unknown>;
interface Parts {
  controls: Controls;
}

/** A form of one button, perhaps with fields before it. */
export function Action({ to, label, children }: { to: string; label: string; children?: Child }) {
  return (
    <form class="inline" method="post" action={to}>
      {children} <button>{label}</button>
    </form>
  );
}

export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').slice(0, 19);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function amountText(object: Shown): string {
  return `${textOf(object['amount'])} ${textOf(object['currency'])}`;
}

function Clock({ controls }: Parts) {
  return (
    <section>
      <h2>Clock</h2>
      <p>
        It is <strong>{timeText(controls.nowMs())}</strong> UTC here.
      </p>
      {[1, 24, 7 * 24, 30 * 24].map((hours) => (
        <Action to="/clock/advance" label={hours < 24 ? '1 hour on' : `${hours / 24} days on`}>
          <input type="hidden" name="hours" value={hours} />
        </Action>
      ))}
    </section>
  );
}

function Waiting({ controls }: Parts) {
  const waiting = controls.waitingIntents();
  if (waiting.length === 0) return <></>;
  return (
    <section>
      <h2>Waiting for their customer</h2>
      <ul>
        {waiting.map(({ id }) => (
          <li>
            <a href={`/authenticate/${id}`}>{id}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Payments({ controls }: Parts) {
  return (
    <section>
      <h2>Payments</h2>
      <table>
        <tr>
          <th>PaymentIntent</th>
          <th>Minor units</th>
          <th>Status</th>
          <th>Customer</th>
          <th>Created</th>
        </tr>
        {controls.objects('payment_intent', 50).map((intent) => (
          <tr>
            <td>
              <a href={`/objects/${textOf(intent['id'])}`}>{textOf(intent['id'])}</a>
            </td>
            <td>{amountText(intent)}</td>
            <td>{textOf(intent['status'])}</td>
            <td>
              <a href={`/objects/${textOf(intent['customer'])}`}>{textOf(intent['customer'])}</a>
            </td>
            <td>{timeText(Number(intent['created']) * 1000)}</td>
          </tr>
        ))}
      </table>
    </section>
  );
}

function Customers({ controls }: Parts) {
  return (
    <section>
      <h2>Customers</h2>
      <table>
        {controls.objects('customer', 50).map((customer) => (
          <tr>
            <td>
              <a href={`/objects/${textOf(customer['id'])}`}>{textOf(customer['id'])}</a>
            </td>
            <td>{textOf(customer['email'])}</td>
            <td class="muted">{JSON.stringify(customer['metadata'] ?? {})}</td>
          </tr>
        ))}
      </table>
    </section>
  );
}

function Faults({ controls }: Parts) {
  const faults = controls.faults();
  return (
    <section>
      <h2>Faults to come</h2>
      <ul>
        {faults.map((fault) => (
          <li>
            {fault.kind} on {fault.method ?? 'any'} {fault.path ?? 'request'}, struck {fault.struck}{' '}
            times
          </li>
        ))}
      </ul>
      <Action to="/faults" label="Plan for the next such request">
        <select name="kind">
          {faultKinds.map((kind) => (
            <option>{kind}</option>
          ))}
        </select>{' '}
        <input name="path" value="/v1/payment_intents/:id/confirm" size={34} />
      </Action>
      <Action to="/faults/clear" label="Clear all" />
    </section>
  );
}

function Webhooks({ controls }: Parts) {
  const pending = controls.pendingWebhooks();
  const { isPaused, shuffledCount } = controls.webhookBehaviour();
  return (
    <section>
      <h2>Webhooks</h2>
      <p>{pending.length} on their way, lost or waiting.</p>
      <table>
        {pending.slice(-20).map((delivery) => (
          <tr>
            <td>
              <a href={`/objects/${delivery.eventId}`}>{delivery.eventId}</a>
            </td>
            <td>
              {delivery.isLost ? 'lost' : `${delivery.attempts} attempts`}{' '}
              <span class="bad">{delivery.lastResult ?? ''}</span>
            </td>
            <td>
              <Action to={`/events/${delivery.eventId}/resend`} label="Send now" />
            </td>
          </tr>
        ))}
      </table>
      <Action to="/webhooks" label={isPaused ? 'Let them go' : 'Hold them back'}>
        <input type="hidden" name="paused" value={String(!isPaused)} />
      </Action>
      <Action to="/webhooks" label={shuffledCount > 1 ? 'Stop shuffling' : 'Shuffle ten at a time'}>
        <input type="hidden" name="shuffled" value={shuffledCount > 1 ? 0 : 10} />
      </Action>
    </section>
  );
}
