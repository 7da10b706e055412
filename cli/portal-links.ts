import type { Command } from 'commander';
import { createPortalSession } from '../ledger/portal-sessions.ts';
import { instant } from '../domain/answer-values.ts';
import { accountState } from './account-state.ts';
import { accountId, webAddress } from './arguments.ts';
import type { Session } from './session.ts';
import { utcTime } from './words.ts';

/** As long as the API's links are good. */
const validMs = 3_600_000;

export function addPortalLinkVerb(portalLink: Command, session: Session): void {
  portalLink
    .argument('<account>', 'account id', accountId)
    .option('--return-url <address>', 'where the page leads back to', webAddress)
    .action((account: string, options: { returnUrl?: string }) =>
      makeLink(account, options.returnUrl ?? null, session),
    );
}

async function makeLink(
  account: string,
  returnUrl: string | null,
  session: Session,
): Promise<void> {
  await accountState(session, account);
  const nowMs = session.nowMs();
  const expiresAtMs = nowMs + validMs;
  const ledger = await session.ledger();
  const input = { accountId: account, returnUrl, expiresAtMs, nowMs };
  const { token } = await createPortalSession(ledger, input);
  const url = `${(await session.settings()).publicUrl()}/portal/${token}`;
  session.print({ accountId: account, url, expiresAt: instant(expiresAtMs) }, () => url);
  session.remark(`Whoever has this link has the page, until ${utcTime(expiresAtMs)}.`);
}
