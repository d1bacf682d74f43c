/** Status registers, coprocessor registers, exceptions, hints, barriers, IT (DDI 0406C, A8.8 and B9.3). */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import type { Exception, Hint, Imm, Reg, W32 } from '../ops.ts';
import { refusePC } from '../pseudocode.ts';

/** MRS. SPSR is UNPREDICTABLE in User and System mode: UNDEFINED here. */
export const moveFromStatus = operation('moveFromStatus', { d: 'reg' }, (o: Ops, s: { spsr: boolean }, x: { d: Reg }) => {
  if (refusePC(o, x.d)) return;
  if (s.spsr && o.isUserOrSystem()) return o.raise('undefined');
  o.write(x.d, s.spsr ? o.readSPSR() : o.readCPSR());
});

type StatusShape = { spsr: boolean; mask: number };

function writeStatus(o: Ops, s: StatusShape, value: W32): void {
  if (!s.spsr) o.writeCPSR(value, s.mask);
  else if (o.isUserOrSystem()) o.raise('undefined');
  else o.writeSPSR(value, s.mask);
}

/** MSR (register). */
export const moveToStatus = operation('moveToStatus', { n: 'reg' }, (o: Ops, s: StatusShape, x: { n: Reg }) => writeStatus(o, s, o.read(x.n)));

/** MSR (immediate). */
export const moveToStatusImmediate = operation('moveToStatusImmediate', { imm: 'imm' }, (o: Ops, s: StatusShape, x: { imm: Imm }) => writeStatus(o, s, o.imm(x.imm)));

/** CPS. `enable` is 1, 0 or -1 (keep); `masks` has A 4, I 2, F 1; `mode` -1 keeps. No effect in User mode. */
export const changeState = operation('changeState', {}, (o: Ops, s: { enable: number; masks: number; mode: number }) => o.changeState(s.enable, s.masks, s.mode));

export const setEndian = operation('setEndian', {}, (o: Ops, s: { big: boolean }) => o.setEndian(s.big));

/** SVC, BKPT, UDF, and encodings that this CPU leaves UNDEFINED but that have a name. */
export const raise = operation('raise', { imm: 'imm' }, (o: Ops, s: { exception: Exception }, x: { imm: Imm }) => o.raise(s.exception, x.imm));

/** SMC: UNDEFINED in User mode. */
export const secureMonitorCall = operation('secureMonitorCall', { imm: 'imm' }, (o: Ops, _s: Record<never, never>, x: { imm: Imm }) =>
  o.raise(o.isUser() ? 'undefined' : 'secure-monitor-call', x.imm));

export const hint = operation('hint', {}, (o: Ops, s: { hint: Hint }) => o.hint(s.hint));

/** IT. `imm` is firstcond:mask. */
export const ifThen = operation('ifThen', { imm: 'imm' }, (o: Ops, _s: Record<never, never>, x: { imm: Imm }) => o.startIT(x.imm));

/** MRC. R15 as the destination is the flags (APSR_nzcv). */
export const moveFromCoprocessor = operation('moveFromCoprocessor', { t: 'reg', register: 'imm' }, (o: Ops, _s: Record<never, never>, x: { t: Reg; register: Imm }) => {
  const value = o.readCoprocessor(x.register);
  if (o.ended()) return;
  if (!o.isPC(x.t)) return o.write(x.t, value);
  const flags = o.constant(0xf0000000 | 0);
  o.writeCPSR(o.or(o.and(value, flags), o.and(o.readCPSR(), o.not(flags))), 0b1000);
});

/** MCR. R15 as the source is UNPREDICTABLE: its value is written. */
export const moveToCoprocessor = operation('moveToCoprocessor', { t: 'reg', register: 'imm' }, (o: Ops, _s: Record<never, never>, x: { t: Reg; register: Imm }) =>
  o.writeCoprocessor(x.register, o.read(x.t)));
