import { describe, expect, it } from 'vitest';
import { explainDecline, knownDeclineCodes } from '../../domain/declines.ts';
import { refusal } from '../../domain/failures.ts';
import { micros, ZERO } from '../../domain/money.ts';
import type { Notice } from '../../domain/notices.ts';
import { renderNotice, type NoticeContext } from '../../notices/templates.ts';
import { sampleContext, sampleNotices } from './sample-notices.ts';

function textOf(notice: Notice, context: Partial<NoticeContext> = {}): string {
  return flat(renderNotice(notice, { ...sampleContext, ...context }).text);
}

/** The words of the HTML part: tags off, entities back, style element out. */
function wordsOf(html: string): string {
  const words = html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<title>.*?<\/title>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
  return flat(words);
}

function flat(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

it('R42 the mail of a purchase leads to its receipt as PDF, in both parts', () => {
  const documentUrl = 'https://billing.example.com/billing/purchases/pur_1/receipt.pdf';
  const { text, html } = renderNotice(sampleNotices.purchase_succeeded, {
    ...sampleContext,
    documentUrl,
  });
  expect(text).toContain(`Receipt as PDF:\n${documentUrl}\n`);
  expect(html).toContain(`href="${documentUrl}"`);
});

describe('every notice', () => {
  const all = Object.values(sampleNotices);

  it.each(all)('$kind names the account, the purchase, the time in UTC and one link', (notice) => {
    const { subject, text } = renderNotice(notice, sampleContext);
    if ('purchaseId' in notice) expect(subject).toMatch(/\$2[56]/);
    expect(subject).not.toMatch(/[\r\n]/);
    expect(text).toContain('Hello Ada Ltd,');
    expect(text).toContain('purchaseId' in notice ? notice.purchaseId : 'Date');
    expect(text).toContain('2026-11-22 19:38 UTC');
    expect(text.match(/https?:\/\/\S+/g)).toEqual([sampleContext.billingPageUrl]);
  });

  it.each(all)('$kind says the same in its text part and its HTML part', (notice) => {
    const { text, html } = renderNotice(notice, sampleContext);
    const [, footer = ''] = text.split('-- \n');
    const sentences = text
      .replace(sampleContext.billingPageUrl, '')
      .split('\n')
      .flatMap((line) => line.split(/ {2,}|:$/))
      .map(flat)
      .filter((part) => part !== '' && part !== '--');
    expect(sentences.length).toBeGreaterThan(8);
    expect(footer).not.toBe('');
    for (const sentence of sentences) expect(wordsOf(html)).toContain(sentence);
  });

  it.each(all)('$kind escapes what a customer typed', (notice) => {
    const accountName = `<img src=x onerror="alert('1')"> & Sons`;
    const { html, text } = renderNotice(notice, { ...sampleContext, accountName });
    expect(html).not.toContain('<img');
    expect(html).toContain(
      'Hello &lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; Sons,',
    );
    expect(html).toContain('href="https://billing.example.com/billing?purchase=1&amp;from=mail"');
    expect(text).toContain(accountName);
  });

  it.each(all)('$kind greets without a name where the name was erased', (notice) => {
    expect(textOf(notice, { accountName: null })).toContain('Hello, ');
  });

  it.each(all)('R15 $kind loads nothing from elsewhere and runs no script', (notice) => {
    const { html } = renderNotice(notice, sampleContext);
    expect(html).not.toMatch(/<(script|img|link|iframe|form)|url\(|@import/i);
  });
});

describe('a receipt', () => {
  const receipt = sampleNotices.purchase_succeeded;

  it('R45 shows credits, tax and total apart', () => {
    const text = textOf(receipt);
    expect(text).toContain('Credits $25.00');
    expect(text).toContain('Tax $1.63');
    expect(text).toContain('Charged to your card $26.63');
    expect(text).toContain('Receipt R-000001');
  });

  it('R22 states what paid this month’s usage and what was added', () => {
    const text = textOf(receipt);
    expect(text).toContain('Paid this month’s usage $4.12');
    expect(text).toContain('Added to your balance $20.88');
    expect(text).toContain('$4.12 of the credits paid for your usage so far this month');
  });

  it('R22 says plainly that all was added where nothing was owed', () => {
    const text = textOf({ ...receipt, paidUnbilled: ZERO });
    expect(text).toContain('$25.00 of credits were added to your balance.');
    expect(text).toContain('Paid this month’s usage $0.00');
    expect(text).not.toContain('of the credits paid for your usage');
  });

  it('R1 says that purchased credits do not expire', () => {
    expect(textOf(receipt)).toContain('Purchased credits do not expire.');
  });

  it('R69 is written in the account’s currency', () => {
    const yen = { ...receipt, credits: micros(5_000_000_000), tax: micros(500_000_000) };
    const text = textOf({ ...yen, paidUnbilled: ZERO }, { currency: 'jpy' });
    expect(text).toContain('Charged to your card ¥5,500');
    expect(text).not.toContain('$');
  });
});

describe('a decline', () => {
  const declined = sampleNotices.purchase_declined;

  it.each(knownDeclineCodes)('R14 %s: reason, what to do, who can fix it, prepaid hint', (code) => {
    const decline = explainDecline({ declineCode: code });
    const text = textOf({ ...declined, decline });
    expect(text).toContain(decline.reason);
    expect(text).toContain(`What to do: ${decline.whatToDo}`);
    expect(text).toContain('Who can fix it:');
    expect(text).toContain('check that it is not a prepaid card');
    expect(text).toContain('Nothing was charged, and your balance is unchanged.');
  });

  it.each(['lost_card', 'stolen_card', 'fraudulent', 'highest_risk_level'])(
    'R14 %s reads exactly as a plain decline',
    (declineCode) => {
      const secret = { ...declined, decline: explainDecline({ declineCode }) };
      const plain = {
        ...declined,
        decline: explainDecline({ declineCode: 'generic_decline' }),
      };
      expect(renderNotice(secret, sampleContext)).toEqual(renderNotice(plain, sampleContext));
    },
  );

  it('R14 says who can fix it: customer, bank, or we', () => {
    const words = (declineCode: string) =>
      textOf({ ...declined, decline: explainDecline({ declineCode }) });
    expect(words('expired_card')).toContain('Who can fix it: you can');
    expect(words('do_not_honor')).toContain('Who can fix it: only your bank');
    expect(words('processing_error')).toContain('Who can fix it: nobody has to act');
    expect(words('testmode_decline')).toContain('Who can fix it: we have to');
  });
});

describe('a refusal', () => {
  const refused = sampleNotices.purchase_refused;

  it('R10 says in plain words to use a standard credit or debit card', () => {
    const text = textOf(refused);
    expect(text).toContain('Prepaid cards are not supported.');
    expect(text).toContain('use a standard credit or debit card');
    expect(text).toContain('Charged to your card $0.00');
    expect(text).toContain('card_prepaid_not_supported');
    expect(text).toContain('Who can fix it: you can');
  });

  it('does not hand a customer the words meant for a developer', () => {
    const text = textOf({ ...refused, refusal: refusal('internal_error') });
    expect(text).toContain('Something went wrong on our side. Who can fix it: we have to.');
    expect(text).not.toContain('same key');
  });
});

describe('a payment that waits for the bank', () => {
  const waiting = sampleNotices.authentication_needed;

  it('R13 says that nothing is charged until the customer confirms, and where', () => {
    const text = textOf(waiting);
    expect(text).toContain('Your bank asks you to confirm');
    expect(text).toContain('Until then nothing is charged');
    expect(text).toContain(`Confirm the payment: ${sampleContext.billingPageUrl}`);
  });

  it('R13 a link works once, and a new one says that the older ones are dead', () => {
    expect(textOf(waiting)).toContain('the link works once');
    const renewed = textOf(sampleNotices.authentication_renewed);
    expect(renewed).toContain('links in older mails no longer work');
    expect(renewed).toContain(`Confirm the payment: ${sampleContext.billingPageUrl}`);
  });

  it('R13 a reminder says that it is one', () => {
    const first = renderNotice(waiting, sampleContext);
    const reminder = renderNotice({ ...waiting, reminder: 1 }, sampleContext);
    expect(first.subject).not.toContain('Reminder');
    expect(reminder.subject).toContain('Reminder');
    expect(reminder.text).toContain('Your bank still waits for you');
  });
});

it('R10 money that goes back is named whole, with the reason and when to expect it', () => {
  const text = textOf(sampleNotices.payment_returned);
  expect(text).toContain('Your card was charged $26.63');
  expect(text).toContain('Prepaid cards are not supported.');
  expect(text).toContain('Returned to your card $26.63');
  expect(text).toContain('Added to your balance $0.00');
  expect(text).toContain('5 to 10 working days');
});
