/**
 * Gives an external abort that came to the monitor (SCR.EA) back to the normal world, as it would have taken it itself.
 *
 * Source: DDI 0406C, B1.9.7 and B1.9.8 (TakePrefetchAbortException, TakeDataAbortException), B4.1.51-56 (fault registers), with SCR.AW = 0: the entry leaves
 * CPSR.A as it is. The fault is read from the secure copies, where SCR.EA puts it, and written to the non-secure ones.
 */
import type { VmSession } from '../component.ts';
import { describeFault, isImprecise, MODE_ABT, MODE_MASK, PSR, PSR_IT } from './modes.ts';
import { hex32 } from './text.ts';

export type AbortKind = 'prefetch' | 'data';

/** A fault to be given to the VM; plain data. */
export type PendingAbort = { kind: AbortKind; fsr: number; far: number };

const SCTLR_V = 1 << 13;
const SCTLR_EE = 1 << 25;
const SCTLR_TE = 1 << 30;
const HIGH_VECTORS = 0xffff0000;
const OFFSET = { prefetch: 0x0c, data: 0x10 } as const;
/** What LR_abt is ahead of the instruction, in either instruction set. */
const LINK = { prefetch: 4, data: 8 } as const;
const DFSR_WRITE = 1 << 11;

type Registers = Pick<VmSession, 'get' | 'set'>;

/** The fault that the monitor was entered with. */
export function faultOf(vm: Pick<VmSession, 'get'>, kind: AbortKind): PendingAbort {
  return kind === 'data' ? { kind, fsr: vm.get('abort_dfsr'), far: vm.get('abort_dfar') } : { kind, fsr: vm.get('abort_ifsr'), far: vm.get('abort_ifar') };
}

/** Whether the VM can take it now: an imprecise abort waits for CPSR.A to be clear. */
export function canTake(vm: Pick<VmSession, 'get'>, { kind, fsr }: PendingAbort): boolean {
  return kind === 'prefetch' || !isImprecise(fsr) || (vm.get('cpsr') & PSR.A) === 0;
}

/** Takes the abort in the VM's abort mode. */
export function injectAbort(vm: Registers, { kind, fsr, far }: PendingAbort): void {
  const cpsr = vm.get('cpsr');
  const sctlr = vm.get('sctlr');
  vm.set('abt_spsr', cpsr);
  vm.set('abt_lr', (vm.get('ip') + LINK[kind]) >>> 0);
  if (kind === 'data') {
    vm.set('dfsr', fsr);
    // An imprecise abort does not know its address.
    if (!isImprecise(fsr)) vm.set('dfar', far);
  } else {
    vm.set('ifsr', fsr);
    vm.set('ifar', far);
  }
  let entry = cpsr & ~(MODE_MASK | PSR.T | PSR.J | PSR.E | PSR_IT) | MODE_ABT | PSR.I;
  if ((sctlr & SCTLR_TE) !== 0) entry |= PSR.T;
  if ((sctlr & SCTLR_EE) !== 0) entry |= PSR.E;
  vm.set('cpsr', entry >>> 0);
  vm.set('ip', (((sctlr & SCTLR_V) !== 0 ? HIGH_VECTORS : vm.get('vbar')) + OFFSET[kind]) >>> 0);
}

/** `data abort at 0x80101234, write of 0x53f84000: external abort (0x00001808)`. */
export function describeAbort(vm: Pick<VmSession, 'get'>, { kind, fsr, far }: PendingAbort): string {
  const access = kind === 'prefetch' ? 'fetch' : (fsr & DFSR_WRITE) !== 0 ? 'write' : 'read';
  const where = kind === 'data' && isImprecise(fsr) ? `${access}, address unknown` : `${access} of VA ${hex32(far)}`;
  return `${kind} abort at ${hex32(vm.get('ip'))}, ${where}: ${describeFault(fsr)}`;
}
