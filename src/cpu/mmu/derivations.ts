/**
 * What TLB entries were derived from: at most one descriptor of each level, known by the index of its word in linear memory. A store to a descriptor drops what
 * came of it, so each is found by a hash of that index.
 */
import { PAGE_SHIFT } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import { EntryLists } from './entry-lists.ts';

/** Lists by descriptor are hashed. */
const DESCRIPTOR_BUCKETS = 1 << 16;

function bucket(word: number): number {
  return (Math.imul(word, 0x9e3779b1) >>> 16) & (DESCRIPTOR_BUCKETS - 1);
}

/** Page of linear memory that a word is in. */
function pageOf(word: number): number {
  return word >>> (PAGE_SHIFT - 2);
}

export class Derivations {
  readonly #byFirst: EntryLists;
  readonly #bySecond: EntryLists;
  /** Descriptor (linear-memory word index) of an entry at each level. */
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  /** How many entries were derived from descriptors in each page. */
  readonly #walksInPage: Int32Array;
  readonly #drop: (entry: number) => void;

  /** `drop` drops an entry because a descriptor of it was stored to; it is to call `remove`. */
  constructor(memory: LinearMemory, pages: number, entries: number, drop: (entry: number) => void) {
    this.#byFirst = new EntryLists(memory, DESCRIPTOR_BUCKETS, entries);
    this.#bySecond = new EntryLists(memory, DESCRIPTOR_BUCKETS, entries);
    this.#first = memory.table(entries);
    this.#second = memory.table(entries);
    this.#walksInPage = memory.table(pages);
    this.#drop = drop;
  }

  /** Notes the descriptor of the first level, at an offset of linear memory, of an entry that has none noted. */
  addFirst(entry: number, host: number): void { this.#add(this.#byFirst, this.#first, entry, host >> 2); }

  /** The same of the second level. */
  addSecond(entry: number, host: number): void { this.#add(this.#bySecond, this.#second, entry, host >> 2); }

  #add(lists: EntryLists, words: Int32Array, entry: number, word: number): void {
    words[entry] = word;
    lists.link(entry, bucket(word));
    this.#walksInPage[pageOf(word)]!++;
  }

  /** Forgets the descriptors of an entry. */
  remove(entry: number): void {
    if (this.#byFirst.head[entry] !== 0) {
      this.#byFirst.unlink(entry);
      this.#walksInPage[pageOf(this.#first[entry]!)]!--;
    }
    if (this.#bySecond.head[entry] !== 0) {
      this.#bySecond.unlink(entry);
      this.#walksInPage[pageOf(this.#second[entry]!)]!--;
    }
  }

  /** Whether any entry was derived from descriptors in a page of linear memory. */
  inPage(page: number): boolean {
    return this.#walksInPage[page] !== 0;
  }

  /** Whether any entry was derived from a word of linear memory. */
  has(word: number): boolean {
    return this.#isDerived(this.#byFirst, this.#first, word) || this.#isDerived(this.#bySecond, this.#second, word);
  }

  #isDerived(lists: EntryLists, words: Int32Array, word: number): boolean {
    for (let at = lists.heads[bucket(word)]!; at !== 0; at = lists.next[at - 1]!) if (words[at - 1] === word) return true;
    return false;
  }

  /** Drops the entries that were derived from a word of linear memory. */
  dropDerived(word: number): void {
    this.#dropDerived(this.#byFirst, this.#first, word);
    this.#dropDerived(this.#bySecond, this.#second, word);
  }

  #dropDerived(lists: EntryLists, words: Int32Array, word: number): void {
    let at = lists.heads[bucket(word)]!;
    while (at !== 0) {
      const entry = at - 1;
      at = lists.next[entry]!;
      if (words[entry] === word) this.#drop(entry);
    }
  }

  /** For invariants: calls `see` with each page of linear memory, how many entries were derived from it by the lists, and how many were counted. */
  eachPage(see: (page: number, listed: number, counted: number) => void): void {
    const listed = new Int32Array(this.#walksInPage.length);
    for (let entry = 0; entry < this.#first.length; entry++) {
      if (this.#byFirst.head[entry] !== 0) listed[pageOf(this.#first[entry]!)]!++;
      if (this.#bySecond.head[entry] !== 0) listed[pageOf(this.#second[entry]!)]!++;
    }
    listed.forEach((count, page) => { see(page, count, this.#walksInPage[page]!); });
  }
}
