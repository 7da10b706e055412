import { Option, type Command } from 'commander';
import { createApiKey, revokeApiKey, type ApiKeyRole } from '../ledger/api-keys.ts';
import { accountState } from './account-state.ts';
import { accountId, accountName } from './arguments.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';
import { facts } from './words.ts';

interface CreateOptions {
  role: ApiKeyRole;
  account?: string;
  name: string;
}

export function addApiKeyVerbs(keys: Command, session: Session): void {
  keys
    .command('create')
    .description('make an API key; its secret is shown this once')
    .addOption(
      new Option('--role <role>', 'billing does all, developer reads, service meters')
        .choices(['billing', 'developer', 'service', 'operator'])
        .makeOptionMandatory(),
    )
    .option('--account <account>', 'confine it to one account; absent, all of them', accountId)
    .option('--name <name>', 'what it is for', accountName, 'made at the command line')
    .action((options: CreateOptions) => create(options, session));
  keys
    .command('revoke')
    .description('end an API key at once')
    .argument('<key>', 'the key’s id, key_…, not its secret')
    .action((keyId: string) => revoke(keyId, session));
}

async function create({ role, account, name }: CreateOptions, session: Session): Promise<void> {
  if (account !== undefined) await accountState(session, account);
  const input = { role, accountId: account ?? null, name, actor: session.actor };
  const ledger = await session.ledger();
  const { keyId, secret } = await createApiKey(ledger, { ...input, nowMs: session.nowMs() });
  const shown = { id: keyId, role, accountId: account ?? null, name, secret };
  session.print(shown, () =>
    facts([
      ['Key', keyId],
      ['Role', role],
      ['Account', account ?? 'all'],
      ['Secret', secret],
    ]),
  );
  session.remark('Keep the secret now: only a hash of it is stored.');
}

async function revoke(keyId: string, session: Session): Promise<void> {
  const input = { keyId, actor: session.actor, nowMs: session.nowMs() };
  if (!(await revokeApiKey(await session.ledger(), input))) {
    session.remark(`There is no API key ${keyId}, or it was revoked before.`);
    throw new CommandEnded(exitCodes.failed);
  }
  session.print({ id: keyId, status: 'revoked' }, () => `revoked: ${keyId}`);
}
