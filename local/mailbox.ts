/** The mailbox as a process: `--folder --smtp-port --web-port`; prints one line when it is ready. */
import { parseArgs } from 'node:util';
import { startMailbox } from './mailbox-server.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '.solvent/mailbox' },
    'smtp-port': { type: 'string', default: '0' },
    'web-port': { type: 'string', default: '0' },
  },
});
const mailbox = await startMailbox({
  folder: values.folder,
  smtpPort: Number(values['smtp-port']),
  webPort: Number(values['web-port']),
});
console.log(`mailbox listening on ${mailbox.webUrl} and ${mailbox.smtpUrl}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void mailbox.close().then(() => process.exit(0));
  });
}
