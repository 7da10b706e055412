import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAccount } from '../../ledger/accounts.ts';
import {
  expectedOf,
  foundOf,
  playScenes,
  type PlayedScene,
  type Scene,
} from './fixtures/collection-scenes.ts';
import { CollectionStage, type Debt } from './fixtures/collection-stage.ts';

const reason = 'a test';
const lastDay = 92;
const mastercard = 'pm_card_mastercard';

async function owedBy({ stage, owing: { accountId } }: Debt): Promise<number | undefined> {
  return (await readAccount(stage.stack.ledger, { accountId }))?.balances.invoiced;
}

/** "operator:ann" does all of it. */
const scenes: readonly Scene[] = [
  {
    name: 'R50 a pause stops charges, and neither past due nor grace comes nearer meanwhile',
    banks: ['insufficient_funds'],
    acts: [
      [0, 12, (debt) => debt.operate({ kind: 'pause', reason })],
      [4, 12, (debt) => debt.operate({ kind: 'resume' })],
      [4, 13, (debt) => debt.operate({ kind: 'resume' })],
    ],
    answers: ['done', 'done', 'refused collection_not_paused'],
    charges: [
      '0 00:00 insufficient_funds',
      '5 08:00 insufficient_funds',
      '7 08:00 insufficient_funds',
      '9 08:00 insufficient_funds',
      '11 08:00 insufficient_funds',
    ],
    mails: [
      '0 00:00 invoice_payment_declined',
      '5 00:00 invoice_past_due',
      '5 08:00 invoice_payment_declined',
      '7 08:00 invoice_payment_declined',
      '9 08:00 invoice_payment_declined',
      '11 08:00 invoice_payment_declined',
      '12 00:00 service_suspended',
    ],
    end: 'needs_card: retries_used_up',
    refused: '12 00:00',
    audit: ['collection.pause operator:ann', 'collection.resume operator:ann'],
  },
  {
    name: 'R50 a promise lasts until its day; then the schedule goes on',
    banks: ['insufficient_funds'],
    acts: [
      [1, 12, (debt) => debt.operate({ kind: 'promise', untilMs: debt.atMs(1), reason })],
      [1, 12, (debt) => debt.operate({ kind: 'promise', untilMs: debt.atMs(6), reason })],
    ],
    answers: ['refused promise_not_in_future', 'done'],
    charges: [
      '0 00:00 insufficient_funds',
      '1 08:00 insufficient_funds',
      '7 12:00 insufficient_funds',
      '9 12:00 insufficient_funds',
      '11 12:00 insufficient_funds',
    ],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '1 08:00 invoice_payment_declined',
      '7 12:00 invoice_payment_declined',
      '9 12:00 invoice_payment_declined',
      '11 12:00 invoice_payment_declined',
      '12 12:00 service_suspended',
    ],
    end: 'needs_card: retries_used_up',
    refused: '12 12:00',
    audit: ['collection.promise operator:ann'],
  },
  {
    name: 'R49 retry now charges at once, at any hour, beside the schedule; a hard code still holds',
    banks: ['insufficient_funds', 'insufficient_funds', 'lost_card', 'succeed'],
    acts: [
      [1, 22, (debt) => debt.operate({ kind: 'retry_now' })],
      [2, 12, (debt) => debt.operate({ kind: 'retry_now' })],
      [2, 14, (debt) => debt.operate({ kind: 'retry_now' })],
    ],
    answers: ['done', 'done', 'done'],
    charges: [
      '0 00:00 insufficient_funds',
      '1 08:00 insufficient_funds',
      '1 22:00 operator lost_card',
    ],
    end: 'uncollectible',
  },
  {
    name: 'R49 another schedule holds for the account from then on, until it is taken back',
    banks: ['insufficient_funds'],
    acts: [
      [0, 12, (debt) => debt.operate({ kind: 'schedule', retryAfterDays: [2, 4, 6] })],
      [4, 12, (debt) => debt.operate({ kind: 'schedule', retryAfterDays: null })],
    ],
    answers: ['done', 'done'],
    charges: [
      '0 00:00 insufficient_funds',
      '2 08:00 insufficient_funds',
      '4 08:00 insufficient_funds',
      '5 08:00 insufficient_funds',
      '7 08:00 insufficient_funds',
    ],
    end: 'uncollectible',
    audit: ['collection.schedule operator:ann', 'collection.schedule operator:ann'],
  },
  {
    name: 'R50 written off: it still refuses, still counts as owed, and can be paid at any time',
    banks: ['lost_card'],
    acts: [
      [1, 12, (debt) => debt.operate({ kind: 'write_off', reason }, 'a key')],
      [1, 13, (debt) => debt.operate({ kind: 'write_off', reason }, 'a key')],
      [1, 14, (debt) => debt.operate({ kind: 'write_off', reason }, 'another key')],
      [1, 15, (debt) => debt.operate({ kind: 'pause', reason })],
      [
        20,
        0,
        async (debt) => {
          expect(await owedBy(debt)).toBe(2_700_000);
        },
      ],
      [20, 12, (debt) => debt.pay({ paymentMethod: mastercard })],
      [20, 13, (debt) => debt.pay({ paymentMethod: mastercard })],
    ],
    answers: [
      'done',
      'done',
      'done',
      'refused collection_not_open',
      'succeeded',
      'refused invoice_nothing_due',
    ],
    charges: ['0 00:00 lost_card', '20 12:00 customer succeeded'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
      '20 12:00 invoice_paid',
      '20 12:00 service_restored',
    ],
    end: 'paid',
    refused: '8 00:00 - 20 12:00',
    audit: ['collection.write_off operator:ann'],
  },
  {
    name: 'R50 R61 written off, and paid before service would have stopped: that is never told',
    banks: ['lost_card'],
    acts: [
      [1, 12, (debt) => debt.operate({ kind: 'write_off', reason })],
      [2, 12, (debt) => debt.pay({ paymentMethod: mastercard })],
    ],
    answers: ['done', 'succeeded'],
    charges: ['0 00:00 lost_card', '2 12:00 customer succeeded'],
    mails: ['0 00:00 invoice_payment_declined', '1 00:00 invoice_past_due', '2 12:00 invoice_paid'],
    end: 'paid',
    refused: '',
  },
  {
    name: 'R50 R61 written off on the day that a planned charge had added: service stops at once',
    banks: ['mastercardAdvice_29'],
    acts: [[8, 6, (debt) => debt.operate({ kind: 'write_off', reason })]],
    answers: ['done'],
    charges: ['0 00:00 generic_decline'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 06:00 service_suspended',
    ],
    end: 'uncollectible',
    refused: '8 06:00',
  },
  {
    name: 'R50 R61 written off while paused: the days go on, and then service stops',
    banks: ['lost_card'],
    acts: [
      [2, 0, (debt) => debt.operate({ kind: 'pause', reason })],
      [5, 0, (debt) => debt.operate({ kind: 'write_off', reason })],
    ],
    answers: ['done', 'done'],
    charges: ['0 00:00 lost_card'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '11 00:00 service_suspended',
    ],
    end: 'uncollectible',
    refused: '11 00:00',
  },
  {
    name: 'R50 forgiven: nothing is owed, service is on, and nobody can pay it any more',
    banks: ['lost_card'],
    acts: [
      [9, 12, (debt) => debt.operate({ kind: 'forgive', reason })],
      [9, 13, (debt) => debt.operate({ kind: 'forgive', reason })],
      [9, 14, (debt) => debt.pay({ paymentMethod: mastercard })],
      [9, 15, (debt) => debt.operate({ kind: 'write_off', reason })],
    ],
    answers: ['done', 'done', 'refused invoice_nothing_due', 'refused collection_not_open'],
    charges: ['0 00:00 lost_card'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
      '9 12:00 service_restored',
    ],
    end: 'forgiven',
    refused: '8 00:00 - 9 12:00',
    audit: ['collection.forgive operator:ann'],
    check: async (debt) => {
      expect(await owedBy(debt)).toBe(0);
    },
  },
  {
    name: 'R50 nobody pays: uncollectible 90 days after the charge day, and refusing on',
    banks: ['lost_card'],
    acts: [
      [
        91,
        0,
        async (debt) => {
          expect(await owedBy(debt)).toBe(2_700_000);
        },
      ],
    ],
    charges: ['0 00:00 lost_card'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'uncollectible',
    refused: '8 00:00',
    audit: [],
  },
  {
    name: 'R50 uncollectible after its days, and paid later: service is on again',
    banks: ['lost_card'],
    acts: [[91, 12, (debt) => debt.pay({ paymentMethod: mastercard })]],
    answers: ['succeeded'],
    charges: ['0 00:00 lost_card', '91 12:00 customer succeeded'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
      '91 12:00 invoice_paid',
      '91 12:00 service_restored',
    ],
    end: 'paid',
    refused: '8 00:00 - 91 12:00',
  },
  {
    name: 'R50 what asks for nothing any more takes no action',
    banks: ['succeed'],
    acts: [
      [1, 12, (debt) => debt.operate({ kind: 'pause', reason })],
      [1, 12, (debt) => debt.operate({ kind: 'retry_now' })],
      [1, 12, (debt) => debt.operate({ kind: 'promise', untilMs: debt.atMs(6), reason })],
      [1, 12, (debt) => debt.operate({ kind: 'schedule', retryAfterDays: [1] })],
      [1, 12, (debt) => debt.operate({ kind: 'write_off', reason })],
      [1, 12, (debt) => debt.operate({ kind: 'forgive', reason })],
    ],
    answers: Array.from({ length: 6 }, () => 'refused collection_not_open'),
    charges: ['0 00:00 succeeded'],
    end: 'paid',
    audit: [],
  },
];

describe('what operators do', () => {
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
