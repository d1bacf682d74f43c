/**
 * Advanced SIMD as generated code, shared by the threaded and the region tier, on WebAssembly's vectors. A 64-bit vector stands in the low half of a v128, whose upper half means nothing.
 *
 * Integer operations are exact; where they saturate, QC is set here. Floating-point lanes follow the standard FPSCR value, which WebAssembly does not know, but it differs only for denormals
 * and NaNs: where an operand or a result is one, infinite, or might have been rounded up from a tiny value, or where FPSCR has no Inexact yet and the result may be inexact, the evaluate
 * tier executes the instruction (wasm-vfp-ops.ts says why this suffices).
 */
import type {
  ElementSize, ElementType, VectorBinary, VectorInsert, VectorNarrow, VectorPairwise, VectorPermute, VectorShift, VectorUnary,
} from '../../isa/vector-ops.ts';
import { I64, OP, SIMD, V128 } from '../../wasm/index.ts';
import { STATE } from '../layout.ts';
import { type ImmToken, type Node, type PlaceToken, Unsupported } from './wasm-ops.ts';
import {
  ABS, ADD, type BySize, constantBytes, EQ, EXTEND_S, EXTEND_U, EXTMUL_S, EXTMUL_U, INTEGER, isUnsigned, laneBytes, type LaneSize, LESS_U, NARROW_S, NARROW_U, NE, NEG, PAIRS_S,
  PAIRS_U, permutedLanes, SATURATING, SHL, SHR_S, SHR_U, sizeOf, SPLAT, SUB,
} from './wasm-vector-tables.ts';
import { REFUSE_INEXACT, WasmVfpOps } from './wasm-vfp-ops.ts';

/** FPSCR.QC. */
const QC_BIT = 27;
/** Least normal single, and infinity. */
const NORMAL = 0x00800000;
const INFINITE = 0x7f800000;
/** Below this, integers are exact as singles. */
const EXACT_SINGLE = 1 << 24;

function opcodeOf(table: BySize | undefined, size: LaneSize): number {
  const opcode = table?.[size];
  if (opcode === undefined) throw new Unsupported(`lanes of ${size} bits`);
  return opcode;
}

export abstract class WasmVectorOps extends WasmVfpOps {
  // ---- values

  #vec(opcode: number, a: Node, b?: Node, c?: Node): Node { return this.node(opcode, a, b, c, V128); }
  #held(a: Node): Node {
    if (a.local >= 0) return a;
    this.push(a);
    return this.fromStack(V128);
  }
  #constantBytes(bytes: readonly number[]): Node {
    this.f.op(SIMD.v128_const).bytes(bytes);
    return this.fromStack(V128);
  }
  /** `value` in each lane. */
  #all(size: LaneSize, value: number | bigint): Node { return this.#constantBytes(constantBytes(size, BigInt(value))); }
  #and(a: Node, b: Node): Node { return this.#vec(SIMD.v128_and, a, b); }
  #or(a: Node, b: Node): Node { return this.#vec(SIMD.v128_or, a, b); }
  #xor(a: Node, b: Node): Node { return this.#vec(SIMD.v128_xor, a, b); }
  /** Bits of a that b has not. */
  #without(a: Node, b: Node): Node { return this.#vec(SIMD.v128_andnot, a, b); }
  #not(a: Node): Node { return this.#vec(SIMD.v128_not, a); }
  #shuffle(a: Node, b: Node, bytes: readonly number[]): Node {
    this.push(a);
    this.push(b);
    this.f.op(SIMD.i8x16_shuffle).bytes(bytes);
    return this.fromStack(V128);
  }
  /** Both low halves. */
  #join(low: Node, high: Node): Node { return this.#shuffle(low, high, laneBytes(64, [0, 1], 1)); }
  #highHalf(a: Node): Node { return this.#shuffle(a, a, laneBytes(64, [1], 2)); }
  /** Whether a bit is set in the vector, or in its low half. */
  #any(a: Node, quad: boolean): Node {
    if (quad) return this.node(SIMD.v128_any_true, a);
    this.push(a);
    this.f.op(SIMD.i64x2_extract_lane).byte(0);
    return this.node(OP.i64_ne, this.fromStack(I64), this.node(OP.i64_extend_i32_u, this.constant(0), undefined, undefined, I64));
  }
  /** QC where a bit of `lost` is set. */
  #saturated(lost: Node, quad: boolean): void {
    this.writeState(STATE.fpscr, this.or(this.readState(STATE.fpscr), this.shl(this.#any(lost, quad), this.constant(QC_BIT))));
    this.fpscrWritten(undefined);
  }

  // ---- memory

  loadElements(_size: ElementSize, place: PlaceToken, offset: number): Node {
    this.f.memory(SIMD.v128_load64_zero, this.address(place, this.constant(offset)));
    return this.fromStack(V128);
  }
  storeElements(_size: ElementSize, place: PlaceToken, offset: number, value: Node): void {
    const rest = this.address(place, this.constant(offset));
    this.push(value);
    this.f.memory(SIMD.v128_store64_lane, rest).byte(0);
    this.stored();
  }
  /** Called where memory was stored to. */
  protected stored(): void { /* a tier may want to know */ }

  // ---- registers

  vread(quad: boolean, d: ImmToken): Node {
    const known = quad ? this.#knownQuad(d) : this.#knownHalf(d);
    if (known !== undefined) return known;
    this.f.memory(quad ? SIMD.v128_load : SIMD.v128_load64_zero, this.extensionAddress(d, 3), 3);
    const value = this.fromStack(V128);
    this.wasRead(quad ? 'quad' : 'vector', d, value);
    return value;
  }
  #knownQuad(d: ImmToken): Node | undefined {
    const whole = this.known('quad', d);
    if (whole !== undefined) return whole;
    const low = this.known('vector', d);
    const high = low === undefined ? undefined : this.known('vector', this.registerPlus(d, 1));
    if (high === undefined) return undefined;
    const joined = this.#join(low!, high);
    this.wasRead('quad', d, joined);
    return joined;
  }
  #knownHalf(d: ImmToken): Node | undefined {
    const half = this.known('vector', d);
    if (half !== undefined) return half;
    const low = this.known('quad', d);
    if (low !== undefined) return low;
    const whole = this.known('quad', this.registerPlus(d, -1));
    if (whole === undefined) return undefined;
    const high = this.#highHalf(whole);
    this.wasRead('vector', d, high);
    return high;
  }
  vwrite(quad: boolean, d: ImmToken, value: Node): void {
    this.isWritten(quad ? 'quad' : 'vector', d, value);
    const rest = this.extensionAddress(d, 3);
    this.push(value);
    if (quad) this.f.memory(SIMD.v128_store, rest, 3);
    else this.f.memory(SIMD.v128_store64_lane, rest, 3).byte(0);
  }

  vconstant(low: ImmToken, high: ImmToken): Node {
    const [a, b] = [this.imm(low), this.imm(high)];
    if (a.opcode !== OP.i32_const || b.opcode !== OP.i32_const) return this.#vec(SIMD.i64x2_splat, this.pair(a, b));
    return this.#all(64, BigInt.asUintN(32, BigInt(a.value)) | BigInt.asUintN(32, BigInt(b.value)) << 32n);
  }
  vzero(): Node { return this.#all(64, 0); }
  vdup(size: 8 | 16 | 32, value: Node): Node { return this.#vec(SPLAT[size]!, value); }
  vdupLane(size: 8 | 16 | 32, a: Node, lane: ImmToken): Node {
    const at = this.imm(lane);
    if (at.opcode === OP.i32_const) return this.#shuffle(a, a, laneBytes(size, new Array<number>(128 / size).fill(at.value & (64 / size - 1)), 16));
    const bytes = this.#constantBytes(Array.from({ length: 16 }, (_, i) => i % (size / 8)));
    return this.#vec(SIMD.i8x16_swizzle, a, this.#vec(SIMD.i8x16_add, bytes, this.#vec(SIMD.i8x16_splat, this.mul(at, this.constant(size / 8)))));
  }

  // ---- one operand

  vop1(op: VectorUnary, type: ElementType, quad: boolean, a: Node): Node {
    const size = sizeOf(type);
    switch (op) {
      case 'not': return this.#not(a);
      case 'neg': return type === 'f32' ? this.#vec(SIMD.f32x4_neg, a) : this.#vec(opcodeOf(NEG, size), a);
      case 'abs': return type === 'f32' ? this.#vec(SIMD.f32x4_abs, a) : this.#vec(opcodeOf(ABS, size), a);
      case 'qneg': case 'qabs': {
        // The least number has no counterpart: it becomes the greatest, which is its inverse.
        const least = this.#held(this.#vec(opcodeOf(EQ, size), a, this.#all(size, 1n << BigInt(size - 1))));
        this.#saturated(least, quad);
        return this.#xor(this.#vec(opcodeOf(op === 'qneg' ? NEG : ABS, size), a), least);
      }
      case 'cnt': return this.#vec(SIMD.i8x16_popcnt, a);
      case 'rev16': case 'rev32': case 'rev64': {
        const flip = Number(op.slice(3)) / size - 1;
        return this.#shuffle(a, a, laneBytes(size, Array.from({ length: 128 / size }, (_, i) => i ^ flip), 16));
      }
      case 'paddl': return this.#pairs(type, a);
      case 'toFloat': return this.#toFloat(type, quad, a);
      case 'fromFloat': return this.#fromFloat(type, quad, a);
      default: throw new Unsupported(op);
    }
  }

  #pairs(type: ElementType, a: Node): Node {
    const size = sizeOf(type);
    if (size < 32) return this.#vec(opcodeOf(isUnsigned(type) ? PAIRS_U : PAIRS_S, size), a);
    const [half, shr] = [this.constant(32), isUnsigned(type) ? SIMD.i64x2_shr_u : SIMD.i64x2_shr_s];
    return this.#vec(SIMD.i64x2_add, this.#vec(shr, a, half), this.#vec(shr, this.#vec(SIMD.i64x2_shl, a, half), half));
  }

  #toFloat(type: ElementType, quad: boolean, a: Node): Node {
    this.exactUnlessInexact(() => {
      const magnitude = type === 's32' ? this.#vec(SIMD.i32x4_abs, a) : a;
      return this.notTrue(this.#any(this.#vec(SIMD.i32x4_gt_u, magnitude, this.#all(32, EXACT_SINGLE)), quad));
    });
    return this.#vec(type === 's32' ? SIMD.f32x4_convert_i32x4_s : SIMD.f32x4_convert_i32x4_u, a);
  }

  #fromFloat(type: ElementType, quad: boolean, a: Node): Node {
    const signed = type === 's32';
    const magnitude = this.#held(this.#magnitude(a));
    // Not denormal, and of a magnitude that the integers have (the least signed one left to the evaluate tier); nothing negative to unsigned ones.
    let odd = this.#or(this.#vec(SIMD.i32x4_ge_u, magnitude, this.#all(32, signed ? 0x4f000000 : 0x4f800000)), this.#denormal(magnitude));
    if (!signed) odd = this.#or(odd, this.#and(this.#vec(SIMD.i32x4_shr_s, a, this.constant(31)), this.#nonzero(magnitude)));
    this.leaveWhere(this.#any(odd, quad));
    const result = this.#held(this.#vec(signed ? SIMD.i32x4_trunc_sat_f32x4_s : SIMD.i32x4_trunc_sat_f32x4_u, a));
    this.exactUnlessInexact(() => {
      const back = this.#vec(signed ? SIMD.f32x4_convert_i32x4_s : SIMD.f32x4_convert_i32x4_u, result);
      return this.notTrue(this.#any(this.#vec(SIMD.f32x4_ne, back, a), quad));
    });
    return result;
  }

  // ---- two operands

  vop2(op: VectorBinary, type: ElementType, quad: boolean, a: Node, b: Node): Node {
    switch (op) {
      case 'and': return this.#and(a, b);
      case 'bic': return this.#without(a, b);
      case 'or': return this.#or(a, b);
      case 'orn': return this.#or(a, this.#not(b));
      case 'xor': return this.#xor(a, b);
      default:
    }
    if (type.startsWith('p')) throw new Unsupported('polynomials');
    return type === 'f32' ? this.#floats(op, quad, this.#held(a), this.#held(b)) : this.#integers(op, type, quad, a, b);
  }

  #integers(op: VectorBinary, type: ElementType, quad: boolean, a: Node, b: Node): Node {
    const size = sizeOf(type);
    const unsigned = isUnsigned(type);
    if (op === 'mul') return this.#product(size, a, b);
    const one = INTEGER[unsigned ? `${op}U` : op]?.[size];
    if (one !== undefined) return this.#vec(one, a, b);
    const [x, y] = [this.#held(a), this.#held(b)];
    const shr = opcodeOf(unsigned ? SHR_U : SHR_S, size);
    const half = (value: Node): Node => this.#vec(shr, value, this.constant(1));
    switch (op) {
      case 'tst': return this.#vec(opcodeOf(NE, size), this.#and(x, y), this.vzero());
      case 'hadd': return this.#vec(ADD[size]!, this.#and(x, y), half(this.#xor(x, y)));
      case 'rhadd': return this.#vec(SUB[size]!, this.#or(x, y), half(this.#xor(x, y)));
      case 'hsub': return this.#vec(SUB[size]!, half(this.#xor(x, y)), this.#without(y, x));
      case 'abd': {
        const [max, min] = [INTEGER[unsigned ? 'maxU' : 'max'], INTEGER[unsigned ? 'minU' : 'min']];
        return size < 64 ? this.#vec(SUB[size]!, this.#vec(opcodeOf(max, size), x, y), this.#vec(opcodeOf(min, size), x, y)) : this.#wideDifference(x, y);
      }
      case 'qadd': case 'qsub': return this.#saturatingSum(op, size, unsigned, quad, x, y);
      case 'qdmulh': case 'qrdmulh': return this.#doublingHigh(op === 'qrdmulh', size, quad, x, y);
      case 'qdmull': {
        const product = this.#held(this.#vec(opcodeOf(SHL, size), this.#product(size, a, b), this.constant(1)));
        const lost = this.#held(this.#vec(opcodeOf(EQ, size), product, this.#all(size, 1n << BigInt(size - 1))));
        this.#saturated(lost, quad);
        return this.#xor(product, lost);
      }
      case 'shl': return this.#uniformShift(size, unsigned, quad, x, y);
      default: throw new Unsupported(`${op} ${type}`);
    }
  }

  /** Absolute differences of 64-bit lanes that hold extended words. */
  #wideDifference(x: Node, y: Node): Node {
    const difference = this.#held(this.#vec(SIMD.i64x2_sub, x, y));
    const negative = this.#held(this.#vec(SIMD.i64x2_shr_s, difference, this.constant(63)));
    return this.#vec(SIMD.i64x2_sub, this.#xor(difference, negative), negative);
  }

  #product(size: LaneSize, a: Node, b: Node): Node {
    // Of extended lanes: by the instruction that extends as well.
    if (a.opcode === b.opcode && a.local < 0 && b.local < 0) {
      const half = (size / 2) as LaneSize;
      const opcode = a.opcode === EXTEND_S[half] ? EXTMUL_S[size] : a.opcode === EXTEND_U[half] ? EXTMUL_U[size] : undefined;
      if (opcode !== undefined) return this.#vec(opcode, a.a!, b.a!);
    }
    if (size !== 8) return this.#vec(size === 16 ? SIMD.i16x8_mul : size === 32 ? SIMD.i32x4_mul : SIMD.i64x2_mul, a, b);
    const [x, y] = [this.#held(a), this.#held(b)];
    const eight = this.constant(8);
    const odd = this.#vec(SIMD.i16x8_mul, this.#vec(SIMD.i16x8_shr_u, x, eight), this.#vec(SIMD.i16x8_shr_u, y, eight));
    return this.#or(this.#and(this.#vec(SIMD.i16x8_mul, x, y), this.#all(16, 0xff)), this.#vec(SIMD.i16x8_shl, odd, eight));
  }

  #saturatingSum(op: 'qadd' | 'qsub', size: LaneSize, unsigned: boolean, quad: boolean, x: Node, y: Node): Node {
    const sum = this.#held(this.#vec((op === 'qadd' ? ADD : SUB)[size]!, x, y));
    const direct = SATURATING[unsigned ? `${op}U` : op]?.[size];
    if (direct !== undefined) {
      const result = this.#held(this.#vec(direct, x, y));
      this.#saturated(this.#xor(result, sum), quad);
      return result;
    }
    if (unsigned) {
      const lost = this.#held(op === 'qadd' ? this.#vec(opcodeOf(LESS_U, size), sum, x) : this.#vec(opcodeOf(LESS_U, size), x, y));
      this.#saturated(lost, quad);
      return op === 'qadd' ? this.#or(sum, lost) : this.#without(sum, lost);
    }
    const sign = this.constant(size - 1);
    const other = op === 'qadd' ? this.#xor(y, sum) : this.#xor(x, y);
    const lost = this.#held(this.#vec(SHR_S[size]!, this.#and(this.#xor(x, sum), other), sign));
    this.#saturated(lost, quad);
    return this.#vec(SIMD.v128_bitselect, this.#limit(size, x), sum, lost);
  }
  /** The greatest number, or for negative lanes the least one. */
  #limit(size: LaneSize, x: Node): Node {
    return this.#xor(this.#vec(SHR_S[size]!, x, this.constant(size - 1)), this.#all(size, (1n << BigInt(size - 1)) - 1n));
  }

  #doublingHigh(round: boolean, size: LaneSize, quad: boolean, x: Node, y: Node): Node {
    const least = this.#held(this.#all(size, 1n << BigInt(size - 1)));
    const lost = this.#held(this.#and(this.#vec(opcodeOf(EQ, size), x, least), this.#vec(EQ[size]!, y, least)));
    this.#saturated(lost, quad);
    if (size === 16 && round) return this.#vec(SIMD.i16x8_q15mulr_sat_s, x, y);
    if (size === 16) {
      const high = (opcode: number): Node => this.#vec(SIMD.i32x4_shr_s, this.#vec(opcode, x, y), this.constant(15));
      return this.#vec(SIMD.i16x8_narrow_i32x4_s, high(SIMD.i32x4_extmul_low_i16x8_s), high(SIMD.i32x4_extmul_high_i16x8_s));
    }
    const high = (opcode: number): Node => {
      const product = this.#vec(SIMD.i64x2_shl, this.#vec(opcode, x, y), this.constant(1));
      return round ? this.#vec(SIMD.i64x2_add, product, this.#all(64, 0x80000000n)) : product;
    };
    const result = this.#shuffle(high(SIMD.i64x2_extmul_low_i32x4_s), high(SIMD.i64x2_extmul_high_i32x4_s), laneBytes(32, [1, 3, 5, 7], 4));
    return this.#xor(result, lost);
  }

  /** Shifts by a register whose lanes hold the same distance, as they mostly do; others leave. */
  #uniformShift(size: LaneSize, unsigned: boolean, quad: boolean, x: Node, y: Node): Node {
    this.push(y);
    this.f.op(SIMD.i8x16_extract_lane_u).byte(0);
    const distance = this.fromStack();
    const low = this.#all(size, 0xff);
    this.leaveWhere(this.#any(this.#and(this.#xor(y, this.#vec(SIMD.i8x16_splat, distance)), low), quad));
    const signed = this.sext8(distance);
    const back = this.sub(this.constant(0), signed);
    // Shifts take the amount modulo the size; amounts beyond it do what the size itself does.
    const left = this.#vec(SIMD.v128_and, this.#vec(SHL[size]!, x, signed), this.#vec(SIMD.i32x4_splat, this.sub(this.constant(0), this.node(OP.i32_lt_s, signed, this.constant(size)))));
    const beyond = this.node(OP.i32_ge_s, back, this.constant(size));
    const amount = this.select(beyond, this.constant(size - 1), back);
    const shifted = this.#vec((unsigned ? SHR_U : SHR_S)[size]!, x, amount);
    const right = unsigned ? this.#without(shifted, this.#vec(SIMD.i32x4_splat, this.sub(this.constant(0), beyond))) : shifted;
    return this.node(OP.select, left, right, this.node(OP.i32_ge_s, signed, this.constant(0)), V128);
  }

  // ---- floating-point

  #magnitude(a: Node): Node { return this.#vec(SIMD.f32x4_abs, a); }
  #nonzero(a: Node): Node { return this.#vec(SIMD.i32x4_ne, a, this.vzero()); }
  /** Lanes (magnitudes) that are denormal. */
  #denormal(magnitude: Node): Node {
    const one = this.#all(32, 1);
    return this.#vec(SIMD.i32x4_lt_u, this.#vec(SIMD.i32x4_sub, magnitude, one), this.#all(32, NORMAL - 1));
  }
  /** Lanes (magnitudes) that are not zero and not from `least` on and finite. */
  #odd(magnitude: Node, least: number): Node {
    const outside = this.#vec(SIMD.i32x4_ge_u, this.#vec(SIMD.i32x4_sub, magnitude, this.#all(32, least)), this.#all(32, INFINITE - least));
    return this.#and(outside, this.#nonzero(magnitude));
  }

  #floats(op: VectorBinary, quad: boolean, a: Node, b: Node): Node {
    const x = this.#held(this.#magnitude(a));
    const y = this.#held(this.#magnitude(b));
    const odd = this.#or(this.#odd(x, NORMAL), this.#odd(y, NORMAL));
    const plain = (opcode: number, p: Node, q: Node): Node => {
      this.leaveWhere(this.#any(odd, quad));
      return this.#vec(opcode, p, q);
    };
    switch (op) {
      case 'max': return plain(SIMD.f32x4_max, a, b);
      case 'min': return plain(SIMD.f32x4_min, a, b);
      case 'eq': return plain(SIMD.f32x4_eq, a, b);
      case 'ge': return plain(SIMD.f32x4_ge, a, b);
      case 'gt': return plain(SIMD.f32x4_gt, a, b);
      case 'absGe': return plain(SIMD.f32x4_ge, x, y);
      case 'absGt': return plain(SIMD.f32x4_gt, x, y);
      case 'add': return this.#floatSum(SIMD.f32x4_add, quad, a, b, odd);
      case 'sub': return this.#floatSum(SIMD.f32x4_sub, quad, a, b, odd);
      case 'abd': return this.#magnitude(this.#floatSum(SIMD.f32x4_sub, quad, a, b, odd));
      case 'mul': {
        this.require(REFUSE_INEXACT);
        const result = this.#held(this.#vec(SIMD.f32x4_mul, a, b));
        const magnitude = this.#held(this.#magnitude(result));
        // A zero that came from no zero is an underflow.
        const vanished = this.#without(this.#and(this.#nonzero(x), this.#nonzero(y)), this.#nonzero(magnitude));
        this.leaveWhere(this.#any(this.#or(this.#or(odd, this.#odd(magnitude, NORMAL * 2)), vanished), quad));
        return result;
      }
      default: throw new Unsupported(`${op} f32`);
    }
  }

  #floatSum(opcode: number, quad: boolean, a: Node, b: Node, odd: Node): Node {
    const result = this.#held(this.#vec(opcode, a, b));
    this.leaveWhere(this.#any(this.#or(odd, this.#odd(this.#held(this.#magnitude(result)), NORMAL)), quad));
    this.exactUnlessInexact(() => {
      const differs = (one: number, p: Node, q: Node, r: Node): Node => this.#vec(SIMD.f32x4_ne, this.#vec(one, p, q), r);
      const lost = opcode === SIMD.f32x4_add ? this.#or(differs(SIMD.f32x4_sub, result, a, b), differs(SIMD.f32x4_sub, result, b, a))
        : this.#or(differs(SIMD.f32x4_sub, a, result, b), differs(SIMD.f32x4_add, result, b, a));
      return this.notTrue(this.#any(lost, quad));
    });
    return result;
  }

  // ---- selection, pairs

  vselect(mask: Node, a: Node, b: Node): Node { return this.#vec(SIMD.v128_bitselect, a, b, mask); }

  vpairwise(op: VectorPairwise, type: ElementType, a: Node, b: Node): Node {
    const size = sizeOf(type);
    const count = 64 / size;
    const [x, y] = [this.#held(a), this.#held(b)];
    const even = this.#shuffle(x, y, laneBytes(size, permutedLanes('uzp', 0, count), count));
    const odd = this.#shuffle(x, y, laneBytes(size, permutedLanes('uzp', 1, count), count));
    return this.vop2(op, type, false, even, odd);
  }

  // ---- shifts by a constant

  vshift(op: VectorShift, type: ElementType, quad: boolean, a: Node, amount: ImmToken): Node {
    const size = sizeOf(type);
    const unsigned = isUnsigned(type);
    const by = this.imm(amount);
    switch (op) {
      case 'shl': return this.#vec(SHL[size]!, a, by);
      case 'shr': return this.#right(size, unsigned, a, by);
      case 'rshr': {
        const shr = (unsigned ? SHR_U : SHR_S)[size]!;
        const before = this.#held(this.#vec(shr, a, this.sub(by, this.constant(1))));
        return this.#vec(ADD[size]!, this.#vec(shr, before, this.constant(1)), this.#and(before, this.#all(size, 1)));
      }
      case 'qshl': {
        const x = this.#held(a);
        const result = this.#held(this.#vec(SHL[size]!, x, by));
        const lost = this.#held(this.#not(this.#vec(opcodeOf(EQ, size), this.#vec((unsigned ? SHR_U : SHR_S)[size]!, result, by), x)));
        this.#saturated(lost, quad);
        return unsigned ? this.#or(result, lost) : this.#vec(SIMD.v128_bitselect, this.#limit(size, x), result, lost);
      }
      case 'qshlu': {
        const x = this.#held(a);
        const result = this.#held(this.#vec(SHL[size]!, x, by));
        const negative = this.#held(this.#vec(SHR_S[size]!, x, this.constant(size - 1)));
        const lost = this.#held(this.#or(this.#not(this.#vec(opcodeOf(EQ, size), this.#vec(SHR_U[size]!, result, by), x)), negative));
        this.#saturated(lost, quad);
        return this.#without(this.#or(result, lost), negative);
      }
    }
  }

  /** Amounts go up to the lane's size, which WebAssembly takes as 0. */
  #right(size: LaneSize, unsigned: boolean, a: Node, by: Node): Node {
    const shr = (unsigned ? SHR_U : SHR_S)[size]!;
    if (by.opcode === OP.i32_const && by.value < size) return this.#vec(shr, a, by);
    return this.#vec(shr, this.#vec(shr, a, this.sub(by, this.constant(1))), this.constant(1));
  }

  vinsert(op: VectorInsert, size: ElementSize, _quad: boolean, d: Node, a: Node, amount: ImmToken): Node {
    const by = this.imm(amount);
    const shift = (value: Node): Node => (op === 'sli' ? this.#vec(SHL[size]!, value, by) : this.#right(size, true, value, by));
    return this.#vec(SIMD.v128_bitselect, shift(a), d, shift(this.#all(64, -1)));
  }

  // ---- lanes of another size

  vwiden(type: ElementType, a: Node): Node {
    if (type.startsWith('p')) throw new Unsupported('polynomials');
    return this.#vec(opcodeOf(isUnsigned(type) ? EXTEND_U : EXTEND_S, sizeOf(type)), a);
  }

  vnarrow(op: VectorNarrow, type: ElementType, a: Node): Node {
    const size = sizeOf(type);
    const x = this.#held(a);
    if (op === 'truncate') return this.#shuffle(x, x, laneBytes((size / 2) as LaneSize, permutedLanes('uzp', 0, 128 / size), 16));
    if (size === 64) return this.#narrowWords(op, isUnsigned(type), x);
    let result: Node;
    if (op === 'saturate' && isUnsigned(type)) {
      const most = this.#vec(opcodeOf(INTEGER.minU, size), x, this.#all(size, (1n << BigInt(size / 2)) - 1n));
      result = this.#held(this.#vec(opcodeOf(NARROW_U, size), most, most));
    } else {
      result = this.#held(this.#vec(opcodeOf(op === 'saturate' ? NARROW_S : NARROW_U, size), x, x));
    }
    const back = this.#vec(opcodeOf(op === 'saturate' && !isUnsigned(type) ? EXTEND_S : EXTEND_U, (size / 2) as LaneSize), result);
    this.#saturated(this.#xor(back, x), true);
    return result;
  }

  #narrowWords(op: 'saturate' | 'saturateUnsigned', unsigned: boolean, x: Node): Node {
    const toSigned = op === 'saturate' && !unsigned;
    const words = this.#held(this.#shuffle(x, x, laneBytes(32, [0, 2], 4)));
    const back = this.#vec(toSigned ? SIMD.i64x2_extend_low_i32x4_s : SIMD.i64x2_extend_low_i32x4_u, words);
    const lost = this.#held(this.#not(this.#vec(SIMD.i64x2_eq, back, x)));
    this.#saturated(lost, true);
    const narrow = (value: Node): Node => this.#shuffle(value, value, laneBytes(32, [0, 2], 4));
    const negative = this.#vec(SIMD.i64x2_shr_s, x, this.constant(63));
    // What a lane that does not fit becomes: the limit of its sign.
    const limit = unsigned ? this.#all(64, -1) : toSigned ? this.#xor(negative, this.#all(64, 0x7fffffffn)) : this.#not(negative);
    return this.#vec(SIMD.v128_bitselect, narrow(limit), words, narrow(lost));
  }

  // ---- permutations

  vext(quad: boolean, a: Node, b: Node, bytes: ImmToken): Node {
    const from = this.imm(bytes);
    const length = quad ? 16 : 8;
    const [x, y] = [this.#held(a), this.#held(b)];
    if (from.opcode === OP.i32_const) return this.#shuffle(x, y, Array.from({ length: 16 }, (_, i) => (i + from.value < length ? i + from.value : (16 - length + i + from.value) & 31)));
    const both = quad ? x : this.#join(x, y);
    const index = this.#held(this.#vec(SIMD.i8x16_add, this.#constantBytes(Array.from({ length: 16 }, (_, i) => i)), this.#vec(SIMD.i8x16_splat, from)));
    const low = this.#vec(SIMD.i8x16_swizzle, both, index);
    return quad ? this.#or(low, this.#vec(SIMD.i8x16_swizzle, y, this.#vec(SIMD.i8x16_sub, index, this.#all(8, 16)))) : low;
  }

  vpermute(op: VectorPermute, part: 0 | 1, size: 8 | 16 | 32, quad: boolean, a: Node, b: Node): Node {
    const count = (quad ? 128 : 64) / size;
    return this.#shuffle(a, b, laneBytes(size, permutedLanes(op, part, count), count));
  }

  vtable(length: number, first: ImmToken, indices: Node, fallback: Node): Node {
    const register = (i: number): Node => this.vread(false, this.registerPlus(first, i));
    const index = this.#held(indices);
    const pair = (i: number): Node => this.#join(register(i), i + 1 < length ? register(i + 1) : this.vzero());
    let found = this.#vec(SIMD.i8x16_swizzle, pair(0), index);
    if (length > 2) found = this.#or(found, this.#vec(SIMD.i8x16_swizzle, pair(2), this.#vec(SIMD.i8x16_sub, index, this.#all(8, 16))));
    return this.#vec(SIMD.v128_bitselect, found, fallback, this.#vec(SIMD.i8x16_lt_u, index, this.#all(8, length * 8)));
  }

  /** One 64-bit vector from bytes of several: `sources` gives the vector and the byte for each. */
  #gather(vectors: readonly Node[], sources: readonly { readonly vector: number; readonly byte: number }[]): Node {
    const held = vectors.map((each) => this.#held(each));
    const fill = (bytes: number[]): number[] => [...bytes, ...new Array<number>(16 - bytes.length).fill(0)];
    if (held.length === 2) return this.#shuffle(held[0]!, held[1]!, fill(sources.map(({ vector, byte }) => vector * 16 + byte)));
    const low = this.#join(held[0]!, held[1]!);
    const high = held.length === 3 ? held[2]! : this.#join(held[2]!, held[3]!);
    return this.#shuffle(low, high, fill(sources.map(({ vector, byte }) => (vector < 2 ? vector * 8 : 16 + (vector - 2) * 8) + byte)));
  }
  vdeinterleave(size: ElementSize, part: number, vectors: readonly Node[]): Node {
    const bytes = size / 8;
    return this.#gather(vectors, Array.from({ length: 8 }, (_, i) => {
      const from = (Math.floor(i / bytes) * vectors.length + part) * bytes + i % bytes;
      return { vector: from >> 3, byte: from & 7 };
    }));
  }
  vinterleave(size: ElementSize, part: number, vectors: readonly Node[]): Node {
    const bytes = size / 8;
    return this.#gather(vectors, Array.from({ length: 8 }, (_, i) => {
      const at = part * 8 + i;
      const element = Math.floor(at / bytes);
      return { vector: element % vectors.length, byte: Math.floor(element / vectors.length) * bytes + at % bytes };
    }));
  }
}
