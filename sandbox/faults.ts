import type { Randomness } from './randomness.ts';
import type { WireForm } from './wire.ts';

export const faultKinds = [
  /** The connection is reset; nothing was done. */
  'drop_before',
  /** Done, then the connection is reset. */
  'drop_after',
  /** Done; the headers and half of the body arrive. */
  'cut_body',
  /** Done; the body arrives in small pieces, `delayMs` apart. */
  'drip',
  /** Not done; the 500 is stored under the key, as Stripe does. */
  'error_500',
  /** Done, and yet a 500 is answered and stored under the key. */
  'error_500_after',
  /** As if another request with the same key were still running. */
  'conflict_409',
  'rate_limit_429',
  /** Done at once, answered after `delayMs`; the key is in use meanwhile. */
  'slow',
  /** Done and answered after `delayMs`; the key is in use meanwhile. */
  'slow_start',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What goes wrong, for which requests, and how often. */
export interface Fault {
  kind: FaultKind;
  method?: string | undefined;
  /** The address, `*` or `:id` standing for one id: `/v1/payment_intents/:id/confirm`. */
  path?: string | undefined;
  /** An id or text that must be in the address or among the parameters. */
  object?: string | undefined;
  /** How many requests it strikes; for ever if absent and a probability is given, else once. */
  times?: number | undefined;
  /** From 0 to 1, drawn from the sandbox's seed; 1 if absent. */
  probability?: number | undefined;
  delayMs?: number | undefined;
  /** Sets `Stripe-Should-Retry`, which the client obeys before its own judgement. */
  shouldRetry?: boolean | undefined;
}

export interface PlannedFault extends Fault {
  id: string;
  struck: number;
}

/** The faults planned for coming requests. */
export class FaultPlan {
  readonly #chance: Randomness;
  #faults: PlannedFault[] = [];
  #count = 0;

  constructor(chance: Randomness) {
    this.#chance = chance;
  }

  add(fault: Fault): PlannedFault {
    this.#count += 1;
    const planned = { ...fault, id: `fault_${this.#count}`, struck: 0 };
    this.#faults.push(planned);
    return planned;
  }

  remove(id: string): boolean {
    const before = this.#faults.length;
    this.#faults = this.#faults.filter((fault) => fault.id !== id);
    return this.#faults.length < before;
  }

  clear(): void {
    this.#faults = [];
  }

  list(): readonly PlannedFault[] {
    return this.#faults;
  }

  /** The first fault that strikes this request, if any. */
  strike(method: string, path: string, form: WireForm): PlannedFault | undefined {
    for (const fault of this.#faults) {
      if (!matches(fault, method, path, form)) continue;
      if (fault.probability !== undefined && this.#chance.fraction() >= fault.probability) continue;
      fault.struck += 1;
      const times = fault.times ?? (fault.probability === undefined ? 1 : Infinity);
      if (fault.struck >= times) this.remove(fault.id);
      return fault;
    }
    return undefined;
  }
}

function matches(fault: Fault, method: string, path: string, form: WireForm): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.path !== undefined && !matchesPath(fault.path, path)) return false;
  if (fault.object === undefined) return true;
  return path.includes(fault.object) || JSON.stringify(form).includes(fault.object);
}

function matchesPath(pattern: string, path: string): boolean {
  const parts = pattern.split('/');
  const segments = path.split('/');
  return (
    parts.length === segments.length &&
    parts.every((part, at) => part === '*' || part.startsWith(':') || part === segments[at])
  );
}
