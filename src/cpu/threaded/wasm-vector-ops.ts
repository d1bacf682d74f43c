/**
 * VFP and Advanced SIMD as generated code, shared by the threaded and the region tier: moves, memory, integer lanes that WebAssembly has, and floating-point
 * where the host's is exact: round to nearest, no flushing and no default NaN in VFP (and what flushing does not touch in Advanced SIMD), results that set no
 * flag but Inexact, and that only where FPSCR has it already. All else leaves the instruction to the evaluate tier before anything is written.
 */
import type { Access } from '../../isa/ops.ts';
import type {
  ElementSize, ElementType, FloatBinary, FloatUnary, FloatWidth, VectorBinary, VectorNarrow, VectorShift, VectorUnary, VfpAccess,
} from '../../isa/vector-ops.ts';
import { F32, F64, I32, I64, OP, SIMD, V128 } from '../../wasm/index.ts';
import { STATE } from '../layout.ts';
import { type ImmToken, Node, type PlaceToken, Unsupported, WasmIntegerOps } from './wasm-ops.ts';

const FPEXC_EN = 1 << 30;
const CPACR_VFP = 0x00f00000;
const CPACR_ASEDIS = 0x80000000 | 0;
const NSACR_VFP = 3 << 10;
/** FPSCR: LEN and STRIDE; DN, FZ and RMode; IXC. */
const FPSCR_VECTOR = 0x00370000;
const FPSCR_MODES = 0x03c00000;
const FPSCR_IXC = 1 << 4;
const FPSCR_NZCV = 0xf0000000 | 0;

/** What was checked in the code before, as far as it still holds. */
export const CHECKED_VFP = 1;
export const CHECKED_NEON = 2;
export const CHECKED_SCALAR = 4;
export const CHECKED_MODES = 8;
export const CHECKED_INEXACT = 16;

const NORMAL_32 = 0x00800000;
const INFINITE_32 = 0x7f800000;

export abstract class WasmVectorOps extends WasmIntegerOps {
  /** Checks that hold for the code that follows. */
  protected checked = 0;

  /** Leaves the instruction to the evaluate tier where the value on the stack is not zero. */
  protected abstract leaveIf(): void;
  /** Called where an extension register or FPSCR is written. */
  protected touched(): void { /* a tier may want to know */ }
  /** Calls back for `count` registers from `first` on. */
  abstract forEachExtension(width: FloatWidth, first: ImmToken, count: ImmToken, each: (r: ImmToken, offset: Node) => void): void;

  #leaveWhere(condition: Node): void {
    this.push(condition);
    this.leaveIf();
  }

  // ---- access

  vfpEnabled(access: VfpAccess): boolean {
    if (access === 'system') throw new Unsupported('VFP system registers');
    const wanted = access === 'neon' ? CHECKED_NEON | CHECKED_VFP : CHECKED_VFP;
    if ((this.checked & wanted) === wanted) return true;
    const refused = (word: number, mask: number, value: number): Node =>
      this.xor(this.and(this.readState(word), this.constant(mask)), this.constant(value));
    // In the non-secure world NSACR has a word; in monitor mode with NS = 1, which is secure, the evaluate tier finds out.
    const nonsecure = this.sub(this.constant(0), this.and(this.readState(STATE.SCR), this.constant(1)));
    const refusals = [
      refused(STATE.fpexc, FPEXC_EN, FPEXC_EN), refused(STATE.CPACR, access === 'neon' ? CPACR_VFP | CPACR_ASEDIS : CPACR_VFP, CPACR_VFP),
      this.and(nonsecure, refused(STATE.NSACR, NSACR_VFP, NSACR_VFP)),
    ];
    this.#leaveWhere(refusals.reduce((a, b) => this.or(a, b)));
    this.checked |= wanted;
    return true;
  }

  /** Short vectors are the evaluate tier's. */
  vectorLength(): number {
    if ((this.checked & CHECKED_SCALAR) === 0) this.#leaveWhere(this.and(this.readState(STATE.fpscr), this.constant(FPSCR_VECTOR)));
    this.checked |= CHECKED_SCALAR;
    return 1;
  }

  /** The host rounds as FPSCR wants. With `inexact`, a rounded result sets no flag that is not set already. */
  #modes(inexact: boolean): void {
    const wanted = inexact ? CHECKED_MODES | CHECKED_INEXACT : CHECKED_MODES;
    if ((this.checked & wanted) === wanted) return;
    const bits = this.and(this.readState(STATE.fpscr), this.constant(inexact ? FPSCR_MODES | FPSCR_IXC : FPSCR_MODES));
    this.#leaveWhere(this.xor(bits, this.constant(inexact ? FPSCR_IXC : 0)));
    this.checked |= wanted;
  }

  /** Advanced SIMD ignores FPSCR's modes; of its flags only Inexact must be set already. */
  #inexactSet(): void {
    if ((this.checked & CHECKED_INEXACT) === 0) this.#leaveWhere(this.eq(this.and(this.readState(STATE.fpscr), this.constant(FPSCR_IXC)), this.constant(0)));
    this.checked |= CHECKED_INEXACT;
  }

  readFPSCR(): Node { return this.readState(STATE.fpscr); }
  abstract writeNZCV(value: Node): void;

  // ---- registers

  /** Number of an extension register. */
  #number(r: ImmToken): Node {
    const number = r.dynamic ?? this.imm(r);
    return r.plus === undefined ? number : this.and(this.add(number, this.constant(r.plus)), this.constant(31));
  }

  /** Pushes the address of a register as far as it is not constant, and returns the constant rest. */
  #register(r: ImmToken, shift: number): number {
    const address = this.shl(this.#number(r), this.constant(shift));
    if (address.opcode === OP.i32_const) {
      this.f.i32(0);
      return STATE.d * 4 + address.value;
    }
    this.push(address);
    return STATE.d * 4;
  }

  registerPlus(r: ImmToken, steps: number): ImmToken { return { ...r, plus: (r.plus ?? 0) + steps }; }

  readS(s: ImmToken): Node {
    this.f.load(this.#register(s, 2));
    return this.fromStack();
  }
  writeS(s: ImmToken, value: Node): void {
    this.touched();
    const rest = this.#register(s, 2);
    this.push(value);
    this.f.store(rest);
  }
  readF(width: FloatWidth, r: ImmToken): Node {
    if (width === 32) return this.readS(r);
    this.f.memory(OP.i64_load, this.#register(r, 3), 3);
    return this.fromStack(I64);
  }
  writeF(width: FloatWidth, r: ImmToken, value: Node): void {
    if (width === 32) return this.writeS(r, value);
    this.touched();
    const rest = this.#register(r, 3);
    this.push(value);
    this.f.memory(OP.i64_store, rest, 3);
  }

  #lane(size: 8 | 16 | 32, d: ImmToken, lane: ImmToken): Node {
    return this.add(this.shl(this.#number(d), this.constant(3)), this.shl(this.imm(lane), this.constant(size === 8 ? 0 : size === 16 ? 1 : 2)));
  }
  readLane(size: 8 | 16 | 32, signed: boolean, d: ImmToken, lane: ImmToken): Node {
    this.push(this.#lane(size, d, lane));
    const opcode = size === 32 ? OP.i32_load : size === 16 ? (signed ? OP.i32_load16_s : OP.i32_load16_u) : signed ? OP.i32_load8_s : OP.i32_load8_u;
    this.f.memory(opcode, STATE.d * 4);
    return this.fromStack();
  }
  writeLane(size: 8 | 16 | 32, d: ImmToken, lane: ImmToken, value: Node): void {
    this.touched();
    this.push(this.#lane(size, d, lane));
    this.push(value);
    this.f.memory(size === 32 ? OP.i32_store : size === 16 ? OP.i32_store16 : OP.i32_store8, STATE.d * 4);
  }

  // ---- scalar floating-point: values are bit patterns, i32 or i64

  floatFromWord(value: Node): Node { return value; }
  floatFromPair(low: Node, high: Node): Node { return this.pair(low, high); }
  floatLow(value: Node): Node { return this.low(value); }
  floatHigh(value: Node): Node { return this.high(value); }

  #float(width: FloatWidth, bits: Node): Node {
    return width === 32 ? this.node(OP.f32_reinterpret_i32, bits, undefined, undefined, F32) : this.node(OP.f64_reinterpret_i64, bits, undefined, undefined, F64);
  }
  #bits(width: FloatWidth, value: Node): Node {
    return width === 32 ? this.node(OP.i32_reinterpret_f32, value) : this.node(OP.i64_reinterpret_f64, value, undefined, undefined, I64);
  }
  #exponent(width: FloatWidth, bits: Node): Node {
    return width === 32 ? this.and(this.shrU(bits, this.constant(23)), this.constant(0xff)) : this.and(this.shrU(this.high(bits), this.constant(20)), this.constant(0x7ff));
  }
  #isZero(width: FloatWidth, bits: Node): Node {
    return width === 32 ? this.eq(this.shl(bits, this.constant(1)), this.constant(0))
      : this.eq(this.or(this.shl(this.high(bits), this.constant(1)), this.low(bits)), this.constant(0));
  }
  /** Neither zero, subnormal, infinite nor NaN; nor with the least exponent, which a tiny value may have got by rounding (tininess is detected before it). */
  #isNormal(width: FloatWidth, bits: Node): Node {
    return this.ltU(this.sub(this.#exponent(width, bits), this.constant(2)), this.constant(width === 32 ? 0xfd : 0x7fd));
  }
  #now(type: typeof I32 | typeof I64, value: Node): Node {
    this.push(value);
    return this.fromStack(type);
  }

  fop1(op: FloatUnary, width: FloatWidth, a: Node): Node {
    const sign = 0x80000000 | 0;
    if (op !== 'sqrt') {
      const change = (word: Node): Node => (op === 'neg' ? this.xor(word, this.constant(sign)) : this.and(word, this.constant(~sign)));
      return width === 32 ? change(a) : this.pair(this.low(a), change(this.high(a)));
    }
    this.#modes(true);
    const value = this.#float(width, a);
    const bits = this.#now(width === 32 ? I32 : I64, this.#bits(width, this.node(width === 32 ? OP.f32_sqrt : OP.f64_sqrt, value, undefined, undefined, width === 32 ? F32 : F64)));
    this.#leaveWhere(this.notTrue(this.eitherTrue(this.#isNormal(width, bits), this.#isZero(width, a))));
    return bits;
  }

  fop2(op: FloatBinary, width: FloatWidth, a: Node, b: Node): Node {
    this.#modes(true);
    const opcode = width === 32
      ? { add: OP.f32_add, sub: OP.f32_sub, mul: OP.f32_mul, div: OP.f32_div }[op]
      : { add: OP.f64_add, sub: OP.f64_sub, mul: OP.f64_mul, div: OP.f64_div }[op];
    const left = width === 32 ? a : this.#now(I64, a);
    const right = width === 32 ? b : this.#now(I64, b);
    const value = this.node(opcode, this.#float(width, left), this.#float(width, right), undefined, width === 32 ? F32 : F64);
    const bits = this.#now(width === 32 ? I32 : I64, this.#bits(width, value));
    // Sums that are not normal are exact; so are products and quotients with a zero.
    const fine = op === 'add' || op === 'sub'
      ? this.ne(this.#exponent(width, bits), this.constant(width === 32 ? 0xff : 0x7ff))
      : this.eitherTrue(this.#isNormal(width, bits),
        this.bothTrue(this.#isZero(width, bits), op === 'div' ? this.#isZero(width, left) : this.eitherTrue(this.#isZero(width, left), this.#isZero(width, right))));
    this.#leaveWhere(this.notTrue(fine));
    return bits;
  }

  fcompare(width: FloatWidth, a: Node, b: Node): void {
    this.#modes(false);
    const x = this.#float(width, width === 32 ? a : this.#now(I64, a));
    const y = this.#float(width, width === 32 ? b : this.#now(I64, b));
    const compare = (opcode32: number, opcode64: number, p: Node, q: Node): Node => this.node(width === 32 ? opcode32 : opcode64, p, q);
    this.#leaveWhere(this.or(compare(OP.f32_ne, OP.f64_ne, x, x), compare(OP.f32_ne, OP.f64_ne, y, y)));
    const less = compare(OP.f32_lt, OP.f64_lt, x, y);
    const equal = compare(OP.f32_eq, OP.f64_eq, x, y);
    // Less 1000, equal 0110, greater 0010.
    const flags = this.select(less, this.constant(0x80000000 | 0), this.select(equal, this.constant(0x60000000), this.constant(0x20000000)));
    this.touched();
    this.writeState(STATE.fpscr, this.or(this.and(this.readState(STATE.fpscr), this.constant(~FPSCR_NZCV)), flags));
  }

  fconvert(width: FloatWidth, a: Node): Node {
    this.#modes(width === 64);
    const from = width === 32 ? a : this.#now(I64, a);
    const value = width === 32 ? this.node(OP.f64_promote_f32, this.#float(32, from), undefined, undefined, F64)
      : this.node(OP.f32_demote_f64, this.#float(64, from), undefined, undefined, F32);
    const to = width === 32 ? 64 : 32;
    const bits = this.#now(to === 32 ? I32 : I64, this.#bits(to, value));
    this.#leaveWhere(this.notTrue(this.eitherTrue(this.#isNormal(to, bits), this.#isZero(width, from))));
    return bits;
  }

  floatToFixed(width: FloatWidth, size: 16 | 32, signed: boolean, rounding: 'zero' | 'fpscr', fractionBits: ImmToken | 0, a: Node): Node {
    if (fractionBits !== 0 || size !== 32) throw new Unsupported('fixed point');
    this.#modes(true);
    const type = width === 32 ? F32 : F64;
    const value = this.#float(width, width === 32 ? a : this.#now(I64, a));
    const whole = this.node(rounding === 'zero' ? (width === 32 ? OP.f32_trunc : OP.f64_trunc) : width === 32 ? OP.f32_nearest : OP.f64_nearest, value, undefined, undefined, type);
    const opcode = width === 32 ? (signed ? OP.i32_trunc_sat_f32_s : OP.i32_trunc_sat_f32_u) : signed ? OP.i32_trunc_sat_f64_s : OP.i32_trunc_sat_f64_u;
    const result = this.#now(I32, this.node(opcode, whole));
    // At the limits the evaluate tier tells saturation from the value itself; NaN gives 0, as numbers below 1 do.
    const limits = signed ? this.eitherTrue(this.eq(result, this.constant(0x7fffffff)), this.eq(result, this.constant(0x80000000 | 0))) : this.eq(result, this.constant(-1));
    const isNaN = this.node(width === 32 ? OP.f32_ne : OP.f64_ne, value, value);
    const negative = this.node(width === 32 ? OP.f32_lt : OP.f64_lt, value, this.node(width === 32 ? OP.f32_convert_i32_s : OP.f64_convert_i32_s, this.constant(0), undefined, undefined, type));
    this.#leaveWhere(this.eitherTrue(this.eitherTrue(limits, isNaN), signed ? this.constant(0) : negative));
    return result;
  }

  fixedToFloat(width: FloatWidth, size: 16 | 32, signed: boolean, _rounding: 'nearest' | 'fpscr', fractionBits: ImmToken | 0, a: Node): Node {
    if (fractionBits !== 0 || size !== 32) throw new Unsupported('fixed point');
    this.#modes(width === 32);
    const opcode = width === 32 ? (signed ? OP.f32_convert_i32_s : OP.f32_convert_i32_u) : signed ? OP.f64_convert_i32_s : OP.f64_convert_i32_u;
    return this.#bits(width, this.node(opcode, a, undefined, undefined, width === 32 ? F32 : F64));
  }

  // ---- memory

  probeAligned(address: Node, bytes: number, alignment: number, access: Access): PlaceToken {
    if (alignment > 8) this.#leaveWhere(this.and(address, this.constant(alignment - 1)));
    return this.probe(address, bytes, alignment >= 8 ? 8 : alignment as 1 | 2 | 4, access);
  }

  load64(place: PlaceToken, offset: Node): Node {
    this.f.memory(OP.i64_load, this.address(place, offset));
    return this.fromStack(I64);
  }
  store64(place: PlaceToken, offset: Node, value: Node): void {
    const rest = this.address(place, offset);
    this.push(value);
    this.f.memory(OP.i64_store, rest);
  }
  loadElements(_size: ElementSize, place: PlaceToken, offset: number): Node {
    this.f.memory(SIMD.v128_load64_zero, this.address(place, this.constant(offset)));
    return this.fromStack(V128);
  }
  storeElements(_size: ElementSize, place: PlaceToken, offset: number, value: Node): void {
    this.touched();
    const rest = this.address(place, this.constant(offset));
    this.push(value);
    this.f.memory(SIMD.v128_store64_lane, rest).byte(0);
  }

  // ---- vectors: v128 with a 64-bit vector in its low half

  vread(quad: boolean, d: ImmToken): Node {
    this.f.memory(quad ? SIMD.v128_load : SIMD.v128_load64_zero, this.#register(d, 3), 3);
    return this.fromStack(V128);
  }
  vwrite(quad: boolean, d: ImmToken, value: Node): void {
    this.touched();
    const rest = this.#register(d, 3);
    this.push(value);
    if (quad) this.f.memory(SIMD.v128_store, rest, 3);
    else this.f.memory(SIMD.v128_store64_lane, rest, 3).byte(0);
  }

  #vec(opcode: number, a: Node, b?: Node, c?: Node): Node { return this.node(opcode, a, b, c, V128); }
  #splat32(value: number): Node { return this.#vec(SIMD.i32x4_splat, this.constant(value)); }

  vconstant(low: ImmToken, high: ImmToken): Node { return this.#vec(SIMD.i64x2_splat, this.pair(this.imm(low), this.imm(high))); }
  vzero(): Node { return this.#splat32(0); }
  vdup(size: 8 | 16 | 32, value: Node): Node { return this.#vec(size === 8 ? SIMD.i8x16_splat : size === 16 ? SIMD.i16x8_splat : SIMD.i32x4_splat, value); }

  vop1(op: VectorUnary, type: ElementType, _quad: boolean, a: Node): Node {
    if (op === 'not') return this.#vec(SIMD.v128_not, a);
    if (op === 'neg' && type === 'f32') return this.#vec(SIMD.v128_xor, a, this.#splat32(0x80000000 | 0));
    if (op === 'abs' && type === 'f32') return this.#vec(SIMD.v128_and, a, this.#splat32(0x7fffffff));
    const size = sizeOf(type);
    const table = op === 'neg' ? NEG : op === 'abs' && type.startsWith('s') ? ABS : op === 'cnt' && size === 8 ? CNT : undefined;
    const opcode = table?.[size];
    if (opcode === undefined) throw new Unsupported(`${op} ${type}`);
    return this.#vec(opcode, a);
  }

  vop2(op: VectorBinary, type: ElementType, _quad: boolean, a: Node, b: Node): Node {
    switch (op) {
      case 'and': return this.#vec(SIMD.v128_and, a, b);
      case 'bic': return this.#vec(SIMD.v128_andnot, a, b);
      case 'or': return this.#vec(SIMD.v128_or, a, b);
      case 'orn': return this.#vec(SIMD.v128_or, a, this.#vec(SIMD.v128_not, b));
      case 'xor': return this.#vec(SIMD.v128_xor, a, b);
      default:
    }
    if (type === 'f32') return this.#floats(op, a, b);
    const size = sizeOf(type);
    const unsigned = type.startsWith('u');
    if (op === 'tst' && size < 64) return this.#vec(NE[size]!, this.#vec(SIMD.v128_and, a, b), this.vzero());
    const table = INTEGER[unsigned ? `${op}U` : op] ?? (op === 'add' || op === 'sub' || op === 'mul' || op === 'eq' ? INTEGER[op] : undefined);
    const opcode = type.startsWith('p') ? undefined : table?.[size];
    if (opcode === undefined) throw new Unsupported(`${op} ${type}`);
    return this.#vec(opcode, a, b);
  }

  /** Lanes that are neither zero nor finite and at least `least`. */
  #odd(magnitude: Node, least: number): Node {
    const notNormal = this.#vec(SIMD.i32x4_ge_u, this.#vec(SIMD.i32x4_sub, magnitude, this.#splat32(least)), this.#splat32(INFINITE_32 - least));
    return this.#vec(SIMD.v128_and, notNormal, this.#vec(SIMD.i32x4_ne, magnitude, this.vzero()));
  }

  #floats(op: VectorBinary, a: Node, b: Node): Node {
    const opcode = op === 'add' ? SIMD.f32x4_add : op === 'sub' ? SIMD.f32x4_sub : op === 'mul' ? SIMD.f32x4_mul : undefined;
    if (opcode === undefined) throw new Unsupported(`${op} f32`);
    this.#inexactSet();
    this.push(this.#vec(opcode, a, b));
    const result = this.fromStack(V128);
    const magnitude = (value: Node): Node => this.#vec(SIMD.v128_and, value, this.#splat32(0x7fffffff));
    const [x, y, r] = [magnitude(a), magnitude(b), magnitude(result)];
    let odd = this.#vec(SIMD.v128_or, this.#vec(SIMD.v128_or, this.#odd(x, NORMAL_32), this.#odd(y, NORMAL_32)), this.#odd(r, op === 'mul' ? NORMAL_32 * 2 : NORMAL_32));
    if (op === 'mul') {
      // A zero that came from no zero is an underflow.
      const nonzero = (value: Node): Node => this.#vec(SIMD.i32x4_ne, value, this.vzero());
      odd = this.#vec(SIMD.v128_or, odd, this.#vec(SIMD.v128_andnot, this.#vec(SIMD.v128_and, nonzero(x), nonzero(y)), nonzero(r)));
    }
    this.#leaveWhere(this.node(SIMD.v128_any_true, odd));
    return result;
  }

  vselect(mask: Node, a: Node, b: Node): Node { return this.#vec(SIMD.v128_bitselect, a, b, mask); }

  vshift(op: VectorShift, type: ElementType, _quad: boolean, a: Node, amount: ImmToken): Node {
    const size = sizeOf(type);
    if (op === 'shl') return this.#vec(SHL[size]!, a, this.imm(amount));
    if (op !== 'shr') throw new Unsupported(op);
    // Amounts go up to the lane's size, which WebAssembly takes as 0.
    const table = type.startsWith('u') ? SHR_U : SHR_S;
    return this.#vec(table[size]!, this.#vec(table[size]!, a, this.sub(this.imm(amount), this.constant(1))), this.constant(1));
  }

  vwiden(type: ElementType, a: Node): Node {
    const opcode = (type.startsWith('u') ? EXTEND_U : EXTEND_S)[sizeOf(type)];
    if (opcode === undefined || type.startsWith('p')) throw new Unsupported(`widen ${type}`);
    return this.#vec(opcode, a);
  }

  vnarrow(op: VectorNarrow, type: ElementType, a: Node): Node {
    const size = sizeOf(type);
    if (op !== 'truncate' || size > 32) throw new Unsupported('narrowing');
    const low = this.#vec(SIMD.v128_and, a, this.#splat32(size === 16 ? 0x00ff00ff : 0xffff));
    return this.#vec(size === 16 ? SIMD.i8x16_narrow_i16x8_u : SIMD.i16x8_narrow_i32x4_u, low, low);
  }
}

function sizeOf(type: ElementType): 8 | 16 | 32 | 64 { return Number(type.slice(1)) as 8 | 16 | 32 | 64; }

type BySize = Readonly<Partial<Record<number, number>>>;
const NEG: BySize = { 8: SIMD.i8x16_neg, 16: SIMD.i16x8_neg, 32: SIMD.i32x4_neg, 64: SIMD.i64x2_neg };
const ABS: BySize = { 8: SIMD.i8x16_abs, 16: SIMD.i16x8_abs, 32: SIMD.i32x4_abs };
const CNT: BySize = { 8: SIMD.i8x16_popcnt };
const NE: BySize = { 8: SIMD.i8x16_ne, 16: SIMD.i16x8_ne, 32: SIMD.i32x4_ne };
const SHL: BySize = { 8: SIMD.i8x16_shl, 16: SIMD.i16x8_shl, 32: SIMD.i32x4_shl, 64: SIMD.i64x2_shl };
const SHR_S: BySize = { 8: SIMD.i8x16_shr_s, 16: SIMD.i16x8_shr_s, 32: SIMD.i32x4_shr_s, 64: SIMD.i64x2_shr_s };
const SHR_U: BySize = { 8: SIMD.i8x16_shr_u, 16: SIMD.i16x8_shr_u, 32: SIMD.i32x4_shr_u, 64: SIMD.i64x2_shr_u };
const EXTEND_S: BySize = { 8: SIMD.i16x8_extend_low_i8x16_s, 16: SIMD.i32x4_extend_low_i16x8_s, 32: SIMD.i64x2_extend_low_i32x4_s };
const EXTEND_U: BySize = { 8: SIMD.i16x8_extend_low_i8x16_u, 16: SIMD.i32x4_extend_low_i16x8_u, 32: SIMD.i64x2_extend_low_i32x4_u };
/** By operation, with U behind it for unsigned types. */
const INTEGER: Readonly<Record<string, BySize | undefined>> = {
  add: { 8: SIMD.i8x16_add, 16: SIMD.i16x8_add, 32: SIMD.i32x4_add, 64: SIMD.i64x2_add },
  sub: { 8: SIMD.i8x16_sub, 16: SIMD.i16x8_sub, 32: SIMD.i32x4_sub, 64: SIMD.i64x2_sub },
  mul: { 16: SIMD.i16x8_mul, 32: SIMD.i32x4_mul, 64: SIMD.i64x2_mul },
  eq: { 8: SIMD.i8x16_eq, 16: SIMD.i16x8_eq, 32: SIMD.i32x4_eq },
  gt: { 8: SIMD.i8x16_gt_s, 16: SIMD.i16x8_gt_s, 32: SIMD.i32x4_gt_s },
  gtU: { 8: SIMD.i8x16_gt_u, 16: SIMD.i16x8_gt_u, 32: SIMD.i32x4_gt_u },
  ge: { 8: SIMD.i8x16_ge_s, 16: SIMD.i16x8_ge_s, 32: SIMD.i32x4_ge_s },
  geU: { 8: SIMD.i8x16_ge_u, 16: SIMD.i16x8_ge_u, 32: SIMD.i32x4_ge_u },
  max: { 8: SIMD.i8x16_max_s, 16: SIMD.i16x8_max_s, 32: SIMD.i32x4_max_s },
  maxU: { 8: SIMD.i8x16_max_u, 16: SIMD.i16x8_max_u, 32: SIMD.i32x4_max_u },
  min: { 8: SIMD.i8x16_min_s, 16: SIMD.i16x8_min_s, 32: SIMD.i32x4_min_s },
  minU: { 8: SIMD.i8x16_min_u, 16: SIMD.i16x8_min_u, 32: SIMD.i32x4_min_u },
};
