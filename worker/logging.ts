import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';
import type { Logger } from 'pino';

/** Sends what Temporal's SDK logs through our log. Once per process, before the first worker. */
export function logThrough(log: Logger): void {
  const logger = new DefaultLogger('INFO', (entry) => {
    write(log, entry);
  });
  Runtime.install({
    logger,
    // Signals are the main's: it closes everything in order.
    shutdownSignals: [],
  });
}

function write(log: Logger, { level, message, meta }: LogEntry): void {
  const { error, ...context } = meta ?? {};
  const fields = error === undefined ? context : { ...context, err: error as unknown };
  switch (level) {
    case 'TRACE':
      log.trace(fields, message);
      break;
    case 'DEBUG':
      log.debug(fields, message);
      break;
    case 'INFO':
      log.info(fields, message);
      break;
    case 'WARN':
      log.warn(fields, message);
      break;
    case 'ERROR':
      log.error(fields, message);
  }
}
