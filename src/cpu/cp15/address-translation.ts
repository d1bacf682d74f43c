/**
 * The VA to PA translation operations and what they leave in PAR (DDI 0406C, B3.12.5 and B4.1.112, short-descriptor format).
 */
import type { LinearMemory } from '../memory.ts';
import { STATE } from '../layout.ts';
import { FAULT_NONE, FAULT_PERMISSION_PAGE, FAULT_PERMISSION_SECTION } from '../mmu/faults.ts';
import { MAY_READ, MAY_WRITE, SCTLR_TRE, type Walker } from '../mmu/walk.ts';

export const PAR_F = 1 << 0;
export const PAR_SS = 1 << 1;
export const PAR_SH = 1 << 7;
export const PAR_NS = 1 << 9;

/** PAR.Inner, in place. */
const INNER_STRONGLY_ORDERED = 1 << 4;
const INNER_DEVICE = 3 << 4;

/** PRRR.TRn, and the meaning of PRRR's shareability bits. */
const TR_STRONGLY_ORDERED = 0;
const TR_DEVICE = 1;

/**
 * PAR.Inner and PAR.Outer (in place) of a cacheability as TEX, C, B with TEX[2] = 1, and NMRR, encode it: 0 non-cacheable, 1 write-back
 * write-allocate, 2 write-through, 3 write-back without write-allocate. PAR.Outer uses that encoding; PAR.Inner sets its top bit for all
 * but non-cacheable.
 */
function normal(inner: number, outer: number, shareable: boolean): number {
  return (inner === 0 ? 0 : (4 | inner) << 4) | outer << 2 | (shareable ? PAR_SH : 0);
}

/** Attributes in PAR's places by TEX, C, B and S, without TEX remap (table B3-10). Reserved encodings count as non-cacheable. */
function attributesDirect(tex: number, cb: number, s: boolean): number {
  if ((tex & 4) !== 0) return normal(cb, tex & 3, s);
  switch (tex << 2 | cb) {
    case 0: return INNER_STRONGLY_ORDERED | PAR_SH;
    case 1: return INNER_DEVICE | PAR_SH;
    case 2: return normal(2, 2, s);
    case 3: return normal(3, 3, s);
    case 7: return normal(1, 1, s);
    case 8: return INNER_DEVICE;
    default: return normal(0, 0, s);
  }
}

/** Attributes in PAR's places with TEX remap: PRRR and NMRR by TEX[0], C, B (B3.8.3). */
function attributesRemapped(n: number, s: boolean, prrr: number, nmrr: number): number {
  const type = prrr >>> (2 * n) & 3;
  if (type === TR_STRONGLY_ORDERED) return INNER_STRONGLY_ORDERED | PAR_SH;
  if (type === TR_DEVICE) return INNER_DEVICE | ((prrr >>> (s ? 17 : 16) & 1) !== 0 ? PAR_SH : 0);
  return normal(nmrr >>> (2 * n) & 3, nmrr >>> (16 + 2 * n) & 3, (prrr >>> (s ? 19 : 18) & 1) !== 0);
}

function attributes(walker: Walker, memory: LinearMemory, world: number): number {
  const { i32 } = memory;
  if (walker.level === 0) return INNER_STRONGLY_ORDERED | PAR_SH;
  if ((i32[STATE.SCTLR + world]! & SCTLR_TRE) === 0) return attributesDirect(walker.tex, walker.cb, walker.shareable);
  return attributesRemapped((walker.tex & 1) << 2 | walker.cb, walker.shareable, i32[STATE.PRRR + world]!, i32[STATE.NMRR + world]!);
}

/**
 * Translates `va` in a world as an access of the given kind would, and gives PAR's value (uint32). The walk stays in the walker's fields;
 * PAR.FS holds external aborts of the walk as well.
 */
export function translateToPar(walker: Walker, memory: LinearMemory, va: number, world: number, privileged: boolean, write: boolean): number {
  walker.walk(va, world);
  let fault = walker.fault | walker.faultExt;
  if (fault === FAULT_NONE && (walker.permissions(privileged, world) & (write ? MAY_WRITE : MAY_READ)) === 0) {
    fault = walker.level === 1 ? FAULT_PERMISSION_SECTION : FAULT_PERMISSION_PAGE;
  }
  if (fault !== FAULT_NONE) return (fault >>> 12 & 1) << 6 | (fault >>> 10 & 1) << 5 | (fault & 15) << 1 | PAR_F;
  const address = walker.supersection ? (walker.pa & 0xff000000) | PAR_SS : walker.pa & 0xfffff000;
  return (address | (walker.nonsecure ? PAR_NS : 0) | attributes(walker, memory, world)) >>> 0;
}
