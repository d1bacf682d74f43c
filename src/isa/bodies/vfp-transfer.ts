/**
 * Moves between core registers, extension registers, system registers and memory (DDI 0406C, A7.6, A7.8, A7.9).
 */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import { ALIGNED, type Imm, LOAD, type Reg, STORE, type W32 } from '../ops.ts';
import type { FloatWidth, VfpSystemRegister } from '../vector-ops.ts';

/** R[n], or Align(PC, 4) where n is the PC. */
function base(o: Ops, n: Reg): W32 {
  return o.isPC(n) ? o.and(o.read(n), o.constant(-4)) : o.read(n);
}

/** VMRS Rt, FPSCR; with Rt = 15 the flags go to APSR. A8.8.348 */
export const vmrsFPSCR = operation('vmrsFPSCR', { t: 'reg' }, (o: Ops, _s: Record<never, never>, x: { t: Reg }) => {
  if (!o.vfpEnabled('vfp')) return;
  const value = o.readFPSCR();
  if (o.isPC(x.t)) o.writeNZCV(value);
  else o.write(x.t, value);
});

/** A8.8.349 */
export const vmsrFPSCR = operation('vmsrFPSCR', { t: 'reg' }, (o: Ops, _s: Record<never, never>, x: { t: Reg }) => {
  if (!o.vfpEnabled('vfp')) return;
  o.writeFPSCR(o.read(x.t));
});

/** Privileged, and not subject to FPEXC.EN. B9.3.21 */
export const vmrsSystem = operation('vmrsSystem', { t: 'reg' }, (o: Ops, s: { register: VfpSystemRegister }, x: { t: Reg }) => {
  if (!o.vfpEnabled('system')) return;
  const value = o.readVfpSystem(s.register);
  if (!o.isPC(x.t)) o.write(x.t, value);
});

/** B9.3.22 */
export const vmsrSystem = operation('vmsrSystem', { t: 'reg' }, (o: Ops, s: { register: VfpSystemRegister }, x: { t: Reg }) => {
  if (!o.vfpEnabled('system')) return;
  o.writeVfpSystem(s.register, o.read(x.t));
});

/** VMOV between a core register and an S register. A8.8.343 */
export const vmovCoreSingle = operation('vmovCoreSingle', { t: 'reg', n: 'imm' }, (o: Ops, s: { toCore: boolean }, x: { t: Reg; n: Imm }) => {
  if (!o.vfpEnabled('vfp')) return;
  if (!s.toCore) o.writeS(x.n, o.read(x.t));
  else if (!o.isPC(x.t)) o.write(x.t, o.readS(x.n));
});

/** VMOV between two core registers and two S registers. A8.8.344 */
export const vmovCoreTwoSingles = operation(
  'vmovCoreTwoSingles', { t: 'reg', u: 'reg', m: 'imm' },
  (o: Ops, s: { toCore: boolean }, x: { t: Reg; u: Reg; m: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    const next = o.registerPlus(x.m, 1);
    if (s.toCore) {
      if (!o.isPC(x.t)) o.write(x.t, o.readS(x.m));
      if (!o.isPC(x.u)) o.write(x.u, o.readS(next));
    } else {
      o.writeS(x.m, o.read(x.t));
      o.writeS(next, o.read(x.u));
    }
  });

/** VMOV between two core registers and a D register. A8.8.345 */
export const vmovCoreDouble = operation(
  'vmovCoreDouble', { t: 'reg', u: 'reg', m: 'imm' },
  (o: Ops, s: { toCore: boolean }, x: { t: Reg; u: Reg; m: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    if (s.toCore) {
      const value = o.readF(64, x.m);
      if (!o.isPC(x.t)) o.write(x.t, o.floatLow(value));
      if (!o.isPC(x.u)) o.write(x.u, o.floatHigh(value));
    } else {
      o.writeF(64, x.m, o.floatFromPair(o.read(x.t), o.read(x.u)));
    }
  });

/** VMOV core register to scalar. Words belong to VFP, bytes and halfwords to Advanced SIMD. A8.8.341 */
export const vmovCoreToScalar = operation(
  'vmovCoreToScalar', { t: 'reg', d: 'imm', lane: 'imm' },
  (o: Ops, s: { size: 8 | 16 | 32 }, x: { t: Reg; d: Imm; lane: Imm }) => {
    if (!o.vfpEnabled(s.size === 32 ? 'vfp' : 'neon')) return;
    o.writeLane(s.size, x.d, x.lane, o.read(x.t));
  });

/** VMOV scalar to core register. A8.8.342 */
export const vmovScalarToCore = operation(
  'vmovScalarToCore', { t: 'reg', n: 'imm', lane: 'imm' },
  (o: Ops, s: { size: 8 | 16 | 32; signed: boolean }, x: { t: Reg; n: Imm; lane: Imm }) => {
    if (!o.vfpEnabled(s.size === 32 ? 'vfp' : 'neon')) return;
    if (!o.isPC(x.t)) o.write(x.t, o.readLane(s.size, s.signed, x.n, x.lane));
  });

/** A8.8.333, A8.8.413 */
export const vectorLoadStore = operation(
  'vectorLoadStore', { d: 'imm', n: 'reg', offset: 'imm' },
  (o: Ops, s: { load: boolean; width: FloatWidth }, x: { d: Imm; n: Reg; offset: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    const address = o.add(base(o, x.n), o.imm(x.offset));
    const at = o.probe(address, s.width / 8, 4, (s.load ? LOAD : STORE) | ALIGNED);
    if (o.aborted(at)) return;
    const zero = o.constant(0);
    if (s.width === 32) {
      if (s.load) o.writeS(x.d, o.load(at, zero, 4));
      else o.store(at, zero, 4, o.readS(x.d));
    } else if (s.load) {
      o.writeF(64, x.d, o.load64(at, zero));
    } else {
      o.store64(at, zero, o.readF(64, x.d));
    }
  });

/**
 * VLDM, VSTM, VPUSH, VPOP, FLDMX, FSTMX: `count` registers of `bytes` in all; the base moves by `step`, which for FLDMX and FSTMX is one word more.
 * `before`: the transfer starts at base + step. A8.8.332, A8.8.412, A8.8.367, A8.8.368
 */
export const vectorMultiple = operation(
  'vectorMultiple', { d: 'imm', n: 'reg', count: 'imm', bytes: 'imm', step: 'imm' },
  (o: Ops, s: { load: boolean; width: FloatWidth; before: boolean; W: boolean }, x: { d: Imm; n: Reg; count: Imm; bytes: Imm; step: Imm }) => {
    if (!o.vfpEnabled('vfp')) return;
    const start = base(o, x.n);
    const end = o.add(start, o.imm(x.step));
    const at = o.probe(s.before ? end : start, x.bytes, 4, (s.load ? LOAD : STORE) | ALIGNED);
    if (o.aborted(at)) return;
    o.forEachExtension(s.width, x.d, x.count, (r, offset) => {
      if (s.width === 32) {
        if (s.load) o.writeS(r, o.load(at, offset, 4));
        else o.store(at, offset, 4, o.readS(r));
      } else if (s.load) {
        o.writeF(64, r, o.load64(at, offset));
      } else {
        o.store64(at, offset, o.readF(64, r));
      }
    });
    if (s.W && !o.isPC(x.n)) o.write(x.n, end);
  });
