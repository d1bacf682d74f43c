/** Branches (DDI 0406C, A8.8: B, BL, BLX, BX, BXJ, CBZ, TBB). */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import { type Imm, LOAD, type Reg, type W32 } from '../ops.ts';

/** The return address with the current instruction set in bit 0. */
function link(o: Ops): W32 {
  return o.thumb ? o.or(o.nextAddress(), o.constant(1)) : o.nextAddress();
}

/** B, BL. */
export const branch = operation('branch', { imm: 'imm' }, (o: Ops, s: { link: boolean }, x: { imm: Imm }) => {
  if (s.link) o.writeLR(link(o));
  o.branch(x.imm);
});

/** BLX (immediate): the other instruction set. */
export const branchLinkExchange = operation('branchLinkExchange', { imm: 'imm' }, (o: Ops, _s: Record<never, never>, x: { imm: Imm }) => {
  o.writeLR(link(o));
  o.branchExchange(x.imm);
});

/** BX and BLX (register). BXJ is BX: the Jazelle extension is trivial. */
export const branchRegister = operation('branchRegister', { m: 'reg' }, (o: Ops, s: { link: boolean }, x: { m: Reg }) => {
  const target = o.read(x.m);
  if (s.link) o.writeLR(link(o));
  o.bxWritePC(target);
});

/** CBZ, CBNZ. */
export const compareAndBranch = operation('compareAndBranch', { n: 'reg', imm: 'imm' }, (o: Ops, s: { nonzero: boolean }, x: { n: Reg; imm: Imm }) => {
  const zero = o.constant(0);
  o.branchIf(s.nonzero ? o.ne(o.read(x.n), zero) : o.eq(o.read(x.n), zero), x.imm);
});

/** TBB, TBH. A 32-bit T32 instruction's PC is the address of the next one. */
export const tableBranch = operation('tableBranch', { n: 'reg', m: 'reg' }, (o: Ops, s: { half: boolean }, x: { n: Reg; m: Reg }) => {
  const one = o.constant(1);
  const index = o.read(x.m);
  const at = o.probe(o.add(o.read(x.n), s.half ? o.shl(index, one) : index), s.half ? 2 : 1, s.half ? 2 : 1, LOAD);
  if (o.aborted(at)) return;
  o.branchWritePC(o.add(o.nextAddress(), o.shl(o.load(at, o.constant(0), s.half ? 2 : 1), one)));
});
