import type { Command } from 'commander';
import { instant } from '../domain/answer-values.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { createAuthenticationLink } from '../ledger/authentication-links.ts';
import { createInvoiceLink } from '../ledger/invoice-links.ts';
import { invoiceIdOf } from '../ledger/shown-invoices.ts';
import { accountState } from './account-state.ts';
import { isPurchaseId, linkTarget } from './arguments.ts';
import type { Session } from './session.ts';
import { utcTime } from './words.ts';

export function addLinkVerbs(links: Command, session: Session): void {
  links
    .command('renew')
    .description(
      'make a new link that confirms a purchase, or pays an invoice; older ones are dead',
    )
    .argument('<what>', 'a purchase’s id; or an invoice: its id, or its number', linkTarget)
    .action((what: string) => renew(what, session));
}

interface Link {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** @throws SolventError as {@link purchaseLink} and {@link invoiceLink}. */
async function renew(what: string, session: Session): Promise<void> {
  if (isPurchaseId(what)) {
    await tell({ purchaseId: what }, await purchaseLink(what, session), session);
    return;
  }
  const invoiceId = await invoiceIdOf(await session.ledger(), what);
  await tell({ invoiceId }, await invoiceLink(invoiceId, session), session);
}

async function tell(
  name: Readonly<Record<string, string>>,
  { token, expiresAtMs }: Link,
  session: Session,
): Promise<void> {
  const url = `${(await session.settings()).publicUrl()}/pay/${token}`;
  session.print({ ...name, url, expiresAt: instant(expiresAtMs) }, () => url);
  session.remark(`It works once, until ${utcTime(expiresAtMs)}.`);
}

/** @throws SolventError account_not_found, purchase_not_found, authentication_not_awaited. */
async function purchaseLink(purchaseId: string, session: Session): Promise<Link> {
  const validity = await validityFor(purchaseId, session);
  const link = await createAuthenticationLink(await session.ledger(), { purchaseId, ...validity });
  switch (link.status) {
    case 'made':
      return link;
    case 'not_waiting':
      throw failure('authentication_not_awaited', `It is ${link.state}.`);
    case 'not_found':
      throw failure('purchase_not_found', `It was ${purchaseId}.`);
  }
}

/** @throws SolventError account_not_found, invoice_not_found, invoice_nothing_due. */
async function invoiceLink(invoiceId: string, session: Session): Promise<Link> {
  const validity = await validityFor(invoiceId, session);
  const link = await createInvoiceLink(await session.ledger(), { invoiceId, ...validity });
  switch (link.status) {
    case 'made':
      return link;
    case 'nothing_due':
      throw failure('invoice_nothing_due');
    case 'not_found':
      throw failure('invoice_not_found', `It was ${invoiceId}.`);
  }
}

/** By the policy and the clock of the account that an id names. */
async function validityFor(id: string, session: Session) {
  const accountId = accountOfId(id) ?? '';
  const { account } = await accountState(session, accountId);
  const nowMs = accountNowMs(account, session.nowMs());
  const { authentication } = policyAt(await session.policies.read(), nowMs);
  return { accountId, nowMs, validMs: authentication.expiresAfterMs };
}
