/**
 * `Ops` for one handler of the threaded tier: operands are loads from the record at parameter 0, registers are words of the CPU state,
 * parameter 1 is the instructions left. A handler ends by a tail call to the next record's handler.
 *
 * What is not here (system instructions, VFP, NEON) makes `Unsupported`: the translator then puts the evaluate handler into the record.
 */
import { coprocessorKey, type Hint } from '../../isa/ops.ts';
import { type FunctionBuilder, OP } from '../../wasm/index.ts';
import { CPSR_A, CPSR_F, CPSR_I, MODE_USR, STATE } from '../layout.ts';
import { enterBlock, pushCondition } from './fixed-handlers.ts';
import {
  EXIT_EXCHANGE, HANDLER_EVALUATE, HANDLER_JUMP, RECORD_BYTES, RECORD_HANDLER, RECORD_LINK, RECORD_OPERANDS, RECORD_PC, RECORD_REST,
} from './record.ts';
import { type ImmToken, type Node, type RegToken, Unsupported, WasmIntegerOps } from './wasm-ops.ts';

const RECORD = 0;
const BUDGET = 1;
const TPIDRURO = coprocessorKey(15, 0, 13, 0, 3);
const TPIDRPRW = coprocessorKey(15, 0, 13, 0, 4);

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

  // ---- system: what is frequent; the rest is the evaluate tier's

  /** Leaves the instruction to the evaluate tier where the value on the stack is not zero. */
  #leaveIf(): void {
    this.f.if();
    this.conditional(() => { this.leave(); });
    this.f.end();
  }

  ended(): boolean { return false; }

  hint(hint: Hint): void {
    switch (hint) {
      case 'wfi': case 'wfe': case 'sev': throw new Unsupported(hint);
      case 'clrex': this.clearExclusive(); break;
      default: // barriers and preloads do nothing here
    }
  }

  /** IT: the translator has given the instructions that follow their conditions. */
  startIT(): void { /* nothing at run time */ }

  readCPSR(): Node {
    const read = (word: number): Node => this.readState(word);
    const at = (value: Node, shift: number): Node => this.shl(value, this.constant(shift));
    const parts = [
      this.and(read(STATE.nf), this.constant(0x80000000 | 0)),
      at(this.eq(read(STATE.zf), this.constant(0)), 30),
      at(read(STATE.cf), 29),
      at(this.shrU(read(STATE.vf), this.constant(31)), 28),
      at(read(STATE.qf), 27), at(read(STATE.ge), 16), at(read(STATE.bigEndian), 9),
      read(STATE.masks), read(STATE.mode),
    ];
    return parts.reduce((a, b) => this.or(a, b));
  }

  /** Where an interrupt is pending, the evaluate tier executes what might unmask it. */
  #leaveIfPending(): void {
    const { f } = this;
    f.i32(0).load(STATE.irqLine * 4).i32(0).load(STATE.fiqLine * 4).op(OP.i32_or).i32(0).load(STATE.asyncAbort * 4).op(OP.i32_or);
    this.#leaveIf();
  }

  #leaveIfMode(mode: number): void {
    this.f.i32(0).load(STATE.mode * 4).i32(mode).op(OP.i32_eq);
    this.#leaveIf();
  }

  #leaveIfNonsecure(): void {
    this.f.i32(0).load(STATE.SCR * 4).i32(1).op(OP.i32_and);
    this.#leaveIf();
  }

  changeState(enable: number, masks: number, mode: number): void {
    if (mode >= 0 || enable < 0) throw new Unsupported('CPS to a mode');
    this.#leaveIfMode(MODE_USR);
    if ((masks & 5) !== 0) this.#leaveIfNonsecure(); // A and F belong to the secure world unless SCR lends them
    if (enable === 1) this.#leaveIfPending();
    const bits = (masks & 4 ? CPSR_A : 0) | (masks & 2 ? CPSR_I : 0) | (masks & 1 ? CPSR_F : 0);
    const old = this.readState(STATE.masks);
    this.writeState(STATE.masks, enable === 1 ? this.and(old, this.constant(~bits)) : this.or(old, this.constant(bits)));
  }

  writeCPSR(value: Node, mask: number): void {
    if ((mask & 2) !== 0) throw new Unsupported('MSR to CPSR_x');
    if ((mask & 1) !== 0) {
      this.#leaveIfMode(MODE_USR);
      this.#leaveIfNonsecure();
      this.#leaveIfPending();
      this.push(this.and(value, this.constant(31)));
      this.push(this.readState(STATE.mode));
      this.f.op(OP.i32_ne);
      this.#leaveIf();
      const bits = CPSR_I | CPSR_F;
      this.writeState(STATE.masks, this.or(this.and(this.readState(STATE.masks), this.constant(~bits)), this.and(value, this.constant(bits))));
    }
    if ((mask & 4) !== 0) this.writeGE(this.shrU(value, this.constant(16)));
    if ((mask & 8) !== 0) {
      const bit = (shift: number): Node => this.and(this.shrU(value, this.constant(shift)), this.constant(1));
      this.writeState(STATE.nf, value);
      this.writeState(STATE.zf, this.xor(bit(30), this.constant(1)));
      this.writeState(STATE.cf, bit(29));
      this.writeState(STATE.vf, this.shl(value, this.constant(3)));
      this.writeState(STATE.qf, bit(27));
    }
  }

  /** The thread ID registers, which kernels and C libraries read all the time. */
  readCoprocessor(register: ImmToken): Node {
    const { f } = this;
    const key = this.imm(register);
    const value = f.local();
    const banked = (word: number): void => {
      f.i32(0).load(STATE.SCR * 4).i32(1).op(OP.i32_and).i32(2).op(OP.i32_shl).load(word * 4).set(value);
    };
    f.get(key.local).i32(TPIDRPRW).op(OP.i32_eq).if();
    this.conditional(() => {
      this.#leaveIfMode(MODE_USR);
      banked(STATE.TPIDRPRW);
    });
    f.else();
    f.get(key.local).i32(TPIDRURO).op(OP.i32_ne);
    this.#leaveIf();
    banked(STATE.TPIDRURO);
    f.end();
    f.get(value);
    return this.fromStack();
  }

  // ---- control flow

  /** Instructions of the block behind this one were paid for in advance: a branch out gives them back. */
  #refundedBudget(): void {
    this.f.get(BUDGET).get(RECORD).load(RECORD_REST).i32(0xffff).op(OP.i32_and).op(OP.i32_add);
  }

  /** To a target that the record computes, linked where the translator may link it. A direct branch is the last of its block: nothing to refund. */
  #direct(offset: ImmToken): void {
    const { f } = this;
    const link = f.local();
    f.get(RECORD).load(RECORD_LINK).tee(link).if();
    enterBlock(f, this.#handlerType, link, BUDGET);
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

  /** A conditional direct branch as one handler: not taken, it falls through as the next record (HANDLER_NEXT) would. */
  conditionalBranch(condition: number, body: () => void): void {
    const { f } = this;
    pushCondition(f, condition);
    f.if();
    this.conditional(body);
    f.end();
    const link = f.local();
    f.get(RECORD).load(RECORD_BYTES + RECORD_LINK).tee(link).if();
    enterBlock(f, this.#handlerType, link, BUDGET);
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
