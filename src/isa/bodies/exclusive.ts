/** Exclusive accesses and swaps (DDI 0406C, A3.4; A8.8: LDREX, STREX, CLREX, SWP). They fault where not aligned to their size. */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import { ALIGNED, ATOMIC, type Imm, LOAD, type Reg, STORE } from '../ops.ts';
import { refusePC } from '../pseudocode.ts';

export type ExclusiveShape = { size: 1 | 2 | 4 };

export const loadExclusive = operation('loadExclusive', { t: 'reg', n: 'reg', imm: 'imm' }, (o: Ops, s: ExclusiveShape, x: { t: Reg; n: Reg; imm: Imm }) => {
  if (refusePC(o, x.t, x.n)) return;
  const at = o.probe(o.add(o.read(x.n), o.imm(x.imm)), s.size, s.size, LOAD | ALIGNED);
  if (o.aborted(at)) return;
  o.markExclusive(at, s.size);
  o.write(x.t, o.load(at, o.constant(0), s.size));
});

export const loadExclusiveDual = operation('loadExclusiveDual', { t: 'reg', u: 'reg', n: 'reg' }, (o: Ops, _s: Record<never, never>, x: { t: Reg; u: Reg; n: Reg }) => {
  if (refusePC(o, x.t, x.u, x.n)) return;
  const at = o.probe(o.read(x.n), 8, 8, LOAD | ALIGNED);
  if (o.aborted(at)) return;
  o.markExclusive(at, 8);
  const second = o.load(at, o.constant(4), 4);
  o.write(x.t, o.load(at, o.constant(0), 4));
  o.write(x.u, second);
});

export const storeExclusive = operation(
  'storeExclusive', { d: 'reg', t: 'reg', n: 'reg', imm: 'imm' },
  (o: Ops, s: ExclusiveShape, x: { d: Reg; t: Reg; n: Reg; imm: Imm }) => {
    if (refusePC(o, x.d, x.t, x.n)) return;
    const value = o.read(x.t);
    const at = o.probe(o.add(o.read(x.n), o.imm(x.imm)), s.size, s.size, STORE | ALIGNED);
    if (o.aborted(at)) return;
    const passed = o.passExclusive(at, s.size);
    o.when(passed, () => o.store(at, o.constant(0), s.size, value));
    o.write(x.d, o.fromBool(o.notTrue(passed)));
  });

export const storeExclusiveDual = operation(
  'storeExclusiveDual', { d: 'reg', t: 'reg', u: 'reg', n: 'reg' },
  (o: Ops, _s: Record<never, never>, x: { d: Reg; t: Reg; u: Reg; n: Reg }) => {
    if (refusePC(o, x.d, x.t, x.u, x.n)) return;
    const first = o.read(x.t);
    const second = o.read(x.u);
    const at = o.probe(o.read(x.n), 8, 8, STORE | ALIGNED);
    if (o.aborted(at)) return;
    const passed = o.passExclusive(at, 8);
    o.when(passed, () => {
      o.store(at, o.constant(0), 4, first);
      o.store(at, o.constant(4), 4, second);
    });
    o.write(x.d, o.fromBool(o.notTrue(passed)));
  });

export const clearExclusive = operation('clearExclusive', {}, (o: Ops) => o.clearExclusive());

/** SWP, SWPB: Rt from memory, Rt2 (`u`) to memory. */
export const swap = operation('swap', { t: 'reg', u: 'reg', n: 'reg' }, (o: Ops, s: { size: 1 | 4 }, x: { t: Reg; u: Reg; n: Reg }) => {
  if (refusePC(o, x.t, x.u, x.n)) return;
  const value = o.read(x.u);
  const at = o.probe(o.read(x.n), s.size, s.size, LOAD | STORE | ALIGNED | ATOMIC);
  if (o.aborted(at)) return;
  const old = o.load(at, o.constant(0), s.size);
  o.store(at, o.constant(0), s.size, value);
  o.write(x.t, old);
});
