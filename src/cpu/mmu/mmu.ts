/**
 * Cached translations (the TLB): each translation regime (regimes.ts) has a direct-mapped table in linear memory that generated code looks into. What fills
 * and drops its entries is here, and what watches the pages that stores must not reach unseen.
 *
 * **A cached translation is never stale.** Each entry is linked to the descriptors that it was derived from and to the page that it leads to: a store to
 * such a descriptor, by the CPU or by DMA, drops the entries derived from it. So a guest cannot observe the TLB, TLB maintenance has nothing to do,
 * and ASIDs do not matter here. (The architecture lets a CPU hold stale entries; it does not require it.)
 */
import { FETCH, NONSECURE, PRIVILEGED, WRITE, type BusPort } from '../bus-port.ts';
import {
  MODE_USR, NO_SECTION, NO_TAG, PAGE_HAS_CODE, PAGE_HAS_WALKS, PAGE_SHIFT, PAGE_SIZE, SECTION_SIZE, STATE, TLB_ADDEND, TLB_ENTRIES, TLB_FETCH, TLB_READ, TLB_TABLES, TLB_WRITE,
} from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import { Derivations } from './derivations.ts';
import { EntryLists } from './entry-lists.ts';
import { FAULT_NONE } from './faults.ts';
import { assertInvariants } from './invariants.ts';
import { clearPageCaches, clearPageCachesOf } from './page-caches.ts';
import { PROBE_ALIGNED, PROBE_LOW, PROBE_LOW_SHIFT, PROBE_REST, PROBE_REST_SHIFT, PROBE_STORE, PROBE_UNPRIVILEGED } from './probe-info.ts';
import { Regimes } from './regimes.ts';
import { ENTRY_WORDS, entryOf, tableOffset } from './tables.ts';
import { MAY_FETCH, MAY_READ, MAY_WRITE, MEMORY_NORMAL, SCTLR_A, Walker } from './walk.ts';

/** What is known of a section of physical addresses. */
const UNKNOWN = 0;
const IN_ONE_PIECE = 1;
const IN_PIECES = 2;

export class Mmu {
  readonly walker: Walker;
  readonly #memory: LinearMemory;
  readonly #bus: BusPort;
  readonly #tlbWord: number;
  readonly #flagsOffset: number;
  readonly #regimes: Regimes;
  readonly #byPage: EntryLists;
  readonly #derivations: Derivations;
  /** Memory type of each entry; 1 where it permits stores, whatever is watched. */
  readonly #types: Uint8Array;
  readonly #permitsStores: Uint8Array;
  /** For 32 entries each, a bit of those that may be live: what clearing a table looks at. */
  readonly #used = new Int32Array(TLB_TABLES * TLB_ENTRIES / 32);
  /** For each section of physical addresses, as each world and privilege sees it, whether it is plain memory in one piece. */
  readonly #pieces = new Uint8Array(4 * 2 ** 32 / SECTION_SIZE);
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
    this.#derivations = new Derivations(memory, pages, entries, (entry) => {
      this.#drop(entry);
      this.dropped = true;
    });
    this.#regimes = new Regimes(memory, (id) => { this.#clearTable(id); });
    this.#types = new Uint8Array(entries);
    this.#permitsStores = new Uint8Array(entries);
    this.#clearAll();
  }

  /** The world whose CP15 copies and tables are in force: monitor mode is secure whatever SCR.NS says. */
  world(): number { return this.#regimes.world(); }

  /** Chooses the tables after a change of mode or world. */
  select(): void { this.#regimes.select(); }

  /** Offset of the table for privileged accesses of the world in force, whatever the mode. */
  privilegedTable(): number { return this.#regimes.privilegedTable(); }

  /** To be called when a register that a translation depends on was written: the tables are chosen anew. */
  registersChanged(): void { this.#regimes.registersChanged(); }

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
    this.#regimes.forget();
    this.#pieces.fill(UNKNOWN);
    this.dropped = true;
    clearPageCaches(this.#memory.i32);
    this.#regimes.registersChanged();
  }

  /** Memory type of the cached translation for `va`; valid only after a hit. */
  typeOf(table: number, va: number): number {
    return this.#types[entryOf(this.#memory.layout, table, va)]!;
  }

  /** Whether unaligned accesses through this entry are allowed by its memory type. */
  isNormal(table: number, va: number): boolean {
    return this.typeOf(table, va) === MEMORY_NORMAL;
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
    const entry = entryOf(this.#memory.layout, table, va);
    if (this.#byPage.head[entry] !== 0) this.#drop(entry);
    const { i32, u8 } = this.#memory;
    // The walk's own pages are watched before this entry decides whether its page may be stored to directly.
    if (walker.host1 >= 0) {
      this.#derivations.addFirst(entry, walker.host1);
      this.flagPage(walker.host1 >>> PAGE_SHIFT, PAGE_HAS_WALKS);
    }
    if (walker.host2 >= 0) {
      this.#derivations.addSecond(entry, walker.host2);
      this.flagPage(walker.host2 >>> PAGE_SHIFT, PAGE_HAS_WALKS);
    }
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
    const entry = entryOf(layout, i32[STATE.tlb]!, va);
    return i32[this.#tlbWord + entry * ENTRY_WORDS + TLB_FETCH] === (va & ~(PAGE_SIZE - 1)) && u8[layout.sections + entry] === 0;
  }

  /** Sets a flag of a page of linear memory, so that stores to it take the slow path from now on. */
  flagPage(page: number, flag: number): void {
    const { i32, u8 } = this.#memory;
    const at = this.#flagsOffset + page;
    if ((u8[at]! & flag) !== 0) return;
    u8[at] = u8[at]! | flag;
    clearPageCaches(i32);
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
    const { i32, layout } = this.#memory;
    clearPageCachesOf(i32, tableOffset(layout, Math.floor(entry / TLB_ENTRIES)));
    const word = this.#tlbWord + entry * ENTRY_WORDS;
    i32[word + TLB_READ] = NO_TAG;
    i32[word + TLB_WRITE] = NO_TAG;
    i32[word + TLB_FETCH] = NO_TAG;
    this.#byPage.unlink(entry);
    this.#derivations.remove(entry);
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
    if (!this.#derivations.inPage(page)) {
      this.unflagPage(page, PAGE_HAS_WALKS);
      return;
    }
    for (let word = from >> 2; word <= to >> 2; word++) this.#derivations.dropDerived(word);
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
    const entry = entryOf(this.#memory.layout, table, va);
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
      if (!this.#derivations.inPage(page)) this.unflagPage(page, PAGE_HAS_WALKS);
      else {
        for (let word = offset >> 2; word <= (offset + bytes - 1) >> 2; word++) if (this.#derivations.has(word)) return true;
      }
    }
    return (this.pageFlags(page) & PAGE_HAS_CODE) !== 0 && this.isCode(offset, bytes);
  }

  /** States what must hold of the tables at any time; tests call it. Throws naming what does not. */
  assertInvariants(): void {
    assertInvariants(this.#memory, this.#regimes, this.#derivations, {
      linkedPage: (entry) => this.#byPage.head[entry]! - 1,
      inUse: (entry) => (this.#used[entry >> 5]! >>> (entry & 31) & 1) !== 0,
      pageFlags: (page) => this.pageFlags(page),
    });
  }
}
