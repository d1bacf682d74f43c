/**
 * Advanced SIMD element and structure loads and stores (DDI 0406C, A7.7, A8.8.320-331, A8.8.404-411).
 */
import type { Ops } from '../all-ops.ts';
import { operation } from '../operation.ts';
import { ALIGNED, type Imm, LOAD, type Place, type Reg, STORE, type W32 } from '../ops.ts';
import type { ElementSize, Vec } from '../vector-ops.ts';

/** What the base register becomes: itself, the address behind the transfer, or base + Rm. */
export type Writeback = 'none' | 'size' | 'register';

export type StructureShape = {
  load: boolean;
  /** Element size; structures of `n` elements, in registers `step` apart. */
  size: ElementSize;
  n: number;
  step: number;
  /** In bytes; 1 where none was asked for, then elements are checked as SCTLR.A says. */
  alignment: number;
  writeback: Writeback;
};

function access(o: Ops, s: { load: boolean; size: ElementSize; alignment: number }, address: W32, bytes: number): Place {
  const kind = s.load ? LOAD : STORE;
  return s.alignment > 1 ? o.probeAligned(address, bytes, s.alignment, kind | ALIGNED)
    : o.probe(address, bytes, (s.size / 8) as 1 | 2 | 4 | 8, kind);
}

function writeBack(o: Ops, writeback: Writeback, n: Reg, m: Reg, base: W32, bytes: number): void {
  if (writeback === 'none' || o.isPC(n)) return;
  o.write(n, o.add(base, writeback === 'register' ? o.read(m) : o.constant(bytes)));
}

/** VLD1-VLD4, VST1-VST4 (multiple structures): `groups` structures' worth of registers, each group's first register behind the last group's. */
export const neonMultiple = operation(
  'neonMultiple', { d: 'imm', n: 'reg', m: 'reg' },
  (o: Ops, s: StructureShape & { groups: number }, x: { d: Imm; n: Reg; m: Reg }) => {
    if (!o.vfpEnabled('neon')) return;
    const base = o.read(x.n);
    const bytes = 8 * s.n * s.groups;
    const at = access(o, s, base, bytes);
    if (o.aborted(at)) return;
    for (let group = 0; group < s.groups; group++) {
      const first = 8 * s.n * group;
      if (s.n === 1) {
        if (s.load) o.vwrite(false, o.registerPlus(x.d, group), o.loadElements(s.size, at, first));
        else o.storeElements(s.size, at, first, o.vread(false, o.registerPlus(x.d, group)));
        continue;
      }
      const vectors: Vec[] = [];
      for (let k = 0; k < s.n; k++) vectors.push(s.load ? o.loadElements(s.size, at, first + 8 * k) : o.vread(false, o.registerPlus(x.d, group + k * s.step)));
      for (let k = 0; k < s.n; k++) {
        if (s.load) o.vwrite(false, o.registerPlus(x.d, group + k * s.step), o.vdeinterleave(s.size, k, vectors));
        else o.storeElements(s.size, at, first + 8 * k, o.vinterleave(s.size, k, vectors));
      }
    }
    writeBack(o, s.writeback, x.n, x.m, base, bytes);
  });

/** VLD1-VLD4, VST1-VST4 (single structure to or from one lane). */
export const neonLane = operation(
  'neonLane', { d: 'imm', n: 'reg', m: 'reg', lane: 'imm' },
  (o: Ops, s: StructureShape & { size: 8 | 16 | 32 }, x: { d: Imm; n: Reg; m: Reg; lane: Imm }) => {
    if (!o.vfpEnabled('neon')) return;
    const base = o.read(x.n);
    const unit = (s.size / 8) as 1 | 2 | 4;
    const at = access(o, s, base, unit * s.n);
    if (o.aborted(at)) return;
    for (let k = 0; k < s.n; k++) {
      const register = o.registerPlus(x.d, k * s.step);
      const offset = o.constant(k * unit);
      if (s.load) o.writeLane(s.size, register, x.lane, o.load(at, offset, unit));
      else o.store(at, offset, unit, o.readLane(s.size, false, register, x.lane));
    }
    writeBack(o, s.writeback, x.n, x.m, base, unit * s.n);
  });

/** VLD1-VLD4 (single structure to all lanes); `copies`: registers that each element goes to (VLD1 of two registers). */
export const neonAllLanes = operation(
  'neonAllLanes', { d: 'imm', n: 'reg', m: 'reg' },
  (o: Ops, s: StructureShape & { size: 8 | 16 | 32; copies: number }, x: { d: Imm; n: Reg; m: Reg }) => {
    if (!o.vfpEnabled('neon')) return;
    const base = o.read(x.n);
    const unit = (s.size / 8) as 1 | 2 | 4;
    const at = access(o, s, base, unit * s.n);
    if (o.aborted(at)) return;
    for (let k = 0; k < s.n; k++) {
      const value = o.vdup(s.size, o.load(at, o.constant(k * unit), unit));
      for (let copy = 0; copy < s.copies; copy++) o.vwrite(false, o.registerPlus(x.d, k * s.step + copy), value);
    }
    writeBack(o, s.writeback, x.n, x.m, base, unit * s.n);
  });
