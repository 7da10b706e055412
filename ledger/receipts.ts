import { micros } from '../domain/money.ts';
import { accountOfId } from '../domain/ids.ts';
import type { ReceiptFacts } from '../domain/receipt-document.ts';
import { uuidOf } from './account-id.ts';
import type { Ledger } from './database.ts';
import { purchaseOf, readPurchaseRows } from './purchase-rows.ts';

type Joined = Omit<ReceiptFacts, 'purchase' | 'refunds'> & { readonly refunds: Refund[] };

interface Refund {
  readonly refundedAtMs: number;
  readonly amount: number;
}

/** What the receipt of a purchase is made of; undefined where there is no such purchase. */
export async function readReceiptFacts(
  ledger: Ledger,
  { purchaseId }: { readonly purchaseId: string },
): Promise<ReceiptFacts | undefined> {
  const accountId = accountOfId(purchaseId);
  if (accountId === undefined) return undefined;
  const uuid = uuidOf(accountId);
  const [stored] = await readPurchaseRows(ledger, uuid, purchaseId);
  if (stored === undefined) return undefined;
  const [joined] = await ledger.run<Joined>(receiptQuery, [
    ...[uuid, purchaseId, stored.paymentMethodId, stored.lotId],
    // The keys of the purchase's returns, as a range of the index: ";" comes after ":".
    ...[`purchase/${purchaseId}:refund_paid:`, `purchase/${purchaseId}:refund_paid;`],
  ]);
  if (joined === undefined) throw new Error(`${accountId} has a purchase and no account`);
  const refunds = joined.refunds.map(({ refundedAtMs, amount }) => {
    return { refundedAtMs, amount: micros(amount) };
  });
  return { ...joined, purchase: purchaseOf(stored), refunds };
}

/** A card that was not kept is known by its brand alone, from the charge that succeeded. */
const receiptQuery = `
  select coalesce(p.business_name, p.name) as name, p.address, p.tax_id as "taxId",
    p.purchase_order as "purchaseOrder", a.tax_country as "taxCountry",
    coalesce(m.brand, (
      select c.card_brand from charge_attempts c
      where c.account_id = a.account_id and c.purchase_id = $2 and c.outcome = 'succeeded'
      order by c.attempted_at desc limit 1
    )) as "cardBrand",
    m.last4 as "cardLast4", l.expires_at as "lotExpiresAtMs",
    coalesce((
      select jsonb_agg(jsonb_build_object(
        'refundedAtMs', (extract(epoch from e.occurred_at) * 1000)::bigint,
        'amount', (e.payload -> 'event' ->> 'amount')::bigint
      ) order by e.event_id)
      from billing_events e
      where e.account_id = a.account_id
        and e.idempotency_key collate "C" >= $5 and e.idempotency_key collate "C" < $6
    ), '[]') as refunds
  from accounts a
    join account_profiles p using (account_id)
    left join payment_methods m
      on m.account_id = a.account_id and m.payment_method_id = $3
    left join lots l on l.account_id = a.account_id and l.lot_id = $4
  where a.account_id = $1`;
