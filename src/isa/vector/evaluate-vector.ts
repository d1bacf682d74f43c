/**
 * VectorOps on numbers, for the evaluate tier: registers and FPSCR in words of the CPU state, values in a ring of scratch slots of four words.
 *
 * A body holds few values at a time, so a slot is long out of use when the ring comes round to it; nothing is allocated. A Float of 32 bits is its
 * pattern as int32; of 64 bits, and every Vec, a slot. What depends on the CPU (access checks, memory, flags, system registers) is left abstract.
 */
import type { Concrete } from '../concrete.ts';
import {
  add32, add64, compare32, compare64, div32, div64, doubleToSingle, fixedTo32, fixedTo64, FloatContext, mul32, mul64, NEAREST,
  recpe32, recpeU32, rsqrte32, rsqrteU32, singleToDouble, sqrt32, sqrt64, sub32, sub64, toFixed32, toFixed64, ZERO,
} from '../softfloat/index.ts';
import type {
  ElementSize, ElementType, FloatBinary, FloatUnary, FloatWidth, VectorBinary, VectorInsert, VectorNarrow, VectorOps, VectorPairwise, VectorPermute,
  VectorShift, VectorUnary, VfpAccess, VfpSystemRegister,
} from '../vector-ops.ts';
import { BINARY, BITWISE, integerUnary, type LaneOperation, saturate } from './lanes.ts';
import { BINARY64, saturated64 } from './lanes64.ts';
import { TYPES } from './types.ts';

const SLOTS = 64;
const SIGN = 0x80000000 | 0;
/** FPSCR bits of the Cortex-A8: N Z C V QC, DN FZ RMode, Stride, Len, cumulative exceptions. No AHP, and no trap enables (DDI 0344, 13.4.2). */
export const FPSCR_MASK = 0xfbf7009f | 0;

export abstract class EvaluateVectorOps implements Concrete<VectorOps> {
  /** The CPU state's words, with D0-D31 from #d on and FPSCR at #fpscr. */
  readonly #words: Int32Array;
  readonly #d: number;
  readonly #fpscr: number;
  readonly #bytes: Uint8Array;
  readonly #dBytes: number;

  readonly #context = new FloatContext();
  readonly #i32 = new Int32Array(SLOTS * 4);
  readonly #u32 = new Uint32Array(this.#i32.buffer);
  readonly #i16 = new Int16Array(this.#i32.buffer);
  readonly #u16 = new Uint16Array(this.#i32.buffer);
  readonly #i8 = new Int8Array(this.#i32.buffer);
  readonly #u8 = new Uint8Array(this.#i32.buffer);
  readonly #table = new Uint8Array(32);
  #next = 0;

  /** `words`: a view that holds the registers from word `d` and FPSCR at word `fpscr`. */
  constructor(words: Int32Array, d: number, fpscr: number) {
    this.#words = words;
    this.#d = d;
    this.#fpscr = fpscr;
    this.#bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    this.#dBytes = d * 4;
  }

  abstract vfpEnabled(access: VfpAccess): boolean;
  abstract readVfpSystem(register: VfpSystemRegister): number;
  abstract writeVfpSystem(register: VfpSystemRegister, value: number): void;
  abstract writeNZCV(value: number): void;
  abstract probeAligned(address: number, bytes: number, alignment: number, access: number): number;
  abstract load(at: number, offset: number, size: 1 | 2 | 4): number;
  abstract store(at: number, offset: number, size: 1 | 2 | 4, value: number): void;
  /** Data endianness: CPSR.E. */
  protected abstract dataIsBigEndian(): boolean;
  /** FPSCR was written: LEN and STRIDE are in the key of translated blocks. */
  protected abstract fpscrWritten(): void;

  #slot(): number {
    this.#next = (this.#next + 1) & (SLOTS - 1);
    return this.#next;
  }
  #pair(hi: number, lo: number): number {
    const slot = this.#slot();
    this.#i32[slot * 4] = lo;
    this.#i32[slot * 4 + 1] = hi;
    return slot;
  }
  /** The context's 64-bit result as a value. */
  #wide(): number { return this.#pair(this.#context.hi, this.#context.lo); }
  #lo(value: number): number { return this.#i32[value * 4]!; }
  #hi(value: number): number { return this.#i32[value * 4 + 1]!; }

  /** The context under FPSCR's control. */
  #scalar(): FloatContext {
    this.#context.control(this.#words[this.#fpscr]!);
    return this.#context;
  }
  #standard(): FloatContext {
    this.#context.standard();
    return this.#context;
  }
  /** Exceptions and saturation go to FPSCR. */
  #accumulate(): void {
    const { flags } = this.#context;
    if (flags === 0) return;
    this.#words[this.#fpscr] = this.#words[this.#fpscr]! | flags;
    this.#context.flags = 0;
  }

  // ---- system registers
  readFPSCR(): number { return this.#words[this.#fpscr]!; }
  writeFPSCR(value: number): void {
    this.#words[this.#fpscr] = value & FPSCR_MASK;
    this.fpscrWritten();
  }
  vectorLength(): number { return ((this.#words[this.#fpscr]! >>> 16) & 7) + 1; }
  vectorStride(): number { return ((this.#words[this.#fpscr]! >>> 20) & 3) === 3 ? 2 : 1; }

  // ---- registers
  readS(s: number): number { return this.#words[this.#d + s]!; }
  writeS(s: number, value: number): void { this.#words[this.#d + s] = value; }
  readF(width: FloatWidth, r: number): number {
    return width === 32 ? this.readS(r) : this.#pair(this.#words[this.#d + r * 2 + 1]!, this.#words[this.#d + r * 2]!);
  }
  writeF(width: FloatWidth, r: number, value: number): void {
    if (width === 32) return this.writeS(r, value);
    this.#words[this.#d + r * 2] = this.#lo(value);
    this.#words[this.#d + r * 2 + 1] = this.#hi(value);
  }
  registerPlus(r: number, steps: number): number { return (r + steps) & 31; }
  registerInBank(width: FloatWidth, r: number, steps: number): number {
    const mask = width === 32 ? 7 : 3;
    return (r & ~mask) | ((r + steps) & mask);
  }
  inScalarBank(width: FloatWidth, r: number): boolean { return (r & (width === 32 ? 0x18 : 0x0c)) === 0; }
  forEachExtension(width: FloatWidth, first: number, count: number, each: (r: number, offset: number) => void): void {
    for (let i = 0; i < count; i++) each((first + i) & 31, i * (width / 8));
  }
  readLane(size: 8 | 16 | 32, signed: boolean, d: number, lane: number): number {
    const word = this.#words[this.#d + d * 2 + ((lane * size) >>> 5)]!;
    if (size === 32) return word;
    const up = 32 - size - ((lane * size) & 31);
    return signed ? (word << up) >> (32 - size) : (word << up) >>> (32 - size);
  }
  writeLane(size: 8 | 16 | 32, d: number, lane: number, value: number): void {
    const at = this.#dBytes + d * 8 + (lane * size) / 8;
    for (let i = 0; i < size / 8; i++) this.#bytes[at + i] = value >> (8 * i);
  }

  // ---- scalar floating-point
  floatFromWord(value: number): number { return value; }
  floatFromPair(low: number, high: number): number { return this.#pair(high, low); }
  floatLow(value: number): number { return this.#lo(value); }
  floatHigh(value: number): number { return this.#hi(value); }

  fop1(op: FloatUnary, width: FloatWidth, a: number): number {
    if (width === 32) {
      if (op === 'abs') return a & 0x7fffffff;
      if (op === 'neg') return a ^ SIGN;
      const result = sqrt32(this.#scalar(), a);
      this.#accumulate();
      return result;
    }
    if (op === 'abs') return this.#pair(this.#hi(a) & 0x7fffffff, this.#lo(a));
    if (op === 'neg') return this.#pair(this.#hi(a) ^ SIGN, this.#lo(a));
    sqrt64(this.#scalar(), this.#hi(a), this.#lo(a));
    this.#accumulate();
    return this.#wide();
  }

  fop2(op: FloatBinary, width: FloatWidth, a: number, b: number): number {
    const c = this.#scalar();
    if (width === 32) {
      const result = op === 'add' ? add32(c, a, b) : op === 'sub' ? sub32(c, a, b) : op === 'mul' ? mul32(c, a, b) : div32(c, a, b);
      this.#accumulate();
      return result | 0;
    }
    const f = op === 'add' ? add64 : op === 'sub' ? sub64 : op === 'mul' ? mul64 : div64;
    f(c, this.#hi(a), this.#lo(a), this.#hi(b), this.#lo(b));
    this.#accumulate();
    return this.#wide();
  }

  fcompare(width: FloatWidth, a: number, b: number, signalling: boolean): void {
    const c = this.#scalar();
    const nzcv = width === 32 ? compare32(c, a, b, signalling) : compare64(c, this.#hi(a), this.#lo(a), this.#hi(b), this.#lo(b), signalling);
    this.#accumulate();
    this.#words[this.#fpscr] = (this.#words[this.#fpscr]! & 0x0fffffff) | nzcv << 28;
  }

  fconvert(width: FloatWidth, a: number): number {
    const c = this.#scalar();
    if (width === 32) {
      singleToDouble(c, a);
      this.#accumulate();
      return this.#wide();
    }
    const result = doubleToSingle(c, this.#hi(a), this.#lo(a));
    this.#accumulate();
    return result | 0;
  }

  floatToFixed(width: FloatWidth, size: 16 | 32, signed: boolean, rounding: 'zero' | 'fpscr', fractionBits: number, a: number): number {
    const c = this.#scalar();
    if (rounding === 'zero') c.rounding = ZERO;
    const result = width === 32 ? toFixed32(c, a, size, signed, fractionBits) : toFixed64(c, this.#hi(a), this.#lo(a), size, signed, fractionBits);
    this.#accumulate();
    return result;
  }

  fixedToFloat(width: FloatWidth, size: 16 | 32, signed: boolean, rounding: 'nearest' | 'fpscr', fractionBits: number, a: number): number {
    const c = this.#scalar();
    if (rounding === 'nearest') c.rounding = NEAREST;
    if (width === 32) {
      const result = fixedTo32(c, a, size, signed, fractionBits);
      this.#accumulate();
      return result | 0;
    }
    fixedTo64(c, a, size, signed, fractionBits);
    this.#accumulate();
    return this.#wide();
  }

  // ---- memory
  load64(at: number, offset: number): number {
    const first = this.load(at, offset, 4);
    const second = this.load(at, offset + 4, 4);
    return this.dataIsBigEndian() ? this.#pair(first, second) : this.#pair(second, first);
  }
  store64(at: number, offset: number, value: number): void {
    const big = this.dataIsBigEndian();
    this.store(at, offset, 4, big ? this.#hi(value) : this.#lo(value));
    this.store(at, offset + 4, 4, big ? this.#lo(value) : this.#hi(value));
  }
  loadElements(size: ElementSize, at: number, offset: number): number {
    if (size === 64 || !this.dataIsBigEndian()) return this.load64(at, offset);
    const slot = this.#slot();
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
    return signed ? this.#i32 : this.#u32;
  }
  /** Elements of up to 32 bits, zero-extended; the word for 32. */
  #element(size: ElementSize, slot: number, lane: number): number { return this.#view(size, false)[slot * (128 / size) + lane]!; }
  #setElement(size: ElementSize, slot: number, lane: number, value: number): void { this.#view(size, false)[slot * (128 / size) + lane] = value; }

  vread(quad: boolean, d: number): number {
    const slot = this.#slot();
    const from = this.#d + d * 2;
    for (let i = 0; i < (quad ? 4 : 2); i++) this.#i32[slot * 4 + i] = this.#words[from + i]!;
    return slot;
  }
  vwrite(quad: boolean, d: number, value: number): void {
    const to = this.#d + d * 2;
    for (let i = 0; i < (quad ? 4 : 2); i++) this.#words[to + i] = this.#i32[value * 4 + i]!;
  }
  vconstant(low: number, high: number): number {
    const slot = this.#pair(high, low);
    this.#i32[slot * 4 + 2] = low;
    this.#i32[slot * 4 + 3] = high;
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
    const slot = this.#slot();
    for (let i = 0; i < 4; i++) this.#i32[slot * 4 + i] = bitwise(this.#i32[a * 4 + i]!, this.#i32[b * 4 + i]!);
    return slot;
  }

  /** An operation of the table on each lane; without `b`, the second operand is a constant. */
  #lanes(op: LaneOperation, type: ElementType, bits: number, a: number, b: number | undefined, constant: number): number {
    const c = this.#standard();
    const slot = this.#slot();
    const { size, signed, float } = TYPES[type];
    if (size === 64) {
      const lane = BINARY64[op];
      if (lane === undefined) throw new Error(`${op} of ${type}`);
      const i32 = this.#i32;
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
    this.#accumulate();
    return slot;
  }

  vop1(op: VectorUnary, type: ElementType, quad: boolean, a: number): number {
    const { size, signed, float } = TYPES[type];
    const lanes = 128 / size;
    const count = (quad ? 128 : 64) / size;
    switch (op) {
      case 'rev16': case 'rev32': case 'rev64': {
        const slot = this.#slot();
        const flip = Number(op.slice(3)) / size - 1;
        for (let i = 0; i < count; i++) this.#setElement(size, slot, i ^ flip, this.#element(size, a, i));
        return slot;
      }
      case 'not': {
        const slot = this.#slot();
        for (let i = 0; i < 4; i++) this.#i32[slot * 4 + i] = ~this.#i32[a * 4 + i]!;
        return slot;
      }
      case 'paddl': return this.#pairwiseLong(size, signed, count, a);
      default: {
        const c = this.#standard();
        const slot = this.#slot();
        const view = this.#view(size, op !== 'clz' && op !== 'cnt' && (signed || float));
        for (let i = 0; i < count; i++) view[slot * lanes + i] = this.#unary(c, op, type, size, view[a * lanes + i]!);
        this.#accumulate();
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
    const slot = this.#slot();
    const lanes = 128 / size;
    const view = this.#view(size, signed);
    for (let i = 0; i < count; i += 2) {
      const sum = view[a * lanes + i]! + view[a * lanes + i + 1]!;
      if (size === 32) {
        this.#i32[slot * 4 + i] = sum;
        this.#i32[slot * 4 + i + 1] = Math.floor(sum / 0x100000000);
      } else {
        this.#setElement((size * 2) as ElementSize, slot, i / 2, sum);
      }
    }
    return slot;
  }

  vselect(mask: number, a: number, b: number): number {
    const slot = this.#slot();
    const i32 = this.#i32;
    for (let i = 0; i < 4; i++) i32[slot * 4 + i] = (i32[a * 4 + i]! & i32[mask * 4 + i]!) | (i32[b * 4 + i]! & ~i32[mask * 4 + i]!);
    return slot;
  }

  vpairwise(op: VectorPairwise, type: ElementType, a: number, b: number): number {
    const { size, signed, float } = TYPES[type];
    const lane = BINARY[op][type]!;
    const c = this.#standard();
    const slot = this.#slot();
    const view = this.#view(size, signed || float);
    const lanes = 128 / size;
    const half = 32 / size;
    for (let i = 0; i < half; i++) view[slot * lanes + i] = lane(c, view[a * lanes + 2 * i]!, view[a * lanes + 2 * i + 1]!);
    for (let i = 0; i < half; i++) view[slot * lanes + half + i] = lane(c, view[b * lanes + 2 * i]!, view[b * lanes + 2 * i + 1]!);
    this.#accumulate();
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
    const slot = this.#slot();
    const { size, signed } = TYPES[type];
    const view = this.#view(size, signed);
    const lanes = 128 / size;
    for (let i = 0; i < lanes / 2; i++) {
      const value = view[a * lanes + i]!;
      if (size === 32) {
        this.#i32[slot * 4 + 2 * i] = value;
        this.#i32[slot * 4 + 2 * i + 1] = value < 0 ? -1 : 0;
      } else {
        this.#setElement((size * 2) as ElementSize, slot, i, value);
      }
    }
    return slot;
  }

  vnarrow(op: VectorNarrow, type: ElementType, a: number): number {
    const { size, signed } = TYPES[type];
    if (size === 64) return this.#narrow64(op, signed, a);
    const c = this.#context;
    const slot = this.#slot();
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
    this.#accumulate();
    return slot;
  }

  #narrow64(op: VectorNarrow, signed: boolean, a: number): number {
    const c = this.#context;
    const slot = this.#slot();
    for (let i = 0; i < 2; i++) {
      const lo = this.#i32[a * 4 + 2 * i]!;
      const hi = this.#i32[a * 4 + 2 * i + 1]!;
      const fits = op === 'truncate' || (op === 'saturate' && signed ? hi === lo >> 31 : hi === 0);
      if (!fits) saturated64(c, op === 'saturate' && signed, signed && hi < 0);
      // The saturated 64-bit value's upper word is the saturated word.
      this.#i32[slot * 4 + i] = fits ? lo : c.hi;
    }
    this.#accumulate();
    return slot;
  }

  vfixedToFloat(type: 's32' | 'u32', quad: boolean, fractionBits: number, a: number): number {
    const c = this.#standard();
    const slot = this.#slot();
    for (let i = 0; i < (quad ? 4 : 2); i++) this.#i32[slot * 4 + i] = fixedTo32(c, this.#i32[a * 4 + i]!, 32, type === 's32', fractionBits);
    this.#accumulate();
    return slot;
  }
  vfloatToFixed(type: 's32' | 'u32', quad: boolean, fractionBits: number, a: number): number {
    const c = this.#standard();
    c.rounding = ZERO;
    const slot = this.#slot();
    for (let i = 0; i < (quad ? 4 : 2); i++) this.#i32[slot * 4 + i] = toFixed32(c, this.#i32[a * 4 + i]!, 32, type === 's32', fractionBits);
    this.#accumulate();
    return slot;
  }

  vext(quad: boolean, a: number, b: number, bytes: number): number {
    const slot = this.#slot();
    const length = quad ? 16 : 8;
    for (let i = 0; i < length; i++) {
      const from = i + bytes;
      this.#u8[slot * 16 + i] = from < length ? this.#u8[a * 16 + from]! : this.#u8[b * 16 + from - length]!;
    }
    return slot;
  }

  vpermute(op: VectorPermute, part: 0 | 1, size: 8 | 16 | 32, quad: boolean, a: number, b: number): number {
    const slot = this.#slot();
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
    for (let i = 0; i < length * 8; i++) this.#table[i] = this.#bytes[this.#dBytes + ((first * 8 + i) & 255)]!;
    const slot = this.#slot();
    for (let i = 0; i < 8; i++) {
      const index = this.#u8[indices * 16 + i]!;
      this.#u8[slot * 16 + i] = index < length * 8 ? this.#table[index]! : this.#u8[fallback * 16 + i]!;
    }
    return slot;
  }

  vdeinterleave(size: ElementSize, part: number, vectors: readonly number[]): number {
    const slot = this.#slot();
    const bytes = size / 8;
    for (let i = 0; i < 8; i++) {
      const from = (Math.floor(i / bytes) * vectors.length + part) * bytes + i % bytes;
      this.#u8[slot * 16 + i] = this.#u8[vectors[from >> 3]! * 16 + (from & 7)]!;
    }
    return slot;
  }
  vinterleave(size: ElementSize, part: number, vectors: readonly number[]): number {
    const slot = this.#slot();
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
