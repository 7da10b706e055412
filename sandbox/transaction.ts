import { missing } from './errors.ts';
import type { Change } from './journal.ts';
import type { Randomness } from './randomness.ts';
import type { Store, Stored, Table } from './store.ts';

/** What an event says about the request that made it. */
export interface RequestMark {
  id: string | null;
  idempotencyKey: string | null;
}

/** One thing that happened, with the object's text as it was at that moment. */
export interface Happening {
  type: string;
  objectText: string;
  previousAttributes?: Record<string, unknown>;
}

/**
 * Everything one request reads and writes: writes stay here until all is committed at once, so a
 * refused request leaves nothing behind. Reading parses anew each time; objects are the caller's.
 */
export class Transaction {
  readonly nowSeconds: number;
  readonly request: RequestMark;
  readonly #store: Store;
  readonly #chance: Randomness;
  readonly #changes = new Map<string, Change>();
  readonly #happenings: Happening[] = [];

  constructor(store: Store, chance: Randomness, nowSeconds: number, request: RequestMark) {
    this.#store = store;
    this.#chance = chance;
    this.nowSeconds = nowSeconds;
    this.request = request;
  }

  /** `pi_` and 24 letters: as long as Stripe's. */
  newId(prefix: string): string {
    return `${prefix}_1${this.#chance.letters(23)}`;
  }

  newSecret(id: string): string {
    return `${id}_secret_${this.#chance.letters(25)}`;
  }

  fraction(): number {
    return this.#chance.fraction();
  }

  get searchLagSeconds(): number {
    return this.#store.searchLagSeconds;
  }

  text(table: Table<never>, id: string): string | undefined {
    const change = this.#changes.get(`${table.name} ${id}`);
    return change === undefined ? this.#store.text(table.name, id) : change.text;
  }

  find<T extends Stored>(table: Table<T>, id: string): T | undefined {
    const text = this.text(table, id);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  /** Finds the object that a parameter names; refuses with Stripe's "No such …". */
  refer<T extends Stored>(table: Table<T>, id: string, parameter: string): T {
    const found = this.find(table, id);
    if (found === undefined) throw missing(table.name, id, parameter);
    return found;
  }

  /** Finds the object that the address names; refuses with 404. */
  require<T extends Stored>(table: Table<T>, id: string): T {
    const found = this.find(table, id);
    if (found === undefined) throw missing(table.name, id, 'id', true);
    return found;
  }

  put<T extends Stored>(table: Table<T>, record: T): T {
    const { id, created = 0 } = record;
    this.#changes.set(`${table.name} ${id}`, {
      table: table.name,
      id,
      created,
      indexKeys: table.indexKeys(record),
      text: JSON.stringify(record),
    });
    return record;
  }

  remove(table: Table<never>, id: string): void {
    const created = this.#store.created(table.name, id) ?? 0;
    const change = { table: table.name, id, created, indexKeys: [], text: undefined };
    this.#changes.set(`${table.name} ${id}`, change);
  }

  /** Ids in order of creation, with those of this transaction. */
  ids<T extends Stored>(table: Table<T>, indexKey?: string): string[] {
    const ids = this.#store.ids(table.name, indexKey).filter((id) => this.#isThere(table, id));
    for (const change of this.#changes.values()) {
      if (change.table !== table.name || change.text === undefined) continue;
      if (this.#store.has(table.name, change.id)) continue;
      if (indexKey === undefined || change.indexKeys.includes(indexKey)) ids.push(change.id);
    }
    return ids;
  }

  /** Notes an event about an object that was put before. */
  emit(type: string, table: Table<never>, id: string, before?: object): void {
    const objectText = this.text(table, id);
    if (objectText === undefined) throw new Error(`${type}: there is no ${table.name} ${id}`);
    if (before === undefined) {
      this.#happenings.push({ type, objectText });
      return;
    }
    const previousAttributes = differences(before, JSON.parse(objectText) as object);
    if (Object.keys(previousAttributes).length === 0) return;
    this.#happenings.push({ type, objectText, previousAttributes });
  }

  get happenings(): readonly Happening[] {
    return this.#happenings;
  }

  changes(): Change[] {
    return [...this.#changes.values()];
  }

  #isThere(table: Table<never>, id: string): boolean {
    const change = this.#changes.get(`${table.name} ${id}`);
    if (change !== undefined) return change.text !== undefined;
    return this.#store.has(table.name, id);
  }
}

/** The former values of what changed: an event's `previous_attributes`. */
function differences(before: object, after: object): Record<string, unknown> {
  const former: Record<string, unknown> = {};
  const now = after as Record<string, unknown>;
  for (const [name, value] of Object.entries(before)) {
    if (JSON.stringify(value) !== JSON.stringify(now[name])) former[name] = value;
  }
  return former;
}
