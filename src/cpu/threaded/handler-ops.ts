/**
 * `Ops` for one handler of the threaded tier: operands are loads from the record at parameter 0, registers are words of the CPU state,
 * parameter 1 is the instructions left. A handler ends by a tail call to the next record's handler.
 *
 * What is not here (system instructions, VFP, NEON) makes `Unsupported`: the translator then puts the evaluate handler into the record.
 */
import { type FunctionBuilder, OP } from '../../wasm/index.ts';
import { STATE } from '../layout.ts';
import {
  EXIT_EXCHANGE, HANDLER_EVALUATE, HANDLER_JUMP, RECORD_BYTES, RECORD_HANDLER, RECORD_LINK, RECORD_OPERANDS, RECORD_PC, RECORD_REST,
} from './record.ts';
import { type ImmToken, type Node, type RegToken, Unsupported, WasmIntegerOps } from './wasm-ops.ts';

const RECORD = 0;
const BUDGET = 1;

export class HandlerOps extends WasmIntegerOps {
  readonly #inIT: boolean;
  readonly #handlerType: number;
  /** Whether the body ended the handler by a branch. */
  closed = false;

  constructor(f: FunctionBuilder, thumb: boolean, inIT: boolean, handlerType: number) {
    super(f, thumb);
    this.#inIT = inIT;
    this.#handlerType = handlerType;
  }

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
    this.f.get(RECORD).i32(RECORD_BYTES).op(OP.i32_add).get(BUDGET).get(RECORD).load(RECORD_BYTES + RECORD_HANDLER).returnCallIndirect(this.#handlerType);
  }

  protected override leave(): void {
    this.f.get(RECORD).get(BUDGET).i32(HANDLER_EVALUATE).returnCallIndirect(this.#handlerType);
  }

  #field(offset: number): Node {
    this.f.get(RECORD).load(offset);
    return this.fromStack();
  }

  override imm(operand: ImmToken): Node { return this.#field(RECORD_OPERANDS + operand.slot * 4); }

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

  // ---- control flow

  /** Instructions of the block behind this one were paid for in advance: a branch out gives them back. */
  #refundedBudget(): void {
    this.f.get(BUDGET).get(RECORD).load(RECORD_REST).i32(0xffff).op(OP.i32_and).op(OP.i32_add);
  }

  /** To a target that the record holds or computes, linked where the translator may link it. */
  #direct(offset: ImmToken): void {
    const { f } = this;
    f.get(RECORD).load(RECORD_LINK);
    const link = this.fromStack();
    f.get(link.local).if();
    f.get(link.local);
    this.#refundedBudget();
    f.get(link.local).load(RECORD_HANDLER).returnCallIndirect(this.#handlerType);
    f.end();
    const target = this.add(this.#pcValue(), this.imm(offset));
    f.i32(0).get(RECORD).store(STATE.exitRecord * 4);
    this.#jump(target);
  }

  #jump(target: Node): void {
    this.push(target);
    this.#refundedBudget();
    this.f.i32(HANDLER_JUMP).returnCallIndirect(this.#handlerType);
  }

  override branch(offset: ImmToken): void {
    this.#direct(offset);
    this.closed = true;
  }

  override branchIf(condition: Node, offset: ImmToken): void {
    this.push(condition);
    this.f.if();
    this.conditional(() => { this.#direct(offset); });
    this.f.end();
  }

  override branchExchange(): void { throw new Unsupported('BLX to the other instruction set'); }

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
    this.conditional(() => {
      // The other instruction set: the block's context changes, which the tier's loop sees to.
      this.writeState(STATE.thumb, this.constant(this.thumb ? 0 : 1));
      this.writeState(STATE.r + 15, this.and(to, this.constant(this.thumb ? ~3 : ~1)));
      this.writeState(STATE.exitReason, this.constant(EXIT_EXCHANGE));
      this.#refundedBudget();
      f.op(OP.return);
    });
    f.end();
    this.branchWritePC(to);
  }
}
