import { parseArgs } from 'node:util';
import { defaultMostPayments } from './retention.ts';
import { startSandbox } from './server.ts';

const defaultPort = 12_111;

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    'data-folder': { type: 'string' },
    'webhook-url': { type: 'string', multiple: true },
    'webhook-secret': { type: 'string' },
    seed: { type: 'string' },
    'most-payments': { type: 'string' },
  },
});

const secret = values['webhook-secret'];
const urls = values['webhook-url'] ?? [];
if (urls.length > 0 && secret === undefined) {
  process.stderr.write('--webhook-url needs --webhook-secret\n');
  process.exit(2);
}

const mostPayments = Number(values['most-payments'] ?? defaultMostPayments);
if (!Number.isSafeInteger(mostPayments) || mostPayments < 1) {
  process.stderr.write('--most-payments needs a whole number from 1 on\n');
  process.exit(2);
}

const sandbox = await startSandbox({
  port: values.port === undefined ? defaultPort : Number(values.port),
  host: values.host,
  dataFolder: values['data-folder'],
  webhooks: urls.map((url) => ({ url, secret: secret ?? '' })),
  seed: values.seed === undefined ? undefined : Number(values.seed),
  mostPayments,
});
process.stdout.write(`sandbox listening on ${sandbox.url}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0));
  });
}
