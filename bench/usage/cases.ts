/**
 * What answers, each a process of its own on a database of its own, behind the same HTTP server:
 * our code; the same statements without rules; our code with millions of events stored already.
 */
export const contenders = ['ours', 'bare', 'stored'] as const;
export type Contender = (typeof contenders)[number];

export interface Case {
  readonly eventsInRequest: number;
  readonly accounts: number;
  readonly connections: number;
}

export const cases: readonly Case[] = [1, 100, 1_000].flatMap((eventsInRequest) =>
  [200, 10_000].map((accounts) => {
    const connections = eventsInRequest === 1 ? 200 : eventsInRequest === 100 ? 20 : 8;
    return { eventsInRequest, accounts, connections };
  }),
);

export const model = 'bench/chat';

export const aims = { bare: 0.7, stored: 0.9, bytesPerEvent: 130, hotTransfers: 15 };
