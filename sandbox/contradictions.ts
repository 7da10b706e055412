import type { Happening } from './transaction.ts';

interface Opposite {
  type: string;
  status: string;
}

/** What a false event says instead. */
const opposites: Record<string, Opposite> = {
  'payment_intent.payment_failed': { type: 'payment_intent.succeeded', status: 'succeeded' },
  'payment_intent.succeeded': {
    type: 'payment_intent.payment_failed',
    status: 'requires_payment_method',
  },
  'setup_intent.setup_failed': { type: 'setup_intent.succeeded', status: 'succeeded' },
  'setup_intent.succeeded': {
    type: 'setup_intent.setup_failed',
    status: 'requires_payment_method',
  },
};

/**
 * An event that says the opposite of another: what a receiver sees when events of several attempts
 * overtake each other, made worse. The object itself stays true.
 */
export function contradictionOf({ type, objectText }: Happening): Happening | undefined {
  const opposite = opposites[type];
  if (opposite === undefined) return undefined;
  const object = JSON.parse(objectText) as object;
  return {
    type: opposite.type,
    objectText: JSON.stringify({ ...object, status: opposite.status }),
  };
}
