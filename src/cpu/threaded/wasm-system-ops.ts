/**
 * The system instructions that generated code does itself, shared by the threaded and the region tier: status registers, masks, barriers, coprocessor registers,
 * the User mode's registers. Code is made for one mode and world; where a tier's code is not, it is asked for again with them (`NeedsContext`).
 */
import type { Hint } from '../../isa/ops.ts';
import type { VfpAccess, VfpSystemRegister } from '../../isa/vector-ops.ts';
import { OP } from '../../wasm/index.ts';
import { bankOf, CPSR_A, CPSR_F, CPSR_I, MODE_FIQ, MODE_MON, MODE_SYS, MODE_USR, STATE } from '../layout.ts';
import { CHOOSE_REGIME, FIND_REGIME } from './services.ts';
import {
  CONSTANT_REGISTERS, contextWord, DACR, IDLE_OPERATIONS, PLAIN_REGISTERS, type PlainRegister, SCR, SCR_BITS, type SystemContext, TTBR0, TTBR0_BITS, worldOf,
} from './system-context.ts';
import { type ImmToken, type Node, Unsupported } from './wasm-ops.ts';
import { WasmVectorOps } from './wasm-vector-ops.ts';
import { FPEXC_EN, NSACR_VFP } from './wasm-vfp-ops.ts';

/** The body is for one mode and world only, and this code is for all. */
export class NeedsContext extends Unsupported {}

const SCR_FW = 1 << 4;
const SCR_AW = 1 << 5;

export abstract class WasmSystemOps extends WasmVectorOps {
  /** Mode and world of the current instruction; undefined where the code is for all. */
  protected abstract systemContext(): SystemContext | undefined;
  /** The register of a coprocessor access. */
  protected abstract registerOf(operand: ImmToken): number | undefined;
  /** R0-R14 of the current mode by number. */
  protected abstract readFixed(register: number): Node;
  protected abstract writeFixed(register: number, value: Node): void;
  abstract inIT(): boolean;

  /** Leaves the instruction to the evaluate tier where the table in the node does not lead to the code behind it as the present one does; unless `goOn` looks it up anyway. */
  protected abstract leaveUnlessMapped(table: Node): void;
  /** What follows is of the given mode and SCR.NS: `lookUp` says that it is under another table too. */
  protected abstract goOn(mode: number, nonsecure: boolean, lookUp: boolean): void;

  protected get context(): SystemContext {
    const context = this.systemContext();
    if (context === undefined) throw new NeedsContext('mode and world');
    return context;
  }

  protected secure(): boolean { return worldOf(this.context.mode, this.context.nonsecure) === 0; }

  isUser(): boolean { return this.context.mode === MODE_USR; }
  isUserOrSystem(): boolean { return this.context.mode === MODE_USR || this.context.mode === MODE_SYS; }

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

  // ---- status registers

  /** One of the words nf, zf, cf, vf. */
  protected readFlag(word: number): Node { return this.readState(word); }
  protected writeFlag(word: number, value: Node): void { this.writeState(word, value); }

  readCPSR(): Node {
    const read = (word: number): Node => this.readState(word);
    const at = (value: Node, shift: number): Node => this.shl(value, this.constant(shift));
    const parts = [
      this.and(this.readFlag(STATE.nf), this.constant(0x80000000 | 0)),
      at(this.eq(this.readFlag(STATE.zf), this.constant(0)), 30),
      at(this.readFlag(STATE.cf), 29),
      at(this.shrU(this.readFlag(STATE.vf), this.constant(31)), 28),
      at(read(STATE.qf), 27), at(read(STATE.ge), 16), at(read(STATE.bigEndian), 9),
      read(STATE.masks), read(STATE.mode),
    ];
    return parts.reduce((a, b) => this.or(a, b));
  }

  override writeNZCV(value: Node): void {
    const bit = (shift: number): Node => this.and(this.shrU(value, this.constant(shift)), this.constant(1));
    this.writeFlag(STATE.nf, value);
    this.writeFlag(STATE.zf, this.xor(bit(30), this.constant(1)));
    this.writeFlag(STATE.cf, bit(29));
    this.writeFlag(STATE.vf, this.shl(value, this.constant(3)));
  }

  protected writeNZCVQ(value: Node): void {
    this.writeNZCV(value);
    this.writeState(STATE.qf, this.and(this.shrU(value, this.constant(27)), this.constant(1)));
  }

  /** Pushes whether an interrupt or imprecise abort waits, as zero or not. */
  protected pushPending(): void {
    this.f.i32(0).load(STATE.irqLine * 4).i32(0).load(STATE.fiqLine * 4).op(OP.i32_or).i32(0).load(STATE.asyncAbort * 4).op(OP.i32_or);
  }

  /** Where an interrupt is pending, the evaluate tier executes what might unmask it. */
  #leaveIfPending(): void {
    this.pushPending();
    this.leaveIf();
  }

  /** Of some of CPSR's A, I and F, those that may be written: A and F belong to the secure world unless SCR lends them. */
  #writableMasks(bits: number): Node {
    if (this.secure() || (bits & (CPSR_A | CPSR_F)) === 0) return this.constant(bits);
    const scr = this.readState(STATE.SCR);
    const lent = this.or(this.shl(this.and(scr, this.constant(SCR_AW)), this.constant(3)), this.shl(this.and(scr, this.constant(SCR_FW)), this.constant(2)));
    return this.or(this.constant(bits & CPSR_I), this.and(lent, this.constant(bits)));
  }

  /** Those of CPSR's masks in `bits` from a value, where they may be written. */
  protected writeMasks(value: Node, bits: number): void {
    const writable = this.#writableMasks(bits);
    this.writeState(STATE.masks, this.or(this.and(this.readState(STATE.masks), this.not(writable)), this.and(value, writable)));
  }

  writeCPSR(value: Node, mask: number): void {
    if ((mask & 2) !== 0) throw new Unsupported('MSR to CPSR_x');
    if ((mask & 1) !== 0 && !this.isUser()) {
      this.#leaveIfPending();
      this.push(this.and(value, this.constant(31)));
      this.f.i32(this.context.mode).op(OP.i32_ne);
      this.leaveIf();
      this.writeMasks(value, CPSR_I | CPSR_F);
    }
    if ((mask & 4) !== 0) this.writeGE(this.shrU(value, this.constant(16)));
    if ((mask & 8) !== 0) this.writeNZCVQ(value);
  }

  #spsrWord(): number { return STATE.banked + bankOf(this.context.mode) * 3 + 2; }

  readSPSR(): Node { return this.readState(this.#spsrWord()); }

  writeSPSR(value: Node, mask: number): void {
    const bits = (mask & 8 ? 0xff000000 : 0) | (mask & 4 ? 0x000f0000 : 0) | (mask & 2 ? 0x0000ff00 : 0) | (mask & 1 ? 0x000000ff : 0);
    const kept = this.and(this.readState(this.#spsrWord()), this.constant(~bits));
    this.writeState(this.#spsrWord(), this.or(kept, this.and(value, this.constant(bits))));
  }

  changeState(enable: number, masks: number, mode: number): void {
    const { mode: from, nonsecure } = this.context;
    if (from === MODE_USR) return; // no effect at user level
    const bits = enable < 0 ? 0 : (masks & 4 ? CPSR_A : 0) | (masks & 2 ? CPSR_I : 0) | (masks & 1 ? CPSR_F : 0);
    if (enable === 1 && bits !== 0) this.#leaveIfPending();
    // A mode that does not exist, or that the world may not enter, leaves the mode as it is.
    const to = mode < 0 || bankOf(mode) < 0 || (mode === MODE_MON && !this.secure()) ? from : mode;
    const tables = this.tables(to, nonsecure, true);
    if (bits !== 0) this.writeMasks(this.constant(enable === 1 ? 0 : bits), bits);
    if (to === from) return;
    this.switchBank(to);
    this.writeState(STATE.mode, this.constant(to));
    this.writeState(STATE.context, this.constant(contextWord(to, nonsecure, this.thumb)));
    if (tables !== undefined) this.writeTables(tables);
    this.goOn(to, nonsecure, tables !== undefined);
  }

  setEndian(big: boolean): void { if (big) throw new Unsupported('big-endian data'); }

  readBankedSP(mode: number): Node { return bankOf(mode) === bankOf(this.context.mode) ? this.readFixed(13) : this.readState(STATE.banked + bankOf(mode) * 3); }
  writeBankedSP(mode: number, value: Node): void {
    if (bankOf(mode) === bankOf(this.context.mode)) this.writeFixed(13, value);
    else this.writeState(STATE.banked + bankOf(mode) * 3, value);
  }

  // ---- what a mode or world changes: banks, tables

  /** Swaps R13 and R14, and R8-R12 into and out of FIQ mode. */
  protected switchBank(toMode: number): void {
    const { mode } = this.context;
    const from = bankOf(mode);
    const to = bankOf(toMode);
    if (from === to) return;
    const swap = (register: number, save: number, load: number): void => {
      this.writeState(save, this.readFixed(register));
      this.writeFixed(register, this.readState(load));
    };
    for (const i of [0, 1]) swap(13 + i, STATE.banked + from * 3 + i, STATE.banked + to * 3 + i);
    if (mode !== MODE_FIQ && toMode !== MODE_FIQ) return;
    for (let i = 0; i < 5; i++) swap(8 + i, (mode === MODE_FIQ ? STATE.r8fiq : STATE.r8user) + i, (toMode === MODE_FIQ ? STATE.r8fiq : STATE.r8user) + i);
  }

  /** The tables of another mode and world, own and User mode's; undefined where they stay. Leaves where they are not chosen yet: to be called before all writes. `goesOn`: with the next instruction. */
  protected tables(mode: number, nonsecure: boolean, goesOn: boolean): { readonly own: Node; readonly user: Node } | undefined {
    const { mode: from, nonsecure: fromNonsecure } = this.context;
    const world = worldOf(mode, nonsecure);
    if (world === worldOf(from, fromNonsecure) && (mode === MODE_USR) === (from === MODE_USR)) return undefined;
    const chosen = (word: number): Node => {
      const table = this.readState(word);
      this.push(this.eq(table, this.constant(0)));
      this.leaveIf();
      return table;
    };
    const user = chosen(STATE.tables + world);
    const own = mode === MODE_USR ? user : chosen(STATE.tables + world + 2);
    if (goesOn) this.leaveUnlessMapped(own);
    return { own, user };
  }

  protected writeTables({ own, user }: { readonly own: Node; readonly user: Node }): void {
    this.writeState(STATE.tlb, own);
    this.writeState(STATE.tlbUser, user);
  }

  // ---- the User mode's registers (LDM and STM with ^): R13 and R14 from their bank, in FIQ mode R8-R12 too

  /** For registers that are known only when the code runs: the byte offset of the word, less that of R0. */
  protected userOffset(offset: Node): Node {
    const bank = this.add(offset, this.constant((STATE.banked - 13) * 4));
    const low = this.context.mode === MODE_FIQ
      ? this.select(this.ltU(offset, this.constant(32)), offset, this.add(offset, this.constant((STATE.r8user - 8) * 4)))
      : offset;
    return this.select(this.ltU(offset, this.constant(52)), low, bank);
  }

  // ---- CP15 and VFP system registers

  #plain(register: number, write: boolean): PlainRegister {
    const plain = PLAIN_REGISTERS.get(register);
    if (plain === undefined || (plain.secureOnly === true && !this.secure())) throw new Unsupported('CP15');
    if (this.isUser() && plain.user !== 'write' && (write || plain.user !== 'read')) throw new Unsupported('CP15 in User mode');
    return plain;
  }

  /** Which coprocessor register; this code is for one. */
  #named(operand: ImmToken): number {
    const register = this.registerOf(operand);
    if (register === undefined) throw this.systemContext() === undefined ? new NeedsContext('CP15') : new Unsupported('CP15');
    return register;
  }

  readCoprocessor(operand: ImmToken): Node {
    const register = this.#named(operand);
    const constant = CONSTANT_REGISTERS.get(register);
    if (constant !== undefined && !this.isUser()) return this.constant(constant);
    const { word, banked } = this.#plain(register, false);
    return this.readState(word + (banked && this.context.nonsecure ? 1 : 0));
  }

  writeCoprocessor(operand: ImmToken, value: Node): void {
    const register = this.#named(operand);
    const idle = IDLE_OPERATIONS.get(register);
    if (idle !== undefined && (idle || !this.isUser())) return;
    const { mode, nonsecure } = this.context;
    const { word, banked, writable } = this.#plain(register, true);
    if (register === SCR) {
      // Monitor mode is secure whatever NS says: the regime stays, but what follows is of the other context.
      if (mode !== MODE_MON || this.inIT()) throw new Unsupported('SCR');
      return this.writeSCR(this.and(value, this.constant(SCR_BITS)));
    }
    if (register === DACR || register === TTBR0) return this.#chooseRegime(register, value);
    if (writable === undefined) throw new Unsupported('CP15 write');
    this.writeState(word + (banked && nonsecure ? 1 : 0), this.and(value, this.constant(writable)));
    if (word === STATE.CPACR) this.vfpAccessChanged();
  }

  /** In monitor mode. */
  protected abstract writeSCR(value: Node): void;

  /** What was in force with the new TTBR0 or DACR before is so again; what is new the evaluate tier sees to. */
  #chooseRegime(register: number, value: Node): void {
    if (this.inIT()) throw new Unsupported('a regime in an IT block');
    const { f } = this;
    const { mode, nonsecure } = this.context;
    const world = nonsecure ? 1 : 0;
    f.i32(world);
    this.push(register === TTBR0 ? this.and(value, this.constant(TTBR0_BITS)) : this.readState(STATE.TTBR0 + world));
    this.push(register === DACR ? value : this.readState(STATE.DACR + world));
    f.call(FIND_REGIME);
    const entry = this.fromStack();
    this.push(this.eq(entry, this.constant(0)));
    this.leaveIf();
    const current = world === worldOf(mode, nonsecure);
    if (current) {
      this.push(entry);
      f.load(3 * 4);
      this.leaveUnlessMapped(this.fromStack());
    }
    f.i32(world);
    this.push(entry);
    f.i32(current ? 1 : 0).call(CHOOSE_REGIME).op(OP.drop);
    this.goOn(mode, nonsecure, current);
  }

  /** What may be done with VFP is to be looked at anew. */
  protected vfpAccessChanged(): void { this.checked = 0; }

  override vfpEnabled(access: VfpAccess): boolean {
    if (access !== 'system') return super.vfpEnabled(access);
    if (this.isUser()) throw new Unsupported('a VFP system register in User mode');
    const { f } = this;
    f.i32(0).load(STATE.CPACR * 4).i32(0x00f00000).op(OP.i32_and).i32(0x00f00000).op(OP.i32_ne);
    this.leaveIf();
    if (!this.secure()) {
      f.i32(0).load(STATE.NSACR * 4).i32(NSACR_VFP).op(OP.i32_and).i32(NSACR_VFP).op(OP.i32_ne);
      this.leaveIf();
    }
    return true;
  }

  readVfpSystem(register: VfpSystemRegister): Node {
    if (register !== 'FPEXC') throw new Unsupported(register);
    return this.readState(STATE.fpexc);
  }

  writeVfpSystem(register: VfpSystemRegister, value: Node): void {
    if (register !== 'FPEXC') throw new Unsupported(register);
    this.writeState(STATE.fpexc, this.and(value, this.constant(FPEXC_EN)));
    this.vfpAccessChanged();
  }
}
