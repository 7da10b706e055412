import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { micros } from '../../domain/money.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { replaceInvoice } from '../../ledger/invoice-corrections.ts';
import { readPriceBook } from '../../ledger/prices.ts';
import { searchAttributes } from '../../workflows/messages.ts';
import { policies } from '../ledger/ledger-fixture.ts';
import {
  expectedOf,
  foundOf,
  playScenes,
  type PlayedScene,
  type Scene,
} from './fixtures/collection-scenes.ts';
import { creditDollars } from './fixtures/credit-note.ts';
import { CollectionStage, type Debt } from './fixtures/collection-stage.ts';
import { ownCard, putOnFile } from './fixtures/owing-account.ts';

const asking = 'pm_card_threeDSecure2Required';
const lastDay = 11;

async function balancesOf({ stage, owing: { accountId } }: Debt) {
  const state = await readAccount(stage.stack.ledger, { accountId });
  if (state === undefined) throw new Error(`no account ${accountId}`);
  return state;
}

async function newCard(debt: Debt, ...script: string[]): Promise<void> {
  await putOnFile(debt.stage.stack, debt.owing.accountId, ownCard(), script);
  await debt.tell('card');
}

async function buy(debt: Debt, dollars: number): Promise<void> {
  const order = { dollars, paymentMethod: 'pm_card_visa' };
  const bought = await debt.stage.stack.purchase(debt.owing.accountId, order);
  expect(bought.status).toBe('succeeded');
}

async function creditNote({ stage, owing }: Debt, dollars: number): Promise<void> {
  await creditDollars(stage.stack.ledger, owing, dollars, await stage.nowMs());
}

async function replace({ stage, owing: { accountId, invoiceId } }: Debt): Promise<void> {
  const { ledger } = stage.stack;
  const asked = { accountId, invoiceId, reason: 'wrong place', actor: 'operator:ann' };
  const book = await readPriceBook(ledger);
  const replaced = await replaceInvoice(
    ledger,
    { ...asked, nowMs: await stage.nowMs() },
    policies,
    book,
  );
  expect(replaced.status).toBe('replaced');
}

const scenes: readonly Scene[] = [
  {
    name: 'R13 the customer confirms on the page what the bank asked, and the link is dead then',
    banks: ['authenticate'],
    acts: [
      [4, 10, (debt) => debt.pay({ returnUrl: 'http://127.0.0.1:1/back' })],
      [4, 11, (debt) => debt.comeBack()],
    ],
    answers: ['requires_action', 'succeeded'],
    charges: ['0 00:00 authentication_required', '4 11:00 customer succeeded'],
    mails: [
      '0 00:00 invoice_authentication_needed',
      '1 00:00 invoice_past_due',
      '1 00:00 invoice_authentication_needed',
      '3 00:00 invoice_authentication_needed',
      '4 10:00 invoice_authentication_needed',
      '4 11:00 invoice_paid',
    ],
    end: 'paid',
    refused: '',
  },
  {
    name: 'B16 another card is charged next, under a key of its own',
    banks: ['insufficient_funds'],
    acts: [[0, 12, (debt) => newCard(debt, 'succeed')]],
    charges: ['0 00:00 insufficient_funds', '0 12:00 succeeded'],
    end: 'paid',
    check: (debt) => {
      expect(debt.confirmKeys()).toHaveLength(2);
      expect(debt.payments()).toHaveLength(1);
    },
  },
  {
    name: 'R49 another card starts the schedule anew',
    banks: ['lost_card'],
    acts: [[2, 12, (debt) => newCard(debt, 'insufficient_funds')]],
    charges: [
      '0 00:00 lost_card',
      '2 12:00 insufficient_funds',
      '3 12:00 insufficient_funds',
      '5 12:00 insufficient_funds',
      '7 12:00 insufficient_funds',
      '9 12:00 insufficient_funds',
    ],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '2 12:00 invoice_payment_declined',
      '3 12:00 invoice_payment_declined',
      '5 12:00 invoice_payment_declined',
      '7 12:00 invoice_payment_declined',
      '8 00:00 service_suspended',
      '9 12:00 invoice_payment_declined',
    ],
    end: 'needs_card: retries_used_up',
    refused: '8 00:00',
  },
  {
    name: 'R10 a card that turned prepaid is never charged, and leaves the file',
    banks: ['succeed'],
    acts: [
      [
        -1,
        0,
        ({ stage, owing }) => {
          const card = String(owing.paymentMethodId);
          stage.stack.sandbox.controls.updateCard(card, { funding: 'prepaid' });
          return Promise.resolve();
        },
      ],
    ],
    charges: [],
    mails: [
      '0 00:00 invoice_card_refused',
      '0 00:00 invoice_card_needed',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: no_card',
    check: (debt) => {
      expect(debt.payments()).toEqual([]);
    },
  },
  {
    name: 'R10 prepaid seen only on the charge: what was paid stands, the card goes, a person looks',
    banks: ['authenticate', 'succeed'],
    acts: [
      [-1, 0, (debt) => debt.pay()],
      [
        -1,
        1,
        async (debt) => {
          const card = String(debt.owing.paymentMethodId);
          debt.stage.stack.sandbox.controls.updateCard(card, { funding: 'prepaid' });
          return debt.comeBack();
        },
      ],
    ],
    answers: ['requires_action', 'succeeded'],
    charges: ['-1 01:00 customer succeeded'],
    end: 'paid',
    check: async (debt) => {
      const { stage, workflowId } = debt;
      const run = await stage.stack.temporal.workflow.getHandle(workflowId).describe();
      expect(run.typedSearchAttributes.get(searchAttributes.needsReview)).toBe(true);
      const [row] = await stage.stack.ledger.run(
        'select removed_at from payment_methods where account_id = $1',
        [uuidOf(debt.owing.accountId)],
      );
      expect(row).toMatchObject({ removed_at: expect.anything() as unknown });
    },
  },
  {
    name: 'R52 a part is paid by one payment object, the rest by the next',
    banks: ['succeed'],
    acts: [
      [-1, 0, (debt) => debt.pay({ amount: micros(1_000_000) })],
      [-1, 1, (debt) => debt.pay({ amount: micros(1_800_000) })],
    ],
    answers: ['succeeded', 'refused invoice_payment_too_large'],
    charges: ['-1 00:00 customer succeeded', '0 00:00 succeeded'],
    mails: ['-1 00:00 invoice_paid', '0 00:00 invoice_paid'],
    end: 'paid',
    check: (debt) => {
      expect(debt.payments().map(({ amount }) => amount)).toEqual([170, 100]);
    },
  },
  {
    name: 'B1 what came in beyond what is due by then is owed back, and is never credits',
    banks: [],
    acts: [
      [-1, 0, (debt) => debt.pay({ paymentMethod: asking })],
      [
        -1,
        1,
        async (debt) => {
          debt.answerBank();
          await creditNote(debt, 1);
          return debt.returnToPage();
        },
      ],
    ],
    answers: ['requires_action', 'succeeded'],
    charges: ['-1 01:00 customer succeeded'],
    mails: [
      '-1 00:00 invoice_authentication_needed',
      '-1 01:00 credit_note_issued',
      '-1 01:00 invoice_paid',
    ],
    end: 'paid',
    check: async (debt) => {
      const { balances, lots } = await balancesOf(debt);
      expect(balances).toMatchObject({ refundsDue: 1_000_000, invoiced: 0, purchased: 0 });
      expect(lots).toEqual([]);
    },
  },
  {
    name: 'R13 R52 less is due while the bank is asked: it is called off, and a new link mailed',
    banks: [],
    acts: [
      [-1, 0, (debt) => debt.pay({ paymentMethod: asking })],
      [
        -1,
        1,
        async (debt) => {
          await creditNote(debt, 1);
          await debt.tell('invoice');
        },
      ],
      [-1, 2, (debt) => debt.pay({ paymentMethod: 'pm_card_visa' })],
    ],
    answers: ['requires_action', 'succeeded'],
    charges: ['-1 02:00 customer succeeded'],
    mails: [
      '-1 00:00 invoice_authentication_needed',
      '-1 01:00 credit_note_issued',
      '-1 01:00 invoice_due_changed',
      '-1 02:00 invoice_paid',
    ],
    end: 'paid',
    check: async (debt) => {
      expect(debt.payments().map(({ status, amount }) => [status, amount])).toEqual([
        ['succeeded', 170],
        ['canceled', 270],
      ]);
      const { balances } = await balancesOf(debt);
      expect(balances).toMatchObject({ refundsDue: 0, invoiced: 0 });
    },
  },
  {
    name: 'R47 R48 R52 credits bought while past due pay none of it, and wait until it is paid',
    banks: ['lost_card'],
    acts: [
      [2, 12, (debt) => buy(debt, 25)],
      [9, 12, (debt) => debt.pay({ paymentMethod: 'pm_card_mastercard' })],
    ],
    answers: ['succeeded'],
    charges: ['0 00:00 lost_card', '2 12:00 customer succeeded', '9 12:00 customer succeeded'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '2 12:00 purchase_succeeded',
      '8 00:00 service_suspended',
      '9 12:00 invoice_paid',
      '9 12:00 service_restored',
    ],
    end: 'paid',
    refused: '8 00:00 - 9 12:00',
    check: async (debt) => {
      const { balances } = await balancesOf(debt);
      expect(balances).toMatchObject({ purchased: 25_000_000, invoiced: 0 });
    },
  },
  {
    name: 'R51 service is on again in the transaction that paid',
    banks: ['lost_card'],
    acts: [
      [
        8,
        12,
        (debt) => debt.pay({ paymentMethod: 'pm_card_mastercard', amount: micros(2_000_000) }),
      ],
      [10, 12, (debt) => debt.pay({ paymentMethod: 'pm_card_mastercard' })],
    ],
    answers: ['succeeded', 'succeeded'],
    charges: ['0 00:00 lost_card', '8 12:00 customer succeeded', '10 12:00 customer succeeded'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
      '8 12:00 invoice_paid',
      '10 12:00 invoice_paid',
      '10 12:00 service_restored',
    ],
    end: 'paid',
    refused: '8 00:00 - 10 12:00',
    check: async ({ stage, owing }) => {
      const rows = await stage.stack.ledger.run<{ isSame: boolean }>(
        `select n.xmin = e.xmin as "isSame" from notices n join billing_events e using (account_id)
         where account_id = $1 and n.kind = 'service_restored' and e.kind = 'invoice_paid'
         order by e.event_id`,
        [uuidOf(owing.accountId)],
      );
      expect(rows).toEqual([{ isSame: false }, { isSame: true }]);
    },
  },
  {
    name: 'R43 a credit note of all that is due ends it, and its open payment object',
    banks: ['insufficient_funds'],
    acts: [
      [
        0,
        12,
        async (debt) => {
          await creditNote(debt, 2.7);
          await debt.tell('invoice');
        },
      ],
    ],
    charges: ['0 00:00 insufficient_funds'],
    end: 'paid',
    check: (debt) => {
      expect(debt.payments().map(({ status }) => status)).toEqual(['canceled']);
    },
  },
  {
    name: 'R52 a credit note of a part lowers what is charged next',
    banks: ['insufficient_funds', 'succeed'],
    acts: [
      [
        0,
        12,
        async (debt) => {
          await creditNote(debt, 1);
          await debt.tell('invoice');
        },
      ],
    ],
    charges: ['0 00:00 insufficient_funds', '1 08:00 succeeded'],
    end: 'paid',
    check: (debt) => {
      expect(debt.paidCharges().map(({ amount }) => amount)).toEqual([170]);
    },
  },
  {
    name: 'R46 a void invoice is not charged any more, and its open payment object is canceled',
    banks: ['insufficient_funds', 'succeed'],
    acts: [
      [
        0,
        12,
        async (debt) => {
          await replace(debt);
          await debt.tell('invoice');
        },
      ],
    ],
    charges: ['0 00:00 insufficient_funds'],
    end: 'void',
    check: (debt) => {
      expect(debt.payments().map(({ status }) => status)).toEqual(['canceled']);
    },
  },
  ...[
    {
      how: 'forgiven',
      ending: 'forgiven',
      act: (debt: Debt) => debt.operate({ kind: 'forgive', reason: 'ours' }),
      answers: ['requires_action', 'done'],
    },
    {
      how: 'replaced',
      ending: 'void',
      act: async (debt: Debt) => {
        await replace(debt);
        await debt.tell('invoice');
      },
      answers: ['requires_action'],
    },
  ].map(({ how, ending, act, answers }): Scene => ({
    name: `R47 a payment that waits for the bank is called off once its invoice is ${how}`,
    banks: [],
    acts: [
      [-1, 0, (debt) => debt.pay({ paymentMethod: asking })],
      [-1, 1, act],
    ],
    answers,
    charges: [],
    end: ending,
    check: (debt) => {
      const [payment] = debt.payments();
      // Not only when nobody confirmed it for a week.
      expect(debt.when(Number(payment?.['canceled_at']) * 1_000)).toBe('-1 01:00');
    },
  })),
  {
    name: 'R14 a customer’s own try is answered at once and uses up no day of the schedule',
    banks: ['insufficient_funds'],
    acts: [[1, 12, (debt) => debt.pay({ paymentMethod: 'pm_sandbox_decline_do_not_honor' })]],
    answers: ['declined'],
    charges: [
      '0 00:00 insufficient_funds',
      '1 08:00 insufficient_funds',
      '1 12:00 customer do_not_honor',
      '3 08:00 insufficient_funds',
      '5 08:00 insufficient_funds',
      '7 08:00 insufficient_funds',
    ],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '1 08:00 invoice_payment_declined',
      '1 12:00 invoice_payment_declined',
      '3 08:00 invoice_payment_declined',
      '5 08:00 invoice_payment_declined',
      '7 08:00 invoice_payment_declined',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: retries_used_up',
  },
  {
    name: 'R13 R50 what waits for the bank for a week is called off; past due is told all the same',
    banks: [],
    acts: [[0, 12, (debt) => debt.pay({ paymentMethod: asking })]],
    answers: ['requires_action'],
    charges: [],
    mails: [
      '0 00:00 invoice_card_needed',
      '0 12:00 invoice_authentication_needed',
      '1 00:00 invoice_past_due',
      '1 12:00 invoice_authentication_needed',
      '3 12:00 invoice_authentication_needed',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: no_card',
    refused: '8 00:00',
  },
  {
    name: 'B1 R49 a payment that waits for the bank makes way for the charge on its day',
    banks: ['insufficient_funds', 'succeed'],
    acts: [
      [-1, 12, (debt) => debt.pay({ paymentMethod: asking })],
      [0, 12, (debt) => debt.pay({ paymentMethod: asking })],
    ],
    answers: ['requires_action', 'requires_action'],
    charges: ['0 00:00 insufficient_funds', '1 08:00 succeeded'],
    mails: [
      '-1 12:00 invoice_authentication_needed',
      '0 00:00 invoice_payment_declined',
      '0 12:00 invoice_authentication_needed',
      '1 00:00 invoice_past_due',
      '1 08:00 invoice_paid',
    ],
    end: 'paid',
    refused: '',
    check: (debt) => {
      const states = debt.payments().map(({ status }) => status);
      expect(states).toEqual(['succeeded', 'canceled', 'canceled']);
    },
  },
  {
    name: 'B1 R49 who just went to the bank keeps an hour, though a charge is due',
    banks: ['succeed'],
    acts: [
      [-1, 23.5, (debt) => debt.pay({ paymentMethod: asking })],
      [0, 0.25, (debt) => debt.comeBack()],
    ],
    answers: ['requires_action', 'succeeded'],
    charges: ['0 00:15 customer succeeded'],
    end: 'paid',
  },
  {
    name: 'B1 R49 and the charge comes after that hour',
    banks: ['succeed'],
    acts: [[-1, 23.5, (debt) => debt.pay({ paymentMethod: asking })]],
    answers: ['requires_action'],
    charges: ['0 00:30 succeeded'],
    end: 'paid',
  },
  {
    name: 'R13 another card ends the payment that waits for the bank',
    banks: [],
    acts: [
      [0, 12, (debt) => debt.pay({ paymentMethod: asking })],
      [0, 13, (debt) => debt.pay({ paymentMethod: 'pm_card_mastercard' })],
    ],
    answers: ['requires_action', 'succeeded'],
    charges: ['0 13:00 customer succeeded'],
    mails: [
      '0 00:00 invoice_card_needed',
      '0 12:00 invoice_authentication_needed',
      '0 13:00 invoice_paid',
    ],
    end: 'paid',
  },
];

describe('what customers do', () => {
  let stage: CollectionStage;
  let played: PlayedScene[] = [];
  beforeAll(async () => {
    stage = await CollectionStage.start();
    played = await playScenes(stage, scenes, lastDay);
  });
  afterAll(() => stage.close());

  const numbered = scenes.map((scene, at) => ({ ...scene, at }));
  test.each(numbered)('$name', async ({ at, ...scene }) => {
    const one = played[at];
    if (one === undefined) throw new Error('it was not played');
    const found = await foundOf(one, scene, lastDay);
    await scene.check?.(one.debt);
    expect(found).toEqual(expectedOf(scene));
  });
});
