import type { Period } from './period.ts';

/** Names of our own: those of the runtime's locale data change with its version. */
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

/** "3 December 2026", in UTC. */
export function dateText(instantMs: number): string {
  const date = new Date(instantMs);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** "3 December 2026, 08:00 UTC". */
export function timeText(instantMs: number): string {
  return `${dateText(instantMs)}, ${new Date(instantMs).toISOString().slice(11, 16)} UTC`;
}

/** "November 2026". */
export function monthText(period: Period): string {
  return `${months[Number(period.slice(5, 7)) - 1] ?? ''} ${period.slice(0, 4)}`;
}
