/**
 * SVC, SMC and exception return as generated code (DDI 0406C, B1.8.10, B1.9.1, B1.9.4, B9.3.20; Core.takeException and Core.exceptionReturn are the reference).
 * With mode and world known, entry is moves between banks; a return finds the mode it goes to in the SPSR.
 */
import type { Exception } from '../../isa/ops.ts';
import { OP } from '../../wasm/index.ts';
import { SCTLR_EE, SCTLR_V } from '../mmu/walk.ts';
import {
  BANK_ABT, BANK_IRQ, BANK_MON, BANK_SVC, BANK_UND, BANK_USER, bankOf, CPSR_A, CPSR_F, CPSR_I, MODE_FIQ, MODE_MON, MODE_SVC, MODE_USR, STATE,
} from '../layout.ts';
import { worldOf } from './system-context.ts';
import { type ImmToken, type Node, Unsupported } from './wasm-ops.ts';
import { WasmSystemOps } from './wasm-system-ops.ts';

const SCR_NS = 1;
const SCTLR_TE_SHIFT = 30;
/** Vector offset of SVC and SMC. */
const CALL_VECTOR = 8;
/** E and ITSTATE of a PSR, which the host sees to, and the bit that is set in all modes. */
const RARE_BITS = 0x0600fe10;
const MODE_BIT = 0x10;
const NO_BANK = 15;

/** Banks by the lower half of the mode, four bits each; FIQ mode, which has more registers, is the host's, and so are modes that may not be entered. */
function banks(secure: boolean): bigint {
  const known: readonly (readonly [number, number])[] = [[0x0, BANK_USER], [0x2, BANK_IRQ], [0x3, BANK_SVC], [0x6, secure ? BANK_MON : NO_BANK], [0x7, BANK_ABT], [0xb, BANK_UND], [0xf, BANK_USER]];
  const all = new Array<number>(16).fill(NO_BANK);
  for (const [mode, bank] of known) all[mode] = bank;
  return BigInt.asIntN(64, all.reduce((sum, bank, mode) => sum | BigInt(bank) << BigInt(mode * 4), 0n));
}

export abstract class WasmExceptionOps extends WasmSystemOps {
  /** Ends the instruction by a branch to code of the mode, world and instruction set that STATE.context has. */
  protected abstract leaveTo(target: Node): void;
  /** Code: an exception return that the host is to do. */
  protected abstract returnByHost(psr: Node, target: Node): void;

  raise(exception: Exception, imm?: ImmToken): void {
    if (exception === 'supervisor-call') {
      // Where it has a comment, the host may have the answer (semihosting).
      if (imm !== undefined) {
        this.push(this.imm(imm));
        this.leaveIf();
      }
      this.#call(MODE_SVC);
    } else if (exception === 'secure-monitor-call' && !this.isUser()) {
      this.#call(MODE_MON);
    } else {
      throw new Unsupported(exception);
    }
  }

  /** SVC and SMC. */
  #call(to: number): void {
    if (this.inIT()) throw new Unsupported('an exception in an IT block');
    const { mode, nonsecure } = this.context;
    // An exception in monitor mode clears SCR.NS.
    const nonsecureAfter = nonsecure && mode !== MODE_MON;
    const world = worldOf(to, nonsecureAfter);
    const call = to === MODE_MON ? 1 : 0;
    const tables = this.tables(to, nonsecureAfter, false);
    const sctlr = this.readState(STATE.SCTLR + world);
    this.push(this.and(sctlr, this.constant(SCTLR_EE)));
    this.leaveIf();
    const spsr = this.or(this.readCPSR(), this.constant(this.thumb ? 1 << 5 : 0));
    const thumb = this.and(this.shrU(sctlr, this.constant(SCTLR_TE_SHIFT)), this.constant(1));
    const base = to === MODE_MON ? this.readState(STATE.MVBAR)
      : this.select(this.and(sctlr, this.constant(SCTLR_V)), this.constant(0xffff0000), this.readState(STATE.VBAR + world));
    const target = this.add(base, this.constant(CALL_VECTOR));
    const watched = this.readState(STATE.watched);
    const elsewhere = this.ne(target, this.readState(STATE.callVector + call));
    this.push(this.or(this.and(watched, elsewhere), this.shrU(watched, this.constant(1))));
    this.leaveIf();
    this.push(spsr);
    const saved = this.fromStack();
    this.writeState(STATE.callVector + call, target);
    if (to === MODE_MON) this.writeState(STATE.smcs, this.add(this.readState(STATE.smcs), this.constant(1)));
    if (nonsecure && !nonsecureAfter) this.writeState(STATE.SCR, this.and(this.readState(STATE.SCR), this.constant(~SCR_NS)));
    this.switchBank(to);
    this.writeState(STATE.banked + bankOf(to) * 3 + 2, saved);
    this.writeFixed(14, this.nextAddress());
    this.writeState(STATE.masks, this.or(this.readState(STATE.masks), this.constant(to === MODE_MON ? CPSR_A | CPSR_I | CPSR_F : CPSR_I)));
    this.writeState(STATE.mode, this.constant(to));
    this.writeState(STATE.thumb, thumb);
    this.writeState(STATE.jazelle, this.constant(0));
    this.writeState(STATE.context, this.or(thumb, this.constant((nonsecureAfter ? 1 << 2 : 0) | to << 3)));
    if (tables !== undefined) this.writeTables(tables);
    this.leaveTo(target);
  }

  exceptionReturn(psr: Node, target: Node): void {
    const { f } = this;
    const { mode, nonsecure } = this.context;
    if (mode === MODE_FIQ) throw new Unsupported('an exception return from FIQ mode');
    this.push(psr);
    const value = this.fromStack();
    const secure = this.secure();
    const number = f.local();
    const to = f.local();
    const own = f.local();
    const user = f.local();
    // Bank and tables; what is not found is the host's.
    f.i64(banks(secure));
    f.get(value.local).i32(15).op(OP.i32_and).i32(2).op(OP.i32_shl).op(OP.i64_extend_i32_u).op(OP.i64_shr_u).op(OP.i32_wrap_i64).i32(15).op(OP.i32_and).set(number);
    f.get(value.local).i32(31).op(OP.i32_and).set(to);
    // Non-secure unless monitor mode stays.
    if (nonsecure && secure) f.get(to).i32(MODE_MON).op(OP.i32_ne);
    else f.i32(secure ? 0 : 1);
    f.i32(2).op(OP.i32_shl).set(user); // byte offset of the world's table of unprivileged accesses
    f.get(user).get(to).i32(MODE_USR).op(OP.i32_ne).i32(3).op(OP.i32_shl).op(OP.i32_add).load(STATE.tables * 4).set(own);
    f.get(user).load(STATE.tables * 4).set(user);
    this.pushPending();
    f.get(value.local).i32(RARE_BITS).op(OP.i32_and).i32(MODE_BIT).op(OP.i32_xor).op(OP.i32_or);
    f.get(number).i32(NO_BANK).op(OP.i32_eq).op(OP.i32_or);
    f.get(own).op(OP.i32_eqz).op(OP.i32_or).get(user).op(OP.i32_eqz).op(OP.i32_or);
    f.if();
    this.conditional(() => { this.returnByHost(value, target); });
    f.end();
    this.push(target);
    const address = this.fromStack();
    const bank = this.#local(number);
    const same = this.eq(bank, this.constant(bankOf(mode)));
    const bytes = this.mul(bank, this.constant(12));
    const kept = [this.readFixed(13), this.readFixed(14)];
    kept.forEach((old, i) => {
      this.push(this.select(same, this.constant(STATE.discarded * 4), this.constant((STATE.banked + bankOf(mode) * 3 + i) * 4)));
      this.push(old);
      f.store(0);
    });
    kept.forEach((old, i) => {
      this.push(bytes);
      f.load((STATE.banked + i) * 4);
      this.writeFixed(13 + i, this.select(same, old, this.fromStack()));
    });
    this.writeNZCVQ(value);
    this.writeGE(this.shrU(value, this.constant(16)));
    this.writeMasks(value, CPSR_A | CPSR_I | CPSR_F);
    const thumb = this.and(this.shrU(value, this.constant(5)), this.constant(1));
    this.writeState(STATE.thumb, thumb);
    this.writeState(STATE.jazelle, this.constant(0));
    this.writeState(STATE.mode, this.#local(to));
    this.writeState(STATE.context, this.or(this.or(thumb, this.constant(nonsecure ? 1 << 2 : 0)), this.shl(this.#local(to), this.constant(3))));
    this.writeState(STATE.tlb, this.#local(own));
    this.writeState(STATE.tlbUser, this.#local(user));
    // A halfword's address in T32, a word's in A32.
    this.leaveTo(this.and(address, this.sub(this.shl(thumb, this.constant(1)), this.constant(4))));
  }

  /** A node for a local that is not set again. */
  #local(local: number): Node {
    this.f.get(local);
    return this.fromStack();
  }
}

