/**
 * The system bus: physical address decode, protection units, and the ports of DMA masters.
 *
 * Decode is by 4 KiB page, one table look-up for each access. Memory, devices and named holes are blocks; an address in no block is
 * a decode error (an external abort). The protection units (CSU for slaves, AIPSTZ for its peripherals, M4IF for DRAM) are asked on
 * each access, so that reprogramming them works at once.
 *
 * Deviations: DRAM beyond what the board has is a decode error, not an alias of it. The boot ROM ignores writes.
 */
import { BUS_DECODE, BUS_OK, BUS_REFUSED, MASTER_SHIFT, NONSECURE, PRIVILEGED, WRITE } from '../cpu/bus-port.ts';
import type { BusAccess, BusFault, BusPort } from '../cpu/bus-port.ts';
import type { Device, DmaPort, Log } from './device.ts';

/** A block of the memory map. Bases and sizes are multiples of 4 KiB. */
export type Block = BlockPlace & (
  /** Plain memory: `offset` is where it begins in the machine's linear memory. `guarded` puts it behind the `memory` unit (M4IF). */
  | { readonly kind: 'memory'; readonly offset: number; readonly guarded: boolean }
  | { readonly kind: 'rom'; readonly offset: number }
  | { readonly kind: 'device'; readonly device: Device }
  /** A real block of the chip without a model: reads as zero, ignores writes, logs once. */
  | { readonly kind: 'hole' });

interface BlockPlace {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** Index of the slave in the `slave` unit's (CSU's) table, if it is one of its slaves. */
  readonly slave?: number;
  /** Index of the peripheral in the `peripheral` unit's (the AIPSTZ bridges') table, if it sits behind one. */
  readonly peripheral?: number;
}

/** A protection unit with one rule for each of its slaves. */
export interface SlaveUnit {
  allows(index: number, access: BusAccess): boolean;
  /** Name of the rule that decides, for reports. */
  ruleOf(index: number): string;
}

/** A protection unit over memory; its rules have a granularity of 4 KiB. */
export interface MemoryUnit {
  allows(address: number, access: BusAccess): boolean;
  ruleOf(address: number): string;
  /** Told of an access that it did not allow, to record it. */
  violated(address: number, access: BusAccess): void;
}

/** A protection unit that gives DMA masters their world: attribute bits (NONSECURE, PRIVILEGED) of a master's accesses. */
export interface MasterUnit { attributes(master: number): BusAccess }

/** Told of each refused access: which rule refused it, and what it was (`masterOf(access)` names the master). */
export type RefusalListener = (rule: string, address: number, access: BusAccess) => void;

export interface BusOptions {
  /** The machine's linear memory, of fixed size. */
  readonly memory: ArrayBufferLike;
  readonly blocks: readonly Block[];
  readonly slaves?: SlaveUnit;
  readonly peripherals?: SlaveUnit;
  readonly dram?: MemoryUnit;
  readonly masters?: MasterUnit;
  readonly onRefusal?: RefusalListener;
  /** Told of bytes in plain memory that a DMA master has written. */
  readonly onDmaWrite?: (address: number, size: number) => void;
  readonly log?: Log;
}

const PAGE_BITS = 12;
const PAGE = 1 << PAGE_BITS;
const MEMORY = 0;
const ROM = 1;
const DEVICE = 2;
const HOLE = 3;
const KINDS = { memory: MEMORY, rom: ROM, device: DEVICE, hole: HOLE } as const;

const OPEN: SlaveUnit = { allows: () => true, ruleOf: () => 'none' };
const ALL_MEMORY: MemoryUnit = { allows: () => true, ruleOf: () => 'none', violated: () => undefined };

export class Bus implements BusPort {
  readonly blocks: readonly Block[];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Number of the block that holds each page, plus 1; 0 for none. */
  readonly #blockAt = new Uint8Array(1 << (32 - PAGE_BITS));
  readonly #kind: Uint8Array;
  readonly #base: Float64Array;
  readonly #offset: Float64Array;
  readonly #guarded: Uint8Array;
  readonly #slave: Int16Array;
  readonly #peripheral: Int16Array;
  readonly #devices: (Device | undefined)[];
  readonly #logged: Uint8Array;
  readonly #slaves: SlaveUnit;
  readonly #peripherals: SlaveUnit;
  readonly #dram: MemoryUnit;
  readonly #masters: MasterUnit;
  readonly #onRefusal: RefusalListener;
  readonly #onDmaWrite: (address: number, size: number) => void;
  readonly #log: Log;

  constructor(options: BusOptions) {
    const { blocks, memory } = options;
    if (blocks.length > 255) throw new RangeError(`${blocks.length} blocks; the decode table takes 255`);
    this.blocks = blocks;
    this.#bytes = new Uint8Array(memory);
    this.#view = new DataView(memory);
    this.#kind = Uint8Array.from(blocks, (block) => KINDS[block.kind]);
    this.#base = Float64Array.from(blocks, (block) => block.base);
    this.#offset = Float64Array.from(blocks, (block) => (block.kind === 'memory' || block.kind === 'rom' ? block.offset : 0));
    this.#guarded = Uint8Array.from(blocks, (block) => (block.kind === 'memory' && block.guarded ? 1 : 0));
    this.#slave = Int16Array.from(blocks, (block) => block.slave ?? -1);
    this.#peripheral = Int16Array.from(blocks, (block) => block.peripheral ?? -1);
    this.#devices = blocks.map((block) => (block.kind === 'device' ? block.device : undefined));
    this.#logged = new Uint8Array(blocks.length);
    this.#slaves = options.slaves ?? OPEN;
    this.#peripherals = options.peripherals ?? OPEN;
    this.#dram = options.dram ?? ALL_MEMORY;
    this.#masters = options.masters ?? { attributes: () => PRIVILEGED };
    this.#onRefusal = options.onRefusal ?? (() => undefined);
    this.#onDmaWrite = options.onDmaWrite ?? (() => undefined);
    this.#log = options.log ?? (() => undefined);
    blocks.forEach((block, index) => {
      this.#place(block, index);
    });
  }

  #place(block: Block, index: number): void {
    const end = block.base + block.size;
    if (block.base % PAGE !== 0 || block.size % PAGE !== 0 || block.size <= 0 || end > 2 ** 32) {
      throw new RangeError(`block ${block.name} at 0x${block.base.toString(16)}, size 0x${block.size.toString(16)}, is not made of pages`);
    }
    if ((block.kind === 'memory' || block.kind === 'rom') && (block.offset % PAGE !== 0 || block.offset + block.size > this.#bytes.length)) {
      throw new RangeError(`block ${block.name} does not fit the linear memory at 0x${block.offset.toString(16)}`);
    }
    for (let page = block.base / PAGE; page < end / PAGE; page++) {
      const other = this.#blockAt[page]!;
      if (other !== 0) throw new RangeError(`blocks ${this.blocks[other - 1]!.name} and ${block.name} overlap at 0x${(page * PAGE).toString(16)}`);
      this.#blockAt[page] = index + 1;
    }
  }

  /** The block that answers at a physical address. */
  blockOf(pa: number): Block | undefined {
    return this.blocks[this.#blockAt[pa >>> PAGE_BITS]! - 1];
  }

  page(pa: number, access: BusAccess): number {
    const index = this.#blockAt[pa >>> PAGE_BITS]! - 1;
    if (index < 0) return -1;
    const kind = this.#kind[index]!;
    if (kind > ROM || (kind === ROM && (access & WRITE) !== 0)) return -1;
    if (this.#refusalOf(index, pa >>> 0, access) !== NO_REFUSAL) return -1;
    return this.#offset[index]! + ((pa >>> PAGE_BITS) * PAGE - this.#base[index]!);
  }

  check(pa: number, size: number, access: BusAccess): BusFault {
    const first = this.#checkAt(pa >>> 0, access);
    // Eight bytes may straddle two pages of a mapping that is contiguous in physical addresses.
    return first !== BUS_OK || size !== 8 || (pa & (PAGE - 1)) <= PAGE - 8 ? first : this.#checkAt((pa + 7) >>> 0, access);
  }

  #checkAt(pa: number, access: BusAccess): BusFault {
    const index = this.#blockAt[pa >>> PAGE_BITS]! - 1;
    if (index < 0) return BUS_DECODE;
    const refusal = this.#refusalOf(index, pa, access);
    if (refusal === NO_REFUSAL) return BUS_OK;
    this.#report(refusal, index, pa, access);
    return BUS_REFUSED;
  }

  #refusalOf(index: number, pa: number, access: BusAccess): number {
    const slave = this.#slave[index]!;
    if (slave >= 0 && !this.#slaves.allows(slave, access)) return BY_SLAVE_UNIT;
    const peripheral = this.#peripheral[index]!;
    if (peripheral >= 0 && !this.#peripherals.allows(peripheral, access)) return BY_PERIPHERAL_UNIT;
    return this.#guarded[index] === 1 && !this.#dram.allows(pa, access) ? BY_MEMORY_UNIT : NO_REFUSAL;
  }

  #report(refusal: number, index: number, pa: number, access: BusAccess): void {
    if (refusal === BY_MEMORY_UNIT) {
      this.#onRefusal(this.#dram.ruleOf(pa), pa, access);
      this.#dram.violated(pa, access);
    } else if (refusal === BY_SLAVE_UNIT) {
      this.#onRefusal(this.#slaves.ruleOf(this.#slave[index]!), pa, access);
    } else {
      this.#onRefusal(this.#peripherals.ruleOf(this.#peripheral[index]!), pa, access);
    }
  }

  read(pa: number, size: number, access: BusAccess): number {
    const address = pa >>> 0;
    const index = this.#blockAt[address >>> PAGE_BITS]! - 1;
    if (index < 0) return 0;
    const kind = this.#kind[index]!;
    const offset = address - this.#base[index]!;
    if (kind === DEVICE) return this.#devices[index]!.read(offset, size, access);
    if (kind === HOLE) {
      this.#logHole(index, address, 'read');
      return 0;
    }
    const at = this.#offset[index]! + offset;
    if (size === 4) return this.#view.getUint32(at, true);
    return size === 2 ? this.#view.getUint16(at, true) : this.#bytes[at]!;
  }

  write(pa: number, size: number, value: number, access: BusAccess): void {
    const address = pa >>> 0;
    const index = this.#blockAt[address >>> PAGE_BITS]! - 1;
    if (index < 0) return;
    const kind = this.#kind[index]!;
    const offset = address - this.#base[index]!;
    if (kind === DEVICE) this.#devices[index]!.write(offset, size, value, access);
    else if (kind === HOLE || kind === ROM) this.#logHole(index, address, 'write');
    else {
      const at = this.#offset[index]! + offset;
      if (size === 4) this.#view.setUint32(at, value, true);
      else if (size === 2) this.#view.setUint16(at, value, true);
      else this.#bytes[at] = value;
    }
  }

  /** The bus as one DMA master sees it; its world and privilege are asked of the `masters` unit on each access. Addresses are aligned down. */
  dmaPort(master: number): DmaPort {
    const attributes = (write: number): BusAccess => this.#masters.attributes(master) & (NONSECURE | PRIVILEGED) | write | master << MASTER_SHIFT;
    return {
      read: (address, size) => {
        const access = attributes(0);
        const at = (address & -size) >>> 0;
        return this.check(at, size, access) === BUS_OK ? this.read(at, size, access) : -1;
      },
      write: (address, size, value) => {
        const access = attributes(WRITE);
        const at = (address & -size) >>> 0;
        if (this.check(at, size, access) !== BUS_OK) return false;
        this.write(at, size, value, access);
        if (this.#kind[this.#blockAt[at >>> PAGE_BITS]! - 1] === MEMORY) this.#onDmaWrite(at, size);
        return true;
      },
    };
  }

  #logHole(index: number, address: number, verb: string): void {
    if (this.#logged[index] === 1) return;
    this.#logged[index] = 1;
    const block = this.blocks[index]!;
    const what = block.kind === 'rom' ? 'ignores writes' : 'is not modelled: it reads as zero and ignores writes';
    this.#log(`${block.name}: ${verb} at 0x${address.toString(16)}; the block ${what}`);
  }
}

const NO_REFUSAL = 0;
const BY_SLAVE_UNIT = 1;
const BY_PERIPHERAL_UNIT = 2;
const BY_MEMORY_UNIT = 3;
