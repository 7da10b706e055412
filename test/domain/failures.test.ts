import { describe, expect, it } from 'vitest';
import { failure, failures, refusal, SolventError } from '../../domain/failures.ts';
import { accountOfId, isAccountId, purchaseIdFor, setupIdFor } from '../../domain/ids.ts';
import { noticeOfEnding, noticeOfSettlement } from '../../domain/notices.ts';
import { explainDecline } from '../../domain/declines.ts';
import { account, dollars, nowMs } from './samples.ts';

describe('every failure', () => {
  it.each(Object.entries(failures))('%s has words for a person', (_, row) => {
    expect(row.title).toMatch(/^[A-Z].*\.$/);
    if ('rule' in row) expect(row.rule).toMatch(/^R\d+$/);
  });

  it('carries code, sentence, detail and amounts', () => {
    const reason = refusal('amount_below_minimum', 'It was $1.', { asked: dollars(1) });
    expect(reason).toMatchObject({ code: 'amount_below_minimum', amounts: { asked: 1_000_000 } });
    expect(reason.message).toBe('The amount is below the smallest purchase. It was $1.');
    const thrown = failure('account_not_found');
    expect(thrown).toBeInstanceOf(SolventError);
    expect([thrown.code, thrown.message]).toEqual([
      ...['account_not_found', 'There is no such account.'],
    ]);
  });
});

describe('ids', () => {
  const digest = '0123456789abcdef';

  it('of purchases and set-ups carry their account', () => {
    const { accountId } = account;
    expect(isAccountId(accountId)).toBe(true);
    for (const id of [purchaseIdFor(accountId, digest), setupIdFor(accountId, digest)]) {
      expect(accountOfId(id)).toBe(accountId);
    }
  });

  it.each(['', 'pur_', `pur_${'z'.repeat(26)}_${digest}`, `pur_${'0'.repeat(26)}_xyz`, 'acct_1'])(
    '"%s" belongs to no account',
    (id) => {
      expect(accountOfId(id)).toBeUndefined();
    },
  );

  it('are never made of what is no account', () => {
    expect(() => purchaseIdFor('acct_1', digest)).toThrow(RangeError);
    expect(() => purchaseIdFor(account.accountId, 'short')).toThrow(RangeError);
  });
});

describe('R61 R62 the notice of an ending', () => {
  const settled = {
    ...{ purchaseId: 'pur_1', chargeId: 'ch_1', credits: dollars(25), tax: dollars(2) },
    ...{ receiptNumber: 'R-000001', capturedAtMs: nowMs, paidUnbilled: [] },
  };
  const reason = refusal('card_expired');
  const decline = explainDecline({ declineCode: 'insufficient_funds' });

  it.each([
    [noticeOfSettlement({ kind: 'pack_purchased', ...settled }), 'purchase_succeeded'],
    [
      noticeOfSettlement({
        ...{ kind: 'payment_unapplied', purchaseId: 'pur_1', chargeId: 'ch_1' },
        ...{ amount: dollars(27), refusal: reason },
      }),
      'payment_returned',
    ],
    [noticeOfEnding('pur_1', dollars(25), { status: 'declined', decline }), 'purchase_declined'],
    [
      noticeOfEnding('pur_1', dollars(25), { status: 'refused', refusal: reason }),
      'purchase_refused',
    ],
    [
      noticeOfEnding('pur_1', dollars(25), { status: 'canceled', refusal: reason }),
      'purchase_refused',
    ],
  ])('%o is %s', (notice, kind) => {
    expect(notice.kind).toBe(kind);
    expect(notice.purchaseId).toBe('pur_1');
  });
});
