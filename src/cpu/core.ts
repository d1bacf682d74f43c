/**
 * The Cortex-A8's architectural state outside instructions: PSRs, banked registers, exception entry and return (DDI 0406C, B1.3-B1.9).
 *
 * All state stands in linear memory at STATE's words; this class is the one place that changes modes and takes exceptions.
 */
import type { BusPort } from './bus-port.ts';
import { Cp15 } from './cp15/cp15.ts';
import {
  BANK_FIQ, bankOf, CPSR_A, CPSR_F, CPSR_I, MODE_ABT, MODE_FIQ, MODE_IRQ, MODE_MON, MODE_SVC, MODE_SYS, MODE_UND, MODE_USR, STATE,
} from './layout.ts';
import type { LinearMemory } from './memory.ts';
import { FAULT_EXTERNAL_ASYNC, FSR_EXT, FSR_WRITE, isExternal } from './mmu/faults.ts';
import { Mmu } from './mmu/mmu.ts';
import { SCTLR_EE, SCTLR_TE, SCTLR_V } from './mmu/walk.ts';

export type ExceptionKind = 'reset' | 'undefined' | 'svc' | 'smc' | 'prefetch-abort' | 'data-abort' | 'irq' | 'fiq';

/** Vector offset of each exception (B1.8.1; the SMC's is in MVBAR's table). */
export const VECTOR_OFFSET: { readonly [K in ExceptionKind]: number } = {
  'reset': 0x00, 'undefined': 0x04, 'svc': 0x08, 'smc': 0x08, 'prefetch-abort': 0x0c, 'data-abort': 0x10, 'irq': 0x18, 'fiq': 0x1c,
};

export const SCR_NS = 1 << 0;
export const SCR_IRQ = 1 << 1;
export const SCR_FIQ = 1 << 2;
export const SCR_EA = 1 << 3;
export const SCR_FW = 1 << 4;
export const SCR_AW = 1 << 5;

export interface CoreHooks {
  /** An exception is about to be taken from `pc`; state is as before the entry. `external`: an external abort, which SCR.EA may route to monitor mode. */
  exception?: (kind: ExceptionKind, pc: number, external: boolean) => void;
  /** `changed`: calls (SVC, SMC) need not be told of where they go to the same vector as the last of their kind. Default: all are. */
  calls?: 'changed';
  /** SVC with a comment other than 0 before it is taken; true means that it was answered outside (semihosting) and execution goes on behind it. */
  supervisorCall?: (imm: number, thumb: boolean) => boolean;
  /** An UNDEFINED instruction before the exception; true means that it was answered outside. */
  undefinedInstruction?: (word: number) => boolean;
  log?: (line: string) => void;
  /** The PMU's interrupt, or when it comes, may have changed. */
  interruptsChanged?: () => void;
}

/** FIQ and IRQ bits of SCR and CPSR seen as one decision: what is to be taken next. */
export type PendingInterrupt = 'fiq' | 'irq' | 'data-abort' | undefined;

export class Core {
  readonly memory: LinearMemory;
  readonly bus: BusPort;
  readonly mmu: Mmu;
  readonly cp15: Cp15;
  readonly hooks: CoreHooks = {};
  /** Instructions retired since reset. */
  count = 0;
  /**
   * Something that is looked at between instructions may have changed: interrupt lines, masks, WFI, a request to stop. Engine tiers stop
   * their straight-line running when it is set.
   */
  attention = true;
  /** Asks the run to stop after the current instruction; the reason is the asker's. */
  stopRequested = false;
  /** Something that translated code depends on changed: look the next instruction up anew. */
  contextChanged = true;
  /** Setting: data accesses that the bus refuses are imprecise aborts, as on the board; else synchronous ones (docs/deviations.md). */
  impreciseAborts = false;

  readonly #i32: Int32Array;

  constructor(memory: LinearMemory, bus: BusPort) {
    this.memory = memory;
    this.bus = bus;
    this.#i32 = memory.i32;
    this.mmu = new Mmu(memory, bus);
    this.cp15 = new Cp15({
      memory,
      mmu: this.mmu,
      now: () => this.count,
      translationChanged: () => {
        this.mmu.registersChanged();
        this.contextChanged = true;
      },
      contextChanged: () => { this.contextChanged = true; },
      interruptsChanged: () => {
        this.attention = true;
        this.hooks.interruptsChanged?.();
      },
      log: (line) => this.hooks.log?.(line),
    });
  }

  /** B1.9.1: reset leaves the CPU in secure SVC with A, I, F masked, MMU off. */
  reset(): void {
    this.#i32.fill(0, 0, STATE.words);
    this.#i32[STATE.zf] = 1;
    this.#i32[STATE.mode] = MODE_SVC;
    this.#i32[STATE.masks] = CPSR_A | CPSR_I | CPSR_F;
    this.cp15.reset();
    const sctlr = this.#i32[STATE.SCTLR]!;
    this.#i32[STATE.thumb] = (sctlr & SCTLR_TE) !== 0 ? 1 : 0;
    this.#i32[STATE.bigEndian] = (sctlr & SCTLR_EE) !== 0 ? 1 : 0;
    this.#i32[STATE.r + 15] = (sctlr & SCTLR_V) !== 0 ? 0xffff0000 | 0 : 0;
    this.mmu.dropAll();
    this.attention = true;
    this.contextChanged = true;
  }

  // ---- program status registers

  isSecure(): boolean {
    return (this.#i32[STATE.SCR]! & SCR_NS) === 0 || this.#i32[STATE.mode] === MODE_MON;
  }

  /** The whole CPSR, uint32. */
  get cpsr(): number { return this.psr() >>> 0; }

  /** The whole CPSR as int32: half of all uint32 values would be numbers on the heap. */
  psr(): number {
    const s = this.#i32;
    const it = s[STATE.it]!;
    return (s[STATE.nf]! & 0x80000000) | (s[STATE.zf] === 0 ? 1 << 30 : 0) | s[STATE.cf]! << 29 | ((s[STATE.vf]! >>> 31) << 28) | s[STATE.qf]! << 27
      | (it & 3) << 25 | s[STATE.jazelle]! << 24 | s[STATE.ge]! << 16 | (it & 0xfc) << 8 | s[STATE.bigEndian]! << 9 | s[STATE.masks]! | s[STATE.thumb]! << 5
      | s[STATE.mode]!;
  }

  /** Makes the tier's `run` return after the current instruction. */
  requestStop(): void {
    this.stopRequested = true;
    this.attention = true;
  }

  /** Sets all of CPSR without any access rule: loaders, snapshots, exception entry of the monitor by a debugger. */
  set cpsr(value: number) {
    const s = this.#i32;
    this.setFlags(value);
    s[STATE.qf] = (value >>> 27) & 1;
    s[STATE.ge] = (value >>> 16) & 15;
    s[STATE.it] = ((value >>> 25) & 3) | ((value >>> 8) & 0xfc);
    s[STATE.jazelle] = (value >>> 24) & 1;
    s[STATE.bigEndian] = (value >>> 9) & 1;
    s[STATE.thumb] = (value >>> 5) & 1;
    s[STATE.masks] = value & (CPSR_A | CPSR_I | CPSR_F);
    this.switchMode(value & 31);
    this.mmu.registersChanged();
    this.attention = true;
    this.contextChanged = true;
  }

  setFlags(value: number): void {
    const s = this.#i32;
    s[STATE.nf] = value;
    s[STATE.zf] = ((value >>> 30) & 1) ^ 1;
    s[STATE.cf] = (value >>> 29) & 1;
    s[STATE.vf] = value << 3;
  }

  /** Swaps banked registers. The caller selects the translation regime. */
  switchMode(mode: number): void {
    const s = this.#i32;
    const from = bankOf(s[STATE.mode]!);
    const to = bankOf(mode);
    if (to < 0) throw new Error(`mode 0x${mode.toString(16)} does not exist`);
    if (from !== to) {
      s[STATE.banked + from * 3] = s[STATE.r + 13]!;
      s[STATE.banked + from * 3 + 1] = s[STATE.r + 14]!;
      s[STATE.r + 13] = s[STATE.banked + to * 3]!;
      s[STATE.r + 14] = s[STATE.banked + to * 3 + 1]!;
      if (from === BANK_FIQ || to === BANK_FIQ) {
        const save = from === BANK_FIQ ? STATE.r8fiq : STATE.r8user;
        const load = to === BANK_FIQ ? STATE.r8fiq : STATE.r8user;
        for (let i = 0; i < 5; i++) {
          s[save + i] = s[STATE.r + 8 + i]!;
          s[STATE.r + 8 + i] = s[load + i]!;
        }
      }
    }
    s[STATE.mode] = mode;
  }

  /** B1.3.3 CPSRWriteByInstr. A mode that does not exist, or that the world may not enter, leaves the mode as it is (UNPREDICTABLE). */
  writeCPSRByInstr(value: number, mask: number, exceptionReturn: boolean): void {
    const s = this.#i32;
    const mode = s[STATE.mode]!;
    const privileged = mode !== MODE_USR;
    const secure = this.isSecure();
    const scr = s[STATE.SCR]!;
    let it = s[STATE.it]!;
    if ((mask & 8) !== 0) {
      this.setFlags(value);
      s[STATE.qf] = (value >>> 27) & 1;
      if (exceptionReturn) {
        it = (it & 0xfc) | ((value >>> 25) & 3);
        s[STATE.jazelle] = 0; // trivial Jazelle: J stays 0 (B1.12.4)
      }
    }
    if ((mask & 4) !== 0) s[STATE.ge] = (value >>> 16) & 15;
    let masks = s[STATE.masks]!;
    if ((mask & 2) !== 0) {
      if (exceptionReturn) it = (it & 3) | ((value >>> 8) & 0xfc);
      s[STATE.bigEndian] = (value >>> 9) & 1;
      if (privileged && (secure || (scr & SCR_AW) !== 0)) masks = (masks & ~CPSR_A) | (value & CPSR_A);
    }
    if ((mask & 1) !== 0) {
      if (privileged) {
        masks = (masks & ~CPSR_I) | (value & CPSR_I);
        if (secure || (scr & SCR_FW) !== 0) masks = (masks & ~CPSR_F) | (value & CPSR_F);
      }
      if (exceptionReturn) s[STATE.thumb] = (value >>> 5) & 1;
      if (privileged) {
        const wanted = value & 31;
        if (wanted !== mode && bankOf(wanted) >= 0 && (secure || wanted !== MODE_MON)) {
          this.switchMode(wanted);
          this.mmu.select();
        }
      }
    }
    s[STATE.it] = it;
    s[STATE.masks] = masks;
    this.attention = true;
    this.contextChanged = true;
  }

  /** Exception return: CPSR from `psr`, then on at `target` in its instruction set. */
  exceptionReturn(psr: number, target: number): void {
    this.writeCPSRByInstr(psr, 15, true);
    this.#i32[STATE.r + 15] = this.#i32[STATE.thumb] !== 0 ? target & ~1 : target & ~3;
  }

  /** SPSR of the current mode; in User and System mode, where there is none, CPSR (UNPREDICTABLE). */
  get spsr(): number { return this.savedPsr() >>> 0; }

  /** As `spsr`, int32. */
  savedPsr(): number {
    const bank = bankOf(this.#i32[STATE.mode]!);
    return bank === 0 ? this.psr() : this.#i32[STATE.banked + bank * 3 + 2]!;
  }

  writeSPSR(value: number, mask: number): void {
    const bank = bankOf(this.#i32[STATE.mode]!);
    if (bank === 0) return;
    const at = STATE.banked + bank * 3 + 2;
    let bits = 0;
    if ((mask & 8) !== 0) bits |= 0xff000000;
    if ((mask & 4) !== 0) bits |= 0x000f0000;
    if ((mask & 2) !== 0) bits |= 0x0000ff00;
    if ((mask & 1) !== 0) bits |= 0x000000ff;
    this.#i32[at] = (this.#i32[at]! & ~bits) | (value & bits);
  }

  /** A register as another mode sees it: R13 and R14 by bank. */
  readBanked(mode: number, register: 13 | 14): number {
    const bank = bankOf(mode);
    if (bank === bankOf(this.#i32[STATE.mode]!)) return this.#i32[STATE.r + register]!;
    return this.#i32[STATE.banked + bank * 3 + register - 13]!;
  }

  writeBanked(mode: number, register: 13 | 14, value: number): void {
    const bank = bankOf(mode);
    if (bank === bankOf(this.#i32[STATE.mode]!)) this.#i32[STATE.r + register] = value;
    else this.#i32[STATE.banked + bank * 3 + register - 13] = value;
  }

  /** R0-R14 as User mode sees them (LDM and STM with ^). */
  readUser(register: number): number {
    if (register >= 13) return this.readBanked(MODE_USR, register as 13 | 14);
    if (register >= 8 && this.#i32[STATE.mode] === MODE_FIQ) return this.#i32[STATE.r8user + register - 8]!;
    return this.#i32[STATE.r + register]!;
  }

  writeUser(register: number, value: number): void {
    if (register >= 13) this.writeBanked(MODE_USR, register as 13 | 14, value);
    else if (register >= 8 && this.#i32[STATE.mode] === MODE_FIQ) this.#i32[STATE.r8user + register - 8] = value;
    else this.#i32[STATE.r + register] = value;
  }

  // ---- exceptions

  /**
   * Takes an exception (B1.9). `lr` is the value for the new mode's LR. External aborts, IRQ and FIQ go to monitor mode where SCR says so.
   */
  takeException(kind: ExceptionKind, lr: number, external = false): void {
    const s = this.#i32;
    this.hooks.exception?.(kind, s[STATE.r + 15]! >>> 0, external);
    const scr = s[STATE.SCR]!;
    const spsr = this.psr();
    const toMonitor = kind === 'smc' || (kind === 'irq' && (scr & SCR_IRQ) !== 0) || (kind === 'fiq' && (scr & SCR_FIQ) !== 0)
      || (external && (scr & SCR_EA) !== 0);
    let mode: number;
    switch (kind) {
      case 'undefined': mode = MODE_UND; break;
      case 'svc': case 'reset': mode = MODE_SVC; break;
      case 'irq': mode = MODE_IRQ; break;
      case 'fiq': mode = MODE_FIQ; break;
      default: mode = MODE_ABT;
    }
    if (toMonitor) mode = MODE_MON;
    if (s[STATE.mode] === MODE_MON) s[STATE.SCR] = scr & ~SCR_NS;
    const nonsecure = (s[STATE.SCR]! & SCR_NS) !== 0 && mode !== MODE_MON;
    this.switchMode(mode);
    s[STATE.r + 14] = lr;
    s[STATE.banked + bankOf(mode) * 3 + 2] = spsr;
    let masks = s[STATE.masks]! | CPSR_I;
    if (toMonitor) {
      masks |= CPSR_A | CPSR_F;
    } else {
      if (kind !== 'undefined' && kind !== 'svc' && (!nonsecure || (scr & SCR_AW) !== 0)) masks |= CPSR_A;
      if (kind === 'fiq' && (!nonsecure || (scr & SCR_FW) !== 0)) masks |= CPSR_F;
    }
    s[STATE.masks] = masks;
    const sctlr = s[STATE.SCTLR + (nonsecure ? 1 : 0)]!;
    s[STATE.it] = 0;
    s[STATE.jazelle] = 0;
    s[STATE.thumb] = (sctlr & SCTLR_TE) !== 0 ? 1 : 0;
    s[STATE.bigEndian] = (sctlr & SCTLR_EE) !== 0 ? 1 : 0;
    const base = toMonitor ? s[STATE.MVBAR]! : (sctlr & SCTLR_V) !== 0 ? 0xffff0000 | 0 : s[STATE.VBAR + (nonsecure ? 1 : 0)]!;
    s[STATE.r + 15] = (base + VECTOR_OFFSET[kind]) | 0;
    if (kind === 'svc') {
      s[STATE.callVector] = s[STATE.r + 15]!;
    } else if (kind === 'smc') {
      s[STATE.callVector + 1] = s[STATE.r + 15]!;
      s[STATE.smcs] = s[STATE.smcs]! + 1;
    }
    this.mmu.select();
    this.attention = true;
    this.contextChanged = true;
  }

  /** World whose fault registers an abort is reported in: the secure ones where the abort goes to the monitor, or comes from it. */
  #faultWorld(external: boolean): number {
    const s = this.#i32;
    if (s[STATE.mode] === MODE_MON || (external && (s[STATE.SCR]! & SCR_EA) !== 0)) return 0;
    return s[STATE.SCR]! & SCR_NS;
  }

  /** Data abort of the instruction at R15. `status` is the FS code, with FSR_EXT where it applies. */
  dataAbort(va: number, status: number, domain: number, write: boolean): void {
    const s = this.#i32;
    const external = isExternal(status & 0x40f);
    const world = this.#faultWorld(external);
    s[STATE.DFSR + world] = status | domain << 4 | (write ? FSR_WRITE : 0);
    s[STATE.DFAR + world] = va;
    this.takeException('data-abort', (s[STATE.r + 15]! + 8) | 0, external);
  }

  /**
   * A data access that the bus refused, where such aborts are imprecise (`impreciseAborts`): it stays pending until CPSR.A lets it be taken. One is
   * remembered. `refused`: a slave answered with an error, nothing otherwise (DFSR.ExT); WnR is UNKNOWN (B4.1.52), and 0 here.
   */
  asynchronousAbort(refused: boolean): void {
    const s = this.#i32;
    if (s[STATE.asyncAbort] === 0) s[STATE.asyncAbort] = (FAULT_EXTERNAL_ASYNC | (refused ? FSR_EXT : 0)) + 1;
    this.attention = true;
  }

  /** Prefetch abort of the instruction at R15; `va` is the address that could not be fetched. */
  prefetchAbort(va: number, status: number): void {
    const s = this.#i32;
    const external = isExternal(status & 0x40f);
    const world = this.#faultWorld(external);
    s[STATE.IFSR + world] = status;
    s[STATE.IFAR + world] = va;
    this.takeException('prefetch-abort', (s[STATE.r + 15]! + 4) | 0, external);
  }

  /** What is to be taken before the next instruction, by priority (B1.9.8: FIQ, IRQ, imprecise abort order is IMPLEMENTATION DEFINED). */
  pendingInterrupt(): PendingInterrupt {
    const s = this.#i32;
    const masks = s[STATE.masks]!;
    if (s[STATE.fiqLine] !== 0 && (masks & CPSR_F) === 0) return 'fiq';
    if (s[STATE.irqLine] !== 0 && (masks & CPSR_I) === 0) return 'irq';
    if (s[STATE.asyncAbort] !== 0 && (masks & CPSR_A) === 0) return 'data-abort';
    return undefined;
  }

  /** Takes what is pending. Returns whether something was. */
  takePendingInterrupt(): boolean {
    const s = this.#i32;
    const pending = this.pendingInterrupt();
    if (pending === undefined) return false;
    const lr = (s[STATE.r + 15]! + 4) | 0;
    if (pending === 'data-abort') {
      const status = s[STATE.asyncAbort]! - 1;
      s[STATE.asyncAbort] = 0;
      const world = this.#faultWorld(true);
      s[STATE.DFSR + world] = status;
      this.takeException('data-abort', (lr + 4) | 0, true);
    } else {
      this.takeException(pending, lr);
    }
    return true;
  }

  setIrqLine(level: boolean): void {
    this.#i32[STATE.irqLine] = level ? 1 : 0;
    this.attention = true;
  }

  setFiqLine(level: boolean): void {
    this.#i32[STATE.fiqLine] = level ? 1 : 0;
    this.attention = true;
  }

  /**
   * What is looked at between instructions: a request to stop, WFI and WFE, interrupts. Returns whether an instruction may execute now; false where the
   * CPU waits or was asked to stop.
   */
  prepare(): boolean {
    if (this.stopRequested) return false;
    if (this.#i32[STATE.waiting] !== 0) {
      if (!this.wakes()) return false;
      if (this.#i32[STATE.waiting] === 2) this.#i32[STATE.eventRegister] = 0;
      this.#i32[STATE.waiting] = 0;
    }
    this.attention = false;
    this.takePendingInterrupt(); // sets `attention` again where it takes one, so that a second one is seen too
    return true;
  }

  /** Whether a CPU in WFI or WFE goes on: an interrupt line, whatever the masks (B1.8.13). */
  wakes(): boolean {
    const s = this.#i32;
    if (s[STATE.irqLine] !== 0 || s[STATE.fiqLine] !== 0 || s[STATE.asyncAbort] !== 0) return true;
    return s[STATE.waiting] === 2 && s[STATE.eventRegister] !== 0;
  }

  isUser(): boolean {
    return this.#i32[STATE.mode] === MODE_USR;
  }

  isUserOrSystem(): boolean {
    return this.#i32[STATE.mode] === MODE_USR || this.#i32[STATE.mode] === MODE_SYS;
  }
}
