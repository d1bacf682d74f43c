/**
 * Translated blocks: where their code is, which records they are, who links to them; and what a store to their page invalidates.
 *
 * The key of a block is the linear-memory offset of its code (so the physical address), its virtual address, and the context (mode, world, instruction set,
 * data endianness, ITSTATE). Nothing that depends on a translation regime is in it.
 *
 * There are tens of thousands, most of which run a few times: so a block is no object but a header among the records (record.ts), and the lists that it is in
 * go through the headers. What is dropped keeps its room until all blocks are.
 */
import { PAGE_HAS_CODE, PAGE_SHIFT } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import type { Mmu } from '../mmu/mmu.ts';
import { CodeMap } from './code-map.ts';
import {
  type Block, BLOCK_CONTEXT, BLOCK_COST, BLOCK_HOST, BLOCK_INCOMING, BLOCK_LENGTH, BLOCK_SAME_HASH, BLOCK_SAME_PAGE, BLOCK_VA, counterOf, HANDLER_COUNT, HANDLER_ENTRY, HANDLER_NEXT,
  JUMP_ENTRIES, JUMP_ENTRY_BYTES, jumpEntry, NO_BLOCK, NO_LINK, RECORD_FAR, RECORD_HANDLER, RECORD_LINK, RECORD_SAME_TARGET,
} from './record.ts';

/** Translated code besides blocks that is lost when its bytes are stored to. */
export interface Watched {
  /** Lost with it, too. Its code begins in the page of a range. */
  readonly entry: Block;
  /** Pairs of linear-memory offsets, start and end, none across a page. */
  readonly ranges: readonly number[];
  /** Called when it is lost; the block at its entry may stay. */
  dropped(): void;
}

/** Instruction set, world and mode in a context. */
const CONTEXT_COUNTED = 0xfd;
/** There is a list of blocks by hash for each so many bytes of records: about as many as there can be blocks. */
const BYTES_A_LIST = 384;

export class Blocks {
  readonly #i32: Int32Array;
  readonly #u16: Uint16Array;
  readonly #mmu: Mmu;
  /** The first block of each hash. */
  readonly #byHash: Int32Array;
  readonly #hashShift: number;
  /** The first block of each page of linear memory. */
  readonly #byPage: Int32Array;
  readonly #watched = new Map<number, Set<Watched>>();
  readonly #code: CodeMap;
  readonly #jump: Int32Array;
  #size = 0;
  /** Whether entries are counted at all. */
  counts = false;

  constructor(memory: LinearMemory, mmu: Mmu) {
    const { layout } = memory;
    this.#i32 = memory.i32;
    this.#u16 = memory.u16;
    this.#mmu = mmu;
    const bits = Math.ceil(Math.log2(layout.recordBytes / BYTES_A_LIST));
    this.#byHash = memory.table(1 << bits);
    this.#hashShift = 32 - bits;
    this.#byPage = memory.table(layout.total >>> PAGE_SHIFT);
    this.#code = new CodeMap(memory);
    this.#jump = new Int32Array(memory.wasm.buffer, layout.jumpCache, JUMP_ENTRIES * JUMP_ENTRY_BYTES / 4);
    this.#jump.fill(-1);
    mmu.onCodeStore = (offset, bytes) => { this.#stored(offset, bytes); };
    mmu.isCode = (offset, bytes) => this.#code.has(offset, bytes);
  }

  get size(): number { return this.#size; }

  host(block: Block): number { return this.#i32[(block + BLOCK_HOST) >> 2]! >>> 0; }
  va(block: Block): number { return this.#i32[(block + BLOCK_VA) >> 2]!; }
  context(block: Block): number { return this.#i32[(block + BLOCK_CONTEXT) >> 2]!; }
  /** Its instructions. */
  cost(block: Block): number { return this.#u16[(block + BLOCK_COST) >> 1]!; }
  /** Bytes of its code; 0 where they were stored to. */
  #length(block: Block): number { return this.#u16[(block + BLOCK_LENGTH) >> 1]!; }
  isLost(block: Block): boolean { return this.#length(block) === 0; }
  isCounted(block: Block): boolean { return this.countsIn(this.context(block)); }
  /** Where a region may begin: not in an IT block, and not with big-endian data. */
  countsIn(context: number): boolean { return this.counts && (context & ~CONTEXT_COUNTED) === 0; }
  /** Whether the compiled region that starts here stands in the place of its count. */
  hasRegion(block: Block): boolean { return this.isCounted(block) && this.#i32[(counterOf(block) + RECORD_HANDLER) >> 2] !== HANDLER_COUNT; }

  #hash(host: number): number { return Math.imul(host, 0x9e3779b1) >>> this.#hashShift; }

  find(host: number, va: number, context: number): Block {
    const s = this.#i32;
    for (let block = this.#byHash[this.#hash(host)]!; block !== NO_BLOCK; block = s[(block + BLOCK_SAME_HASH) >> 2]!) {
      if (s[(block + BLOCK_VA) >> 2] === va && s[(block + BLOCK_CONTEXT) >> 2] === context && this.host(block) === host) return block;
    }
    return NO_BLOCK;
  }

  /** Adds a block of `cost` instructions and `length` bytes, whose first record is to be at `block`. */
  add(block: Block, host: number, va: number, context: number, cost: number, length: number): void {
    const s = this.#i32;
    const hash = this.#hash(host);
    const page = host >>> PAGE_SHIFT;
    s[(block + RECORD_HANDLER) >> 2] = HANDLER_ENTRY;
    s[(block + BLOCK_VA) >> 2] = va;
    s[(block + BLOCK_CONTEXT) >> 2] = context;
    this.#u16[(block + BLOCK_COST) >> 1] = cost;
    this.#u16[(block + BLOCK_LENGTH) >> 1] = length;
    s[(block + BLOCK_HOST) >> 2] = host;
    s[(block + BLOCK_INCOMING) >> 2] = 0;
    s[(block + BLOCK_SAME_HASH) >> 2] = this.#byHash[hash]!;
    s[(block + BLOCK_SAME_PAGE) >> 2] = this.#byPage[page]!;
    this.#byHash[hash] = block;
    this.#byPage[page] = block;
    this.#size++;
    this.#cover(host, length);
  }

  #cover(offset: number, bytes: number): void {
    this.#code.add(offset, bytes);
    this.#mmu.flagPage(offset >>> PAGE_SHIFT, PAGE_HAS_CODE);
  }

  /** Notes that the link of `record`, which is none yet, leads to a block. */
  linked(record: number, block: Block): void {
    const s = this.#i32;
    s[(record + RECORD_SAME_TARGET) >> 2] = s[(block + BLOCK_INCOMING) >> 2]!;
    s[(block + BLOCK_INCOMING) >> 2] = record;
  }

  /** Makes links that led past the counting lead to a block's region. */
  linkToRegion(block: Block): void {
    const s = this.#i32;
    for (let record = s[(block + BLOCK_INCOMING) >> 2]!; record !== 0; record = s[(record + RECORD_SAME_TARGET) >> 2]!) s[this.#linkWord(record)] = block;
  }

  /** Word of a link that is made. */
  #linkWord(record: number): number {
    return (record + (this.#i32[(record + RECORD_LINK) >> 2] === NO_LINK ? RECORD_FAR : RECORD_LINK)) >> 2;
  }

  watch(code: Watched): void {
    const { ranges } = code;
    for (let i = 0; i < ranges.length; i += 2) {
      const page = ranges[i]! >>> PAGE_SHIFT;
      let inPage = this.#watched.get(page);
      if (inPage === undefined) this.#watched.set(page, inPage = new Set());
      inPage.add(code);
      this.#cover(ranges[i]!, ranges[i + 1]! - ranges[i]!);
    }
  }

  unwatch(code: Watched): void {
    for (let i = 0; i < code.ranges.length; i += 2) {
      const page = code.ranges[i]! >>> PAGE_SHIFT;
      const inPage = this.#watched.get(page);
      if (inPage?.delete(code) !== true || inPage.size > 0) continue;
      this.#watched.delete(page);
      if (!this.#hasCode(page)) this.#recover(page);
    }
  }

  watches(code: Watched): boolean {
    for (let i = 0; i < code.ranges.length; i += 2) if (this.#watched.get(code.ranges[i]! >>> PAGE_SHIFT)?.has(code) !== true) return false;
    return true;
  }

  /** Lets generated code jump to the block by its address. */
  enterJumpCache(block: Block): void {
    const host = this.host(block);
    const at = jumpEntry(host) >> 2;
    this.#jump[at] = host;
    this.#jump[at + 1] = this.va(block);
    this.#jump[at + 2] = this.context(block);
    this.#jump[at + 3] = block;
  }

  /** `bytes` bytes of a page were stored to. */
  #stored(offset: number, bytes: number): void {
    if (!this.#code.has(offset, bytes)) return;
    const page = offset >>> PAGE_SHIFT;
    const touches = (from: number, to: number): boolean => from < offset + bytes && offset < to;
    const s = this.#i32;
    let kept = NO_BLOCK;
    for (let block = this.#byPage[page]!; block !== NO_BLOCK; block = s[(block + BLOCK_SAME_PAGE) >> 2]!) {
      const host = this.host(block);
      if (!touches(host, host + this.#length(block))) {
        kept = block;
        continue;
      }
      if (kept === NO_BLOCK) this.#byPage[page] = s[(block + BLOCK_SAME_PAGE) >> 2]!;
      else s[(kept + BLOCK_SAME_PAGE) >> 2] = s[(block + BLOCK_SAME_PAGE) >> 2]!;
      this.#remove(block);
      this.#mmu.dropped = true;
    }
    for (const code of this.#watched.get(page) ?? []) {
      let lost = this.isLost(code.entry);
      for (let i = 0; i < code.ranges.length; i += 2) lost ||= touches(code.ranges[i]!, code.ranges[i + 1]!);
      if (!lost) continue;
      code.dropped();
      this.#mmu.dropped = true;
    }
    this.#recover(page);
  }

  /** Finds anew what of a page is code. */
  #recover(page: number): void {
    const s = this.#i32;
    this.#code.clearPage(page);
    for (let block = this.#byPage[page]!; block !== NO_BLOCK; block = s[(block + BLOCK_SAME_PAGE) >> 2]!) this.#code.add(this.host(block), this.#length(block));
    for (const { ranges } of this.#watched.get(page) ?? []) {
      for (let i = 0; i < ranges.length; i += 2) if (ranges[i]! >>> PAGE_SHIFT === page) this.#code.add(ranges[i]!, ranges[i + 1]! - ranges[i]!);
    }
    if (!this.#hasCode(page)) this.#mmu.unflagPage(page, PAGE_HAS_CODE);
  }

  #hasCode(page: number): boolean { return this.#byPage[page] !== NO_BLOCK || this.#watched.has(page); }

  /** Takes a block from all but its page's list. */
  #remove(block: Block): void {
    const s = this.#i32;
    this.#size--;
    this.#u16[(block + BLOCK_LENGTH) >> 1] = 0;
    for (let record = s[(block + BLOCK_INCOMING) >> 2]!; record !== 0; record = s[(record + RECORD_SAME_TARGET) >> 2]!) {
      s[(record + RECORD_LINK) >> 2] = 0;
      if (s[(record + RECORD_HANDLER) >> 2] === HANDLER_NEXT) s[(record + RECORD_FAR) >> 2] = 0;
    }
    s[(block + BLOCK_INCOMING) >> 2] = 0;
    const host = this.host(block);
    const at = jumpEntry(host) >> 2;
    if (this.#jump[at] === host) this.#jump[at] = -1;
    const hash = this.#hash(host);
    const next = s[(block + BLOCK_SAME_HASH) >> 2]!;
    if (this.#byHash[hash] === block) {
      this.#byHash[hash] = next;
      return;
    }
    let before = this.#byHash[hash]!;
    while (s[(before + BLOCK_SAME_HASH) >> 2] !== block) before = s[(before + BLOCK_SAME_HASH) >> 2]!;
    s[(before + BLOCK_SAME_HASH) >> 2] = next;
  }

  /** Drops all blocks, whose room may be used again: the records are full, or memory was replaced as a whole. */
  clear(): void {
    // As most machines start: each page would be looked at.
    if (this.#size === 0 && this.#watched.size === 0) return;
    for (const inPage of this.#watched.values()) for (const code of inPage) code.dropped();
    this.#byPage.forEach((block, page) => {
      if ((this.#mmu.pageFlags(page) & PAGE_HAS_CODE) === 0) return;
      this.#code.clearPage(page);
      this.#mmu.unflagPage(page, PAGE_HAS_CODE);
      if (block !== NO_BLOCK) this.#byPage[page] = NO_BLOCK;
    });
    this.#byHash.fill(NO_BLOCK);
    this.#jump.fill(-1);
    this.#size = 0;
  }

  /** States what must hold of the blocks at any time; tests call it. Throws naming what does not. */
  assertInvariants(): void {
    const s = this.#i32;
    const name = (block: Block): string => `block at ${(this.va(block) >>> 0).toString(16)}`;
    let count = 0;
    this.#byPage.forEach((first, page) => {
      if (((this.#mmu.pageFlags(page) & PAGE_HAS_CODE) !== 0) !== this.#hasCode(page)) throw new Error(`page ${page}: watched without code, or code without being watched`);
      for (let block = first; block !== NO_BLOCK; block = s[(block + BLOCK_SAME_PAGE) >> 2]!) {
        if (++count > this.#size) throw new Error('more blocks in pages than there are');
        if (this.isLost(block)) throw new Error(`${name(block)} is lost, but in its page's list`);
        if (this.host(block) >>> PAGE_SHIFT !== page) throw new Error(`${name(block)} is in another page's list`);
        if (!this.#code.has(this.host(block), this.#length(block))) throw new Error(`${name(block)} is not covered`);
        if (this.find(this.host(block), this.va(block), this.context(block)) !== block) throw new Error(`${name(block)} cannot be found`);
        this.#assertLinks(block, name(block));
      }
    });
    if (count !== this.#size) throw new Error(`${count} blocks in pages, of ${this.#size}`);
    this.#byHash.forEach((first) => {
      for (let block = first; block !== NO_BLOCK; block = s[(block + BLOCK_SAME_HASH) >> 2]!) {
        if (--count < 0) throw new Error('more blocks by hash than there are');
        if (this.isLost(block)) throw new Error(`${name(block)} is lost, but can be found`);
      }
    });
    for (const inPage of this.#watched.values()) {
      for (const { entry } of inPage) {
        if (!this.hasRegion(entry)) throw new Error(`${name(entry)} has a region that is watched but not in force`);
        if (this.find(this.host(entry), this.va(entry), this.context(entry)) !== entry) throw new Error(`${name(entry)} has a region but cannot be found`);
      }
    }
    for (let at = 0; at < this.#jump.length; at += 4) {
      if (this.#jump[at] === -1) continue;
      const block = this.find(this.#jump[at]! >>> 0, this.#jump[at + 1]!, this.#jump[at + 2]!);
      if (block === NO_BLOCK || block !== this.#jump[at + 3]) throw new Error(`jump cache entry ${at / 4} leads to no block`);
    }
  }

  #assertLinks(block: Block, name: string): void {
    const s = this.#i32;
    const seen = new Set<number>();
    for (let record = s[(block + BLOCK_INCOMING) >> 2]!; record !== 0; record = s[(record + RECORD_SAME_TARGET) >> 2]!) {
      if (seen.has(record)) throw new Error(`${name}: a record links to it twice`);
      seen.add(record);
      const target = s[this.#linkWord(record)]!;
      if (target !== block && (target !== counterOf(block) || !this.isCounted(block) || this.hasRegion(block))) throw new Error(`${name}: a link in its list leads elsewhere`);
    }
  }
}
