import { expect, it } from 'vitest';
import { ZERO } from '../../domain/money.ts';
import { renderNotice } from '../../notices/templates.ts';
import { sampleContext, sampleNotices } from './sample-notices.ts';

const notice = sampleNotices.invoice_issued;
const documentUrl = 'https://billing.example.com/billing/invoices/inv_1/invoice.pdf';

it('R61 the mail of an invoice has number, amount, due date and the way to the PDF', () => {
  const { subject, text, html } = renderNotice(notice, { ...sampleContext, documentUrl });
  expect(subject).toBe('Invoice INV-000042 for 2026-11: $32.48');
  for (const part of [text, html]) {
    expect(part).toContain('INV-000042');
    expect(part).toContain('$32.48');
    expect(part).toContain('2026-12-03');
    expect(part).toContain(documentUrl);
  }
});

it('R38 it says in words what is carried forward', () => {
  const { text } = renderNotice(notice, sampleContext);
  expect(text).toMatch(/\$0\.004321 is too little to charge and counts\s+as the next month’s/);
});

it('R42 of an invoice over nothing it asks for nothing', () => {
  const free = { ...notice, net: ZERO, tax: ZERO };
  const { subject, text } = renderNotice(free, sampleContext);
  expect(subject).toContain('nothing to pay');
  expect(text).not.toContain('will be charged');
  expect(text).not.toContain('Due on');
});

it('R46 R62 one mail tells of the void invoice and of what stands for it', () => {
  const { text } = renderNotice({ ...notice, replaces: 'INV-000007' }, sampleContext);
  expect(text.replace(/\s+/g, ' ')).toContain(
    'takes the place of invoice INV-000007, which is void',
  );
});
