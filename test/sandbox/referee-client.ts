import type { SchemaReferee } from './stripe-schema.ts';

export type Body = Record<string, unknown>;
export interface Answered {
  status: number;
  headers: Headers;
  body: Body;
}

/** Calls the sandbox as plain HTTP and holds every response against the published types. */
export class RefereeClient {
  /** What was wrong with the responses so far. */
  readonly violations: string[] = [];
  readonly #url: string;
  readonly #referee: SchemaReferee;
  #checked = 0;

  constructor(url: string, referee: SchemaReferee) {
    this.#url = url;
    this.#referee = referee;
  }

  get checkedCount(): number {
    return this.#checked;
  }

  /** `parameters` is a form already encoded, as the tool and the package write it. */
  async call(method: string, path: string, parameters = '', headers = {}): Promise<Answered> {
    const isPost = method === 'POST';
    const query = isPost || parameters === '' ? '' : `?${parameters}`;
    const response = await fetch(`${this.#url}${path}${query}`, {
      method,
      headers: {
        authorization: 'Bearer sk_test_localsandbox',
        'content-type': 'application/x-www-form-urlencoded',
        'stripe-version': '2026-10-28.endive',
        ...headers,
      },
      ...(isPost ? { body: parameters } : {}),
    });
    const body = (await response.json()) as Body;
    this.check(`${method} ${path}`, body);
    return { status: response.status, headers: response.headers, body };
  }

  check(where: string, body: Body): void {
    this.#checked += 1;
    this.violations.push(...this.#inspect(body).map((violation) => `${where}: ${violation}`));
  }

  #inspect(body: Body): string[] {
    const { object, error, data } = body;
    if (error !== undefined)
      return this.#referee.violations('objects', 'last_payment_error', error);
    if (object === 'list' || object === 'search_result') {
      return (data as Body[]).flatMap((item) => this.#inspect(item));
    }
    if (object === 'event') return this.#referee.eventViolations(body);
    const name = body['deleted'] === true ? `deleted_${String(object)}` : String(object);
    return this.#referee.violations('objects', name, body);
  }
}
