/**
 * LDM, STM, PUSH, POP (DDI 0406C, A8.8), their forms with ^ (B9.3.5, B9.3.6, B9.3.17), RFE and SRS (B9.3.13, B9.3.16).
 *
 * Operands: `list` without the PC; `bytes` is the size of all that is moved, with the PC; `start` is the first address relative to the base,
 * and `delta` what writeback adds.
 */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import { ALIGNED, type Imm, LOAD, type Place, type Reg, type RegList, STORE, type W32 } from '../ops.ts';
import { refusePC } from '../pseudocode.ts';

const KINDS = { n: 'reg', list: 'list', bytes: 'imm', start: 'imm', delta: 'imm' } as const;
type Tokens = { n: Reg; list: RegList; bytes: Imm; start: Imm; delta: Imm };

/** Where the PC stands: it is always the last. */
function lastWord(o: Ops, bytes: Imm): W32 {
  return o.sub(o.imm(bytes), o.constant(4));
}

function storeLastPC(o: Ops, at: Place, bytes: Imm): void {
  // PCStoreValue: the address of the instruction + 8. No T32 store can hold the PC.
  o.store(at, lastWord(o, bytes), 4, o.add(o.nextAddress(), o.constant(4)));
}

export const loadMultiple = operation('loadMultiple', KINDS, (o: Ops, s: { wback: boolean; pc: boolean }, x: Tokens) => {
  if (refusePC(o, x.n)) return;
  const base = o.read(x.n);
  const at = o.probe(o.add(base, o.imm(x.start)), x.bytes, 4, LOAD | ALIGNED);
  if (o.aborted(at)) return;
  // Base first: where the list has it too (UNPREDICTABLE), the loaded value stays.
  if (s.wback) o.write(x.n, o.add(base, o.imm(x.delta)));
  o.forEachReg(x.list, (r, offset) => o.write(r, o.load(at, offset, 4)));
  if (s.pc) o.loadWritePC(o.load(at, lastWord(o, x.bytes), 4));
});

export const storeMultiple = operation('storeMultiple', KINDS, (o: Ops, s: { wback: boolean; pc: boolean }, x: Tokens) => {
  if (refusePC(o, x.n)) return;
  const base = o.read(x.n);
  const at = o.probe(o.add(base, o.imm(x.start)), x.bytes, 4, STORE | ALIGNED);
  if (o.aborted(at)) return;
  // The base is stored with its old value (UNKNOWN unless it is the first of the list).
  o.forEachReg(x.list, (r, offset) => o.store(at, offset, 4, o.read(r)));
  if (s.pc) storeLastPC(o, at, x.bytes);
  if (s.wback) o.write(x.n, o.add(base, o.imm(x.delta)));
});

/** LDM (User registers). UNPREDICTABLE in User and System mode: UNDEFINED here. */
export const loadMultipleUser = operation('loadMultipleUser', KINDS, (o: Ops, _s: Record<never, never>, x: Tokens) => {
  if (o.isUserOrSystem()) return o.raise('undefined');
  if (refusePC(o, x.n)) return;
  const at = o.probe(o.add(o.read(x.n), o.imm(x.start)), x.bytes, 4, LOAD | ALIGNED);
  if (o.aborted(at)) return;
  o.forEachReg(x.list, (r, offset) => o.writeUser(r, o.load(at, offset, 4)));
});

/** STM (User registers). UNPREDICTABLE in User and System mode: UNDEFINED here. */
export const storeMultipleUser = operation('storeMultipleUser', KINDS, (o: Ops, s: { pc: boolean }, x: Tokens) => {
  if (o.isUserOrSystem()) return o.raise('undefined');
  if (refusePC(o, x.n)) return;
  const at = o.probe(o.add(o.read(x.n), o.imm(x.start)), x.bytes, 4, STORE | ALIGNED);
  if (o.aborted(at)) return;
  o.forEachReg(x.list, (r, offset) => o.store(at, offset, 4, o.readUser(r)));
  if (s.pc) storeLastPC(o, at, x.bytes);
});

/** LDM (exception return). UNPREDICTABLE in User and System mode: UNDEFINED here. */
export const loadMultipleReturn = operation('loadMultipleReturn', KINDS, (o: Ops, s: { wback: boolean }, x: Tokens) => {
  if (o.isUserOrSystem()) return o.raise('undefined');
  if (refusePC(o, x.n)) return;
  const base = o.read(x.n);
  const at = o.probe(o.add(base, o.imm(x.start)), x.bytes, 4, LOAD | ALIGNED);
  if (o.aborted(at)) return;
  if (s.wback) o.write(x.n, o.add(base, o.imm(x.delta)));
  o.forEachReg(x.list, (r, offset) => o.write(r, o.load(at, offset, 4)));
  o.exceptionReturn(o.readSPSR(), o.load(at, lastWord(o, x.bytes), 4));
});

/** RFE: the PC, and above it the CPSR. UNPREDICTABLE in User mode: UNDEFINED here. */
export const returnFromException = operation(
  'returnFromException', { n: 'reg', start: 'imm', delta: 'imm' },
  (o: Ops, s: { wback: boolean }, x: { n: Reg; start: Imm; delta: Imm }) => {
    if (o.isUser()) return o.raise('undefined');
    if (refusePC(o, x.n)) return;
    const base = o.read(x.n);
    const at = o.probe(o.add(base, o.imm(x.start)), 8, 4, LOAD | ALIGNED);
    if (o.aborted(at)) return;
    const target = o.load(at, o.constant(0), 4);
    const psr = o.load(at, o.constant(4), 4);
    if (s.wback) o.write(x.n, o.add(base, o.imm(x.delta)));
    o.exceptionReturn(psr, target);
  });

/** Modes with an R13 that SRS can name. */
const MODES: ReadonlySet<number> = new Set([0b10000, 0b10001, 0b10010, 0b10011, 0b10110, 0b10111, 0b11011, 0b11111]);

/** SRS: R14 and above it the SPSR, on the stack of a mode. UNPREDICTABLE in User and System mode: UNDEFINED here. `lr` is R14. */
export const storeReturnState = operation(
  'storeReturnState', { lr: 'reg', start: 'imm', delta: 'imm' },
  (o: Ops, s: { wback: boolean; mode: number }, x: { lr: Reg; start: Imm; delta: Imm }) => {
    if (o.isUserOrSystem() || !MODES.has(s.mode)) return o.raise('undefined');
    const base = o.readBankedSP(s.mode);
    if (o.ended()) return; // Monitor mode named from non-secure state
    const at = o.probe(o.add(base, o.imm(x.start)), 8, 4, STORE | ALIGNED);
    if (o.aborted(at)) return;
    o.store(at, o.constant(0), 4, o.read(x.lr));
    o.store(at, o.constant(4), 4, o.readSPSR());
    if (s.wback) o.writeBankedSP(s.mode, o.add(base, o.imm(x.delta)));
  });
