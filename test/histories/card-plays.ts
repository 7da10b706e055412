import { randomUUID } from 'node:crypto';
import { setupIdFor } from '../../domain/ids.ts';
import { ZERO } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { keyDigest } from '../../client/ids.ts';
import { setOwnBalanceLimit } from '../../ledger/account-settings.ts';
import type { TestStack } from '../support/stack.ts';
import type { RecordingName } from './required.ts';
import {
  askingCard,
  email,
  finished,
  fullName,
  newCard,
  saveCard,
  waiting,
  type Play,
  type Run,
} from './stage.ts';

/** One customer's card on its way to the file. */
class SetUp implements Run {
  readonly stack: TestStack;
  readonly accountId: string;
  readonly idempotencyKey = randomUUID();
  readonly setupId: string;
  readonly workflowId: string;

  constructor(stack: TestStack, accountId: string) {
    this.stack = stack;
    this.accountId = accountId;
    this.setupId = setupIdFor(accountId, keyDigest(this.idempotencyKey));
    this.workflowId = workflowIdOf('card-setup', this.setupId);
  }

  ask(source: string, waitMs = 30_000) {
    const { accountId, idempotencyKey } = this;
    const actor = 'recorder';
    return this.stack.client.setUpCard({
      ...{ accountId, idempotencyKey, source, makeDefault: false, actor, waitMs },
    });
  }

  /** The bank's answer to the newest set-up, and the customer's return. */
  async answerBank(isAuthenticated: boolean): Promise<void> {
    const [intent] = this.stack.sandbox.controls.objects('setup_intent', 1);
    this.stack.sandbox.controls.answerAuthentication(String(intent?.['id']), isAuthenticated);
    await this.stack.client.confirmCardSetup(this.setupId, 30_000);
  }

  finished(): Promise<Run> {
    return finished(this.stack, this.workflowId);
  }
}

async function setUp(stack: TestStack): Promise<SetUp> {
  const { accountId } = await stack.createAccount({ email, name: fullName });
  return new SetUp(stack, accountId);
}

/** A set-up whose bank asks the customer. */
async function asked(stack: TestStack): Promise<SetUp> {
  const one = await setUp(stack);
  await one.ask(askingCard);
  return one;
}

function once(source: string): Play {
  return async (stack) => {
    const one = await setUp(stack);
    await one.ask(source);
    return one.finished();
  };
}

async function remove(stack: TestStack, accountId: string, paymentMethodId: string): Promise<Run> {
  const idempotencyKey = randomUUID();
  await stack.client.removeCard({
    ...{ accountId, paymentMethodId, actor: 'recorder', nowMs: Date.now(), idempotencyKey },
  });
  const id = `${paymentMethodId}-${keyDigest(idempotencyKey)}`;
  return { workflowId: workflowIdOf('card-removal', id) };
}

/** Stripe's news of a card, as its webhook brings them. */
async function renewed(stack: TestStack, card: string): Promise<Run> {
  const workflowId = workflowIdOf('card-update', card);
  const type = 'payment_method.automatically_updated';
  await stack.client.relayProcessorEvent({ type, workflowId });
  return finished(stack, workflowId);
}

/** Cards put on file, renewed, and taken off it. */
export const cardPlays = {
  'card-setup-saved': once('pm_card_visa'),
  async 'card-setup-second-card'(stack) {
    const one = await setUp(stack);
    await saveCard(stack, one.accountId, 'pm_card_visa');
    await one.ask('pm_card_mastercard_debit');
    return one.finished();
  },
  async 'card-setup-authenticated'(stack) {
    const one = await asked(stack);
    await one.answerBank(true);
    return one.finished();
  },
  'card-setup-refused-prepaid': once('pm_card_mastercard_prepaid'),
  'card-setup-refused-unknown-card': once('pm_card_nosuchcard'),
  async 'card-setup-refused-after-set-up'(stack) {
    const one = await setUp(stack);
    // No other play's card: its number is remembered as prepaid.
    const card = await newCard(stack, 'tok_authenticationRequiredOnSetup');
    await one.ask(card);
    stack.sandbox.controls.updateCard(card, { funding: 'prepaid' });
    await one.answerBank(true);
    return one.finished();
  },
  async 'card-setup-canceled'(stack) {
    const one = await asked(stack);
    await stack.temporal.workflow.getHandle(one.workflowId).cancel();
    return one.finished();
  },
  async 'card-setup-expired'(stack) {
    const one = await asked(stack);
    const { workflowId } = one;
    await stack.client.relayClockMoved({ workflowId, offsetMs: 30 * 24 * 3_600_000 });
    return one.finished();
  },
  'card-setup-declined': once('pm_card_chargeDeclinedInsufficientFunds'),
  async 'card-setup-failed-at-the-bank'(stack) {
    const one = await asked(stack);
    await one.answerBank(false);
    return one.finished();
  },
  async 'card-setup-open-at-the-bank'(stack) {
    return waiting(stack, await asked(stack));
  },
  async 'card-setup-open-before-answer'(stack) {
    const one = await setUp(stack);
    const path = '/v1/setup_intents';
    stack.sandbox.controls.planFault({ method: 'POST', path, kind: 'drop_before', times: 1_000 });
    await one.ask('pm_card_visa', 1_000);
    return waiting(stack, one);
  },
  async 'card-removal-removed'(stack) {
    const { accountId } = await stack.createAccount({ email, name: fullName });
    const card = await saveCard(stack, accountId, 'pm_card_visa');
    await setOwnBalanceLimit(
      stack.ledger,
      { accountId, ownBalanceLimit: ZERO, actor: 'recorder', nowMs: Date.now() },
      onlyPolicy(together202511),
    );
    return remove(stack, accountId, card);
  },
  async 'card-removal-refused'(stack) {
    const { accountId } = await stack.createAccount({ email, name: fullName });
    const card = await saveCard(stack, accountId, 'pm_card_visa');
    // A purchase raises the tier, and with it the balance limit.
    await stack.purchase(accountId, { paymentMethod: null });
    return remove(stack, accountId, card);
  },
  async 'card-update-updated'(stack) {
    const { accountId } = await stack.createAccount({ email, name: fullName });
    const card = await saveCard(stack, accountId, 'pm_card_visa');
    stack.sandbox.controls.updateCard(card, { expYear: 2040 });
    return renewed(stack, card);
  },
  async 'card-update-prepaid'(stack) {
    const { accountId } = await stack.createAccount({ email, name: fullName });
    // No other play's card: its number is remembered as prepaid.
    const card = await saveCard(stack, accountId, 'pm_card_discover');
    stack.sandbox.controls.updateCard(card, { funding: 'prepaid' });
    return renewed(stack, card);
  },
  async 'card-update-not-on-file'(stack) {
    return renewed(stack, await newCard(stack, 'tok_visa'));
  },
} satisfies Partial<Record<RecordingName, Play>>;
