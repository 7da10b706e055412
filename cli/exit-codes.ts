/** What the shell is told. Scripts may rely on it: docs/CLI.md. */
export const exitCodes = {
  /** What was asked for is so. */
  done: 0,
  /** Refused, declined or failed: it did not happen. */
  failed: 1,
  /** The command line, or a setting, is wrong: nothing was tried. */
  wrongUsage: 2,
  /** Not known yet, or a part does not answer: repeat with the same --key. */
  unknown: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
