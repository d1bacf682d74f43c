/** Loads and stores of one register or a pair (DDI 0406C, A8.8: LDR, STR and their kin). */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import { ALIGNED, type Imm, LOAD, type Reg, STORE, UNPRIVILEGED, type W32 } from '../ops.ts';
import { baseRegister, refusePC, Shift, type ShiftKind } from '../pseudocode.ts';

/** Offset and pre-indexed use base + offset as the address, post-indexed the base; pre- and post-indexed write base + offset back. */
export type Index = 'offset' | 'pre' | 'post';
export type Size = 1 | 2 | 4;

export type LoadShape = { size: Size; signed: boolean; index: Index; unprivileged: boolean };
export type StoreShape = { size: Size; index: Index; unprivileged: boolean };
export type DualShape = { index: Index };
/** `add` is the U bit: register offsets may be subtracted. */
export type RegisterOffset = { add: boolean; shift: ShiftKind };

function offsetBase(o: Ops, base: W32, s: RegisterOffset, m: Reg, amount: Imm): W32 {
  const offset = Shift(o, s.shift, o.read(m), o.imm(amount));
  return s.add ? o.add(base, offset) : o.sub(base, offset);
}

/** Whether registers stand where they are UNPREDICTABLE and refused: a PC that is written back, or loaded as other than a whole word. */
function refused(o: Ops, index: Index, n: Reg): boolean {
  return index !== 'offset' && refusePC(o, n);
}

function finishLoad(o: Ops, s: LoadShape, t: Reg, n: Reg, base: W32, moved: W32): void {
  const at = o.probe(s.index === 'post' ? base : moved, s.size, s.size, s.unprivileged ? LOAD | UNPRIVILEGED : LOAD);
  if (o.aborted(at)) return;
  const raw = o.load(at, o.constant(0), s.size);
  const value = !s.signed ? raw : s.size === 1 ? o.sext8(raw) : o.sext16(raw);
  // Base first: where it is the destination too (UNPREDICTABLE), the loaded value stays.
  if (s.index !== 'offset') o.write(n, moved);
  if (o.isPC(t)) o.loadWritePC(value);
  else o.write(t, value);
}

function refusedLoad(o: Ops, s: LoadShape, t: Reg, n: Reg): boolean {
  return refused(o, s.index, n) || ((s.size !== 4 || s.unprivileged) && refusePC(o, t));
}

export const load = operation('load', { t: 'reg', n: 'reg', imm: 'imm' }, (o: Ops, s: LoadShape, x: { t: Reg; n: Reg; imm: Imm }) => {
  if (refusedLoad(o, s, x.t, x.n)) return;
  const base = baseRegister(o, x.n);
  finishLoad(o, s, x.t, x.n, base, o.add(base, o.imm(x.imm)));
});

export const loadRegister = operation(
  'loadRegister', { t: 'reg', n: 'reg', m: 'reg', amount: 'imm' },
  (o: Ops, s: LoadShape & RegisterOffset, x: { t: Reg; n: Reg; m: Reg; amount: Imm }) => {
    if (refusedLoad(o, s, x.t, x.n)) return;
    const base = baseRegister(o, x.n);
    finishLoad(o, s, x.t, x.n, base, offsetBase(o, base, s, x.m, x.amount));
  });

function finishStore(o: Ops, s: StoreShape, t: Reg, n: Reg, base: W32, moved: W32): void {
  const at = o.probe(s.index === 'post' ? base : moved, s.size, s.size, s.unprivileged ? STORE | UNPRIVILEGED : STORE);
  if (o.aborted(at)) return;
  o.store(at, o.constant(0), s.size, o.read(t));
  if (s.index !== 'offset') o.write(n, moved);
}

export const store = operation('store', { t: 'reg', n: 'reg', imm: 'imm' }, (o: Ops, s: StoreShape, x: { t: Reg; n: Reg; imm: Imm }) => {
  if (refused(o, s.index, x.n)) return;
  const base = baseRegister(o, x.n);
  finishStore(o, s, x.t, x.n, base, o.add(base, o.imm(x.imm)));
});

export const storeRegister = operation(
  'storeRegister', { t: 'reg', n: 'reg', m: 'reg', amount: 'imm' },
  (o: Ops, s: StoreShape & RegisterOffset, x: { t: Reg; n: Reg; m: Reg; amount: Imm }) => {
    if (refused(o, s.index, x.n)) return;
    const base = baseRegister(o, x.n);
    finishStore(o, s, x.t, x.n, base, offsetBase(o, base, s, x.m, x.amount));
  });

// LDRD and STRD are two word accesses, each of which must be word aligned (A3.2.1).

function finishLoadDual(o: Ops, s: DualShape, t: Reg, u: Reg, n: Reg, base: W32, moved: W32): void {
  const at = o.probe(s.index === 'post' ? base : moved, 8, 4, LOAD | ALIGNED);
  if (o.aborted(at)) return;
  const first = o.load(at, o.constant(0), 4);
  const second = o.load(at, o.constant(4), 4);
  if (s.index !== 'offset') o.write(n, moved);
  o.write(t, first);
  o.write(u, second);
}

export const loadDual = operation(
  'loadDual', { t: 'reg', u: 'reg', n: 'reg', imm: 'imm' },
  (o: Ops, s: DualShape, x: { t: Reg; u: Reg; n: Reg; imm: Imm }) => {
    if (refused(o, s.index, x.n) || refusePC(o, x.t, x.u)) return;
    const base = baseRegister(o, x.n);
    finishLoadDual(o, s, x.t, x.u, x.n, base, o.add(base, o.imm(x.imm)));
  });

export const loadDualRegister = operation(
  'loadDualRegister', { t: 'reg', u: 'reg', n: 'reg', m: 'reg' },
  (o: Ops, s: DualShape & { add: boolean }, x: { t: Reg; u: Reg; n: Reg; m: Reg }) => {
    if (refused(o, s.index, x.n) || refusePC(o, x.t, x.u)) return;
    const base = o.read(x.n);
    finishLoadDual(o, s, x.t, x.u, x.n, base, s.add ? o.add(base, o.read(x.m)) : o.sub(base, o.read(x.m)));
  });

function finishStoreDual(o: Ops, s: DualShape, t: Reg, u: Reg, n: Reg, base: W32, moved: W32): void {
  const at = o.probe(s.index === 'post' ? base : moved, 8, 4, STORE | ALIGNED);
  if (o.aborted(at)) return;
  o.store(at, o.constant(0), 4, o.read(t));
  o.store(at, o.constant(4), 4, o.read(u));
  if (s.index !== 'offset') o.write(n, moved);
}

export const storeDual = operation(
  'storeDual', { t: 'reg', u: 'reg', n: 'reg', imm: 'imm' },
  (o: Ops, s: DualShape, x: { t: Reg; u: Reg; n: Reg; imm: Imm }) => {
    if (refused(o, s.index, x.n)) return;
    const base = baseRegister(o, x.n);
    finishStoreDual(o, s, x.t, x.u, x.n, base, o.add(base, o.imm(x.imm)));
  });

export const storeDualRegister = operation(
  'storeDualRegister', { t: 'reg', u: 'reg', n: 'reg', m: 'reg' },
  (o: Ops, s: DualShape & { add: boolean }, x: { t: Reg; u: Reg; n: Reg; m: Reg }) => {
    if (refused(o, s.index, x.n)) return;
    const base = o.read(x.n);
    finishStoreDual(o, s, x.t, x.u, x.n, base, s.add ? o.add(base, o.read(x.m)) : o.sub(base, o.read(x.m)));
  });
