/**
 * What stands at which address: secure RAM as it is given out, the page tables of components, what is attached there, and core's windows. RAM, tables and
 * addresses of attachments are given out once: a component that starts anew keeps what it had.
 */
import { tableWindow } from '../bootstrap/bootstrap.ts';
import type { SecureBoard } from '../bootstrap/imx53-qsb.ts';
import { L1_BYTES, L2_BYTES, PageTable, type Rights } from '../bootstrap/page-tables.ts';
import { PHYSICAL, VIRTUAL } from '../layout.ts';
import type { GateMemory } from './memory.ts';
import type { ContextState, KernelState } from './state.ts';

/** Where a component's dataspaces are attached from on. */
export const FIRST_ATTACHMENT = 0x10000000;
const ATTACHMENTS_END = 0x20000000;

/** Address space that a dataspace of `size` bytes takes. */
export function attachmentBytes(size: number): number { return Math.ceil(size / (1 << 20)) * (1 << 20); }

export class AddressSpaces {
  readonly #memory: GateMemory;
  readonly #state: KernelState;
  readonly #board: SecureBoard;

  constructor(memory: GateMemory, state: KernelState, board: SecureBoard) {
    this.#memory = memory;
    this.#state = state;
    this.#board = board;
  }

  allocatePhysical(bytes: number): number {
    const state = this.#state;
    const pa = state.nextSession;
    const size = Math.ceil(bytes / 4096) * 4096;
    // A board that protects none of it has it all the same.
    const { base, size: protectedSize } = this.#board.protectedRam;
    if (pa + size > base + (protectedSize === 0 ? PHYSICAL.secureRamSize : protectedSize)) throw new RangeError('secure RAM is used up');
    state.nextSession += size;
    return pa;
  }

  /** A page table for a component: its own lower half, the kernel's upper half. */
  create(): PageTable {
    const state = this.#state;
    state.nextTable = Math.ceil(state.nextTable / L1_BYTES) * L1_BYTES;
    const pa = state.nextTable;
    state.nextTable += L1_BYTES;
    const shift = VIRTUAL.pageTables - PHYSICAL.pageTables;
    this.#memory.fill(pa + shift, L1_BYTES, 0);
    const table = this.#table(pa);
    // Core's first level is copied word by word: both are reached at virtual addresses.
    const core = tableWindow(PHYSICAL.coreTable);
    for (let entry = 0x800; entry < 0x1000; entry++) this.#memory.write32(pa + shift + entry * 4, this.#memory.read32(core + entry * 4));
    return table;
  }

  /** The page table of a component. */
  of(thread: ContextState): PageTable { return this.#table(thread.table); }

  /** The page table with its first level at `pa`. */
  #table(pa: number): PageTable {
    const state = this.#state;
    const shift = VIRTUAL.pageTables - PHYSICAL.pageTables;
    return new PageTable(this.#memory, {
      allocateL2: () => {
        const table = state.nextTable;
        if (table + L2_BYTES > PHYSICAL.pageTables + (1 << 20)) throw new RangeError('no room for another page table');
        state.nextTable += L2_BYTES;
        return table;
      },
      virtual: (at) => at + shift,
    }, pa);
  }

  /** Maps physical memory into a component's address space, at the next free address. */
  attach(thread: ContextState, pa: number, size: number, rights: Rights): number {
    const va = thread.nextAttach;
    if (va + size > ATTACHMENTS_END) throw new RangeError(`${thread.name} has no room to attach ${size} bytes`);
    // A megabyte each: second-level tables stay of one kind, and a dataspace's neighbours are holes.
    thread.nextAttach += attachmentBytes(size);
    this.of(thread).map(va, pa, size, rights);
    return va;
  }

  /** Maps physical pages into core's window area. Throws RangeError where they do not fit. */
  mapWindow(pa: number, length: number, rights: Rights): number {
    const state = this.#state;
    const from = (pa & ~0xfff) >>> 0;
    const size = Math.ceil((pa + length - from) / 4096) * 4096;
    // Each window has megabytes of its own: a second-level table holds addresses of one world only.
    const va = state.nextWindow;
    const step = Math.ceil(size / (1 << 20)) * (1 << 20);
    if (va + step > VIRTUAL.windows + 0x10000000) throw new RangeError(`no room for a window of 0x${size.toString(16)} bytes: the area at 0x${VIRTUAL.windows.toString(16)} holds 256 MiB`);
    state.nextWindow += step;
    this.#coreTable().map(va, from, size, rights);
    return va + (pa - from);
  }

  unmapWindow(va: number, length: number): void {
    const state = this.#state;
    const from = (va & ~0xfff) >>> 0;
    const size = Math.ceil((va + length - from) / 4096) * 4096;
    this.#coreTable().unmap(from, size);
    const base = (from & ~((1 << 20) - 1)) >>> 0;
    const step = Math.ceil((from + size - base) / (1 << 20)) * (1 << 20);
    if (base + step === state.nextWindow) state.nextWindow = base; // the last one: its addresses are free again
  }

  #coreTable(): PageTable {
    return new PageTable(this.#memory, {
      allocateL2: () => this.#allocateCoreL2(),
      virtual: (pa) => tableWindow(pa),
    }, PHYSICAL.coreTable);
  }

  /** Core's second-level tables that bootstrap made lie at the front; windows take theirs from the back. */
  #allocateCoreL2(): number {
    const first = tableWindow(PHYSICAL.coreTable);
    for (let table = PHYSICAL.stub - L2_BYTES; table > PHYSICAL.coreTables2; table -= L2_BYTES) {
      let used = false;
      for (let entry = 0; entry < 0x1000 && !used; entry++) used = ((this.#memory.read32(first + entry * 4) ^ (table | 1)) & 0xfffffc03) === 0;
      if (!used) return table;
    }
    throw new RangeError('core has no room for another second-level table');
  }
}
