import { authenticationPage } from './authentication-page.tsx';
import { checkoutPage } from './checkout-page.tsx';
import type { Controls } from './controls.ts';
import { Refusal } from './errors.ts';
import { faultKinds } from './faults.ts';
import { document } from './layout.tsx';
import { objectPage } from './object-page.tsx';
import { overviewPage } from './overview-page.tsx';

/** A page as HTML, or the way to another. */
export interface Page {
  status: number;
  html: string;
  location?: string;
}

interface Visit {
  controls: Controls;
  method: string;
  id: string;
  form: URLSearchParams;
}

const home: Page = { status: 303, html: '', location: '/' };
const nothing: Page = { status: 404, html: 'There is nothing here.' };

/** The pages for people: what a customer sees, and a look inside. */
export function page(
  controls: Controls,
  method: string,
  path: string,
  form: URLSearchParams,
): Page {
  const [area = '', id = ''] = path.split('/').slice(1).map(decodeURIComponent);
  const visit = { controls, method, id, form };
  try {
    if (area === 'authenticate') return authenticate(visit);
    if (area === 'checkout') return checkout(visit);
    return method === 'POST' ? act(area, visit) : look(area, visit);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, html: document('Refused', <p>{error.message}</p>) };
  }
}

function look(area: string, { controls, id }: Visit): Page {
  if (area === '') return { status: 200, html: overviewPage(controls) };
  const html = area === 'objects' ? objectPage(controls, id) : undefined;
  return html === undefined ? nothing : { status: 200, html };
}

/** The overview's buttons. */
function act(area: string, { controls, id, form }: Visit): Page {
  switch (`${area}/${area === 'events' ? '' : id}`) {
    case 'clock/advance':
      controls.advanceClock(Number(form.get('hours')) * 3_600_000);
      return home;
    case 'faults/': {
      const kind = faultKinds.find((known) => known === form.get('kind'));
      if (kind === undefined) return nothing;
      controls.planFault({ kind, path: form.get('path') || undefined });
      return home;
    }
    case 'faults/clear':
      controls.clearFaults();
      return home;
    case 'webhooks/': {
      const paused = form.get('paused');
      const shuffled = form.get('shuffled');
      controls.behaveWebhooks({
        ...(paused === null ? {} : { isPaused: paused === 'true' }),
        ...(shuffled === null ? {} : { shuffledCount: Number(shuffled) }),
      });
      return home;
    }
    case 'events/':
      return controls.resendEvent(id) ? home : nothing;
    default:
      return nothing;
  }
}

function authenticate({ controls, method, id, form }: Visit): Page {
  const isWaiting = controls.waitingIntents().some((intent) => intent.id === id);
  if (method !== 'POST' || !isWaiting) {
    return { status: isWaiting ? 200 : 404, html: authenticationPage(id, isWaiting) };
  }
  const returnUrl = controls.answerAuthentication(id, form.get('answer') === 'complete');
  if (returnUrl === null) return { status: 200, html: authenticationPage(id, false) };
  return { status: 303, html: '', location: returnUrl };
}

function checkout({ controls, method, id, form }: Visit): Page {
  const paid =
    method === 'POST' ? controls.payCheckout(id, form.get('payment_method') ?? '') : null;
  if (paid?.nextUrl) return { status: 303, html: '', location: paid.nextUrl };
  const session = controls.checkoutSession(id);
  if (session === undefined) return nothing;
  if (session.status === 'complete' && session.success_url !== null) {
    const location = session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
    return { status: 303, html: '', location };
  }
  return { status: 200, html: checkoutPage(session, paid?.problem ?? null) };
}
