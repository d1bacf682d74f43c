/**
 * Clearing the region tier's page caches (STATE.pageCache), which generated code fills: each copies entries of one table, and is cleared when its world and
 * privilege get another table, or when an entry loses a right.
 */
import { NO_TAG, PAGE_CACHE_WORDS, STATE } from '../layout.ts';

function clear(i32: Int32Array, slot: number): void {
  const from = STATE.pageCache + slot * PAGE_CACHE_WORDS;
  i32.fill(NO_TAG, from, from + PAGE_CACHE_WORDS);
}

export function clearPageCaches(i32: Int32Array): void { i32.fill(NO_TAG, STATE.pageCache, STATE.pageCache + 4 * PAGE_CACHE_WORDS); }

/** Clears those that copy entries of a table. */
export function clearPageCachesOf(i32: Int32Array, table: number): void {
  for (let slot = 0; slot < 4; slot++) if (i32[STATE.pageCacheOf + slot] === table) clear(i32, slot);
}

/** To be called when a table comes into force for a world and privilege (`slot` is tableSlot's): their cache is that table's from now on. */
export function ownPageCache(i32: Int32Array, slot: number, table: number): void {
  if (i32[STATE.pageCacheOf + slot] === table) return;
  clear(i32, slot);
  i32[STATE.pageCacheOf + slot] = table;
}
