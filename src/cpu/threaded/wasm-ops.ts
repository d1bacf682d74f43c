/**
 * `Ops` that emit WebAssembly: shared by the handlers of the threaded tier (registers and immediates read from a record) and, through its
 * abstract members, by any tier that places registers elsewhere.
 *
 * Pure operations make nodes, which are emitted when something with an effect first uses them, into a local that later uses read: what is not used
 * is not emitted. State is read into locals at once, so that the order of reads and writes is the body's.
 */
import type { Interpreted } from '../../isa/concrete.ts';
import { ATOMIC, STORE, UNPRIVILEGED, type IntegerOps } from '../../isa/ops.ts';
import { type FunctionBuilder, I32, I64, OP, type ValueType } from '../../wasm/index.ts';
import { STATE, TLB_ADDEND, TLB_READ, TLB_WRITE } from '../layout.ts';
import { toEntry } from './table-code.ts';

/** A body uses something that this tier leaves to the evaluate tier. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

export class Node {
  readonly type: ValueType;
  readonly opcode: number;
  readonly value: number;
  readonly a: Node | undefined;
  readonly b: Node | undefined;
  readonly c: Node | undefined;
  /** Local that holds the value, once it was emitted; -1 before. */
  local = -1;
  /** How many nodes were made of this one (the region tier keeps values in locals only where they are used again). */
  uses = 0;

  constructor(type: ValueType, opcode: number, value: number, a?: Node, b?: Node, c?: Node) {
    this.type = type;
    this.opcode = opcode;
    this.value = value;
    this.a = a;
    this.b = b;
    this.c = c;
    if (a !== undefined) a.uses++;
    if (b !== undefined) b.uses++;
    if (c !== undefined) c.uses++;
  }
}

export interface RegToken { readonly slot: number; readonly pc: boolean; readonly dynamic?: Node }
/** `plus` steps behind an extension register's number, modulo 32; `dynamic`: a number known when the code runs. */
export interface ImmToken { readonly slot: number; readonly plus?: number; readonly dynamic?: Node }
export interface PlaceToken { readonly host: Node }

export interface EmitValues {
  bool: Node;
  w32: Node;
  w64: Node;
  reg: RegToken;
  imm: ImmToken;
  list: ImmToken;
  place: PlaceToken;
  float: Node;
  vec: Node;
}

const at = (word: number): number => word * 4;

export abstract class WasmIntegerOps implements Interpreted<IntegerOps, EmitValues> {
  protected readonly f: FunctionBuilder;
  readonly thumb: boolean;
  /** Nodes emitted inside the innermost conditional code: their locals mean nothing outside. */
  #scope: Node[] | undefined;

  protected constructor(f: FunctionBuilder, thumb: boolean) {
    this.f = f;
    this.thumb = thumb;
  }

  // ---- nodes
  protected node(opcode: number, a: Node, b?: Node, c?: Node, type: ValueType = I32): Node {
    return new Node(type, opcode, 0, a, b, c);
  }

  constant(value: number): Node { return new Node(I32, OP.i32_const, value | 0); }

  /** Pushes the value of a node that need not be computed; false of any other. */
  protected pushKnown(node: Node): boolean {
    if (node.local >= 0) this.f.get(node.local);
    else if (node.opcode === OP.i32_const) this.f.i32(node.value);
    else return false;
    return true;
  }

  /** Pushes a node's value, computing it if it has not been. */
  push(node: Node): void {
    const { f } = this;
    if (this.pushKnown(node)) return;
    if (node.a !== undefined) this.push(node.a);
    if (node.b !== undefined) this.push(node.b);
    if (node.c !== undefined) this.push(node.c);
    f.op(node.opcode);
    node.local = f.local(node.type);
    f.tee(node.local);
    this.#scope?.push(node);
  }

  /** A node for the value on WebAssembly's stack: stored to a local now. */
  protected fromStack(type: ValueType = I32): Node {
    const node = new Node(type, OP.local_get, 0);
    node.local = this.f.local(type);
    this.f.set(node.local);
    return node;
  }

  protected conditional(emit: () => void): void {
    const outer = this.#scope;
    this.#scope = [];
    emit();
    for (const node of this.#scope) node.local = -1;
    this.#scope = outer;
  }

  protected readState(word: number): Node {
    this.f.i32(0).load(at(word));
    return this.fromStack();
  }

  protected writeState(word: number, value: Node): void {
    this.f.i32(0);
    this.push(value);
    this.f.store(at(word));
  }

  add(a: Node, b: Node): Node { return this.node(OP.i32_add, a, b); }
  sub(a: Node, b: Node): Node { return this.node(OP.i32_sub, a, b); }
  mul(a: Node, b: Node): Node { return this.node(OP.i32_mul, a, b); }
  and(a: Node, b: Node): Node { return this.node(OP.i32_and, a, b); }
  or(a: Node, b: Node): Node { return this.node(OP.i32_or, a, b); }
  xor(a: Node, b: Node): Node { return this.node(OP.i32_xor, a, b); }
  not(a: Node): Node { return this.node(OP.i32_xor, a, this.constant(-1)); }
  shl(a: Node, amount: Node): Node { return this.node(OP.i32_shl, a, amount); }
  shrU(a: Node, amount: Node): Node { return this.node(OP.i32_shr_u, a, amount); }
  shrS(a: Node, amount: Node): Node { return this.node(OP.i32_shr_s, a, amount); }
  rotr(a: Node, amount: Node): Node { return this.node(OP.i32_rotr, a, amount); }
  clz(a: Node): Node { return this.node(OP.i32_clz, a); }
  sext8(a: Node): Node { return this.node(OP.i32_extend8_s, a); }
  sext16(a: Node): Node { return this.node(OP.i32_extend16_s, a); }
  eq(a: Node, b: Node): Node { return this.node(OP.i32_eq, a, b); }
  ne(a: Node, b: Node): Node { return this.node(OP.i32_ne, a, b); }
  ltU(a: Node, b: Node): Node { return this.node(OP.i32_lt_u, a, b); }
  ltS(a: Node, b: Node): Node { return this.node(OP.i32_lt_s, a, b); }
  bothTrue(a: Node, b: Node): Node { return this.node(OP.i32_and, a, b); }
  eitherTrue(a: Node, b: Node): Node { return this.node(OP.i32_or, a, b); }
  notTrue(a: Node): Node { return this.node(OP.i32_eqz, a); }
  fromBool(a: Node): Node { return a; }
  select(condition: Node, ifTrue: Node, ifFalse: Node): Node { return this.node(OP.select, ifTrue, ifFalse, condition); }

  pair(low: Node, high: Node): Node {
    const wide = this.node(OP.i64_shl, this.node(OP.i64_extend_i32_u, high, undefined, undefined, I64), this.#wide(32), undefined, I64);
    return this.node(OP.i64_or, wide, this.node(OP.i64_extend_i32_u, low, undefined, undefined, I64), undefined, I64);
  }
  #wide(value: number): Node { return this.node(OP.i64_extend_i32_u, this.constant(value), undefined, undefined, I64); }
  #extend(a: Node, opcode: number): Node { return this.node(opcode, a, undefined, undefined, I64); }
  mulWideU(a: Node, b: Node): Node { return this.node(OP.i64_mul, this.#extend(a, OP.i64_extend_i32_u), this.#extend(b, OP.i64_extend_i32_u), undefined, I64); }
  mulWideS(a: Node, b: Node): Node { return this.node(OP.i64_mul, this.#extend(a, OP.i64_extend_i32_s), this.#extend(b, OP.i64_extend_i32_s), undefined, I64); }
  add64(a: Node, b: Node): Node { return this.node(OP.i64_add, a, b, undefined, I64); }
  sub64(a: Node, b: Node): Node { return this.node(OP.i64_sub, a, b, undefined, I64); }
  low(a: Node): Node { return this.node(OP.i32_wrap_i64, a); }
  high(a: Node): Node { return this.node(OP.i32_wrap_i64, this.node(OP.i64_shr_u, a, this.#wide(32), undefined, I64)); }

  // ---- registers and flags
  isPC(r: RegToken): boolean { return r.pc; }
  abstract imm(operand: ImmToken): Node;
  abstract read(r: RegToken): Node;
  abstract write(r: RegToken, value: Node): void;
  abstract nextAddress(): Node;
  writeLR(value: Node): void { this.writeState(STATE.r + 14, value); }
  setNZ(result: Node): void {
    this.writeState(STATE.nf, result);
    this.writeState(STATE.zf, result);
  }
  setC(carry: Node): void { this.writeState(STATE.cf, carry); }
  setV(overflow: Node): void { this.writeState(STATE.vf, overflow); }
  setFlagsAdd(x: Node, y: Node, result: Node): void {
    this.setNZ(result);
    this.setC(this.ltU(result, x));
    this.setV(this.and(this.xor(x, result), this.xor(y, result)));
  }
  setFlagsSub(x: Node, y: Node, result: Node): void {
    this.setNZ(result);
    this.setC(this.node(OP.i32_ge_u, x, y));
    this.setV(this.and(this.xor(x, y), this.xor(x, result)));
  }
  carry(): Node { return this.readState(STATE.cf); }
  orQ(saturated: Node): void { this.writeState(STATE.qf, this.or(this.readState(STATE.qf), saturated)); }
  readGE(): Node { return this.readState(STATE.ge); }
  writeGE(bits: Node): void { this.writeState(STATE.ge, this.and(bits, this.constant(15))); }

  // ---- memory
  /** Leaves the instruction to the evaluate tier: emitted where a probe misses. */
  protected abstract leave(): void;

  probe(address: Node, bytes: number | ImmToken, unit: 1 | 2 | 4 | 8, access: number): PlaceToken {
    if ((access & ATOMIC) !== 0) throw new Unsupported('atomic');
    const { f } = this;
    this.push(address);
    const va = this.fromStack();
    // The entry is found by the first byte and its tag compared with the last unit's page: one comparison covers page crossings.
    const last = typeof bytes !== 'number' ? this.add(va, this.sub(this.imm(bytes), this.constant(unit)))
      : bytes === unit ? va : this.add(va, this.constant(bytes - unit));
    toEntry(f.get(va.local), (access & UNPRIVILEGED) !== 0 ? STATE.tlbUser : STATE.tlb);
    const entry = this.fromStack();
    f.get(entry.local).load(at((access & STORE) !== 0 ? TLB_WRITE : TLB_READ));
    this.push(last);
    f.i32(0xfffff000 | (unit - 1)).op(OP.i32_and).op(OP.i32_ne).if();
    this.conditional(() => { this.leave(); });
    f.end();
    f.get(va.local).get(entry.local).load(at(TLB_ADDEND)).op(OP.i32_add);
    return { host: this.fromStack() };
  }

  aborted(): boolean { return false; }

  /** Pushes the address of `offset` bytes into a place and returns the rest as a constant offset. */
  protected address(place: PlaceToken, offset: Node): number {
    this.push(place.host);
    if (offset.opcode === OP.i32_const && offset.value >= 0) return offset.value;
    this.push(offset);
    this.f.op(OP.i32_add);
    return 0;
  }

  load(place: PlaceToken, offset: Node, size: 1 | 2 | 4): Node {
    const rest = this.address(place, offset);
    this.f.memory(size === 1 ? OP.i32_load8_u : size === 2 ? OP.i32_load16_u : OP.i32_load, rest);
    return this.fromStack();
  }

  store(place: PlaceToken, offset: Node, size: 1 | 2 | 4, value: Node): void {
    const rest = this.address(place, offset);
    this.push(value);
    this.f.memory(size === 1 ? OP.i32_store8 : size === 2 ? OP.i32_store16 : OP.i32_store, rest);
  }

  abstract forEachReg(list: ImmToken, each: (r: RegToken, offset: Node) => void): void;
  abstract readUser(r: RegToken): Node;
  abstract writeUser(r: RegToken, value: Node): void;

  markExclusive(place: PlaceToken, size: number): void {
    this.writeState(STATE.exclusive, this.constant(1));
    this.writeState(STATE.exclusiveTag, this.and(place.host, this.constant(~1)));
    this.writeState(STATE.exclusiveSize, this.constant(size));
  }
  passExclusive(place: PlaceToken, size: number): Node {
    const { f } = this;
    this.push(this.readState(STATE.exclusive));
    this.push(this.eq(this.readState(STATE.exclusiveTag), this.and(place.host, this.constant(~1))));
    f.op(OP.i32_and);
    this.push(this.eq(this.readState(STATE.exclusiveSize), this.constant(size)));
    f.op(OP.i32_and);
    const pass = this.fromStack();
    this.writeState(STATE.exclusive, this.constant(0));
    return pass;
  }
  clearExclusive(): void { this.writeState(STATE.exclusive, this.constant(0)); }

  when(condition: Node, then: () => void): void {
    this.push(condition);
    this.f.if();
    this.conditional(then);
    this.f.end();
  }

  // ---- control flow
  abstract branch(offset: ImmToken): void;
  abstract branchExchange(offset: ImmToken): void;
  abstract branchIf(condition: Node, offset: ImmToken): void;
  abstract branchWritePC(target: Node): void;
  abstract bxWritePC(target: Node): void;
  loadWritePC(target: Node): void { this.bxWritePC(target); }
  aluWritePC(target: Node): void {
    if (this.thumb) this.branchWritePC(target);
    else this.bxWritePC(target);
  }
}
