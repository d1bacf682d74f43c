/**
 * What Advanced SIMD in generated code is made of: vectors as values, their registers and memory, permutations. A 64-bit vector stands in the low half of a v128, whose upper half
 * means nothing.
 */
import type { ElementSize, VectorPermute } from '../../isa/vector-ops.ts';
import { I64, OP, SIMD, V128 } from '../../wasm/index.ts';
import { STATE } from '../layout.ts';
import type { ImmToken, Node, PlaceToken } from './wasm-ops.ts';
import { constantBytes, laneBytes, type LaneSize, permutedLanes, SPLAT } from './wasm-vector-tables.ts';
import { WasmVfpOps } from './wasm-vfp-ops.ts';

/** FPSCR.QC. */
const QC_BIT = 27;

export abstract class WasmLaneOps extends WasmVfpOps {
  // ---- values

  protected vec(opcode: number, a: Node, b?: Node, c?: Node): Node { return this.node(opcode, a, b, c, V128); }
  protected held(a: Node): Node {
    if (a.local >= 0) return a;
    this.push(a);
    return this.fromStack(V128);
  }
  protected constantVector(bytes: readonly number[]): Node {
    this.f.op(SIMD.v128_const).bytes(bytes);
    return this.fromStack(V128);
  }
  /** `value` in each lane. */
  protected lanes(size: LaneSize, value: number | bigint): Node { return this.constantVector(constantBytes(size, BigInt(value))); }
  protected vand(a: Node, b: Node): Node { return this.vec(SIMD.v128_and, a, b); }
  protected vor(a: Node, b: Node): Node { return this.vec(SIMD.v128_or, a, b); }
  protected vxor(a: Node, b: Node): Node { return this.vec(SIMD.v128_xor, a, b); }
  /** Bits of a that b has not. */
  protected vwithout(a: Node, b: Node): Node { return this.vec(SIMD.v128_andnot, a, b); }
  protected vnot(a: Node): Node { return this.vec(SIMD.v128_not, a); }
  protected shuffle(a: Node, b: Node, bytes: readonly number[]): Node {
    this.push(a);
    this.push(b);
    this.f.op(SIMD.i8x16_shuffle).bytes(bytes);
    return this.fromStack(V128);
  }
  /** Both low halves. */
  protected join(low: Node, high: Node): Node { return this.shuffle(low, high, laneBytes(64, [0, 1], 1)); }
  protected highHalf(a: Node): Node { return this.shuffle(a, a, laneBytes(64, [1], 2)); }
  /** Whether a bit is set in the vector, or in its low half. */
  protected anyBit(a: Node, quad: boolean): Node {
    if (quad) return this.node(SIMD.v128_any_true, a);
    this.push(a);
    this.f.op(SIMD.i64x2_extract_lane).byte(0);
    return this.node(OP.i64_ne, this.fromStack(I64), this.node(OP.i64_extend_i32_u, this.constant(0), undefined, undefined, I64));
  }
  /** QC where a bit of `lost` is set. */
  protected saturated(lost: Node, quad: boolean): void {
    this.writeState(STATE.fpscr, this.or(this.readState(STATE.fpscr), this.shl(this.anyBit(lost, quad), this.constant(QC_BIT))));
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
    const joined = this.join(low!, high);
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
    const high = this.highHalf(whole);
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
    if (a.opcode !== OP.i32_const || b.opcode !== OP.i32_const) return this.vec(SIMD.i64x2_splat, this.pair(a, b));
    return this.lanes(64, BigInt.asUintN(32, BigInt(a.value)) | BigInt.asUintN(32, BigInt(b.value)) << 32n);
  }
  vzero(): Node { return this.lanes(64, 0); }
  vdup(size: 8 | 16 | 32, value: Node): Node { return this.vec(SPLAT[size]!, value); }
  vdupLane(size: 8 | 16 | 32, a: Node, lane: ImmToken): Node {
    const at = this.imm(lane);
    if (at.opcode === OP.i32_const) return this.shuffle(a, a, laneBytes(size, new Array<number>(128 / size).fill(at.value & (64 / size - 1)), 16));
    const bytes = this.constantVector(Array.from({ length: 16 }, (_, i) => i % (size / 8)));
    return this.vec(SIMD.i8x16_swizzle, a, this.vec(SIMD.i8x16_add, bytes, this.vec(SIMD.i8x16_splat, this.mul(at, this.constant(size / 8)))));
  }

  vselect(mask: Node, a: Node, b: Node): Node { return this.vec(SIMD.v128_bitselect, a, b, mask); }


  // ---- permutations

  vext(quad: boolean, a: Node, b: Node, bytes: ImmToken): Node {
    const from = this.imm(bytes);
    const length = quad ? 16 : 8;
    const [x, y] = [this.held(a), this.held(b)];
    if (from.opcode === OP.i32_const) return this.shuffle(x, y, Array.from({ length: 16 }, (_, i) => (i + from.value < length ? i + from.value : (16 - length + i + from.value) & 31)));
    const both = quad ? x : this.join(x, y);
    const index = this.held(this.vec(SIMD.i8x16_add, this.constantVector(Array.from({ length: 16 }, (_, i) => i)), this.vec(SIMD.i8x16_splat, from)));
    const low = this.vec(SIMD.i8x16_swizzle, both, index);
    return quad ? this.vor(low, this.vec(SIMD.i8x16_swizzle, y, this.vec(SIMD.i8x16_sub, index, this.lanes(8, 16)))) : low;
  }

  vpermute(op: VectorPermute, part: 0 | 1, size: 8 | 16 | 32, quad: boolean, a: Node, b: Node): Node {
    const count = (quad ? 128 : 64) / size;
    return this.shuffle(a, b, laneBytes(size, permutedLanes(op, part, count), count));
  }

  vtable(length: number, first: ImmToken, indices: Node, fallback: Node): Node {
    const register = (i: number): Node => this.vread(false, this.registerPlus(first, i));
    const index = this.held(indices);
    const pair = (i: number): Node => this.join(register(i), i + 1 < length ? register(i + 1) : this.vzero());
    let found = this.vec(SIMD.i8x16_swizzle, pair(0), index);
    if (length > 2) found = this.vor(found, this.vec(SIMD.i8x16_swizzle, pair(2), this.vec(SIMD.i8x16_sub, index, this.lanes(8, 16))));
    return this.vec(SIMD.v128_bitselect, found, fallback, this.vec(SIMD.i8x16_lt_u, index, this.lanes(8, length * 8)));
  }

  /** One 64-bit vector from bytes of several: `sources` gives the vector and the byte for each. */
  #gather(vectors: readonly Node[], sources: readonly { readonly vector: number; readonly byte: number }[]): Node {
    const held = vectors.map((each) => this.held(each));
    const fill = (bytes: number[]): number[] => [...bytes, ...new Array<number>(16 - bytes.length).fill(0)];
    if (held.length === 2) return this.shuffle(held[0]!, held[1]!, fill(sources.map(({ vector, byte }) => vector * 16 + byte)));
    const low = this.join(held[0]!, held[1]!);
    const high = held.length === 3 ? held[2]! : this.join(held[2]!, held[3]!);
    return this.shuffle(low, high, fill(sources.map(({ vector, byte }) => (vector < 2 ? vector * 8 : 16 + (vector - 2) * 8) + byte)));
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
