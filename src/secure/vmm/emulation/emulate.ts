/**
 * Trap and emulate: an access of a VM's that the bus refused, made by the VMM on emulated devices.
 *
 * The instruction is read from the VM's memory through its own translation, decoded by the rows that the CPU uses, and its body is run over the VM's registers. It must
 * access what the abort says (DFAR, and read or write): where another one stands there meanwhile, nothing is emulated. Exclusives, swaps, VFP and NEON, and
 * returns from exceptions are not emulated: they abort in the VM, as without a device.
 *
 * Sources: DDI 0406C, A8.3 (conditions), A2.5.2 (ITSTATE), B3.13 (fault registers). Word accesses of one instruction are made in the order of their addresses.
 */
import { allRows, createDecoder, type Decoder, type Instruction } from '../../../isa/index.ts';
import type { Dataspace, VmSession } from '../../component.ts';
import type { PendingAbort } from '../abort.ts';
import { isRefusal } from '../guest-memory.ts';
import { faultStatus, MODE_MASK, PSR } from '../modes.ts';
import type { SmcState } from '../smc.ts';
import { hex32 } from '../text.ts';
import type { DeviceVm, EmulatedDevice } from './device.ts';
import { EmulateOps, NotEmulated, type EmulatedPlace } from './emulate-ops.ts';
import { registersOfMode } from './registers.ts';

export type EmulationResult =
  | { readonly kind: 'emulated'; readonly device: EmulatedDevice }
  /** No device is there, or the abort is not one of an access. */
  | { readonly kind: 'none' }
  /** A device is there, but the access aborts in the VM all the same. */
  | { readonly kind: 'refused'; readonly device: EmulatedDevice; readonly reason: string };

/** What a device's accesses need. */
export interface DeviceBinding {
  readonly device: EmulatedDevice;
  readonly state: SmcState;
  readonly registers: Dataspace | undefined;
}

export type EmulateSession = Pick<VmSession, 'get' | 'set' | 'ram' | 'ramBase' | 'translate'>;

/** Operations of plain loads and stores, by the names of their bodies. */
const PLAIN: ReadonlySet<string> = new Set([
  'load', 'loadRegister', 'store', 'storeRegister', 'loadDual', 'loadDualRegister', 'storeDual', 'storeDualRegister',
  'loadMultiple', 'storeMultiple', 'loadMultipleUser', 'storeMultipleUser',
]);
const DFSR_WRITE = 1 << 11;
/** FS of a synchronous external abort that is not a table walk's. */
const EXTERNAL = 0x08;
const PAGE = 4096;
const IT_HIGH = 0xfc00;
const IT_LOW = 0x06000000;
const MODE_USER = 0x10;

export class DeviceEmulator {
  readonly #bindings: readonly DeviceBinding[];
  readonly #decoder: () => Decoder;

  constructor(bindings: readonly DeviceBinding[], decoder: () => Decoder) {
    this.#bindings = bindings;
    this.#decoder = decoder;
  }

  /** Offers a fault of the paused VM to the devices. After 'emulated' the VM's state is that behind the instruction. */
  offer(vm: EmulateSession, { kind, fsr, far }: PendingAbort, deviceVm: DeviceVm): EmulationResult {
    if (kind !== 'data' || faultStatus(fsr) !== EXTERNAL) return { kind: 'none' };
    const at = vm.translate(far, { write: (fsr & DFSR_WRITE) !== 0, user: (vm.get('cpsr') & MODE_MASK) === MODE_USER });
    const binding = at.ok ? this.#find(at.pa >>> 0) : undefined;
    if (binding === undefined) return { kind: 'none' };
    const { device } = binding;
    try {
      this.#execute(vm, far, (fsr & DFSR_WRITE) !== 0, binding, deviceVm);
      return { kind: 'emulated', device };
    } catch (error) {
      if (error instanceof NotEmulated || isRefusal(error)) return { kind: 'refused', device, reason: error.message };
      throw error;
    }
  }

  #find(pa: number): DeviceBinding | undefined {
    return this.#bindings.find(({ device: { base, size } }) => pa >= base && pa < base + size);
  }

  #execute(vm: EmulateSession, far: number, write: boolean, binding: DeviceBinding, deviceVm: DeviceVm): void {
    const cpsr = vm.get('cpsr');
    const pc = vm.get('ip');
    const names = registersOfMode(cpsr);
    if (names === undefined || (cpsr & PSR.J) !== 0) throw new NotEmulated('it is in no state that has such instructions');
    const thumb = (cpsr & PSR.T) !== 0;
    const user = (cpsr & MODE_MASK) === MODE_USER;
    const instruction = this.#fetch(vm, pc, thumb, user);
    const it = thumb ? (cpsr >>> 25 & 3) | (cpsr >>> 8 & 0xfc) : 0;
    const condition = it !== 0 && instruction.condition !== 15 ? it >>> 4 : instruction.condition;
    if (!holds(condition, cpsr)) throw new NotEmulated(`${instruction.row.name} does not execute`);
    const { operation: { name, body }, row, length, shape, x } = instruction;
    if (!PLAIN.has(name)) throw new NotEmulated(`${row.name} is not emulated`);
    let covered = false;
    const ops = new EmulateOps({
      vm, cpsr, pc, length, names,
      probe: (va, bytes, unit, wantsWrite, unprivileged) => {
        covered = wantsWrite === write && far >= va && far < va + bytes;
        if (!covered) throw new NotEmulated(`${row.name} does not ${write ? 'write' : 'read'} ${hex32(far)}`);
        return this.#place(vm, va, bytes, unit, wantsWrite, user || unprivileged, binding, deviceVm);
      },
    });
    ops.run(body, shape, x);
    if (!covered) throw new NotEmulated(`${row.name} accesses nothing`);
    for (const [register, value] of ops.written) vm.set(register, value);
    const { target } = ops;
    let next = cpsr & ~(IT_HIGH | IT_LOW);
    if (target === undefined) {
      vm.set('ip', (pc + length) >>> 0);
      const after = (it & 7) === 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
      next |= (after & 3) << 25 | (after & 0xfc) << 8;
    } else {
      next = (target & 1) !== 0 ? next | PSR.T : next & ~PSR.T;
      vm.set('ip', ((target & 1) !== 0 ? target & ~1 : target & ~3) >>> 0);
    }
    if (next >>> 0 !== cpsr >>> 0) vm.set('cpsr', next >>> 0);
  }

  #fetch(vm: EmulateSession, pc: number, thumb: boolean, user: boolean): Instruction {
    const half = (va: number): number => {
      const offset = this.#codeOffset(vm, va, user);
      return vm.ram.read8(offset) | vm.ram.read8(offset + 1) << 8;
    };
    const decoder = this.#decoder();
    if (!thumb) return decoder.decodeA32(vm.ram.read32(this.#codeOffset(vm, pc, user)) | 0);
    const first = half(pc);
    return (first >>> 11) < 0x1d ? decoder.decodeT32(first, 0) : decoder.decodeT32(first, half((pc + 2) >>> 0));
  }

  #codeOffset(vm: EmulateSession, va: number, user: boolean): number {
    const at = vm.translate(va, { write: false, user });
    if (!at.ok) throw new NotEmulated(`its code at ${hex32(va)} cannot be read (fault status 0x${at.status.toString(16)})`);
    const offset = (at.pa >>> 0) - vm.ramBase;
    if (offset < 0 || offset + 4 > vm.ram.size) throw new NotEmulated(`its code at PA ${hex32(at.pa)} does not lie in the VM's RAM`);
    return offset;
  }

  /** The whole access must lie in one device, each word of it aligned. */
  #place(vm: EmulateSession, va: number, bytes: number, unit: number, write: boolean, user: boolean, binding: DeviceBinding, deviceVm: DeviceVm): EmulatedPlace {
    const { device, state, registers } = binding;
    if ((va & (unit - 1)) !== 0) throw new NotEmulated(`${hex32(va)} is not aligned`);
    let base = -1;
    for (let at = va, end: number; at < va + bytes; at = end) {
      end = Math.min(va + bytes, at - at % PAGE + PAGE);
      const translated = vm.translate(at, { write, user });
      const offset = translated.ok ? (translated.pa >>> 0) - device.base : -1;
      if (base < 0) base = offset;
      if (offset < 0 || offset + (end - at) > device.size || offset !== base + (at - va)) throw new NotEmulated(`${bytes} bytes at ${hex32(va)} leave the device`);
    }
    return {
      read: (offset, size) => device.read(base + offset, size, state, deviceVm, registers),
      write: (offset, size, value) => { device.write(base + offset, size, value, state, deviceVm, registers); },
    };
  }
}

/** A8.3.1 ConditionPassed, on a PSR. */
function holds(condition: number, psr: number): boolean {
  const bit = (flag: number): boolean => (psr & flag) !== 0;
  let result: boolean;
  switch (condition >>> 1) {
    case 0: result = bit(PSR.Z); break;
    case 1: result = bit(PSR.C); break;
    case 2: result = bit(PSR.N); break;
    case 3: result = bit(PSR.V); break;
    case 4: result = bit(PSR.C) && !bit(PSR.Z); break;
    case 5: result = bit(PSR.N) === bit(PSR.V); break;
    case 6: result = bit(PSR.N) === bit(PSR.V) && !bit(PSR.Z); break;
    default: return true;
  }
  return (condition & 1) !== 0 ? !result : result;
}

/** The instruction set's decoder, made on first use where none is given. */
export function lazyDecoder(given: Decoder | undefined): () => Decoder {
  let decoder = given;
  return () => decoder ??= createDecoder(allRows);
}
