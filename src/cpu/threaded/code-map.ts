/** Which bytes of linear memory were translated, in chunks of 16: a bit for each, so that a store beside code is told from one to code at once. */
import { PAGE_SHIFT } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';

const CHUNK_SHIFT = 4;
const WORD_SHIFT = CHUNK_SHIFT + 5;
const PAGE_WORDS = 1 << (PAGE_SHIFT - WORD_SHIFT);

export class CodeMap {
  readonly #words: Int32Array;

  constructor(memory: LinearMemory) { this.#words = memory.table(Math.ceil(memory.layout.total / (1 << WORD_SHIFT))); }

  /** `bytes` is at least 1. */
  add(offset: number, bytes: number): void {
    for (let chunk = offset >>> CHUNK_SHIFT; chunk <= (offset + bytes - 1) >>> CHUNK_SHIFT; chunk++) this.#words[chunk >>> 5]! |= 1 << (chunk & 31);
  }

  /** Whether a chunk of these bytes has code. */
  has(offset: number, bytes: number): boolean {
    for (let chunk = offset >>> CHUNK_SHIFT; chunk <= (offset + bytes - 1) >>> CHUNK_SHIFT; chunk++) {
      if ((this.#words[chunk >>> 5]! >>> (chunk & 31) & 1) !== 0) return true;
    }
    return false;
  }

  clearPage(page: number): void { this.#words.fill(0, page * PAGE_WORDS, (page + 1) * PAGE_WORDS); }
}
