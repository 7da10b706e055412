import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CollectionStage, type Debt } from './fixtures/collection-stage.ts';

/** Days and times of day count from the begin of the charge day: "1 08:00". */
interface Situation {
  readonly name: string;
  /** What the card's bank says to each charge, the last one for ever; none: there is no card. */
  readonly banks: readonly string[];
  readonly charges: readonly string[];
  readonly mails: readonly string[];
  readonly end: string;
  /** From when on service is refused, and until when; "": it never is. */
  readonly refused: string;
}

const situations: readonly Situation[] = [
  {
    name: 'R38 a card that pays',
    banks: ['succeed'],
    charges: ['0 00:00 succeeded'],
    mails: ['0 00:00 invoice_paid'],
    end: 'paid',
    refused: '',
  },
  {
    name: 'R49 no money',
    banks: ['insufficient_funds'],
    charges: [
      '0 00:00 insufficient_funds',
      '1 08:00 insufficient_funds',
      '3 08:00 insufficient_funds',
      '5 08:00 insufficient_funds',
      '7 08:00 insufficient_funds',
    ],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '1 08:00 invoice_payment_declined',
      '3 08:00 invoice_payment_declined',
      '5 08:00 invoice_payment_declined',
      '7 08:00 invoice_payment_declined',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: retries_used_up',
    refused: '8 00:00',
  },
  {
    name: 'R49 R51 no money until day 5',
    banks: ['insufficient_funds', 'insufficient_funds', 'insufficient_funds', 'succeed'],
    charges: [
      '0 00:00 insufficient_funds',
      '1 08:00 insufficient_funds',
      '3 08:00 insufficient_funds',
      '5 08:00 succeeded',
    ],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '1 08:00 invoice_payment_declined',
      '3 08:00 invoice_payment_declined',
      '5 08:00 invoice_paid',
    ],
    end: 'paid',
    refused: '',
  },
  {
    name: 'R49 no reason',
    banks: ['do_not_honor'],
    charges: ['0 00:00 do_not_honor', '3 08:00 do_not_honor', '7 08:00 do_not_honor'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '3 08:00 invoice_payment_declined',
      '7 08:00 invoice_payment_declined',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: retries_used_up',
    refused: '8 00:00',
  },
  {
    name: 'R49 a failure of machines',
    banks: ['processing_error', 'processing_error', 'succeed'],
    charges: ['0 00:00 processing_error', '0 08:00 processing_error', '1 08:00 succeeded'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '0 08:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '1 08:00 invoice_paid',
    ],
    end: 'paid',
    refused: '',
  },
  {
    name: 'R13 the bank asks the holder',
    banks: ['authentication_required'],
    charges: ['0 00:00 authentication_required'],
    mails: [
      '0 00:00 invoice_authentication_needed',
      '1 00:00 invoice_past_due',
      '1 00:00 invoice_authentication_needed',
      '3 00:00 invoice_authentication_needed',
      '8 00:00 service_suspended',
    ],
    end: 'needs_authentication',
    refused: '8 00:00',
  },
  {
    name: 'R14 expired, says the bank',
    banks: ['expired_card'],
    charges: ['0 00:00 expired_card'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: card_refused',
    refused: '8 00:00',
  },
  {
    name: 'R14 stolen',
    banks: ['stolen_card'],
    charges: ['0 00:00 stolen_card'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: card_refused',
    refused: '8 00:00',
  },
  {
    name: 'R49 not for this kind of charge',
    banks: ['restricted_card'],
    charges: ['0 00:00 restricted_card'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: card_refused',
    refused: '8 00:00',
  },
  {
    name: 'R49 consent taken back',
    banks: ['revocation_of_authorization'],
    charges: ['0 00:00 revocation_of_authorization'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: card_refused',
    refused: '8 00:00',
  },
  {
    name: 'R59 charged before',
    banks: ['duplicate_transaction'],
    charges: ['0 00:00 duplicate_transaction'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_operator: duplicate',
    refused: '8 00:00',
  },
  {
    name: 'R49 too many declines',
    banks: ['card_decline_rate_limit_exceeded', 'succeed'],
    charges: ['0 00:00 card_decline_rate_limit_exceeded', '1 08:00 succeeded'],
    mails: ['0 00:00 invoice_payment_declined', '1 00:00 invoice_past_due', '1 08:00 invoice_paid'],
    end: 'paid',
    refused: '',
  },
  {
    name: 'R14 fraud, says Stripe: an operator is called',
    banks: ['block'],
    charges: ['0 00:00 highest_risk_level'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_operator: blocked',
    refused: '8 00:00',
  },
  {
    name: 'R49 Visa says never',
    banks: ['visaCode_14'],
    charges: ['0 00:00 generic_decline'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: card_refused',
    refused: '8 00:00',
  },
  {
    name: 'R49 Mastercard says never',
    banks: ['mastercardAdvice_03'],
    charges: ['0 00:00 generic_decline'],
    mails: [
      '0 00:00 invoice_payment_declined',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: card_refused',
    refused: '8 00:00',
  },
  {
    name: 'R49 Mastercard asks for 4 days',
    banks: ['mastercardAdvice_27', 'succeed'],
    charges: ['0 00:00 generic_decline', '4 08:00 succeeded'],
    mails: ['0 00:00 invoice_payment_declined', '1 00:00 invoice_past_due', '4 08:00 invoice_paid'],
    end: 'paid',
    refused: '',
  },
  {
    name: 'R50 R51 Mastercard asks for 8 days',
    banks: ['mastercardAdvice_29', 'succeed'],
    charges: ['0 00:00 generic_decline', '8 08:00 succeeded'],
    mails: ['0 00:00 invoice_payment_declined', '1 00:00 invoice_past_due', '8 08:00 invoice_paid'],
    end: 'paid',
    refused: '',
  },
  {
    name: 'R10 Mastercard says prepaid',
    banks: ['mastercardAdvice_40'],
    charges: ['0 00:00 generic_decline'],
    mails: [
      '0 00:00 invoice_card_refused',
      '0 00:00 invoice_card_needed',
      '1 00:00 invoice_past_due',
      '8 00:00 service_suspended',
    ],
    end: 'needs_card: no_card',
    refused: '8 00:00',
  },
  {
    name: 'R50 no card',
    banks: [],
    charges: [],
    mails: ['0 00:00 invoice_card_needed', '1 00:00 invoice_past_due', '8 00:00 service_suspended'],
    end: 'needs_card: no_card',
    refused: '8 00:00',
  },
];

/** Played side by side: the server's time is one for all. */
describe('sixteen days of a collection', () => {
  let stage: CollectionStage;
  const debts: Debt[] = [];
  beforeAll(async () => {
    stage = await CollectionStage.start();
    debts.push(...(await Promise.all(situations.map(({ banks }) => stage.owing(banks)))));
    await Promise.all(debts.map((debt) => debt.begin()));
    await debts[0]?.to(16);
  });
  afterAll(() => stage.close());

  const numbered = situations.map((situation, at) => ({ ...situation, at }));
  test.each(numbered)('$name', async ({ at, charges, mails, end, refused }) => {
    const debt = debts[at];
    if (debt === undefined) throw new Error('it was not played');
    expect({
      charges: await debt.charges(),
      mails: await debt.mails(),
      end: await debt.end(),
      refused: await debt.refused(debt.atMs(16)),
    }).toEqual({ charges, mails, end, refused });
    expect(debt.paidCharges()).toHaveLength(end === 'paid' ? 1 : 0);
  });
});
