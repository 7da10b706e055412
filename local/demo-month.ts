import type { AccountResource } from '../http/account-resource.ts';
import type { PurchaseResource } from '../http/purchase-resource.ts';
import {
  buyWhilePastDue,
  closeMonth,
  collectInVain,
  payInvoice,
  readInvoice,
  runOutOfGrace,
  type Attempt,
  type ClosedMonth,
  type CoreRule,
  type Restoration,
  type ShownInvoice,
  type Suspension,
} from './demo-collection.ts';
import type { Doors } from './demo-doors.ts';
import {
  buyPack,
  openAccount,
  passTime,
  putCardOnFile,
  refusePrepaid,
  type RefusedCard,
} from './demo-opening.ts';
import { nowOf, type Play } from './demo-play.ts';
import type { Teller } from './demo-teller.ts';
import { useUp, type UsedUp } from './demo-usage.ts';

/** All that happened in an account's month, in order. */
export interface Month {
  readonly accountId: string;
  readonly email: string;
  readonly refusedCard: RefusedCard;
  readonly account: AccountResource;
  readonly pack: PurchaseResource;
  readonly usedUp: UsedUp;
  readonly closed: ClosedMonth;
  readonly attempts: readonly Attempt[];
  readonly suspension: Suspension;
  readonly coreRule: CoreRule;
  readonly restoration: Restoration;
  readonly paidInvoice: ShownInvoice;
  readonly verified: Verified;
}

/**
 * Plays an account's month through the public doors of a running stack, and tells it. Each time it is
 * another account. Throws DemoError where the stack keeps it from going on.
 */
export async function playMonth(doors: Doors, teller: Teller): Promise<Month> {
  const play = await openAccount(doors, teller);
  const refusedCard = await refusePrepaid(play);
  const account = await putCardOnFile(play);
  const pack = await buyPack(play);
  await passTime(play);
  const usedUp = await useUp(play);
  const closed = await closeMonth(play);
  const { invoice } = closed;
  const attempts = await collectInVain(play, invoice);
  const suspension = await runOutOfGrace(play, invoice);
  const coreRule = await buyWhilePastDue(play, invoice);
  const restoration = await payInvoice(play, invoice);
  const paidInvoice = await readInvoice(play, invoice.id);
  const verified = await verifyBooks(play);
  const { accountId, email } = play;
  return {
    accountId,
    email,
    refusedCard,
    account,
    pack,
    usedUp,
    closed,
    attempts,
    suspension,
    coreRule,
    restoration,
    paidInvoice,
    verified,
  };
}

export interface Verified {
  readonly accounts: number;
  readonly events: number;
  readonly transfers: number;
  readonly differences: readonly unknown[];
}

/** Every balance is recounted from the transfers (R65). */
async function verifyBooks(play: Play): Promise<Verified> {
  const { doors, teller, accountId } = play;
  const verified = await doors.solvent<Verified>('ledger', 'verify');
  const { accounts, events, transfers, differences } = verified;
  teller.step('The books agree', await nowOf(play));
  teller.did('npx solvent ledger verify');
  teller.say(
    `${accounts} accounts, ${events} events, ${transfers} transfers recounted: ` +
      `${differences.length} differences.`,
  );
  teller.look([
    ['each movement, and what it came from', `npx solvent statement ${accountId}`],
    ['the account, for operators', `${doors.publicUrl}/operator/accounts/${accountId}`],
  ]);
  return verified;
}
