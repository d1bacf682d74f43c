/**
 * The threaded tier: guest code as records that call each other's handlers by tail calls, without a compile cost per block.
 *
 * Exactness: a block takes all its instructions from the budget when it is entered, and is not entered where they do not fit: the last ones
 * run one by one in the evaluate tier. What leaves a block early gives back the rest.
 */
import type { Decoder } from '../../isa/decode.ts';
import { changeState, ifThen } from '../../isa/bodies/system.ts';
import type { Instruction } from '../../isa/operation.ts';
import type { Cause } from '../census.ts';
import type { Core } from '../core.ts';
import type { Evaluator } from '../evaluate/evaluator.ts';
import { MODE_USR, NO_RETURN, PAGE_SHIFT, PAGE_SIZE, RETURN_BASE, STATE, TLB_ADDEND, TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_FETCH } from '../layout.ts';
import { type Block, Blocks } from './blocks.ts';
import { type Handler, Handlers } from './handlers.ts';
import { type HotCode } from './hot.ts';
import {
  EXIT_BUDGET, EXIT_EVALUATED, EXIT_EXCEPTION_RETURN, EXIT_HOT, EXIT_JUMP, EXIT_STEP, HANDLER_CONDITION, HANDLER_COUNT, HANDLER_ENTRY, HANDLER_EVALUATE, HANDLER_NEXT,
  RECORD_BYTES, RECORD_CALL, RECORD_FAR, RECORD_FAR_ADDEND, RECORD_HANDLER, RECORD_HOME, RECORD_LINK, RECORD_OPERANDS, RECORD_PC, RECORD_REST, NO_LINK,
} from './record.ts';

/** SCR.NS in a block's context. */
const CONTEXT_NONSECURE = 1 << 2;
const MAX_BLOCK = 64;
/** More than what any code may have behind an instruction before it looks at its budget. */
const LONGEST_REST = 4096;
/** Records a block can need at most: counting, entry, condition and instruction for each, fall through. */
const MAX_RECORDS = MAX_BLOCK * 2 + 5;

export class ThreadedTier {
  readonly #core: Core;
  readonly #evaluator: Evaluator;
  readonly #decoder: Decoder;
  readonly #i32: Int32Array;
  readonly #u16: Uint16Array;
  readonly handlers: Handlers;
  readonly blocks: Blocks;
  #hot: HotCode | undefined;
  /** Blocks by their counting record. */
  readonly #counted = new Map<number, Block>();
  #nextRecord: number;
  readonly #arenaEnd: number;
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
    this.#decoder = evaluator.decoder;
    const { memory } = core;
    this.#i32 = memory.i32;
    this.#u16 = memory.u16;
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
        this.#hot!.displaced(this.#counted.get(record)!);
        return 1;
      },
      probe: (va, info) => core.mmu.probe(va, info),
    });
    this.blocks = new Blocks(memory, core.mmu);
    this.#nextRecord = memory.layout.records;
    this.#arenaEnd = memory.layout.records + memory.layout.recordBytes;
  }

  get handlerCount(): number { return this.handlers.count; }

  /** Lets blocks be counted and compiled by a tier above. */
  useHotCode(hot: HotCode): void {
    this.#hot = hot;
    this.clear();
  }

  /** Room for `count` records, which last until all translated code is dropped; 0 where there is none. */
  allocateRecords(count: number): number {
    const first = this.#nextRecord;
    if (first + count * RECORD_BYTES > this.#arenaEnd) return 0;
    this.#nextRecord += count * RECORD_BYTES;
    return first;
  }

  /** Gives back the records from `end` on of the last allocation. */
  releaseRecords(end: number): void { this.#nextRecord = end; }

  writeRecord(record: number, handler: number, pc: number, rest: number): void { this.#write(record, handler, pc, rest); }

  /** The evaluate handler's host part: one instruction, exactly at its count. Returns 0 where generated code may go on behind it. */
  #evaluate(record: number): number {
    const s = this.#i32;
    const rest = s[(record + RECORD_REST) >> 2]!;
    const cause = s[(record + RECORD_HANDLER) >> 2] === HANDLER_EVALUATE ? 'instruction' : 'given up';
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

  /** The block at R15 in the current context, translated if need be; undefined where the evaluate tier must go first. */
  #lookup(): Block | undefined {
    const s = this.#i32;
    const va = s[STATE.r + 15]!;
    const host = this.codeAt(va);
    if (host < 0) return undefined;
    const it = s[STATE.it]!;
    const context = s[STATE.context]! | it << 8;
    const block = this.blocks.find(host, va, context) ?? this.#translate(host, va, context, it);
    if (this.#hot?.threshold === 0 && block.region === undefined && block.head !== block.record && this.#i32[(block.head + RECORD_BYTES + RECORD_OPERANDS) >> 2] === 0) this.#hot.hot(block);
    return block;
  }

  /** The block at R15 as things stand, translated if need be; undefined where it cannot be fetched. */
  blockHere(): Block | undefined {
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
    let linkFrom = 0;
    while (core.count < end) {
      if (core.attention) {
        if (!core.prepare()) break;
        if (core.attention) {
          // An exception was taken and another one may be due behind the vector's first instruction (B1.9.8).
          linkFrom = 0;
          this.#step('exception');
          continue;
        }
      }
      if (core.contextChanged) {
        s[STATE.context] = this.#context();
        core.contextChanged = false;
        linkFrom = 0;
      }
      const block = this.#lookup();
      if (block === undefined) {
        linkFrom = 0;
        this.#step('fetch');
        continue;
      }
      const context = s[STATE.context]!;
      if (block.context === context) {
        this.blocks.enterJumpCache(block);
        if (linkFrom !== 0) this.#link(linkFrom, block);
      }
      linkFrom = 0;
      const budget = Math.min(end - core.count, 0x7fffffff);
      this.#base = core.count + budget;
      s[STATE.it] = 0;
      s[STATE.exitRecord] = 0;
      s[STATE.returnTop] = RETURN_BASE;
      s[STATE.watched] = core.hooks.exception === undefined ? 0 : core.hooks.calls === 'changed' ? 1 : 3;
      const left = this.handlers.enter(block.head, budget);
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
          linkFrom = s[STATE.exitRecord]!;
          break;
        case EXIT_EVALUATED:
          break;
        case EXIT_STEP:
          this.#step('given up');
          break;
        case EXIT_EXCEPTION_RETURN:
          core.exceptionReturn(s[STATE.exitRecord]!, s[STATE.r + 15]!);
          break;
        case EXIT_HOT: {
          const hot = this.#counted.get(s[STATE.exitRecord]!);
          if (hot !== undefined) this.#hot!.hot(hot);
          break;
        }
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
    const from = s[(record + RECORD_PC) >> 2]!;
    // The fall-through record bears the next block's address, which may lie in the next page.
    const falls = s[(record + RECORD_HANDLER) >> 2] === HANDLER_NEXT;
    const given = s[(record + RECORD_HOME) >> 2]!;
    const home = !falls ? from : given !== 0 ? given - 1 : from - 1;
    const near = ((home ^ block.va) & ~(PAGE_SIZE - 1)) === 0;
    if (!near) {
      s[(record + RECORD_LINK) >> 2] = NO_LINK;
      if (!falls) return;
    }
    // Where hot code begins is counted: at the targets of calls and backward branches, and where another page is entered.
    const counted = !near || (!falls && block.va <= from) || s[(record + RECORD_CALL) >> 2] !== 0 || block.region !== undefined;
    s[(record + (near ? RECORD_LINK : RECORD_FAR)) >> 2] = counted ? block.head : block.record;
    if (!near) s[(record + RECORD_FAR_ADDEND) >> 2] = block.host - block.va;
    block.incoming.push(record);
  }

  #write(record: number, handler: number, pc: number, rest: number): void {
    const s = this.#i32;
    s.fill(0, record >> 2, (record + RECORD_BYTES) >> 2);
    s[(record + RECORD_HANDLER) >> 2] = handler;
    s[(record + RECORD_PC) >> 2] = pc;
    s[(record + RECORD_REST) >> 2] = rest;
  }

  #translate(host: number, va: number, context: number, startIT: number): Block {
    if (this.#nextRecord + MAX_RECORDS * RECORD_BYTES > this.#arenaEnd) {
      this.clear();
    }
    const thumb = (context & 1) !== 0;
    const bigEndian = (context & 2) !== 0;
    let mode = (context >> 3) & 31;
    const head = this.#nextRecord;
    const counts = this.#hot !== undefined && startIT === 0 && !bigEndian;
    const first = counts ? head + 2 * RECORD_BYTES : head;
    const pageEnd = (host & ~(PAGE_SIZE - 1)) + PAGE_SIZE;
    let record = first + RECORD_BYTES;
    let at = host;
    let it = startIT;
    let count = 0;
    let closed = false;
    /** Instruction records, whose counts of what follows are known at the end. */
    const counted: number[] = [];
    while (!closed && count < MAX_BLOCK && at < pageEnd) {
      const pc = (va + at - host) | 0;
      const instruction = this.#decodeAt(at, thumb, pageEnd);
      // One that crosses the page is fetched before its condition is looked at: the evaluate tier does both.
      const condition = instruction === undefined ? 14 : thumb && it !== 0 && instruction.condition !== 15 ? it >> 4 : instruction.condition;
      const length = instruction?.length ?? 4;
      let handler: Handler | undefined;
      let conditional = condition < 14;
      if (instruction !== undefined && !bigEndian) {
        const fused = conditional ? this.handlers.ofConditionalBranch(instruction, it !== 0, condition) : undefined;
        handler = fused ?? this.handlers.of(instruction, it !== 0, mode, (context & CONTEXT_NONSECURE) !== 0);
        if (fused !== undefined) conditional = false;
        // Whether a conditional CPS (in an IT block: UNPREDICTABLE) changes the mode is known only when it runs.
        if (conditional && instruction.operation.name === changeState.name) handler = undefined;
      }
      if (conditional) {
        this.#write(record, HANDLER_CONDITION + condition, pc, it << 16);
        record += RECORD_BYTES;
      }
      this.#write(record, handler?.index ?? HANDLER_EVALUATE, pc, it << 16);
      counted.push(record);
      if (instruction !== undefined && handler !== undefined && handler.index !== HANDLER_EVALUATE) this.#writeOperands(record, instruction);
      record += RECORD_BYTES;
      at += length;
      count++;
      if (handler?.closes === true) closed = true;
      // CPS: what follows is of the new mode, which the handler puts into STATE.context.
      mode = handler?.modeAfter ?? mode;
      if (it !== 0) it = (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
      if (instruction?.operation.name === ifThen.name) it = instruction.x.imm!;
    }
    this.#write(record, HANDLER_NEXT, (va + at - host) | 0, it << 16);
    record += RECORD_BYTES;
    const s = this.#i32;
    counted.forEach((where, i) => { s[(where + RECORD_REST) >> 2]! |= count - 1 - i; });
    this.#write(first, HANDLER_ENTRY, va, startIT << 16);
    s[(first + RECORD_OPERANDS) >> 2] = count;
    this.#nextRecord = record;
    const block: Block = { host, va, context, record: first, head, length: at - host, incoming: [], lost: false, region: undefined, other: undefined };
    if (counts) {
      this.#write(head, HANDLER_ENTRY, va, 0);
      this.#write(head + RECORD_BYTES, HANDLER_COUNT, va, 0);
      s[(head + RECORD_BYTES + RECORD_OPERANDS) >> 2] = this.#hot!.threshold;
      this.#counted.set(head + RECORD_BYTES, block);
    }
    this.blocks.add(block);
    return block;
  }

  /** Decodes from linear memory; undefined for a 32-bit T32 instruction that crosses the page. */
  #decodeAt(at: number, thumb: boolean, pageEnd: number): Instruction | undefined {
    if (!thumb) return this.#decoder.decodeA32(this.#i32[at >> 2]!);
    const first = this.#u16[at >> 1]!;
    if ((first >>> 11) < 0x1d) return this.#decoder.decodeT32(first, 0);
    return at + 2 < pageEnd ? this.#decoder.decodeT32(first, this.#u16[(at + 2) >> 1]!) : undefined;
  }

  #writeOperands(record: number, instruction: Instruction): void {
    const s = this.#i32;
    let slot = 0;
    for (const name in instruction.operation.operands) {
      const value = instruction.x[name]!;
      s[(record + RECORD_OPERANDS + slot * 4) >> 2] = instruction.operation.operands[name] === 'reg' ? value * 4 : value;
      slot++;
    }
  }

  /** Drops all translated code: memory was replaced as a whole. */
  clear(): void {
    this.blocks.clear();
    this.#counted.clear();
    this.#nextRecord = this.#core.memory.layout.records;
  }
}
