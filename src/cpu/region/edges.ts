/**
 * Where a region's function meets the rest of the machine: how it is entered and left, how it calls, and what moves between its locals and the CPU state then.
 * All exits of the code inside come to one place, by a way that stores what is dirty there (sync.ts).
 */
import { type FunctionBuilder, I32, OP } from '../../wasm/index.ts';
import { RETURN_BYTES, RETURN_LIMIT, STATE, TLB_ADDEND, TLB_FETCH } from '../layout.ts';
import { pushWaits } from '../threaded/fixed-handlers.ts';
import { EXIT_RETURN, EXIT_STEP } from '../threaded/record.ts';
import { ELSEWHERE, GO, JUMP, NEXT } from '../threaded/services.ts';
import { contextWord } from '../threaded/system-context.ts';
import type { Node } from '../threaded/wasm-ops.ts';
import type { BasicBlock, CodePage } from './discover.ts';
import { BUDGET, LEAVE_EXCHANGE, LEAVE_JUMP, LEAVE_NEXT, LEAVE_STEP, LEAVE_SYSTEM, RECORD, type RegionShape, type Where } from './region-control.ts';
import type { RegionOps } from './region-ops.ts';
import { FLAGS } from './sync.ts';

/** A record that leads there, or an address. */
export type CallTarget = { readonly record: number } | { readonly address: Node; readonly set: Where };

export interface EdgesOptions {
  /** Whether instructions executed in regions are counted. */
  readonly counts: boolean;
  /** Whether there are VFP or Advanced SIMD instructions. */
  readonly vector: boolean;
}

const at = (word: number): number => word * 4;

export class Edges {
  readonly #ops: RegionOps;
  readonly #f: FunctionBuilder;
  readonly #thumb: boolean;
  readonly #options: EdgesOptions;
  /** Label of the exit for each mask of what is dirty, and the mask in force. */
  readonly #exitDepths = new Map<number, number>();
  #dirty = 0;
  /** Labels of the place where all exits come to, and of the way there by which flags are stored. */
  #exitAll = 0;
  #exitFlags = 0;
  /** STATE.returnTop before a call. */
  readonly #savedTop: number;
  /** Budgets at the entry and behind calls, less those before calls. */
  readonly #counted: number;

  constructor(f: FunctionBuilder, ops: RegionOps, { thumb }: RegionShape, options: EdgesOptions) {
    this.#ops = ops;
    this.#f = f;
    this.#thumb = thumb;
    this.#options = options;
    this.#savedTop = this.#f.local();
    this.#counted = this.#f.local();
  }

  // ---- the entry

  /**
   * `plain`: the record of its entry's first instruction in the threaded tier, which goes on where the budget is shorter than `cost`, or one of `pages` is elsewhere;
   * `paid`: what the entry took from the budget.
   */
  enter(plain: number, paid: number, cost: number, pages: readonly CodePage[]): void {
    const f = this.#f;
    f.get(BUDGET).i32(cost - paid).op(OP.i32_lt_s);
    for (const page of pages) {
      this.#pushElsewhere(page);
      f.op(OP.i32_or);
    }
    f.expect(false).if();
    f.i32(plain).get(BUDGET).returnCall(GO);
    f.end();
    f.get(BUDGET).i32(paid).op(OP.i32_add).set(BUDGET);
    this.#count(OP.i32_add);
  }

  /** Pushes whether a page is not where it was when the code was made. What changes that later unwinds the calls of generated code. */
  #pushElsewhere({ page, addend }: CodePage): void {
    const f = this.#f;
    const { argument } = this.#ops;
    f.i32(0).load(at(STATE.tlb)).i32((page >>> 8) & 0xfff0).op(OP.i32_add).tee(argument);
    f.load(at(TLB_FETCH)).i32(page).op(OP.i32_ne);
    f.get(argument).load(at(TLB_ADDEND)).i32(addend | 0).op(OP.i32_ne).op(OP.i32_or).expect(false).if(I32);
    f.get(RECORD).i32(page).i32(addend | 0).call(ELSEWHERE);
    f.else().i32(0).end();
  }

  // ---- locals and the state in memory

  /** Makes what `#counted` was reckoned from greater or less by the budget: at the entry, and around calls, which count for themselves. */
  #count(opcode: number): void {
    if (this.#options.counts) this.#f.get(this.#counted).get(BUDGET).op(opcode).set(this.#counted);
  }

  /** At the end: adds the instructions that this function executed to the count of those in regions. */
  #countAll(called = false): void {
    const f = this.#f;
    if (!this.#options.counts) return;
    f.i32(0).i32(0).load(at(STATE.regionCount)).get(this.#counted).op(OP.i32_add);
    if (!called) f.get(BUDGET).op(OP.i32_sub);
    f.store(at(STATE.regionCount));
  }

  /** Loads registers from memory, and the flags where `eager`; otherwise these are where they are until something looks at them, if anything does. */
  reload(mask: number, eager: boolean): void {
    const f = this.#f;
    const ops = this.#ops;
    for (let r = 0; r < 15; r++) if ((mask >> r & 1) !== 0) f.i32(0).load(at(STATE.r + r)).set(ops.registerLocal(r));
    if ((mask & FLAGS) !== 0 && !eager) {
      ops.flagLocals.leaveFlagsInMemory();
    } else if ((mask & FLAGS) !== 0) {
      ops.flagLocals.loadFlags();
    }
    ops.forgetRegisters();
    if (this.#options.vector) ops.readRefusals();
    ops.vectorChecks = 0;
    ops.flags = (mask & FLAGS) !== 0 && !eager ? ops.inLocals(false, false) : ops.valuesInLocals();
  }

  /** Stores what is dirty. The flags must be in their locals, whichever way: N and Z may be left to their kind as C and V are. */
  spill(): void {
    this.#spillRegisters(this.#dirty);
    if ((this.#dirty & FLAGS) !== 0) this.#ops.flagLocals.storeFlags();
  }

  #spillRegisters(mask: number): void {
    for (let r = 0; r < 15; r++) if ((mask >> r & 1) !== 0) this.#f.i32(0).get(this.#ops.registerLocal(r)).store(at(STATE.r + r));
  }

  // ---- exits

  /** Emits the code inside by `body`, with an exit around it for each mask of what may be dirty. */
  surround(masks: readonly number[], body: () => void): void {
    const f = this.#f;
    f.block();
    this.#exitAll = f.depth;
    f.block();
    this.#exitFlags = f.depth;
    for (let i = masks.length - 1; i >= 0; i--) {
      f.block();
      this.#exitDepths.set(masks[i]!, f.depth);
    }
    body();
    f.op(OP.unreachable);
    for (const mask of masks) {
      f.end();
      this.#spillRegisters(mask);
      f.br(f.depth - ((mask & FLAGS) !== 0 ? this.#exitFlags : this.#exitAll));
    }
    f.end();
    this.#ops.flagLocals.storeFlags();
    f.end();
    this.#exit();
  }

  /** Exits emitted from now on store these. */
  use(dirty: number): void {
    this.#ops.exitDepth = this.#exitDepths.get(dirty) ?? -1;
    this.#ops.flagsDirty = (dirty & FLAGS) !== 0;
    this.#dirty = dirty;
  }

  /** Code: back to the caller, with all in memory. `called`: behind a call, which came back otherwise than by a return. */
  returnWithAll(called = false): void {
    this.#countAll(called);
    this.#f.get(BUDGET).op(OP.return);
  }

  /** Where all exits come to. */
  #exit(): void {
    const f = this.#f;
    const { argument, kind } = this.#ops;
    this.#countAll();
    f.get(kind).i32(LEAVE_JUMP).op(OP.i32_eq).if();
    pushWaits(f, () => {
      f.get(argument);
      if (this.#thumb) f.i32(1).op(OP.i32_or);
    });
    f.if();
    f.i32(0).i32(EXIT_RETURN).store(at(STATE.exitReason));
    f.get(BUDGET).op(OP.return);
    f.end();
    f.i32(0).i32(0).store(at(STATE.exitRecord));
    f.get(argument).get(BUDGET).returnCall(JUMP);
    f.end();
    f.get(kind).i32(LEAVE_NEXT).op(OP.i32_eq).if();
    f.get(argument).get(BUDGET).returnCall(NEXT);
    f.end();
    f.get(kind).i32(LEAVE_STEP).op(OP.i32_eq).if();
    f.i32(0).get(argument).store(at(STATE.r + 15));
    f.i32(0).i32(EXIT_STEP).store(at(STATE.exitReason));
    f.get(BUDGET).op(OP.return);
    f.end();
    f.i32(0).i32(0).store(at(STATE.exitRecord));
    f.get(kind).i32(LEAVE_EXCHANGE).op(OP.i32_eq).if();
    this.#exchange();
    f.end();
    f.get(argument).get(BUDGET).returnCall(JUMP);
  }

  /** To the other instruction set, which is a part of the context. */
  #exchange(): void {
    this.#f.i32(0).i32(this.#thumb ? 0 : 1).store(at(STATE.thumb));
    this.#f.i32(0).i32(0).load(at(STATE.context)).i32(1).op(OP.i32_xor).store(at(STATE.context));
  }

  /** Code: to the exit, which goes on with a record. */
  leaveNext(record: number): void {
    this.#ops.materialiseForExit();
    this.#ops.exit(LEAVE_NEXT, record, 0);
  }

  /** Code: to the exit with a computed target. */
  leaveTo(target: Node, set: Where): void {
    this.#ops.materialiseForExit();
    this.#leaveTo(target, set);
  }

  /** The same with the flags in their locals. */
  #leaveTo(target: Node, set: Where): void {
    const f = this.#f;
    const ops = this.#ops;
    const go = (kind: number, mask: number): void => {
      ops.push(target);
      f.i32(mask).op(OP.i32_and).set(ops.argument);
      f.i32(kind).set(ops.kind);
      f.br(f.depth - ops.exitDepth);
    };
    if (set === 'exchange') return go(LEAVE_EXCHANGE, -1);
    if (set === 'system') return go(LEAVE_SYSTEM, -1);
    if (set === 'either') {
      ops.push(target);
      f.i32(1).op(OP.i32_and);
      if (this.#thumb) f.op(OP.i32_eqz);
      f.if();
      go(LEAVE_EXCHANGE, this.#thumb ? ~3 : ~1);
      f.end();
    }
    go(LEAVE_JUMP, this.#thumb ? ~1 : ~3);
  }

  // ---- calls

  /** Calls; where the callee comes back to `next`, the code goes on with `wanted` read anew, of it the flags at once where `wantsFlags`. */
  call(target: CallTarget, { next, after }: BasicBlock, wanted: number, wantsFlags: boolean): void {
    const f = this.#f;
    const ops = this.#ops;
    ops.materialiseForExit();
    f.i32(0).load(at(STATE.returnTop)).tee(this.#savedTop).i32(RETURN_LIMIT).op(OP.i32_ge_u).expect(false).if();
    ops.aside(() => {
      if ('record' in target) ops.exit(LEAVE_NEXT, target.record, 0);
      else this.#leaveTo(target.address, target.set);
    });
    f.end();
    this.spill();
    this.#count(OP.i32_sub);
    f.get(this.#savedTop).i32(next | (this.#thumb ? 1 : 0)).store(RETURN_BYTES);
    f.get(this.#savedTop).i32(0).load(at(STATE.tlb)).i32(contextWord(after.mode, after.nonsecure, this.#thumb)).op(OP.i32_or).store(RETURN_BYTES + 4);
    f.i32(0).get(this.#savedTop).i32(RETURN_BYTES).op(OP.i32_add).store(at(STATE.returnTop));
    if ('record' in target) f.i32(target.record).get(BUDGET).call(NEXT);
    else this.#callComputed(target.address, target.set);
    f.set(BUDGET);
    f.i32(0).load(at(STATE.exitReason)).i32(EXIT_RETURN).op(OP.i32_ne).expect(false).if();
    this.returnWithAll(true);
    f.end();
    f.i32(0).get(this.#savedTop).store(at(STATE.returnTop));
    this.#count(OP.i32_add);
    this.reload(wanted, wantsFlags);
  }

  #callComputed(address: Node, set: Where): void {
    const f = this.#f;
    const ops = this.#ops;
    f.i32(0).i32(0).store(at(STATE.exitRecord));
    if (set === 'exchange') {
      this.#exchange();
      ops.push(address);
    } else if (set === 'same') {
      ops.push(address);
    } else {
      ops.push(address);
      f.i32(1).op(OP.i32_and);
      if (this.#thumb) f.op(OP.i32_eqz);
      f.if();
      this.#exchange();
      ops.push(address);
      f.i32(this.#thumb ? ~3 : ~1).op(OP.i32_and).set(ops.argument);
      f.else();
      ops.push(address);
      f.i32(this.#thumb ? ~1 : ~3).op(OP.i32_and).set(ops.argument);
      f.end();
      f.get(ops.argument);
    }
    f.get(BUDGET).call(JUMP);
  }
}
