import pg from 'pg';
import { accountIdOf } from './account-id.ts';
import { arrayOf, type Cell } from './columns.ts';
import { databaseError } from './errors.ts';

/** The ledger's connections. Made once per process, handed to every function of this folder. */
export interface Ledger {
  /** One statement of its own, outside any transaction. */
  run<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * All that `work` does takes effect together, or not at all. A thrown error rolls back.
   * @throws ConstraintViolation where a named constraint stopped it, LedgerUnavailable where the
   * database did not answer; after the latter it may have taken effect all the same.
   */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Several reads that see one and the same state of the ledger. */
  snapshot<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export interface LedgerOptions {
  /** postgres://solvent_app@host:5432/database */
  readonly url: string;
  readonly maxConnections?: number;
  /**
   * For connections that run the same few statements by account thousands of times a second: plans
   * are made once, and never read a whole table. A plan made while a table was empty would do so
   * for ever.
   */
  readonly repeatsStatements?: boolean;
  /** Told of connections that break; the pool replaces them by itself. */
  readonly onConnectionError?: (error: Error) => void;
}

/** Longer than any change takes; a lock that is not had by then is another's bug, not ours. */
const lockTimeoutMs = 10_000;
const statementTimeoutMs = 60_000;
const connectTimeoutMs = 10_000;

const repeatingOptions = '-c enable_seqscan=off -c plan_cache_mode=force_generic_plan';

/** Opens a pool of connections; the first is made when it is needed. */
export function openLedger(options: LedgerOptions): Ledger {
  const { url, maxConnections = 10, onConnectionError = () => undefined } = options;
  const repeats = options.repeatsStatements === true;
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    application_name: 'solvent',
    // Instants come as UTC, which is what `millisecondsOf` reads.
    options: `-c timezone=UTC ${repeats ? repeatingOptions : ''}`,
    // Statements go out without waiting for the answers to the ones before.
    pipeline: true,
    types: { getTypeParser: typeParser },
  });
  pool.on('error', onConnectionError);
  // The pool listens to idle connections only; one that breaks in use, between two statements,
  // would otherwise end the process.
  pool.on('connect', (client) => {
    client.on('error', onConnectionError);
  });
  return {
    async run<Row extends object>(sql: string, values: readonly unknown[] = []) {
      try {
        return (await pool.query<Row>(sql, [...values])).rows;
      } catch (error) {
        throw databaseError(error);
      }
    },
    transaction: (work) => inTransaction(pool, 'begin', work, repeats),
    snapshot: (work) =>
      inTransaction(pool, 'begin isolation level repeatable read read only', work, repeats),
    close: () => pool.end(),
  };
}

/** A transaction under way, on one connection that works off its statements in order. */
export class Session {
  readonly #client: pg.PoolClient;
  readonly #isPrepared: boolean;
  readonly #sent: Promise<unknown>[] = [];
  readonly #lists = new Map<readonly Cell[], string>();

  constructor(client: pg.PoolClient, isPrepared: boolean) {
    this.#client = client;
    this.#isPrepared = isPrepared;
  }

  async read<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#send<Row>(sql, values)).rows;
  }

  /** Sends a statement whose answer nobody needs; its failure fails the commit. */
  write(sql: string, values: readonly unknown[] = []): void {
    void this.#send(sql, values);
  }

  /** Waits for all that was sent; throws the first failure, of which later ones are echoes. */
  async settled(): Promise<void> {
    const answers = await Promise.allSettled(this.#sent);
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** PostgreSQL answers ROLLBACK, and no error, to the commit of a failed transaction. */
  async commit(): Promise<void> {
    const answer = this.#send('commit', []);
    await this.settled();
    const { command } = await answer;
    if (command !== 'COMMIT') throw new Error(`commit was answered with ${command}`);
  }

  /** The accounts of a change go with a dozen statements: their list is written once. */
  #textOf(list: readonly Cell[]): string {
    const text = this.#lists.get(list) ?? arrayOf(list, (item) => item);
    this.#lists.set(list, text);
    return text;
  }

  #send<Row extends object>(sql: string, values: readonly unknown[]) {
    const name = this.#isPrepared && sql.length > shortestPrepared ? nameOf(sql) : undefined;
    const answer = this.#client.query<Row>({
      text: sql,
      values: values.map((value) => (Array.isArray(value) ? this.#textOf(value) : value)),
      ...(name && { name }),
    });
    answer.catch(() => undefined); // Seen by `settled`, whether or not the caller waits.
    this.#sent.push(answer);
    return answer;
  }
}

/** Commands such as `begin` and `commit` have no plan to keep. */
const shortestPrepared = 20;

const names = new Map<string, string>();

/** Each text of a statement has one name; there are a few dozen texts, all constants. */
function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = `s${names.size}`;
  names.set(sql, name);
  return name;
}

async function inTransaction<Result>(
  pool: pg.Pool,
  begin: string,
  work: (session: Session) => Promise<Result>,
  isPrepared: boolean,
): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw databaseError(error);
  });
  const session = new Session(client, isPrepared);
  try {
    session.write(begin);
    const result = await work(session);
    await session.commit();
    client.release();
    return result;
  } catch (error) {
    // A statement that failed explains the others, and whatever `work` threw because of it.
    const cause = await session.settled().then(
      () => error,
      (failed: unknown) => databaseError(failed),
    );
    await rollBack(client);
    throw cause;
  }
}

/** A connection whose rollback fails is in an unknown state: it is closed, not used again. */
async function rollBack(client: pg.PoolClient): Promise<void> {
  try {
    await client.query('rollback');
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}

/** PostgreSQL's fixed numbers of types (pg_type.oid). */
const int8 = 20;
const timestamptz = 1184;
const uuid = 2950;

/**
 * bigint as a number that is exact, timestamptz as milliseconds since 1970, uuid as the account id
 * that every uuid of this schema is.
 */
function typeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- any number is one
  const parse = pg.types.getTypeParser(oid, format) as (text: string) => unknown;
  if (format === 'binary') return parse;
  switch (oid) {
    case int8:
      return exactNumber;
    case uuid:
      return accountIdOf;
    case timestamptz:
      return (text) => millisecondsOf(text) ?? (parse(text) as Date).getTime();
    default:
      return parse;
  }
}

/**
 * Milliseconds since 1970 of an instant such as "2026-11-22 23:02:16.12+00", to the millisecond as
 * the application writes them. Undefined of any other: the package reads it, in five times as long.
 */
function millisecondsOf(text: string): number | undefined {
  if (text.charAt(4) !== '-' || text.length > 26 || !text.endsWith('+00')) return undefined;
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`);
}

function exactNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`not an exact number: ${text}`);
  return value;
}

/** Tables whose past nobody may rewrite. */
const appendOnly = [
  ...['billing_events', 'transfers', 'charge_attempts', 'audit_log', 'prices'],
  ...['policies', 'policy_activations', 'policy_announcements'],
];

/**
 * Makes sure that this program cannot rewrite the ledger's past even if it wanted to.
 * @throws where its role is a superuser, owns a table or could become its owner, or may change or
 * empty an append-only one.
 */
export async function assertRestrictedRole(ledger: Ledger): Promise<void> {
  const [role] = await ledger.run<{ name: string; owns: boolean; rewrites: boolean }>(
    `select current_user as name,
       bool_or(pg_has_role(current_user, c.relowner, 'member')) as owns,
       bool_or(has_table_privilege(c.oid, 'update, delete, truncate, trigger')) as rewrites
     from unnest($1::text[]) as t (name) join pg_class c on c.oid = t.name::regclass`,
    [appendOnly],
  );
  if (role === undefined || role.owns || role.rewrites) {
    throw new Error(
      `the role "${role?.name}" could rewrite the ledger; connect as solvent_app, or as another ` +
        'role that neither owns the ledger nor is a superuser',
    );
  }
}
