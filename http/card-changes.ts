import { randomUUID } from 'node:crypto';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { readAccount } from '../ledger/accounts.ts';
import { listOpenCollections } from '../ledger/open-collections.ts';
import { listCards, setDefaultCard } from '../ledger/payment-methods.ts';
import type { HttpDependencies } from './dependencies.ts';
import { ProblemError } from './problems.ts';

export interface CardChange {
  readonly accountId: string;
  readonly paymentMethodId: string;
  /** Who asks, for the audit log: "portal", "api_key:key_…". */
  readonly actor: string;
}

/** Throws account_not_found, payment_method_not_found, card_expired (R11). */
export async function makeDefault(
  change: CardChange,
  dependencies: HttpDependencies,
): Promise<void> {
  const { currencyCode, now } = await assertOnFile(change, dependencies);
  const outcome = await setDefaultCard(dependencies.ledger, { ...change, nowMs: now });
  if (outcome.status === 'refused') throw new ProblemError(outcome.refusal, { currencyCode });
  dependencies.afterAnswer.run(tellCollections(change.accountId, dependencies));
}

/** What waits for a card then charges this one by itself. Never rejects: each looks daily, too. */
async function tellCollections(
  accountId: string,
  { ledger, client, log }: HttpDependencies,
): Promise<void> {
  try {
    for (const invoiceId of await listOpenCollections(ledger, { accountId })) {
      await client.collections.tell(invoiceId, 'card');
    }
  } catch (error) {
    log.warn({ err: error, accountId }, 'collections were not told of the card');
  }
}

/** Throws account_not_found, payment_method_not_found, payment_method_in_use (R12). */
export async function removeCard(
  { accountId, paymentMethodId, actor }: CardChange,
  dependencies: HttpDependencies,
): Promise<void> {
  const { currencyCode, now } = await assertOnFile(
    { accountId, paymentMethodId, actor },
    dependencies,
  );
  const outcome = await dependencies.client.removeCard({
    accountId,
    paymentMethodId,
    actor,
    nowMs: now,
    // A removal that was refused may be asked for again after the reason is gone.
    idempotencyKey: randomUUID(),
  });
  if (outcome.status === 'refused') throw new ProblemError(outcome.refusal, { currencyCode });
}

async function assertOnFile(
  { accountId, paymentMethodId }: CardChange,
  { ledger, nowMs }: HttpDependencies,
) {
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  const cards = await listCards(ledger, { accountId });
  if (!cards.some((card) => card.paymentMethodId === paymentMethodId)) {
    throw failure('payment_method_not_found');
  }
  const { currency: currencyCode } = facts.account;
  return { currencyCode, now: accountNowMs(facts.account, nowMs()) };
}
