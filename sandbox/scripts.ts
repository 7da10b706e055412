/** What happens at one charge of a card. */
export type Step =
  | { kind: 'succeed' }
  /** The issuer says no, with Stripe's decline code. */
  | { kind: 'decline'; declineCode: string }
  /** The issuer says no, with the network's own code and Mastercard's advice. */
  | { kind: 'network'; networkCode: string; adviceCode: string | null }
  /** Stripe's risk rules stop it before the network. */
  | { kind: 'block' }
  /** The customer must authenticate first. */
  | { kind: 'authenticate' }
  /** The outcome stays open until it is settled through the control surface. */
  | { kind: 'process' };

/**
 * Reads words into steps: `succeed`, `block`, `authenticate`, `process`, `visaCode_14`,
 * `mastercardAdvice_24`, else a decline code of Stripe's (`insufficient_funds`).
 * Undefined when a word is none of these.
 */
export function parseScript(words: readonly string[]): Step[] | undefined {
  const steps: Step[] = [];
  for (const word of words) {
    const step = parseStep(word);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps.length === 0 ? undefined : steps;
}

function parseStep(word: string): Step | undefined {
  switch (word) {
    case 'succeed':
    case 'block':
    case 'authenticate':
    case 'process':
      return { kind: word };
    default:
  }
  const [, kind, code = ''] = /^(visaCode|mastercardAdvice)_(\w+)$/.exec(word) ?? [];
  if (kind === 'visaCode') return { kind: 'network', networkCode: code, adviceCode: null };
  if (kind === 'mastercardAdvice') return { kind: 'network', networkCode: '05', adviceCode: code };
  return /^[a-z_]+$/.test(word) ? { kind: 'decline', declineCode: word } : undefined;
}
