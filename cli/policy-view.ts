import { decimal, instant } from '../domain/answer-values.ts';
import type { CurrencyImpact } from '../domain/policy-impact.ts';
import type { PolicyActivation } from '../domain/policy-schedule.ts';
import type { PolicyPreview } from '../ledger/policy-preview.ts';
import { money, table, utcTime } from './words.ts';

/** Whom a policy would touch, as an operator reads it before deciding. */
export function previewWords(
  { policy, effectiveAtMs }: PolicyActivation,
  { instead, impacts, withoutNotice }: PolicyPreview,
): string {
  const from = utcTime(effectiveAtMs);
  return [
    `${policy.version} from ${from} on, instead of ${instead}; accounts as they stand now.`,
    impacts.length === 0
      ? 'There are no open accounts.'
      : table(
          ['CURRENCY', 'ACCOUNTS', 'LOWER LIMIT', 'HIGHER LIMIT', 'OWE MORE THAN NEW LIMIT'],
          impacts.map(({ currency, accounts, lower, higher, owingMore }) =>
            [currency, accounts, lower, higher, owingMore].map(String),
          ),
        ),
    ...impacts.flatMap(largestWords),
    ...(withoutNotice === null || withoutNotice === 0
      ? []
      : [`Open accounts without a notice 90 days before (R2): ${withoutNotice}`]),
  ].join('\n');
}

function largestWords({ currency, largest }: CurrencyImpact): string[] {
  if (largest.length === 0) return [];
  const rows = largest.map(({ accountId, before, after, owed }) => [
    accountId,
    ...[before, after, owed].map((amount) => money(amount, currency)),
  ]);
  return [
    `The largest changes in ${currency.toUpperCase()}:`,
    table(['ACCOUNT', 'LIMIT', 'NEW LIMIT', 'OWED'], rows),
  ];
}

export function previewJson(
  { policy, effectiveAtMs }: PolicyActivation,
  { instead, impacts, withoutNotice }: PolicyPreview,
) {
  return {
    version: policy.version,
    effectiveAt: instant(effectiveAtMs),
    instead,
    accountsWithoutNotice: withoutNotice,
    impacts: impacts.map(({ largest, ...impact }) => ({
      ...impact,
      largest: largest.map(({ accountId, before, after, owed }) => ({
        accountId,
        before: decimal(before, impact.currency),
        after: decimal(after, impact.currency),
        owed: decimal(owed, impact.currency),
      })),
    })),
  };
}
