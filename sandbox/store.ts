import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { IdList } from './id-list.ts';
import { Journal, type Change, type Place } from './journal.ts';

/** What every record has. Objects of the API have more; private records too. */
export interface Stored {
  id: string;
  /** Seconds since 1970; a deleted object's stub has none. */
  created?: number;
}

/** A kind of record, and the keys under which its records are found again in order of creation. */
export interface Table<T extends Stored> {
  name: string;
  indexKeys: (record: T) => string[];
}

interface Slot extends Place {
  created: number;
  indexKeys: readonly string[];
}

interface TableState {
  slots: Map<string, Slot>;
  order: IdList;
  byKey: Map<string, IdList>;
}

export function table<T extends Stored>(
  name: string,
  indexKeys: (record: T) => string[] = () => [],
): Table<T> {
  return { name, indexKeys };
}

/** Rewriting is worth it from this size on, */
const compactionBytes = 8 << 20;
/** and when the journal is so many times what is in use. */
const compactionRatio = 2;
/** How much a compaction gathers for one write. */
const compactionWriteBytes = 1 << 20;
/** Characters of recently used texts kept in memory, twice (a young and an old generation). */
const cacheCharacters = 12_000_000;

/**
 * All records, as JSON text in the journal, with an index in memory. Reading gives text: callers
 * parse it into objects of their own, so no two requests ever share a mutable object.
 */
export class Store {
  readonly #folder: string | undefined;
  readonly #tables = new Map<string, TableState>();
  /**
   * How long a new object is not found by searches, in seconds of the sandbox's clock: Stripe
   * promises under a minute, and up to an hour in an outage.
   */
  searchLagSeconds = 60;
  #journal: Journal;
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  #youngCharacters = 0;
  #liveBytes = 0;
  /** The journal's size after it was last rewritten. */
  #compactedBytes = 0;

  /** @param folder Where the journal is kept over restarts; undefined keeps nothing. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    this.#journal = new Journal(folder === undefined ? undefined : join(folder, 'journal'));
    this.#journal.replay(({ table, id, created, indexKeys }, place) => {
      if (place === undefined) this.#forget(table, id);
      else this.#remember(table, id, slotOf(place, created, indexKeys));
    });
  }

  get journalBytes(): number {
    return this.#journal.sizeBytes;
  }

  count(table: string): number {
    return this.#tables.get(table)?.slots.size ?? 0;
  }

  text(table: string, id: string): string | undefined {
    const slot = this.#tables.get(table)?.slots.get(id);
    if (slot === undefined) return undefined;
    const key = `${table} ${id}`;
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const text = this.#old.get(key) ?? this.#journal.read(slot);
    this.#cache(key, text);
    return text;
  }

  created(table: string, id: string): number | undefined {
    return this.#tables.get(table)?.slots.get(id)?.created;
  }

  /** The index keys that a record is found under; none when there is no such record. */
  indexKeys(table: string, id: string): readonly string[] {
    return this.#tables.get(table)?.slots.get(id)?.indexKeys ?? [];
  }

  /** Ids in order of creation, of the whole table or under one index key. */
  ids(table: string, indexKey?: string): readonly string[] {
    const state = this.#tables.get(table);
    const list = indexKey === undefined ? state?.order : state?.byKey.get(indexKey);
    return list?.ids() ?? [];
  }

  has(table: string, id: string): boolean {
    return this.#tables.get(table)?.slots.has(id) ?? false;
  }

  /** Makes all changes durable at once, then visible. */
  commit(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    const places = this.#journal.append(changes);
    changes.forEach(({ table, id, created, indexKeys, text }, position) => {
      const place = places[position];
      const key = `${table} ${id}`;
      if (place === undefined || text === undefined) {
        this.#forget(table, id);
        this.#young.delete(key);
        this.#old.delete(key);
      } else {
        this.#remember(table, id, slotOf(place, created, indexKeys));
        this.#cache(key, text);
      }
    });
  }

  /** Gives back the journal's space when most of it is outdated. */
  compactIfOutdated(): void {
    const inUse = Math.max(this.#liveBytes, this.#compactedBytes);
    const isOutdated = this.#journal.sizeBytes > Math.max(compactionBytes, inUse * compactionRatio);
    if (isOutdated) this.#compact();
  }

  close(): void {
    this.#journal.close();
  }

  #remember(table: string, id: string, slot: Slot): void {
    let state = this.#tables.get(table);
    if (state === undefined) {
      state = { slots: new Map(), order: new IdList(), byKey: new Map() };
      this.#tables.set(table, state);
    }
    const before = state.slots.get(id);
    if (before === undefined) state.order.push(id);
    else this.#liveBytes -= before.length;
    this.#liveBytes += slot.length;
    state.slots.set(id, slot);
    const { byKey } = state;
    for (const key of slot.indexKeys) {
      if (before?.indexKeys.includes(key) === true) continue;
      const ids = byKey.get(key) ?? new IdList();
      if (ids.isEmpty) byKey.set(key, ids);
      ids.push(id);
    }
    for (const key of before?.indexKeys ?? []) {
      if (!slot.indexKeys.includes(key)) removeFrom(byKey, key, id);
    }
  }

  #forget(table: string, id: string): void {
    const state = this.#tables.get(table);
    const slot = state?.slots.get(id);
    if (state === undefined || slot === undefined) return;
    this.#liveBytes -= slot.length;
    state.slots.delete(id);
    for (const key of slot.indexKeys) removeFrom(state.byKey, key, id);
    state.order.remove(id);
  }

  #cache(key: string, text: string): void {
    this.#young.set(key, text);
    this.#youngCharacters += text.length;
    if (this.#youngCharacters > cacheCharacters) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCharacters = 0;
    }
    // An older version must not come back when the young generation is dropped.
    else if (this.#old.size > 0) this.#old.delete(key);
  }

  /** Writes the live records to a new file that then takes the old one's name. */
  #compact(): void {
    const path = this.#folder === undefined ? undefined : join(this.#folder, 'journal');
    const freshPath = path === undefined ? undefined : `${path}.new`;
    if (freshPath !== undefined && existsSync(freshPath)) rmSync(freshPath);
    const fresh = new Journal(freshPath);
    const moves = this.#copyTo(fresh);
    if (path !== undefined && freshPath !== undefined) fresh.settleAs(path, freshPath);
    // Only now: a copy that failed half-way (a full disk) leaves the old journal in use.
    for (const [slot, offset] of moves) slot.offset = offset;
    this.#journal.close();
    this.#journal = fresh;
    this.#compactedBytes = fresh.sizeBytes;
  }

  /** Copies every record; gives where each one's text lies then. */
  #copyTo(fresh: Journal): [Slot, number][] {
    const moves: [Slot, number][] = [];
    let slots: Slot[] = [];
    let changes: Change[] = [];
    let bytes = 0;
    const write = () => {
      fresh.append(changes).forEach((place, position) => {
        const slot = slots[position];
        if (slot !== undefined && place !== undefined) moves.push([slot, place.offset]);
      });
      slots = [];
      changes = [];
      bytes = 0;
    };
    for (const [table, state] of this.#tables) {
      for (const id of state.order.ids()) {
        const slot = state.slots.get(id);
        if (slot === undefined) continue;
        const { created, indexKeys } = slot;
        changes.push({ table, id, created, indexKeys, text: this.#journal.read(slot) });
        slots.push(slot);
        bytes += slot.length;
        if (bytes > compactionWriteBytes) write();
      }
    }
    if (changes.length > 0) write();
    return moves;
  }
}

/** One shape for all: V8 keeps a hidden class for each object made by spreading, and there are many. */
function slotOf(place: Place, created: number, indexKeys: readonly string[]): Slot {
  const { offset, length } = place;
  return { offset, length, created, indexKeys };
}

function removeFrom(byKey: Map<string, IdList>, key: string, id: string): void {
  const ids = byKey.get(key);
  ids?.remove(id);
  if (ids?.isEmpty === true) byKey.delete(key);
}
