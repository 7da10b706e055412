import fc from 'fast-check';
import { TypeID } from 'typeid-js';
import { expect, it } from 'vitest';
import { accountIdOf, houseId, uuidOf } from '../../ledger/account-id.ts';

it('an account id is the TypeID of its UUID, whatever the bits, and back', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(bytes, (id) => {
      const uuid = textOf(id);
      const accountId = accountIdOf(uuid);
      expect(accountId).toBe(TypeID.fromUUIDBytes('acct', id).toString());
      expect(uuidOf(accountId)).toBe(uuid);
    }),
    { numRuns: 1_000, examples: [[new Uint8Array(16)], [new Uint8Array(16).fill(255)]] },
  );
});

it.each(['', 'acct_', 'pur_00000000000000000000000001', `acct_8${'0'.repeat(25)}`, 'acct_ü'])(
  '"%s" is no account: it stands for the house, which has none',
  (text) => {
    expect(uuidOf(text)).toBe('00000000-0000-0000-0000-000000000000');
    expect(accountIdOf(uuidOf(text))).toBe(houseId);
  },
);

function textOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
