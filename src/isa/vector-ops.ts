/**
 * The part of `Ops` for VFPv3 and Advanced SIMD (DDI 0406C, A2.6-A2.8, A8).
 *
 * A body says what is read, which named primitive is applied and what is written. Each primitive has one meaning, which
 * vector/lanes.ts and softfloat/ give as pure functions of bit patterns; a tier either computes it through those or maps it to instructions of its own.
 * Floating-point values mean bit patterns: neither JavaScript nor WebAssembly keeps the payload of a NaN in arithmetic.
 */
import type { Access, Imm, Place, W32 } from './ops.ts';

declare const kind: unique symbol;
interface Opaque<Kind extends string> { readonly [kind]: Kind }

/** A floating-point bit pattern of 32 or 64 bits; the primitive says which. */
export type Float = Opaque<'Float'>;
/** A vector of 64 or 128 bits; the primitive's `quad` says which. A 64-bit vector's upper half has no meaning. */
export type Vec = Opaque<'Vec'>;

export type FloatWidth = 32 | 64;
/** Which access check: VFP instructions, Advanced SIMD instructions, VMRS and VMSR of the registers that FPEXC.EN does not guard. */
export type VfpAccess = 'vfp' | 'neon' | 'system';
/** System registers of VMRS and VMSR besides FPSCR. */
export type VfpSystemRegister = 'FPSID' | 'MVFR0' | 'MVFR1' | 'FPEXC';

export type FloatUnary = 'abs' | 'neg' | 'sqrt';
export type FloatBinary = 'add' | 'sub' | 'mul' | 'div';

export type ElementSize = 8 | 16 | 32 | 64;
/** i: sign does not matter. */
export type ElementType =
  | 'i8' | 'i16' | 'i32' | 'i64' | 's8' | 's16' | 's32' | 's64' | 'u8' | 'u16' | 'u32' | 'u64' | 'p8' | 'p16' | 'f32';

export type VectorUnary =
  | 'not' | 'abs' | 'neg' | 'qabs' | 'qneg' | 'cls' | 'clz' | 'cnt' | 'rev16' | 'rev32' | 'rev64'
  /** Sums of neighbouring lanes, each twice as wide as the source's; the type is the source's. */
  | 'paddl'
  | 'recpe' | 'rsqrte'
  /** Lanes of f32 to the integer type, towards zero; and back, to nearest. */
  | 'fromFloat' | 'toFloat';
export type VectorBinary =
  | 'and' | 'bic' | 'or' | 'orn' | 'xor'
  | 'add' | 'sub' | 'mul' | 'qadd' | 'qsub' | 'hadd' | 'hsub' | 'rhadd' | 'abd' | 'max' | 'min'
  | 'eq' | 'ge' | 'gt' | 'tst' | 'absGe' | 'absGt' | 'recps' | 'rsqrts'
  /** Shifts by the second operand's signed low byte; negative is to the right. */
  | 'shl' | 'qshl' | 'rshl' | 'qrshl'
  /** High half of the doubled product, saturated; with rounding. */
  | 'qdmulh' | 'qrdmulh'
  /** Doubled product, saturated, of lanes that hold sign-extended values of half their width. */
  | 'qdmull';
export type VectorPairwise = 'add' | 'max' | 'min';
export type VectorShift = 'shl' | 'shr' | 'rshr' | 'qshl' | 'qshlu';
export type VectorInsert = 'sli' | 'sri';
/** Keep the low half; saturate to the same signedness; saturate signed to unsigned. */
export type VectorNarrow = 'truncate' | 'saturate' | 'saturateUnsigned';
export type VectorPermute = 'trn' | 'uzp' | 'zip';

export interface VectorOps {
  // ---- access and system registers
  /** CPACR, NSACR and FPEXC.EN. Where they refuse, the instruction ends as UNDEFINED, and the body must return. */
  vfpEnabled(access: VfpAccess): boolean;
  readFPSCR(): W32;
  /** Bits that the Cortex-A8 does not have stay zero (traps, AHP). */
  writeFPSCR(value: W32): void;
  readVfpSystem(register: VfpSystemRegister): W32;
  /** FPSID, MVFR0 and MVFR1 ignore writes. */
  writeVfpSystem(register: VfpSystemRegister, value: W32): void;
  /** APSR's N, Z, C, V from bits 31-28. */
  writeNZCV(value: W32): void;
  /** Elements of a short vector (FPSCR.LEN + 1) and registers from one to the next (1, or 2 where FPSCR.STRIDE is 3): shape values. */
  vectorLength(): number;
  vectorStride(): number;

  // ---- registers
  /** S0-S31. */
  readS(s: Imm): W32;
  writeS(s: Imm, value: W32): void;
  /** S or D register by width. */
  readF(width: FloatWidth, r: Imm): Float;
  writeF(width: FloatWidth, r: Imm, value: Float): void;
  /** The register `steps` further, modulo 32. */
  registerPlus(r: Imm, steps: number): Imm;
  /** The register `steps` further in the same bank of 8 (S) or 4 (D): short vectors (A2.6, "VFP vector support"). */
  registerInBank(width: FloatWidth, r: Imm, steps: number): Imm;
  /** Whether the register is in bank 0, and so no short vector. Asked only where vectorLength() is above 1, which is for tiers that know operands. */
  inScalarBank(width: FloatWidth, r: Imm): boolean;
  /** `count` registers of `width` from `first`, lowest first, with the byte offset of each. */
  forEachExtension(width: FloatWidth, first: Imm, count: Imm, each: (r: Imm, offset: W32) => void): void;
  /** One element of a D register; the lane counts from the low end. Shorter elements are sign- or zero-extended. */
  readLane(size: 8 | 16 | 32, signed: boolean, d: Imm, lane: Imm): W32;
  writeLane(size: 8 | 16 | 32, d: Imm, lane: Imm, value: W32): void;

  // ---- scalar floating-point, controlled by FPSCR
  floatFromWord(value: W32): Float;
  floatFromPair(low: W32, high: W32): Float;
  floatLow(value: Float): W32;
  floatHigh(value: Float): W32;
  fop1(op: FloatUnary, width: FloatWidth, a: Float): Float;
  fop2(op: FloatBinary, width: FloatWidth, a: Float, b: Float): Float;
  /** FPCompare; the result goes to FPSCR's N, Z, C, V. */
  fcompare(width: FloatWidth, a: Float, b: Float, signalling: boolean): void;
  /** To the other width from `width`. */
  fconvert(width: FloatWidth, a: Float): Float;
  /** FPToFixed to an integer of `size` bits (sign- or zero-extended), times 2^fractionBits; rounding towards zero or as FPSCR says. */
  floatToFixed(width: FloatWidth, size: 16 | 32, signed: boolean, rounding: 'zero' | 'fpscr', fractionBits: Imm | 0, a: Float): W32;
  /** FixedToFP from the low `size` bits; rounding to nearest or as FPSCR says. */
  fixedToFloat(width: FloatWidth, size: 16 | 32, signed: boolean, rounding: 'nearest' | 'fpscr', fractionBits: Imm | 0, a: W32): Float;

  // ---- memory
  /** As `probe`, with any power of two as the alignment that is checked whatever SCTLR.A says. */
  probeAligned(address: W32, bytes: number, alignment: number, access: Access): Place;
  /** Eight bytes, in data endianness. */
  load64(at: Place, offset: W32): Float;
  store64(at: Place, offset: W32, value: Float): void;
  /** Eight bytes as a 64-bit vector of elements, each in data endianness. */
  loadElements(size: ElementSize, at: Place, offset: number): Vec;
  storeElements(size: ElementSize, at: Place, offset: number, value: Vec): void;

  // ---- vectors. Floating-point lanes follow the standard FPSCR value (nearest, flush to zero, default NaN); flags and QC accumulate in FPSCR.
  vread(quad: boolean, d: Imm): Vec;
  vwrite(quad: boolean, d: Imm, value: Vec): void;
  /** A 64-bit pattern in both halves. */
  vconstant(low: Imm, high: Imm): Vec;
  vzero(): Vec;
  /** Each lane is the low bits of `value`. */
  vdup(size: 8 | 16 | 32, value: W32): Vec;
  /** Each lane is one lane of a 64-bit vector. */
  vdupLane(size: 8 | 16 | 32, a: Vec, lane: Imm): Vec;
  vop1(op: VectorUnary, type: ElementType, quad: boolean, a: Vec): Vec;
  vop2(op: VectorBinary, type: ElementType, quad: boolean, a: Vec, b: Vec): Vec;
  /** Bits of `a` where the mask is one, of `b` elsewhere. */
  vselect(mask: Vec, a: Vec, b: Vec): Vec;
  /** 64-bit operands; the low half of the result comes from `a`. */
  vpairwise(op: VectorPairwise, type: ElementType, a: Vec, b: Vec): Vec;
  /** Amounts: 0 to size - 1 to the left, 1 to size to the right. */
  vshift(op: VectorShift, type: ElementType, quad: boolean, a: Vec, amount: Imm): Vec;
  /** `a` shifted, into `d` where the shift leaves no bits of `a`. */
  vinsert(op: VectorInsert, size: ElementSize, quad: boolean, d: Vec, a: Vec, amount: Imm): Vec;
  /** 64-bit vector of `type` to a 128-bit vector of lanes twice as wide. */
  vwiden(type: ElementType, a: Vec): Vec;
  /** 128-bit vector of `type` to a 64-bit vector of lanes half as wide. */
  vnarrow(op: VectorNarrow, type: ElementType, a: Vec): Vec;
  /** Fixed-point with `fractionBits` to f32 (to nearest), and back (towards zero). */
  vfixedToFloat(type: 's32' | 'u32', quad: boolean, fractionBits: Imm, a: Vec): Vec;
  vfloatToFixed(type: 's32' | 'u32', quad: boolean, fractionBits: Imm, a: Vec): Vec;
  /** The bytes from `bytes` on of b:a. */
  vext(quad: boolean, a: Vec, b: Vec, bytes: Imm): Vec;
  /** First (0) or second (1) result of VTRN, VUZP, VZIP. */
  vpermute(op: VectorPermute, part: 0 | 1, size: 8 | 16 | 32, quad: boolean, a: Vec, b: Vec): Vec;
  /** Bytes of `length` D registers from `first` chosen by `indices`; those out of range come from `fallback`. */
  vtable(length: number, first: Imm, indices: Vec, fallback: Vec): Vec;
  /** Every n-th element from the `part`-th on of n 64-bit vectors in a row (n = vectors.length); and the inverse. */
  vdeinterleave(size: ElementSize, part: number, vectors: readonly Vec[]): Vec;
  vinterleave(size: ElementSize, part: number, vectors: readonly Vec[]): Vec;
}
