/** What a request costs at most, and in whose name it runs. */
export interface Metered {
  readonly account: string;
  /** The request's own id: the same on every repeat of it. */
  readonly id: string;
  readonly model: string;
  readonly worstCost: string;
}

export interface Metering {
  readonly solventUrl: string;
  /** A key of the role `service`. */
  readonly key: string;
  /** Where Solvent does not answer: closed, nothing runs; open, it runs and is told of later. */
  readonly whenAway: 'refuse' | 'run';
  readonly meter: (request: Request) => Promise<Metered>;
  /** Runs the request; `cost` is what it cost, as a decimal string. */
  readonly run: (
    request: Request,
  ) => Promise<{ readonly response: Response; readonly cost: string }>;
  /** Usage that Solvent was not told of: keep it, and send it to POST /v1/usage. */
  readonly keep: (metered: Metered, cost: string) => Promise<void>;
}

/** Asks before a request runs, settles after it, and passes refusals on as they are. */
export function metered(settings: Metering): (request: Request) => Promise<Response> {
  const { solventUrl, key, whenAway, meter, run, keep } = settings;
  const post = (path: string, body: object): Promise<Response | undefined> =>
    fetch(`${solventUrl}/v1/holds${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(2_000),
    }).then(
      (answer) => (answer.status >= 500 ? undefined : answer),
      () => undefined,
    );

  return async (request) => {
    const asked = await meter(request);
    const { account, id, model, worstCost } = asked;
    const held = await post('', { account, id, model, cost: worstCost });
    if (held === undefined && whenAway === 'refuse') {
      return new Response('Billing does not answer. Try again.', { status: 503 });
    }
    if (held?.ok === false) return new Response(held.body, held);
    const hold = `/${encodeURIComponent(id)}`;
    const { response, cost } = await run(request).catch(async (error: unknown) => {
      await post(`${hold}/release`, { account });
      throw error;
    });
    const settled = await post(`${hold}/settle`, { account, cost });
    if (settled?.ok !== true) await keep(asked, cost);
    return response;
  };
}
