import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { accountNowMs } from '../domain/account-time.ts';
import { cardName, isExpired } from '../domain/cards.ts';
import { failure, SolventError } from '../domain/failures.ts';
import type { SavedCard } from '../domain/payment-methods.ts';
import { listOpenCollections } from '../ledger/open-collections.ts';
import { listCards, setDefaultCard } from '../ledger/payment-methods.ts';

import type { SolventClient } from '../client/solvent-client.ts';
import { accountState } from './account-state.ts';
import { cardJson } from './account-view.ts';
import { accountId, paymentMethodId } from './arguments.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Json } from './json.ts';
import { keyFor, keyOption } from './idempotency-key.ts';
import { declineJson, refusalJson, reportDecline, reportRefusal } from './report-failure.ts';
import type { Session } from './session.ts';
import { table } from './words.ts';

type CardSetupOutcome = Awaited<ReturnType<SolventClient['setUpCard']>>;

interface AddOptions {
  paymentMethod: string;
  default?: true;
  key?: string;
}

export function addCardVerbs(cards: Command, session: Session): void {
  cards
    .command('add')
    .description('put a card on file; a prepaid one is refused')
    .argument('<account>', 'account id', accountId)
    .requiredOption(
      '--payment-method <id>',
      'the card at Stripe; in test mode a token such as pm_card_visa',
      paymentMethodId,
    )
    .option('--default', 'charge this one when none is named (the first card always is)')
    .addOption(keyOption())
    .action((account: string, options: AddOptions) => add(account, options, session));
  cards
    .command('list')
    .description('list the cards on file')
    .argument('<account>', 'account id', accountId)
    .action((account: string) => list(account, session));
  cards
    .command('default')
    .description('charge this card when none is named')
    .argument('<account>', 'account id', accountId)
    .argument('<card>', 'the card’s id, pm_…', paymentMethodId)
    .action((account: string, card: string) => makeDefault(account, card, session));
  cards
    .command('remove')
    .description('take a card off the file')
    .argument('<account>', 'account id', accountId)
    .argument('<card>', 'the card’s id, pm_…', paymentMethodId)
    .action((account: string, card: string) => remove(account, card, session));
}

async function add(account: string, options: AddOptions, session: Session): Promise<void> {
  const { account: found } = await accountState(session, account);
  const client = await session.client();
  const outcome = await client.setUpCard({
    accountId: account,
    idempotencyKey: keyFor(options, session),
    source: options.paymentMethod,
    makeDefault: options.default === true,
    actor: session.actor,
  });
  session.print(setupJson(outcome), () =>
    setupWords(outcome, accountNowMs(found, session.nowMs())),
  );
  switch (outcome.status) {
    case 'saved':
      return;
    case 'refused':
      reportRefusal(outcome.refusal, session);
      throw new CommandEnded(exitCodes.failed);
    case 'declined':
      reportDecline(outcome.decline, session);
      throw new CommandEnded(exitCodes.failed);
    case 'requires_action':
    case 'pending':
      session.remark('Repeat with the same --key to see how it ended.');
      throw new CommandEnded(exitCodes.unknown);
  }
}

function setupJson(outcome: CardSetupOutcome): Json {
  const { setupId: id, status } = outcome;
  switch (outcome.status) {
    case 'saved':
      return { id, status, card: cardJson(outcome.card) };
    case 'refused':
      return { id, status, refusal: refusalJson(outcome.refusal) };
    case 'declined':
      return { id, status, decline: declineJson(outcome.decline) };
    case 'requires_action':
      return { id, status, actionUrl: outcome.actionUrl };
    case 'pending':
      return { id, status };
  }
}

function setupWords(outcome: CardSetupOutcome, nowMs: number): string {
  switch (outcome.status) {
    case 'saved':
      return `saved: ${cardName(outcome.card.card)}\n${cardTable([outcome.card], nowMs)}`;
    case 'refused':
    case 'declined':
      return `${outcome.status}: the card is not on file.`;
    case 'requires_action':
      return `requires_action: the bank asks the customer to confirm.\n${outcome.actionUrl ?? ''}`;
    case 'pending':
      return 'pending: whether the card is on file is not known yet.';
  }
}

async function list(account: string, session: Session): Promise<void> {
  const { account: found } = await accountState(session, account);
  const cards = await listCards(await session.ledger(), { accountId: account });
  printCards(cards, accountNowMs(found, session.nowMs()), session);
}

async function makeDefault(account: string, card: string, session: Session): Promise<void> {
  const nowMs = await assertOnFile(account, card, session);
  const change = { accountId: account, paymentMethodId: card, actor: session.actor, nowMs };
  const outcome = await setDefaultCard(await session.ledger(), change);
  if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
  printCards(outcome.cards, nowMs, session);
  const open = await listOpenCollections(await session.ledger(), { accountId: account });
  if (open.length === 0) return;
  // What waits for a card then charges this one by itself.
  const { collections } = await session.client();
  for (const invoiceId of open) await collections.tell(invoiceId, 'card');
}

async function remove(account: string, card: string, session: Session): Promise<void> {
  const nowMs = await assertOnFile(account, card, session);
  const client = await session.client();
  const outcome = await client.removeCard({
    accountId: account,
    paymentMethodId: card,
    actor: session.actor,
    nowMs,
    // A removal that was refused may be asked for again after the reason is gone.
    idempotencyKey: randomUUID(),
  });
  if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
  session.print({ status: 'removed', id: card }, () => `removed: ${card}`);
}

/** @throws SolventError account_not_found, payment_method_not_found. Returns the account's time. */
async function assertOnFile(account: string, card: string, session: Session): Promise<number> {
  const { account: found } = await accountState(session, account);
  const cards = await listCards(await session.ledger(), { accountId: account });
  if (!cards.some((saved) => saved.paymentMethodId === card)) {
    throw failure('payment_method_not_found', `It was ${card}.`);
  }
  return accountNowMs(found, session.nowMs());
}

function printCards(cards: readonly SavedCard[], nowMs: number, session: Session): void {
  session.print({ data: cards.map(cardJson) }, () =>
    cards.length === 0 ? 'no card is on file' : cardTable(cards, nowMs),
  );
}

function cardTable(cards: readonly SavedCard[], nowMs: number): string {
  return table(
    ['CARD', 'NAME', 'FUNDING', 'EXPIRES', ''],
    cards.map(({ paymentMethodId: id, card, isDefault }) => [
      id,
      cardName(card),
      card.funding,
      `${card.expiryYear}-${String(card.expiryMonth).padStart(2, '0')}`,
      [isDefault ? 'default' : '', isExpired(card, nowMs) ? 'expired' : ''].join(' ').trim(),
    ]),
  );
}
