/**
 * A process of its own that tells usage: `usage-writer.ts URL ACCOUNT COUNT [ANSWERS]`. With
 * ANSWERS it kills itself after so many, while others are under way.
 */
import { createHash } from 'node:crypto';
import { openLedger } from '../../ledger/database.ts';
import { usageKeyOf } from '../../ledger/usage-key.ts';
import { deskOf, report, used } from './usage-fixture.ts';

const [url = '', accountId = '', count = '0', diesAfter] = process.argv.slice(2);
const ledger = openLedger({ url, maxConnections: 2 });
const desk = deskOf(ledger);
const events = Array.from({ length: Number(count) }, (_, index) => {
  const id = createHash('sha256').update(`${accountId} ${index}`).digest('hex');
  return used(accountId, { input_tokens: 7 }, { usageKey: usageKeyOf({ source: '/test', id }) });
});
let answered = 0;
const requests: (typeof events)[] = [];
while (events.length > 0) requests.push(events.splice(0, 10));
const send = async () => {
  for (let request = requests.pop(); request !== undefined; request = requests.pop()) {
    await report(desk, request);
    answered += 1;
    if (answered === Number(diesAfter)) process.kill(process.pid, 'SIGKILL');
  }
};
await Promise.all(Array.from({ length: 4 }, send));
await ledger.close();
process.disconnect();
