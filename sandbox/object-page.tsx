import type { Controls } from './controls.ts';
import { document } from './layout.tsx';
import { Action, timeText } from './overview-page.tsx';

interface Moment {
  timeMs: number;
  what: string;
  detail: string;
  isBad: boolean;
  eventId: string | null;
}

/** One object: how it is, and its requests and events in the order they happened. */
export function objectPage(controls: Controls, id: string): string | undefined {
  const object = controls.object(id);
  if (object === undefined) return undefined;
  const charge = object['latest_charge'];
  const about = typeof charge === 'string' ? [id, charge] : [id];
  return document(
    id,
    <main>
      <nav>
        <a href="/">Overview</a>
      </nav>
      <h1>
        <code>{id}</code>
      </h1>
      <h2>What happened</h2>
      <table>
        {timeline(controls, about).map((moment) => (
          <tr>
            <td class="muted">{timeText(moment.timeMs)}</td>
            <td class={moment.isBad ? 'bad' : ''}>{moment.what}</td>
            <td>
              <code>{moment.detail}</code>
            </td>
            <td>
              {moment.eventId === null ? (
                ''
              ) : (
                <Action to={`/events/${moment.eventId}/resend`} label="Send again" />
              )}
            </td>
          </tr>
        ))}
      </table>
      <h2>How it is</h2>
      <pre>{JSON.stringify(object, null, 2)}</pre>
    </main>,
  );
}

function timeline(controls: Controls, ids: readonly string[]): Moment[] {
  const requests = ids.flatMap((id) => controls.requestsAbout(id));
  const events = ids.flatMap((id) => controls.events({ object: id }));
  const moments: Moment[] = [
    ...[...new Set(requests)].map((request) => ({
      timeMs: request.timeMs,
      what: `${request.method} ${request.path} → ${request.status || 'no answer'}`,
      detail: [request.error, request.fault, request.isReplay ? 'replayed' : null]
        .filter((word) => word !== null)
        .join(', '),
      isBad: request.status >= 400 || request.status === 0,
      eventId: null,
    })),
    ...events.reverse().map((event) => ({
      // Events carry whole seconds: they belong after the request of the same second.
      timeMs: event.created * 1000 + 999,
      what: event.type,
      detail: event.id,
      isBad: /fail|cancel/.test(event.type),
      eventId: event.id,
    })),
  ];
  return moments.sort((a, b) => a.timeMs - b.timeMs);
}
