/** WebAssembly opcodes and types (WebAssembly core specification 2.0, section 5), as far as Worldswitch emits them. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export const FUNCREF = 0x70;
export const VOID = 0x40;
export type ValueType = typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128;

export const OP = {
  unreachable: 0x00, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, br_if: 0x0d, br_table: 0x0e, return: 0x0f,
  call: 0x10, call_indirect: 0x11, return_call: 0x12, return_call_indirect: 0x13, drop: 0x1a, select: 0x1b,
  local_get: 0x20, local_set: 0x21, local_tee: 0x22, global_get: 0x23, global_set: 0x24,
  i32_load: 0x28, i64_load: 0x29, f32_load: 0x2a, f64_load: 0x2b, i32_load8_s: 0x2c, i32_load8_u: 0x2d, i32_load16_s: 0x2e, i32_load16_u: 0x2f,
  i32_store: 0x36, i64_store: 0x37, f32_store: 0x38, f64_store: 0x39, i32_store8: 0x3a, i32_store16: 0x3b,
  i32_const: 0x41, i64_const: 0x42, f32_const: 0x43, f64_const: 0x44,
  i32_eqz: 0x45, i32_eq: 0x46, i32_ne: 0x47, i32_lt_s: 0x48, i32_lt_u: 0x49, i32_gt_s: 0x4a, i32_gt_u: 0x4b, i32_le_s: 0x4c, i32_le_u: 0x4d, i32_ge_s: 0x4e, i32_ge_u: 0x4f,
  i64_eqz: 0x50, i64_eq: 0x51, i64_ne: 0x52, i64_lt_s: 0x53, i64_lt_u: 0x54,
  i32_clz: 0x67, i32_ctz: 0x68, i32_popcnt: 0x69, i32_add: 0x6a, i32_sub: 0x6b, i32_mul: 0x6c, i32_and: 0x71, i32_or: 0x72, i32_xor: 0x73,
  i32_shl: 0x74, i32_shr_s: 0x75, i32_shr_u: 0x76, i32_rotl: 0x77, i32_rotr: 0x78,
  i64_clz: 0x79, i64_ctz: 0x7a, i64_add: 0x7c, i64_sub: 0x7d, i64_mul: 0x7e, i64_and: 0x83, i64_or: 0x84, i64_xor: 0x85, i64_shl: 0x86, i64_shr_s: 0x87, i64_shr_u: 0x88,
  f32_eq: 0x5b, f32_ne: 0x5c, f32_lt: 0x5d, f32_gt: 0x5e, f32_le: 0x5f, f32_ge: 0x60, f64_eq: 0x61, f64_ne: 0x62, f64_lt: 0x63, f64_gt: 0x64, f64_le: 0x65, f64_ge: 0x66,
  f32_abs: 0x8b, f32_neg: 0x8c, f64_abs: 0x99, f64_neg: 0x9a,
  f32_trunc: 0x8f, f32_nearest: 0x90, f32_sqrt: 0x91, f32_add: 0x92, f32_sub: 0x93, f32_mul: 0x94, f32_div: 0x95,
  f64_trunc: 0x9d, f64_nearest: 0x9e, f64_sqrt: 0x9f, f64_add: 0xa0, f64_sub: 0xa1, f64_mul: 0xa2, f64_div: 0xa3,
  f32_convert_i32_s: 0xb2, f32_convert_i32_u: 0xb3, f32_demote_f64: 0xb6, f64_convert_i32_s: 0xb7, f64_convert_i32_u: 0xb8, f64_promote_f32: 0xbb,
  i32_reinterpret_f32: 0xbc, i64_reinterpret_f64: 0xbd, f32_reinterpret_i32: 0xbe, f64_reinterpret_i64: 0xbf,
  /** With a prefix byte, which stands above the second byte. */
  i32_trunc_sat_f32_s: 0xfc00, i32_trunc_sat_f32_u: 0xfc01, i32_trunc_sat_f64_s: 0xfc02, i32_trunc_sat_f64_u: 0xfc03,
  i32_wrap_i64: 0xa7, i64_extend_i32_s: 0xac, i64_extend_i32_u: 0xad, i32_extend8_s: 0xc0, i32_extend16_s: 0xc1,
} as const;

/** Vector instructions: the prefix byte stands above the number. */
export const SIMD = {
  v128_load: 0xfd00, v128_store: 0xfd0b, v128_const: 0xfd0c, i8x16_shuffle: 0xfd0d, i8x16_swizzle: 0xfd0e, i8x16_splat: 0xfd0f, i16x8_splat: 0xfd10,
  i32x4_splat: 0xfd11, i64x2_splat: 0xfd12, i8x16_extract_lane_u: 0xfd16, i16x8_extract_lane_u: 0xfd19, i32x4_extract_lane: 0xfd1b,
  i64x2_extract_lane: 0xfd1d, i64x2_replace_lane: 0xfd1e, i8x16_eq: 0xfd23, i8x16_ne: 0xfd24, i8x16_lt_s: 0xfd25, i8x16_lt_u: 0xfd26, i8x16_gt_s: 0xfd27,
  i8x16_gt_u: 0xfd28, i8x16_le_s: 0xfd29, i8x16_le_u: 0xfd2a, i8x16_ge_s: 0xfd2b, i8x16_ge_u: 0xfd2c, i16x8_eq: 0xfd2d, i16x8_ne: 0xfd2e, i16x8_lt_s: 0xfd2f,
  i16x8_lt_u: 0xfd30, i16x8_gt_s: 0xfd31, i16x8_gt_u: 0xfd32, i16x8_le_s: 0xfd33, i16x8_le_u: 0xfd34, i16x8_ge_s: 0xfd35, i16x8_ge_u: 0xfd36,
  i32x4_eq: 0xfd37, i32x4_ne: 0xfd38, i32x4_lt_s: 0xfd39, i32x4_lt_u: 0xfd3a, i32x4_gt_s: 0xfd3b, i32x4_gt_u: 0xfd3c, i32x4_le_s: 0xfd3d, i32x4_le_u: 0xfd3e,
  i32x4_ge_s: 0xfd3f, i32x4_ge_u: 0xfd40, f32x4_eq: 0xfd41, f32x4_ne: 0xfd42, f32x4_lt: 0xfd43, f32x4_gt: 0xfd44, f32x4_le: 0xfd45, f32x4_ge: 0xfd46,
  v128_not: 0xfd4d, v128_and: 0xfd4e, v128_andnot: 0xfd4f, v128_or: 0xfd50, v128_xor: 0xfd51, v128_bitselect: 0xfd52, v128_any_true: 0xfd53,
  v128_store64_lane: 0xfd5b, v128_load64_zero: 0xfd5d, i8x16_abs: 0xfd60, i8x16_neg: 0xfd61, i8x16_popcnt: 0xfd62, i8x16_narrow_i16x8_s: 0xfd65,
  i8x16_narrow_i16x8_u: 0xfd66, i8x16_shl: 0xfd6b, i8x16_shr_s: 0xfd6c, i8x16_shr_u: 0xfd6d, i8x16_add: 0xfd6e, i8x16_add_sat_s: 0xfd6f,
  i8x16_add_sat_u: 0xfd70, i8x16_sub: 0xfd71, i8x16_sub_sat_s: 0xfd72, i8x16_sub_sat_u: 0xfd73, i8x16_min_s: 0xfd76, i8x16_min_u: 0xfd77,
  i8x16_max_s: 0xfd78, i8x16_max_u: 0xfd79, i8x16_avgr_u: 0xfd7b, i16x8_extadd_pairwise_i8x16_s: 0xfd7c, i16x8_extadd_pairwise_i8x16_u: 0xfd7d,
  i32x4_extadd_pairwise_i16x8_s: 0xfd7e, i32x4_extadd_pairwise_i16x8_u: 0xfd7f, i16x8_abs: 0xfd80, i16x8_neg: 0xfd81, i16x8_q15mulr_sat_s: 0xfd82,
  i16x8_narrow_i32x4_s: 0xfd85, i16x8_narrow_i32x4_u: 0xfd86, i16x8_extend_low_i8x16_s: 0xfd87, i16x8_extend_low_i8x16_u: 0xfd89, i16x8_shl: 0xfd8b,
  i16x8_shr_s: 0xfd8c, i16x8_shr_u: 0xfd8d, i16x8_add: 0xfd8e, i16x8_add_sat_s: 0xfd8f, i16x8_add_sat_u: 0xfd90, i16x8_sub: 0xfd91, i16x8_sub_sat_s: 0xfd92,
  i16x8_sub_sat_u: 0xfd93, i16x8_mul: 0xfd95, i16x8_min_s: 0xfd96, i16x8_min_u: 0xfd97, i16x8_max_s: 0xfd98, i16x8_max_u: 0xfd99, i16x8_avgr_u: 0xfd9b,
  i16x8_extmul_low_i8x16_s: 0xfd9c, i16x8_extmul_low_i8x16_u: 0xfd9e, i32x4_abs: 0xfda0, i32x4_neg: 0xfda1, i32x4_all_true: 0xfda3,
  i32x4_extend_low_i16x8_s: 0xfda7, i32x4_extend_low_i16x8_u: 0xfda9, i32x4_shl: 0xfdab, i32x4_shr_s: 0xfdac, i32x4_shr_u: 0xfdad, i32x4_add: 0xfdae,
  i32x4_sub: 0xfdb1, i32x4_mul: 0xfdb5, i32x4_min_s: 0xfdb6, i32x4_min_u: 0xfdb7, i32x4_max_s: 0xfdb8, i32x4_max_u: 0xfdb9, i32x4_extmul_low_i16x8_s: 0xfdbc,
  i32x4_extmul_high_i16x8_s: 0xfdbd, i32x4_extmul_low_i16x8_u: 0xfdbe, i64x2_neg: 0xfdc1, i64x2_extend_low_i32x4_s: 0xfdc7, i64x2_extend_low_i32x4_u: 0xfdc9,
  i64x2_shl: 0xfdcb, i64x2_shr_s: 0xfdcc, i64x2_shr_u: 0xfdcd, i64x2_add: 0xfdce, i64x2_sub: 0xfdd1, i64x2_mul: 0xfdd5, i64x2_eq: 0xfdd6, i64x2_ne: 0xfdd7,
  i64x2_extmul_low_i32x4_s: 0xfddc, i64x2_extmul_high_i32x4_s: 0xfddd, i64x2_extmul_low_i32x4_u: 0xfdde, f32x4_abs: 0xfde0, f32x4_neg: 0xfde1, f32x4_sqrt: 0xfde3,
  f32x4_add: 0xfde4, f32x4_sub: 0xfde5, f32x4_mul: 0xfde6, f32x4_div: 0xfde7, f32x4_min: 0xfde8, f32x4_max: 0xfde9, i32x4_trunc_sat_f32x4_s: 0xfdf8,
  i32x4_trunc_sat_f32x4_u: 0xfdf9, f32x4_convert_i32x4_s: 0xfdfa, f32x4_convert_i32x4_u: 0xfdfb,
} as const;
