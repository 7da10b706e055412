import { micros, subtract, sum, ZERO, type Micros } from './money.ts';
import type { DayUsage } from './usage-summary.ts';

/** Usage over time as a chart stacks it: what was charged on each day, by model. */
export interface UsageChart {
  /** The dearest models, then all others together; `model` is null there. */
  readonly series: readonly ChartSeries[];
  readonly days: readonly ChartDay[];
  readonly total: Micros;
  /** Where the scale ends: a round amount no day goes beyond; zero where nothing was charged. */
  readonly top: Micros;
}

export interface ChartSeries {
  readonly model: string | null;
  readonly charged: Micros;
}

export interface ChartDay {
  readonly day: string;
  /** In the order of the series. */
  readonly charged: readonly Micros[];
  readonly total: Micros;
}

const mostSeries = 5;

/** Lays out what was charged (written-off usage was not) on these days, in their order. */
export function usageChart(rows: readonly DayUsage[], days: readonly string[]): UsageChart {
  const byModel = new Map<string, Micros>();
  const byDay = new Map<string, Map<string, Micros>>();
  for (const { day, model, cost, writtenOff } of rows) {
    const charged = subtract(cost, writtenOff);
    if (charged === 0) continue;
    byModel.set(model, sum(byModel.get(model) ?? ZERO, charged));
    const ofDay = byDay.get(day) ?? new Map<string, Micros>();
    byDay.set(day, ofDay.set(model, sum(ofDay.get(model) ?? ZERO, charged)));
  }
  const models = [...byModel].toSorted(([, a], [, b]) => b - a).map(([model]) => model);
  const named = models.slice(0, models.length > mostSeries + 1 ? mostSeries : models.length);
  const others = models.slice(named.length);
  const groups = [...named.map((model) => [model]), ...(others.length > 0 ? [others] : [])];
  const of = (amounts: ReadonlyMap<string, Micros>, group: readonly string[]): Micros =>
    sum(...group.map((model) => amounts.get(model) ?? ZERO));
  const laidOut = days.map((day): ChartDay => {
    const amounts = byDay.get(day) ?? new Map<string, Micros>();
    const charged = groups.map((group) => of(amounts, group));
    return { day, charged, total: sum(...charged) };
  });
  return {
    series: groups.map((group, at) => {
      return { model: named[at] ?? null, charged: of(byModel, group) };
    }),
    days: laidOut,
    total: sum(...byModel.values()),
    top: roundedUp(Math.max(0, ...laidOut.map(({ total }) => total))),
  };
}

/** The next amount of one digit and zeros. */
function roundedUp(amount: number): Micros {
  if (amount === 0) return ZERO;
  const power = 10 ** (String(amount).length - 1);
  const factor = [1, 2, 3, 4, 5, 6, 8].find((one) => one * power >= amount) ?? 10;
  return micros(factor * power);
}
