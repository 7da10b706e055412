/** A decoded form: texts, lists and named parts, nested. Types are not known yet. */
export type Wire = string | Wire[] | { [name: string]: Wire };
export type WireForm = Record<string, Wire>;

/**
 * Decodes Stripe's form encoding: `a[b]=1` nests, and lists come as `x[0]=` (the Node package) or
 * `x[]=` (the command line tool). The same name twice keeps the last value.
 */
export function decodeForm(encoded: string): WireForm {
  const form: WireForm = {};
  for (const [name, value] of new URLSearchParams(encoded)) {
    const parts = partsOf(name);
    if (parts.some((part) => part === '__proto__')) continue;
    place(form, parts, value);
  }
  return listify(form) as WireForm;
}

/** `a[b][0]` as ['a', 'b', '0']; `a[]` ends in an empty part. */
function partsOf(name: string): string[] {
  const open = name.indexOf('[');
  if (open <= 0 || !name.endsWith(']')) return [name];
  return [name.slice(0, open), ...name.slice(open + 1, -1).split('][')];
}

function place(form: WireForm, parts: readonly string[], value: string): void {
  let target: Record<string, Wire> = form;
  parts.forEach((part, position) => {
    const name = part === '' ? String(Object.keys(target).length) : part;
    if (position === parts.length - 1) {
      target[name] = value;
      return;
    }
    let next = target[name];
    if (typeof next !== 'object' || Array.isArray(next)) {
      next = {};
      target[name] = next;
    }
    target = next;
  });
}

/** Parts named 0, 1, 2 … are a list. */
function listify(value: Wire): Wire {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const names = Object.keys(value);
  const isList = names.length > 0 && names.every((name, position) => name === String(position));
  if (isList) return Object.values(value).map(listify);
  for (const name of names) value[name] = listify(value[name] ?? '');
  return value;
}

/** The same text for the same parameters whatever their order: what an idempotency key is held to. */
export function canonicalForm(value: Wire): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalForm).join(',')}]`;
  const names = Object.keys(value).sort();
  const fields = names.map((name) => `${JSON.stringify(name)}:${canonicalForm(value[name] ?? '')}`);
  return `{${fields.join(',')}}`;
}
