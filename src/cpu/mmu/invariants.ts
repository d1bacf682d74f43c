/**
 * What must hold of the TLB, and of what is copied from it, at any time. Each function throws naming what does not; only tests call them.
 */
import {
  NO_SECTION, NO_TAG, PAGE_CACHE_SECTIONS, PAGE_CACHE_STORES, PAGE_CACHE_WORDS, PAGE_HAS_WALKS, PAGE_SHIFT, PAGE_SIZE, REGIME_WORDS, SECTION_SIZE, STATE, TLB_ADDEND,
  TLB_ENTRIES, TLB_FETCH, TLB_READ, TLB_TABLES, TLB_WRITE,
} from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import type { Derivations } from './derivations.ts';
import type { Regimes } from './regimes.ts';
import { ENTRY_WORDS, entryOf } from './tables.ts';

/** What the TLB tells of itself. */
export interface Entries {
  /** Page of linear memory that an entry is linked to; negative where to none. */
  linkedPage(entry: number): number;
  /** Whether clearing its table would look at an entry. */
  inUse(entry: number): boolean;
  pageFlags(page: number): number;
}

export function assertInvariants(memory: LinearMemory, regimes: Regimes, derivations: Derivations, entries: Entries): void {
  assertEntries(memory, entries);
  assertPageCaches(memory, entries);
  assertRegimes(memory, regimes);
  derivations.eachPage((page, listed, counted) => {
    if (listed !== counted) throw new Error(`page ${page}: ${listed} derived entries, counted ${counted}`);
    if (listed > 0 && (entries.pageFlags(page) & PAGE_HAS_WALKS) === 0) throw new Error(`page ${page} has walks but is not watched`);
  });
}

/** First word of an entry. */
function wordOf({ layout }: LinearMemory, entry: number): number {
  return (layout.tlb >> 2) + entry * ENTRY_WORDS;
}

function assertEntries(memory: LinearMemory, entries: Entries): void {
  const { i32 } = memory;
  for (let entry = 0; entry < TLB_TABLES * TLB_ENTRIES; entry++) {
    const word = wordOf(memory, entry);
    const live = i32[word + TLB_READ] !== NO_TAG || i32[word + TLB_WRITE] !== NO_TAG || i32[word + TLB_FETCH] !== NO_TAG;
    if (!live) continue;
    const linked = entries.linkedPage(entry);
    if (linked < 0) throw new Error(`TLB entry ${entry} is live but not linked to its page`);
    if (!entries.inUse(entry)) throw new Error(`TLB entry ${entry} is live but not among those in use`);
    if (i32[word + TLB_WRITE] !== NO_TAG && entries.pageFlags(linked) !== 0) throw new Error(`TLB entry ${entry} may store to a flagged page`);
  }
}

function assertPageCaches(memory: LinearMemory, entries: Entries): void {
  const { i32, layout } = memory;
  for (let i = 0; i < 4 * PAGE_CACHE_WORDS; i += 2) {
    const at = STATE.pageCache + i;
    const tag = i32[at]!;
    if (tag === NO_TAG) continue;
    const kind = i % PAGE_CACHE_WORDS;
    const pageOffset = i32[at + 1]! + tag;
    const entry = entryOf(layout, i32[STATE.pageCacheOf + Math.floor(i / PAGE_CACHE_WORDS)]!, tag);
    if (kind >= PAGE_CACHE_SECTIONS) {
      assertSection(memory, tag, i32[at + 1]!, entry);
      continue;
    }
    const store = kind >= PAGE_CACHE_STORES;
    // The entry that it was copied from may have made room for another since; its rights must still hold.
    if (store && entries.pageFlags(pageOffset >>> PAGE_SHIFT) !== 0) throw new Error(`page cache entry ${i} may store to a flagged page`);
    const word = wordOf(memory, entry);
    if (i32[word + (store ? TLB_WRITE : TLB_READ)] === tag && i32[word + TLB_ADDEND] !== i32[at + 1]) throw new Error(`page cache entry ${i} differs from the TLB`);
  }
}

/** `first`: where the table has the section's first page. */
function assertSection(memory: LinearMemory, tag: number, addend: number, first: number): void {
  const { i32, u8, layout } = memory;
  if ((tag & NO_SECTION) !== 0) return;
  let known = false;
  for (let page = 0; page < SECTION_SIZE / PAGE_SIZE; page++) {
    const word = wordOf(memory, first + page);
    if (i32[word + TLB_READ] !== tag + page * PAGE_SIZE) continue;
    known = true;
    if (i32[word + TLB_ADDEND] === addend && u8[layout.sections + first + page] === 0) continue;
    throw new Error(`section ${(tag >>> 0).toString(16)} of the page cache differs from the TLB`);
  }
  if (!known) throw new Error(`section ${(tag >>> 0).toString(16)} of the page cache is not in the TLB`);
}

function assertRegimes({ i32 }: LinearMemory, regimes: Regimes): void {
  for (let slot = 0; slot < 4; slot++) {
    const table = i32[STATE.tables + slot]!;
    if (table !== 0 && table !== i32[STATE.pageCacheOf + slot]) throw new Error(`page cache ${slot} is not of the table in force`);
  }
  for (let at = STATE.regimes; at < STATE.regimes + 2 * REGIME_WORDS; at += 4) {
    const world = at < STATE.regimes + REGIME_WORDS ? 0 : 1;
    for (const privileged of [0, 1]) {
      const table = i32[at + 2 + privileged]!;
      if (table === 0 || regimes.isOf(table, world, privileged, i32[at]!, i32[at + 1]!)) continue;
      throw new Error(`regime of TTBR0 ${i32[at]!.toString(16)} leads to another one's table`);
    }
  }
}
