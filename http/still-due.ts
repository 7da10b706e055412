import { z } from '@hono/zod-openapi';
import type { Account } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { stillDueAnswer } from '../domain/still-due-answer.ts';
import { stillDueOf } from '../domain/still-due.ts';
import { readPayable } from '../ledger/open-invoices.ts';
import { amountOutput } from './amounts.ts';
import type { HttpDependencies } from './dependencies.ts';

export const stillDueSchema = z
  .object({
    currency: z.string(),
    due: amountOutput.openapi({ description: 'Of all invoices that are still to be paid.' }),
    pastDue: amountOutput.openapi({ description: 'Of it: past due (R50).' }),
    note: z.string().openapi({ description: 'A sentence to show, before and after a purchase.' }),
    serviceStopsAt: z.iso.datetime().nullable().openapi({
      description: 'For what is past due; null where nothing is, or while a pause lasts.',
    }),
    invoices: z.array(
      z.object({
        id: z.string(),
        number: z.string(),
        due: amountOutput,
        dueAt: z.iso.datetime(),
        pastDue: z.boolean(),
        payUrl: z.url().openapi({
          description: 'Where the customer pays it; programs POST to `/v1/invoices/{id}/pay`.',
        }),
      }),
    ),
  })
  .nullable()
  .openapi({
    description:
      'Invoices that credits do not pay, whatever the balance: each takes a charge of its own ' +
      '(R47, R48). Null where nothing is to be paid.',
  });

/** What of the account's invoices is still to be paid now. */
export async function showStillDue(
  account: Account,
  { ledger, policies, settings, nowMs }: HttpDependencies,
): Promise<z.infer<typeof stillDueSchema>> {
  const now = accountNowMs(account, nowMs());
  const [{ openInvoices }, schedule] = await Promise.all([
    readPayable(ledger, account.accountId),
    policies.read(),
  ]);
  const stillDue = stillDueOf({ openInvoices, policy: policyAt(schedule, now), nowMs: now });
  return stillDue && stillDueAnswer(stillDue, account.currency, settings.publicUrl);
}
