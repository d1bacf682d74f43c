/**
 * The scalar half of VectorOps on numbers, for the evaluate tier: registers and FPSCR in words of the CPU state, floating-point, memory.
 *
 * A body holds few values at a time, so values stand in a ring of scratch slots of four words: a slot is long out of use when the ring comes round to it, and
 * nothing is allocated. A Float of 32 bits is its pattern as int32; of 64 bits, and every Vec, a slot. What depends on the CPU (access checks, memory, flags, system
 * registers) is left abstract.
 */
import {
  add32, add64, compare32, compare64, div32, div64, doubleToSingle, fixedTo32, fixedTo64, FloatContext, mul32, mul64, NEAREST,
  singleToDouble, sqrt32, sqrt64, sub32, sub64, toFixed32, toFixed64, ZERO,
} from '../softfloat/index.ts';
import type { FloatBinary, FloatUnary, FloatWidth, VfpAccess, VfpSystemRegister } from '../vector-ops.ts';

const SLOTS = 64;
const SIGN = 0x80000000 | 0;
/** FPSCR bits of the Cortex-A8: N Z C V QC, DN FZ RMode, Stride, Len, cumulative exceptions. No AHP, and no trap enables (DDI 0344, 13.4.2). */
export const FPSCR_MASK = 0xfbf7009f | 0;

export abstract class EvaluateScalarOps {
  /** The CPU state's words, with D0-D31 from firstD on and FPSCR at fpscrAt. */
  protected readonly stateWords: Int32Array;
  protected readonly firstD: number;
  protected readonly fpscrAt: number;
  protected readonly registerBytes: Uint8Array;
  protected readonly firstDByte: number;

  protected readonly floatContext = new FloatContext();
  protected readonly scratch = new Int32Array(SLOTS * 4);
  #next = 0;

  /** `words`: a view that holds the registers from word `d` and FPSCR at word `fpscr`. */
  constructor(words: Int32Array, d: number, fpscr: number) {
    this.stateWords = words;
    this.firstD = d;
    this.fpscrAt = fpscr;
    this.registerBytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    this.firstDByte = d * 4;
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
  /** FPSCR was written. */
  protected abstract fpscrWritten(): void;

  protected nextSlot(): number {
    this.#next = (this.#next + 1) & (SLOTS - 1);
    return this.#next;
  }
  protected wordPair(hi: number, lo: number): number {
    const slot = this.nextSlot();
    this.scratch[slot * 4] = lo;
    this.scratch[slot * 4 + 1] = hi;
    return slot;
  }
  /** The context's 64-bit result as a value. */
  #wide(): number { return this.wordPair(this.floatContext.hi, this.floatContext.lo); }
  protected lowWord(value: number): number { return this.scratch[value * 4]!; }
  protected highWord(value: number): number { return this.scratch[value * 4 + 1]!; }

  /** The context under FPSCR's control. */
  #scalar(): FloatContext {
    this.floatContext.control(this.stateWords[this.fpscrAt]!);
    return this.floatContext;
  }
  protected standardContext(): FloatContext {
    this.floatContext.standard();
    return this.floatContext;
  }
  /** Exceptions and saturation go to FPSCR. */
  protected accumulateFlags(): void {
    const { flags } = this.floatContext;
    if (flags === 0) return;
    this.stateWords[this.fpscrAt] = this.stateWords[this.fpscrAt]! | flags;
    this.floatContext.flags = 0;
  }

  // ---- system registers
  readFPSCR(): number { return this.stateWords[this.fpscrAt]!; }
  writeFPSCR(value: number): void {
    this.stateWords[this.fpscrAt] = value & FPSCR_MASK;
    this.fpscrWritten();
  }
  vectorLength(): number { return ((this.stateWords[this.fpscrAt]! >>> 16) & 7) + 1; }
  vectorStride(): number { return ((this.stateWords[this.fpscrAt]! >>> 20) & 3) === 3 ? 2 : 1; }

  // ---- registers
  readS(s: number): number { return this.stateWords[this.firstD + s]!; }
  writeS(s: number, value: number): void { this.stateWords[this.firstD + s] = value; }
  readF(width: FloatWidth, r: number): number {
    return width === 32 ? this.readS(r) : this.wordPair(this.stateWords[this.firstD + r * 2 + 1]!, this.stateWords[this.firstD + r * 2]!);
  }
  writeF(width: FloatWidth, r: number, value: number): void {
    if (width === 32) return this.writeS(r, value);
    this.stateWords[this.firstD + r * 2] = this.lowWord(value);
    this.stateWords[this.firstD + r * 2 + 1] = this.highWord(value);
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
    const word = this.stateWords[this.firstD + d * 2 + ((lane * size) >>> 5)]!;
    if (size === 32) return word;
    const up = 32 - size - ((lane * size) & 31);
    return signed ? (word << up) >> (32 - size) : (word << up) >>> (32 - size);
  }
  writeLane(size: 8 | 16 | 32, d: number, lane: number, value: number): void {
    const at = this.firstDByte + d * 8 + (lane * size) / 8;
    for (let i = 0; i < size / 8; i++) this.registerBytes[at + i] = value >> (8 * i);
  }

  // ---- scalar floating-point
  floatFromWord(value: number): number { return value; }
  floatFromPair(low: number, high: number): number { return this.wordPair(high, low); }
  floatLow(value: number): number { return this.lowWord(value); }
  floatHigh(value: number): number { return this.highWord(value); }

  fop1(op: FloatUnary, width: FloatWidth, a: number): number {
    if (width === 32) {
      if (op === 'abs') return a & 0x7fffffff;
      if (op === 'neg') return a ^ SIGN;
      const result = sqrt32(this.#scalar(), a);
      this.accumulateFlags();
      return result;
    }
    if (op === 'abs') return this.wordPair(this.highWord(a) & 0x7fffffff, this.lowWord(a));
    if (op === 'neg') return this.wordPair(this.highWord(a) ^ SIGN, this.lowWord(a));
    sqrt64(this.#scalar(), this.highWord(a), this.lowWord(a));
    this.accumulateFlags();
    return this.#wide();
  }

  fop2(op: FloatBinary, width: FloatWidth, a: number, b: number): number {
    const c = this.#scalar();
    if (width === 32) {
      const result = op === 'add' ? add32(c, a, b) : op === 'sub' ? sub32(c, a, b) : op === 'mul' ? mul32(c, a, b) : div32(c, a, b);
      this.accumulateFlags();
      return result | 0;
    }
    const f = op === 'add' ? add64 : op === 'sub' ? sub64 : op === 'mul' ? mul64 : div64;
    f(c, this.highWord(a), this.lowWord(a), this.highWord(b), this.lowWord(b));
    this.accumulateFlags();
    return this.#wide();
  }

  fcompare(width: FloatWidth, a: number, b: number, signalling: boolean): void {
    const c = this.#scalar();
    const nzcv = width === 32 ? compare32(c, a, b, signalling) : compare64(c, this.highWord(a), this.lowWord(a), this.highWord(b), this.lowWord(b), signalling);
    this.accumulateFlags();
    this.stateWords[this.fpscrAt] = (this.stateWords[this.fpscrAt]! & 0x0fffffff) | nzcv << 28;
  }

  fconvert(width: FloatWidth, a: number): number {
    const c = this.#scalar();
    if (width === 32) {
      singleToDouble(c, a);
      this.accumulateFlags();
      return this.#wide();
    }
    const result = doubleToSingle(c, this.highWord(a), this.lowWord(a));
    this.accumulateFlags();
    return result | 0;
  }

  floatToFixed(width: FloatWidth, size: 16 | 32, signed: boolean, rounding: 'zero' | 'fpscr', fractionBits: number, a: number): number {
    const c = this.#scalar();
    if (rounding === 'zero') c.rounding = ZERO;
    const result = width === 32 ? toFixed32(c, a, size, signed, fractionBits) : toFixed64(c, this.highWord(a), this.lowWord(a), size, signed, fractionBits);
    this.accumulateFlags();
    return result;
  }

  fixedToFloat(width: FloatWidth, size: 16 | 32, signed: boolean, rounding: 'nearest' | 'fpscr', fractionBits: number, a: number): number {
    const c = this.#scalar();
    if (rounding === 'nearest') c.rounding = NEAREST;
    if (width === 32) {
      const result = fixedTo32(c, a, size, signed, fractionBits);
      this.accumulateFlags();
      return result | 0;
    }
    fixedTo64(c, a, size, signed, fractionBits);
    this.accumulateFlags();
    return this.#wide();
  }

  // ---- memory
  load64(at: number, offset: number): number {
    const first = this.load(at, offset, 4);
    const second = this.load(at, offset + 4, 4);
    return this.dataIsBigEndian() ? this.wordPair(first, second) : this.wordPair(second, first);
  }
  store64(at: number, offset: number, value: number): void {
    const big = this.dataIsBigEndian();
    this.store(at, offset, 4, big ? this.highWord(value) : this.lowWord(value));
    this.store(at, offset + 4, 4, big ? this.lowWord(value) : this.highWord(value));
  }
}
