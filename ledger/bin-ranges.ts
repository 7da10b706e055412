import { houseId } from './account-id.ts';
import { insertAudit } from './audit.ts';
import { BinFileError, parseBinLines, type BinRange } from './bin-file.ts';
import { columnsOf } from './columns.ts';
import type { Ledger, Session } from './database.ts';

export interface BinImport {
  /** Names where the ranges come from; a new import replaces all that this source said before. */
  readonly source: string;
  /** The file's lines; they are read as they are needed, so a file may be of any size. */
  readonly lines: AsyncIterable<string> | Iterable<string>;
  readonly actor: string;
  readonly nowMs: number;
}

const batchSize = 1_000;

/**
 * Imports a file of card number ranges (see `bin-file.ts`) in one transaction: a card is judged by
 * the old table or by the new one, never by half of it.
 * @throws BinFileError with the line that is wrong; then the old ranges stay.
 */
export async function importBinRanges(
  ledger: Ledger,
  { source, lines, actor, nowMs }: BinImport,
): Promise<{ readonly ranges: number }> {
  return ledger.transaction(async (session) => {
    session.write('delete from bin_ranges where source = $1', [source]);
    let ranges = 0;
    let batch: BinRange[] = [];
    for await (const range of parseBinLines(lines)) {
      batch.push(range);
      if (batch.length < batchSize) continue;
      ranges += await insert(session, source, batch);
      batch = [];
    }
    ranges += await insert(session, source, batch);
    const entry = { actor, action: 'bin_ranges.import', detail: { source, ranges } };
    insertAudit(session, [{ accountId: houseId, ...entry, occurredAtMs: nowMs }]);
    return { ranges };
  });
}

async function insert(session: Session, source: string, batch: readonly BinRange[]) {
  const inserted = await session.read<{ start: number; end: number }>(
    `insert into bin_ranges (source, range_start, range_end, funding)
     select $1, * from unnest($2::bigint[], $3::bigint[], $4::text[])
     on conflict do nothing returning range_start as start, range_end as "end"`,
    [
      source,
      ...columnsOf(
        batch,
        (row) => row.start,
        (row) => row.end,
        (row) => row.funding,
      ),
    ],
  );
  if (inserted.length < batch.length) throw repeatedRange(batch, inserted);
  return batch.length;
}

/** Which of two equal ranges would hold is anybody's guess: the file has to be put right. */
function repeatedRange(
  batch: readonly BinRange[],
  inserted: readonly { start: number; end: number }[],
): BinFileError {
  const left = new Set(inserted.map(({ start, end }) => `${start} ${end}`));
  const repeated = batch.find(({ start, end }) => !left.delete(`${start} ${end}`));
  return new BinFileError(repeated?.line ?? 0, 'this range stands in the file twice');
}
