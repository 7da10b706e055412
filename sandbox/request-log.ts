import type { WireForm } from './wire.ts';

/** One request as the sandbox saw it. */
export interface LoggedRequest {
  id: string;
  /** Milliseconds since 1970 by the sandbox's clock. */
  timeMs: number;
  method: string;
  path: string;
  parameters: WireForm;
  version: string | null;
  idempotencyKey: string | null;
  status: number;
  /** The error's code, decline code or type. */
  error: string | null;
  /** The fault that struck it. */
  fault: string | null;
  isReplay: boolean;
  /** Ids in the address, the parameters and the answer's own. */
  objects: string[];
}

const kept = 5000;

/** The latest requests, oldest first; older ones are forgotten. */
export class RequestLog {
  #requests: LoggedRequest[] = [];

  add(request: LoggedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length >= kept * 2) this.#requests = this.#requests.slice(-kept);
  }

  list(): readonly LoggedRequest[] {
    return this.#requests;
  }

  about(objectId: string): LoggedRequest[] {
    return this.#requests.filter((request) => request.objects.includes(objectId));
  }

  /** Forgets every request about one of these objects. */
  forget(objectIds: ReadonlySet<string>): void {
    this.#requests = this.#requests.filter(
      ({ objects }) => !objects.some((id) => objectIds.has(id)),
    );
  }

  clear(): void {
    this.#requests = [];
  }
}

const idPattern = /\b(?:pi|pm|cus|seti|ch|txn|cs_test|ctoken|re|dp)_[A-Za-z0-9]{16,}\b/g;

/** The ids of objects in a text. */
export function idsIn(text: string): string[] {
  return [...new Set(text.match(idPattern))];
}
