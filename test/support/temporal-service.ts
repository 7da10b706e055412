import { findTemporalProgram } from '../../local/temporal-programs.ts';
import { startTemporal } from '../../local/temporal.ts';
import { workflowBundle } from '../../local/workflow-bundle.ts';
import type { Supervision } from '../../local/supervision.ts';
import type { TestTemporal } from './temporal.ts';

/** One Temporal server in memory for the run, one bundle of the workflows, each at first need. */
export class TemporalService {
  readonly #supervision: Supervision;
  #server: Promise<TestTemporal> | undefined;
  #bundle: Promise<string> | undefined;
  #timeSkipping: Promise<string> | undefined;

  constructor(supervision: Supervision) {
    this.#supervision = supervision;
  }

  server(): Promise<TestTemporal> {
    return (this.#server ??= this.#start());
  }

  bundle(): Promise<string> {
    return (this.#bundle ??= workflowBundle());
  }

  timeSkippingProgram(): Promise<string> {
    return (this.#timeSkipping ??= findTemporalProgram('time-skipping', console.log));
  }

  async #start(): Promise<TestTemporal> {
    const program = await findTemporalProgram('dev-server', console.log);
    const { address, namespace } = await startTemporal({
      program,
      supervision: this.#supervision,
      // A deleted workflow is gone once the server noted how far it is, else twice a minute.
      settings: { 'history.transferProcessorUpdateAckInterval': '"1s"' },
    });
    return { address, namespace };
  }
}
