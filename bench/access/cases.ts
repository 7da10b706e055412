/** Where requests go: any of the accounts alike, some far more than others, all to one. */
export const patterns = ['spread', 'zipf', 'hot'] as const;
export type Pattern = (typeof patterns)[number];

/** A hold, or a hold and its settlement. */
export const works = ['hold', 'pair'] as const;
export type Work = (typeof works)[number];

/**
 * What answers, each a process of its own on a database of its own, behind the same HTTP server:
 * our code; the same statements without rules; a rate limiter; our code, a transaction each.
 */
export const contenders = ['ours', 'bare', 'limiter', 'alone'] as const;
export type Contender = (typeof contenders)[number];

export const connectionCounts = [20, 50, 200] as const;
export const accountCount = 10_000;
/** Of Zipf's law: the account at rank k is asked for k^-1.1 times as often as the first. */
export const zipfExponent = 1.1;

/** The ratios aimed at, of our rate to another's; null where there is no aim. */
export const aims: Record<Exclude<Contender, 'ours'>, Record<Pattern, number>> = {
  bare: { spread: 0.7, zipf: 0.7, hot: 0.7 },
  limiter: { spread: 1.5, zipf: 1.5, hot: 5 },
  alone: { spread: 5, zipf: 5, hot: 15 },
};
export const longestP99Ms = 50;
