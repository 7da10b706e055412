import type { connectTemporal } from '../client/connect.ts';
import type { SolventClient } from '../client/solvent-client.ts';
import type { Seller } from '../domain/documents.ts';
import type { Ledger } from '../ledger/database.ts';
import type { Policies } from '../ledger/policies.ts';
import type { Json } from './json.ts';

type TemporalClient = ReturnType<typeof connectTemporal>;

/** The settings a verb may need. Each ends the command, with words for it, where it is missing. */
export interface Settings {
  databaseUrl(): string;
  migrationDatabaseUrl(): string;
  publicUrl(): string;
  temporalEnvironment(): Record<string, string>;
  /** Who sells, as documents show it. */
  seller(): Seller;
  /** The person at the keyboard; undefined where nobody is named. */
  operator(): string | undefined;
  /** Whether real cards are charged; `apiBase` is the sandbox's address, if it is one. */
  stripe(): { readonly isLive: boolean; readonly apiBase: string | undefined };
}

export interface Streams {
  /** What was asked for: standard output. */
  readonly result: (text: string) => void;
  /** What there is to say about it: standard error. */
  readonly remark: (text: string) => void;
}

/** One run of the command line: its settings, its parts, each opened at first use, its output. */
export interface Session {
  settings(): Promise<Settings>;
  readonly policies: Policies;
  /** Set by the global option before a verb runs. */
  json: boolean;
  /** Who did it, in the audit log. */
  readonly actor: 'cli';
  nowMs(): number;
  ledger(): Promise<Ledger>;
  temporal(): Promise<TemporalClient>;
  client(): Promise<SolventClient>;
  /** Prints the result: one JSON value with --json, else the words. */
  print(value: Json, words: () => string): void;
  /** Prints a piece of a result that is too long to be had at once, as it is. */
  write(text: string): void;
  /** Prints a remark, which no program reads. */
  remark(line: string): void;
  close(): Promise<void>;
}

/** Parts are imported when they are opened, so that `--help` answers at once. */
export function openSession(settings: () => Promise<Settings>, streams: Streams): Session {
  let ledger: Promise<Ledger> | undefined;
  let temporal: Promise<TemporalClient> | undefined;
  let policies: Policies | undefined;
  const session: Session = {
    settings,
    policies: {
      async read() {
        const { openPolicies } = await import('../ledger/policies.ts');
        policies ??= openPolicies(await session.ledger());
        return policies.read();
      },
    },
    json: false,
    actor: 'cli',
    nowMs: () => Date.now(),
    ledger: () => (ledger ??= settings().then(openLedger)),
    temporal: () => (temporal ??= settings().then(openTemporal)),
    async client() {
      const { SolventClient } = await import('../client/solvent-client.ts');
      const publicUrl = (await settings()).publicUrl();
      return new SolventClient({ temporal: await session.temporal(), publicUrl });
    },
    print(value, words) {
      streams.result(session.json ? `${JSON.stringify(value, null, 2)}\n` : `${words()}\n`);
    },
    write(text) {
      streams.result(text);
    },
    remark(line) {
      streams.remark(`${line}\n`);
    },
    async close() {
      await (await ledger?.catch(() => undefined))?.close();
      await (await temporal?.catch(() => undefined))?.connection.close();
    },
  };
  return session;
}

async function openLedger(settings: Settings): Promise<Ledger> {
  const url = settings.databaseUrl();
  const database = await import('../ledger/database.ts');
  return database.openLedger({ url, maxConnections: 2 });
}

async function openTemporal(settings: Settings): Promise<TemporalClient> {
  const environment = settings.temporalEnvironment();
  const temporal = await import('../client/connect.ts');
  return temporal.connectTemporal(environment);
}
