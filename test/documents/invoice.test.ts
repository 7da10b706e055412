import { describe, expect, it } from 'vitest';
import { invoiceCsv } from '../../documents/invoice-csv.ts';
import { invoicePdf } from '../../documents/invoice-pdf.ts';
import { creditNotePdf } from '../../documents/credit-note-pdf.ts';
import { ZERO } from '../../domain/money.ts';
import { period } from '../../domain/period.ts';
import { textOfPages } from './extracted-text.ts';
import { creditNote, customer, invoice, units, usageLine } from './samples.ts';

async function textOf(changes: Parameters<typeof invoice>[0] = {}): Promise<string> {
  return (await textOfPages(await invoicePdf(invoice(changes)))).join(' ');
}

describe('an invoice', () => {
  it('R42 R45 prints what its model says: parties, lines, which pot paid, tax apart', async () => {
    const text = await textOf();
    for (const fact of [
      ...['Example Inference GmbH', 'Tax ID DE123456789', 'billing@inference.example'],
      ...['Ada Computing Ltd.', '12 Analytical Row', 'Tax ID GB123456789', 'PO-2026-0042'],
      ...['INV-000042', '1 December 2026', 'November 2026', '2026-12-01 00:00 UTC', 'USD'],
      ...['$50.09 due 3 December 2026', 'llama-4-maverick-17b-128e-instruct'],
      ...['USD 0.18 per 1,000,000 input tokens', 'USD 0.04 per image', '318,587,100', '1,204'],
      'Usage $241.97839 Paid with free credits −$20.00 Paid with purchased credits −$160.00',
      'Not charged −$0.25 Brought forward from before $0.003211',
      'Credits of 12 November 2026, receipt R-000003 −$20.00',
      'Carried forward to December 2026 −$0.001601',
      'Subtotal $41.73 VAT (20 %) $8.36 Total $50.09',
      ...['Your card on file is charged on 3 December 2026.', 'Page 1 of 1'],
    ]) {
      expect(text).toContain(fact);
    }
  });

  it('R43 late usage shows the month it was used in, usage of the month does not', async () => {
    const late = usageLine({ usagePeriod: period('2026-10') });
    expect(await textOf({ lines: [late] })).toContain('used in October 2026');
    expect(await textOf({ lines: [usageLine()] })).not.toContain('used in');
  });

  it('R42 that asks for nothing says so, and shows what was used', async () => {
    const paid = usageLine({ unbilled: ZERO });
    const tax = { amount: ZERO, name: null, partsPerMillion: 0 };
    const text = await textOf({ lines: [paid], credits: [], broughtForward: ZERO, tax });
    expect(text).toContain('Nothing to pay');
    expect(text).toContain('Total $0.00');
    expect(text).toContain('There is nothing to do.');
    expect(text).not.toMatch(/\bDue\b/);
  });

  it('R38 says in words what is carried forward, and when nothing is, does not', async () => {
    expect(await textOf()).toContain(
      '$0.001601 is less than a card can be charged. It counts in December 2026',
    );
    const whole = usageLine({ unbilled: units(12) });
    const text = await textOf({ lines: [whole], credits: [], broughtForward: ZERO });
    expect(text).not.toContain('Carried forward');
  });

  it('R69 B9 in a currency with no decimals shows none', async () => {
    const yen = usageLine({ free: ZERO, purchased: units(1_000), unbilled: units(23_456) });
    const tax = { amount: units(2_345), name: 'Consumption tax', partsPerMillion: 100_000 };
    const text = await textOf({
      ...{ currency: 'jpy', lines: [yen], credits: [], broughtForward: ZERO, tax },
    });
    expect(text).toContain('¥25,801 due');
    expect(text).toContain('Subtotal ¥23,456 Consumption tax (10 %) ¥2,345 Total ¥25,801');
    expect(text).not.toMatch(/¥[\d,]+\./);
  });

  it('R45 of a reverse charge has the words the law asks for', async () => {
    const tax = { amount: ZERO, name: null, partsPerMillion: 0 };
    expect(await textOf({ reverseCharge: true, tax })).toContain(
      'Reverse charge: the customer accounts for the tax.',
    );
    expect(await textOf()).not.toContain('Reverse charge');
  });

  it('R46 that is void says so in place of an amount, and keeps its number', async () => {
    const text = await textOf({ voidedAtMs: Date.parse('2026-12-05T00:00:00Z') });
    expect(text).toContain('INV-000042');
    expect(text).toContain('Void since 5 December 2026');
    expect(text).not.toMatch(/[Dd]ue 3 December/);
  });

  it('R70 that is the last one of a closed account is called so', async () => {
    expect(await textOf({ isFinal: true })).toMatch(/^Final invoice /);
    expect(await textOf()).not.toContain('Final');
  });

  it('that does not add up is not printed', async () => {
    const wrong = invoice();
    const less = { ...wrong, net: units(41.72) };
    await expect(invoicePdf(less)).rejects.toThrow(
      'INV-000042 is 41721601, its lines make 41731601',
    );
    const line = { ...usageLine(), cost: units(1) };
    await expect(invoicePdf(invoice({ lines: [line] }))).rejects.toThrow('usage of invoice');
  });

  it('of many lines repeats the heading and numbers every page; no line is lost or cut', async () => {
    const lines = Array.from({ length: 200 }, (_, index) =>
      usageLine({ model: `model-${index}`, quantity: `${index + 1}` }),
    );
    const pages = await textOfPages(await invoicePdf(invoice({ lines })));
    expect(pages.length).toBeGreaterThan(5);
    pages.forEach((text, index) => {
      expect(text).toContain(`Page ${index + 1} of ${pages.length}`);
      const hasLines = text.includes('per 1,000,000 input tokens');
      expect(text.includes('USAGE QUANTITY COST FREE PURCHASED TO PAY')).toBe(hasLines);
    });
    const all = pages.join(' ');
    for (let index = 0; index < lines.length; index += 1) {
      const line = `model-${index} USD 0.18 per 1,000,000 input tokens ${index + 1} $57.345678`;
      expect(all).toContain(line);
    }
  });

  it('of 10,000 lines is made, with all of them', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) =>
      usageLine({ model: `model-${index}` }),
    );
    const startedMs = performance.now();
    const pdf = await invoicePdf(invoice({ lines }));
    const took = `${Math.round(performance.now() - startedMs)} ms`;
    console.log(`10,000 lines: ${took}, ${Math.round(pdf.length / 1_000_000)} MB`);
    // Reading the text of hundreds of pages back takes far longer than writing it.
    const count = /\/Type \/Pages\n\/Count (\d+)/.exec(Buffer.from(pdf).toString('latin1'))?.[1];
    expect(Number(count)).toBeGreaterThan(300);
  });

  it('wraps names that are too long, and loses nothing of them', async () => {
    const name = `${'Gesellschaft für außergewöhnlich lange Namen '.repeat(4)}mbH`;
    const unbroken = 'W'.repeat(200);
    const text = await textOf({
      customer: { ...customer, name, addressLines: [unbroken] },
      lines: [usageLine({ model: `vendor/${'x'.repeat(150)}` })],
    });
    expect(text).toContain(name);
    expect(text.replaceAll(' ', '')).toContain(unbroken);
    expect(text.replaceAll(' ', '')).toContain('x'.repeat(150));
  });
});

it('R66 the CSV has every line with exact amounts, and runs no formula in a spreadsheet', () => {
  const lines = [
    usageLine({ model: '=HYPERLINK("x")' }),
    usageLine({ unbilled: units(-0.000001) }),
    usageLine({ usagePeriod: period('2026-10') }),
    usageLine(),
  ];
  const [header, first, second, third, ...rest] = invoiceCsv(invoice({ lines })).split('\r\n');
  expect(header).toBe(
    'invoice,currency,model,meter,usage_month,quantity,price,' +
      'cost,free_credits,purchased_credits,to_pay,not_charged',
  );
  expect(first).toBe(
    `INV-000042,usd,"'=HYPERLINK(""x"")",input tokens,2026-11,318587100,` +
      '"0.18 per 1,000,000 input tokens",57.345678,5.00,40.00,12.345678,0.00',
  );
  expect(second).toContain(',44.999999,5.00,40.00,-0.000001,0.00');
  expect(third).toContain(',input tokens,2026-10,');
  expect(rest).toEqual([expect.stringContaining(',input tokens,2026-11,'), '']);
});

it('R43 a credit note names the invoice it corrects, the reason, and both uses of its amount', async () => {
  const [text = ''] = await textOfPages(await creditNotePdf(creditNote()));
  for (const fact of [
    ...['Credit note', 'CN-000007', 'For invoice INV-000042', '$12.00 credited on 9 December 2026'],
    'It corrects invoice INV-000042 of 1 December 2026.',
    'Requests that failed on our side on 14 November were counted.',
    'Credited $10.00 VAT (20 %) $2.00 Total credited $12.00',
    'Taken off what is due $9.00 Paid already, goes back $3.00',
  ]) {
    expect(text).toContain(fact);
  }
});

it('leaves the process to others while it makes many pages: no request waits for all of them', async () => {
  const lines = Array.from({ length: 400 }, (_, index) => usageLine({ model: `model-${index}` }));
  // Its fonts are loaded by then, which takes turns of its own.
  await invoicePdf(invoice({ lines: lines.slice(0, 1) }));
  const state = { turns: 0, isDone: false };
  const count = () => {
    state.turns += 1;
    if (!state.isDone) setImmediate(count);
  };
  setImmediate(count);
  await invoicePdf(invoice({ lines }));
  state.isDone = true;
  expect(state.turns).toBeGreaterThanOrEqual(20);
});
