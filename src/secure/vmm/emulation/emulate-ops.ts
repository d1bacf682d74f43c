/**
 * `Ops` for an instruction that a VM could not execute because the bus refused its access: the body that every engine tier runs, over the VM's saved registers and
 * emulated devices instead of the CPU and memory. Decoder and semantics are the instruction set's own; nothing is written twice.
 *
 * Register writes are kept until the body is through. What a body may do here is what plain loads and stores do; anything else ends the emulation.
 */
import type { Concrete } from '../../../isa/concrete.ts';
import { STORE, UNPRIVILEGED, type Ops } from '../../../isa/index.ts';
import type { VmSession } from '../../component.ts';
import type { VmRegister } from '../../layout.ts';
import { MODE_MASK, PSR } from '../modes.ts';
import { USER_REGISTERS } from './registers.ts';

/** The instruction is not one that is emulated, for a reason. */
export class NotEmulated extends Error {
  override readonly name = 'NotEmulated';
}

/** What the body's accesses lead to. Offsets are from the start of the probed range. */
export interface EmulatedPlace {
  read(offset: number, size: 1 | 2 | 4): number;
  write(offset: number, size: 1 | 2 | 4, value: number): void;
}

export interface EmulateContext {
  readonly vm: Pick<VmSession, 'get'>;
  readonly cpsr: number;
  readonly pc: number;
  /** Of the instruction, in bytes. */
  readonly length: number;
  /** Names of R0-R14 in the current mode. */
  readonly names: readonly VmRegister[];
  /** Finds the place of a whole access, or throws NotEmulated. */
  readonly probe: (va: number, bytes: number, unit: number, write: boolean, unprivileged: boolean) => EmulatedPlace;
}

const NOTHING: EmulatedPlace = { read: () => { throw new NotEmulated('no place was probed'); }, write: () => { throw new NotEmulated('no place was probed'); } };
const MODE_USER = 0x10;
const MODE_SYSTEM = 0x1f;

export class EmulateOps implements Partial<Concrete<Ops>> {
  readonly #context: EmulateContext;
  /** Registers that are to be written. */
  readonly written = new Map<VmRegister, number>();
  /** Where a load of the PC goes, with the instruction set in bit 0. */
  target: number | undefined;
  readonly thumb: boolean;
  #place = NOTHING;

  constructor(context: EmulateContext) {
    this.#context = context;
    this.thumb = (context.cpsr & PSR.T) !== 0;
  }

  /** Runs a body over this instance. */
  run(body: (o: Ops, shape: never, x: never) => void, shape: unknown, x: unknown): void {
    body(this as unknown as Ops, shape as never, x as never);
  }

  // ---- values
  constant(value: number): number { return value | 0; }
  imm(operand: number): number { return operand | 0; }
  add(a: number, b: number): number { return (a + b) | 0; }
  sub(a: number, b: number): number { return (a - b) | 0; }
  and(a: number, b: number): number { return a & b; }
  or(a: number, b: number): number { return a | b; }
  shl(a: number, amount: number): number { return a << amount; }
  shrU(a: number, amount: number): number { return (a >>> amount) | 0; }
  shrS(a: number, amount: number): number { return a >> amount; }
  rotr(a: number, amount: number): number { return (a >>> amount) | (a << (32 - (amount & 31))); }
  sext8(a: number): number { return (a << 24) >> 24; }
  sext16(a: number): number { return (a << 16) >> 16; }
  carry(): number { return (this.#context.cpsr & PSR.C) !== 0 ? 1 : 0; }

  // ---- registers
  isPC(r: number): boolean { return r === 15; }
  read(r: number): number {
    const { pc, names } = this.#context;
    return r === 15 ? (pc + (this.thumb ? 4 : 8)) | 0 : this.#get(names[r]!);
  }
  write(r: number, value: number): void { this.written.set(this.#context.names[r]!, value >>> 0); }
  readUser(r: number): number { return this.#get(USER_REGISTERS[r]!); }
  writeUser(r: number, value: number): void { this.written.set(USER_REGISTERS[r]!, value >>> 0); }
  #get(name: VmRegister): number { return (this.written.get(name) ?? this.#context.vm.get(name)) | 0; }
  nextAddress(): number { return (this.#context.pc + this.#context.length) | 0; }
  isUserOrSystem(): boolean {
    const mode = this.#context.cpsr & MODE_MASK;
    return mode === MODE_USER || mode === MODE_SYSTEM;
  }

  // ---- memory
  probe(address: number, bytes: number, unit: 1 | 2 | 4 | 8, access: number): number {
    this.#place = this.#context.probe(address >>> 0, bytes, unit, (access & STORE) !== 0, (access & UNPRIVILEGED) !== 0);
    return 0;
  }
  aborted(): boolean { return false; }
  load(_at: number, offset: number, size: 1 | 2 | 4): number { return this.#data(this.#place.read(offset, size), size); }
  store(_at: number, offset: number, size: 1 | 2 | 4, value: number): void {
    const data = this.#data(value, size);
    this.#place.write(offset, size, size === 4 ? data >>> 0 : data & (size === 2 ? 0xffff : 0xff));
  }
  forEachReg(list: number, each: (r: number, offset: number) => void): void {
    let offset = 0;
    for (let r = 0; r < 15; r++) {
      if ((list >> r & 1) === 0) continue;
      each(r, offset);
      offset += 4;
    }
  }

  /** A value between registers and the bus: devices are little-endian, data has CPSR.E's order. */
  #data(value: number, size: 1 | 2 | 4): number {
    if ((this.#context.cpsr & PSR.E) === 0 || size === 1) return value | 0;
    if (size === 2) return (value >>> 8 & 0xff) | (value & 0xff) << 8;
    return (value >>> 24) | (value >>> 8 & 0xff00) | (value & 0xff00) << 8 | value << 24;
  }

  // ---- control flow
  loadWritePC(target: number): void { this.target = target >>> 0; }
  raise(): void { throw new NotEmulated('it is UNPREDICTABLE'); }
}
