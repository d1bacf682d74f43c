/**
 * Translation regimes and their tables (the TLB).
 *
 * A regime is everything that a translation depends on except the tables in memory: world, privilege, TTBRs, TTBCR, DACR and the control bits. Each live
 * regime owns a direct-mapped table in linear memory that generated code looks into; CP15 writes choose a table, and flush nothing.
 *
 * **A cached translation is never stale.** Each entry is linked to the descriptors that it was derived from and to the page that it leads to: a store to
 * such a descriptor, by the CPU or by DMA, drops the entries derived from it. So a guest cannot observe the TLB, TLB maintenance has nothing to do,
 * and ASIDs do not matter here. (The architecture lets a CPU hold stale entries; it does not require it.)
 */
import { FETCH, NONSECURE, PRIVILEGED, WRITE, type BusPort } from '../bus-port.ts';
import {
  MODE_MON, MODE_USR, NO_SECTION, NO_TAG, PAGE_CACHE_SECTIONS, PAGE_CACHE_STORES, PAGE_CACHE_WORDS, PAGE_HAS_CODE, PAGE_HAS_WALKS, PAGE_SHIFT, PAGE_SIZE, REGIME_ENTRIES,
  REGIME_HASH_DACR, REGIME_HASH_TTBR0, REGIME_WORDS, SECTION_SIZE, STATE, TLB_ADDEND, TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_FETCH, TLB_READ, TLB_TABLES, TLB_WRITE, tableSlot,
} from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import { PROBE_ALIGNED, PROBE_LOW, PROBE_LOW_SHIFT, PROBE_REST, PROBE_REST_SHIFT, PROBE_STORE, PROBE_UNPRIVILEGED } from './probe-info.ts';
import { FAULT_NONE } from './faults.ts';
import { MAY_FETCH, MAY_READ, MAY_WRITE, MEMORY_NORMAL, SCTLR_A, SCTLR_AFE, SCTLR_EE, SCTLR_M, SCTLR_TRE, Walker } from './walk.ts';

const ENTRY_WORDS = TLB_ENTRY_BYTES / 4;
const KEY_WORDS = 8;
const INDEX_SIZE = 256;
/** What a world's translation depends on. */
const SEEN_WORDS = 7;
/** Lists by descriptor are hashed. */
const DESCRIPTOR_BUCKETS = 1 << 16;
/** What is known of a section of physical addresses. */
const UNKNOWN = 0;
const IN_ONE_PIECE = 1;
const IN_PIECES = 2;

/** A doubly linked list per head, over TLB entries numbered from 0; numbers are stored plus one so that zeroed arrays are empty. */
class EntryLists {
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

export class Mmu {
  readonly walker: Walker;
  readonly #memory: LinearMemory;
  readonly #bus: BusPort;
  readonly #tlbWord: number;
  readonly #flagsOffset: number;
  readonly #regimes = new Int32Array(TLB_TABLES * KEY_WORDS);
  readonly #regimeIndex = new Int16Array(INDEX_SIZE).fill(-1);
  /** Each regime's place in the index, before probing. */
  readonly #hashes = new Int32Array(TLB_TABLES);
  #regimeCount = 0;
  #nextVictim = 0;
  readonly #wanted = new Int32Array(KEY_WORDS);
  /** Each world's registers but TTBR0 and DACR, then these two, as they were when its tables were chosen. */
  readonly #seen = new Int32Array(2 * SEEN_WORDS);
  readonly #byPage: EntryLists;
  readonly #byFirst: EntryLists;
  readonly #bySecond: EntryLists;
  /** Descriptor (linear-memory word index) of an entry at each level. */
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  /** Memory type of each entry; 1 where it permits stores, whatever is watched. */
  readonly #types: Uint8Array;
  readonly #permitsStores: Uint8Array;
  /** For 32 entries each, a bit of those that may be live: what clearing a table looks at. */
  readonly #used = new Int32Array(TLB_TABLES * TLB_ENTRIES / 32);
  /** For each section of physical addresses, as each world and privilege sees it, whether it is plain memory in one piece. */
  readonly #pieces = new Uint8Array(4 * 2 ** 32 / SECTION_SIZE);
  /** How many entries were derived from descriptors in each page. */
  readonly #walksInPage: Int32Array;
  /** Set when a store dropped a translation or code: generated code must not run on without looking again. */
  dropped = false;
  /** Called when a page with translated code is stored to. */
  onCodeStore: (offset: number, bytes: number) => void = () => undefined;
  /** Whether a store to a page with translated code may touch such code. */
  isCode: (offset: number, bytes: number) => boolean = () => true;

  constructor(memory: LinearMemory, bus: BusPort) {
    this.#memory = memory;
    this.#bus = bus;
    this.walker = new Walker(memory, bus);
    this.#tlbWord = memory.layout.tlb >> 2;
    this.#flagsOffset = memory.layout.pageFlags;
    const entries = TLB_TABLES * TLB_ENTRIES;
    const pages = memory.layout.total >>> PAGE_SHIFT;
    this.#byPage = new EntryLists(memory, pages, entries);
    this.#byFirst = new EntryLists(memory, DESCRIPTOR_BUCKETS, entries);
    this.#bySecond = new EntryLists(memory, DESCRIPTOR_BUCKETS, entries);
    this.#first = memory.table(entries);
    this.#second = memory.table(entries);
    this.#types = new Uint8Array(entries);
    this.#permitsStores = new Uint8Array(entries);
    this.#walksInPage = memory.table(pages);
    this.#clearAll();
  }

  /** The world whose CP15 copies and tables are in force: monitor mode is secure whatever SCR.NS says. */
  world(): number {
    const { i32 } = this.#memory;
    return i32[STATE.mode] === MODE_MON ? 0 : i32[STATE.SCR]! & 1;
  }

  /** Chooses the tables after a change of mode or world. */
  select(): void {
    const { i32 } = this.#memory;
    const world = this.world();
    const user = this.#table(world, false);
    i32[STATE.tlbUser] = user;
    i32[STATE.tlb] = i32[STATE.mode] === MODE_USR ? user : this.#table(world, true);
  }

  /** Offset of the table for privileged accesses of the world in force, whatever the mode. */
  privilegedTable(): number {
    const world = this.world();
    const chosen = this.#memory.i32[STATE.tables + world + 2]!;
    return chosen !== 0 ? chosen : this.#table(world, true);
  }

  /** To be called when a register that a translation depends on was written: the tables are chosen anew. */
  registersChanged(): void {
    for (let world = 0; world < 2; world++) this.#look(world);
    this.select();
  }

  /** Forgets the world's tables if its TTBR0 or DACR changed, and what was chosen for other values of them too if anything else did. */
  #look(world: number): void {
    const { i32 } = this.#memory;
    const seen = this.#seen;
    const at = world * SEEN_WORDS;
    const sctlr = i32[STATE.SCTLR + world]! & (SCTLR_M | SCTLR_AFE | SCTLR_TRE | SCTLR_EE);
    const ttbr0 = i32[STATE.TTBR0 + world]!;
    const ttbr1 = i32[STATE.TTBR1 + world]!;
    const ttbcr = i32[STATE.TTBCR + world]!;
    const dacr = i32[STATE.DACR + world]!;
    const prrr = i32[STATE.PRRR + world]!;
    const nmrr = i32[STATE.NMRR + world]!;
    const others = seen[at] !== sctlr || seen[at + 1] !== ttbr1 || seen[at + 2] !== ttbcr || seen[at + 3] !== prrr || seen[at + 4] !== nmrr;
    if (others) {
      const from = STATE.regimes + world * REGIME_WORDS;
      i32.fill(0, from, from + REGIME_WORDS);
    } else if (seen[at + 5] === ttbr0 && seen[at + 6] === dacr) {
      return;
    }
    seen[at] = sctlr;
    seen[at + 1] = ttbr1;
    seen[at + 2] = ttbcr;
    seen[at + 3] = prrr;
    seen[at + 4] = nmrr;
    seen[at + 5] = ttbr0;
    seen[at + 6] = dacr;
    i32[STATE.tables + tableSlot(world, false)] = 0;
    i32[STATE.tables + tableSlot(world, true)] = 0;
  }

  /** Offset of the table for a world and privilege: the one chosen before, as long as no register changed. */
  #table(world: number, privileged: boolean): number {
    const { i32 } = this.#memory;
    const slot = tableSlot(world, privileged);
    const chosen = i32[STATE.tables + slot]!;
    if (chosen !== 0) return chosen;
    const ttbr0 = i32[STATE.TTBR0 + world]!;
    const dacr = i32[STATE.DACR + world]!;
    const hash = (Math.imul(ttbr0, REGIME_HASH_TTBR0) + Math.imul(dacr, REGIME_HASH_DACR)) >>> (32 - Math.log2(REGIME_ENTRIES));
    const entry = STATE.regimes + world * REGIME_WORDS + hash * 4;
    const which = entry + (privileged ? 3 : 2);
    const known = i32[entry] === ttbr0 && i32[entry + 1] === dacr && i32[which] !== 0;
    const table = known ? i32[which]! : this.#regime(world, privileged ? 1 : 0);
    // A new regime may have made all others be forgotten: the key is looked at only now.
    if (i32[entry] !== ttbr0 || i32[entry + 1] !== dacr) {
      i32[entry] = ttbr0;
      i32[entry + 1] = dacr;
      i32[entry + 2] = 0;
      i32[entry + 3] = 0;
    }
    i32[which] = table;
    i32[STATE.tables + slot] = table;
    if (i32[STATE.pageCacheOf + slot] !== table) {
      this.#clearPageCache(slot);
      i32[STATE.pageCacheOf + slot] = table;
    }
    return table;
  }

  #forgetTables(): void {
    const { i32 } = this.#memory;
    i32.fill(0, STATE.tables, STATE.tables + 4);
    i32.fill(0, STATE.regimes, STATE.regimes + 2 * REGIME_WORDS);
  }

  #clearPageCache(slot: number): void {
    const from = STATE.pageCache + slot * PAGE_CACHE_WORDS;
    this.#memory.i32.fill(NO_TAG, from, from + PAGE_CACHE_WORDS);
  }

  #clearPageCaches(): void { this.#memory.i32.fill(NO_TAG, STATE.pageCache, STATE.pageCache + 4 * PAGE_CACHE_WORDS); }

  #regime(world: number, privileged: number): number {
    const { i32 } = this.#memory;
    const wanted = this.#wanted;
    const sctlr = i32[STATE.SCTLR + world]!;
    const on = sctlr & SCTLR_M;
    wanted[0] = world | privileged << 1 | on << 2 | 8;
    if (on !== 0) {
      wanted[1] = sctlr & (SCTLR_AFE | SCTLR_TRE | SCTLR_EE);
      wanted[2] = i32[STATE.TTBR0 + world]!;
      wanted[3] = i32[STATE.TTBR1 + world]!;
      wanted[4] = i32[STATE.TTBCR + world]!;
      wanted[5] = i32[STATE.DACR + world]!;
      wanted[6] = i32[STATE.PRRR + world]!;
      wanted[7] = i32[STATE.NMRR + world]!;
    } else {
      for (let i = 1; i < KEY_WORDS; i++) wanted[i] = 0;
    }
    return this.#findRegime();
  }

  #findRegime(): number {
    const wanted = this.#wanted;
    let hash = 0;
    for (let i = 0; i < KEY_WORDS; i++) hash = Math.imul(hash ^ wanted[i]!, 0x9e3779b1) ^ (hash >>> 15);
    hash = (hash ^ (hash >>> 13)) >>> 0;
    for (let probe = 0; probe < INDEX_SIZE; probe++) {
      const slot = (hash + probe) & (INDEX_SIZE - 1);
      const id = this.#regimeIndex[slot]!;
      if (id < 0) return this.#newRegime(slot, hash);
      if (this.#sameRegime(id)) return this.#tableOffset(id);
    }
    throw new Error('regime index is full');
  }

  #sameRegime(id: number): boolean {
    for (let i = 0; i < KEY_WORDS; i++) if (this.#regimes[id * KEY_WORDS + i] !== this.#wanted[i]) return false;
    return true;
  }

  #tableOffset(id: number): number {
    return this.#memory.layout.tlb + id * TLB_ENTRIES * TLB_ENTRY_BYTES;
  }

  #newRegime(slot: number, hash: number): number {
    let id: number;
    if (this.#regimeCount < TLB_TABLES) {
      id = this.#regimeCount++;
      this.#regimeIndex[slot] = id;
    } else {
      // The oldest table that is not in force gives way. The index is made anew, as linear probing has no deletion.
      const { i32 } = this.#memory;
      do {
        id = this.#nextVictim;
        this.#nextVictim = (id + 1) % TLB_TABLES;
      } while (this.#tableOffset(id) === i32[STATE.tlb] || this.#tableOffset(id) === i32[STATE.tlbUser]);
      this.#clearTable(id);
      this.#hashes[id] = hash;
      this.#regimes.set(this.#wanted, id * KEY_WORDS);
      this.#forgetTables();
      this.#rebuildIndex();
      return this.#tableOffset(id);
    }
    this.#hashes[id] = hash;
    this.#regimes.set(this.#wanted, id * KEY_WORDS);
    return this.#tableOffset(id);
  }

  #rebuildIndex(): void {
    this.#regimeIndex.fill(-1);
    for (let id = 0; id < this.#regimeCount; id++) {
      let slot = this.#hashes[id]! & (INDEX_SIZE - 1);
      while (this.#regimeIndex[slot]! >= 0) slot = (slot + 1) & (INDEX_SIZE - 1);
      this.#regimeIndex[slot] = id;
    }
  }

  #clearTable(id: number): void {
    const used = this.#used;
    const first = id * TLB_ENTRIES / 32;
    for (let group = first; group < first + TLB_ENTRIES / 32; group++) {
      for (let bits = used[group]!; bits !== 0; bits &= bits - 1) {
        const entry = group * 32 + 31 - Math.clz32(bits & -bits);
        if (this.#byPage.head[entry] !== 0) this.#drop(entry);
      }
      used[group] = 0;
    }
  }

  #clearAll(): void {
    const { i32 } = this.#memory;
    const end = this.#tlbWord + TLB_TABLES * TLB_ENTRIES * ENTRY_WORDS;
    for (let word = this.#tlbWord; word < end; word += ENTRY_WORDS) {
      i32[word + TLB_READ] = NO_TAG;
      i32[word + TLB_WRITE] = NO_TAG;
      i32[word + TLB_FETCH] = NO_TAG;
    }
  }

  /** Drops every cached translation: the bus's protection changed, or the whole state was replaced. */
  dropAll(): void {
    for (let id = 0; id < this.#regimeCount; id++) this.#clearTable(id);
    this.#regimeCount = 0;
    this.#nextVictim = 0;
    this.#regimeIndex.fill(-1);
    this.#pieces.fill(UNKNOWN);
    this.#forgetTables();
    this.dropped = true;
    this.#clearPageCaches();
    this.#look(0);
    this.#look(1);
    this.select();
  }

  /** Number of the entry for a virtual address in a table (an offset as in STATE.tlb). */
  #entry(table: number, va: number): number {
    return (table - this.#memory.layout.tlb) / TLB_ENTRY_BYTES + ((va >>> PAGE_SHIFT) & (TLB_ENTRIES - 1));
  }

  /** Memory type of the cached translation for `va`; valid only after a hit. */
  typeOf(table: number, va: number): number {
    return this.#types[this.#entry(table, va)]!;
  }

  /**
   * Walks for `va` and caches what can be cached. The result is in `walker`; permissions are returned as MAY_* flags (0 with a fault).
   * `table` is STATE.tlb's or STATE.tlbUser's value; `privileged` must be the regime's.
   */
  refill(table: number, va: number, privileged: boolean): number {
    const world = this.world();
    const walker = this.walker;
    walker.walk(va, world);
    if (walker.fault !== FAULT_NONE) return 0;
    const allowed = walker.permissions(privileged, world);
    if (!walker.cacheable || allowed === 0) return allowed;
    const attributes = (walker.nonsecure ? NONSECURE : 0) | (privileged ? PRIVILEGED : 0);
    const page = va & ~(PAGE_SIZE - 1);
    const pa = (walker.pa & ~(PAGE_SIZE - 1)) >>> 0;
    const read = (allowed & MAY_READ) !== 0 ? this.#bus.page(pa, attributes) : -1;
    const write = (allowed & MAY_WRITE) !== 0 ? this.#bus.page(pa, attributes | WRITE) : -1;
    const fetch = (allowed & MAY_FETCH) !== 0 ? this.#bus.page(pa, attributes | FETCH) : -1;
    const host = read >= 0 ? read : write >= 0 ? write : fetch;
    if (host < 0) return allowed;
    const entry = this.#entry(table, va);
    if (this.#byPage.head[entry] !== 0) this.#drop(entry);
    const { i32, u8 } = this.#memory;
    // The walk's own pages are watched before this entry decides whether its page may be stored to directly.
    if (walker.host1 >= 0) this.#derive(this.#byFirst, this.#first, entry, walker.host1);
    if (walker.host2 >= 0) this.#derive(this.#bySecond, this.#second, entry, walker.host2);
    this.#byPage.link(entry, host >>> PAGE_SHIFT);
    this.#used[entry >> 5]! |= 1 << (entry & 31);
    this.#types[entry] = walker.memoryType;
    this.#permitsStores[entry] = write >= 0 ? 1 : 0;
    const word = this.#tlbWord + entry * ENTRY_WORDS;
    i32[word + TLB_READ] = read >= 0 ? page : NO_TAG;
    i32[word + TLB_WRITE] = write >= 0 && u8[this.#flagsOffset + (host >>> PAGE_SHIFT)] === 0 ? page : NO_TAG;
    i32[word + TLB_FETCH] = fetch >= 0 ? page : NO_TAG;
    i32[word + TLB_ADDEND] = (host - page) | 0;
    u8[this.#memory.layout.sections + entry] = walker.level < 2 && read >= 0 && this.#inOnePiece(pa, attributes) ? 0 : NO_SECTION;
    return allowed;
  }

  /** Whether all of the section of physical addresses around `pa` may be read as its page may, and is as contiguous in linear memory. */
  #inOnePiece(pa: number, attributes: number): boolean {
    const at = (pa >>> 20) * 4 + ((attributes / PRIVILEGED) & 3);
    if (this.#pieces[at] === UNKNOWN) {
      const start = pa - pa % SECTION_SIZE;
      const host = this.#bus.page(start, attributes);
      let same = 0;
      while (host >= 0 && same < SECTION_SIZE && this.#bus.page(start + same, attributes) === host + same) same += PAGE_SIZE;
      this.#pieces[at] = same === SECTION_SIZE ? IN_ONE_PIECE : IN_PIECES;
    }
    return this.#pieces[at] === IN_ONE_PIECE;
  }

  /** Whether loads by code at `va` may go by sections (NO_SECTION): it lies in one itself, as the table in force has it cached. */
  liesInSection(va: number): boolean {
    const { i32, u8, layout } = this.#memory;
    const entry = this.#entry(i32[STATE.tlb]!, va);
    return i32[this.#tlbWord + entry * ENTRY_WORDS + TLB_FETCH] === (va & ~(PAGE_SIZE - 1)) && u8[layout.sections + entry] === 0;
  }

  static #bucket(word: number): number {
    return (Math.imul(word, 0x9e3779b1) >>> 16) & (DESCRIPTOR_BUCKETS - 1);
  }

  #derive(lists: EntryLists, words: Int32Array, entry: number, host: number): void {
    words[entry] = host >> 2;
    lists.link(entry, Mmu.#bucket(host >> 2));
    const page = host >>> PAGE_SHIFT;
    this.#walksInPage[page]!++;
    this.flagPage(page, PAGE_HAS_WALKS);
  }

  /** Sets a flag of a page of linear memory, so that stores to it take the slow path from now on. */
  flagPage(page: number, flag: number): void {
    const { i32, u8 } = this.#memory;
    const at = this.#flagsOffset + page;
    if ((u8[at]! & flag) !== 0) return;
    u8[at] = u8[at]! | flag;
    this.#clearPageCaches();
    for (let entry = this.#byPage.heads[page]!; entry !== 0; entry = this.#byPage.next[entry - 1]!) {
      i32[this.#tlbWord + (entry - 1) * ENTRY_WORDS + TLB_WRITE] = NO_TAG;
    }
  }

  unflagPage(page: number, flag: number): void {
    const { u8 } = this.#memory;
    u8[this.#flagsOffset + page] = u8[this.#flagsOffset + page]! & ~flag;
  }

  pageFlags(page: number): number {
    return this.#memory.u8[this.#flagsOffset + page]!;
  }

  #drop(entry: number): void {
    const { i32 } = this.#memory;
    const table = this.#tableOffset(Math.floor(entry / TLB_ENTRIES));
    for (let slot = 0; slot < 4; slot++) if (i32[STATE.pageCacheOf + slot] === table) this.#clearPageCache(slot);
    const word = this.#tlbWord + entry * ENTRY_WORDS;
    i32[word + TLB_READ] = NO_TAG;
    i32[word + TLB_WRITE] = NO_TAG;
    i32[word + TLB_FETCH] = NO_TAG;
    this.#byPage.unlink(entry);
    if (this.#byFirst.head[entry] !== 0) {
      this.#byFirst.unlink(entry);
      this.#walksInPage[this.#first[entry]! >>> (PAGE_SHIFT - 2)]!--;
    }
    if (this.#bySecond.head[entry] !== 0) {
      this.#bySecond.unlink(entry);
      this.#walksInPage[this.#second[entry]! >>> (PAGE_SHIFT - 2)]!--;
    }
  }

  /** To be called after `bytes` bytes at `offset` of linear memory were stored to, where the page has flags. */
  stored(offset: number, bytes: number): void {
    const last = offset + bytes - 1;
    for (let page = offset >>> PAGE_SHIFT; page <= last >>> PAGE_SHIFT; page++) {
      const flags = this.pageFlags(page);
      if (flags === 0) continue;
      const from = Math.max(offset, page * PAGE_SIZE);
      const to = Math.min(last, page * PAGE_SIZE + PAGE_SIZE - 1);
      if ((flags & PAGE_HAS_WALKS) !== 0) this.#storedToTables(page, from, to);
      if ((flags & PAGE_HAS_CODE) !== 0) this.onCodeStore(from, to - from + 1);
    }
  }

  #storedToTables(page: number, from: number, to: number): void {
    if (this.#walksInPage[page] === 0) {
      this.unflagPage(page, PAGE_HAS_WALKS);
      return;
    }
    for (let word = from >> 2; word <= to >> 2; word++) {
      this.#dropDerived(this.#byFirst, this.#first, word);
      this.#dropDerived(this.#bySecond, this.#second, word);
    }
  }

  #dropDerived(lists: EntryLists, words: Int32Array, word: number): void {
    let at = lists.heads[Mmu.#bucket(word)]!;
    while (at !== 0) {
      const entry = at - 1;
      at = lists.next[entry]!;
      if (words[entry] === word) {
        this.#drop(entry);
        this.dropped = true;
      }
    }
  }

  /**
   * Where generated code may access memory though the table says nothing of it yet, or the access is unaligned, or its page is watched and the store
   * touches nothing that was derived from it. Returns the offset in linear memory; -1 where the evaluate tier must look. `info` is probeInfo's.
   */
  probe(va: number, info: number): number {
    const { i32 } = this.#memory;
    const unprivileged = (info & PROBE_UNPRIVILEGED) !== 0;
    const table = unprivileged ? i32[STATE.tlbUser]! : i32[STATE.tlb]!;
    const low = (info >> PROBE_LOW_SHIFT) & PROBE_LOW;
    const bytes = ((info >> PROBE_REST_SHIFT) & PROBE_REST) + low + 1;
    if ((va & (PAGE_SIZE - 1)) + bytes > PAGE_SIZE) return -1;
    const unaligned = (va & low) !== 0;
    if (unaligned && ((info & PROBE_ALIGNED) !== 0 || (i32[STATE.SCTLR + this.world()]! & SCTLR_A) !== 0)) return -1;
    const store = (info & PROBE_STORE) !== 0;
    const page = va & ~(PAGE_SIZE - 1);
    const entry = this.#entry(table, va);
    const at = this.#tlbWord + entry * ENTRY_WORDS;
    const word = at + (store ? TLB_WRITE : TLB_READ);
    if (i32[word] !== page && (!store || i32[at + TLB_READ] !== page || this.#permitsStores[entry] === 0)) {
      this.refill(table, va, !unprivileged && i32[STATE.mode] !== MODE_USR);
      if (i32[at + TLB_READ] !== page) return -1;
    }
    if (unaligned && this.#types[entry] !== MEMORY_NORMAL) return -1;
    const host = (va + i32[at + TLB_ADDEND]!) >>> 0;
    if (i32[word] === page) return host;
    if (this.#permitsStores[entry] === 0) return -1;
    const watched = this.#watched(host, bytes);
    if (!watched && this.pageFlags(host >>> PAGE_SHIFT) === 0) i32[word] = page;
    return watched ? -1 : host;
  }

  /** Whether a store within a page may touch what was derived from it. */
  #watched(offset: number, bytes: number): boolean {
    const page = offset >>> PAGE_SHIFT;
    if ((this.pageFlags(page) & PAGE_HAS_WALKS) !== 0) {
      if (this.#walksInPage[page] === 0) this.unflagPage(page, PAGE_HAS_WALKS);
      else {
        for (let word = offset >> 2; word <= (offset + bytes - 1) >> 2; word++) {
          if (this.#isDerived(this.#byFirst, this.#first, word) || this.#isDerived(this.#bySecond, this.#second, word)) return true;
        }
      }
    }
    return (this.pageFlags(page) & PAGE_HAS_CODE) !== 0 && this.isCode(offset, bytes);
  }

  #isDerived(lists: EntryLists, words: Int32Array, word: number): boolean {
    for (let at = lists.heads[Mmu.#bucket(word)]!; at !== 0; at = lists.next[at - 1]!) if (words[at - 1] === word) return true;
    return false;
  }

  /** States what must hold of the tables at any time; tests call it. Throws naming what does not. */
  assertInvariants(): void {
    const { i32 } = this.#memory;
    const counts = new Int32Array(this.#walksInPage.length);
    for (let entry = 0; entry < TLB_TABLES * TLB_ENTRIES; entry++) {
      const word = this.#tlbWord + entry * ENTRY_WORDS;
      const live = i32[word + TLB_READ] !== NO_TAG || i32[word + TLB_WRITE] !== NO_TAG || i32[word + TLB_FETCH] !== NO_TAG;
      if (this.#byFirst.head[entry] !== 0) counts[this.#first[entry]! >>> (PAGE_SHIFT - 2)]!++;
      if (this.#bySecond.head[entry] !== 0) counts[this.#second[entry]! >>> (PAGE_SHIFT - 2)]!++;
      if (!live) continue;
      const linked = this.#byPage.head[entry]! - 1;
      if (linked < 0) throw new Error(`TLB entry ${entry} is live but not linked to its page`);
      if ((this.#used[entry >> 5]! >>> (entry & 31) & 1) === 0) throw new Error(`TLB entry ${entry} is live but not among those in use`);
      if (i32[word + TLB_WRITE] !== NO_TAG && this.pageFlags(linked) !== 0) throw new Error(`TLB entry ${entry} may store to a flagged page`);
    }
    this.#assertPageCache();
    counts.forEach((count, page) => {
      if (count !== this.#walksInPage[page]) throw new Error(`page ${page}: ${count} derived entries, counted ${this.#walksInPage[page]}`);
      if (count > 0 && (this.pageFlags(page) & PAGE_HAS_WALKS) === 0) throw new Error(`page ${page} has walks but is not watched`);
    });
  }

  #assertPageCache(): void {
    const { i32 } = this.#memory;
    for (let i = 0; i < 4 * PAGE_CACHE_WORDS; i += 2) {
      const at = STATE.pageCache + i;
      const tag = i32[at]!;
      if (tag === NO_TAG) continue;
      const kind = i % PAGE_CACHE_WORDS;
      const pageOffset = i32[at + 1]! + tag;
      const entry = this.#entry(i32[STATE.pageCacheOf + Math.floor(i / PAGE_CACHE_WORDS)]!, tag);
      if (kind >= PAGE_CACHE_SECTIONS) {
        this.#assertSection(tag, i32[at + 1]!, entry);
        continue;
      }
      const store = kind >= PAGE_CACHE_STORES;
      // The entry that it was copied from may have made room for another since; its rights must still hold.
      if (store && this.pageFlags(pageOffset >>> PAGE_SHIFT) !== 0) throw new Error(`page cache entry ${i} may store to a flagged page`);
      const word = this.#tlbWord + entry * ENTRY_WORDS;
      if (i32[word + (store ? TLB_WRITE : TLB_READ)] === tag && i32[word + TLB_ADDEND] !== i32[at + 1]) throw new Error(`page cache entry ${i} differs from the TLB`);
    }
    for (let slot = 0; slot < 4; slot++) {
      const table = i32[STATE.tables + slot]!;
      if (table !== 0 && table !== i32[STATE.pageCacheOf + slot]) throw new Error(`page cache ${slot} is not of the table in force`);
    }
    for (let at = STATE.regimes; at < STATE.regimes + 2 * REGIME_WORDS; at += 4) {
      const world = at < STATE.regimes + REGIME_WORDS ? 0 : 1;
      for (const privileged of [0, 1]) {
        const table = i32[at + 2 + privileged]!;
        if (table === 0) continue;
        const key = (table - this.#memory.layout.tlb) / TLB_ENTRY_BYTES / TLB_ENTRIES * KEY_WORDS;
        const on = (this.#regimes[key]! & 4) !== 0;
        if ((this.#regimes[key]! & 3) !== (world | privileged << 1) || (on && (this.#regimes[key + 2] !== i32[at] || this.#regimes[key + 5] !== i32[at + 1]))) {
          throw new Error(`regime of TTBR0 ${i32[at]!.toString(16)} leads to another one's table`);
        }
      }
    }
  }

  /** `first`: where the table has the section's first page. */
  #assertSection(tag: number, addend: number, first: number): void {
    const { i32, u8, layout } = this.#memory;
    if ((tag & NO_SECTION) !== 0) return;
    let known = false;
    for (let page = 0; page < SECTION_SIZE / PAGE_SIZE; page++) {
      const word = this.#tlbWord + (first + page) * ENTRY_WORDS;
      if (i32[word + TLB_READ] !== tag + page * PAGE_SIZE) continue;
      known = true;
      if (i32[word + TLB_ADDEND] !== addend || u8[layout.sections + first + page] !== 0) throw new Error(`section ${(tag >>> 0).toString(16)} of the page cache differs from the TLB`);
    }
    if (!known) throw new Error(`section ${(tag >>> 0).toString(16)} of the page cache is not in the TLB`);
  }

  /** Whether unaligned accesses through this entry are allowed by its memory type. */
  isNormal(table: number, va: number): boolean {
    return this.typeOf(table, va) === MEMORY_NORMAL;
  }
}
