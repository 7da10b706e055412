import { createHash, randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Chance, from a seed when one is given: ids, fault probabilities and shuffles then repeat exactly.
 * `generation` must differ after each restart over kept data, or seeded ids would come twice.
 */
export class Randomness {
  #state: number;
  readonly #seeded: boolean;
  #pool = Buffer.alloc(0);
  #position = 0;

  constructor(seed: number | undefined, generation = 0) {
    this.#seeded = seed !== undefined;
    this.#state = ((seed ?? 0) ^ Math.imul(generation, 0x9e3779b1)) >>> 0;
  }

  /** A number from 0 up to, not including, 1. */
  fraction(): number {
    return this.#word() / 4294967296;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** Letters and digits as Stripe's ids use them. */
  letters(count: number): string {
    // Written into bytes: a text put together letter by letter is kept as a tree by V8.
    const letters = Buffer.allocUnsafe(count);
    for (let index = 0; index < count; index += 1) {
      letters[index] = alphabet.charCodeAt(this.#word() % alphabet.length);
    }
    return letters.toString('latin1');
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let index = shuffled.length - 1; index > 0; index -= 1) {
      const other = this.below(index + 1);
      const held = shuffled[index] as T;
      shuffled[index] = shuffled[other] as T;
      shuffled[other] = held;
    }
    return shuffled;
  }

  #word(): number {
    return this.#seeded ? this.#seededWord() : this.#systemWord();
  }

  /** The splitmix32 generator: small, and good enough for test data. */
  #seededWord(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let word = this.#state;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  }

  #systemWord(): number {
    if (this.#position + 4 > this.#pool.length) {
      this.#pool = randomBytes(4096);
      this.#position = 0;
    }
    const word = this.#pool.readUInt32LE(this.#position);
    this.#position += 4;
    return word;
  }
}

/** The same 16 letters for the same text, always: card fingerprints. */
export function lettersOf(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  let letters = '';
  for (let index = 0; index < 16; index += 1) {
    letters += alphabet.charAt((digest[index] ?? 0) % alphabet.length);
  }
  return letters;
}
