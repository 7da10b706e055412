import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../domain/failures.ts';
import { periodOf } from '../../domain/period.ts';
import { messageOfEvent } from '../../domain/webhook-event-messages.ts';
import { messageOfAccount, webhookBody, webhookTypes } from '../../domain/webhook-messages.ts';
import { messageOfNotice } from '../../domain/webhook-notice-messages.ts';
import { sampleNotices } from '../notices/sample-notices.ts';
import { account, billingEvents, dollars, nowMs } from './samples.ts';

describe('R63 a message', () => {
  it('of any event has a type there is, and no amount as a number', () => {
    fc.assert(
      fc.property(billingEvents, (event) => {
        const message = messageOfEvent(event, 'usd');
        if (message === null) return;
        expect(webhookTypes).toContain(message.type);
        const numbers = Object.values(message.data).filter((value) => typeof value === 'number');
        expect(numbers).toEqual([]);
      }),
    );
  });

  it('names the purchase, its amounts and its receipt', () => {
    const message = messageOfEvent(
      {
        ...{ kind: 'pack_purchased', purchaseId: 'pur_1', chargeId: 'ch_1', receiptNumber: 'R-1' },
        ...{ credits: dollars(25), tax: dollars(2.5), capturedAtMs: nowMs },
        paidUnbilled: [{ period: periodOf(nowMs), amount: dollars(4.12) }],
      },
      'usd',
    );
    expect(message).toEqual({
      type: 'purchase.succeeded',
      data: {
        ...{ purchaseId: 'pur_1', currency: 'usd', credits: '25.00', tax: '2.50' },
        ...{ paidUnbilled: '4.12', receiptNumber: 'R-1' },
        capturedAt: new Date(nowMs).toISOString(),
      },
    });
  });

  it.each(['refused', 'canceled'] as const)('says why a purchase was %s', (status) => {
    const ending = { status, refusal: refusal('card_expired') };
    const message = messageOfEvent({ kind: 'purchase_closed', purchaseId: 'pur_1', ending }, 'usd');
    expect(message).toMatchObject({
      type: `purchase.${status}`,
      data: { purchaseId: 'pur_1', code: 'card_expired' },
    });
  });

  it('of a notice is there where no event beside it tells the same', () => {
    const silent = Object.values(sampleNotices)
      .filter((notice) => messageOfNotice(notice, 'usd') === null)
      .map(({ kind }) => kind);
    expect(silent).toEqual([
      ...['purchase_succeeded', 'purchase_declined', 'purchase_refused', 'payment_returned'],
      ...['credits_granted', 'invoice_issued', 'credit_note_issued', 'invoice_paid'],
      // Only the customer who pays has any use for these.
      ...['invoice_due_changed', 'invoice_link_renewed'],
    ]);
  });

  it('of an account tells settings, not its test clock or its customer at Stripe', () => {
    const same = { ...account, testClockOffsetMs: 5, customerId: 'cus_1' };
    expect(messageOfAccount(account, same)).toBeNull();
    const limited = { ...account, ownBalanceLimit: dollars(10) };
    expect(messageOfAccount(account, limited)).toMatchObject({
      ...{ type: 'account.updated', data: { ownBalanceLimit: '10.00' } },
    });
    const closed = { ...account, status: 'closed' } as const;
    expect(messageOfAccount(account, closed)?.type).toBe('account.closed');
  });

  it('is an envelope with version, type, time and data', () => {
    const body = webhookBody({ type: 'ping', occurredAtMs: nowMs, data: { accountId: null } });
    expect(JSON.parse(body)).toEqual({
      ...{ version: 1, type: 'ping', data: { accountId: null } },
      timestamp: new Date(nowMs).toISOString(),
    });
  });
});

it('docs/WEBHOOKS.md explains every type, and no other', () => {
  const text = readFileSync(new URL('../../docs/WEBHOOKS.md', import.meta.url), 'utf8');
  const explained = [...text.matchAll(/^\| `([a-z_.]+)` /gm)].map(([, type]) => type);
  expect(explained.toSorted()).toEqual(webhookTypes.toSorted());
});
