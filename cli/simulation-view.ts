import { decimal } from '../domain/answer-values.ts';
import type { CollectionOutcome } from '../domain/collection-simulation.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import type { Micros } from '../domain/money.ts';
import { money, table } from './words.ts';

/** The same invoices under today's policy, then under another. */
export interface Simulation {
  readonly source: 'generated' | 'recorded';
  /** Null where nothing is generated. */
  readonly seed: number | null;
  /** How charges are answered, in sentences. */
  readonly model: readonly string[];
  readonly currencies: readonly {
    readonly currency: CurrencyCode;
    readonly outcomes: readonly CollectionOutcome[];
  }[];
}

export function simulationWords({ source, seed, model, currencies }: Simulation): string {
  const tables = currencies.map(({ currency, outcomes }) => {
    const [today = '', other = ''] = outcomes.map(({ policyVersion }) => policyVersion);
    const heads = [currency.toUpperCase(), `TODAY: ${today}`, other];
    return table(heads, rowsOf(currency, outcomes));
  });
  return [
    ...(tables.length > 0 ? tables : ['No invoice was charged by itself yet.']),
    '',
    source === 'generated' ? `Generated with seed ${seed ?? 0}:` : 'Recorded invoices, replayed:',
    ...model.map((sentence) => `- ${sentence}`),
  ].join('\n');
}

function rowsOf(currency: CurrencyCode, outcomes: readonly CollectionOutcome[]): string[][] {
  const row = (label: string, of: (outcome: CollectionOutcome) => string) => [
    label,
    ...outcomes.map(of),
  ];
  return [
    row('invoices', ({ invoices }) => String(invoices)),
    row('asked for', ({ askedFor }) => money(askedFor, currency)),
    row('collected', ({ collected, askedFor }) => {
      return `${money(collected, currency)} (${share(collected, askedFor)})`;
    }),
    row('median days to collect', ({ medianDaysToCollect }) => days(medianDaysToCollect)),
    row('of those not paid at first', ({ medianDaysOfDeclined }) => days(medianDaysOfDeclined)),
    row('charges', ({ charges }) => String(charges)),
    row('of them declined', ({ declines }) => String(declines)),
    row('of a network’s budget at most', (outcome) => percent(outcome.budgetShareUsed)),
    row('suspended', ({ suspended }) => String(suspended)),
    row('not collected', ({ uncollected }) => String(uncollected)),
  ];
}

function share(part: Micros, whole: Micros): string {
  return whole === 0 ? '–' : percent(part / whole);
}

function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

function days(value: number | null): string {
  return value === null ? '–' : value.toFixed(1);
}

export function simulationJson({ currencies, ...simulation }: Simulation) {
  return {
    ...simulation,
    currencies: currencies.map(({ currency, outcomes }) => ({
      currency,
      outcomes: outcomes.map(({ askedFor, collected, ...outcome }) => ({
        ...outcome,
        askedFor: decimal(askedFor, currency),
        collected: decimal(collected, currency),
      })),
    })),
  };
}
