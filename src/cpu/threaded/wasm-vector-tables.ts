/** Which WebAssembly instruction does what to the lanes of a vector, by element size; and byte patterns of permutations. */
import { SIMD } from '../../wasm/index.ts';
import type { ElementType, VectorPermute } from '../../isa/vector-ops.ts';

export type LaneSize = 8 | 16 | 32 | 64;
export type BySize = Readonly<Partial<Record<LaneSize, number>>>;

export function sizeOf(type: ElementType): LaneSize { return Number(type.slice(1)) as LaneSize; }
export const isUnsigned = (type: ElementType): boolean => type.startsWith('u');

export const NEG: BySize = { 8: SIMD.i8x16_neg, 16: SIMD.i16x8_neg, 32: SIMD.i32x4_neg, 64: SIMD.i64x2_neg };
export const ABS: BySize = { 8: SIMD.i8x16_abs, 16: SIMD.i16x8_abs, 32: SIMD.i32x4_abs };
export const ADD: BySize = { 8: SIMD.i8x16_add, 16: SIMD.i16x8_add, 32: SIMD.i32x4_add, 64: SIMD.i64x2_add };
export const SUB: BySize = { 8: SIMD.i8x16_sub, 16: SIMD.i16x8_sub, 32: SIMD.i32x4_sub, 64: SIMD.i64x2_sub };
export const MUL: BySize = { 16: SIMD.i16x8_mul, 32: SIMD.i32x4_mul, 64: SIMD.i64x2_mul };
export const EQ: BySize = { 8: SIMD.i8x16_eq, 16: SIMD.i16x8_eq, 32: SIMD.i32x4_eq, 64: SIMD.i64x2_eq };
export const NE: BySize = { 8: SIMD.i8x16_ne, 16: SIMD.i16x8_ne, 32: SIMD.i32x4_ne, 64: SIMD.i64x2_ne };
export const LESS_U: BySize = { 8: SIMD.i8x16_lt_u, 16: SIMD.i16x8_lt_u, 32: SIMD.i32x4_lt_u };
export const SHL: BySize = { 8: SIMD.i8x16_shl, 16: SIMD.i16x8_shl, 32: SIMD.i32x4_shl, 64: SIMD.i64x2_shl };
export const SHR_S: BySize = { 8: SIMD.i8x16_shr_s, 16: SIMD.i16x8_shr_s, 32: SIMD.i32x4_shr_s, 64: SIMD.i64x2_shr_s };
export const SHR_U: BySize = { 8: SIMD.i8x16_shr_u, 16: SIMD.i16x8_shr_u, 32: SIMD.i32x4_shr_u, 64: SIMD.i64x2_shr_u };
export const EXTEND_S: BySize = { 8: SIMD.i16x8_extend_low_i8x16_s, 16: SIMD.i32x4_extend_low_i16x8_s, 32: SIMD.i64x2_extend_low_i32x4_s };
export const EXTEND_U: BySize = { 8: SIMD.i16x8_extend_low_i8x16_u, 16: SIMD.i32x4_extend_low_i16x8_u, 32: SIMD.i64x2_extend_low_i32x4_u };
/** By the size of the products. */
export const EXTMUL_S: BySize = { 16: SIMD.i16x8_extmul_low_i8x16_s, 32: SIMD.i32x4_extmul_low_i16x8_s, 64: SIMD.i64x2_extmul_low_i32x4_s };
export const EXTMUL_U: BySize = { 16: SIMD.i16x8_extmul_low_i8x16_u, 32: SIMD.i32x4_extmul_low_i16x8_u, 64: SIMD.i64x2_extmul_low_i32x4_u };
export const PAIRS_S: BySize = { 8: SIMD.i16x8_extadd_pairwise_i8x16_s, 16: SIMD.i32x4_extadd_pairwise_i16x8_s };
export const PAIRS_U: BySize = { 8: SIMD.i16x8_extadd_pairwise_i8x16_u, 16: SIMD.i32x4_extadd_pairwise_i16x8_u };
/** By the size of the source's lanes, which are signed; the result saturates. */
export const NARROW_S: BySize = { 16: SIMD.i8x16_narrow_i16x8_s, 32: SIMD.i16x8_narrow_i32x4_s };
export const NARROW_U: BySize = { 16: SIMD.i8x16_narrow_i16x8_u, 32: SIMD.i16x8_narrow_i32x4_u };
export const SPLAT: BySize = { 8: SIMD.i8x16_splat, 16: SIMD.i16x8_splat, 32: SIMD.i32x4_splat };

/** Operations that are one instruction, by operation, with U behind it for unsigned lanes. */
export const INTEGER: Readonly<Record<string, BySize | undefined>> = {
  add: ADD, addU: ADD, sub: SUB, subU: SUB, mul: MUL, mulU: MUL, eq: EQ, eqU: EQ,
  gt: { 8: SIMD.i8x16_gt_s, 16: SIMD.i16x8_gt_s, 32: SIMD.i32x4_gt_s },
  gtU: { 8: SIMD.i8x16_gt_u, 16: SIMD.i16x8_gt_u, 32: SIMD.i32x4_gt_u },
  ge: { 8: SIMD.i8x16_ge_s, 16: SIMD.i16x8_ge_s, 32: SIMD.i32x4_ge_s },
  geU: { 8: SIMD.i8x16_ge_u, 16: SIMD.i16x8_ge_u, 32: SIMD.i32x4_ge_u },
  max: { 8: SIMD.i8x16_max_s, 16: SIMD.i16x8_max_s, 32: SIMD.i32x4_max_s },
  maxU: { 8: SIMD.i8x16_max_u, 16: SIMD.i16x8_max_u, 32: SIMD.i32x4_max_u },
  min: { 8: SIMD.i8x16_min_s, 16: SIMD.i16x8_min_s, 32: SIMD.i32x4_min_s },
  minU: { 8: SIMD.i8x16_min_u, 16: SIMD.i16x8_min_u, 32: SIMD.i32x4_min_u },
  rhaddU: { 8: SIMD.i8x16_avgr_u, 16: SIMD.i16x8_avgr_u },
};
export const SATURATING: Readonly<Record<string, BySize | undefined>> = {
  qadd: { 8: SIMD.i8x16_add_sat_s, 16: SIMD.i16x8_add_sat_s },
  qaddU: { 8: SIMD.i8x16_add_sat_u, 16: SIMD.i16x8_add_sat_u },
  qsub: { 8: SIMD.i8x16_sub_sat_s, 16: SIMD.i16x8_sub_sat_s },
  qsubU: { 8: SIMD.i8x16_sub_sat_u, 16: SIMD.i16x8_sub_sat_u },
};

/** Sixteen bytes of a constant with `value` in each lane. */
export function constantBytes(size: LaneSize, value: bigint): number[] {
  return Array.from({ length: 16 }, (_, i) => Number((value >> BigInt((i % (size / 8)) * 8)) & 0xffn));
}

/** Bytes to take, 16 on being the second operand's: one for each lane's, from lane numbers. `lanesOf`: lanes of the first operand that count, then the second's. */
export function laneBytes(size: LaneSize, lanes: readonly number[], lanesOf: number): number[] {
  const bytes = size / 8;
  const found = lanes.flatMap((lane) => Array.from({ length: bytes }, (_, i) => (lane < lanesOf ? lane * bytes : 16 + (lane - lanesOf) * bytes) + i));
  while (found.length < 16) found.push(0);
  return found;
}

/** Lanes of the first or second result of VTRN, VUZP, VZIP; those from `count` on are of the second operand. */
export function permutedLanes(op: VectorPermute, part: 0 | 1, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const second = (i & 1) === 0 ? 0 : count;
    if (op === 'trn') return (i & ~1) + part + second;
    if (op === 'uzp') return 2 * i + part;
    return ((i + part * count) >> 1) + second;
  });
}
