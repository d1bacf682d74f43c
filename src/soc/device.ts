/**
 * What a device is to the bus, and the narrow ports through which it acts: interrupt lines, DMA, (`Clock` stands with the events).
 */
import { RegisterFile } from '../registers/index.ts';
import type { MapSpec, RegisterMap, RegisterState } from '../registers/index.ts';
import type { BusAccess } from '../cpu/bus-port.ts';

/** Plain data: survives structuredClone and JSON. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

export type Log = (line: string) => void;

/** A level-sensitive interrupt line. */
export interface IrqLine { set(level: boolean): void }

/** A line that leads nowhere. */
export const NO_IRQ: IrqLine = { set: () => undefined };

/** Physical memory and devices as one bus master sees them. `address` is aligned to `size` (1, 2 or 4 bytes). */
export interface DmaPort {
  /** The value (uint32), or -1 if the bus refuses or nothing answers. */
  read(address: number, size: number): number;
  /** Whether the write was done. */
  write(address: number, size: number, value: number): boolean;
}

/** A refusal that is no bus error: the device ignored (a part of) an access. `rule` says which rule of which device. */
export type IgnoredAccess = (rule: string, offset: number, access: BusAccess) => void;

/** A device on the bus. Offsets are from its first byte; sizes are 1, 2 or 4 bytes. */
export interface Device {
  readonly name: string;
  /** Bytes of address space that it answers to. */
  readonly size: number;
  read(offset: number, size: number, access: BusAccess): number;
  write(offset: number, size: number, value: number, access: BusAccess): void;
  reset(): void;
  save(): Plain;
  /** Takes saved state back. Throws if it is another device's or version's. */
  load(state: Plain): void;
}

/** Mask of the low `size` bytes (int32). */
function laneMask(size: number): number {
  return size === 4 ? -1 : size === 2 ? 0xffff : 0xff;
}

type SavedDevice = { readonly registers: RegisterState; readonly more: Plain };

/**
 * A device whose address space is a register map. Bytes and halfwords of wider registers work; an offset without a register reads as
 * zero, ignores writes, and is logged once.
 */
export abstract class RegisterDevice<S extends MapSpec> implements Device {
  readonly name: string;
  readonly size: number;
  readonly registers: RegisterFile<S>;
  readonly #log: Log;
  readonly #unknown = new Set<number>();

  constructor(name: string, size: number, map: RegisterMap<S>, log: Log) {
    this.name = name;
    this.size = size;
    this.registers = new RegisterFile(map, { log: (line) => log(`${name}: ${line}`) });
    this.#log = log;
  }

  read(offset: number, size: number, access: BusAccess): number {
    const slot = this.#find(offset);
    if (slot < 0) {
      this.#reportUnknown(offset, 'read');
      return 0;
    }
    const shift = (offset & this.#mask(slot)) * 8;
    return (this.registers.read(slot, access) >>> shift & laneMask(size)) >>> 0;
  }

  write(offset: number, size: number, value: number, access: BusAccess): void {
    const slot = this.#find(offset);
    if (slot < 0) {
      this.#reportUnknown(offset, 'write');
      return;
    }
    const shift = (offset & this.#mask(slot)) * 8;
    this.registers.write(slot, value << shift, laneMask(size) << shift, access);
  }

  /** Registers to their reset values, then the rest of the device (`resetMore`). */
  reset(): void {
    this.registers.reset();
    this.resetMore();
  }

  save(): Plain {
    return { registers: this.registers.save(), more: this.saveMore() };
  }

  load(state: Plain): void {
    const saved = state as SavedDevice;
    this.registers.load(saved.registers);
    this.loadMore(saved.more);
  }

  /** Resets what is not in registers, and drives the outputs. */
  protected resetMore(): void {}

  /** State beyond the registers. */
  protected saveMore(): Plain {
    return null;
  }

  /** Takes back what `saveMore` gave; the registers are loaded already. */
  protected loadMore(_more: Plain): void {}

  /** Logs a line with the device's name before it. */
  protected log(line: string): void {
    this.#log(`${this.name}: ${line}`);
  }

  #find(offset: number): number {
    const { map } = this.registers;
    const slot = map.locate(offset);
    if (slot >= 0 || (offset & 3) === 0) return slot;
    const half = map.locate(offset & ~1);
    if (half >= 0) return half;
    const word = map.locate(offset & ~3);
    return word >= 0 && map.infoOf(word).width === 32 ? word : -1;
  }

  #mask(slot: number): number {
    return (this.registers.map.infoOf(slot).width >>> 3) - 1;
  }

  #reportUnknown(offset: number, verb: string): void {
    if (this.#unknown.has(offset)) return;
    this.#unknown.add(offset);
    this.#log(`${this.name}: ${verb} of offset 0x${offset.toString(16)}, where no register is`);
  }
}
