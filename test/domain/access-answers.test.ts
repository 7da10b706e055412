import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { decideAccess } from '../../domain/access.ts';
import { accessAnswer, refusalOf, type AccessAnswer } from '../../domain/access-answer.ts';
import { retryAfterSecondsOf, statusOfFailure } from '../../http/failures.ts';
import { factsOf, policyOf, requestOf, situations, type Situation } from './access-situations.ts';
import { nowMs } from './samples.ts';

const file = new URL('../../docs/ACCESS.md', import.meta.url);

function decide(situation: Situation) {
  const policy = policyOf(situation);
  const facts = factsOf(situation, nowMs);
  const decision = decideAccess(facts, requestOf(situation), policy, nowMs);
  return { decision, answer: accessAnswer(decision, facts.account, policy) };
}

describe('R54 R55 every answer', () => {
  it.each(situations)('$name: $answer', (situation) => {
    const { decision, answer } = decide(situation);
    expect(answer.code ?? 'allowed').toBe(situation.answer);
    expect(answer.allowed).toBe(answer.code === null);
    expect(answer.rule === null).toBe(answer.allowed);
    expect(answer.remedies.length > 0).toBe(!answer.allowed);
    const failed = answer.checks.filter(({ passed }) => !passed);
    expect(failed.length > 0).toBe(!answer.allowed);
    for (const { words } of [...answer.checks, ...answer.remedies]) expect(words).toMatch(/\.$/);
    if (decision.code === null) return;
    const { code, message } = refusalOf(decision, answer);
    const money = ['credits_exhausted', 'balance_limit_reached', 'past_due_invoice', 'holds_full'];
    const status = money.includes(code) ? 402 : code === 'account_closed' ? 409 : 403;
    expect(statusOfFailure[code]).toBe(status);
    expect(retryAfterSecondsOf(code)).toBe(code === 'holds_full' ? 1 : undefined);
    // R25: with credits left, the answer says of which kind they are, and the tier.
    if (decision.free + decision.purchased > 0) {
      expect(message).toContain(answer.words.balance);
      if (decision.free > 0) expect(message).toContain('of free credits');
      if (decision.purchased > 0) expect(message).toContain('of purchased credits');
      expect(message).toContain(`tier is ${answer.tier.name}`);
    }
  });

  it('each code is among them', () => {
    expect(new Set(situations.map(({ answer }) => answer))).toEqual(
      new Set([
        ...['allowed', 'account_closed', 'account_on_hold', 'past_due_invoice', 'account_limited'],
        ...['credits_exhausted', 'tier_too_low', 'balance_limit_reached', 'holds_full'],
      ]),
    );
  });
});

describe('R54 what would make it pass, does', () => {
  const refusedForMoney = situations.filter(({ answer }) =>
    ['credits_exhausted', 'balance_limit_reached'].includes(answer),
  );

  it.each(refusedForMoney)('$name', (situation) => {
    const { answer } = decide(situation);
    for (const { action, amount } of answer.remedies) {
      const bought = Number(amount ?? 0);
      const changed: Situation | null =
        action === 'buy_credits'
          ? afterPurchase(situation, bought)
          : action === 'raise_limit'
            ? { ...situation, ownLimit: bought }
            : action === 'pay_invoice'
              ? { ...situation, invoice: { due: 0, dueDaysAgo: 0 } }
              : null;
      if (changed === null) continue;
      const code = decide({ ...changed, held: 0 }).answer.code; // what runs beside it has ended
      expect([action, code]).toEqual([action, null]);
    }
    expect(answer.remedies[0]?.action).toBe('buy_credits');
    expect(Number(answer.remedies[0]?.amount)).toBeGreaterThanOrEqual(5);
  });

  it('and words tell the number that was compared, beside the cost only where it is short', () => {
    for (const situation of situations) {
      const { answer } = decide(situation);
      const failed = answer.checks.find(({ passed }) => !passed);
      if (failed?.name === 'limit' || failed?.name === 'holds') {
        const spendable = Number(failed.amounts['spendable']);
        expect(answer.words.headline).toContain(
          spendable === 0 && failed.rule === 'R18' ? 'nothing can' : `${spendable.toFixed(2)} `,
        );
      }
      for (const { passed, words } of answer.checks) {
        if (passed) expect(words).not.toContain('that may be needed');
      }
    }
  });

  /** Credits first pay the month's usage (R22); a purchase also reaches the first tier (R29). */
  function afterPurchase(situation: Situation, amount: number): Situation {
    const { bought = 0, spent = 0, unbilled = 0 } = situation;
    const pays = Math.min(unbilled, amount);
    const changed = { ...situation, bought: bought + amount, spent: spent + pays };
    return { ...changed, unbilled: unbilled - pays };
  }
});

describe('docs/ACCESS.md', () => {
  it('says what is answered (UPDATE_DOCS=1 writes it anew)', async () => {
    const made = await format(documentOf(situations), {
      ...{ parser: 'markdown', printWidth: 100, singleQuote: true },
    });
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, made);
    expect(readFileSync(file, 'utf8')).toBe(made);
  });
});

function documentOf(all: readonly Situation[]): string {
  const rows = all.map((situation) => {
    const { answer } = decide(situation);
    const cells = [
      situation.name,
      answerCell(answer),
      numbersOf(answer),
      `${answer.words.headline} ${answer.words.balance}`,
      answer.remedies.map(({ words }) => words).join(' _or_ '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '# May this request run?',
    '',
    'Asked with `POST /v1/holds` (which also reserves what the request may cost), with',
    '`GET /v1/accounts/{id}/access`, with `npx solvent why ACCOUNT` and by the billing page. All give',
    'the same decision in the same words: `domain/access.ts` decides from recorded facts,',
    '`domain/access-answer.ts` says it. Nothing stores "blocked".',
    '',
    'These are looked at in this order; the first that fails gives the code (R54):',
    '',
    ...decide(all[0] as Situation).answer.checks.map(
      ({ name, rule }, index) => `${index + 1}. \`${name}\` (${rule})`,
    ),
    '',
    'A refusal is never billed (R21). Any one of the remedies makes the request pass, at once where',
    'nothing else runs; amounts of purchases are what a card can be charged for. `holds_full` comes',
    'with `Retry-After: 1`.',
    '',
    '## Every answer',
    '',
    'Requests may cost $0.02 where nothing else is said. `test/domain/access-answers.test.ts` makes',
    'this table, and `test/http/access-agreement.test.ts` plays each row through API, page and command',
    'line.',
    '',
    '| situation | answer | numbers | words | what would make it pass |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '## For programs',
    '',
    '- A single refused hold is a problem document (RFC 9457) with `code`, `rule`, `retryable`,',
    '  `amounts`, `fixUrl`, and the whole decision as `access`, the same object that',
    '  `GET …/access` answers. In a list it stands in the place of its hold.',
    '- The id of a hold is its idempotency key. A repeat answers the hold as it stands and reserves',
    '  nothing more; another cost or model under the same id is refused (`hold_reused`).',
    '- A hold that is neither settled nor released is given back when it expires; a settle that comes',
    '  later is still charged, up to what is spendable then (R21).',
    '- `GET …/access?at=…` and `why --at` answer for a past instant of the account’s own time, from the',
    '  facts as they were and the policy in force then.',
    '- `GET /v1/accounts/{id}/refusals` counts refused holds by minute and code.',
    '- Gateways: [gateways/](gateways/README.md).',
    '',
  ].join('\n');
}

function answerCell({ code, rule }: AccessAnswer): string {
  return code === null ? '201, may run' : `${statusOfFailure[code]} \`${code}\`, ${rule}`;
}

/** What the check that decided compared; for an admitted one, the last. */
function numbersOf({ checks }: AccessAnswer): string {
  const check = checks.find(({ passed }) => !passed) ?? checks.at(-1);
  return Object.entries(check?.amounts ?? {})
    .map(([name, amount]) => `${name} ${amount}`)
    .join(', ');
}
