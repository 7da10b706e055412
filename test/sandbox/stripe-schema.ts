import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Stripe from 'stripe';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

const require = createRequire(import.meta.url);
const typesFile = join(import.meta.dirname, 'fixtures/stripe-types.ts');
const cacheFolder = join(import.meta.dirname, '../../node_modules/.cache/stripe-schema');

type Schema = Record<string, unknown>;

interface Generator {
  getProgramFromFiles: (files: string[], options: object) => unknown;
  generateSchema: (program: unknown, type: string, settings: object) => Schema | null;
}

/**
 * JSON Schema of the published types of the pinned `stripe` package: a referee that nobody here
 * wrote. Made once (about ten seconds) and kept under node_modules by the package's version.
 */
export function stripeSchema(): Schema {
  const digest = createHash('sha256')
    .update(Stripe.PACKAGE_VERSION)
    .update(readFileSync(typesFile))
    .update(readFileSync(import.meta.filename))
    .digest('hex');
  const path = join(cacheFolder, `${digest.slice(0, 16)}.json`);
  if (!existsSync(path)) {
    mkdirSync(cacheFolder, { recursive: true });
    // Several test files may make it at once: each writes its own and names it last.
    const own = `${path}.${process.pid}`;
    writeFileSync(own, JSON.stringify(generate()));
    renameSync(own, path);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Schema;
}

function generate(): Schema {
  const generator = require('typescript-json-schema') as Generator;
  const program = generator.getProgramFromFiles([typesFile], {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    skipLibCheck: true,
    strictNullChecks: true,
    target: 'es2023',
    types: [],
  });
  const schema = generator.generateSchema(program, 'StripeTypes', {
    ignoreErrors: true,
    noExtraProps: true,
    ref: true,
    required: true,
    strictNullChecks: true,
    uniqueNames: false,
  });
  if (schema === null) throw new Error('no schema could be made of the stripe package’s types');
  const whole = nothingForNever(schema) as { definitions: Schema };
  for (const name of Object.keys(whole.definitions)) {
    // The package makes objects of decimals; on the wire they are texts.
    if (/\bDecimal$/.test(decodeURIComponent(name))) whole.definitions[name] = { type: 'string' };
  }
  return whole;
}

/** The generator writes the type `never` as `anyOf: []`, which a validator refuses to read. */
function nothingForNever(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nothingForNever);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) =>
    key === 'anyOf' && Array.isArray(item) && item.length === 0
      ? (['not', {}] as const)
      : ([key, nothingForNever(item)] as const),
  );
  return Object.fromEntries(entries);
}

/** Checks values against one part of the schema (`objects/charge`, `requests/POST ~1v1…`). */
export class SchemaReferee {
  readonly #ajv: Ajv;
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #eventDefinitions: Map<string, string>;
  readonly #known: { objects: Schema; requests: Schema };

  /**
   * @param readsForms Forms carry texts only: numbers and booleans are read out of them.
   * @param findsAll Goes on after the first violation.
   */
  constructor({ readsForms = false, findsAll = false } = {}) {
    const schema = stripeSchema();
    this.#ajv = new Ajv({
      allErrors: findsAll,
      coerceTypes: readsForms ? 'array' : false,
      // The schema is large and each value small: compiling fast matters, validating fast does not.
      code: { optimize: false },
      inlineRefs: false,
      strict: false,
      validateFormats: false,
    });
    this.#ajv.addSchema(schema, 'stripe');
    this.#eventDefinitions = eventDefinitions(schema);
    const parts = schema['properties'] as Record<string, { properties: Schema }>;
    this.#known = {
      objects: parts['objects']?.properties ?? {},
      requests: parts['requests']?.properties ?? {},
    };
  }

  /** An event is held against the one shape of its type: a union's complaints are unreadable. */
  eventViolations(event: Record<string, unknown>): string[] {
    const type = String(event['type']);
    const definition = this.#eventDefinitions.get(type);
    if (definition === undefined) return [`${type} is not a published event type`];
    return this.#check(`stripe#/definitions/${escapePointer(definition)}`, `event ${type}`, event);
  }

  knows(kind: 'objects' | 'requests', name: string): boolean {
    return Object.hasOwn(this.#known[kind], name);
  }

  /** What is wrong with the value, in words; empty when nothing is. */
  violations(kind: 'objects' | 'requests', name: string, value: unknown): string[] {
    if (!this.knows(kind, name)) return [`${name} is not in the schema`];
    const pointer = `stripe#/properties/${kind}/properties/${escapePointer(name)}`;
    return this.#check(pointer, name, value);
  }

  #check(pointer: string, name: string, value: unknown): string[] {
    let validate = this.#validators.get(pointer);
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: pointer });
      this.#validators.set(pointer, validate);
    }
    return validate(value) ? [] : (validate.errors ?? []).map((error) => words(name, error));
  }
}

/** The definitions that stand for one event type each, by that type. */
function eventDefinitions(schema: Schema): Map<string, string> {
  const found = new Map<string, string>();
  const definitions = schema['definitions'] as Record<string, { properties?: Schema }>;
  for (const [name, { properties }] of Object.entries(definitions)) {
    if (!/Event$/.test(decodeURIComponent(name))) continue;
    const type = (properties?.['type'] as { const?: string } | undefined)?.const;
    if (type !== undefined) found.set(type, name);
  }
  return found;
}

function escapePointer(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function words(name: string, { instancePath, message, params }: ErrorObject): string {
  return `${name}${instancePath} ${message ?? ''} ${JSON.stringify(params)}`;
}
