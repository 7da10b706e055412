import DataLoader from 'dataloader';
import { ConstraintViolation } from './errors.ts';
import { SolventError } from '../domain/failures.ts';

export interface LaneOptions<Item, Outcome> {
  /** Does all items together, in one transaction; one outcome for each, in their order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  /** How many batches run at once: one connection each. */
  readonly width: number;
  /** A larger batch holds its locks longer than it saves. */
  readonly maxItems: number;
}

/**
 * Gathers what is asked for at the same time into batches. One starts as soon as a connection is
 * idle; the next gathers by itself while those before it run, so that nothing waits for a clock and
 * the busier it is, the larger the batches.
 */
export function createLane<Item, Outcome>(
  options: LaneOptions<Item, Outcome>,
): (item: Item) => Promise<Outcome> {
  const { run, width, maxItems } = options;
  let idle = width;
  const waiting: (() => void)[] = [];

  function start(dispatch: () => void): void {
    if (idle === 0) {
      waiting.push(dispatch);
      return;
    }
    idle -= 1;
    setImmediate(dispatch); // All requests that arrived together are in it.
  }

  function finish(): void {
    const next = waiting.shift();
    if (next === undefined) idle += 1;
    else next();
  }

  const loader = new DataLoader<Item, Outcome>(
    async (items) => {
      try {
        return await runOrEach(run, items);
      } finally {
        finish();
      }
    },
    { cache: false, maxBatchSize: maxItems, batchScheduleFn: start },
  );
  return (item) => loader.load(item);
}

/** One item that cannot be done must not fail the others: then each is tried alone. */
async function runOrEach<Item, Outcome>(
  run: LaneOptions<Item, Outcome>['run'],
  items: readonly Item[],
): Promise<(Outcome | Error)[]> {
  try {
    return [...(await run(items))];
  } catch (error) {
    if (items.length === 1 || !isOfOneItem(error)) throw error;
    const outcomes: (Outcome | Error)[] = [];
    for (const item of items) {
      const [outcome] = await runOrEach(run, [item]).catch((reason: unknown) => [reason as Error]);
      if (outcome === undefined) throw new Error('a batch of one has no outcome', { cause: error });
      outcomes.push(outcome);
    }
    return outcomes;
  }
}

/** Not of the database as a whole, which would fail each of them again. */
function isOfOneItem(error: unknown): boolean {
  return error instanceof ConstraintViolation || error instanceof SolventError;
}
