/**
 * The threaded tier: guest code as records that call each other's handlers by tail calls, without a compile cost per block.
 *
 * Exactness: a block takes all its instructions from the budget when it is entered, and is not entered where they do not fit: the last ones
 * run one by one in the evaluate tier. What leaves a block early gives back the rest.
 */
import type { Cause } from '../census.ts';
import type { Core } from '../core.ts';
import type { Evaluator } from '../evaluate/evaluator.ts';
import { MODE_USR, NO_RETURN, PAGE_SHIFT, PAGE_SIZE, RETURN_BASE, STATE, TLB_ADDEND, TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_FETCH } from '../layout.ts';
import { Blocks } from './blocks.ts';
import { Handlers } from './handlers.ts';
import { type HotCode } from './hot.ts';
import {
  type Block, blockOfCounter, counterOf, EXIT_BUDGET, EXIT_EVALUATED, EXIT_EXCEPTION_RETURN, EXIT_HOT, EXIT_JUMP, EXIT_STEP, HANDLER_EVALUATE, HANDLER_NEXT, NO_BLOCK, NO_LINK,
  RECORD_BYTES, RECORD_COUNT, RECORD_FAR, RECORD_FAR_ADDEND, RECORD_HANDLER, RECORD_HOME, RECORD_LINK, RECORD_PC, RECORD_REST,
} from './record.ts';
import { Translator } from './translator.ts';

/** More than what any code may have behind an instruction before it looks at its budget. */
const LONGEST_REST = 4096;

export class ThreadedTier {
  readonly #core: Core;
  readonly #evaluator: Evaluator;
  readonly #i32: Int32Array;
  readonly handlers: Handlers;
  readonly blocks: Blocks;
  readonly #translator: Translator;
  #hot: HotCode | undefined;
  /** The record from which a block was left whose link is to be made, or 0. */
  #linkFrom = 0;
  /** Instructions that the evaluate tier executed on this tier's behalf. */
  evaluated = 0;
  /** How often generated code came back, by reason (record.ts: EXIT_*; 0: any other). */
  readonly exits = new Float64Array(8);
  /** Instructions that the last evaluated one was charged besides itself. */
  #extra = 0;
  /** `core.count` when the budget of the current entry was full. */
  #base = 0;

  constructor(core: Core, evaluator: Evaluator) {
    this.#core = core;
    this.#evaluator = evaluator;
    const { memory } = core;
    this.#i32 = memory.i32;
    this.handlers = new Handlers(memory, {
      evaluate: (record) => this.#evaluate(record),
      step: (pc, it, next) => {
        const left = this.evaluateAt(pc, it, 0, next, 'instruction');
        this.#i32[STATE.regionCount] = this.#i32[STATE.regionCount]! - 1 - this.#extra;
        return left;
      },
      elsewhere: (record, page, addend) => {
        const at = this.codeAt(page);
        if (at >= 0 && ((at - page) | 0) === addend) return 0;
        this.#hot!.displaced(blockOfCounter(record));
        return 1;
      },
      probe: (va, info) => core.mmu.probe(va, info),
    });
    this.blocks = new Blocks(memory, core.mmu);
    this.#translator = new Translator(memory, evaluator.decoder, this.handlers, this.blocks);
  }

  get handlerCount(): number { return this.handlers.count; }

  /** Lets blocks be counted and compiled by a tier above. */
  useHotCode(hot: HotCode): void {
    this.#hot = hot;
    this.#translator.threshold = hot.threshold;
    this.blocks.counts = true;
    // A forced tier executes all that it can from the first time on.
    this.handlers.waits = hot.threshold > 0;
    this.clear();
  }

  /** Room for `count` records, which last until all translated code is dropped; 0 where there is none. */
  allocateRecords(count: number): number { return this.#translator.allocate(count); }

  /** Gives back the records from `end` on of the last allocation. */
  releaseRecords(end: number): void { this.#translator.release(end); }

  writeRecord(record: number, handler: number, pc: number, rest: number): void { this.#translator.write(record, handler, pc, rest); }

  /** The evaluate handler's host part: one instruction, exactly at its count. Returns 0 where generated code may go on behind it. */
  #evaluate(record: number): number {
    const s = this.#i32;
    const rest = s[(record + RECORD_REST) >> 2]!;
    const cause = s[(record + RECORD_HANDLER) >> 2] === HANDLER_EVALUATE ? 'instruction' : 'given up';
    if (cause === 'given up') this.handlers.missed();
    return this.evaluateAt(s[(record + RECORD_PC) >> 2]!, rest >>> 16, rest & 0xffff, s[(record + RECORD_BYTES + RECORD_PC) >> 2]!, cause);
  }

  /**
   * Executes the instruction at `pc` with ITSTATE `it`, paid for as are `rest` instructions behind it (STATE.budget is what is left). Returns 0 where
   * generated code may go on at `next`; otherwise STATE.budget has the rest back.
   */
  evaluateAt(pc: number, it: number, rest: number, next: number, cause: Cause): number {
    const core = this.#core;
    const s = this.#i32;
    core.count = this.#base - (s[STATE.budget]! + rest + 1);
    s[STATE.r + 15] = pc;
    s[STATE.it] = it;
    core.contextChanged = false;
    core.mmu.dropped = false;
    const before = core.count;
    this.#step(s[STATE.bigEndian] !== 0 ? 'big-endian' : cause);
    // A gate takes more than one instruction: what the block did not pay for is taken from the budget.
    const extra = core.count - before - 1;
    this.#extra = extra;
    if (extra !== 0) {
      s[STATE.budget] = s[STATE.budget]! - extra;
      if (s[STATE.budget]! < LONGEST_REST) core.contextChanged = true;
    }
    // A branch within an IT block ends it, even one to the next instruction, for which the code behind has the block's conditions.
    const ended = (it & 7) !== 0 && s[STATE.it] === 0;
    if (!core.attention && !core.contextChanged && !core.mmu.dropped && s[STATE.r + 15] === next && !ended) {
      s[STATE.it] = 0;
      return 0;
    }
    s[STATE.budget] = s[STATE.budget]! + rest;
    s[STATE.exitReason] = EXIT_EVALUATED;
    return 1;
  }

  /** One instruction in the evaluate tier. */
  #step(cause: Cause): void {
    this.evaluated++;
    const { census } = this.#evaluator;
    if (census !== undefined) census.because(cause);
    this.#evaluator.step();
  }

  #context(): number {
    const s = this.#i32;
    return s[STATE.thumb]! | s[STATE.bigEndian]! << 1 | (s[STATE.SCR]! & 1) << 2 | s[STATE.mode]! << 3;
  }

  /** Linear-memory offset of the code at `va`, or -1 where the evaluate tier must fetch it. */
  codeAt(va: number): number {
    const s = this.#i32;
    const table = s[STATE.tlb]!;
    const entry = (table + ((va >>> PAGE_SHIFT) & (TLB_ENTRIES - 1)) * TLB_ENTRY_BYTES) >> 2;
    const page = va & ~(PAGE_SIZE - 1);
    if (s[entry + TLB_FETCH] !== page) {
      this.#core.mmu.refill(table, va, s[STATE.mode] !== MODE_USR);
      if (s[entry + TLB_FETCH] !== page) return -1;
    }
    return (va + s[entry + TLB_ADDEND]!) >>> 0;
  }

  /** The block at R15 in the current context, translated if need be; NO_BLOCK where the evaluate tier must go first. */
  #lookup(): Block {
    const s = this.#i32;
    const va = s[STATE.r + 15]!;
    const host = this.codeAt(va);
    if (host < 0) return NO_BLOCK;
    const context = s[STATE.context]! | s[STATE.it]! << 8;
    let block = this.blocks.find(host, va, context);
    if (block === NO_BLOCK) {
      if (!this.#translator.hasRoom) this.clear();
      block = this.#translator.translate(host, va, context);
    }
    if (this.#hot?.threshold === 0 && this.blocks.isCounted(block) && s[(counterOf(block) + RECORD_COUNT) >> 2] === 0) this.#hot.hot(block);
    return block;
  }

  /** The block at R15 as things stand, translated if need be; NO_BLOCK where it cannot be fetched. */
  blockHere(): Block {
    this.#i32[STATE.context] = this.#context();
    return this.#lookup();
  }

  /** Runs up to `limit` instructions; returns early where the CPU waits or a stop is asked for. Returns how many were executed. */
  run(limit: number): number {
    const core = this.#core;
    const s = this.#i32;
    const start = core.count;
    const end = start + limit;
    core.contextChanged = true;
    s[STATE.returnStack] = NO_RETURN;
    this.#linkFrom = 0;
    while (core.count < end) {
      if (core.attention) {
        if (!core.prepare()) break;
        if (core.attention) {
          // An exception was taken and another one may be due behind the vector's first instruction (B1.9.8).
          this.#linkFrom = 0;
          this.#step('exception');
          continue;
        }
      }
      if (core.contextChanged) {
        s[STATE.context] = this.#context();
        core.contextChanged = false;
        this.#linkFrom = 0;
      }
      const block = this.#lookup();
      if (block === NO_BLOCK) {
        this.#linkFrom = 0;
        this.#step('fetch');
        continue;
      }
      const context = s[STATE.context]!;
      if (this.blocks.context(block) === context) {
        this.blocks.enterJumpCache(block);
        if (this.#linkFrom !== 0) this.#link(this.#linkFrom, block);
      }
      this.#linkFrom = 0;
      const budget = Math.min(end - core.count, 0x7fffffff);
      this.#base = core.count + budget;
      s[STATE.it] = 0;
      s[STATE.exitRecord] = 0;
      s[STATE.returnTop] = RETURN_BASE;
      s[STATE.watched] = core.hooks.exception === undefined ? 0 : core.hooks.calls === 'changed' ? 1 : 3;
      const left = this.handlers.enter(block, budget);
      core.count = this.#base - left;
      this.exits[s[STATE.exitReason]!]!++;
      switch (s[STATE.exitReason]) {
        case EXIT_BUDGET: {
          // The rest of the budget is shorter than the next block.
          const stop = this.#base;
          while (core.count < stop && !core.contextChanged) {
            if (core.attention && !core.prepare()) return core.count - start;
            this.#step('budget');
          }
          break;
        }
        case EXIT_JUMP:
          this.#linkFrom = s[STATE.exitRecord]!;
          break;
        case EXIT_EVALUATED:
          break;
        case EXIT_STEP:
          this.#step('given up');
          break;
        case EXIT_EXCEPTION_RETURN:
          core.exceptionReturn(s[STATE.exitRecord]!, s[STATE.r + 15]!);
          break;
        case EXIT_HOT:
          this.#hot!.hot(blockOfCounter(s[STATE.exitRecord]!));
          break;
        default:
          core.contextChanged = true;
      }
    }
    return core.count - start;
  }

  /**
   * Links a direct branch to its target where both lie in one virtual page: then no translation can come between them. The way to another page is kept with
   * the translation that it depends on.
   */
  #link(record: number, block: Block): void {
    const s = this.#i32;
    const { blocks } = this;
    const va = blocks.va(block);
    const from = s[(record + RECORD_PC) >> 2]!;
    // The fall-through record bears the next block's address, which may lie in the next page.
    const falls = s[(record + RECORD_HANDLER) >> 2] === HANDLER_NEXT;
    const given = falls ? s[(record + RECORD_HOME) >> 2]! : 0;
    const home = !falls ? from : given !== 0 ? given - 1 : from - 1;
    const near = ((home ^ va) & ~(PAGE_SIZE - 1)) === 0;
    if (!near) {
      s[(record + RECORD_LINK) >> 2] = NO_LINK;
      if (!falls) return;
    }
    // Where hot code begins is counted: at the targets of backward branches, where a region's path ends, and where another page is entered.
    const counted = !near || (!falls && va <= from) || given !== 0 || blocks.hasRegion(block);
    s[(record + (near ? RECORD_LINK : RECORD_FAR)) >> 2] = counted || !blocks.isCounted(block) ? block : counterOf(block);
    if (!near) s[(record + RECORD_FAR_ADDEND) >> 2] = blocks.host(block) - va;
    blocks.linked(record, block);
  }

  /** Drops all translated code: memory was replaced as a whole, or the records are full. */
  clear(): void {
    this.blocks.clear();
    this.#translator.clear();
    this.#hot?.cleared();
    this.#linkFrom = 0;
  }
}
