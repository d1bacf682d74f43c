/**
 * VFP as generated code, shared by the threaded and the region tier: moves, memory, and arithmetic on the host's floats where that is exact.
 *
 * WebAssembly rounds to nearest, keeps denormals, raises no flag and does not say which NaN it makes. So what it computes stands only where, by the manual, the same value results and no
 * cumulative flag of FPSCR changes; all else leaves the instruction to the evaluate tier before anything was written. In particular:
 *
 * - FPSCR's modes must be the default ones (RMode 0, FZ 0, DN 0), and LEN 0: short vectors are the evaluate tier's. With FZ = 0, IDC is never set.
 * - A result that is infinite or NaN leaves: that covers all that could set IOC, DZC or OFC, and all NaN operands. Comparisons leave where an operand is a NaN.
 * - UFC is set where a result is tiny before rounding, and inexact. A sum whose magnitude is below twice the least normal number is exact, so sums never set it. Other results must have
 *   an exponent of 2 or more (one with exponent 1 may have been rounded up to it from a tiny one), or be a zero that came from a zero.
 * - IXC is left. Where FPSCR has it already, as in any program that ever rounded, nothing else can happen. Where not, the result must be shown to be exact: x + y = r where
 *   r - x = y and r - y = x (the difference to the larger operand is exact, by Dekker); a product of significands of at most 53 bits together; products of singles as doubles; roots
 *   and quotients by such a product; conversions by the way back. What cannot be shown leaves, and the evaluate tier sets IXC.
 * - VMLA and its kin round twice, as the VFPv3 does: they are a product and a sum here, too.
 *
 * Access (CPACR, NSACR, FPEXC.EN) is checked by the code itself: blocks are not translated anew when a kernel switches VFP on and off.
 */
import type { Access } from '../../isa/ops.ts';
import type { FloatBinary, FloatUnary, FloatWidth, VfpAccess } from '../../isa/vector-ops.ts';
import { F32, F64, I32, I64, OP, type ValueType } from '../../wasm/index.ts';
import { STATE } from '../layout.ts';
import { type ImmToken, Node, type PlaceToken, Unsupported, WasmIntegerOps } from './wasm-ops.ts';

export const FPEXC_EN = 1 << 30;
export const CPACR_VFP = 0x00f00000;
/** CPACR.cp10 and cp11 for privileged code. */
export const CPACR_VFP_PRIVILEGED = 0x00500000;
export const NSACR_VFP = 3 << 10;
const FPSCR_IXC = 1 << 4;
const FPSCR_NZCV = 0xf0000000 | 0;
/** What FPSCR has (see FPSCR_MASK of the evaluate tier). */
const FPSCR_BITS = 0xfbf7009f | 0;

/** What speaks against generated code: bits of FPSCR (Inexact inverted), of CPACR (ASEDIS), and REFUSE_VFP. */
export const REFUSE_VFP = 1;
export const REFUSE_NEON = 0x80000000 | 0;
export const REFUSE_SHORT_VECTORS = 0x00070000;
export const REFUSE_MODES = 0x03c00000;
export const REFUSE_INEXACT = FPSCR_IXC;
/** Those that FPSCR decides. */
export const REFUSE_FPSCR = REFUSE_SHORT_VECTORS | REFUSE_MODES | REFUSE_INEXACT;

/** What a cached register is (RegionVectorOps). */
export type RegisterKind = 'word' | 'single' | 'double' | 'vector' | 'quad';

const BINARY32: Readonly<Record<FloatBinary, number>> = { add: OP.f32_add, sub: OP.f32_sub, mul: OP.f32_mul, div: OP.f32_div };
const BINARY64: Readonly<Record<FloatBinary, number>> = { add: OP.f64_add, sub: OP.f64_sub, mul: OP.f64_mul, div: OP.f64_div };

export abstract class WasmVfpOps extends WasmIntegerOps {
  /** Refusals that were checked in the code before, as far as that still holds. */
  protected checked = 0;

  /** Leaves the instruction to the evaluate tier where the value on the stack is not zero. */
  protected abstract leaveIf(): void;
  abstract writeNZCV(value: Node): void;
  /** Calls back for `count` registers from `first` on. */
  abstract forEachExtension(width: FloatWidth, first: ImmToken, count: ImmToken, each: (r: ImmToken, offset: Node) => void): void;

  // A tier may keep what it knows of registers and FPSCR; what is written always goes to memory as well.
  /** A register's value where it is known. */
  protected known(_kind: RegisterKind, _r: ImmToken): Node | undefined { return undefined; }
  /** Called with a value that was read. */
  protected wasRead(_kind: RegisterKind, _r: ImmToken, _value: Node): void { /* forgets */ }
  /** Called before a register is written. */
  protected isWritten(_kind: RegisterKind, _r: ImmToken, _value: Node | undefined): void { /* forgets */ }
  /** Called after FPSCR was written, with its value where that is known. */
  protected fpscrWritten(_value: Node | undefined): void { /* forgets */ }

  protected leaveWhere(condition: Node): void {
    this.push(condition);
    this.leaveIf();
  }

  /** Code that is seldom executed. */
  protected seldom(condition: Node, emit: () => void): void {
    this.push(condition);
    this.f.expect(false).if();
    this.conditional(emit);
    this.f.end();
  }

  // ---- access

  /** Pushes which of the refusals there are; 0 for none. */
  protected pushRefusals(bits: number): void {
    const found: Node[] = [];
    const differs = (word: number, mask: number): Node => this.ne(this.and(this.readState(word), this.constant(mask)), this.constant(mask));
    if ((bits & REFUSE_VFP) !== 0) {
      // In monitor mode with NS = 1, which is secure, the evaluate tier finds out.
      const nonsecure = this.and(this.readState(STATE.SCR), this.constant(1));
      found.push(differs(STATE.fpexc, FPEXC_EN), differs(STATE.CPACR, CPACR_VFP), this.bothTrue(nonsecure, differs(STATE.NSACR, NSACR_VFP)));
    }
    if ((bits & REFUSE_NEON) !== 0) found.push(this.and(this.readState(STATE.CPACR), this.constant(REFUSE_NEON)));
    if ((bits & REFUSE_FPSCR) !== 0) found.push(this.and(this.xor(this.readState(STATE.fpscr), this.constant(FPSCR_IXC)), this.constant(bits & REFUSE_FPSCR)));
    this.push(found.reduce((a, b) => this.or(a, b)));
  }

  protected require(bits: number): void {
    const missing = bits & ~this.checked;
    if (missing === 0) return;
    this.pushRefusals(missing);
    this.leaveIf();
    this.checked |= missing;
  }

  vfpEnabled(access: VfpAccess): boolean {
    if (access === 'system') throw new Unsupported('VFP system registers');
    this.require(access === 'neon' ? REFUSE_VFP | REFUSE_NEON : REFUSE_VFP);
    return true;
  }

  vectorLength(): number {
    this.require(REFUSE_SHORT_VECTORS);
    return 1;
  }

  readFPSCR(): Node { return this.readState(STATE.fpscr); }
  writeFPSCR(value: Node): void {
    const kept = this.and(value, this.constant(FPSCR_BITS));
    this.writeState(STATE.fpscr, kept);
    this.checked &= ~REFUSE_FPSCR;
    this.fpscrWritten(kept);
  }

  // ---- registers

  protected number(r: ImmToken): Node {
    const number = r.dynamic ?? this.imm(r);
    return r.plus === undefined ? number : this.and(this.add(number, this.constant(r.plus)), this.constant(31));
  }

  /** Pushes the address of a register as far as it is not constant, and returns the constant rest. */
  protected extensionAddress(r: ImmToken, shift: number): number {
    const address = this.shl(this.number(r), this.constant(shift));
    if (address.opcode === OP.i32_const) {
      this.f.i32(0);
      return STATE.d * 4 + address.value;
    }
    this.push(address);
    return STATE.d * 4;
  }

  registerPlus(r: ImmToken, steps: number): ImmToken { return steps === 0 ? r : { ...r, plus: (r.plus ?? 0) + steps }; }

  readS(s: ImmToken): Node {
    const known = this.known('word', s);
    if (known !== undefined) return known;
    const single = this.known('single', s);
    if (single !== undefined) return this.bits(single);
    this.f.load(this.extensionAddress(s, 2));
    const value = this.fromStack();
    this.wasRead('word', s, value);
    return value;
  }
  writeS(s: ImmToken, value: Node): void {
    this.isWritten('word', s, value);
    const rest = this.extensionAddress(s, 2);
    this.push(value);
    this.f.store(rest);
  }

  readF(width: FloatWidth, r: ImmToken): Node {
    const kind = width === 32 ? 'single' : 'double';
    let value = this.known(kind, r) ?? (width === 32 ? this.known('word', r) : undefined);
    if (value !== undefined) return value;
    this.f.memory(width === 32 ? OP.f32_load : OP.f64_load, this.extensionAddress(r, width === 32 ? 2 : 3), width === 32 ? 2 : 3);
    value = this.fromStack(width === 32 ? F32 : F64);
    this.wasRead(kind, r, value);
    return value;
  }
  writeF(width: FloatWidth, r: ImmToken, value: Node): void {
    if (value.type === I32) return this.writeS(r, value);
    this.isWritten(width === 32 ? 'single' : 'double', r, value);
    const rest = this.extensionAddress(r, width === 32 ? 2 : 3);
    this.push(value);
    this.f.memory(storeOf(value.type), rest, width === 32 ? 2 : 3);
  }

  #lane(size: 8 | 16 | 32, d: ImmToken, lane: ImmToken): number {
    const address = this.add(this.shl(this.number(d), this.constant(3)), this.shl(this.imm(lane), this.constant(size === 8 ? 0 : size === 16 ? 1 : 2)));
    this.push(address);
    return STATE.d * 4;
  }
  readLane(size: 8 | 16 | 32, signed: boolean, d: ImmToken, lane: ImmToken): Node {
    const rest = this.#lane(size, d, lane);
    this.f.memory(size === 32 ? OP.i32_load : size === 16 ? (signed ? OP.i32_load16_s : OP.i32_load16_u) : signed ? OP.i32_load8_s : OP.i32_load8_u, rest);
    return this.fromStack();
  }
  writeLane(size: 8 | 16 | 32, d: ImmToken, lane: ImmToken, value: Node): void {
    this.isWritten('double', d, undefined);
    const rest = this.#lane(size, d, lane);
    this.push(value);
    this.f.memory(size === 32 ? OP.i32_store : size === 16 ? OP.i32_store16 : OP.i32_store8, rest);
  }

  // ---- values: as the host's floats or as bit patterns, by the node's type

  floatFromWord(value: Node): Node { return value; }
  floatFromPair(low: Node, high: Node): Node { return this.pair(low, high); }
  floatLow(value: Node): Node { return this.low(this.bits(value)); }
  floatHigh(value: Node): Node { return this.high(this.bits(value)); }

  #of(opcode: number, type: ValueType, a: Node, b?: Node): Node { return this.node(opcode, a, b, undefined, type); }
  protected bits(value: Node): Node {
    if (value.type === F32) return value.opcode === OP.f32_reinterpret_i32 ? value.a! : this.#of(OP.i32_reinterpret_f32, I32, value);
    if (value.type === F64) return value.opcode === OP.f64_reinterpret_i64 ? value.a! : this.#of(OP.i64_reinterpret_f64, I64, value);
    return value;
  }
  #float(value: Node): Node {
    if (value.type === I32) return this.#of(OP.f32_reinterpret_i32, F32, value);
    if (value.type === I64) return this.#of(OP.f64_reinterpret_i64, F64, value);
    return value;
  }
  /** A value that more than one thing is made of, computed now. */
  #now(value: Node): Node {
    if (value.local >= 0) return value;
    this.push(value);
    return this.fromStack(value.type);
  }
  /** As a float, computed now. */
  #operand(value: Node): Node { return this.#now(this.#float(value)); }
  #promote(value: Node): Node { return value.type === F64 ? value : this.#of(OP.f64_promote_f32, F64, value); }
  #equal(a: Node, b: Node): Node { return this.#of(a.type === F32 ? OP.f32_eq : OP.f64_eq, I32, a, b); }
  #isZero(value: Node): Node {
    return this.#equal(value, this.#of(value.type === F32 ? OP.f32_convert_i32_s : OP.f64_convert_i32_s, value.type, this.constant(0)));
  }

  /** Sign lost, the exponent topmost. */
  #magnitude(value: Node): Node { return this.shl(value.type === F32 ? this.bits(value) : this.high(this.bits(value)), this.constant(1)); }
  #notFinite(value: Node): Node { return this.node(OP.i32_ge_u, this.#magnitude(value), this.constant(value.type === F32 ? 0xff000000 : 0xffe00000)); }
  /** Zero, tiny or nearly so (an exponent below 2), infinite or NaN. */
  #notOrdinary(value: Node): Node {
    const [two, span] = value.type === F32 ? [2 << 24, 0xfd000000] : [2 << 21, 0xffa00000];
    return this.node(OP.i32_ge_u, this.sub(this.#magnitude(value), this.constant(two)), this.constant(span));
  }
  /** Leaves unless the value is ordinary, or `fine`. */
  #ordinaryOr(value: Node, fine: Node): void {
    this.seldom(this.#notOrdinary(value), () => { this.leaveWhere(this.notTrue(fine)); });
  }

  /** Leaves where FPSCR has no Inexact and the result is not known to be exact. */
  protected exactUnlessInexact(exact: () => Node): void {
    if ((this.checked & REFUSE_INEXACT) !== 0) return;
    this.pushRefusals(REFUSE_INEXACT);
    this.f.expect(false).if();
    this.conditional(() => { this.leaveWhere(this.notTrue(exact())); });
    this.f.end();
  }

  /** Zero bits below a double's significand, leading one counted: the product of two doubles is exact where they are 53 together. */
  #trailing(value: Node): Node {
    const one = this.pair(this.constant(0), this.constant(0x00100000));
    return this.low(this.#of(OP.i64_ctz, I64, this.#of(OP.i64_or, I64, this.bits(value), one)));
  }
  #shortProduct(x: Node, y: Node): Node { return this.node(OP.i32_ge_u, this.add(this.#trailing(x), this.#trailing(y)), this.constant(53)); }
  /** Whether x * y = product. A double's product must be normal. */
  #isProduct(x: Node, y: Node, product: Node): Node {
    if (x.type === F32) return this.#equal(this.#of(OP.f64_mul, F64, this.#promote(x), this.#promote(y)), this.#promote(product));
    const fits = this.bothTrue(this.#shortProduct(x, y), this.notTrue(this.#notOrdinary(product)));
    return this.bothTrue(fits, this.#equal(this.#of(OP.f64_mul, F64, x, y), product));
  }

  fop1(op: FloatUnary, width: FloatWidth, a: Node): Node {
    const type = width === 32 ? F32 : F64;
    const x = this.#float(a);
    if (op === 'neg') return this.#of(width === 32 ? OP.f32_neg : OP.f64_neg, type, x);
    if (op === 'abs') return this.#of(width === 32 ? OP.f32_abs : OP.f64_abs, type, x);
    this.require(REFUSE_MODES);
    const value = this.#operand(a);
    const root = this.#now(this.#of(width === 32 ? OP.f32_sqrt : OP.f64_sqrt, type, value));
    this.#ordinaryOr(root, this.#isZero(value));
    this.exactUnlessInexact(() => this.eitherTrue(this.#isProduct(root, root, value), this.#isZero(root)));
    return root;
  }

  fop2(op: FloatBinary, width: FloatWidth, a: Node, b: Node): Node {
    this.require(REFUSE_MODES);
    const type = width === 32 ? F32 : F64;
    const table = width === 32 ? BINARY32 : BINARY64;
    const x = this.#operand(a);
    const y = this.#operand(b);
    const r = this.#now(this.#of(table[op], type, x, y));
    const is = (other: 'add' | 'sub', p: Node, q: Node, result: Node): Node => this.#equal(this.#of(table[other], type, p, q), result);
    switch (op) {
      case 'add':
        this.leaveWhere(this.#notFinite(r));
        this.exactUnlessInexact(() => this.bothTrue(is('sub', r, x, y), is('sub', r, y, x)));
        break;
      case 'sub':
        this.leaveWhere(this.#notFinite(r));
        this.exactUnlessInexact(() => this.bothTrue(is('sub', x, r, y), is('add', r, y, x)));
        break;
      case 'mul':
        this.#ordinaryOr(r, this.bothTrue(this.#isZero(r), this.eitherTrue(this.#isZero(x), this.#isZero(y))));
        this.exactUnlessInexact(() => this.eitherTrue(width === 32 ? this.#isProduct(x, y, r) : this.#shortProduct(x, y), this.#isZero(r)));
        break;
      case 'div':
        this.#ordinaryOr(r, this.bothTrue(this.#isZero(r), this.#isZero(x)));
        this.exactUnlessInexact(() => this.eitherTrue(this.#isProduct(r, y, x), this.#isZero(r)));
    }
    return r;
  }

  fcompare(width: FloatWidth, a: Node, b: Node): void {
    this.require(REFUSE_MODES);
    const x = this.#operand(a);
    const y = this.#operand(b);
    const compare = (opcode32: number, opcode64: number): Node => this.#of(width === 32 ? opcode32 : opcode64, I32, x, y);
    const less = this.#now(compare(OP.f32_lt, OP.f64_lt));
    this.leaveWhere(this.notTrue(this.or(less, compare(OP.f32_ge, OP.f64_ge))));
    // Less 1000, equal 0110, greater 0010.
    const flags = this.select(less, this.constant(0x80000000), this.select(compare(OP.f32_eq, OP.f64_eq), this.constant(0x60000000), this.constant(0x20000000)));
    const value = this.#now(this.or(this.and(this.readFPSCR(), this.constant(~FPSCR_NZCV)), flags));
    this.writeState(STATE.fpscr, value);
    this.fpscrWritten(value);
  }

  fconvert(width: FloatWidth, a: Node): Node {
    this.require(REFUSE_MODES);
    const from = this.#operand(a);
    const to = this.#now(width === 32 ? this.#promote(from) : this.#of(OP.f32_demote_f64, F32, from));
    this.#ordinaryOr(to, this.#isZero(from));
    if (width === 64) this.exactUnlessInexact(() => this.#equal(this.#promote(to), from));
    return to;
  }

  /** 2 to the power of `exponent`, of -32 to 32. */
  #power(width: FloatWidth, exponent: Node): Node {
    return this.#float(width === 32 ? this.shl(this.add(exponent, this.constant(127)), this.constant(23))
      : this.pair(this.constant(0), this.shl(this.add(exponent, this.constant(1023)), this.constant(20))));
  }

  floatToFixed(width: FloatWidth, size: 16 | 32, signed: boolean, rounding: 'zero' | 'fpscr', fractionBits: ImmToken | 0, a: Node): Node {
    this.require(REFUSE_MODES);
    const type = width === 32 ? F32 : F64;
    // Times a power of two is exact, or infinite, which is beyond all limits.
    const value = fractionBits === 0 ? this.#operand(a)
      : this.#now(this.#of(width === 32 ? OP.f32_mul : OP.f64_mul, type, this.#float(a), this.#power(width, this.imm(fractionBits))));
    const whole = this.#now(this.#of(rounding === 'zero' ? (width === 32 ? OP.f32_trunc : OP.f64_trunc) : width === 32 ? OP.f32_nearest : OP.f64_nearest, type, value));
    const opcode = width === 32 ? (signed ? OP.i32_trunc_sat_f32_s : OP.i32_trunc_sat_f32_u) : signed ? OP.i32_trunc_sat_f64_s : OP.i32_trunc_sat_f64_u;
    const result = this.#now(this.#of(opcode, I32, whole));
    // Saturation and NaN: the whole number is not that of the result, or the result is not one of the size.
    const back = width === 32 ? (signed ? OP.f32_convert_i32_s : OP.f32_convert_i32_u) : signed ? OP.f64_convert_i32_s : OP.f64_convert_i32_u;
    const fits: Node[] = [this.#equal(this.#of(back, type, result), whole)];
    if (size === 16) fits.push(this.eq(signed ? this.sext16(result) : this.and(result, this.constant(0xffff)), result));
    // A single of 2^31 or 2^32 is what the greatest integers become on the way back.
    else if (width === 32) fits.push(this.ne(result, this.constant(signed ? 0x7fffffff : -1)));
    this.leaveWhere(this.notTrue(fits.reduce((p, q) => this.bothTrue(p, q))));
    this.exactUnlessInexact(() => this.#equal(whole, value));
    return result;
  }

  fixedToFloat(width: FloatWidth, size: 16 | 32, signed: boolean, _rounding: 'nearest' | 'fpscr', fractionBits: ImmToken | 0, a: Node): Node {
    this.require(REFUSE_MODES);
    const type = width === 32 ? F32 : F64;
    const from = this.#now(size === 32 ? a : signed ? this.sext16(a) : this.and(a, this.constant(0xffff)));
    const double = this.#of(signed ? OP.f64_convert_i32_s : OP.f64_convert_i32_u, F64, from);
    const value = width === 64 ? double : this.#now(this.#of(signed ? OP.f32_convert_i32_s : OP.f32_convert_i32_u, F32, from));
    if (width === 32 && size === 32) this.exactUnlessInexact(() => this.#equal(this.#promote(value), double));
    if (fractionBits === 0) return value;
    return this.#of(width === 32 ? OP.f32_mul : OP.f64_mul, type, value, this.#power(width, this.sub(this.constant(0), this.imm(fractionBits))));
  }

  // ---- memory

  probeAligned(address: Node, bytes: number, alignment: number, access: Access): PlaceToken {
    if (alignment > 8) this.leaveWhere(this.and(address, this.constant(alignment - 1)));
    return this.probe(address, bytes, alignment >= 8 ? 8 : alignment as 1 | 2 | 4, access);
  }

  load64(place: PlaceToken, offset: Node): Node {
    this.f.memory(OP.f64_load, this.address(place, offset));
    return this.fromStack(F64);
  }
  store64(place: PlaceToken, offset: Node, value: Node): void {
    const rest = this.address(place, offset);
    this.push(value);
    this.f.memory(storeOf(value.type), rest);
  }
}

function storeOf(type: ValueType): number {
  switch (type) {
    case F32: return OP.f32_store;
    case F64: return OP.f64_store;
    case I64: return OP.i64_store;
    default: return OP.i32_store;
  }
}
