import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cardName,
  decideCard,
  isExpired,
  refuseChargedCard,
  type BinAnswer,
  type Card,
  type CardUse,
} from '../../domain/cards.ts';
import { together202511 as policy, type Policy } from '../../domain/policy.ts';
import { nowMs, visa } from './samples.ts';

const uses: CardUse[] = ['save', 'pay_on_session', 'pay_off_session'];
const strict: Policy = { ...policy, unknownFundingOnSession: 'refused' };

function decide(
  change: Partial<Card>,
  {
    use = 'pay_on_session',
    binAnswer = 'not_available',
    fingerprintRefused = false,
    by = policy,
  }: { use?: CardUse; binAnswer?: BinAnswer; fingerprintRefused?: boolean; by?: Policy } = {},
) {
  const evidence = { card: { ...visa, ...change }, binAnswer, fingerprintRefused };
  const decision = decideCard(evidence, use, by, nowMs);
  return decision.accepted ? 'accepted' : decision.refusal.code;
}

describe('R9 only credit and debit cards tied to a bank account', () => {
  it.each(uses)('a credit or debit card is accepted: %s', (use) => {
    expect([decide({}, { use }), decide({ funding: 'debit' }, { use })]).toEqual([
      ...['accepted', 'accepted'],
    ]);
  });

  it.each([
    [{ type: 'link' }, 'card_brand_not_supported'],
    [{ brand: 'link', funding: 'unknown' }, 'card_brand_not_supported'],
    [{ wallet: 'link' }, 'card_brand_not_supported'],
    [{ type: 'us_bank_account' }, 'payment_method_not_card'],
    [{ wallet: 'apple_pay', funding: 'unknown' }, 'card_wallet_not_supported'],
    [{ wallet: 'google_pay', funding: 'something_new' }, 'card_wallet_not_supported'],
    [{ wallet: 'apple_pay', funding: 'debit' }, 'accepted'],
    [{ wallet: 'apple_pay', funding: 'prepaid' }, 'card_prepaid_not_supported'],
  ])('%j is %s', (change, answer) => {
    for (const use of uses) expect(decide(change, { use })).toBe(answer);
  });

  it.each(['unknown', 'something_new'])(
    'funding "%s" is a policy switch, never on file',
    (funding) => {
      expect(decide({ funding })).toBe('accepted');
      expect(decide({ funding }, { by: strict })).toBe('card_funding_unknown');
      expect(decide({ funding }, { use: 'save' })).toBe('card_funding_unknown');
      expect(decide({ funding }, { use: 'pay_off_session' })).toBe('card_funding_unknown');
    },
  );

  it('each use of a card of unknown funding has its own words', () => {
    const messages = uses.map((use) => {
      const card = { ...visa, funding: 'unknown' };
      const evidence = { card, binAnswer: 'not_available' as const, fingerprintRefused: false };
      const decision = decideCard(evidence, use, strict, nowMs);
      return decision.accepted ? '' : decision.refusal.message;
    });
    expect(new Set(messages).size).toBe(3);
  });
});

describe('R10 where sources disagree, prepaid wins', () => {
  const cards = fc.record({
    ...{ funding: fc.constantFrom('credit', 'debit', 'prepaid', 'unknown', 'other') },
    ...{ wallet: fc.constantFrom(null, 'apple_pay'), expiryYear: fc.constantFrom(2020, 2030) },
  });
  const evidence = fc.record({
    use: fc.constantFrom(...uses),
    binAnswer: fc.constantFrom<BinAnswer>('credit', 'debit', 'prepaid', 'not_available'),
    fingerprintRefused: fc.boolean(),
    by: fc.constantFrom(policy, strict),
  });

  it('whatever else is said of the card', () => {
    fc.assert(
      fc.property(cards, evidence, (card, said) => {
        const someoneSaysPrepaid =
          card.funding === 'prepaid' || said.binAnswer === 'prepaid' || said.fingerprintRefused;
        expect(decide(card, said) === 'card_prepaid_not_supported').toBe(someoneSaysPrepaid);
      }),
    );
  });

  it.each([
    [{ funding: 'prepaid' }, {}, 'processor'],
    [{}, { binAnswer: 'prepaid' as const }, 'bin_table'],
    [{}, { fingerprintRefused: true }, 'refused_before'],
  ])('%j %j is prepaid by %s, in plain words', (change, said, prepaidSource) => {
    const given = { binAnswer: 'not_available' as const, fingerprintRefused: false, ...said };
    const card = { ...visa, ...change };
    expect(decideCard({ card, ...given }, 'save', policy, nowMs)).toMatchObject({
      prepaidSource,
      refusal: { message: expect.stringContaining('standard credit or debit card') as string },
    });
  });

  it.each([
    ['prepaid', null, true],
    ['credit', '40', true],
    ['debit', '41', true],
    ['credit', '02', false],
    ['unknown', null, false],
  ])('a charge that shows %s and advice %s: refused %s', (funding, networkAdviceCode, refused) => {
    expect(refuseChargedCard({ funding }, { networkAdviceCode }) !== null).toBe(refused);
  });
});

describe('R11 B12 a card is good through its expiry month', () => {
  it.each([
    ['its last instant', 2026, 11, Date.UTC(2026, 11, 1) - 1, false],
    ['the next instant', 2026, 11, Date.UTC(2026, 11, 1), true],
    ['the end of a year', 2026, 12, Date.UTC(2027, 0, 1) - 1, false],
    ['the new year', 2026, 12, Date.UTC(2027, 0, 1), true],
    ['a leap day', 2028, 2, Date.UTC(2028, 1, 29), false],
  ])('%s', (_, expiryYear, expiryMonth, atMs, expired) => {
    expect(isExpired({ expiryYear, expiryMonth }, atMs)).toBe(expired);
  });

  it.each(uses)('an expired card is refused: %s', (use) => {
    expect(decide({ expiryYear: 2026, expiryMonth: 10 }, { use })).toBe('card_expired');
  });
});

it('a card is named by brand and last digits only (R15)', () => {
  expect(cardName(visa)).toBe('Visa •••• 4242');
});
