/**
 * Handlers of system instructions, for one mode and world: both are a part of a block's context, so bank swaps are plain moves and the banked copy of a CP15 register is
 * one word. This is the path of a world switch. What changes the translation regime is left to the evaluate tier.
 */
import { coprocessorKey } from '../../isa/ops.ts';
import type { VfpAccess, VfpSystemRegister } from '../../isa/vector-ops.ts';
import { type FunctionBuilder, OP } from '../../wasm/index.ts';
import { BANK_FIQ, bankOf, CPSR_A, CPSR_F, CPSR_I, MODE_FIQ, MODE_MON, MODE_SYS, MODE_USR, RETURN_BASE, STATE } from '../layout.ts';
import { HandlerOps } from './handler-ops.ts';
import { type ImmToken, type Node, type RegToken, Unsupported } from './wasm-ops.ts';

/** What a system instruction's handler is made for. */
export interface SystemContext {
  readonly mode: number;
  /** SCR.NS. */
  readonly nonsecure: boolean;
  /** Register of a CP15 access (coprocessorKey). */
  readonly register: number | undefined;
}

interface PlainRegister {
  readonly word: number;
  readonly banked: boolean;
  /** Bits that a write reaches; undefined where a write does more than store. */
  readonly writable?: number;
  /** Only in secure state, or with SCR.NS = 0 where the copy read depends on more. */
  readonly secureOnly?: true;
}

const SCR = coprocessorKey(15, 0, 1, 1, 0);
/** SCR's bits: NS, IRQ, FIQ, EA, FW, AW. */
const SCR_BITS = 0x3f;
const FPEXC_EN = 1 << 30;
const NSACR_VFP = 3 << 10;
/** SCR.NS in a block's context. */
const CONTEXT_NS = 1 << 2;
const CONTEXT_MODE_SHIFT = 3;

/** CP15 registers whose reads and writes only move a word (a test compares each with CP15 itself). */
export const PLAIN_REGISTERS: ReadonlyMap<number, PlainRegister> = new Map([
  [coprocessorKey(15, 0, 5, 0, 0), { word: STATE.DFSR, banked: true, writable: 0x1cff }],
  [coprocessorKey(15, 0, 5, 0, 1), { word: STATE.IFSR, banked: true, writable: 0x140f }],
  [coprocessorKey(15, 0, 6, 0, 0), { word: STATE.DFAR, banked: true, writable: -1 }],
  [coprocessorKey(15, 0, 6, 0, 2), { word: STATE.IFAR, banked: true, writable: -1 }],
  [coprocessorKey(15, 0, 2, 0, 0), { word: STATE.TTBR0, banked: true }],
  [coprocessorKey(15, 0, 2, 0, 1), { word: STATE.TTBR1, banked: true }],
  [coprocessorKey(15, 0, 2, 0, 2), { word: STATE.TTBCR, banked: true }],
  [coprocessorKey(15, 0, 3, 0, 0), { word: STATE.DACR, banked: true }],
  [coprocessorKey(15, 0, 12, 0, 0), { word: STATE.VBAR, banked: true }],
  [coprocessorKey(15, 0, 1, 0, 0), { word: STATE.SCTLR, banked: true }],
  [coprocessorKey(15, 0, 7, 4, 0), { word: STATE.PAR, banked: true }],
  [coprocessorKey(15, 0, 13, 0, 1), { word: STATE.CONTEXTIDR, banked: true, writable: -1 }],
  [coprocessorKey(15, 0, 13, 0, 2), { word: STATE.TPIDRURW, banked: true, writable: -1 }],
  [coprocessorKey(15, 0, 13, 0, 3), { word: STATE.TPIDRURO, banked: true, writable: -1 }],
  [coprocessorKey(15, 0, 13, 0, 4), { word: STATE.TPIDRPRW, banked: true, writable: -1 }],
  [coprocessorKey(15, 0, 1, 0, 2), { word: STATE.CPACR, banked: false, secureOnly: true }],
  [SCR, { word: STATE.SCR, banked: false, secureOnly: true }],
  [coprocessorKey(15, 0, 12, 0, 1), { word: STATE.MVBAR, banked: false, secureOnly: true }],
]);

export class SystemHandlerOps extends HandlerOps {
  readonly #context: SystemContext;

  constructor(f: FunctionBuilder, thumb: boolean, inIT: boolean, handlerType: number, context: SystemContext) {
    super(f, thumb, inIT, handlerType);
    this.#context = context;
  }

  isUser(): boolean { return this.#context.mode === MODE_USR; }
  isUserOrSystem(): boolean { return this.#context.mode === MODE_USR || this.#context.mode === MODE_SYS; }

  #secure(): boolean { return !this.#context.nonsecure || this.#context.mode === MODE_MON; }

  // ---- status registers

  #spsrWord(): number { return STATE.banked + bankOf(this.#context.mode) * 3 + 2; }

  readSPSR(): Node { return this.readState(this.#spsrWord()); }

  writeSPSR(value: Node, mask: number): void {
    const bits = (mask & 8 ? 0xff000000 : 0) | (mask & 4 ? 0x000f0000 : 0) | (mask & 2 ? 0x0000ff00 : 0) | (mask & 1 ? 0x000000ff : 0);
    const kept = this.and(this.readState(this.#spsrWord()), this.constant(~bits));
    this.writeState(this.#spsrWord(), this.or(kept, this.and(value, this.constant(bits))));
  }

  override changeState(enable: number, masks: number, mode: number): void {
    const { mode: from, nonsecure } = this.#context;
    if (from === MODE_USR) return; // no effect at user level
    if (mode < 0) return super.changeState(enable, masks, mode);
    const leavesWorld = nonsecure && (from === MODE_MON) !== (mode === MODE_MON);
    if (bankOf(mode) < 0 || mode === MODE_USR || leavesWorld) throw new Unsupported('CPS to another regime');
    const bits = enable < 0 ? 0 : (masks & 4 ? CPSR_A : 0) | (masks & 2 ? CPSR_I : 0) | (masks & 1 ? CPSR_F : 0);
    if ((bits & (CPSR_A | CPSR_F)) !== 0 && !this.#secure()) throw new Unsupported('A and F of the normal world');
    if (enable === 1 && bits !== 0) throw new Unsupported('CPS to a mode that unmasks');
    if (bits !== 0) this.writeState(STATE.masks, this.or(this.readState(STATE.masks), this.constant(bits)));
    this.#switchBank(bankOf(from), bankOf(mode));
    this.writeState(STATE.mode, this.constant(mode));
    const others = this.and(this.readState(STATE.context), this.constant(~(31 << CONTEXT_MODE_SHIFT)));
    this.writeState(STATE.context, this.or(others, this.constant(mode << CONTEXT_MODE_SHIFT)));
    this.#forgetReturns();
  }

  /** Regions' calls that wait for their return are of another mode or world. */
  #forgetReturns(): void { this.writeState(STATE.returnTop, this.constant(RETURN_BASE)); }

  #move(to: number, from: number): void { this.writeState(to, this.readState(from)); }

  #switchBank(from: number, to: number): void {
    if (from === to) return;
    for (const i of [0, 1]) {
      this.#move(STATE.banked + from * 3 + i, STATE.r + 13 + i);
      this.#move(STATE.r + 13 + i, STATE.banked + to * 3 + i);
    }
    if (from !== BANK_FIQ && to !== BANK_FIQ) return;
    for (let i = 0; i < 5; i++) {
      this.#move((from === BANK_FIQ ? STATE.r8fiq : STATE.r8user) + i, STATE.r + 8 + i);
      this.#move(STATE.r + 8 + i, (to === BANK_FIQ ? STATE.r8fiq : STATE.r8user) + i);
    }
  }

  // ---- the User mode's registers (LDM and STM with ^): R13 and R14 from their bank, in FIQ mode R8-R12 too

  #userAddress(r: RegToken): Node {
    if (r.dynamic === undefined) throw new Unsupported('a single user register');
    const offset = r.dynamic;
    const bank = this.add(offset, this.constant((STATE.banked - 13) * 4));
    const low = this.#context.mode === MODE_FIQ
      ? this.select(this.ltU(offset, this.constant(32)), offset, this.add(offset, this.constant((STATE.r8user - 8) * 4)))
      : offset;
    this.push(this.select(this.ltU(offset, this.constant(52)), low, bank));
    return this.fromStack();
  }

  override readUser(r?: RegToken): Node {
    this.push(this.#userAddress(r!));
    this.f.load(STATE.r * 4);
    return this.fromStack();
  }

  override writeUser(r?: RegToken, value?: Node): void {
    this.push(this.#userAddress(r!));
    this.push(value!);
    this.f.store(STATE.r * 4);
  }

  // ---- CP15 and VFP system registers

  #plain(): PlainRegister {
    const { register, mode, nonsecure } = this.#context;
    const plain = register === undefined ? undefined : PLAIN_REGISTERS.get(register);
    if (plain === undefined || mode === MODE_USR || (plain.secureOnly === true && nonsecure)) throw new Unsupported('CP15');
    return plain;
  }

  override readCoprocessor(register: ImmToken): Node {
    if (this.#context.mode === MODE_USR) return super.readCoprocessor(register);
    const { word, banked } = this.#plain();
    return this.readState(word + (banked && this.#context.nonsecure ? 1 : 0));
  }

  writeCoprocessor(_register: ImmToken, value: Node): void {
    const { register, mode, nonsecure } = this.#context;
    if (register === SCR && mode === MODE_MON) {
      // The block would end as by a branch, which ends the IT block too.
      if (this.inIT()) throw new Unsupported('SCR in an IT block');
      // Monitor mode is secure whatever NS says: the regime stays. What follows is of the other context, so the block ends.
      this.writeState(STATE.SCR, this.and(value, this.constant(SCR_BITS)));
      const ns = this.shl(this.and(value, this.constant(1)), this.constant(2));
      this.writeState(STATE.context, this.or(this.and(this.readState(STATE.context), this.constant(~CONTEXT_NS)), ns));
      this.#forgetReturns();
      return this.branchWritePC(this.nextAddress());
    }
    const { word, banked, writable } = this.#plain();
    if (writable === undefined) throw new Unsupported('CP15 write');
    this.writeState(word + (banked && nonsecure ? 1 : 0), this.and(value, this.constant(writable)));
  }

  override vfpEnabled(access: VfpAccess): boolean {
    if (access !== 'system' || this.isUser()) throw new Unsupported('VFP');
    const { f } = this;
    f.i32(0).load(STATE.CPACR * 4).i32(0x00f00000).op(OP.i32_and).i32(0x00f00000).op(OP.i32_ne);
    this.leaveIf();
    if (!this.#secure()) {
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
  }
}
