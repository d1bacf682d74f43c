/**
 * Privileged work on behalf of the normal world: SMCs that are answered in the kernel's VM exception path, before user level, and kernel calls that a
 * component reaches by name through its VM session.
 */
import type { Translation } from '../component.ts';
import type { VmRegister } from '../layout.ts';

/** Registers that privileged code may want to see or change. */
export type KernelCp15 = 'SCTLR' | 'TTBR0' | 'DACR' | 'SCR' | 'NSACR' | 'PAR';

/** What privileged code sees. Its memory accesses go through core's page table: what is not mapped there is a data abort of the kernel. */
export interface KernelCallContext {
  /** Name and RAM of the VM. */
  readonly vm: string;
  readonly vmRam: { readonly base: number; readonly size: number };
  /** The VM's state. */
  get(register: VmRegister): number;
  set(register: VmRegister, value: number): void;
  /** ATS12NSO...: where a virtual address of the normal world leads, with the rights of its user or kernel mode. */
  translate(va: number, options: { readonly write: boolean; readonly user: boolean }): Translation;
  /** Whether a physical range is the VM's RAM as a whole. */
  isVmRam(pa: number, length: number): boolean;
  /** Maps physical pages into core's window area; returns the virtual address. `nonsecure` sets NS in the descriptor, which decides the world of the accesses. */
  map(pa: number, length: number, options: { readonly nonsecure: boolean; readonly write: boolean }): number;
  unmap(va: number, length: number): void;
  read32(va: number): number;
  write32(va: number, value: number): void;
  read8(va: number): number;
  write8(va: number, value: number): void;
  /** A register of CP15, uint32; as an MRC and an MCR of the kernel's. To switch the MMU off halts the kernel, with a report of what the next fetch reads. */
  readCp15(register: KernelCp15): number;
  writeCp15(register: KernelCp15, value: number): void;
  /** One line of the kernel's log. */
  log(line: string): void;
}

/** An SMC answered in the kernel: gets r0-r7, returns what becomes of r0-r3 (absent ones stay), or undefined to pass the call on to user level. */
export interface KernelSmc {
  readonly name: string;
  /** Name of the VM that has it; left out: every VM. */
  readonly vm?: string;
  /** Instructions charged for a call. */
  readonly charge: number;
  matches(r0: number, r1: number): boolean;
  handle(context: KernelCallContext, registers: readonly number[]): readonly number[] | undefined;
}

/** A kernel call: privileged work that a component may ask for by name, if its VM session was given it. Arguments and result are 32-bit. */
export interface KernelCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly charge: number;
  handle(context: KernelCallContext, args: readonly number[]): number;
}
