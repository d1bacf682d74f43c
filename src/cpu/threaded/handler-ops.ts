/**
 * `Ops` for one handler of the threaded tier: operands are loads from the record at parameter 0, registers are words of the CPU state,
 * parameter 1 is the instructions left. A handler ends by a tail call to the next record's handler.
 *
 * What is not here (some of the system, some of NEON) makes `Unsupported`: the translator then puts the evaluate handler into the record. System instructions have
 * a handler for each mode and world that they occur in, and CP15 accesses one for each register.
 */
import type { FloatWidth } from '../../isa/vector-ops.ts';
import { type FunctionBuilder, OP } from '../../wasm/index.ts';
import { STATE } from '../layout.ts';
import { enterBlock, pushCondition, wantLink } from './fixed-handlers.ts';
import {
  EXIT_EXCEPTION_RETURN, HANDLER_EVALUATE, HANDLER_JUMP, RECORD_BYTES, RECORD_HANDLER, RECORD_LINK, RECORD_OPERANDS, RECORD_PC, RECORD_REST,
} from './record.ts';
import { TYPE_HANDLER } from './services.ts';
import { contextWord, type SystemContext } from './system-context.ts';
import { WasmExceptionOps } from './wasm-exception-ops.ts';
import { type ImmToken, type Node, type RegToken, Unsupported } from './wasm-ops.ts';

const RECORD = 0;
const BUDGET = 1;

export class HandlerOps extends WasmExceptionOps {
  readonly #inIT: boolean;
  /** Whether the body ended the handler by a branch. */
  closed = false;
  readonly #context: SystemContext | undefined;
  /** The mode that what follows is for, where it is another one. */
  modeAfter: number | undefined;

  constructor(f: FunctionBuilder, thumb: boolean, inIT: boolean, context?: SystemContext) {
    super(f, thumb);
    this.#inIT = inIT;
    this.#context = context;
  }

  protected override systemContext(): SystemContext | undefined { return this.#context; }
  protected override registerOf(): number | undefined { return this.#context?.register; }
  protected override readFixed(register: number): Node { return this.readState(STATE.r + register); }
  protected override writeFixed(register: number, value: Node): void { this.writeState(STATE.r + register, value); }

  /** Ends the handler where the body fell through. */
  finish(): void {
    if (this.closed) {
      this.f.op(OP.unreachable);
      return;
    }
    this.next();
  }

  /** Goes on with the record behind this one. */
  next(): void {
    this.f.get(RECORD).i32(RECORD_BYTES).op(OP.i32_add).get(BUDGET).get(RECORD).load(RECORD_BYTES + RECORD_HANDLER).returnCallIndirect(TYPE_HANDLER);
  }

  protected override leave(): void {
    this.f.get(RECORD).get(BUDGET).i32(HANDLER_EVALUATE).returnCallIndirect(TYPE_HANDLER);
  }

  #field(offset: number): Node {
    this.f.get(RECORD).load(offset);
    return this.fromStack();
  }

  override imm(operand: ImmToken): Node { return this.#field(RECORD_OPERANDS + operand.slot * 4); }

  override forEachExtension(width: FloatWidth, first: ImmToken, count: ImmToken, each: (r: ImmToken, offset: Node) => void): void {
    const { f } = this;
    const i = f.local();
    const start = this.imm(first);
    const end = this.imm(count);
    f.i32(0).set(i).block().loop();
    f.get(i);
    this.push(end);
    f.op(OP.i32_ge_u).brIf(1);
    this.conditional(() => {
      f.get(i);
      const step = this.fromStack();
      each({ slot: -1, dynamic: this.and(this.add(start, step), this.constant(31)) }, this.shl(step, this.constant(width === 32 ? 2 : 3)));
    });
    f.get(i).i32(1).op(OP.i32_add).set(i).br(0).end().end();
  }

  #pcValue(): Node { return this.add(this.#field(RECORD_PC), this.constant(this.thumb ? 4 : 8)); }

  override read(r: RegToken): Node {
    if (r.pc) return this.#pcValue();
    if (r.dynamic !== undefined) this.push(r.dynamic);
    else this.f.get(RECORD).load(RECORD_OPERANDS + r.slot * 4);
    this.f.load(STATE.r * 4);
    return this.fromStack();
  }

  override write(r: RegToken, value: Node): void {
    if (r.dynamic !== undefined) this.push(r.dynamic);
    else this.f.get(RECORD).load(RECORD_OPERANDS + r.slot * 4);
    this.push(value);
    this.f.store(STATE.r * 4);
  }

  // The length of an instruction is not a part of the handler: the next record's address tells.
  override nextAddress(): Node { return this.#field(RECORD_BYTES + RECORD_PC); }

  inIT(): boolean { return this.#inIT; }

  override forEachReg(list: ImmToken, each: (r: RegToken, offset: Node) => void): void {
    const { f } = this;
    const rest = f.local();
    const offset = f.local();
    this.push(this.imm(list));
    f.set(rest);
    f.i32(0).set(offset);
    f.block().loop();
    f.get(rest).op(OP.i32_eqz).brIf(1);
    this.conditional(() => {
      f.get(rest).op(OP.i32_ctz).i32(2).op(OP.i32_shl);
      const register = this.fromStack();
      f.get(offset);
      each({ slot: -1, pc: false, dynamic: register }, this.fromStack());
    });
    f.get(offset).i32(4).op(OP.i32_add).set(offset);
    f.get(rest).get(rest).i32(1).op(OP.i32_sub).op(OP.i32_and).set(rest);
    f.br(0).end().end();
  }

  protected override leaveIf(): void {
    this.f.if();
    this.conditional(() => { this.leave(); });
    this.f.end();
  }

  // ---- system instructions

  override readUser(r: RegToken): Node {
    if (r.dynamic === undefined) throw new Unsupported('a single user register');
    this.push(this.userOffset(r.dynamic));
    this.f.load(STATE.r * 4);
    return this.fromStack();
  }

  override writeUser(r: RegToken, value: Node): void {
    if (r.dynamic === undefined) throw new Unsupported('a single user register');
    this.push(this.userOffset(r.dynamic));
    this.push(value);
    this.f.store(STATE.r * 4);
  }

  // What follows under another table is looked up by a jump.
  protected override leaveUnlessMapped(): void { /* the jump looks */ }

  protected override goOn(mode: number, _nonsecure: boolean, lookUp: boolean): void {
    if (lookUp) this.branchWritePC(this.nextAddress());
    else if (mode !== this.context.mode) this.modeAfter = mode;
  }

  protected override writeSCR(value: Node): void {
    this.writeState(STATE.SCR, value);
    const ns = this.shl(this.and(value, this.constant(1)), this.constant(2));
    this.writeState(STATE.context, this.or(this.constant(contextWord(this.context.mode, false, this.thumb)), ns));
    this.branchWritePC(this.nextAddress());
  }

  protected override leaveTo(target: Node): void {
    this.writeState(STATE.exitRecord, this.constant(0));
    this.#jump(target);
    this.closed = true;
  }

  protected override returnByHost(psr: Node, target: Node): void {
    const { f } = this;
    this.writeState(STATE.r + 15, target);
    this.writeState(STATE.exitRecord, psr);
    this.writeState(STATE.exitReason, this.constant(EXIT_EXCEPTION_RETURN));
    this.#refundedBudget();
    f.op(OP.return);
  }

  // ---- control flow

  /** Instructions of the block behind this one were paid for in advance: a branch out gives them back. */
  #refundedBudget(): void {
    this.f.get(BUDGET).get(RECORD).load(RECORD_REST).i32(0xffff).op(OP.i32_and).op(OP.i32_add);
  }

  /** To a target that the record computes, linked where the translator may link it. Only CBZ and CBNZ stand before the end of their block: `inside`. */
  #direct(offset: ImmToken, inside = false): void {
    const { f } = this;
    const link = f.local();
    let left = BUDGET;
    if (inside) {
      left = f.local();
      this.#refundedBudget();
      f.set(left);
    }
    f.get(RECORD).load(RECORD_LINK).tee(link).i32(0).op(OP.i32_gt_s).if();
    enterBlock(f, link, left);
    f.end();
    const target = this.add(this.#pcValue(), this.imm(offset));
    wantLink(f, RECORD, link);
    this.#jump(target);
  }

  #jump(target: Node): void {
    this.push(target);
    this.#refundedBudget();
    this.f.i32(HANDLER_JUMP).returnCallIndirect(TYPE_HANDLER);
  }

  /** A conditional direct branch as one handler: not taken, it falls through as the next record (HANDLER_NEXT) would. */
  conditionalBranch(condition: number, body: () => void): void {
    const { f } = this;
    pushCondition(f, condition);
    f.if();
    this.conditional(body);
    f.end();
    const link = f.local();
    f.get(RECORD).load(RECORD_BYTES + RECORD_LINK).tee(link).i32(0).op(OP.i32_gt_s).if();
    enterBlock(f, link, BUDGET);
    f.end();
    this.next();
    this.closed = true;
  }

  override branch(offset: ImmToken): void {
    this.#direct(offset);
    this.closed = true;
  }

  override branchIf(condition: Node, offset: ImmToken): void {
    this.push(condition);
    this.f.if();
    this.conditional(() => { this.#direct(offset, true); });
    this.f.end();
  }

  /** To the other instruction set, which is a part of the context. */
  #exchange(target: Node): void {
    this.writeState(STATE.thumb, this.constant(this.thumb ? 0 : 1));
    this.writeState(STATE.context, this.xor(this.readState(STATE.context), this.constant(1)));
    this.writeState(STATE.exitRecord, this.constant(0));
    this.#jump(target);
  }

  override branchExchange(offset: ImmToken): void {
    this.#exchange(this.add(this.and(this.#pcValue(), this.constant(~3)), this.imm(offset)));
    this.closed = true;
  }

  override branchWritePC(target: Node): void {
    const aligned = this.and(target, this.constant(this.thumb ? ~1 : ~3));
    this.writeState(STATE.exitRecord, this.constant(0));
    this.#jump(aligned);
    this.closed = true;
  }

  override bxWritePC(target: Node): void {
    const { f } = this;
    this.push(target);
    const to = this.fromStack();
    f.get(to.local).i32(1).op(OP.i32_and);
    if (this.thumb) f.op(OP.i32_eqz);
    f.if();
    this.conditional(() => { this.#exchange(this.and(to, this.constant(this.thumb ? ~3 : ~1))); });
    f.end();
    this.branchWritePC(to);
  }
}
