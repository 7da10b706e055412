/**
 * Work that goes on after its request was answered. Before the connections it stands on are closed,
 * {@link settled} is waited for: gRPC throws past everyone where it retries on a closed channel.
 */
export class AfterAnswer {
  readonly #underWay = new Set<Promise<void>>();

  /** `work` must not reject: nobody is left to tell. */
  run(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}
