/**
 * The CPU's architectural state as plain data, by name. What a tier keeps for itself (translations, blocks, the TLB) is not in it.
 *
 * The form is canonical: two CPUs that software cannot tell apart give equal data. Flags are part of CPSR, a bank's registers stand in their bank
 * whether it is the current one or not, and a monitor that tags nothing has no tag.
 */
import type { RegisterState } from '../registers/index.ts';
import type { Core } from './core.ts';
import { PMU_DIVIDER, PMU_SINCE } from './cp15/system-registers.ts';
import { BANK_FIQ, BANK_USER, bankOf, STATE } from './layout.ts';
import type { LinearMemory } from './memory.ts';

export const CPU_STATE_VERSION = 1;

/** All numbers are uint32, but for `count`. */
export interface CpuState {
  readonly version: number;
  /** Instructions retired since reset, waiting included. */
  readonly count: number;
  readonly cpsr: number;
  /** R0-R7 and PC. */
  readonly low: readonly number[];
  readonly pc: number;
  /** R8-R12 of all modes but FIQ, and of FIQ. */
  readonly high: readonly number[];
  readonly highFiq: readonly number[];
  /** SP, LR and SPSR by bank; User and System mode have no SPSR. */
  readonly banks: { readonly [bank: string]: readonly number[] };
  /** D0-D31 as words, low word first. */
  readonly vfp: readonly number[];
  readonly fpscr: number;
  readonly fpexc: number;
  /** The exclusive monitor's tag: bytes at a physical address; null while it is open. */
  readonly exclusive: { readonly address: number; readonly bytes: number; readonly device: boolean } | null;
  /** Interrupt inputs, and a pending imprecise abort's fault status + 1. */
  readonly irqLine: number;
  readonly fiqLine: number;
  readonly asyncAbort: number;
  /** 1 in WFI, 2 in WFE; WFE's event register. */
  readonly waiting: number;
  readonly eventRegister: number;
  readonly cp15: RegisterState;
  /** Cycles that the PMU's cycle counter has not counted yet, where it counts one in 64. */
  readonly pmuDivider: number;
}

const BANK_NAMES = ['usr', 'fiq', 'irq', 'svc', 'abt', 'und', 'mon'] as const;

const words = (source: Uint32Array, at: number, count: number): number[] => [...source.subarray(at, at + count)];

/** Physical address of an offset in linear memory. */
function physicalOf(memory: LinearMemory, offset: number): number {
  for (const { base, size, offset: start } of memory.layout.memories) if (offset >= start && offset < start + size) return base + offset - start;
  throw new Error(`offset 0x${offset.toString(16)} is in no memory of the machine`);
}

function offsetOf(memory: LinearMemory, address: number): number {
  for (const { base, size, offset } of memory.layout.memories) if (address >= base && address < base + size) return offset + address - base;
  throw new Error(`saved CPU state: the exclusive monitor's tag 0x${address.toString(16)} is in no memory of this machine`);
}

export function saveCpu(core: Core): CpuState {
  const { memory } = core;
  core.cp15.pmuInterrupt(); // brings the counters up to now: when that is done otherwise is the tier's affair
  const u = memory.u32;
  const current = bankOf(u[STATE.mode]!);
  const inFiq = current === BANK_FIQ;
  const banks: Record<string, readonly number[]> = {};
  BANK_NAMES.forEach((name, bank) => {
    const at = bank === current ? STATE.r + 13 : STATE.banked + bank * 3;
    banks[name] = [...words(u, at, 2), ...(bank === BANK_USER ? [] : [u[STATE.banked + bank * 3 + 2]!])];
  });
  const tag = u[STATE.exclusiveTag]!;
  const device = (tag & 1) !== 0;
  return {
    version: CPU_STATE_VERSION,
    count: core.count,
    cpsr: core.cpsr,
    low: words(u, STATE.r, 8),
    pc: u[STATE.r + 15]!,
    high: words(u, inFiq ? STATE.r8user : STATE.r + 8, 5),
    highFiq: words(u, inFiq ? STATE.r + 8 : STATE.r8fiq, 5),
    banks,
    vfp: words(u, STATE.d, 64),
    fpscr: u[STATE.fpscr]!,
    fpexc: u[STATE.fpexc]!,
    exclusive: u[STATE.exclusive] === 0 ? null : { address: device ? tag - 1 : physicalOf(memory, tag), bytes: u[STATE.exclusiveSize]!, device },
    irqLine: u[STATE.irqLine]!,
    fiqLine: u[STATE.fiqLine]!,
    asyncAbort: u[STATE.asyncAbort]!,
    waiting: u[STATE.waiting]!,
    eventRegister: u[STATE.eventRegister]!,
    cp15: core.cp15.registers.save(),
    pmuDivider: u[PMU_DIVIDER]!,
  };
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Error(`saved CPU state lacks ${name}`);
}

function checkWords(name: string, values: unknown, count: number): void {
  if (!Array.isArray(values) || values.length !== count) throw new Error(`saved CPU state lacks ${count} value(s) of ${name}`);
  for (const value of values) checkNumber(name, value);
}

/** Throws, saying what is wrong, unless the state is complete and of a version that this program knows. */
export function checkCpuState(state: CpuState): void {
  if (state.version !== CPU_STATE_VERSION) throw new Error(`saved CPU state has version ${state.version}; this program knows version ${CPU_STATE_VERSION}`);
  for (const name of ['count', 'cpsr', 'pc', 'fpscr', 'fpexc', 'irqLine', 'fiqLine', 'asyncAbort', 'waiting', 'eventRegister', 'pmuDivider'] as const) checkNumber(name, state[name]);
  checkWords('low', state.low, 8);
  checkWords('high', state.high, 5);
  checkWords('highFiq', state.highFiq, 5);
  checkWords('vfp', state.vfp, 64);
  BANK_NAMES.forEach((name, bank) => { checkWords(`banks.${name}`, state.banks?.[name], bank === BANK_USER ? 2 : 3); });
  if (state.exclusive === undefined) throw new Error('saved CPU state lacks exclusive');
  if (state.cp15 === undefined) throw new Error('saved CPU state lacks cp15');
  if (bankOf(state.cpsr & 31) < 0) throw new Error(`saved CPU state: CPSR 0x${state.cpsr.toString(16)} has no mode`);
}

/** Takes saved state back and drops every cached translation. Translated code is its tier's to drop. Throws where the state is incomplete. */
export function loadCpu(core: Core, state: CpuState): void {
  checkCpuState(state);
  const { memory } = core;
  const u = memory.u32;
  const tag = state.exclusive === null ? 0 : state.exclusive.device ? state.exclusive.address + 1 : offsetOf(memory, state.exclusive.address);
  core.cp15.registers.load(state.cp15);
  core.count = state.count;
  const mode = state.cpsr & 31;
  const current = bankOf(mode);
  const inFiq = current === BANK_FIQ;
  u.set(state.low, STATE.r);
  u.set(inFiq ? state.highFiq : state.high, STATE.r + 8);
  u.set(state.high, STATE.r8user);
  u.set(state.highFiq, STATE.r8fiq);
  BANK_NAMES.forEach((name, bank) => { u.set(state.banks[name]!, STATE.banked + bank * 3); });
  u.set(state.banks[BANK_NAMES[current]!]!.slice(0, 2), STATE.r + 13);
  u[STATE.r + 15] = state.pc;
  u.set(state.vfp, STATE.d);
  u[STATE.fpscr] = state.fpscr;
  u[STATE.fpexc] = state.fpexc;
  u[STATE.exclusive] = state.exclusive === null ? 0 : 1;
  u[STATE.exclusiveTag] = tag;
  u[STATE.exclusiveSize] = state.exclusive?.bytes ?? 0;
  u[STATE.irqLine] = state.irqLine;
  u[STATE.fiqLine] = state.fiqLine;
  u[STATE.asyncAbort] = state.asyncAbort;
  u[STATE.waiting] = state.waiting;
  u[STATE.eventRegister] = state.eventRegister;
  u[PMU_DIVIDER] = state.pmuDivider;
  u[PMU_SINCE] = state.count % 2 ** 32;
  u[PMU_SINCE + 1] = Math.floor(state.count / 2 ** 32);
  u[STATE.mode] = mode; // the registers are this mode's already: CPSR's setter has no bank to swap
  core.cpsr = state.cpsr;
  core.mmu.dropAll();
}
