/**
 * A machine's linear memory with its views, made once: growing would detach them, so it never grows.
 */
import { webAssembly, type WasmMemory } from '../wasm/index.ts';
import type { MachineLayout } from './layout.ts';

export interface LinearMemory {
  readonly wasm: WasmMemory;
  readonly layout: MachineLayout;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly u16: Uint16Array;
  readonly u8: Uint8Array;
  readonly view: DataView;
  /**
   * A table of zeros for TypeScript's own use, in the room that the layout has for such: pages of it that nothing was written to are not resident, which an
   * array of the host's does not promise. Throws where there is no room left.
   */
  table(words: number): Int32Array;
}

const WASM_PAGE = 65536;

export function createLinearMemory(layout: MachineLayout): LinearMemory {
  const pages = Math.ceil(layout.total / WASM_PAGE);
  const { Memory } = webAssembly();
  const wasm = new Memory({ initial: pages, maximum: pages });
  const { buffer } = wasm;
  const { offset, size } = layout.tables;
  let used = 0;
  return {
    wasm, layout,
    i32: new Int32Array(buffer), u32: new Uint32Array(buffer), u16: new Uint16Array(buffer), u8: new Uint8Array(buffer), view: new DataView(buffer),
    table: (words) => {
      const at = offset + used;
      used += words * 4;
      if (used > size) throw new Error(`the layout has room for ${size} bytes of tables: ${used} are wanted`);
      return new Int32Array(buffer, at, words);
    },
  };
}
