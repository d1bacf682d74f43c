/**
 * Floating-point lanes of Advanced SIMD as generated code. They follow the standard FPSCR value (flush to zero, default NaN), which WebAssembly does not know, but it differs only for
 * denormals and NaNs: where an operand or a result is one, infinite, or might have been rounded up from a tiny value, or where FPSCR has no Inexact yet and the result may be inexact, the
 * evaluate tier executes the instruction (wasm-vfp-ops.ts says why this suffices).
 */
import type { ElementType, VectorBinary } from '../../isa/vector-ops.ts';
import { SIMD } from '../../wasm/index.ts';
import { WasmLaneOps } from './wasm-lane-ops.ts';
import { type ImmToken, type Node, Unsupported } from './wasm-ops.ts';
import { REFUSE_INEXACT } from './wasm-vfp-ops.ts';

/** Least normal single, and infinity. */
const NORMAL = 0x00800000;
const INFINITE = 0x7f800000;
/** Below this, integers are exact as singles. */
const EXACT_SINGLE = 1 << 24;

export abstract class WasmFloatLaneOps extends WasmLaneOps {
  #magnitude(a: Node): Node { return this.vec(SIMD.f32x4_abs, a); }
  #nonzero(a: Node): Node { return this.vec(SIMD.i32x4_ne, a, this.vzero()); }
  /** Lanes (magnitudes) that are denormal. */
  #denormal(magnitude: Node): Node {
    const one = this.lanes(32, 1);
    return this.vec(SIMD.i32x4_lt_u, this.vec(SIMD.i32x4_sub, magnitude, one), this.lanes(32, NORMAL - 1));
  }
  /** Lanes (magnitudes) that are not zero and not from `least` on and finite. */
  #odd(magnitude: Node, least: number): Node {
    const outside = this.vec(SIMD.i32x4_ge_u, this.vec(SIMD.i32x4_sub, magnitude, this.lanes(32, least)), this.lanes(32, INFINITE - least));
    return this.vand(outside, this.#nonzero(magnitude));
  }

  protected floatLanes(op: VectorBinary, quad: boolean, a: Node, b: Node): Node {
    const x = this.held(this.#magnitude(a));
    const y = this.held(this.#magnitude(b));
    const odd = this.vor(this.#odd(x, NORMAL), this.#odd(y, NORMAL));
    const plain = (opcode: number, p: Node, q: Node): Node => {
      this.leaveWhere(this.anyBit(odd, quad));
      return this.vec(opcode, p, q);
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
      case 'recps': return this.floatLanes('sub', quad, this.lanes(32, 0x40000000), this.held(this.floatLanes('mul', quad, a, b)));
      case 'rsqrts': {
        const difference = this.floatLanes('sub', quad, this.lanes(32, 0x40400000), this.held(this.floatLanes('mul', quad, a, b)));
        return this.floatLanes('mul', quad, difference, this.lanes(32, 0x3f000000));
      }
      case 'mul': {
        this.require(REFUSE_INEXACT);
        const result = this.held(this.vec(SIMD.f32x4_mul, a, b));
        const magnitude = this.held(this.#magnitude(result));
        // A zero that came from no zero is an underflow.
        const vanished = this.vwithout(this.vand(this.#nonzero(x), this.#nonzero(y)), this.#nonzero(magnitude));
        this.leaveWhere(this.anyBit(this.vor(this.vor(odd, this.#odd(magnitude, NORMAL * 2)), vanished), quad));
        return result;
      }
      default: throw new Unsupported(`${op} f32`);
    }
  }

  #floatSum(opcode: number, quad: boolean, a: Node, b: Node, odd: Node): Node {
    const result = this.held(this.vec(opcode, a, b));
    this.leaveWhere(this.anyBit(this.vor(odd, this.#odd(this.held(this.#magnitude(result)), NORMAL)), quad));
    this.exactUnlessInexact(() => {
      const differs = (one: number, p: Node, q: Node, r: Node): Node => this.vec(SIMD.f32x4_ne, this.vec(one, p, q), r);
      const lost = opcode === SIMD.f32x4_add ? this.vor(differs(SIMD.f32x4_sub, result, a, b), differs(SIMD.f32x4_sub, result, b, a))
        : this.vor(differs(SIMD.f32x4_sub, a, result, b), differs(SIMD.f32x4_add, result, b, a));
      return this.notTrue(this.anyBit(lost, quad));
    });
    return result;
  }

  /** VRECPE: of the first eight bits of the fraction, and half a bit more, in steps of 1/256. */
  protected reciprocal(quad: boolean, a: Node): Node {
    const magnitude = this.held(this.#magnitude(a));
    // Finite, not denormal, not zero, and below 2^126, where the result is.
    this.leaveWhere(this.anyBit(this.vec(SIMD.i32x4_ge_u, this.vec(SIMD.i32x4_sub, magnitude, this.lanes(32, NORMAL)), this.lanes(32, 0x7e000000)), quad));
    const scaled = this.vor(this.vand(magnitude, this.lanes(32, 0x007f8000)), this.lanes(32, 0x43804000)); // 256 to 512
    const exponent = this.vec(SIMD.i32x4_sub, this.lanes(32, 0x7e800000), this.vand(magnitude, this.lanes(32, INFINITE)));
    return this.vor(this.#estimate(this.vec(SIMD.f32x4_div, this.lanes(32, 0x48000000), scaled)), this.vor(exponent, this.vand(a, this.lanes(32, 0x80000000))));
  }

  /** VRSQRTE: of seven bits and whether the exponent is even. */
  protected reciprocalRoot(quad: boolean, a: Node): Node {
    this.leaveWhere(this.anyBit(this.vec(SIMD.i32x4_ge_u, this.vec(SIMD.i32x4_sub, a, this.lanes(32, NORMAL)), this.lanes(32, INFINITE - NORMAL)), quad));
    const odd = this.vand(a, this.lanes(32, NORMAL));
    const fraction = this.vor(this.vand(a, this.lanes(32, 0x007f0000)), this.lanes(32, 0x00008000));
    const scaled = this.vor(fraction, this.vec(SIMD.i32x4_sub, this.lanes(32, 0x3f000000), odd)); // 1/4 to 1
    const exponent = this.vec(SIMD.i32x4_sub, this.lanes(32, 380), this.vec(SIMD.i32x4_shr_u, a, this.constant(23)));
    const shifted = this.vec(SIMD.i32x4_shl, this.vec(SIMD.i32x4_shr_u, exponent, this.constant(1)), this.constant(23));
    return this.vor(this.#estimate(this.vec(SIMD.f32x4_div, this.lanes(32, 0x43800000), this.vec(SIMD.f32x4_sqrt, scaled))), shifted);
  }

  /** The fraction of an estimate between 256 and 512: rounded to whole numbers, which singles do right for each of the 512 operands. */
  #estimate(value: Node): Node {
    return this.vand(this.vec(SIMD.f32x4_add, value, this.lanes(32, 0x3f000000)), this.lanes(32, 0x007f8000));
  }

  vfixedToFloat(type: 's32' | 'u32', quad: boolean, fractionBits: ImmToken, a: Node): Node {
    return this.vec(SIMD.f32x4_mul, this.lanesToFloat(type, quad, this.held(a)), this.#power(this.sub(this.constant(127), this.imm(fractionBits))));
  }
  vfloatToFixed(type: 's32' | 'u32', quad: boolean, fractionBits: ImmToken, a: Node): Node {
    const x = this.held(a);
    this.leaveWhere(this.anyBit(this.#denormal(this.#magnitude(x)), quad));
    return this.lanesFromFloat(type, quad, this.held(this.vec(SIMD.f32x4_mul, x, this.#power(this.add(this.constant(127), this.imm(fractionBits))))));
  }
  /** A power of two in each lane, from its biased exponent. */
  #power(exponent: Node): Node { return this.vec(SIMD.i32x4_splat, this.shl(exponent, this.constant(23))); }

  protected lanesToFloat(type: ElementType, quad: boolean, a: Node): Node {
    this.exactUnlessInexact(() => {
      const magnitude = type === 's32' ? this.vec(SIMD.i32x4_abs, a) : a;
      return this.notTrue(this.anyBit(this.vec(SIMD.i32x4_gt_u, magnitude, this.lanes(32, EXACT_SINGLE)), quad));
    });
    return this.vec(type === 's32' ? SIMD.f32x4_convert_i32x4_s : SIMD.f32x4_convert_i32x4_u, a);
  }

  protected lanesFromFloat(type: ElementType, quad: boolean, a: Node): Node {
    const signed = type === 's32';
    const magnitude = this.held(this.#magnitude(a));
    // Not denormal, and of a magnitude that the integers have (the least signed one left to the evaluate tier); nothing negative to unsigned ones.
    let odd = this.vor(this.vec(SIMD.i32x4_ge_u, magnitude, this.lanes(32, signed ? 0x4f000000 : 0x4f800000)), this.#denormal(magnitude));
    if (!signed) odd = this.vor(odd, this.vand(this.vec(SIMD.i32x4_shr_s, a, this.constant(31)), this.#nonzero(magnitude)));
    this.leaveWhere(this.anyBit(odd, quad));
    const result = this.held(this.vec(signed ? SIMD.i32x4_trunc_sat_f32x4_s : SIMD.i32x4_trunc_sat_f32x4_u, a));
    this.exactUnlessInexact(() => {
      const back = this.vec(signed ? SIMD.f32x4_convert_i32x4_s : SIMD.f32x4_convert_i32x4_u, result);
      return this.notTrue(this.anyBit(this.vec(SIMD.f32x4_ne, back, a), quad));
    });
    return result;
  }
}
