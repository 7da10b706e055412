import type { Command } from 'commander';
import { createAccount, listAccounts } from '../ledger/accounts.ts';
import { instant } from '../domain/answer-values.ts';
import { addBusinessVerb } from './account-business.ts';
import { addAccountSettingVerbs } from './account-settings.ts';
import { accountJson, accountWords, viewAccount } from './account-view.ts';
import {
  accountId,
  accountName,
  country,
  currencyCode,
  email,
  region,
  wholeNumber,
} from './arguments.ts';
import { keyFor, keyOption } from './idempotency-key.ts';
import type { Session } from './session.ts';
import { table, utcTime } from './words.ts';

interface CreateOptions {
  name: string;
  email: string;
  currency: string;
  country?: string;
  region?: string;
  key?: string;
}

interface ListOptions {
  limit: number;
  after?: string;
}

export function addAccountVerbs(accounts: Command, session: Session): void {
  accounts
    .command('create')
    .description('create an account')
    .requiredOption('--name <name>', 'person or company, as receipts name it', accountName)
    .requiredOption('--email <address>', 'where receipts and notices go', email)
    .option('--currency <code>', 'the one currency it is kept in', currencyCode, 'usd')
    .option('--country <code>', 'where it is taxed; absent, no tax', country)
    .option('--region <code>', 'where it is taxed, as WA in the United States', region)
    .addOption(keyOption())
    .action((options: CreateOptions) => create(options, session));
  accounts
    .command('show')
    .description('show an account: pots apart, owed, limit, tier, cards')
    .argument('<account>', 'account id', accountId)
    .action(async (id: string) => {
      const view = await viewAccount(session, id);
      session.print(accountJson(view), () => accountWords(view));
    });
  accounts
    .command('list')
    .description('list accounts in the order of their ids')
    .option('--limit <count>', 'how many', wholeNumber(1, 1_000), 50)
    .option('--after <account>', 'go on after this one', accountId)
    .action((options: ListOptions) => list(options, session));
  addAccountSettingVerbs(accounts, session);
  addBusinessVerb(accounts, session);
}

async function create(options: CreateOptions, session: Session): Promise<void> {
  const { accountIdFor } = await import('../client/ids.ts');
  const { name, currency, country: taxCountry = null, region: taxRegion = null } = options;
  const ledger = await session.ledger();
  const { account } = await createAccount(
    ledger,
    {
      accountId: accountIdFor(keyFor(options, session), session.actor),
      name,
      email: options.email,
      currency,
      taxCountry,
      taxRegion,
      actor: session.actor,
      nowMs: session.nowMs(),
    },
    await session.policies.read(),
  );
  const view = await viewAccount(session, account.accountId);
  session.print(accountJson(view), () => accountWords(view));
}

async function list({ limit, after }: ListOptions, session: Session): Promise<void> {
  const page = await listAccounts(await session.ledger(), { cursor: after ?? null, limit });
  const data = page.accounts.map(({ accountId: id, currency, plan, status, createdAtMs }) => {
    return { id, currency, plan, status, createdAt: instant(createdAtMs) };
  });
  session.print({ data, nextCursor: page.nextCursor }, () =>
    table(
      ['ACCOUNT', 'CURRENCY', 'PLAN', 'STATUS', 'CREATED'],
      page.accounts.map((account) => [
        account.accountId,
        account.currency,
        account.plan,
        account.status,
        utcTime(account.createdAtMs),
      ]),
    ),
  );
  if (page.nextCursor !== null) session.remark(`There are more: --after ${page.nextCursor}`);
}
