import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { replayModel } from '../../domain/collection-recorded.ts';
import { responseModel } from '../../domain/collection-response.ts';
import { networkBudgets } from '../../domain/network-budgets.ts';
import { situations } from './collection-histories.ts';
import { answerOf, play, policy, type Said, type Situation } from './collection-situations.ts';
import {
  adviceRows,
  budgetRows,
  declineRows,
  visaRows,
  type CodeRow,
} from './collection-tables.ts';

const file = new URL('../../docs/COLLECTION.md', import.meta.url);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

it('R49 R50 docs/COLLECTION.md says what is done (UPDATE_DOCS=1 writes it anew)', async () => {
  const made = await format(document(), {
    ...{ parser: 'markdown', printWidth: 100, proseWrap: 'always' },
  });
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, made);
  expect(readFileSync(file, 'utf8')).toBe(made);
});

/** Every table is made by playing its rows, never from what they are expected to give. */
function document(): string {
  const { collection, graceAfterDueMs } = policy;
  const { retryAfterDays, maximumAttempts, attemptsWithinMs, daytimeHours } = collection;
  return `# Collection

An issued invoice is paid by a charge to a card, and by nothing else: no credits ever pay it (R47). What
is done next is decided by one pure function, \`nextStep\` in \`domain/collection.ts\`, from recorded
facts: the invoice, every charge so far with all that banks and networks said, the cards on file, pauses,
the policy and the time. Asked again before \`wakeAtMs\`, it gives the same answer.

## What is charged, and when

- Only the default card on file is charged by itself. The first charge is made at the begin of the charge
  day, 00:00 UTC.
- A declined card is charged again ${list(retryAfterDays.map(String))} days after the first charge, where
  the decline allows it, from ${daytimeHours.from}:00 to ${daytimeHours.until}:00 by the customer's clock
  (\`timeZone\` of the account; UTC where none is set). What falls into the night waits for the morning.
- Never twice on one day of the customer, whoever began the charge before. The one exception is a
  technical failure: an hour later once more, and then a day later; the bank was not really asked.
- At most ${maximumAttempts} charges of an invoice in ${attemptsWithinMs / dayMs} days. What the customer
  tries is not counted here and uses up none of the schedule; the networks count it.
- A second card starts the schedule anew, at once, by day: another default, or the same one with the
  new expiry date that its bank gave it. A third one has what is left of that schedule.
- A payment of the customer's that waits for their bank keeps no charge waiting, since never two ways
  to pay are open at once: ${policy.authentication.holdsBackChargeMs / 60_000} minutes after the bank asked, it is called off for one that is
  due. Where none is planned it waits for a week; its page says what became of it, and offers to pay. Where
  the invoice is forgiven or void meanwhile, or credited so that less is due, it is called off at once;
  of what is left the customer gets a new link by mail. What the bank took before that is owed back
  beyond what was due.
- An operator's "retry now" keeps neither to the schedule nor to the hour, and answers \`needs_operator\`;
  but a hard code, a bank's wait and a network's budget hold for it, too.
- An operator may give an account other days than the policy's, for all its invoices.

## Past due, grace, pauses

An invoice is past due the day after its charge day, and refuses service ${graceAfterDueMs / dayMs} days
later; a day later still, where a planned charge's outcome is known only then (R50). It becomes
uncollectible ${collection.uncollectibleAfterMs / dayMs} days after the charge day; it keeps refusing
service and counts as owed until it is paid or forgiven. One that an operator writes off before refuses
it from the same day on, and its customer is told then (R61). Nothing stores any of this: \`dueTimes\` in
\`domain/collection-times.ts\` reckons it, for the present and for every past instant.

While an operator, a promise to pay, a dispute or a difference in the books pauses it, nothing is charged
by itself and this clock stands still: each of these days moves by as much, and so does the schedule.
What was past due or refused before stays so.

## What it waits for

| step | meaning |
| --- | --- |
| \`wait\` | for the next charge: the \`charge_day\`, a \`retry\`, the \`daytime\`, a bank's \`advice\`, a \`budget\` |
| \`needs_card\` | another card, news of the card from its bank, or a payment |
| \`needs_authentication\` | the customer confirms the payment by the link that was mailed |
| \`needs_operator\` | \`duplicate\`: was it paid before?, \`configuration\`: a test card, \`blocked\`: another card goes on, \`amount\`: a card is not charged so much, or so little |
| \`paused\` | the end of a pause |
| \`give_up\`, \`over\` | nothing any more |

## Every decline

Each code answered every time, by a Visa whose own code says nothing, and by the customer's clock: \`1 08:00\` is
08:00 on the day after the charge day. The class is decided by the first of these that says something: a
network's "never" and \`do_not_try_again\`; the network's code; the advice; the decline code. None of them
makes a code charged again that is not by itself.

${tableOf(
  ['decline codes', 'charges', 'then'],
  declineRows.map((row) => codeCells(row, (code) => code)),
)}

### Visa's codes

Beside the decline code \`generic_decline\`. The codes of the first row hold for the card, whatever it pays,
for 30 days.

${tableOf(
  ['codes', 'charges', 'then'],
  visaRows.map((row) =>
    codeCells(row, (networkDeclineCode) => ({
      declineCode: 'generic_decline',
      networkDeclineCode,
    })),
  ),
)}

### Advice

Said once to a Mastercard; after it, \`insufficient_funds\`. \`03\` and \`21\` hold for the card, whatever it
pays, for 30 days; \`40\` and \`41\` say that it is prepaid (R10). A wait holds for the card, whatever it pays.

${tableOf(
  ['the bank says', 'charges', 'then'],
  adviceRows.map(({ said }) => {
    const { charges, end } = play({ ...plain, banks: [said, 'insufficient_funds'], card: master });
    return [saidCell(said), charges.join(', '), end];
  }),
)}

## Budgets of the networks

Counted by the card's fingerprint, for all invoices and purchases of all accounts.

${tableOf(
  ['network', 'declines', 'within', 'counted'],
  networkBudgets.map(({ network, maximum, withinMs, countedBy }) => [
    network,
    `at most ${maximum}`,
    withinMs > dayMs ? `${withinMs / dayMs} days` : `${withinMs / hourMs} hours`,
    countedBy === 'card'
      ? 'by card'
      : 'by card, amount and currency; what the customer began apart from what we began',
  ]),
)}

${tableOf(['before the charge day', 'charges', 'then'], budgetRows.map(situationCells))}

## Histories

${tableOf(['history', 'the bank says', 'charges', 'then'], situations.map(historyCells))}

## Trying another policy

\`npx solvent simulate collection --policy FILE\` plays the same invoices through today's policy and the
file's, and changes nothing. Generated invoices are the same for the same \`--seed\`, and are answered so:

${responseModel.map((sentence) => `- ${sentence}`).join('\n')}

With \`--recorded\` the ledger's own are replayed:

${replayModel.map((sentence) => `- ${sentence}`).join('\n')}

A customer counts as suspended for each invoice that refused service for a while; "of a network's budget
at most" is the largest share that any one card used up of one.

\`test/domain/collection-document.test.ts\` makes this file by playing each row.
\`test/domain/collection-properties.test.ts\` says what holds for all histories.
`;
}

const plain = { name: '', rule: '', charges: [], end: '' } as const;
const master = adviceCard();

function adviceCard() {
  const card = budgetRows.find(({ name }) => name.startsWith('Mastercard'))?.card;
  if (card === undefined || card === null) throw new Error('no row has a Mastercard');
  return card;
}

function codeCells({ codes }: CodeRow, saidOf: (code: string) => Said): string[] {
  const played = codes.map((code) => play({ ...plain, banks: [saidOf(code)] }));
  const results = new Set(played.map(({ charges, end }) => `${charges.join(', ')}|${end}`));
  expect([...results]).toHaveLength(1);
  const named = codes.filter((code) => code !== 'constructor');
  const cell = named.map((code) =>
    code === 'a_code_of_tomorrow' ? 'any other' : code === '00' ? 'any other' : `\`${code}\``,
  );
  return [cell.join(' '), ...([...results][0] ?? '').split('|')];
}

function situationCells(situation: Situation): string[] {
  const { charges, end } = play(situation);
  return [situation.name, charges.join(', ') || 'none', end];
}

function historyCells(situation: Situation): string[] {
  const [name = '', ...cells] = situationCells(situation);
  const said = situation.banks.map(saidCell);
  const isForever = situation.banks.at(-1) !== 'paid';
  return [`${name} (${situation.rule})`, said.join(', ') + (isForever ? ' …' : ''), ...cells];
}

function saidCell(said: Said): string {
  if (said === 'paid') return 'paid';
  const answer = answerOf(said);
  if (answer.outcome !== 'declined') return answer.outcome;
  const { declineCode, networkDeclineCode, networkAdviceCode, adviceCode } = answer;
  const beside = [
    ...(networkDeclineCode ? [`code \`${networkDeclineCode}\``] : []),
    ...(networkAdviceCode ? [`network’s advice \`${networkAdviceCode}\``] : []),
    ...(adviceCode ? [`advice \`${adviceCode}\``] : []),
  ];
  return [`\`${declineCode}\``, ...beside].join(' with ');
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
