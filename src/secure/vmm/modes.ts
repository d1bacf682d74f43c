/** Names of modes, flags, exceptions and external aborts for reports. Source: DDI 0406C, B1.3, B1.8.1, table B3-23. */
import { EXCEPTION } from '../layout.ts';
import { hex32 } from './text.ts';

export const MODE_MASK = 0x1f;
export const MODE_ABT = 0x17;
export const PSR = { N: 1 << 31, Z: 1 << 30, C: 1 << 29, V: 1 << 28, Q: 1 << 27, J: 1 << 24, E: 1 << 9, A: 1 << 8, I: 1 << 7, F: 1 << 6, T: 1 << 5 } as const;
/** IT[7:2] and IT[1:0] where the PSR has them. */
export const PSR_IT = 0x0600fc00;

const MODES: Readonly<Record<number, string>> = { 0x10: 'usr', 0x11: 'fiq', 0x12: 'irq', 0x13: 'svc', 0x16: 'mon', 0x17: 'abt', 0x1b: 'und', 0x1f: 'sys' };

export function modeName(psr: number): string {
  return MODES[psr & MODE_MASK] ?? `mode 0x${(psr & MODE_MASK).toString(16)}`;
}

/** `svc, A32, nZCv, masked: A I F`. */
export function describePsr(psr: number): string {
  const flag = (bit: number, name: string): string => ((psr & bit) !== 0 ? name.toUpperCase() : name.toLowerCase());
  const state = ['A32', 'T32', 'Jazelle', 'ThumbEE'][((psr & PSR.J) !== 0 ? 2 : 0) + ((psr & PSR.T) !== 0 ? 1 : 0)]!;
  const masked = (['A', 'I', 'F'] as const).filter((name) => (psr & PSR[name]) !== 0);
  return `${modeName(psr)}, ${state}, ${flag(PSR.N, 'n')}${flag(PSR.Z, 'z')}${flag(PSR.C, 'c')}${flag(PSR.V, 'v')}${(psr & PSR.E) !== 0 ? ', big-endian' : ''}, masked: ${masked.join(' ') || 'nothing'}`;
}

const EXCEPTIONS: Readonly<Record<number, string>> = {
  [EXCEPTION.reset]: 'reset', [EXCEPTION.undefined]: 'undefined instruction', [EXCEPTION.supervisorCall]: 'secure monitor call (SMC)',
  [EXCEPTION.prefetchAbort]: 'prefetch abort', [EXCEPTION.dataAbort]: 'data abort', [EXCEPTION.irq]: 'IRQ', [EXCEPTION.fiq]: 'FIQ',
};
/** Vector offsets by exception number: 0x14 is no exception here. */
const OFFSETS: Readonly<Record<number, number>> = { 1: 0x00, 2: 0x04, 3: 0x08, 4: 0x0c, 5: 0x10, 6: 0x18, 7: 0x1c };

/** With both numberings that people use, and the offset in MVBAR's table. */
export function describeException(number: number): string {
  const name = EXCEPTIONS[number];
  if (name === undefined) return `exception number ${number}, which is none`;
  const offset = OFFSETS[number]!;
  return `${name} (number ${number} of 1-7; vector offset 0x${offset.toString(16).padStart(2, '0')}, number ${offset >> 2} of 0-7)`;
}

const FAULTS: Readonly<Record<number, string>> = {
  0x08: 'external abort', 0x0c: 'external abort on a table walk, level 1', 0x0e: 'external abort on a table walk, level 2', 0x16: 'imprecise external abort',
  0x18: 'imprecise parity error', 0x19: 'parity error', 0x1c: 'parity error on a table walk, level 1', 0x1e: 'parity error on a table walk, level 2',
};

/** FS of a DFSR or IFSR: bits 10 and 3-0. */
export function faultStatus(fsr: number): number {
  return fsr >>> 6 & 0x10 | fsr & 15;
}

export function isImprecise(fsr: number): boolean {
  const status = faultStatus(fsr);
  return status === 0x16 || status === 0x18;
}

export function describeFault(fsr: number): string {
  return `${FAULTS[faultStatus(fsr)] ?? `fault status 0x${faultStatus(fsr).toString(16)}`} (${hex32(fsr)})`;
}
