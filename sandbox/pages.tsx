import { authenticationPage } from './authentication-page.tsx';
import type { Controls } from './controls.ts';
import { Refusal } from './errors.ts';

/** A page as HTML, or the way to another. */
export interface Page {
  status: number;
  html: string;
  location?: string;
}

/** The pages for people: what a customer sees, and a look inside. */
export function page(
  controls: Controls,
  method: string,
  path: string,
  form: URLSearchParams,
): Page {
  const [area = '', id = ''] = path.split('/').slice(1).map(decodeURIComponent);
  if (area === 'authenticate') return authenticate(controls, method, id, form);
  return { status: 404, html: 'There is nothing here.' };
}

function authenticate(controls: Controls, method: string, id: string, form: URLSearchParams): Page {
  if (method !== 'POST') {
    const isWaiting = controls.waitingIntents().some((intent) => intent.id === id);
    return { status: isWaiting ? 200 : 404, html: authenticationPage(id, isWaiting) };
  }
  try {
    const returnUrl = controls.answerAuthentication(id, form.get('answer') === 'complete');
    if (returnUrl === null) return { status: 200, html: authenticationPage(id, false) };
    return { status: 303, html: '', location: returnUrl };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: 404, html: authenticationPage(id, false) };
  }
}
