import type { Command } from 'commander';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { createAuthenticationLink } from '../ledger/authentication-links.ts';
import { accountState } from './account-view.ts';
import { purchaseId } from './arguments.ts';
import type { Session } from './session.ts';
import { instant, utcTime } from './words.ts';

export function addLinkVerbs(links: Command, session: Session): void {
  links
    .command('renew')
    .description('make a new link for a purchase that waits for its customer; older ones are dead')
    .argument('<purchase>', 'purchase id', purchaseId)
    .action((id: string) => renew(id, session));
}

/** Throws SolventError purchase_not_found, authentication_not_awaited. */
async function renew(id: string, session: Session): Promise<void> {
  const accountId = accountOfId(id) ?? '';
  const { account } = await accountState(session, accountId);
  const nowMs = accountNowMs(account, session.nowMs());
  const { authentication } = policyAt(await session.policies.read(), nowMs);
  const link = await createAuthenticationLink(await session.ledger(), {
    accountId,
    purchaseId: id,
    validMs: authentication.expiresAfterMs,
    nowMs,
  });
  switch (link.status) {
    case 'made': {
      const url = `${(await session.settings()).publicUrl()}/pay/${link.token}`;
      const expiresAt = instant(link.expiresAtMs);
      session.print({ purchaseId: id, url, expiresAt }, () => url);
      session.remark(`It works once, until ${utcTime(link.expiresAtMs)}.`);
      return;
    }
    case 'not_waiting':
      throw failure('authentication_not_awaited', `It is ${link.state}.`);
    case 'not_found':
      throw failure('purchase_not_found', `It was ${id}.`);
  }
}
