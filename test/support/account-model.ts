/**
 * One account as the rules describe it: amounts in micro-units, times in milliseconds, nothing kept
 * that can be reckoned. It shares no code with `domain/`, so that both can be compared.
 */
export class AccountModel {
  plan: 'build' | 'scale' | 'enterprise' = 'build';
  isClosed = false;
  isOnHold = false;
  ownLimit: number | null = null;
  /** What an operator set. */
  ceiling: number | null = null;
  paid = 0;
  cardUntilMs: number | null = null;
  lots: ModelLot[] = [];
  unbilled = new Map<string, number>();
  invoices: ModelInvoice[] = [];
  holds = new Map<string, ModelHold>();
  version = 0;
  holdVersion = 0;
  policy: ModelPolicy = { isPrepaid: false, billsBeyondSpendable: false };

  /** Another one, so that what happens to it leaves this one as it is. */
  copy(): AccountModel {
    return Object.assign(new AccountModel(), structuredClone(this));
  }

  /** 0: never paid; 1 to 5: Build Tiers; more: contracts (R26, R29). */
  tier(): number {
    if (this.plan !== 'build') return this.plan === 'scale' ? 100 : 101;
    return [5, 50, 100, 250, 1_000].filter((dollars) => this.paid >= dollars * 1e6).length;
  }

  /** R16, R17, R18, R67, R68. */
  limit(nowMs: number): number {
    if (this.policy.isPrepaid) return 0;
    const hasCard = this.cardUntilMs !== null && this.cardUntilMs > nowMs;
    if (this.plan === 'build' && (!hasCard || this.tier() === 0)) return 0;
    const ceiling = this.tier() >= 5 ? (this.ceiling ?? 100e6) : 100e6;
    return Math.min(this.ownLimit ?? Infinity, ceiling);
  }

  /** R16. */
  owed(): number {
    return total(this.unbilled.values()) + total(this.invoices.map(({ due }) => due));
  }

  openHolds(): ModelHold[] {
    return [...this.holds.values()].filter(({ state }) => state === 'open');
  }

  heldOf(lotId: number, but: ModelHold | null = null): number {
    const others = this.openHolds().filter((hold) => hold !== but);
    return total(others.map(({ lots }) => lots.get(lotId) ?? 0));
  }

  heldPostpaid(but: ModelHold | null = null): number {
    const others = this.openHolds().filter((hold) => hold !== but);
    return total(others.map(({ postpaid }) => postpaid));
  }

  pot(kind: ModelLot['kind']): number {
    return total(this.lots.filter((lot) => lot.kind === kind).map(({ remaining }) => remaining));
  }

  /** R20. */
  spendable(use: string | null, nowMs: number, holdsCount = true): number {
    let spendable = this.room(nowMs, holdsCount ? this.heldPostpaid() : 0);
    for (const lot of this.lots) {
      if (!isUsable(lot, use, nowMs)) continue;
      spendable += lot.remaining - (holdsCount ? this.heldOf(lot.id) : 0);
    }
    return spendable;
  }

  private room(nowMs: number, heldPostpaid: number): number {
    return Math.max(0, this.limit(nowMs) - this.owed() - heldPostpaid);
  }

  /** R28. */
  outOfScope(use: string | null, nowMs: number): number {
    const lots = this.lots.filter(
      (lot) =>
        lot.kind === 'free' && isUsable({ ...lot, scope: null }, use, nowMs) && !fits(lot, use),
    );
    return total(lots.map(({ remaining }) => remaining));
  }

  /** The code of the first question of R54 that is answered with no. */
  why(cost: number, use: string | null, nowMs: number): string | null {
    const needed = (use !== null && neededTiers[use]) || 0;
    const unheld = this.spendable(use, nowMs, false);
    const isPastDue = ({ due, dueAtMs }: ModelInvoice) => due > 0 && nowMs - dueAtMs >= 7 * dayMs;
    if (this.isClosed) return 'account_closed';
    if (this.isOnHold) return 'account_on_hold';
    if (this.invoices.some(isPastDue)) return 'past_due_invoice';
    if (this.tier() === 0 && needed > 0) return 'account_limited';
    if (unheld < cost && unheld + this.outOfScope(use, nowMs) >= cost) return 'credits_exhausted';
    if (this.tier() < needed) return 'tier_too_low';
    if (unheld < cost) {
      return this.limit(nowMs) === 0 ? 'credits_exhausted' : 'balance_limit_reached';
    }
    return this.spendable(use, nowMs) < cost ? 'holds_full' : null;
  }

  /** Takes a cost from lots in the order of R27, then from the room; tells what took it. */
  private pay(cost: number, sources: { lot: ModelLot; available: number }[], room: number) {
    let left = cost;
    const lots = new Map<number, number>();
    const rest = [...sources];
    while (left > 0 && rest.length > 0) {
      const next = rest.reduce((a, b) => (isBefore(b.lot, a.lot) ? b : a));
      rest.splice(rest.indexOf(next), 1);
      const taken = Math.min(left, next.available);
      if (taken > 0) lots.set(next.lot.id, taken);
      left -= taken;
    }
    const postpaid = Math.min(left, room);
    return { lots, postpaid, missing: left - postpaid };
  }

  private sources(use: string | null, nowMs: number, own: ModelHold | null = null) {
    const usable = this.lots.filter((lot) => isUsable(lot, use, nowMs));
    return usable.map((lot) => ({ lot, available: lot.remaining - this.heldOf(lot.id, own) }));
  }

  place(
    id: string,
    { cost, use, ttlMs }: { cost: number; use: string | null; ttlMs: number },
    nowMs: number,
  ): string {
    const earlier = this.holds.get(id);
    if (earlier !== undefined) {
      return earlier.askedCost === cost && earlier.use === use ? 'stored' : 'hold_reused';
    }
    if (ttlMs > dayMs) return 'hold_too_long';
    const code = this.why(cost, use, nowMs);
    if (code !== null) return code;
    const { lots, postpaid } = this.pay(
      cost,
      this.sources(use, nowMs),
      this.room(nowMs, this.heldPostpaid()),
    );
    this.holds.set(id, {
      ...{ id, state: 'open', use, cost, askedCost: cost, lots, postpaid },
      ...{ endsAtMs: nowMs + ttlMs, settled: null },
    });
    this.holdVersion += 1;
    return 'admitted';
  }

  /** R23. */
  extend(id: string, { cost, ttlMs }: { cost: number; ttlMs: number }, nowMs: number): string {
    const hold = this.holds.get(id);
    if (hold === undefined) return 'hold_not_found';
    if (ttlMs > dayMs) return 'hold_too_long';
    if (hold.state !== 'open' || nowMs >= hold.endsAtMs) return 'stop';
    const more = Math.max(0, cost - hold.cost);
    const code = this.why(more, hold.use, nowMs);
    const lackOfMoney = ['credits_exhausted', 'balance_limit_reached', 'holds_full'];
    if (code !== null) return lackOfMoney.includes(code) ? 'pause' : 'stop';
    const isLast = this.spendable(hold.use, nowMs) - more < more;
    const { lots, postpaid } = this.pay(
      more,
      this.sources(hold.use, nowMs),
      this.room(nowMs, this.heldPostpaid()),
    );
    for (const [lot, amount] of lots) hold.lots.set(lot, (hold.lots.get(lot) ?? 0) + amount);
    hold.postpaid += postpaid;
    hold.cost += more;
    hold.endsAtMs = Math.max(hold.endsAtMs, nowMs + ttlMs);
    this.holdVersion += 1;
    return isLast ? 'warn' : 'continue';
  }

  /** R21. What an open hold reserved is there for its settle, ended or frozen credits included. */
  settle(id: string, cost: number, nowMs: number): ModelSettlement | string {
    const hold = this.holds.get(id);
    if (hold === undefined) return 'hold_not_found';
    if (hold.settled !== null) return hold.settled.cost === cost ? hold.settled : 'hold_ended';
    if (hold.state === 'released') return 'hold_ended';
    const isReserved = hold.state === 'open' && nowMs < hold.endsAtMs;
    const sources = this.sources(hold.use, nowMs, hold);
    for (const lot of this.lots.filter(({ id: lotId }) => isReserved && hold.lots.has(lotId))) {
      if (!sources.some((source) => source.lot === lot)) {
        sources.push({ lot, available: hold.lots.get(lot.id) ?? 0 });
      }
    }
    const room = this.room(nowMs, this.heldPostpaid(hold));
    const paid = this.pay(cost, sources, isReserved ? Math.max(room, hold.postpaid) : room);
    const beyond = this.policy.billsBeyondSpendable ? paid.missing : 0;
    const unbilled = paid.postpaid + beyond;
    hold.state = 'settled';
    hold.settled = { cost, lots: paid.lots, unbilled, writtenOff: paid.missing - beyond };
    this.holdVersion += 1;
    this.version += 1;
    for (const lot of this.lots) lot.remaining -= paid.lots.get(lot.id) ?? 0;
    this.owe(new Date(nowMs).toISOString().slice(0, 7), unbilled);
    return hold.settled;
  }

  owe(month: string, amount: number): void {
    if (amount > 0) this.unbilled.set(month, (this.unbilled.get(month) ?? 0) + amount);
  }

  /** Gives back what is reserved, as its client wants or because its time is over. */
  end(id: string, state: 'released' | 'expired'): string {
    const hold = this.holds.get(id);
    if (hold === undefined) return 'hold_not_found';
    if (hold.state === 'settled') return 'hold_ended';
    if (hold.state !== 'open') return 'stored';
    hold.state = state;
    this.holdVersion += 1;
    return 'released';
  }

  /** R22: bought credits first pay usage of months that are not over. */
  purchase(amount: number, nowMs: number): void {
    this.version += 2; // opened, and paid
    let left = amount;
    for (const month of [...this.unbilled.keys()].toSorted()) {
      if (month < new Date(nowMs).toISOString().slice(0, 7)) continue;
      const paid = Math.min(left, this.unbilled.get(month) ?? 0);
      this.unbilled.set(month, (this.unbilled.get(month) ?? 0) - paid);
      left -= paid;
    }
    this.paid += amount;
    const { creditsLastMs = null } = this.policy;
    const endsAtMs = creditsLastMs === null ? null : nowMs + creditsLastMs;
    this.addLot({ kind: 'purchased', amount, remaining: left, scope: null, endsAtMs }, nowMs);
  }

  addLot(lot: Omit<ModelLot, 'id' | 'acquiredAtMs' | 'isFrozen'>, acquiredAtMs: number): void {
    this.lots.push({ ...lot, id: this.version, acquiredAtMs, isFrozen: false });
  }
}

export const dayMs = 86_400_000;

/** The tiers that models need, as in the core policy (R31). */
export const neededTiers: Readonly<Record<string, number>> = {
  'deepseek-ai/DeepSeek-R1': 1,
  'meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo': 2,
  'black-forest-labs/FLUX.1-pro': 3,
};

export interface ModelPolicy {
  isPrepaid: boolean;
  billsBeyondSpendable: boolean;
  /** How long credits bought last; absent: for ever. */
  creditsLastMs?: number;
}

export interface ModelLot {
  id: number;
  kind: 'free' | 'purchased';
  amount: number;
  remaining: number;
  scope: readonly string[] | null;
  acquiredAtMs: number;
  endsAtMs: number | null;
  isFrozen: boolean;
}

export interface ModelInvoice {
  id: string;
  due: number;
  dueAtMs: number;
}

export interface ModelHold {
  id: string;
  state: 'open' | 'settled' | 'released' | 'expired';
  use: string | null;
  cost: number;
  /** What it was placed with, before any extension. */
  askedCost: number;
  lots: Map<number, number>;
  postpaid: number;
  endsAtMs: number;
  settled: ModelSettlement | null;
}

export interface ModelSettlement {
  cost: number;
  lots: Map<number, number>;
  unbilled: number;
  writtenOff: number;
}

function fits({ scope }: ModelLot, use: string | null): boolean {
  return scope === null || scope.some((name) => name === use);
}

function isUsable(lot: ModelLot, use: string | null, nowMs: number): boolean {
  return !lot.isFrozen && (lot.endsAtMs === null || nowMs < lot.endsAtMs) && fits(lot, use);
}

/** R27: free before purchased; of the free the one that ends first; else the older. */
function isBefore(a: ModelLot, b: ModelLot): boolean {
  if (a.kind !== b.kind) return a.kind === 'free';
  const never = Number.MAX_SAFE_INTEGER;
  const [aEnds, bEnds] = [a.endsAtMs ?? never, b.endsAtMs ?? never];
  if (a.kind === 'free' && aEnds !== bEnds) return aEnds < bEnds;
  if (a.acquiredAtMs !== b.acquiredAtMs) return a.acquiredAtMs < b.acquiredAtMs;
  return a.id < b.id;
}

function total(amounts: Iterable<number>): number {
  let all = 0;
  for (const amount of amounts) all += amount;
  return all;
}
