/**
 * Advanced SIMD as generated code, shared by the threaded and the region tier, on WebAssembly's vectors. Integer operations are exact, and where they saturate, QC is set here;
 * floating-point lanes are in wasm-float-lane-ops.ts. The evaluate tier has what is not here: polynomials, rounding or saturating shifts by registers, VRECPE and VRSQRTE of integers,
 * saturating sums of unsigned 64-bit lanes, and VSHL by registers whose lanes differ.
 */
import type {
  ElementSize, ElementType, VectorBinary, VectorInsert, VectorNarrow, VectorPairwise, VectorShift, VectorUnary,
} from '../../isa/vector-ops.ts';
import { OP, SIMD, V128 } from '../../wasm/index.ts';
import { WasmFloatLaneOps } from './wasm-float-lane-ops.ts';
import { type ImmToken, type Node, Unsupported } from './wasm-ops.ts';
import {
  ABS, ADD, type BySize, EQ, EXTEND_S, EXTEND_U, EXTMUL_S, EXTMUL_U, INTEGER, isUnsigned, laneBytes, type LaneSize, LESS_U, NARROW_S, NARROW_U, NE, NEG, PAIRS_S, PAIRS_U, permutedLanes,
  SATURATING, SHL, SHR_S, SHR_U, sizeOf, SUB,
} from './wasm-vector-tables.ts';

function opcodeOf(table: BySize | undefined, size: LaneSize): number {
  const opcode = table?.[size];
  if (opcode === undefined) throw new Unsupported(`lanes of ${size} bits`);
  return opcode;
}

export abstract class WasmVectorOps extends WasmFloatLaneOps {
  // ---- one operand

  vop1(op: VectorUnary, type: ElementType, quad: boolean, a: Node): Node {
    const size = sizeOf(type);
    switch (op) {
      case 'not': return this.vnot(a);
      case 'neg': return type === 'f32' ? this.vec(SIMD.f32x4_neg, a) : this.vec(opcodeOf(NEG, size), a);
      case 'abs': return type === 'f32' ? this.vec(SIMD.f32x4_abs, a) : this.vec(opcodeOf(ABS, size), a);
      case 'qneg': case 'qabs': {
        // The least number has no counterpart: it becomes the greatest, which is its inverse.
        const least = this.held(this.vec(opcodeOf(EQ, size), a, this.lanes(size, 1n << BigInt(size - 1))));
        this.saturated(least, quad);
        return this.vxor(this.vec(opcodeOf(op === 'qneg' ? NEG : ABS, size), a), least);
      }
      case 'cnt': return this.vec(SIMD.i8x16_popcnt, a);
      case 'rev16': case 'rev32': case 'rev64': {
        const flip = Number(op.slice(3)) / size - 1;
        return this.shuffle(a, a, laneBytes(size, Array.from({ length: 128 / size }, (_, i) => i ^ flip), 16));
      }
      case 'paddl': return this.#pairs(type, a);
      case 'toFloat': return this.lanesToFloat(type, quad, a);
      case 'fromFloat': return this.lanesFromFloat(type, quad, a);
      case 'clz': return this.#leadingZeros(size, a);
      case 'cls': {
        const x = this.held(a);
        return this.vec(SUB[size]!, this.#leadingZeros(size, this.vxor(x, this.vec(SHR_S[size]!, x, this.constant(size - 1)))), this.lanes(size, 1));
      }
      case 'recpe': case 'rsqrte': {
        if (type !== 'f32') throw new Unsupported(`${op} ${type}`);
        return op === 'recpe' ? this.reciprocal(quad, this.held(a)) : this.reciprocalRoot(quad, this.held(a));
      }
      default: throw new Unsupported(op);
    }
  }

  #pairs(type: ElementType, a: Node): Node {
    const size = sizeOf(type);
    if (size < 32) return this.vec(opcodeOf(isUnsigned(type) ? PAIRS_U : PAIRS_S, size), a);
    const [half, shr] = [this.constant(32), isUnsigned(type) ? SIMD.i64x2_shr_u : SIMD.i64x2_shr_s];
    return this.vec(SIMD.i64x2_add, this.vec(shr, a, half), this.vec(shr, this.vec(SIMD.i64x2_shl, a, half), half));
  }

  #leadingZeros(size: LaneSize, a: Node): Node {
    let x = this.held(a);
    // Each bit below the first one becomes one; those that are left are counted.
    for (let by = 1; by < size; by *= 2) x = this.held(this.vor(x, this.vec(opcodeOf(SHR_U, size), x, this.constant(by))));
    let count = this.vec(SIMD.i8x16_popcnt, this.vnot(x));
    if (size > 8) count = this.vec(PAIRS_U[8]!, count);
    return size > 16 ? this.vec(PAIRS_U[16]!, count) : count;
  }

  // ---- two operands

  vop2(op: VectorBinary, type: ElementType, quad: boolean, a: Node, b: Node): Node {
    switch (op) {
      case 'and': return this.vand(a, b);
      case 'bic': return this.vwithout(a, b);
      case 'or': return this.vor(a, b);
      case 'orn': return this.vor(a, this.vnot(b));
      case 'xor': return this.vxor(a, b);
      default:
    }
    if (type.startsWith('p')) throw new Unsupported('polynomials');
    return type === 'f32' ? this.floatLanes(op, quad, this.held(a), this.held(b)) : this.#integers(op, type, quad, a, b);
  }

  #integers(op: VectorBinary, type: ElementType, quad: boolean, a: Node, b: Node): Node {
    const size = sizeOf(type);
    const unsigned = isUnsigned(type);
    if (op === 'mul') return this.#product(size, a, b);
    const one = INTEGER[unsigned ? `${op}U` : op]?.[size];
    if (one !== undefined) return this.vec(one, a, b);
    const [x, y] = [this.held(a), this.held(b)];
    const shr = opcodeOf(unsigned ? SHR_U : SHR_S, size);
    const half = (value: Node): Node => this.vec(shr, value, this.constant(1));
    switch (op) {
      case 'tst': return this.vec(opcodeOf(NE, size), this.vand(x, y), this.vzero());
      case 'hadd': return this.vec(ADD[size]!, this.vand(x, y), half(this.vxor(x, y)));
      case 'rhadd': return this.vec(SUB[size]!, this.vor(x, y), half(this.vxor(x, y)));
      case 'hsub': return this.vec(SUB[size]!, half(this.vxor(x, y)), this.vwithout(y, x));
      case 'abd': {
        const [max, min] = [INTEGER[unsigned ? 'maxU' : 'max'], INTEGER[unsigned ? 'minU' : 'min']];
        return size < 64 ? this.vec(SUB[size]!, this.vec(opcodeOf(max, size), x, y), this.vec(opcodeOf(min, size), x, y)) : this.#wideDifference(x, y);
      }
      case 'qadd': case 'qsub': return this.#saturatingSum(op, size, unsigned, quad, x, y);
      case 'qdmulh': case 'qrdmulh': return this.#doublingHigh(op === 'qrdmulh', size, quad, x, y);
      case 'qdmull': {
        const product = this.held(this.vec(opcodeOf(SHL, size), this.#product(size, a, b), this.constant(1)));
        const lost = this.held(this.vec(opcodeOf(EQ, size), product, this.lanes(size, 1n << BigInt(size - 1))));
        this.saturated(lost, quad);
        return this.vxor(product, lost);
      }
      case 'shl': return this.#uniformShift(size, unsigned, quad, x, y);
      default: throw new Unsupported(`${op} ${type}`);
    }
  }

  /** Absolute differences of 64-bit lanes that hold extended words. */
  #wideDifference(x: Node, y: Node): Node {
    const difference = this.held(this.vec(SIMD.i64x2_sub, x, y));
    const negative = this.held(this.vec(SIMD.i64x2_shr_s, difference, this.constant(63)));
    return this.vec(SIMD.i64x2_sub, this.vxor(difference, negative), negative);
  }

  #product(size: LaneSize, a: Node, b: Node): Node {
    // Of extended lanes: by the instruction that extends as well.
    if (a.opcode === b.opcode && a.local < 0 && b.local < 0) {
      const half = (size / 2) as LaneSize;
      const opcode = a.opcode === EXTEND_S[half] ? EXTMUL_S[size] : a.opcode === EXTEND_U[half] ? EXTMUL_U[size] : undefined;
      if (opcode !== undefined) return this.vec(opcode, a.a!, b.a!);
    }
    if (size !== 8) return this.vec(size === 16 ? SIMD.i16x8_mul : size === 32 ? SIMD.i32x4_mul : SIMD.i64x2_mul, a, b);
    const [x, y] = [this.held(a), this.held(b)];
    const eight = this.constant(8);
    const odd = this.vec(SIMD.i16x8_mul, this.vec(SIMD.i16x8_shr_u, x, eight), this.vec(SIMD.i16x8_shr_u, y, eight));
    return this.vor(this.vand(this.vec(SIMD.i16x8_mul, x, y), this.lanes(16, 0xff)), this.vec(SIMD.i16x8_shl, odd, eight));
  }

  #saturatingSum(op: 'qadd' | 'qsub', size: LaneSize, unsigned: boolean, quad: boolean, x: Node, y: Node): Node {
    const sum = this.held(this.vec((op === 'qadd' ? ADD : SUB)[size]!, x, y));
    const direct = SATURATING[unsigned ? `${op}U` : op]?.[size];
    if (direct !== undefined) {
      const result = this.held(this.vec(direct, x, y));
      this.saturated(this.vxor(result, sum), quad);
      return result;
    }
    if (unsigned) {
      const lost = this.held(op === 'qadd' ? this.vec(opcodeOf(LESS_U, size), sum, x) : this.vec(opcodeOf(LESS_U, size), x, y));
      this.saturated(lost, quad);
      return op === 'qadd' ? this.vor(sum, lost) : this.vwithout(sum, lost);
    }
    const sign = this.constant(size - 1);
    const other = op === 'qadd' ? this.vxor(y, sum) : this.vxor(x, y);
    const lost = this.held(this.vec(SHR_S[size]!, this.vand(this.vxor(x, sum), other), sign));
    this.saturated(lost, quad);
    return this.vec(SIMD.v128_bitselect, this.#limit(size, x), sum, lost);
  }
  /** The greatest number, or for negative lanes the least one. */
  #limit(size: LaneSize, x: Node): Node {
    return this.vxor(this.vec(SHR_S[size]!, x, this.constant(size - 1)), this.lanes(size, (1n << BigInt(size - 1)) - 1n));
  }

  #doublingHigh(round: boolean, size: LaneSize, quad: boolean, x: Node, y: Node): Node {
    const least = this.held(this.lanes(size, 1n << BigInt(size - 1)));
    const lost = this.held(this.vand(this.vec(opcodeOf(EQ, size), x, least), this.vec(EQ[size]!, y, least)));
    this.saturated(lost, quad);
    if (size === 16 && round) return this.vec(SIMD.i16x8_q15mulr_sat_s, x, y);
    if (size === 16) {
      const high = (opcode: number): Node => this.vec(SIMD.i32x4_shr_s, this.vec(opcode, x, y), this.constant(15));
      return this.vec(SIMD.i16x8_narrow_i32x4_s, high(SIMD.i32x4_extmul_low_i16x8_s), high(SIMD.i32x4_extmul_high_i16x8_s));
    }
    const high = (opcode: number): Node => {
      const product = this.vec(SIMD.i64x2_shl, this.vec(opcode, x, y), this.constant(1));
      return round ? this.vec(SIMD.i64x2_add, product, this.lanes(64, 0x80000000n)) : product;
    };
    const result = this.shuffle(high(SIMD.i64x2_extmul_low_i32x4_s), high(SIMD.i64x2_extmul_high_i32x4_s), laneBytes(32, [1, 3, 5, 7], 4));
    return this.vxor(result, lost);
  }

  /** Shifts by a register whose lanes hold the same distance, as they mostly do; others leave. */
  #uniformShift(size: LaneSize, unsigned: boolean, quad: boolean, x: Node, y: Node): Node {
    this.push(y);
    this.f.op(SIMD.i8x16_extract_lane_u).byte(0);
    const distance = this.fromStack();
    const low = this.lanes(size, 0xff);
    this.leaveWhere(this.anyBit(this.vand(this.vxor(y, this.vec(SIMD.i8x16_splat, distance)), low), quad));
    const signed = this.sext8(distance);
    const back = this.sub(this.constant(0), signed);
    // Shifts take the amount modulo the size; amounts beyond it do what the size itself does.
    const left = this.vec(SIMD.v128_and, this.vec(SHL[size]!, x, signed), this.vec(SIMD.i32x4_splat, this.sub(this.constant(0), this.node(OP.i32_lt_s, signed, this.constant(size)))));
    const beyond = this.node(OP.i32_ge_s, back, this.constant(size));
    const amount = this.select(beyond, this.constant(size - 1), back);
    const shifted = this.vec((unsigned ? SHR_U : SHR_S)[size]!, x, amount);
    const right = unsigned ? this.vwithout(shifted, this.vec(SIMD.i32x4_splat, this.sub(this.constant(0), beyond))) : shifted;
    return this.node(OP.select, left, right, this.node(OP.i32_ge_s, signed, this.constant(0)), V128);
  }

  // ---- pairs

  vpairwise(op: VectorPairwise, type: ElementType, a: Node, b: Node): Node {
    const size = sizeOf(type);
    const count = 64 / size;
    const [x, y] = [this.held(a), this.held(b)];
    const even = this.shuffle(x, y, laneBytes(size, permutedLanes('uzp', 0, count), count));
    const odd = this.shuffle(x, y, laneBytes(size, permutedLanes('uzp', 1, count), count));
    return this.vop2(op, type, false, even, odd);
  }

  // ---- shifts by a constant

  vshift(op: VectorShift, type: ElementType, quad: boolean, a: Node, amount: ImmToken): Node {
    const size = sizeOf(type);
    const unsigned = isUnsigned(type);
    const by = this.imm(amount);
    switch (op) {
      case 'shl': return this.vec(SHL[size]!, a, by);
      case 'shr': return this.#right(size, unsigned, a, by);
      case 'rshr': {
        const shr = (unsigned ? SHR_U : SHR_S)[size]!;
        const before = this.held(this.vec(shr, a, this.sub(by, this.constant(1))));
        return this.vec(ADD[size]!, this.vec(shr, before, this.constant(1)), this.vand(before, this.lanes(size, 1)));
      }
      case 'qshl': {
        const x = this.held(a);
        const result = this.held(this.vec(SHL[size]!, x, by));
        const lost = this.held(this.vnot(this.vec(opcodeOf(EQ, size), this.vec((unsigned ? SHR_U : SHR_S)[size]!, result, by), x)));
        this.saturated(lost, quad);
        return unsigned ? this.vor(result, lost) : this.vec(SIMD.v128_bitselect, this.#limit(size, x), result, lost);
      }
      case 'qshlu': {
        const x = this.held(a);
        const result = this.held(this.vec(SHL[size]!, x, by));
        const negative = this.held(this.vec(SHR_S[size]!, x, this.constant(size - 1)));
        const lost = this.held(this.vor(this.vnot(this.vec(opcodeOf(EQ, size), this.vec(SHR_U[size]!, result, by), x)), negative));
        this.saturated(lost, quad);
        return this.vwithout(this.vor(result, lost), negative);
      }
    }
  }

  /** Amounts go up to the lane's size, which WebAssembly takes as 0. */
  #right(size: LaneSize, unsigned: boolean, a: Node, by: Node): Node {
    const shr = (unsigned ? SHR_U : SHR_S)[size]!;
    if (by.opcode === OP.i32_const && by.value < size) return this.vec(shr, a, by);
    return this.vec(shr, this.vec(shr, a, this.sub(by, this.constant(1))), this.constant(1));
  }

  vinsert(op: VectorInsert, size: ElementSize, _quad: boolean, d: Node, a: Node, amount: ImmToken): Node {
    const by = this.imm(amount);
    const shift = (value: Node): Node => (op === 'sli' ? this.vec(SHL[size]!, value, by) : this.#right(size, true, value, by));
    return this.vec(SIMD.v128_bitselect, shift(a), d, shift(this.lanes(64, -1)));
  }

  // ---- lanes of another size

  vwiden(type: ElementType, a: Node): Node {
    if (type.startsWith('p')) throw new Unsupported('polynomials');
    return this.vec(opcodeOf(isUnsigned(type) ? EXTEND_U : EXTEND_S, sizeOf(type)), a);
  }

  vnarrow(op: VectorNarrow, type: ElementType, a: Node): Node {
    const size = sizeOf(type);
    const x = this.held(a);
    if (op === 'truncate') return this.shuffle(x, x, laneBytes((size / 2) as LaneSize, permutedLanes('uzp', 0, 128 / size), 16));
    if (size === 64) return this.#narrowWords(op, isUnsigned(type), x);
    let result: Node;
    if (op === 'saturate' && isUnsigned(type)) {
      const most = this.vec(opcodeOf(INTEGER.minU, size), x, this.lanes(size, (1n << BigInt(size / 2)) - 1n));
      result = this.held(this.vec(opcodeOf(NARROW_U, size), most, most));
    } else {
      result = this.held(this.vec(opcodeOf(op === 'saturate' ? NARROW_S : NARROW_U, size), x, x));
    }
    const back = this.vec(opcodeOf(op === 'saturate' && !isUnsigned(type) ? EXTEND_S : EXTEND_U, (size / 2) as LaneSize), result);
    this.saturated(this.vxor(back, x), true);
    return result;
  }

  #narrowWords(op: 'saturate' | 'saturateUnsigned', unsigned: boolean, x: Node): Node {
    const toSigned = op === 'saturate' && !unsigned;
    const words = this.held(this.shuffle(x, x, laneBytes(32, [0, 2], 4)));
    const back = this.vec(toSigned ? SIMD.i64x2_extend_low_i32x4_s : SIMD.i64x2_extend_low_i32x4_u, words);
    const lost = this.held(this.vnot(this.vec(SIMD.i64x2_eq, back, x)));
    this.saturated(lost, true);
    const narrow = (value: Node): Node => this.shuffle(value, value, laneBytes(32, [0, 2], 4));
    const negative = this.vec(SIMD.i64x2_shr_s, x, this.constant(63));
    // What a lane that does not fit becomes: the limit of its sign.
    const limit = unsigned ? this.lanes(64, -1) : toSigned ? this.vxor(negative, this.lanes(64, 0x7fffffffn)) : this.vnot(negative);
    return this.vec(SIMD.v128_bitselect, narrow(limit), words, narrow(lost));
  }
}
