/**
 * The vocabulary in which every operation's body is written ("finally tagless" style).
 *
 * A body is run with one instance of `Ops`: *evaluate* computes at once, *threaded* and *region* emit WebAssembly. So a body
 * sees values of three stages:
 *
 *  - *shape* values are plain numbers, strings and booleans, known when an instruction is decoded and shared by all
 *    instructions with one handler (S, shift kind, sizes, P/U/W, "is this register the PC");
 *  - *operand* values (`Reg`, `Imm`, `RegList`) are opaque tokens, known when an instruction is decoded but not a part of
 *    the handler: a body hands them to `Ops` and looks at nothing but `isPC`;
 *  - *guest* values (`W32`, `W64`, `Bool`, ...) exist when the guest runs. Only `Ops` can combine them: `if (x)`, `x === y` or `x + y`
 *    on a guest value is wrong in every body, and a checker in the tests refuses it.
 *
 * The order of a body is **compute, probe, commit**. Whatever can abort is probed before the first architectural write, so that
 * an abort needs no undo. A method that can end the instruction (a probe, an access check) returns a host boolean or a `Place`
 * which says so; the body must then return at once. When code is generated they never say so: the exit is part of the code.
 */

declare const kind: unique symbol;
interface Opaque<Kind extends string> { readonly [kind]: Kind }

/** A 32-bit guest value. */
export type W32 = Opaque<'W32'>;
/** A 64-bit guest value. */
export type W64 = Opaque<'W64'>;
/** A guest truth value. */
export type Bool = Opaque<'Bool'>;

/** Operand: a core register R0-R15. */
export type Reg = Opaque<'Reg'>;
/** Operand: a 32-bit constant (immediate, offset, lane or extension register number, ...). */
export type Imm = Opaque<'Imm'>;
/** Operand: a 16-bit register list. */
export type RegList = Opaque<'RegList'>;

/** A probed piece of memory: what may be loaded from and stored to without an abort. */
export type Place = Opaque<'Place'>;

/** What a probe asks for. Flags, OR-ed. */
export type Access = number;
export const LOAD = 0;
export const STORE = 1;
/** With the rights of unprivileged code (LDRT, STRT and their like). */
export const UNPRIVILEGED = 2;
/** Fault unless aligned to the probe's unit, whatever SCTLR.A says (LDM, LDRD, LDREX, VLDM, SWP ...). */
export const ALIGNED = 4;
/** Both a load and a store (SWP): a fault is reported as a write's. */
export const ATOMIC = 8;

/** Bits of `exception`. */
export type Exception = 'undefined' | 'supervisor-call' | 'secure-monitor-call' | 'breakpoint';

/** Integer arithmetic, registers, memory and control flow: what A32 and T32 integer code needs. */
export interface IntegerOps {
  // ---- values
  constant(value: number): W32;
  /** The value of an immediate operand. */
  imm(operand: Imm): W32;
  add(a: W32, b: W32): W32;
  sub(a: W32, b: W32): W32;
  mul(a: W32, b: W32): W32;
  and(a: W32, b: W32): W32;
  or(a: W32, b: W32): W32;
  xor(a: W32, b: W32): W32;
  not(a: W32): W32;
  /** Shifts and rotation by the amount's low 5 bits. */
  shl(a: W32, amount: W32): W32;
  shrU(a: W32, amount: W32): W32;
  shrS(a: W32, amount: W32): W32;
  rotr(a: W32, amount: W32): W32;
  clz(a: W32): W32;
  sext8(a: W32): W32;
  sext16(a: W32): W32;
  eq(a: W32, b: W32): Bool;
  ne(a: W32, b: W32): Bool;
  ltU(a: W32, b: W32): Bool;
  ltS(a: W32, b: W32): Bool;
  bothTrue(a: Bool, b: Bool): Bool;
  eitherTrue(a: Bool, b: Bool): Bool;
  notTrue(a: Bool): Bool;
  /** 1 or 0. */
  fromBool(a: Bool): W32;
  select(condition: Bool, ifTrue: W32, ifFalse: W32): W32;

  mulWideU(a: W32, b: W32): W64;
  mulWideS(a: W32, b: W32): W64;
  add64(a: W64, b: W64): W64;
  sub64(a: W64, b: W64): W64;
  pair(low: W32, high: W32): W64;
  low(a: W64): W32;
  high(a: W64): W32;

  // ---- registers and flags
  /** Whether the operand is R15: a shape value, known when the body runs. */
  isPC(r: Reg): boolean;
  /** R15 reads as the instruction's address + 8 (A32) or + 4 (T32). */
  read(r: Reg): W32;
  /** Writes R0-R14. Writing the PC goes through one of the branches below. */
  write(r: Reg, value: W32): void;
  /** Writes R14 of the current mode (BL, BLX). */
  writeLR(value: W32): void;
  /** Address of the instruction that follows this one. */
  nextAddress(): W32;
  /** Whether the instruction is T32 (shape). */
  readonly thumb: boolean;
  /** N and Z from a result. */
  setNZ(result: W32): void;
  /** C from 0 or 1. */
  setC(carry: W32): void;
  /** V from bit 31 of a value. */
  setV(overflow: W32): void;
  /** N, Z, C and V of `result = x + y`. */
  setFlagsAdd(x: W32, y: W32, result: W32): void;
  /** N, Z, C and V of `result = x - y`. */
  setFlagsSub(x: W32, y: W32, result: W32): void;
  /** C as 0 or 1. */
  carry(): W32;
  /** Sets Q where `saturated` is true; never clears it. */
  orQ(saturated: Bool): void;
  /** GE[3:0] in bits 3-0. */
  readGE(): W32;
  writeGE(bits: W32): void;

  // ---- memory
  /**
   * Probes `bytes` bytes at `address` (a number, or an operand for a register list's length). `unit` is the size that alignment is judged
   * by. Check with `aborted` and return if it says so.
   */
  probe(address: W32, bytes: number | Imm, unit: 1 | 2 | 4 | 8, access: Access): Place;
  aborted(at: Place): boolean;
  /** Loads, zero-extended, `offset` bytes into the place; `size` in bytes. Data endianness is CPSR.E's. */
  load(at: Place, offset: W32, size: 1 | 2 | 4): W32;
  store(at: Place, offset: W32, size: 1 | 2 | 4, value: W32): void;
  /** Calls back for each register in the list, lowest first, with its byte offset (0, 4, 8, ...). Reg is never the PC: lists with the PC pass it apart. */
  forEachReg(list: RegList, each: (r: Reg, offset: W32) => void): void;
  /** As `forEachReg`, for the User mode's registers (LDM and STM with ^). */
  readUser(r: Reg): W32;
  writeUser(r: Reg, value: W32): void;
  /** Tags the place for exclusive access by this CPU. */
  markExclusive(at: Place, size: number): void;
  /** Whether the place is still tagged; the tag is cleared either way. */
  passExclusive(at: Place, size: number): Bool;
  clearExclusive(): void;
  /** Runs `then` where the condition holds. It may store and write registers, never branch or probe. */
  when(condition: Bool, then: () => void): void;

  // ---- control flow: each ends the instruction
  /** To the instruction's PC + offset, same instruction set (BranchWritePC). */
  branch(offset: Imm): void;
  /** To Align(PC, 4) + offset in the other instruction set (BLX immediate). */
  branchExchange(offset: Imm): void;
  /** `branch` where the condition holds; falls through otherwise (CBZ, CBNZ). */
  branchIf(condition: Bool, offset: Imm): void;
  /** BranchWritePC to a computed address (TBB, TBH): the instruction set stays. */
  branchWritePC(target: W32): void;
  /** BXWritePC: bit 0 chooses the instruction set. */
  bxWritePC(target: W32): void;
  /** LoadWritePC: as BXWritePC from ARMv5 on. */
  loadWritePC(target: W32): void;
  /** ALUWritePC: BXWritePC in A32, BranchWritePC in T32. */
  aluWritePC(target: W32): void;
}

/** PSRs, exceptions, coprocessor access, hints: what only some tiers compile. */
export interface SystemOps {
  /** Takes an exception of the instruction's own (SVC, SMC, BKPT, UNDEFINED) and ends it. `imm` is the instruction's comment field, where it has one. */
  raise(exception: Exception, imm?: Imm): void;
  /** CPSR as an instruction reads it (MRS): execution state bits read as zero. */
  readCPSR(): W32;
  /** CPSRWriteByInstr: `mask` has a bit for each byte; `exceptionReturn` writes execution state too. Privilege and world rules apply. */
  writeCPSR(value: W32, mask: number): void;
  /** SPSR of the current mode (UNPREDICTABLE in User and System; see docs/unpredictable.md). */
  readSPSR(): W32;
  writeSPSR(value: W32, mask: number): void;
  /** Exception return: CPSR from `psr`, then a branch to `target` with its instruction set; ends the instruction. */
  exceptionReturn(psr: W32, target: W32): void;
  /** CPS: `enable` 1 / disable 0 / keep -1 of the A (4), I (2), F (1) bits in `masks`; `mode` -1 keeps. No effect in User mode. */
  changeState(enable: number, masks: number, mode: number): void;
  setEndian(big: boolean): void;
  /** R13 of another mode (SRS). UNPREDICTABLE modes are refused by `raise('undefined')` before; returns the banked value. */
  readBankedSP(mode: number): W32;
  writeBankedSP(mode: number, value: W32): void;
  /** True in User mode: a shape value (the mode is a part of the block's key). */
  isUser(): boolean;
  isUserOrSystem(): boolean;
  /**
   * MRC/MRRC-class read of CP14 or CP15 (`register` packs coprocessor, opc1, CRn, CRm, opc2: see coprocessorKey). Ends the instruction as UNDEFINED
   * where the CPU says so: then `aborted2` is true.
   */
  readCoprocessor(register: Imm): W32;
  writeCoprocessor(register: Imm, value: W32): void;
  /** Whether the coprocessor access, or another system operation before, ended the instruction. */
  ended(): boolean;
  /** WFI, WFE, SEV, YIELD, DMB, DSB, ISB, PLD ... */
  hint(hint: Hint): void;
  /** Whether the instruction stands in an IT block: a shape value (ITSTATE is a part of the block's key). */
  inIT(): boolean;
  /** IT: sets ITSTATE for the instructions that follow. */
  startIT(itstate: Imm): void;
}

export type Hint = 'nop' | 'yield' | 'wfe' | 'wfi' | 'sev' | 'dbg' | 'dmb' | 'dsb' | 'isb' | 'clrex' | 'pld' | 'pldw' | 'pli';

/** Coprocessor register number for `readCoprocessor`: cp in bits 16-19, opc1 12-15 (for MRRC: 0x8 | opc1 is not used), CRn 8-11, CRm 4-7, opc2 0-2. */
export function coprocessorKey(cp: number, opc1: number, crn: number, crm: number, opc2: number): number {
  return cp << 16 | opc1 << 12 | crn << 8 | crm << 4 | opc2;
}
