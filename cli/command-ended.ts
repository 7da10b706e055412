import type { ExitCode } from './exit-codes.ts';

/** A verb has said all there is to say, and ends with this exit code. */
export class CommandEnded extends Error {
  override readonly name = 'CommandEnded';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super(`ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}
