/**
 * The evaluate tier: fetch, decode, check the condition, run the body. One instruction at a time, from memory as it is.
 */
import type { Ops } from '../../isa/all-ops.ts';
import type { Decoder } from '../../isa/decode.ts';
import type { Instruction } from '../../isa/operation.ts';
import { BUS_OK, BUS_REFUSED, FETCH, NONSECURE, PRIVILEGED } from '../bus-port.ts';
import type { Census } from '../census.ts';
import type { Core } from '../core.ts';
import { MODE_USR, PAGE_SIZE, STATE, TLB_ADDEND, TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_FETCH } from '../layout.ts';
import { FAULT_EXTERNAL, FAULT_NONE, FAULT_PERMISSION_PAGE, FAULT_PERMISSION_SECTION, FSR_EXT } from '../mmu/faults.ts';
import { MAY_FETCH } from '../mmu/walk.ts';
import { EvaluateOps } from './ops.ts';

export class Evaluator {
  readonly core: Core;
  readonly decoder: Decoder;
  /** Is told each instruction. */
  census: Census | undefined;
  readonly #numbers: EvaluateOps;
  readonly #ops: Ops;
  readonly #i32: Int32Array;
  readonly #u16: Uint16Array;
  #fetched = 0;

  constructor(core: Core, decoder: Decoder) {
    this.core = core;
    this.decoder = decoder;
    this.#numbers = new EvaluateOps(core);
    this.#ops = this.#numbers as unknown as Ops;
    this.#i32 = core.memory.i32;
    this.#u16 = core.memory.u16;
  }

  /** Whether a condition holds for the current flags (A8.3.1 ConditionPassed). */
  conditionHolds(condition: number): boolean {
    const s = this.#i32;
    let holds: boolean;
    switch (condition >> 1) {
      case 0: holds = s[STATE.zf] === 0; break;
      case 1: holds = s[STATE.cf] !== 0; break;
      case 2: holds = s[STATE.nf]! < 0; break;
      case 3: holds = s[STATE.vf]! < 0; break;
      case 4: holds = s[STATE.cf] !== 0 && s[STATE.zf] !== 0; break;
      case 5: holds = (s[STATE.nf]! ^ s[STATE.vf]!) >= 0; break;
      case 6: holds = (s[STATE.nf]! ^ s[STATE.vf]!) >= 0 && s[STATE.zf] !== 0; break;
      default: return true;
    }
    return (condition & 1) !== 0 ? !holds : holds;
  }

  /**
   * The halfword (`size` 2) or word (4) at `va` by the fetch rights in force, in `#fetched`. Where it cannot be fetched the prefetch abort is
   * taken, and false returned.
   */
  #fetch(va: number, size: 2 | 4): boolean {
    const i32 = this.#i32;
    const entry = (i32[STATE.tlb]! + ((va >>> 12) & (TLB_ENTRIES - 1)) * TLB_ENTRY_BYTES) >> 2;
    if (i32[entry + TLB_FETCH] !== (va & ~(PAGE_SIZE - 1))) return this.#fetchMissed(va, size, entry);
    this.#load((va + i32[entry + TLB_ADDEND]!) >>> 0, size);
    return true;
  }

  /** As `#fetch`, where the table's entry is of another page. Apart, so that the usual way is short enough to be inlined. */
  #fetchMissed(va: number, size: 2 | 4, entry: number): boolean {
    const { core } = this;
    const { mmu, bus } = core;
    const i32 = this.#i32;
    const privileged = i32[STATE.mode] !== MODE_USR;
    const allowed = mmu.refill(i32[STATE.tlb]!, va, privileged);
    if (i32[entry + TLB_FETCH] === (va & ~(PAGE_SIZE - 1))) {
      this.#load((va + i32[entry + TLB_ADDEND]!) >>> 0, size);
      return true;
    }
    const { walker } = mmu;
    if (walker.fault !== FAULT_NONE) {
      core.prefetchAbort(va, walker.fault | walker.faultExt);
      return false;
    }
    if ((allowed & MAY_FETCH) === 0) {
      core.prefetchAbort(va, walker.level === 1 ? FAULT_PERMISSION_SECTION : FAULT_PERMISSION_PAGE);
      return false;
    }
    const access = FETCH | (walker.nonsecure ? NONSECURE : 0) | (privileged ? PRIVILEGED : 0);
    const host = bus.page(walker.pa, access);
    if (host >= 0) {
      this.#load(host + (va & (PAGE_SIZE - 1)), size);
      return true;
    }
    const fault = bus.check(walker.pa, size, access);
    if (fault !== BUS_OK) {
      core.prefetchAbort(va, FAULT_EXTERNAL | (fault === BUS_REFUSED ? FSR_EXT : 0));
      return false;
    }
    this.#fetched = bus.read(walker.pa, size, access) | 0;
    return true;
  }

  #load(at: number, size: 2 | 4): void { this.#fetched = size === 4 ? this.#i32[at >> 2]! : this.#u16[at >> 1]!; }

  /** Decodes the instruction at R15, or takes the prefetch abort and returns undefined. */
  #next(pc: number): Instruction | undefined {
    if (this.#i32[STATE.thumb] === 0) return this.#fetch(pc, 4) ? this.decoder.decodeA32(this.#fetched) : undefined;
    if (!this.#fetch(pc, 2)) return undefined;
    const first = this.#fetched;
    if ((first >>> 11) < 0x1d) return this.decoder.decodeT32(first, 0);
    if (!this.#fetch((pc + 2) | 0, 2)) return undefined;
    return this.decoder.decodeT32(first, this.#fetched);
  }

  /** Executes one instruction, or takes the exception that it meets. Counts one either way. */
  step(): void {
    const { core } = this;
    const s = this.#i32;
    core.count++;
    const pc = s[STATE.r + 15]!;
    const instruction = this.#next(pc);
    if (this.census !== undefined) this.census.note(instruction);
    if (instruction === undefined) return;
    const thumb = s[STATE.thumb] !== 0;
    const it = s[STATE.it]!;
    const condition = it !== 0 && thumb && instruction.condition !== 15 ? it >> 4 : instruction.condition;
    const ops = this.#numbers;
    if (condition < 14 && !this.conditionHolds(condition)) {
      s[STATE.r + 15] = (pc + instruction.length) | 0;
      if (it !== 0) ops.advanceIT();
      return;
    }
    ops.begin(pc, instruction.length, thumb);
    instruction.operation.body(this.#ops, instruction.shape, instruction.x as never);
    if (!ops.branched) s[STATE.r + 15] = (pc + instruction.length) | 0;
    if (it === 0 || ops.itWritten) return;
    // A branch that is not the last of its IT block is UNPREDICTABLE: in all tiers the block ends with it.
    if (ops.branched) s[STATE.it] = 0;
    else ops.advanceIT();
  }

  /** Runs up to `limit` instructions; returns early where the CPU waits or a stop is asked for. Returns how many were executed. */
  run(limit: number): number {
    const { core } = this;
    const start = core.count;
    const end = start + limit;
    while (core.count < end) {
      if (core.attention) {
        if (!core.prepare()) break;
      }
      this.step();
    }
    return core.count - start;
  }
}
