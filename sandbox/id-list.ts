/**
 * Ids in the order they came. Most lists have one id, so one takes no array; removing from the
 * front, as pruning does, is cheap however long the list is.
 */
export class IdList {
  #first: string | undefined;
  #all: string[] | undefined;
  #start = 0;

  get isEmpty(): boolean {
    return this.#all === undefined ? this.#first === undefined : this.#all.length === this.#start;
  }

  push(id: string): void {
    if (this.#all !== undefined) this.#all.push(id);
    else if (this.#first === undefined) this.#first = id;
    else this.#all = [this.#first, id];
  }

  remove(id: string): void {
    if (this.#all === undefined) {
      if (this.#first === id) this.#first = undefined;
      return;
    }
    const position = this.#all.indexOf(id, this.#start);
    if (position === -1) return;
    if (position - this.#start > (this.#all.length - this.#start) / 2) {
      this.#all.splice(position, 1);
      return;
    }
    // Near the front, as what is pruned: moving the few before it is cheaper than all behind it.
    this.#all.copyWithin(this.#start + 1, this.#start, position);
    this.#start += 1;
    if (this.#start > 1000 && this.#start > this.#all.length / 2) {
      this.#all = this.#all.slice(this.#start);
      this.#start = 0;
    }
  }

  ids(): readonly string[] {
    if (this.#all === undefined) return this.#first === undefined ? [] : [this.#first];
    return this.#start === 0 ? this.#all : this.#all.slice(this.#start);
  }
}
