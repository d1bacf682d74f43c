/**
 * A device that the VMM emulates: what a person writes to give the normal world one that is not there, or that it may not reach itself.
 *
 *     export default device({ name: 'counter', base: 0x60000000, size: 0x1000, state: { reads: 0 }, read: ({ state }) => ++state.reads })
 *
 * An access of the VM's that the bus refuses is offered to the device whose range holds it. `read` and `write` see one access of 1, 2 or 4 bytes at a time,
 * naturally aligned, however the instruction came by it. Without `read` the device reads as zero, without `write` it ignores writes; with `passThrough` both go to the
 * real device's registers, which the VMM is given an IO_MEM session for, by words.
 *
 * `refuse` (or an access of another size to a passed-through device) makes the access abort in the VM. Any other exception is the handler's own fault and
 * stops the VMM.
 */
import type { Dataspace } from '../../component.ts';
import { SmcRefusal } from '../guest-memory.ts';
import { copyState, type SmcState } from '../smc.ts';
import { callerOf, type SmcSource } from '../source.ts';
import { hex32 } from '../text.ts';

/** What a device's handlers may do besides. */
export interface DeviceVm {
  /** The VM's name. */
  readonly label: string;
  /** One line of the secure world's log, under the VM's name. */
  log(line: string): void;
  /** Raises a normal-world interrupt in the VM when it runs next; throws RangeError for a secure one. */
  inject(interrupt: number): void;
  /** Ends the access: it aborts in the VM. */
  refuse(reason: string): never;
}

export interface DeviceAccess<S extends SmcState> {
  /** In the device. */
  readonly offset: number;
  readonly size: 1 | 2 | 4;
  /** The device's own state, kept between accesses and in snapshots. */
  readonly state: S;
  readonly vm: DeviceVm;
  /** The real device's registers by word, of a device with `passThrough`. */
  readonly registers: DeviceRegisters;
}

export interface DeviceWrite<S extends SmcState> extends DeviceAccess<S> {
  /** Zero-extended. */
  readonly value: number;
}

export interface DeviceRegisters {
  read(offset: number): number;
  write(offset: number, value: number): void;
}

export interface DeviceDefinition<S extends SmcState> {
  readonly name: string;
  /** Physical; multiples of 4 KiB. */
  readonly base: number;
  readonly size: number;
  /** First state, plain data. */
  readonly state?: S;
  /** To the device at the same address, or at another one. */
  readonly passThrough?: boolean | { readonly base: number };
  /** The result is cut to the access's size. */
  readonly read?: (access: DeviceAccess<S>) => number;
  readonly write?: (access: DeviceWrite<S>) => void;
}

export interface EmulatedDevice {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly passThrough: boolean;
  /** Where the device is that is passed through to. */
  readonly real: number;
  readonly initialState: SmcState;
  /** Where the definition stands. */
  readonly source: SmcSource | undefined;
  /** `registers`: the real device's, of one that is passed through. */
  read(offset: number, size: 1 | 2 | 4, state: SmcState, vm: DeviceVm, registers: Dataspace | undefined): number;
  write(offset: number, size: 1 | 2 | 4, value: number, state: SmcState, vm: DeviceVm, registers: Dataspace | undefined): void;
}

const PAGE = 4096;

/** Defines a device. Throws on a definition that cannot work. */
export function device<S extends SmcState = { [name: string]: never }>(definition: DeviceDefinition<S>): EmulatedDevice {
  const { name, base, size } = definition;
  const passThrough = definition.passThrough !== undefined && definition.passThrough !== false;
  const real = typeof definition.passThrough === 'object' ? definition.passThrough.base : base;
  const bad = (why: string): never => { throw new TypeError(`device ${name === '' ? hex32(base) : name}: ${why}`); };
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) bad(`${JSON.stringify(name)} is no name (letters, digits, . _ -)`);
  if (!Number.isInteger(base) || base < 0 || base % PAGE !== 0 || !Number.isInteger(size) || size <= 0 || size % PAGE !== 0) bad(`${hex32(base)}, ${size} bytes is not made of 4 KiB pages`);
  if (base + size > 2 ** 32) bad(`${hex32(base)}, ${size} bytes runs past the end of the physical address space`);
  const read = definition.read ?? ((access: DeviceAccess<S>): number => (passThrough ? wordOf(access).registers.read(access.offset) : 0));
  const write = definition.write ?? ((access: DeviceWrite<S>): void => { if (passThrough) wordOf(access).registers.write(access.offset, access.value); });
  return {
    name, base, size, passThrough, real, initialState: copyState(definition.state ?? {}), source: callerOf(new Error().stack),
    read: (offset, bytes, state, vm, space) => {
      const value = read({ offset, size: bytes, state: state as S, vm, registers: registersOf(name, space) });
      if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError(`device ${name} read ${String(value)}, which is no integer`);
      return bytes === 4 ? value >>> 0 : value & (bytes === 2 ? 0xffff : 0xff);
    },
    write: (offset, bytes, value, state, vm, space) => { write({ offset, size: bytes, value, state: state as S, vm, registers: registersOf(name, space) }); },
  };
}

/** Hardware registers take words. */
function wordOf<A extends Pick<DeviceAccess<SmcState>, 'size' | 'vm'>>(access: A): A {
  if (access.size !== 4) access.vm.refuse(`an access of ${access.size} bytes: its registers are words`);
  return access;
}

function registersOf(name: string, real: Dataspace | undefined): DeviceRegisters {
  const space = (): Dataspace => {
    if (real === undefined) throw new TypeError(`device ${name} is not passed through: it has no real registers`);
    return real;
  };
  return {
    read: (offset) => space().read32(offset),
    write: (offset, value) => { space().write32(offset, value >>> 0); },
  };
}

/** What a handler sees of the VM. */
export function createDeviceVm(label: string, log: (line: string) => void, inject: (interrupt: number) => { readonly ok: boolean; readonly error?: string }): DeviceVm {
  return {
    label, log,
    inject: (interrupt) => {
      const outcome = inject(interrupt);
      if (!outcome.ok) throw new RangeError(outcome.error);
    },
    refuse: (reason): never => { throw new SmcRefusal(reason); },
  };
}

/** Throws where two devices have one name or overlap. */
export function checkDevices(devices: readonly EmulatedDevice[]): void {
  const sorted = [...devices].sort((a, b) => a.base - b.base);
  for (const [i, { name, base, size }] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next !== undefined && base + size > next.base) throw new TypeError(`devices ${name} and ${next.name} overlap at ${hex32(next.base)}`);
    if (sorted.findIndex((other) => other.name === name) !== i) throw new TypeError(`two devices are named ${name}`);
  }
}
