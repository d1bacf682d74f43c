/**
 * Translated blocks: where their code is, which records they are, who links to them; and what a store to their page invalidates.
 *
 * The key of a block is the linear-memory offset of its code (so the physical address), its virtual address, and the context (mode, world, instruction set,
 * data endianness, ITSTATE). Nothing that depends on a translation regime is in it.
 */
import { PAGE_HAS_CODE, PAGE_SHIFT, PAGE_SIZE } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import type { Mmu } from '../mmu/mmu.ts';
import { HANDLER_NEXT, JUMP_ENTRIES, JUMP_ENTRY_BYTES, jumpEntry, RECORD_FAR, RECORD_HANDLER, RECORD_LINK } from './record.ts';

export interface Block {
  readonly host: number;
  readonly va: number;
  readonly context: number;
  /** The entry's record; and where links that may lead to a region go: the counting records before it, or the same. */
  readonly record: number;
  readonly head: number;
  /** Bytes of code. */
  readonly length: number;
  /** Records whose link leads here. */
  readonly incoming: number[];
  /** Its code was stored to: nothing leads here any more. */
  lost: boolean;
  /** The compiled region that starts here. */
  region: Watched | undefined;
  /** Another block with the same host. */
  other: Block | undefined;
}

/** Translated code besides blocks that is lost when its bytes are stored to. */
export interface Watched {
  readonly entry: Block;
  /** Pairs of linear-memory offsets, start and end, none across a page. */
  readonly ranges: readonly number[];
  /** Called when it is lost; the block at its entry may stay. */
  dropped(): void;
}

/** Stores are compared with code in chunks of this many bytes. */
const CHUNK_SHIFT = 4;
const CHUNKS = PAGE_SIZE >> CHUNK_SHIFT;

interface CodePage {
  readonly blocks: Set<Block>;
  readonly watched: Set<Watched>;
  /** 1 for each chunk that holds code. */
  readonly covered: Uint8Array;
}

function cover(page: CodePage, from: number, to: number): void {
  page.covered.fill(1, (from & (PAGE_SIZE - 1)) >> CHUNK_SHIFT, Math.min(CHUNKS - 1, ((from & (PAGE_SIZE - 1)) + to - from - 1) >> CHUNK_SHIFT) + 1);
}

export class Blocks {
  readonly #memory: LinearMemory;
  readonly #mmu: Mmu;
  readonly #byHost = new Map<number, Block>();
  readonly #pages = new Map<number, CodePage>();
  readonly #jump: Int32Array;

  constructor(memory: LinearMemory, mmu: Mmu) {
    this.#memory = memory;
    this.#mmu = mmu;
    this.#jump = new Int32Array(memory.wasm.buffer, memory.layout.jumpCache, JUMP_ENTRIES * JUMP_ENTRY_BYTES / 4);
    this.#jump.fill(-1);
    mmu.onCodeStore = (offset, bytes) => { this.#stored(offset, bytes); };
    mmu.isCode = (offset, bytes) => this.#isCode(offset, bytes);
  }

  find(host: number, va: number, context: number): Block | undefined {
    for (let block = this.#byHost.get(host); block !== undefined; block = block.other) {
      if (block.va === va && block.context === context) return block;
    }
    return undefined;
  }

  add(block: Block): void {
    block.other = this.#byHost.get(block.host);
    this.#byHost.set(block.host, block);
    const page = this.#page(block.host >>> PAGE_SHIFT);
    page.blocks.add(block);
    cover(page, block.host, block.host + block.length);
  }

  #page(number: number): CodePage {
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = { blocks: new Set(), watched: new Set(), covered: new Uint8Array(CHUNKS) };
      this.#pages.set(number, page);
      this.#mmu.flagPage(number, PAGE_HAS_CODE);
    }
    return page;
  }

  watch(code: Watched): void {
    const { ranges } = code;
    for (let i = 0; i < ranges.length; i += 2) {
      const page = this.#page(ranges[i]! >>> PAGE_SHIFT);
      page.watched.add(code);
      cover(page, ranges[i]!, ranges[i + 1]!);
    }
  }

  unwatch(code: Watched): void {
    for (let i = 0; i < code.ranges.length; i += 2) this.#pages.get(code.ranges[i]! >>> PAGE_SHIFT)?.watched.delete(code);
  }

  watches(code: Watched): boolean {
    for (let i = 0; i < code.ranges.length; i += 2) if (this.#pages.get(code.ranges[i]! >>> PAGE_SHIFT)?.watched.has(code) !== true) return false;
    return true;
  }

  #jumpIndex(host: number): number {
    return jumpEntry(host) >> 2;
  }

  /** Lets generated code jump to the block by its address. */
  enterJumpCache(block: Block): void {
    const at = this.#jumpIndex(block.host);
    this.#jump[at] = block.host;
    this.#jump[at + 1] = block.va;
    this.#jump[at + 2] = block.context;
    this.#jump[at + 3] = block.head;
  }

  /** Whether bytes, all in one page, lie in chunks with code. */
  #isCode(offset: number, bytes: number): boolean {
    const page = this.#pages.get(offset >>> PAGE_SHIFT);
    if (page === undefined) return false;
    const last = ((offset & (PAGE_SIZE - 1)) + bytes - 1) >> CHUNK_SHIFT;
    for (let chunk = (offset & (PAGE_SIZE - 1)) >> CHUNK_SHIFT; chunk <= last; chunk++) if (page.covered[chunk] !== 0) return true;
    return false;
  }

  #stored(offset: number, bytes: number): void {
    const number = offset >>> PAGE_SHIFT;
    const page = this.#pages.get(number);
    if (page === undefined || !this.#isCode(offset, bytes)) return;
    for (const block of page.blocks) {
      if (block.host < offset + bytes && offset < block.host + block.length) this.#remove(block, page);
    }
    for (const code of page.watched) {
      for (let i = 0; i < code.ranges.length; i += 2) {
        if (code.ranges[i]! < offset + bytes && offset < code.ranges[i + 1]!) {
          code.dropped();
          break;
        }
      }
    }
    page.covered.fill(0);
    for (const block of page.blocks) cover(page, block.host, block.host + block.length);
    for (const { ranges } of page.watched) {
      for (let i = 0; i < ranges.length; i += 2) if (ranges[i]! >>> PAGE_SHIFT === number) cover(page, ranges[i]!, ranges[i + 1]!);
    }
    if (page.blocks.size === 0 && page.watched.size === 0) {
      this.#pages.delete(number);
      this.#mmu.unflagPage(number, PAGE_HAS_CODE);
    }
    this.#mmu.dropped = true;
  }

  #remove(block: Block, page: CodePage): void {
    page.blocks.delete(block);
    block.lost = true;
    block.region?.dropped();
    const { i32 } = this.#memory;
    for (const record of block.incoming) {
      i32[(record + RECORD_LINK) >> 2] = 0;
      if (i32[(record + RECORD_HANDLER) >> 2] === HANDLER_NEXT) i32[(record + RECORD_FAR) >> 2] = 0;
    }
    const at = this.#jumpIndex(block.host);
    if (this.#jump[at] === block.host) this.#jump[at] = -1;
    const head = this.#byHost.get(block.host);
    if (head === block) {
      if (block.other === undefined) this.#byHost.delete(block.host);
      else this.#byHost.set(block.host, block.other);
    } else {
      for (let before = head; before !== undefined; before = before.other) if (before.other === block) before.other = block.other;
    }
  }

  /** Drops all blocks: the record arena is full, or memory was replaced as a whole. */
  clear(): void {
    for (const page of this.#pages.values()) {
      for (const code of page.watched) code.dropped();
      for (const block of page.blocks) block.lost = true;
    }
    for (const number of this.#pages.keys()) this.#mmu.unflagPage(number, PAGE_HAS_CODE);
    this.#pages.clear();
    this.#byHost.clear();
    this.#jump.fill(-1);
  }

  get size(): number {
    let count = 0;
    for (const page of this.#pages.values()) count += page.blocks.size;
    return count;
  }

  /** States what must hold of the blocks at any time; tests call it. Throws naming what does not. */
  assertInvariants(): void {
    for (const [number, page] of this.#pages) {
      if ((this.#mmu.pageFlags(number) & PAGE_HAS_CODE) === 0) throw new Error(`page ${number} has blocks but is not watched`);
      for (const block of page.blocks) {
        if (this.find(block.host, block.va, block.context) !== block) throw new Error(`block at ${block.va.toString(16)} cannot be found`);
      }
      for (const code of page.watched) {
        if (code.entry.region !== code) throw new Error(`region at ${code.entry.va.toString(16)} is watched but not in force`);
        if (this.find(code.entry.host, code.entry.va, code.entry.context) !== code.entry) throw new Error(`region at ${code.entry.va.toString(16)} has no block`);
      }
    }
    for (let at = 0; at < this.#jump.length; at += 4) {
      if (this.#jump[at] === -1) continue;
      const block = this.find(this.#jump[at]!, this.#jump[at + 1]!, this.#jump[at + 2]!);
      if (block?.head !== this.#jump[at + 3]) throw new Error(`jump cache entry ${at / 4} leads to no block`);
    }
  }
}
