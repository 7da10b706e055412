/**
 * What every form of the pages carries: the session's token against forged requests, and, where the
 * form acts, a key of its own, so that a double click or a reload cannot act twice.
 */
export function FormGuard({ csrf, idempotencyKey }: { csrf: string; idempotencyKey?: string }) {
  return (
    <>
      <input type="hidden" name="csrf" value={csrf} />
      {idempotencyKey !== undefined && (
        <input type="hidden" name="idempotencyKey" value={idempotencyKey} />
      )}
    </>
  );
}
