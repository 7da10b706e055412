import type { Command } from 'commander';
import { recordedInvoice, replayModel } from '../domain/collection-recorded.ts';
import { generatedInvoice, responseModel } from '../domain/collection-response.ts';
import { simulateCollection } from '../domain/collection-simulation.ts';
import type { Policy } from '../domain/policy.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { readRecordedCollections } from '../ledger/recorded-collections.ts';
import { wholeNumber } from './arguments.ts';
import { policyNamed } from './policies.ts';
import type { Session } from './session.ts';
import { simulationJson, simulationWords, type Simulation } from './simulation-view.ts';

interface SimulationOptions {
  readonly policy: string;
  readonly invoices: number;
  readonly seed: number;
  readonly recorded?: true;
}

export function addSimulateVerbs(simulate: Command, session: Session): void {
  simulate
    .command('collection')
    .description('play invoices through a policy and today’s, side by side; changes nothing')
    .requiredOption('--policy <policy>', 'version, or a JSON file')
    .option('--invoices <count>', 'how many at most', wholeNumber(1, 100_000), 2_000)
    .option('--seed <seed>', 'of generated invoices: the same, the same', wholeNumber(0, 1e9), 1)
    .option('--recorded', 'the latest ones of the ledger, instead of generated ones')
    .action((options: SimulationOptions) => collection(options, session));
}

async function collection(options: SimulationOptions, session: Session): Promise<void> {
  const today = policyAt(await session.policies.read(), session.nowMs());
  const policies = [today, await policyNamed(options.policy, session)];
  const simulation: Simulation = options.recorded
    ? await replay(policies, options.invoices, session)
    : generate(policies, options);
  session.print(simulationJson(simulation), () => simulationWords(simulation));
}

function generate(policies: readonly Policy[], { invoices, seed }: SimulationOptions): Simulation {
  const outcomes = policies.map((policy) => {
    // Made anew for each policy: a played customer has answered.
    const all = Array.from({ length: invoices }, (_, index) => generatedInvoice(seed, index));
    return simulateCollection(all, policy);
  });
  const currencies = [{ currency: 'usd' as const, outcomes }];
  return { source: 'generated', seed, model: responseModel, currencies };
}

/** By currency: amounts of different ones add up to nothing. */
async function replay(
  policies: readonly Policy[],
  limit: number,
  session: Session,
): Promise<Simulation> {
  const recorded = await readRecordedCollections(await session.ledger(), limit);
  const codes = [...new Set(recorded.map(({ currency }) => currency))].toSorted();
  const currencies = codes.map((currency) => ({
    currency,
    outcomes: policies.map((policy) =>
      simulateCollection(
        recorded.filter((one) => one.currency === currency).map(recordedInvoice),
        policy,
      ),
    ),
  }));
  return { source: 'recorded', seed: null, model: replayModel, currencies };
}
