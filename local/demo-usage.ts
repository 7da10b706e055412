import type { AccessAnswer } from '../domain/access-answer.ts';
import { parseDecimal } from '../domain/money.ts';
import { DemoError } from './demo-doors.ts';
import {
  askAccess,
  dollars,
  nowOf,
  placeHold,
  showAccount,
  type Play,
  type Problem,
} from './demo-play.ts';
import { findPriceMap, readTrace, type ModelRequest } from './demo-requests.ts';

/** More than any request of the trace costs with these models. */
const worstCost = '0.05';
const firstHolds = 40;
const mostEvents = 1_000;
/** About three times what a request costs: so many in a list never reach the limit by surprise. */
const microsEachAtMost = 5_000;
/** Spendable from here down, each request asks by itself. */
const nearMicros = 150_000;

const soldByProvider = [
  'deepseek-ai/DeepSeek-V3.1',
  'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  'moonshotai/Kimi-K2-Instruct',
  'openai/gpt-oss-120b',
  'zai-org/GLM-5',
];
const soldAnyway = ['deepseek-ai/DeepSeek-R1', 'openai/gpt-oss-20b'];

export interface UsedUp {
  readonly requests: number;
  /** How many of them asked with a hold before they ran. */
  readonly held: number;
  readonly refusal: { readonly status: number } & Problem;
  readonly purchased: string;
  readonly owed: string;
}

/** Requests of a real hour, at real prices, until nothing more may be owed (R19, R20, R66, R69). */
export async function useUp(play: Play): Promise<UsedUp> {
  const { teller } = play;
  const trace = readTrace();
  teller.step('Requests use the credits up', await nowOf(play));
  const traffic = new Traffic(play, trace.requests, await priceModels(play));
  teller.say(`Requests are those of ${trace.source}: ${trace.requests.length} of them.`);
  teller.did('POST /v1/holds, run, POST /v1/holds/…/settle: each asks before it runs');
  for (let count = 0; count < firstHolds; count += 1) await mustRun(traffic);
  teller.say(
    `${firstHolds} requests held ${dollars(worstCost)} each, ran, and were charged what they ` +
      `really used. ${await leftText(play)}`,
  );
  teller.did('POST /v1/usage: the same as CloudEvents, up to 1,000 a call');
  await reportUntilNear(traffic, play);
  let refused = await traffic.runOne();
  while (refused === undefined) refused = await traffic.runOne();
  const { balances, owed } = await showAccount(play);
  const { body: refusal, status } = refused;
  teller.say(`${await leftText(play)} Then the limit is reached, and the next one is told:`);
  teller.rows([
    ['Refused', `${status} ${refusal.code} (${refusal.rule})`],
    ['Says', refusal.access?.words.headline ?? refusal.detail],
    ['Helps', (refusal.access?.remedies ?? []).map(({ words }) => words).join(' Or: ')],
    ['Ran', `${traffic.ran} requests, ${traffic.held} of them with a hold`],
  ]);
  teller.look([
    ['every number that was compared', `npx solvent why ${play.accountId} --cost ${worstCost}`],
    ['usage by model and day, once signed in', `${play.doors.publicUrl}/billing/history`],
  ]);
  const { ran, held } = traffic;
  return {
    requests: ran,
    held,
    owed,
    purchased: balances.purchased,
    refusal: { ...refusal, status },
  };
}

/** Real prices where the LiteLLM price map is there, else those the stack came with. */
async function priceModels({ doors, teller }: Play): Promise<readonly string[]> {
  const map = findPriceMap();
  if (map !== undefined) {
    const order = ['prices', 'import', map, '--provider', 'together_ai', '--yes'];
    await doors.solvent(...order);
    teller.did('npx solvent prices import … --provider together_ai --yes');
  }
  const models: string[] = [];
  for (const model of map === undefined ? soldAnyway : soldByProvider) {
    const path = `/v1/prices?model=${encodeURIComponent(model)}`;
    const { data } = await doors.call<{ data: readonly unknown[] }>('backend', 'GET', path);
    if (data.length > 0) models.push(model);
  }
  if (models.length > 0) return models;
  throw new DemoError('Nothing has a price here. `npm run reset`, then `npm start`, brings some.');
}

async function mustRun(traffic: Traffic): Promise<void> {
  const refused = await traffic.runOne();
  if (refused !== undefined) throw new DemoError(`refused too soon: ${refused.body.detail}`);
}

/** Lists get shorter as the limit comes near, so that nothing is used that is not charged. */
async function reportUntilNear(traffic: Traffic, play: Play): Promise<void> {
  let hadCredits = true;
  for (;;) {
    const access = await askAccess(play);
    if (hadCredits && parseDecimal(access.balances.purchased) === 0) {
      hadCredits = false;
      play.teller.say(`The credits are used up. ${leftTextOf(access)}`);
    }
    const left = parseDecimal(access.spendable) ?? 0;
    if (left <= nearMicros) return;
    await traffic.report(Math.min(mostEvents, Math.ceil((left - nearMicros) / microsEachAtMost)));
  }
}

async function leftText(play: Play): Promise<string> {
  return leftTextOf(await askAccess(play));
}

function leftTextOf({ balances, owed, balanceLimit }: AccessAnswer): string {
  const credits = `Credits left ${dollars(balances.purchased)}`;
  return `${credits}, owed ${dollars(owed)} of at most ${dollars(balanceLimit.effective)}.`;
}

/** The trace's requests, one after the other, each with a model; from the begin again at its end. */
class Traffic {
  readonly #play: Play;
  readonly #requests: readonly ModelRequest[];
  readonly #models: readonly string[];
  #next = 0;
  held = 0;

  constructor(play: Play, requests: readonly ModelRequest[], models: readonly string[]) {
    this.#play = play;
    this.#requests = requests;
    this.#models = models;
  }

  get ran(): number {
    return this.#next;
  }

  /** Holds, runs and settles the next request; answers why, where it may not run. */
  async runOne() {
    const { doors, accountId } = this.#play;
    const { id, model, tokens } = this.#request(this.#next);
    const { status, body } = await placeHold(this.#play, { id, cost: worstCost, model });
    if (status !== 201) return { status, body };
    const settlement = { account: accountId, usage: tokens };
    await doors.call('gateway', 'POST', `/v1/holds/${id}/settle`, settlement);
    this.held += 1;
    this.#next += 1;
    return undefined;
  }

  /** Tells what the next requests used, as a gateway that asks for none of them beforehand. */
  async report(count: number): Promise<void> {
    const nowMs = await nowOf(this.#play);
    const events = Array.from({ length: count }, (_, index) => {
      const { id, model, tokens } = this.#request(this.#next + index);
      return {
        specversion: '1.0',
        type: 'com.solvent.usage',
        source: '/gateway',
        id,
        subject: this.#play.accountId,
        time: new Date(nowMs).toISOString(),
        data: { model, ...tokens },
      };
    });
    const { results } = await this.#play.doors.call<{
      results: readonly { status: string; reason?: string }[];
    }>('gateway', 'POST', '/v1/usage', events);
    const wrong = results.find(({ status }) => status !== 'accepted');
    if (wrong !== undefined) throw new DemoError(`usage was not taken: ${wrong.reason ?? ''}`);
    this.#next += count;
  }

  #request(at: number) {
    const { inputTokens = 0, outputTokens = 0 } = this.#requests[at % this.#requests.length] ?? {};
    const model = this.#models[at % this.#models.length] ?? '';
    const tokens = { input_tokens: inputTokens, output_tokens: outputTokens };
    return { id: `request-${at}`, model, tokens };
  }
}
