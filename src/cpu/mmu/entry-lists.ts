/**
 * Lists of TLB entries by something that they have in common: the page that they lead to, a descriptor.
 */
import type { LinearMemory } from '../memory.ts';

/** A doubly linked list per head, over TLB entries numbered from 0; numbers are stored plus one so that zeroed arrays are empty. */
export class EntryLists {
  readonly heads: Int32Array;
  readonly next: Int32Array;
  readonly #previous: Int32Array;
  /** Head + 1 of the list that an entry is in, or 0. */
  readonly head: Int32Array;

  constructor(memory: LinearMemory, heads: number, entries: number) {
    this.heads = memory.table(heads);
    this.next = memory.table(entries);
    this.#previous = memory.table(entries);
    this.head = memory.table(entries);
  }

  link(entry: number, head: number): void {
    const first = this.heads[head]!;
    this.next[entry] = first;
    this.#previous[entry] = 0;
    if (first !== 0) this.#previous[first - 1] = entry + 1;
    this.heads[head] = entry + 1;
    this.head[entry] = head + 1;
  }

  unlink(entry: number): void {
    const head = this.head[entry]!;
    if (head === 0) return;
    const next = this.next[entry]!;
    const previous = this.#previous[entry]!;
    if (previous !== 0) this.next[previous - 1] = next;
    else this.heads[head - 1] = next;
    if (next !== 0) this.#previous[next - 1] = previous;
    this.head[entry] = 0;
  }
}
