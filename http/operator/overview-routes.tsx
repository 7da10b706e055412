import { Hono } from 'hono';
import { SolventError } from '../../domain/failures.ts';
import { countAccounts, searchAccounts } from '../../ledger/account-search.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { Overview } from './overview.tsx';
import type { OperatorEnvironment } from './session.ts';
import { show } from './show.tsx';

const accountsShown = 25;
const longestText = 200;

/** The first page: an account is found here, and what waits for a person is counted. */
export function overviewRoutes(dependencies: HttpDependencies): Hono<OperatorEnvironment> {
  const { ledger } = dependencies;
  const routes = new Hono<OperatorEnvironment>();

  routes.get('/operator', async (context) => {
    const text = (context.req.query('q') ?? '').trim().slice(0, longestText);
    const [found, counts, reviews] = await Promise.all([
      searchAccounts(ledger, { text, limit: accountsShown + 1 }),
      countAccounts(ledger),
      countReviews(dependencies),
    ]);
    const accounts = found.slice(0, accountsShown);
    return show(
      context,
      { title: 'Accounts', section: 'overview' },
      dependencies,
      <Overview
        text={text}
        accounts={accounts}
        hasMore={found.length > accountsShown}
        counts={counts}
        reviews={reviews}
      />,
    );
  });

  return routes;
}

/** Null where Temporal does not say: the ledger's own pages need it for nothing else. */
async function countReviews({ client }: HttpDependencies): Promise<number | null> {
  try {
    return await client.operations.countReviews();
  } catch (error) {
    if (error instanceof SolventError && error.code === 'temporarily_unavailable') return null;
    throw error;
  }
}
