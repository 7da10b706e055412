import { Refusal } from './errors.ts';
import type { Wire, WireForm } from './wire.ts';

/** How one parameter is read from a decoded form. `read` refuses what Stripe would refuse. */
export interface Parameter<T> {
  read: (value: Wire, name: string) => T;
  isRequired?: true;
}

export type ReadOf<P> = P extends Parameter<infer T> ? T : never;
type RequiredNames<F> = { [K in keyof F]: F[K] extends { isRequired: true } ? K : never }[keyof F];
/** What reading the fields gives: required ones always there, others perhaps absent. */
export type FieldsOf<F> = { [K in RequiredNames<F>]: ReadOf<F[K]> } & {
  [K in Exclude<keyof F, RequiredNames<F>>]?: ReadOf<F[K]> | undefined;
};
export type Fields = Record<string, Parameter<unknown>>;

export function required<T>(parameter: Parameter<T>): Parameter<T> & { isRequired: true } {
  return { ...parameter, isRequired: true };
}

/** A text that may not be empty: Stripe takes an empty one as "unset" and refuses it here. */
export const text: Parameter<string> = {
  read: (value, name) => {
    const read = plain(value, name);
    if (read === '') {
      throw new Refusal(
        'parameterEmpty',
        `You passed an empty string for '${name}'. We assume empty values are an attempt to ` +
          `unset a parameter; however '${name}' cannot be unset. You should remove '${name}' ` +
          'from your request or supply a non-empty value.',
        name,
      );
    }
    if (read.length > 5000) {
      throw new Refusal(
        'parameterInvalid',
        `Invalid string: must be at most 5000 characters`,
        name,
      );
    }
    return read;
  },
};

/** A text that an empty value unsets: read as null. */
export const clearableText: Parameter<string | null> = {
  read: (value, name) => {
    const read = plain(value, name);
    return read === '' ? null : read;
  },
};

export function integer(limits: { minimum?: number; maximum?: number } = {}): Parameter<number> {
  return {
    read: (value, name) => {
      const written = plain(value, name);
      if (!/^-?\d{1,15}$/.test(written)) {
        throw new Refusal('integerInvalid', `Invalid integer: ${written}`, name);
      }
      const read = Number(written);
      if (limits.minimum !== undefined && read < limits.minimum) {
        const message = `This value must be greater than or equal to ${limits.minimum}.`;
        throw new Refusal('integerInvalid', message, name);
      }
      if (limits.maximum !== undefined && read > limits.maximum) {
        const message = `This value must be less than or equal to ${limits.maximum}.`;
        throw new Refusal('integerInvalid', message, name);
      }
      return read;
    },
  };
}

export const flag: Parameter<boolean> = {
  read: (value, name) => {
    const written = plain(value, name);
    if (written !== 'true' && written !== 'false') {
      throw new Refusal('parameterInvalid', `Invalid boolean: ${written}`, name);
    }
    return written === 'true';
  },
};

export function choice<const C extends string>(...choices: C[]): Parameter<C> {
  return {
    read: (value, name) => {
      const written = plain(value, name);
      const chosen = choices.find((one) => one === written);
      if (chosen === undefined) {
        const message = `Invalid ${name}: must be one of ${choices.join(', ')}`;
        throw new Refusal('parameterInvalid', message, name);
      }
      return chosen;
    },
  };
}

export function list<T>(item: Parameter<T>): Parameter<T[]> {
  return {
    read: (value, name) => {
      if (value === '') return [];
      if (!Array.isArray(value)) throw new Refusal('parameterInvalid', 'Invalid array', name);
      return value.map((one, position) => item.read(one, `${name}[${position}]`));
    },
  };
}

export function object<F extends Fields>(fields: F): Parameter<FieldsOf<F>> {
  return { read: (value, name) => readFields(fields, asForm(value, name), name) };
}

/** An object, or '' which unsets it: read as null. */
export function clearableObject<F extends Fields>(fields: F): Parameter<FieldsOf<F> | null> {
  return {
    read: (value, name) => (value === '' ? null : readFields(fields, asForm(value, name), name)),
  };
}

export function oneOf<A, B>(first: Parameter<A>, second: Parameter<B>): Parameter<A | B> {
  return {
    read: (value, name) => {
      try {
        return first.read(value, name);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return second.read(value, name);
      }
    },
  };
}

/** At most 50 keys of 40 characters and values of 500; '' (read as null) clears all keys. */
export const metadata: Parameter<Record<string, string> | null> = {
  read: (value, name) => {
    if (value === '') return null;
    const read: Record<string, string> = {};
    // Keys that are numbers arrive as a list.
    const items = Array.isArray(value) ? Object.fromEntries(value.entries()) : asForm(value, name);
    for (const [key, item] of Object.entries(items)) {
      const written = plain(item, `${name}[${key}]`);
      if (key.length > 40 || written.length > 500) {
        const message = `Metadata keys can have up to 40 characters and values up to 500: '${key}' has more`;
        throw new Refusal('parameterInvalid', message, `${name}[${key}]`);
      }
      read[key] = written;
    }
    if (Object.keys(read).length > 50) {
      throw new Refusal('parameterInvalid', 'Metadata can have up to 50 keys', name);
    }
    return read;
  },
};

/** Known to Stripe, not to the sandbox: refused by name rather than ignored. */
export const notSimulated: Parameter<never> = {
  read: (_value, name) => {
    throw new Refusal('notSimulated', `The sandbox does not simulate the parameter ${name}`, name);
  },
};

/** Known to Stripe and without effect on anything that the sandbox shows. */
export const ignored: Parameter<null> = { read: () => null };

/** Fields of the same kind: `every(notSimulated, 'on_behalf_of', 'transfer_data')`. */
export function every<const N extends string, T>(
  parameter: Parameter<T>,
  ...names: N[]
): Record<N, Parameter<T>> {
  return Object.fromEntries(names.map((name) => [name, parameter])) as Record<N, Parameter<T>>;
}

/** Reads a whole form: unknown parameters are refused first, then missing ones, then bad values. */
export function readFields<F extends Fields>(fields: F, form: WireForm, within = ''): FieldsOf<F> {
  const nameOf = (field: string) => (within === '' ? field : `${within}[${field}]`);
  const unknown = Object.keys(form).filter((field) => !Object.hasOwn(fields, field));
  const [first] = unknown;
  if (first !== undefined) {
    const names = unknown.map(nameOf);
    throw new Refusal(
      'parameterUnknown',
      `Received unknown parameter${names.length > 1 ? 's' : ''}: ${names.join(', ')}`,
      nameOf(first),
    );
  }
  const read: Record<string, unknown> = {};
  for (const [field, parameter] of Object.entries(fields)) {
    const value = form[field];
    if (value !== undefined) {
      read[field] = parameter.read(value, nameOf(field));
    } else if (parameter.isRequired === true) {
      const message = `Missing required param: ${nameOf(field)}.`;
      throw new Refusal('parameterMissing', message, nameOf(field));
    }
  }
  return read as FieldsOf<F>;
}

function plain(value: Wire, name: string): string {
  if (typeof value === 'string') return value;
  throw new Refusal('parameterInvalid', `Invalid string: ${JSON.stringify(value)}`, name);
}

function asForm(value: Wire, name: string): WireForm {
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw new Refusal('parameterInvalid', 'Invalid hash', name);
}
