import { describe, expect, it } from 'vitest';
import { carriesInvoiceLink, type CollectionNotice } from '../../domain/collection-notices.ts';
import { explainDecline, knownDeclineCodes } from '../../domain/declines.ts';
import { refusal } from '../../domain/failures.ts';
import { micros } from '../../domain/money.ts';
import { renderNotice } from '../../notices/templates.ts';
import { sampleContext, sampleNotices as sample } from './sample-notices.ts';

function wordsOf(notice: CollectionNotice): string {
  return renderNotice(notice, sampleContext).text.replace(/\s+/g, ' ');
}

const all = [
  sample.invoice_paid,
  sample.invoice_payment_declined,
  sample.invoice_card_refused,
  sample.invoice_card_needed,
  sample.invoice_authentication_needed,
  sample.invoice_due_changed,
  sample.invoice_link_renewed,
  sample.invoice_past_due,
  sample.service_suspended,
  sample.service_restored,
] satisfies CollectionNotice[];

describe('every mail about an invoice that is to be paid', () => {
  it.each(all)('R61 $kind names the invoice in its subject', (notice) => {
    expect(renderNotice(notice, sampleContext).subject).toContain('INV-000042');
  });

  it.each(all.filter(carriesInvoiceLink))(
    'R13 $kind says what to do, what is to be paid, and that its link works once',
    (notice) => {
      const words = wordsOf(notice);
      expect(words).toContain('What to do: ');
      expect(words).toContain(notice.kind === 'invoice_due_changed' ? '$21.83' : '$32.48');
      expect(words).toContain('The link works once; links in older mails no longer work.');
    },
  );

  it.each(
    all.filter((notice) => carriesInvoiceLink(notice) && notice.kind !== 'invoice_link_renewed'),
  )('R48 $kind says that credits do not pay an invoice', (notice) => {
    expect(wordsOf(notice)).toContain(
      'Credits do not pay an invoice, neither those you have nor new ones.',
    );
  });
});

describe('a payment', () => {
  it('R61 says what was charged and that nothing is left', () => {
    const { subject } = renderNotice(sample.invoice_paid, sampleContext);
    expect(subject).toBe('Payment received: invoice INV-000042, $32.48');
    const words = wordsOf(sample.invoice_paid);
    expect(words).toContain('Your card was charged $32.48 for invoice INV-000042.');
    expect(words).toContain('Nothing more is to be paid on this invoice.');
    expect(words).not.toContain('Goes back to you');
  });

  it('R52 of a part says what is still to be paid', () => {
    const words = wordsOf({
      ...sample.invoice_paid,
      amount: micros(10_000_000),
      due: micros(22_480_000),
    });
    expect(words).toContain('Your card was charged $10.00');
    expect(words).toContain('$22.48 of the invoice is still to be paid.');
    expect(words).not.toContain('Nothing more is to be paid');
  });

  it('B1 of more than was due says that the rest goes back, and becomes no credits', () => {
    const words = wordsOf({ ...sample.invoice_paid, excess: micros(5_000_000) });
    expect(words).toContain('$5.00 more than was due: we owe it to you and return it to your card');
    expect(words).toContain('Goes back to you $5.00');
    expect(words).toContain('It does not become credits.');
  });

  it('R42 leads to the invoice as PDF', () => {
    const documentUrl = 'https://billing.example.com/billing/invoices/inv_1/invoice.pdf';
    const { text } = renderNotice(sample.invoice_paid, { ...sampleContext, documentUrl });
    expect(text).toContain(`Invoice as PDF:\n${documentUrl}`);
  });
});

describe('a decline', () => {
  const declined = sample.invoice_payment_declined;

  it.each(knownDeclineCodes)('R14 %s: reason, what to do, who can fix it, prepaid hint', (code) => {
    const decline = explainDecline({ declineCode: code });
    const words = wordsOf({ ...declined, decline });
    expect(words).toContain(decline.reason);
    expect(words).toContain(`What to do: ${decline.whatToDo}`);
    expect(words).toContain('Who can fix it:');
    expect(words).toContain('check that it is not a prepaid card');
    expect(words).toContain('Nothing was charged.');
  });

  it.each(['lost_card', 'stolen_card', 'fraudulent', 'highest_risk_level'])(
    'R14 %s reads exactly as a plain decline',
    (declineCode) => {
      const read = (code: string) =>
        renderNotice(
          { ...declined, decline: explainDecline({ declineCode: code }) },
          sampleContext,
        );
      expect(read(declineCode)).toEqual(read('generic_decline'));
    },
  );

  it('R49 says when the card is charged again, and where it is not', () => {
    expect(wordsOf(declined)).toContain('Your card is charged again on 2026-12-04 09:12 UTC.');
    const last = wordsOf({ ...declined, nextChargeAtMs: null });
    expect(last).toContain('This card is not charged again by itself.');
    expect(last).not.toContain('Charged again on');
  });
});

describe('a refused card', () => {
  it('R10 a prepaid one is named as such, and was not charged', () => {
    const words = wordsOf(sample.invoice_card_refused);
    expect(words).toContain('Prepaid cards are not supported.');
    expect(words).toContain('The card was not charged.');
    expect(words).toContain('Charged to your card $0.00');
    expect(words).toContain('card_prepaid_not_supported');
    expect(words).toContain('Who can fix it: you can');
  });

  it('does not hand a customer the words meant for a developer', () => {
    const words = wordsOf({ ...sample.invoice_card_refused, refusal: refusal('internal_error') });
    expect(words).toContain('Something went wrong on our side.');
    expect(words).toContain('Who can fix it: we have to.');
  });
});

describe('an invoice that stays unpaid', () => {
  it('R50 past due says by when to pay, and that service goes on until then', () => {
    const words = wordsOf(sample.invoice_past_due);
    expect(words).toContain('Your service goes on for now.');
    expect(words).toContain('before 2026-12-10 00:00 UTC. Otherwise service stops then');
    expect(words).toContain('Service stops on 2026-12-10 00:00 UTC');
  });

  it('R48 past due says that buying credits leaves the amount as it is', () => {
    expect(wordsOf(sample.invoice_past_due)).toContain(
      'Buying credits leaves the past-due amount as it is.',
    );
  });

  it('R52 suspended says that the credits are untouched and visible', () => {
    const words = wordsOf(sample.service_suspended);
    expect(words).toContain('Your credits are untouched: you see them on your billing page');
    expect(words).toContain('Service comes back at once when nothing is past due any more.');
  });

  it('R51 restored says that service is back and asks for nothing', () => {
    const words = wordsOf(sample.service_restored);
    expect(words).toContain('Your service is back');
    expect(words).toContain('You need not do anything.');
    expect(words).not.toContain('What to do');
  });

  it('R13 a reminder says that it is one', () => {
    const subject = (reminder: number) =>
      renderNotice({ ...sample.invoice_authentication_needed, reminder }, sampleContext).subject;
    expect(subject(0)).toBe('Please confirm your payment of invoice INV-000042');
    expect(subject(1)).toBe('Reminder: your payment of invoice INV-000042 waits for you');
  });

  it('R69 is written in the account’s currency', () => {
    const due = micros(5_000_000_000);
    const { text } = renderNotice(
      { ...sample.invoice_past_due, due },
      { ...sampleContext, currency: 'jpy' },
    );
    expect(text).toContain('¥5,000');
    expect(text).not.toContain('$');
  });
});

it('R62 only mails about what is still to be paid carry a link to pay', () => {
  const kinds = all.filter((notice) => !carriesInvoiceLink(notice)).map(({ kind }) => kind);
  expect(kinds).toEqual(['invoice_paid', 'service_restored']);
});
