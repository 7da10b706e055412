import { dollars } from './samples.ts';
import {
  aCard,
  at,
  customerTries,
  failedConfirmation,
  mastercard,
  newCard,
  otherDeclines,
  policy,
  retryNow,
  visaCard,
  type Situation,
} from './collection-situations.ts';

const weekly = {
  ...policy,
  collection: { ...policy.collection, retryAfterDays: [3, 6, 9, 12, 15] },
};
const noon = ['0 00:00'];
const usual = ['0 00:00', '1 08:00', '3 08:00', '5 08:00', '7 08:00'];
const refused = 'needs_card: card_refused';
const usedUp = 'needs_card: retries_used_up';
const second = aCard('pm_second', { fingerprint: 'fp_second' });
const third = aCard('pm_third', { fingerprint: 'fp_third' });
const renewed = aCard('pm_visa', { expiryYear: 2034 });
const soft = 'insufficient_funds';
const advised = (networkAdviceCode: string) => ({
  declineCode: 'generic_decline',
  networkAdviceCode,
});

/** Histories, each with the charges it leads to. */
export const situations: readonly Situation[] = [
  {
    ...{ name: 'The first charge is paid', rule: 'R38', banks: ['paid'] },
    ...{ charges: noon, end: 'over' },
  },
  {
    ...{
      name: 'Not enough money, paid on the third try',
      rule: 'R49',
      banks: [soft, soft, 'paid'],
    },
    ...{ charges: usual.slice(0, 3), end: 'over' },
  },
  {
    ...{ name: 'Not enough money every time', rule: 'R49', banks: [soft] },
    ...{ charges: usual, end: usedUp },
  },
  {
    ...{ name: 'A hard code after a soft one ends the card', rule: 'R49' },
    ...{ banks: [soft, 'lost_card', soft], charges: usual.slice(0, 2), end: refused },
  },
  {
    name: 'Three technical failures, then not enough money',
    ...{ rule: 'R49', banks: ['processing_error', 'processing_error', 'processing_error', soft] },
    ...{ charges: ['0 00:00', '0 08:00', '1 08:00', ...usual.slice(2)], end: usedUp },
  },
  {
    name: 'Not enough money, then a technical failure: an hour later, on the same day',
    ...{ rule: 'R49', banks: [soft, 'processing_error', soft] },
    ...{ charges: ['0 00:00', '1 08:00', '1 09:00', ...usual.slice(2)], end: usedUp },
  },
  {
    ...{ name: 'Not enough money twice, then a no without a reason', rule: 'R49' },
    ...{ banks: [soft, soft, 'generic_decline'], charges: [...usual.slice(0, 3), '7 08:00'] },
    end: usedUp,
  },
  {
    ...{ name: 'A no without a reason, by a longer schedule: three retries', rule: 'R49' },
    ...{ banks: ['do_not_honor'], policy: weekly },
    ...{ charges: ['0 00:00', '3 08:00', '6 08:00', '9 08:00'], end: usedUp },
  },
  {
    ...{ name: 'An operator gave this invoice another schedule', rule: 'R49', banks: [soft] },
    ...{ facts: { retryAfterDays: [2, 10] }, charges: ['0 00:00', '2 08:00', '10 08:00'] },
    end: usedUp,
  },
  {
    ...{ name: 'The holder has to confirm', rule: 'R13', banks: ['authentication_required'] },
    ...{ charges: noon, end: 'needs_authentication' },
  },
  {
    ...{ name: 'No card on file', rule: 'R50', banks: [soft], card: null },
    ...{ charges: [], end: 'needs_card: no_card' },
  },
  {
    name: 'No card on file, one is saved at night on day 2: charged at once',
    ...{ rule: 'R49', banks: ['paid'], card: null, events: [newCard(at(2, 3), visaCard)] },
    ...{ charges: ['2 03:00'], end: 'over' },
  },
  {
    ...{ name: 'The card has expired', rule: 'R11', banks: [soft] },
    ...{ card: aCard('pm_old', { expiryMonth: 10, expiryYear: 2026 }) },
    ...{ charges: [], end: 'needs_card: card_expired' },
  },
  {
    ...{ name: 'Imported: never charged by itself', rule: 'R47', banks: [soft] },
    facts: { invoice: { state: 'open', due: dollars(30), chargeAtMs: null, dueAtMs: at(1) } },
    ...{ charges: [], end: 'needs_card: not_automatic' },
  },
  {
    name: 'Lost; another card on day 2 at 22:00 starts anew by day',
    ...{ rule: 'R49', banks: ['lost_card', soft], events: [newCard(at(2, 22), second)] },
    charges: ['0 00:00', '3 08:00', '4 08:00', '6 08:00', '8 08:00', '10 08:00'],
    end: usedUp,
  },
  {
    name: 'Expired; the bank renews the card on day 4 at noon',
    ...{ rule: 'R49', banks: ['expired_card', 'paid'], events: [newCard(at(4, 12), renewed)] },
    ...{ charges: ['0 00:00', '4 12:00'], end: 'over' },
  },
  {
    name: 'Renewed an hour after the charge: not twice on one day',
    ...{ rule: 'R49', banks: [soft, 'paid'], events: [newCard(at(0, 9), renewed)] },
    ...{ charges: ['0 00:00', '1 08:00'], end: 'over' },
  },
  {
    name: 'A third card has what is left of the second one’s schedule',
    ...{ rule: 'R49', banks: ['lost_card', soft, soft, 'stolen_card', soft] },
    events: [newCard(at(2, 12), second), newCard(at(5, 13), third)],
    charges: ['0 00:00', '2 12:00', '3 12:00', '5 12:00', '7 12:00', '9 12:00'],
    end: usedUp,
  },
  {
    name: 'At most eight charges in 14 days: the ninth waits',
    ...{ rule: 'R49', banks: ['processing_error'], events: [newCard(at(7, 12), second)] },
    charges: [
      ...['0 00:00', '0 08:00', '1 08:00', '3 08:00', '5 08:00', '7 08:00', '7 12:00', '7 13:00'],
      ...['14 08:00', '15 08:00'],
    ],
    end: usedUp,
  },
  {
    name: 'The customer tries, too: that day is left out, and no slot is lost',
    ...{ rule: 'R49', banks: [soft], events: [customerTries(at(3, 7), soft)] },
    ...{ charges: ['0 00:00', '1 08:00', '4 08:00', '5 08:00', '7 08:00'], end: usedUp },
  },
  {
    name: 'The customer’s own try is refused for good',
    ...{ rule: 'R49', banks: [soft], events: [customerTries(at(2, 7), 'stolen_card')] },
    ...{ charges: usual.slice(0, 2), end: refused },
  },
  {
    ...{ name: 'A failed confirmation of the holder leaves the schedule', rule: 'R49' },
    ...{ banks: [soft], events: [failedConfirmation(at(2, 7))] },
    ...{ charges: usual, end: usedUp },
  },
  {
    name: 'An operator wants a charge at night, and the schedule goes on',
    ...{ rule: 'R49', banks: [soft], events: [retryNow(at(2, 2))] },
    ...{ charges: ['0 00:00', '1 08:00', '2 02:00', '3 08:00', '5 08:00', '7 08:00'], end: usedUp },
  },
  {
    ...{ name: 'An operator’s wish does not pass a hard code', rule: 'R49', banks: ['lost_card'] },
    ...{ events: [retryNow(at(2, 2))], charges: noon, end: refused },
  },
  {
    name: 'An operator’s wish waits as long as the bank asks',
    ...{ rule: 'R49', card: mastercard, banks: [advised('26'), 'paid'] },
    ...{ events: [retryNow(at(0, 5))], charges: ['0 00:00', '2 00:00'], end: 'over' },
  },
  {
    name: 'An operator’s wish waits a day where the processor stopped the card itself',
    ...{ rule: 'R49', banks: ['card_decline_rate_limit_exceeded', 'paid'] },
    ...{ events: [retryNow(at(0, 5))], charges: ['0 00:00', '1 00:00'], end: 'over' },
  },
  {
    name: 'Charged twice? An operator looks, then wants a charge',
    ...{ rule: 'R59', banks: ['duplicate_transaction', soft], events: [retryNow(at(1, 10))] },
    charges: ['0 00:00', '1 10:00', '3 08:00', '5 08:00', '7 08:00'],
    end: usedUp,
  },
  {
    name: 'Charged twice? Another card changes nothing about it',
    ...{ rule: 'R59', banks: ['duplicate_transaction'], events: [newCard(at(1, 10), second)] },
    ...{ charges: noon, end: 'needs_operator: duplicate' },
  },
  {
    ...{ name: 'Blocked before the bank; another card goes on', rule: 'R49' },
    ...{ banks: ['highest_risk_level', 'paid'], events: [newCard(at(1, 10), second)] },
    ...{ charges: ['0 00:00', '1 10:00'], end: 'over' },
  },
  {
    name: 'A pause from day 2 to day 6: the schedule moves by it',
    ...{ rule: 'R50', banks: [soft] },
    facts: { pauses: [{ reason: 'operator', fromMs: at(2), untilMs: at(6) }] },
    ...{ charges: ['0 00:00', '1 08:00', '7 08:00', '9 08:00', '11 08:00'], end: usedUp },
  },
  {
    name: 'A promise to pay by day 4 12:30 over the charge day',
    ...{ rule: 'R50', banks: ['paid'] },
    facts: { pauses: [{ reason: 'promise', fromMs: at(-1), untilMs: at(4, 12.5) }] },
    ...{ charges: ['4 12:30'], end: 'over' },
  },
  {
    name: 'Los Angeles: first on the evening before, then at the same hour',
    ...{ rule: 'R49', timeZone: 'America/Los_Angeles', banks: [soft] },
    ...{ charges: ['-1 16:00', '0 16:00', '2 16:00', '4 16:00', '6 16:00'], end: usedUp },
  },
  {
    ...{ name: 'Auckland: in the afternoon', rule: 'R49', timeZone: 'Pacific/Auckland' },
    ...{ banks: [soft], charges: ['0 13:00', '1 13:00', '3 13:00', '5 13:00', '7 13:00'] },
    end: usedUp,
  },
  {
    ...{ name: 'Berlin: first at night, then by day', rule: 'R49', timeZone: 'Europe/Berlin' },
    ...{ banks: [soft], charges: ['0 01:00', ...usual.slice(1)], end: usedUp },
  },
  {
    name: 'The card was forbidden by Visa for another payment two days before',
    ...{ rule: 'R49', banks: [soft] },
    facts: { cardAttempts: otherDeclines([48], { networkDeclineCode: '46' }) },
    // 30 days after that decline, by the clock of the first charge.
    ...{ charges: ['28 00:00', '29 08:00', '31 08:00', '33 08:00', '35 08:00'], end: usedUp },
  },
  {
    name: 'Another payment’s advice asks for four days',
    ...{ rule: 'R49', card: mastercard, banks: ['paid'] },
    facts: {
      cardAttempts: otherDeclines([24], {
        ...{ cardFingerprint: 'fp_master', cardBrand: 'mastercard', networkAdviceCode: '27' },
      }),
    },
    ...{ charges: ['3 08:00'], end: 'over' },
  },
];
