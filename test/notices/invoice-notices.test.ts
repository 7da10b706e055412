import { expect, it } from 'vitest';
import { ZERO } from '../../domain/money.ts';
import { renderNotice } from '../../notices/templates.ts';
import { sampleContext, sampleNotices } from './sample-notices.ts';

const notice = sampleNotices.invoice_issued;
const documentUrl = 'https://billing.example.com/billing/invoices/inv_1/invoice.pdf';

it('R61 the mail of an invoice has number, amount, due date and the way to the PDF', () => {
  const { subject, text, html } = renderNotice(notice, { ...sampleContext, documentUrl });
  expect(subject).toBe('Invoice INV-000042 for November 2026: $32.48');
  for (const part of [text, html]) {
    expect(part).toContain('INV-000042');
    expect(part).toContain('$32.48');
    expect(part).toContain('3 December 2026');
    expect(part).toContain(documentUrl);
  }
});

it('R38 it says in words what is carried forward', () => {
  const { text } = renderNotice(notice, sampleContext);
  expect(text).toMatch(/\$0\.004321 is too little to charge and counts\s+as the next month’s/);
});

it('R39 what credits paid is said, and nothing where they paid nothing', () => {
  const words = 'Paid by credits';
  expect(renderNotice(notice, sampleContext).text).toMatch(/Paid by credits +\$12\.00/);
  expect(renderNotice({ ...notice, credits: ZERO }, sampleContext).text).not.toContain(words);
});

it('R42 of an invoice over nothing it asks for nothing', () => {
  const free = { ...notice, net: ZERO, tax: ZERO };
  const { subject, text } = renderNotice(free, sampleContext);
  expect(subject).toContain('nothing to pay');
  expect(text).not.toContain('will be charged');
  expect(text).not.toContain('Due on');
});

it.each([
  [true, 'will be charged to your card on 3 December 2026'],
  [false, 'There is no card on file to charge: please add one before then.'],
])('R47 it says that the card is charged only where there is one (%s)', (hasCard, words) => {
  const { text } = renderNotice({ ...notice, hasCard }, sampleContext);
  expect(text.replace(/\s+/g, ' ')).toContain(words);
  expect(text.includes('will be charged')).toBe(hasCard);
});

it('R67 it names the day of a contract’s own terms', () => {
  const contract = { ...notice, chargeAtMs: Date.UTC(2026, 11, 31), hasCard: false };
  const { text } = renderNotice(contract, sampleContext);
  expect(text).toContain('is due on 31 December 2026');
  expect(text).not.toContain('3 December 2026');
});

it('R70 it says that it is the last one, and asks for no rest of it', () => {
  const { text } = renderNotice({ ...notice, isFinal: true }, sampleContext);
  expect(text).toContain('your account was closed');
  expect(text.replace(/\s+/g, ' ')).toContain('$0.004321 is too little to charge and is not asked');
});

it('R43 the mail of a credit note says what it takes back, of which invoice, and leads to it', () => {
  const url = 'https://billing.example.com/billing/credit-notes/cn_1/credit-note.pdf';
  const credited = { ...sampleContext, documentUrl: url };
  const { subject, text, html } = renderNotice(sampleNotices.credit_note_issued, credited);
  expect(subject).toBe('Credit note CN-000007: $10.65 of invoice INV-000042 taken back');
  for (const part of [text, html]) {
    expect(part).toContain(url);
    expect(part).toContain('The image model was away on 12 November.');
    expect(part).toContain('$2.65 of it was paid, and goes back to you.');
    expect(part).toContain('Nothing more is to be paid on this invoice.');
  }
});

it('R46 R62 one mail tells of the void invoice and of what stands for it', () => {
  const { text } = renderNotice({ ...notice, replaces: 'INV-000007' }, sampleContext);
  expect(text.replace(/\s+/g, ' ')).toContain(
    'takes the place of invoice INV-000007, which is void',
  );
});
