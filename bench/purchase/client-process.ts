import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ClientSettings {
  readonly temporalEnvironment: Record<string, string>;
  readonly publicUrl: string;
  readonly bareTaskQueue: string;
  /** At least as many as are ever in flight; each has a card on file. */
  readonly accountIds: readonly string[];
}

/** So many calls, so many of them at a time. */
export interface Order {
  readonly work: 'purchase' | 'bare';
  readonly count: number;
  readonly inFlight: number;
  /** Waits for the final outcome where the first one is `pending`. */
  readonly untilFinal?: boolean;
}

export interface Answered {
  /** Milliseconds since 1970. */
  readonly answeredAtMs: number;
  readonly tookMs: number;
}

type Message = { ready?: true; answers?: Answered[]; failure?: string };

/** The process that calls; one order at a time. */
export class ClientProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(settings: ClientSettings): Promise<ClientProcess> {
    const script = fileURLToPath(import.meta.resolve('./client.ts'));
    const child = fork(script, [JSON.stringify(settings)], { execArgv: ['--import', 'tsx'] });
    const client = new ClientProcess(child);
    await client.#message();
    return client;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async carryOut(order: Order): Promise<Answered[]> {
    const message = this.#message();
    this.#child.send(order);
    const { answers, failure } = await message;
    if (answers === undefined) throw new Error(failure ?? 'the client said nothing');
    return answers;
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #message(): Promise<Message> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => {
        reject(new Error(`the client ended with ${code ?? 'a signal'}`));
      };
      this.#child.once('exit', ended);
      this.#child.once('message', (message) => {
        this.#child.off('exit', ended);
        resolve(message as Message);
      });
    });
  }
}
