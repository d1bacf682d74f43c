/**
 * Short-descriptor tables as the secure world builds them (DDI 0406C, B3.5.1): sections and small pages, one domain, TEX remap off.
 * Entries are written through a `GateMemory`, so at addresses that are mapped at the time.
 */
import type { GateMemory } from '../kernel/memory.ts';

/** What a mapping allows and is. */
export interface Rights {
  /** Accessible in user mode too. */
  readonly user: boolean;
  readonly write: boolean;
  readonly execute: boolean;
  /** Output addresses are in the non-secure space (section bit 19, first-level table bit 3): accesses and cache lines carry NS = 1. */
  readonly nonsecure?: boolean;
  readonly memory: 'cached' | 'uncached' | 'device';
}

const SECTION = 2;
const TABLE = 1;
const SMALL_PAGE = 2;
export const MIB = 1 << 20;
export const L1_BYTES = 16 << 10;
export const L2_BYTES = 1 << 10;

/** AP[2:0] for the simplified use here: privileged always reads. */
function ap({ user, write }: Rights): number {
  if (user) return write ? 3 : 2;
  return write ? 1 : 5;
}

/** TEX:C:B of a memory type: write-back write-allocate, non-cacheable, shareable device. */
function texcb({ memory }: Rights): number {
  switch (memory) {
    case 'cached': return 0b00111;
    case 'uncached': return 0b00100;
    case 'device': return 0b00001;
  }
}

export function sectionDescriptor(pa: number, rights: Rights): number {
  const bits = ap(rights);
  const type = texcb(rights);
  // User read-only (AP 2) lets privileged code write; that is the kernel, which maps nothing for itself so.
  return (pa & 0xfff00000) | (rights.nonsecure === true ? 1 << 19 : 0) | (bits >> 2) << 15 | (bits & 3) << 10 | (type >> 2) << 12 | (type & 3) << 2
    | (rights.execute ? 0 : 1 << 4) | SECTION;
}

export function pageDescriptor(pa: number, rights: Rights): number {
  const bits = ap(rights);
  const type = texcb(rights);
  return (pa & 0xfffff000) | (bits >> 2) << 9 | (bits & 3) << 4 | (type >> 2) << 6 | (type & 3) << 2 | (rights.execute ? 0 : 1) | SMALL_PAGE;
}

/** The NS bit of a small page stands in the first-level entry of its table: a table is of one world. */
export function tableDescriptor(pa: number, nonsecure: boolean): number {
  return (pa & 0xfffffc00) | (nonsecure ? 1 << 3 : 0) | TABLE;
}

/** Where tables come from: the next free second-level table, and where a table's physical address can be written to. */
export interface TableSpace {
  allocateL2(): number;
  /** Virtual address under which the physical address of a table is writable now. */
  virtual(pa: number): number;
}

/** One address space's tables. */
export class PageTable {
  /** Physical address of the first level: the value for TTBR0. */
  readonly pa: number;
  readonly #memory: GateMemory;
  readonly #space: TableSpace;

  constructor(memory: GateMemory, space: TableSpace, pa: number) {
    this.#memory = memory;
    this.#space = space;
    this.pa = pa;
  }

  #l1(va: number): number {
    return this.#space.virtual(this.pa) + (va >>> 20) * 4;
  }

  /** Maps `size` bytes; by sections where alignment allows. Throws RangeError where something is mapped already, or the NS bit of a table would differ. */
  map(va: number, pa: number, size: number, rights: Rights): void {
    for (let done = 0; done < size;) {
      const at = va + done;
      const to = pa + done;
      if (at % MIB === 0 && to % MIB === 0 && size - done >= MIB) {
        if (this.#memory.read32(this.#l1(at)) !== 0) throw new RangeError(`0x${at.toString(16)} is mapped already`);
        this.#memory.write32(this.#l1(at), sectionDescriptor(to, rights));
        done += MIB;
      } else {
        const slot = this.#slot(at, rights.nonsecure === true);
        if (this.#memory.read32(slot) !== 0) throw new RangeError(`0x${at.toString(16)} is mapped already`);
        this.#memory.write32(slot, pageDescriptor(to, rights));
        done += 4096;
      }
    }
  }

  /** Address of the second-level entry for `va`, with a table made for it if there is none. */
  #slot(va: number, nonsecure: boolean): number {
    const l1 = this.#l1(va);
    let first = this.#memory.read32(l1);
    if ((first & 3) === SECTION) throw new RangeError(`0x${va.toString(16)} is mapped by a section`);
    if (first === 0) {
      const table = this.#space.allocateL2();
      this.#memory.fill(this.#space.virtual(table), L2_BYTES, 0);
      first = tableDescriptor(table, nonsecure) >>> 0;
      this.#memory.write32(l1, first);
    } else if (((first & 8) !== 0) !== nonsecure) {
      // A table that mappings have left empty may change its world.
      const table = first & 0xfffffc00;
      for (let entry = 0; entry < L2_BYTES; entry += 4) {
        if (this.#memory.read32(this.#space.virtual(table) + entry) !== 0) throw new RangeError(`0x${va.toString(16)} lies in a table of the other world's addresses`);
      }
      first = tableDescriptor(table, nonsecure) >>> 0;
      this.#memory.write32(l1, first);
    }
    return this.#space.virtual(first & 0xfffffc00) + ((va >>> 12) & 0xff) * 4;
  }

  unmap(va: number, size: number): void {
    for (let done = 0; done < size;) {
      const at = va + done;
      const first = this.#memory.read32(this.#l1(at));
      if ((first & 3) === SECTION) {
        this.#memory.write32(this.#l1(at), 0);
        done += MIB;
      } else {
        if ((first & 3) === TABLE) this.#memory.write32(this.#space.virtual(first & 0xfffffc00) + ((at >>> 12) & 0xff) * 4, 0);
        done += 4096;
      }
    }
  }

  /** Copies the first-level entries of the kernel's half from another table: kernel mappings are the same in every address space. */
  shareKernelHalf(from: PageTable): void {
    for (let entry = 0x800; entry < 0x1000; entry++) {
      this.#memory.write32(this.#space.virtual(this.pa) + entry * 4, this.#memory.read32(this.#space.virtual(from.pa) + entry * 4));
    }
  }
}
