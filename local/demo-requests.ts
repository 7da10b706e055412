import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one request to a model used. */
export interface ModelRequest {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Requests as they came, and where they come from, in words. */
export interface RequestTrace {
  readonly source: string;
  readonly requests: readonly ModelRequest[];
}

/** Beside the project, where somebody put it: no data of others ships with it. */
const dataFolder = join(import.meta.dirname, '..', '..', 'shared', 'data');
const traceFile = join(dataFolder, 'azure-llm-conv-2023.csv');
const priceMapFile = join(dataFolder, 'litellm-model-prices.json');

/** The LiteLLM price map, where it is there. */
export function findPriceMap(): string | undefined {
  return existsSync(priceMapFile) ? priceMapFile : undefined;
}

/** One real hour of requests where the Azure trace is there, else a generated one. */
export function readTrace(): RequestTrace {
  if (!existsSync(traceFile)) return generatedTrace();
  const [, ...rows] = readFileSync(traceFile, 'utf8').trim().split(/\r?\n/);
  const requests = rows.map((row) => {
    const [, input = '0', output = '0'] = row.split(',');
    return { inputTokens: Number(input), outputTokens: Number(output) };
  });
  return { source: 'the Azure LLM inference trace of 2023, one real hour', requests };
}

const generatedCount = 20_000;

/**
 * Of the trace's shape: most requests short, a few long, in all about as many tokens. The same each
 * time, by the "minimal standard" generator of Park and Miller.
 */
export function generatedTrace(): RequestTrace {
  let seed = 20_231_116;
  const chance = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const requests = Array.from({ length: generatedCount }, () => ({
    inputTokens: 20 + Math.floor(4_500 * chance() ** 3),
    outputTokens: 10 + Math.floor(600 * chance() ** 2),
  }));
  return { source: 'a generated hour (the Azure trace is not here)', requests };
}
