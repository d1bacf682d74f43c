/** Generated code that looks into the tables of translations (layout.ts: the TLB). */
import { type FunctionBuilder, OP } from '../../wasm/index.ts';
import { SECTION_SIZE, STATE, TLB_ENTRY_BYTES } from '../layout.ts';

/** Makes of the address on the stack the offset of its entry in a table: the one that this word of the CPU state names. */
export function toEntry(f: FunctionBuilder, table: number = STATE.tlb): FunctionBuilder {
  return f.i32(8).op(OP.i32_shr_u).i32(0xfff0).op(OP.i32_and).i32(0).load(table * 4).op(OP.i32_add);
}

/** Pushes the tag of the section of `va` as the page cache is to have it, given the TLB's entry for its page: that of no section where loads may not go by it. */
export function pushSectionTag(f: FunctionBuilder, pushVa: () => void, entry: number, sectionBytes: number): void {
  pushVa();
  f.i32(~(SECTION_SIZE - 1)).op(OP.i32_and).get(entry).i32(Math.log2(TLB_ENTRY_BYTES)).op(OP.i32_shr_u).memory(OP.i32_load8_u, sectionBytes).op(OP.i32_or);
}
