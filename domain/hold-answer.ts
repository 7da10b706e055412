import { decimal, instant } from './answer-values.ts';
import type { AccountId } from './account.ts';
import type { UsageCharge } from './billing-events.ts';
import type { CurrencyCode } from './currencies.ts';
import type { Hold } from './holds.ts';
import { subtract, totalOf, ZERO, type Micros } from './money.ts';

export interface HoldOwner {
  readonly accountId: AccountId;
  readonly currency: CurrencyCode;
}

/** A hold as JSON: what the API answers and `--json` prints. */
export interface HoldAnswer {
  id: string;
  account: string;
  state: Hold['state'];
  currency: string;
  model: string | null;
  /** All that is, or was, reserved. */
  cost: string;
  reserved: { credits: string; balanceLimit: string };
  openedAt: string;
  expiresAt: string;
  endedAt: string | null;
  settledCost: string | null;
  writtenOff: string | null;
  admittedBy: {
    policyVersion: string;
    cost: string;
    spendable: string;
    balanceLimit: string;
    owed: string;
  };
}

/** A hold as programs read it, ended ones too. */
export function holdAnswer(hold: Hold, { accountId, currency }: HoldOwner): HoldAnswer {
  const amount = (value: Micros) => decimal(value, currency);
  const { admittedBy, settledCost, writtenOff, endedAtMs } = hold;
  return {
    id: hold.holdId,
    account: accountId,
    state: hold.state,
    currency,
    model: hold.model,
    cost: amount(hold.cost),
    reserved: { credits: amount(totalOf(hold.lots)), balanceLimit: amount(hold.postpaid) },
    openedAt: instant(hold.openedAtMs),
    expiresAt: instant(hold.expiresAtMs),
    endedAt: instant(endedAtMs),
    settledCost: settledCost === null ? null : amount(settledCost),
    writtenOff: writtenOff === null ? null : amount(writtenOff),
    admittedBy: {
      policyVersion: admittedBy.policyVersion,
      cost: amount(admittedBy.cost),
      spendable: amount(admittedBy.spendable),
      balanceLimit: amount(admittedBy.limit),
      owed: amount(admittedBy.owed),
    },
  };
}

/** What a settled request was charged, as JSON. */
export interface SettlementAnswer {
  id: string;
  account: string;
  state: 'settled';
  currency: string;
  model: string | null;
  cost: string;
  /** The cost less what was written off. */
  charged: string;
  /** The pots that paid, and what is owed for it (R27). */
  paidBy: { free: string; purchased: string; owed: string };
  /** What nothing was left for: charged to nobody (R21). */
  writtenOff: string;
}

/** What a request was charged, as programs read it: by which pots it was paid (R27). */
export function settlementAnswer(
  holdId: string,
  { model, cost, free, purchased, unbilled, writtenOff }: UsageCharge,
  { accountId, currency }: HoldOwner,
): SettlementAnswer {
  const amount = (value: Micros) => decimal(value, currency);
  return {
    id: holdId,
    account: accountId,
    state: 'settled',
    currency,
    model,
    cost: amount(cost),
    charged: amount(subtract(cost, writtenOff)),
    paidBy: {
      free: amount(totalOf(free)),
      purchased: amount(totalOf(purchased)),
      owed: amount(unbilled?.amount ?? ZERO),
    },
    writtenOff: amount(writtenOff),
  };
}
