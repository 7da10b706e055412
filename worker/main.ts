import { pino } from 'pino';
import { isLiveKey, readConfig } from '../config.ts';
import { logThrough } from './logging.ts';
import { startWorker } from './worker.ts';

const config = readConfig(['DATABASE_URL', 'STRIPE_SECRET_KEY', 'SMTP_URL']);
const log = pino({ level: config.LOG_LEVEL, name: 'worker' });

logThrough(log);
const worker = await startWorker(
  {
    databaseUrl: config.DATABASE_URL,
    stripeSecretKey: config.STRIPE_SECRET_KEY,
    stripeApiBase: config.STRIPE_API_BASE,
    stripeRequestsPerSecond: config.STRIPE_REQUESTS_PER_SECOND,
    stripeDeadlineMs: config.STRIPE_DEADLINE_MS,
    smtpUrl: config.SMTP_URL,
    mailFrom: config.MAIL_FROM,
    publicUrl: config.PUBLIC_URL,
    loopbackWebhooksAllowed: !isLiveKey(config.STRIPE_SECRET_KEY),
    workflowBundle: config.WORKFLOW_BUNDLE,
    temporalEnvironment: config.temporalEnvironment,
  },
  log,
);
console.log('worker ready');

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // A second signal while the first is being obeyed changes nothing.
    if (!stopping) worker.shutdown();
    stopping = true;
  });
}
await worker.stopped;
