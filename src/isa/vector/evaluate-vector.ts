/** VectorOps on numbers: the vector half, through the lane functions of lanes.ts and lanes64.ts. See evaluate-scalar.ts. */
import type { Concrete } from '../concrete.ts';
import { fixedTo32, type FloatContext, recpe32, recpeU32, rsqrte32, rsqrteU32, toFixed32, ZERO } from '../softfloat/index.ts';
import type {
  ElementSize, ElementType, VectorBinary, VectorInsert, VectorNarrow, VectorOps, VectorPairwise, VectorPermute, VectorShift, VectorUnary,
} from '../vector-ops.ts';
import { EvaluateScalarOps } from './evaluate-scalar.ts';
import { BINARY, BITWISE, integerUnary, type LaneOperation, saturate } from './lanes.ts';
import { BINARY64, saturated64 } from './lanes64.ts';
import { TYPES } from './types.ts';

const SIGN = 0x80000000 | 0;

export abstract class EvaluateVectorOps extends EvaluateScalarOps implements Concrete<VectorOps> {
  readonly #u32 = new Uint32Array(this.scratch.buffer);
  readonly #i16 = new Int16Array(this.scratch.buffer);
  readonly #u16 = new Uint16Array(this.scratch.buffer);
  readonly #i8 = new Int8Array(this.scratch.buffer);
  readonly #u8 = new Uint8Array(this.scratch.buffer);
  readonly #table = new Uint8Array(32);

  // ---- memory
  loadElements(size: ElementSize, at: number, offset: number): number {
    if (size === 64 || !this.dataIsBigEndian()) return this.load64(at, offset);
    const slot = this.nextSlot();
    const bytes = (size / 8) as 1 | 2 | 4;
    for (let i = 0; i < 8; i += bytes) this.#setElement(size, slot, i / bytes, this.load(at, offset + i, bytes));
    return slot;
  }
  storeElements(size: ElementSize, at: number, offset: number, value: number): void {
    if (size === 64 || !this.dataIsBigEndian()) return this.store64(at, offset, value);
    const bytes = (size / 8) as 1 | 2 | 4;
    for (let i = 0; i < 8; i += bytes) this.store(at, offset + i, bytes, this.#element(size, value, i / bytes));
  }

  // ---- vectors
  #view(size: ElementSize, signed: boolean): Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array {
    if (size === 8) return signed ? this.#i8 : this.#u8;
    if (size === 16) return signed ? this.#i16 : this.#u16;
    return signed ? this.scratch : this.#u32;
  }
  /** Elements of up to 32 bits, zero-extended; the word for 32. */
  #element(size: ElementSize, slot: number, lane: number): number { return this.#view(size, false)[slot * (128 / size) + lane]!; }
  #setElement(size: ElementSize, slot: number, lane: number, value: number): void { this.#view(size, false)[slot * (128 / size) + lane] = value; }

  vread(quad: boolean, d: number): number {
    const slot = this.nextSlot();
    const from = this.firstD + d * 2;
    for (let i = 0; i < (quad ? 4 : 2); i++) this.scratch[slot * 4 + i] = this.stateWords[from + i]!;
    return slot;
  }
  vwrite(quad: boolean, d: number, value: number): void {
    const to = this.firstD + d * 2;
    for (let i = 0; i < (quad ? 4 : 2); i++) this.stateWords[to + i] = this.scratch[value * 4 + i]!;
  }
  vconstant(low: number, high: number): number {
    const slot = this.wordPair(high, low);
    this.scratch[slot * 4 + 2] = low;
    this.scratch[slot * 4 + 3] = high;
    return slot;
  }
  vzero(): number { return this.vconstant(0, 0); }
  vdup(size: 8 | 16 | 32, value: number): number {
    const word = size === 8 ? Math.imul(value & 0xff, 0x01010101) : size === 16 ? Math.imul(value & 0xffff, 0x00010001) : value;
    return this.vconstant(word, word);
  }
  vdupLane(size: 8 | 16 | 32, a: number, lane: number): number { return this.vdup(size, this.#element(size, a, lane)); }

  vop2(op: VectorBinary, type: ElementType, quad: boolean, a: number, b: number): number {
    const bitwise = BITWISE[op];
    if (bitwise === undefined) return this.#lanes(op, type, quad ? 128 : 64, a, b, 0);
    const slot = this.nextSlot();
    for (let i = 0; i < 4; i++) this.scratch[slot * 4 + i] = bitwise(this.scratch[a * 4 + i]!, this.scratch[b * 4 + i]!);
    return slot;
  }

  /** An operation of the table on each lane; without `b`, the second operand is a constant. */
  #lanes(op: LaneOperation, type: ElementType, bits: number, a: number, b: number | undefined, constant: number): number {
    const c = this.standardContext();
    const slot = this.nextSlot();
    const { size, signed, float } = TYPES[type];
    if (size === 64) {
      const lane = BINARY64[op];
      if (lane === undefined) throw new Error(`${op} of ${type}`);
      const i32 = this.scratch;
      for (let i = 0; i < bits / 32; i += 2) {
        lane(c, signed, i32[a * 4 + i + 1]!, i32[a * 4 + i]!, b === undefined ? 0 : i32[b * 4 + i + 1]!, b === undefined ? constant : i32[b * 4 + i]!);
        i32[slot * 4 + i] = c.lo;
        i32[slot * 4 + i + 1] = c.hi;
      }
    } else {
      const lane = BINARY[op][type];
      if (lane === undefined) throw new Error(`${op} of ${type}`);
      const view = this.#view(size, signed || float);
      const lanes = 128 / size;
      const count = bits / size;
      for (let i = 0; i < count; i++) {
        view[slot * lanes + i] = lane(c, view[a * lanes + i]!, b === undefined ? constant : view[b * lanes + i]!);
      }
    }
    this.accumulateFlags();
    return slot;
  }

  vop1(op: VectorUnary, type: ElementType, quad: boolean, a: number): number {
    const { size, signed, float } = TYPES[type];
    const lanes = 128 / size;
    const count = (quad ? 128 : 64) / size;
    switch (op) {
      case 'rev16': case 'rev32': case 'rev64': {
        const slot = this.nextSlot();
        const flip = Number(op.slice(3)) / size - 1;
        for (let i = 0; i < count; i++) this.#setElement(size, slot, i ^ flip, this.#element(size, a, i));
        return slot;
      }
      case 'not': {
        const slot = this.nextSlot();
        for (let i = 0; i < 4; i++) this.scratch[slot * 4 + i] = ~this.scratch[a * 4 + i]!;
        return slot;
      }
      case 'paddl': return this.#pairwiseLong(size, signed, count, a);
      default: {
        const c = this.standardContext();
        const slot = this.nextSlot();
        const view = this.#view(size, op !== 'clz' && op !== 'cnt' && (signed || float));
        for (let i = 0; i < count; i++) view[slot * lanes + i] = this.#unary(c, op, type, size, view[a * lanes + i]!);
        this.accumulateFlags();
        return slot;
      }
    }
  }

  #unary(c: FloatContext, op: Exclude<VectorUnary, 'rev16' | 'rev32' | 'rev64' | 'not' | 'paddl'>, type: ElementType, size: number, a: number): number {
    switch (op) {
      case 'abs': return type === 'f32' ? a & 0x7fffffff : integerUnary(op, size, a, c);
      case 'neg': return type === 'f32' ? a ^ SIGN : integerUnary(op, size, a, c);
      case 'recpe': return type === 'f32' ? recpe32(c, a) : recpeU32(a | 0);
      case 'rsqrte': return type === 'f32' ? rsqrte32(c, a) : rsqrteU32(a | 0);
      case 'toFloat': return fixedTo32(c, a, 32, type === 's32', 0);
      case 'fromFloat': {
        c.rounding = ZERO;
        return toFixed32(c, a | 0, 32, type === 's32', 0);
      }
      default: return integerUnary(op, size, a, c);
    }
  }

  #pairwiseLong(size: ElementSize, signed: boolean, count: number, a: number): number {
    const slot = this.nextSlot();
    const lanes = 128 / size;
    const view = this.#view(size, signed);
    for (let i = 0; i < count; i += 2) {
      const sum = view[a * lanes + i]! + view[a * lanes + i + 1]!;
      if (size === 32) {
        this.scratch[slot * 4 + i] = sum;
        this.scratch[slot * 4 + i + 1] = Math.floor(sum / 0x100000000);
      } else {
        this.#setElement((size * 2) as ElementSize, slot, i / 2, sum);
      }
    }
    return slot;
  }

  vselect(mask: number, a: number, b: number): number {
    const slot = this.nextSlot();
    const i32 = this.scratch;
    for (let i = 0; i < 4; i++) i32[slot * 4 + i] = (i32[a * 4 + i]! & i32[mask * 4 + i]!) | (i32[b * 4 + i]! & ~i32[mask * 4 + i]!);
    return slot;
  }

  vpairwise(op: VectorPairwise, type: ElementType, a: number, b: number): number {
    const { size, signed, float } = TYPES[type];
    const lane = BINARY[op][type]!;
    const c = this.standardContext();
    const slot = this.nextSlot();
    const view = this.#view(size, signed || float);
    const lanes = 128 / size;
    const half = 32 / size;
    for (let i = 0; i < half; i++) view[slot * lanes + i] = lane(c, view[a * lanes + 2 * i]!, view[a * lanes + 2 * i + 1]!);
    for (let i = 0; i < half; i++) view[slot * lanes + half + i] = lane(c, view[b * lanes + 2 * i]!, view[b * lanes + 2 * i + 1]!);
    this.accumulateFlags();
    return slot;
  }

  vshift(op: VectorShift, type: ElementType, quad: boolean, a: number, amount: number): number {
    const bits = quad ? 128 : 64;
    switch (op) {
      case 'shr': return this.#lanes('shl', type, bits, a, undefined, -amount);
      case 'rshr': return this.#lanes('rshl', type, bits, a, undefined, -amount);
      default: return this.#lanes(op, type, bits, a, undefined, amount);
    }
  }

  vinsert(op: VectorInsert, size: ElementSize, quad: boolean, d: number, a: number, amount: number): number {
    const type: ElementType = `u${size}`;
    const ones = this.vconstant(-1, -1);
    const mask = this.vshift(op === 'sli' ? 'shl' : 'shr', type, quad, ones, amount);
    return this.vselect(mask, this.vshift(op === 'sli' ? 'shl' : 'shr', type, quad, a, amount), d);
  }

  vwiden(type: ElementType, a: number): number {
    const slot = this.nextSlot();
    const { size, signed } = TYPES[type];
    const view = this.#view(size, signed);
    const lanes = 128 / size;
    for (let i = 0; i < lanes / 2; i++) {
      const value = view[a * lanes + i]!;
      if (size === 32) {
        this.scratch[slot * 4 + 2 * i] = value;
        this.scratch[slot * 4 + 2 * i + 1] = value < 0 ? -1 : 0;
      } else {
        this.#setElement((size * 2) as ElementSize, slot, i, value);
      }
    }
    return slot;
  }

  vnarrow(op: VectorNarrow, type: ElementType, a: number): number {
    const { size, signed } = TYPES[type];
    if (size === 64) return this.#narrow64(op, signed, a);
    const c = this.floatContext;
    const slot = this.nextSlot();
    const view = this.#view(size, signed);
    const lanes = 128 / size;
    const to = (size / 2) as ElementSize;
    const unsigned = op === 'saturateUnsigned' || !signed;
    const max = unsigned ? 2 ** to - 1 : 2 ** (to - 1) - 1;
    const min = unsigned ? 0 : -max - 1;
    for (let i = 0; i < lanes; i++) {
      const value = view[a * lanes + i]!;
      this.#setElement(to, slot, i, op === 'truncate' ? value : saturate(c, value, min, max));
    }
    this.accumulateFlags();
    return slot;
  }

  #narrow64(op: VectorNarrow, signed: boolean, a: number): number {
    const c = this.floatContext;
    const slot = this.nextSlot();
    for (let i = 0; i < 2; i++) {
      const lo = this.scratch[a * 4 + 2 * i]!;
      const hi = this.scratch[a * 4 + 2 * i + 1]!;
      const fits = op === 'truncate' || (op === 'saturate' && signed ? hi === lo >> 31 : hi === 0);
      if (!fits) saturated64(c, op === 'saturate' && signed, signed && hi < 0);
      // The saturated 64-bit value's upper word is the saturated word.
      this.scratch[slot * 4 + i] = fits ? lo : c.hi;
    }
    this.accumulateFlags();
    return slot;
  }

  vfixedToFloat(type: 's32' | 'u32', quad: boolean, fractionBits: number, a: number): number {
    const c = this.standardContext();
    const slot = this.nextSlot();
    for (let i = 0; i < (quad ? 4 : 2); i++) this.scratch[slot * 4 + i] = fixedTo32(c, this.scratch[a * 4 + i]!, 32, type === 's32', fractionBits);
    this.accumulateFlags();
    return slot;
  }
  vfloatToFixed(type: 's32' | 'u32', quad: boolean, fractionBits: number, a: number): number {
    const c = this.standardContext();
    c.rounding = ZERO;
    const slot = this.nextSlot();
    for (let i = 0; i < (quad ? 4 : 2); i++) this.scratch[slot * 4 + i] = toFixed32(c, this.scratch[a * 4 + i]!, 32, type === 's32', fractionBits);
    this.accumulateFlags();
    return slot;
  }

  vext(quad: boolean, a: number, b: number, bytes: number): number {
    const slot = this.nextSlot();
    const length = quad ? 16 : 8;
    for (let i = 0; i < length; i++) {
      const from = i + bytes;
      this.#u8[slot * 16 + i] = from < length ? this.#u8[a * 16 + from]! : this.#u8[b * 16 + from - length]!;
    }
    return slot;
  }

  vpermute(op: VectorPermute, part: 0 | 1, size: 8 | 16 | 32, quad: boolean, a: number, b: number): number {
    const slot = this.nextSlot();
    const count = (quad ? 128 : 64) / size;
    for (let i = 0; i < count; i++) {
      let from: number; // in a, or past its end in b
      if (op === 'trn') from = (i & ~1) + part + ((i & 1) === 0 ? 0 : count);
      else if (op === 'uzp') from = 2 * i + part;
      else from = ((i + part * count) >> 1) + ((i & 1) === 0 ? 0 : count);
      this.#setElement(size, slot, i, from < count ? this.#element(size, a, from) : this.#element(size, b, from - count));
    }
    return slot;
  }

  vtable(length: number, first: number, indices: number, fallback: number): number {
    for (let i = 0; i < length * 8; i++) this.#table[i] = this.registerBytes[this.firstDByte + ((first * 8 + i) & 255)]!;
    const slot = this.nextSlot();
    for (let i = 0; i < 8; i++) {
      const index = this.#u8[indices * 16 + i]!;
      this.#u8[slot * 16 + i] = index < length * 8 ? this.#table[index]! : this.#u8[fallback * 16 + i]!;
    }
    return slot;
  }

  vdeinterleave(size: ElementSize, part: number, vectors: readonly number[]): number {
    const slot = this.nextSlot();
    const bytes = size / 8;
    for (let i = 0; i < 8; i++) {
      const from = (Math.floor(i / bytes) * vectors.length + part) * bytes + i % bytes;
      this.#u8[slot * 16 + i] = this.#u8[vectors[from >> 3]! * 16 + (from & 7)]!;
    }
    return slot;
  }
  vinterleave(size: ElementSize, part: number, vectors: readonly number[]): number {
    const slot = this.nextSlot();
    const bytes = size / 8;
    for (let i = 0; i < 8; i++) {
      const at = part * 8 + i;
      const element = Math.floor(at / bytes);
      const from = Math.floor(element / vectors.length) * bytes + at % bytes;
      this.#u8[slot * 16 + i] = this.#u8[vectors[element % vectors.length]! * 16 + from]!;
    }
    return slot;
  }
}
