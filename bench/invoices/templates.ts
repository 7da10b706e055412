import { randomUUID } from 'node:crypto';
import type { AccountId } from '../../domain/account.ts';
import type { BillingEvent } from '../../domain/billing-events.ts';
import { quantity } from '../../domain/meter.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { accountIdOf } from '../../ledger/account-id.ts';
import { applyChanges } from '../../ledger/change.ts';
import type { Ledger } from '../../ledger/database.ts';
import { createAccounts } from '../../ledger/new-accounts.ts';
import { openPrices, recordPrices } from '../../ledger/prices.ts';
import { openUsageDesk, type ReportedEvent } from '../../ledger/usage.ts';

const policies = onlyPolicy(together202511);
const chatModels = ['a', 'b', 'c', 'd', 'e'].map((name) => `bench/chat-${name}`);
const imageModel = 'bench/image';

/** What an account's usage is paid by. */
type Payer =
  /** Owing: by nothing; by free credits as far as they went; tax on top; credits found later. */
  'nobody' | 'free_in_part' | 'taxed' | 'credited' | 'free' | 'purchased' | 'unused';

/** Of 100 accounts, how many: the first four owe something, 30 in all. */
export const mixture: readonly (readonly [Payer, number])[] = [
  ['nobody', 10],
  ['free_in_part', 10],
  ['taxed', 5],
  ['credited', 5],
  ['free', 20],
  ['purchased', 20],
  ['unused', 30],
];

const payers = mixture.flatMap(([payer, count]) => Array.from({ length: count }, () => payer));
/** Accounts that are made by our own code, each then copied as often as is asked for. */
export const templateCount = payers.length;

interface Template {
  readonly accountId: AccountId;
  readonly payer: Payer;
  /** Lines of its invoice: 3 to 10. */
  readonly lines: number;
}

/** One account of each kind, with usage in the month that `usedAtMs` is in. */
export async function makeTemplates(ledger: Ledger, usedAtMs: number): Promise<void> {
  await setPrices(ledger, usedAtMs);
  const templates = payers.map((payer, index): Template => {
    return { accountId: accountIdOf(randomUUID()), payer, lines: 3 + (index % 8) };
  });
  await createAccounts(
    ledger,
    templates.map(({ accountId, payer }, index) => ({
      accountId,
      currency: 'usd',
      plan: 'enterprise',
      actor: 'bench',
      nowMs: usedAtMs,
      name: `Account ${index}`,
      email: `account-${index}@example.com`,
      address: {
        line1: '1 Main Street',
        line2: null,
        city: 'Seattle',
        region: 'WA',
        postalCode: '98101',
        country: 'US',
      },
      taxCountry: payer === 'taxed' ? 'DE' : null,
      taxRegion: null,
    })),
    policies,
  );
  await record(ledger, templates, usedAtMs - 60_000, creditsBefore);
  await use(ledger, templates, usedAtMs);
  await record(ledger, templates, usedAtMs + 60_000, creditsAfter);
}

async function setPrices(ledger: Ledger, usedAtMs: number): Promise<void> {
  const tokens = { per: 1_000_000, tiers: [] };
  const wanted = chatModels.flatMap((model) => [
    { model, meter: 'input_tokens' as const, rate: { amount: '0.18', ...tokens } },
    { model, meter: 'output_tokens' as const, rate: { amount: '0.59', ...tokens } },
  ]);
  const image = { amount: '0.0027', per: 1, tiers: [] };
  const { refused } = await recordPrices(ledger, {
    wanted: [...wanted, { model: imageModel, meter: 'images' as const, rate: image }].map(
      (price) => ({ currency: 'usd', ...price }),
    ),
    source: 'bench',
    endsGone: false,
    actor: 'bench',
    nowMs: Date.now(),
    effectiveFromMs: usedAtMs - 86_400_000,
  });
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
}

const plenty = micros(50_000_000);

function creditsBefore(payer: Payer): BillingEvent[] {
  const grant = { kind: 'credits_granted', scope: null, reason: 'bench' } as const;
  switch (payer) {
    case 'free':
      return [{ ...grant, amount: plenty, expiresAtMs: null }];
    case 'free_in_part':
      return [{ ...grant, amount: micros(1_000_001), expiresAtMs: null }];
    case 'purchased':
      return [{ kind: 'opening_balance', purchased: plenty, unbilled: [], invoices: [] }];
    case 'nobody':
    case 'taxed':
    case 'credited':
    case 'unused':
      return [];
  }
}

/** Bought before the cut-off, and paying nothing yet: the invoice counts them (R39). */
function creditsAfter(payer: Payer): BillingEvent[] {
  if (payer !== 'credited') return [];
  const purchased = micros(1_000_001);
  return [{ kind: 'opening_balance', purchased, unbilled: [], invoices: [] }];
}

async function record(
  ledger: Ledger,
  templates: readonly Template[],
  occurredAtMs: number,
  eventsOf: (payer: Payer) => BillingEvent[],
): Promise<void> {
  const changes = templates.flatMap(({ accountId, payer }) => {
    const events = eventsOf(payer);
    if (events.length === 0) return [];
    const entry = { key: `bench:${occurredAtMs}`, input: null, policies, occurredAtMs };
    return [{ accountId, entry, decide: () => ({ result: null, events }) }];
  });
  await applyChanges(ledger, changes);
}

/** A line is a model's meter: two of each chat model, one more of images where they are odd. */
async function use(
  ledger: Ledger,
  templates: readonly Template[],
  usedAtMs: number,
): Promise<void> {
  const events = templates.flatMap(({ accountId, payer, lines }, index): ReportedEvent[] => {
    if (payer === 'unused') return [];
    const about = { accountId, occurredAtMs: usedAtMs, holdId: null };
    const chats = chatModels.slice(0, Math.floor(lines / 2)).map((model, at) => ({
      ...about,
      model,
      usageKey: randomUUID(),
      quantities: [
        { meter: 'input_tokens' as const, quantity: quantity(3_000_017 + 9_973 * (index + at)) },
        { meter: 'output_tokens' as const, quantity: quantity(500_011 + 7_919 * index) },
      ],
    }));
    const images = [{ meter: 'images' as const, quantity: quantity(401 + index) }];
    return lines % 2 === 0
      ? chats
      : [...chats, { ...about, model: imageModel, usageKey: randomUUID(), quantities: images }];
  });
  const desk = openUsageDesk(ledger, openPrices(ledger));
  const { answers } = await desk.report({ events, policies, nowMs: usedAtMs });
  const refused = answers.find(({ status }) => status !== 'accepted');
  if (refused !== undefined) throw new Error(JSON.stringify(refused));
}
