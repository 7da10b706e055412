import type { BinAnswer, CardEvidence } from '../domain/cards.ts';
import { instant } from './columns.ts';
import { binSpan } from './bin-file.ts';
import type { Ledger } from './database.ts';

/**
 * What the ledger knows of a card beside what Stripe shows: whether it was refused before, and what
 * the operator's own table of number ranges says (R10).
 */
export async function readCardEvidence(
  ledger: Ledger,
  card: Pick<CardEvidence['card'], 'fingerprint' | 'iin' | 'wallet'>,
): Promise<Pick<CardEvidence, 'fingerprintRefused' | 'binAnswer'>> {
  const [fingerprintRefused, binAnswer] = await Promise.all([
    isFingerprintRefused(ledger, card.fingerprint),
    askBinTable(ledger, card),
  ]);
  return { fingerprintRefused, binAnswer };
}

/** Remembers a card as refused, for every account and for ever; the first reason stays. */
export async function refuseFingerprint(
  ledger: Ledger,
  input: { readonly fingerprint: string; readonly source: string; readonly nowMs: number },
): Promise<void> {
  const { fingerprint, source, nowMs } = input;
  await ledger.run(
    `insert into refused_cards (fingerprint, source, refused_at) values ($1, $2, $3)
     on conflict (fingerprint) do nothing`,
    [fingerprint, source, instant(nowMs)],
  );
}

async function isFingerprintRefused(ledger: Ledger, fingerprint: string | null): Promise<boolean> {
  if (fingerprint === null) return false;
  const rows = await ledger.run('select from refused_cards where fingerprint = $1', [fingerprint]);
  return rows.length > 0;
}

interface RangeRow {
  readonly funding: 'credit' | 'debit' | 'prepaid';
  /** True where every card of these first digits lies in the range. */
  readonly covers: boolean;
}

/**
 * The narrowest range that holds the card's first digits knows best; where two are equally narrow,
 * prepaid wins. A still narrower range that holds only some of these digits leaves it open, unless
 * it says the same. A wallet's number is not the card's: there the table is not asked.
 */
async function askBinTable(
  ledger: Ledger,
  { iin, wallet }: Pick<CardEvidence['card'], 'iin' | 'wallet'>,
): Promise<BinAnswer> {
  const span = iin === null || wallet !== null ? undefined : binSpan(iin, iin);
  if (span === undefined) return 'not_available';
  const rows = await ledger.run<RangeRow>(
    `select funding, range_start <= $1 and range_end >= $2 as covers
     from bin_ranges where int8range(range_start, range_end, '[]') && int8range($1, $2, '[]')
     order by range_end - range_start, funding = 'prepaid' desc`,
    [span.start, span.end],
  );
  const holding = rows.findIndex(({ covers }) => covers);
  const answer = rows[holding]?.funding;
  if (answer === undefined) return 'not_available';
  const isOpen = rows.slice(0, holding).some(({ funding }) => funding !== answer);
  return isOpen ? 'not_available' : answer;
}
