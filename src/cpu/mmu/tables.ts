/**
 * Where the tables of translation and their entries are: tables are numbered from 0 and known to others by their offset in linear memory (as in STATE.tlb);
 * entries are numbered through all tables.
 */
import { PAGE_SHIFT, TLB_ENTRIES, TLB_ENTRY_BYTES, type MachineLayout } from '../layout.ts';

export const ENTRY_WORDS = TLB_ENTRY_BYTES / 4;

/** Offset of a table. */
export function tableOffset(layout: MachineLayout, id: number): number {
  return layout.tlb + id * TLB_ENTRIES * TLB_ENTRY_BYTES;
}

/** Number of the table at an offset. */
export function tableId(layout: MachineLayout, table: number): number {
  return (table - layout.tlb) / TLB_ENTRY_BYTES / TLB_ENTRIES;
}

/** Number of the entry for a virtual address in a table (an offset as in STATE.tlb). */
export function entryOf(layout: MachineLayout, table: number, va: number): number {
  return (table - layout.tlb) / TLB_ENTRY_BYTES + ((va >>> PAGE_SHIFT) & (TLB_ENTRIES - 1));
}
