/**
 * How Node is started for the HTTP server and the worker: with room for what thousands of requests a
 * second, or pages of hundreds of invoices, leave behind, so that the young generation is collected
 * less often (12 to 20 % of the server's time, 9 % of a month-end run's).
 */
export const ourNodeOptions = ['--max-semi-space-size=64'] as const;

/**
 * And for the worker: functions run eight times as long before V8 compiles them into machine code.
 * In the first seconds of a month-end run that was 40 % of its processor time, most of it for
 * functions that were compiled anew when other kinds of accounts came; later it makes no difference.
 */
export const workerNodeOptions = [...ourNodeOptions, '--interrupt-budget=540000'] as const;
