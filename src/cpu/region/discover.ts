/**
 * Which code becomes a region: what is reached from an entry by direct branches, within its page and the neighbours of that, as basic blocks. Calls come back;
 * computed branches, what lies outside, and what was never executed leave. Small functions that are called become a part of the region, anew for each call.
 */
import { raise } from '../../isa/bodies/system.ts';
import type { Decoder } from '../../isa/decode.ts';
import { itBehind } from '../../isa/it-state.ts';
import type { Instruction } from '../../isa/operation.ts';
import { BANK_USER, bankOf, MODE_FIQ, PAGE_SIZE } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import { contextWord, type SystemContext } from '../threaded/system-context.ts';
import type { Facts, FactsTable } from './facts.ts';
import type { RegionShape } from './region-control.ts';
import { FLAGS } from './sync.ts';

export interface Step {
  readonly va: number;
  readonly instruction: Instruction;
  readonly facts: Facts;
  /** 14 where it is always executed. */
  readonly condition: number;
  /** ITSTATE of it. */
  readonly it: number;
  /** Its mode and world. */
  readonly context: SystemContext;
  /** Masks of registers, and FLAGS, whose values it needs and writes. */
  readonly reads: number;
  readonly writes: number;
}

/** How a block ends. */
export type End =
  /** Goes on with `next`. */
  | 'fall'
  /** The last step is a direct branch; `next` where its condition fails. */
  | 'branch'
  /** The last step is a computed branch, `next` where its condition fails. */
  | 'indirect'
  /** The same, in a function that is a part of the region: it nearly always goes on with `target`, behind the call. */
  | 'return'
  /** The last step is a call, direct or computed; `next` is behind it. */
  | 'call';

/** A call of a function that is a part of the region; the region's own code has a frame, too. */
export interface Frame {
  readonly number: number;
  /** Address of the function. */
  readonly entry: number;
  /** The caller's frame, and where the call comes back to. */
  readonly caller: Frame | undefined;
  readonly next: number;
}

/** Names the code at an address in a frame. */
export const placeOf = (va: number, { number }: Frame): number => number * 2 ** 32 + (va >>> 0);

export interface BasicBlock {
  readonly va: number;
  readonly frame: Frame;
  readonly steps: readonly Step[];
  readonly end: End;
  /** Address of a direct branch's or call's target, or of what a return comes back to, and its frame. */
  readonly target: number;
  readonly targetFrame: Frame;
  /** Address behind the block, and ITSTATE there. */
  readonly next: number;
  readonly nextIT: number;
  /** Mode and world behind it. */
  readonly after: SystemContext;
  /** Whether control may come to `next`. */
  readonly falls: boolean;
}

/** A page that code may be followed into: its virtual address, and linear-memory offset minus virtual address there. */
export interface CodePage { readonly page: number; readonly addend: number }

export interface Discovered {
  /** By address, the entry first. None crosses a page. */
  readonly blocks: readonly BasicBlock[];
  /** The pages that they lie in, the entry's first. */
  readonly pages: readonly CodePage[];
  /** Mask of the registers that are read or written. */
  readonly used: number;
  readonly instructions: number;
}

const MAX_STEPS = 200;
/** Instructions of a function that becomes a part of its callers' regions, and how many such calls may be open at once: of itself, too. */
const SMALL_FUNCTION = 24;
const MOST_CALLERS = 3;
/** R0-R14. */
const REGISTERS_MASK = 0x7fff;

export class Discoverer {
  readonly #memory: LinearMemory;
  readonly #decoder: Decoder;
  readonly #facts: FactsTable;
  readonly #executed: (host: number, va: number, context: number) => boolean;

  /** `executed`: whether it is worth while to follow a branch to code, given its offset, address and context. */
  constructor(memory: LinearMemory, decoder: Decoder, facts: FactsTable, executed: (host: number, va: number, context: number) => boolean) {
    this.#memory = memory;
    this.#decoder = decoder;
    this.#facts = facts;
    this.#executed = executed;
  }

  /** `pages`: the entry's, then those that the region may go on into. */
  discover(entry: number, pages: readonly CodePage[], shape: RegionShape): Discovered {
    const found = this.#follow(entry, pages, shape);
    // What translates changes on the way: the code behind is looked up for one page only (RegionOps.leaveUnlessMapped).
    return found.pages.length > 1 && found.blocks.some(({ steps }) => steps.some(({ facts }) => facts.translation)) ? this.#follow(entry, pages.slice(0, 1), shape) : found;
  }

  #follow(entry: number, pages: readonly CodePage[], shape: RegionShape): Discovered {
    const { thumb, context } = shape;
    const root: Frame = { number: 0, entry, caller: undefined, next: 0 };
    const steps = new Map<number, Step>();
    const leaders = new Map<number, Frame>([[placeOf(entry, root), root]]);
    /** Frames of calls, by the place of the call. */
    const called = new Map<number, Frame>();
    const pending = [{ va: entry, frame: root, context }];
    const small = new Map<number, boolean>();
    let used = 0;
    const inside = (va: number): boolean => pageOf(pages, va) !== undefined;
    const wasExecuted = (va: number, { mode, nonsecure }: SystemContext): boolean => {
      const page = pageOf(pages, va);
      return page !== undefined && this.#executed((va + page.addend) >>> 0, va, contextWord(mode, nonsecure, thumb));
    };
    const follow = (va: number, frame: Frame, context: SystemContext): void => {
      if (leaders.has(placeOf(va, frame)) || !wasExecuted(va, context)) return;
      leaders.set(placeOf(va, frame), frame);
      pending.push({ va, frame, context });
    };
    const becomesPart = (target: number, frame: Frame, context: SystemContext): boolean => {
      let callers = 0;
      for (let each: Frame | undefined = frame; each !== undefined; each = each.caller) callers++;
      if (callers > MOST_CALLERS) return false;
      let is = small.get(target);
      if (is === undefined) small.set(target, is = wasExecuted(target, context) && this.#isSmall(target, pages, thumb, context, wasExecuted));
      return is;
    };
    while (pending.length > 0) {
      const { frame, ...from } = pending.pop()!;
      let { va, context } = from;
      let it = 0;
      while (inside(va) && steps.size < MAX_STEPS) {
        const place = placeOf(va, frame);
        const known = steps.get(place);
        if (known !== undefined) {
          // Code that is reached both inside and outside an IT block, or in two modes, is not followed: the path that comes second leaves.
          if (known.it === it && sameContext(known.context, context)) leaders.set(place, frame);
          break;
        }
        const step = this.#step(va, it, pages, thumb, context);
        if (step === undefined) break;
        const { instruction, facts, condition } = step;
        steps.set(place, step);
        used |= step.reads | step.writes;
        const next = (va + instruction.length) | 0;
        it = itBehind(instruction, it);
        if (facts.end !== 'none') {
          const target = targetOf(step, thumb);
          if (facts.end === 'direct' && facts.linked && condition >= 14 && becomesPart(target, frame, context)) {
            const callee: Frame = { number: called.size + 1, entry: target, caller: frame, next };
            called.set(place, callee);
            follow(target, callee, context);
            break;
          }
          if (isReturn(step) && frame.caller !== undefined) follow(frame.next, frame.caller, context);
          for (const to of successors(step, it, thumb)) follow(to, frame, context);
          break;
        }
        if (neverGoesOn(step)) break;
        if ((next & (PAGE_SIZE - 1)) === 0) {
          if (it !== 0) break;
          leaders.set(placeOf(next, frame), frame);
        }
        va = next;
        context = facts.contextAfter ?? context;
      }
    }
    const blocks = this.#blocks(placeOf(entry, root), steps, leaders, called, thumb);
    return { blocks, pages: pages.filter(({ page }, i) => i === 0 || blocks.some(({ va }) => (va & ~(PAGE_SIZE - 1)) === page)), used, instructions: steps.size };
  }

  /** The step at `va`, which lies in one of the pages; undefined where none can be made. */
  #step(va: number, it: number, pages: readonly CodePage[], thumb: boolean, context: SystemContext): Step | undefined {
    const instruction = this.#decode(va, pageOf(pages, va)!.addend, thumb);
    if (instruction === undefined) return undefined;
    const facts = this.#facts.of(instruction, it !== 0, thumb, context);
    const condition = thumb && it !== 0 && instruction.condition !== 15 ? it >> 4 : instruction.condition;
    if (facts.end === 'directIf' && condition < 14) return undefined; // UNPREDICTABLE: CBZ in an IT block
    if (facts.contextAfter !== undefined && condition < 14) return undefined; // what follows could be of two contexts
    return { va, instruction, facts, condition, it, context, ...effects(instruction, facts, condition, context.mode) };
  }

  /** Whether a function is short, as far as it was executed, and goes back to its caller. */
  #isSmall(entry: number, pages: readonly CodePage[], thumb: boolean, context: SystemContext, wasExecuted: (va: number, context: SystemContext) => boolean): boolean {
    const seen = new Set<number>();
    const pending = [entry];
    let returns = false;
    while (pending.length > 0) {
      let va = pending.pop()!;
      let it = 0;
      while (!seen.has(va)) {
        const step = pageOf(pages, va) === undefined ? undefined : this.#step(va, it, pages, thumb, context);
        if (step === undefined || seen.size >= SMALL_FUNCTION) return false;
        const { facts, instruction } = step;
        if (!facts.supported || facts.contextAfter !== undefined || facts.translation || facts.end === 'system' || neverGoesOn(step)) return false;
        seen.add(va);
        returns ||= isReturn(step);
        it = itBehind(instruction, it);
        if (facts.end !== 'none') {
          for (const to of successors(step, it, thumb)) if (wasExecuted(to, context)) pending.push(to);
          break;
        }
        va = (va + instruction.length) | 0;
      }
    }
    return returns;
  }

  #blocks(entry: number, steps: ReadonlyMap<number, Step>, leaders: ReadonlyMap<number, Frame>, called: ReadonlyMap<number, Frame>, thumb: boolean): BasicBlock[] {
    const blocks: BasicBlock[] = [];
    for (const [leader, frame] of leaders) {
      let step = steps.get(leader);
      if (step === undefined || step.it !== 0) continue;
      const { va } = step;
      const list: Step[] = [];
      for (;;) {
        list.push(step);
        const { instruction, facts }: Step = step;
        const after = facts.contextAfter ?? step.context;
        const next = (step.va + instruction.length) | 0;
        const nextIT = itBehind(instruction, step.it);
        const common = { va, frame, steps: list, next, nextIT, after };
        if (facts.end !== 'none') {
          const callee = called.get(placeOf(step.va, frame));
          if (callee !== undefined) blocks.push({ ...common, end: 'branch', target: callee.entry, targetFrame: callee, falls: false });
          else if (isReturn(step) && frame.caller !== undefined) blocks.push({ ...common, end: 'return', target: frame.next, targetFrame: frame.caller, falls: fallsThrough(step) });
          else {
            const end = facts.linked ? 'call' : facts.end === 'indirect' || facts.end === 'exchange' || facts.end === 'system' ? 'indirect' : 'branch';
            blocks.push({ ...common, end, target: targetOf(step, thumb), targetFrame: frame, falls: fallsThrough(step) });
          }
          break;
        }
        const following = steps.get(placeOf(next, frame));
        if (following === undefined || following.it !== nextIT || !sameContext(following.context, after) || (leaders.has(placeOf(next, frame)) && nextIT === 0)) {
          blocks.push({ ...common, end: 'fall', target: 0, targetFrame: frame, falls: true });
          break;
        }
        step = following;
      }
    }
    const first = blocks.findIndex(({ va, frame }) => placeOf(va, frame) === entry);
    if (first > 0) [blocks[0], blocks[first]] = [blocks[first]!, blocks[0]!];
    return blocks;
  }

  /** Undefined for a 32-bit T32 instruction that crosses the page. */
  #decode(va: number, addend: number, thumb: boolean): Instruction | undefined {
    const at = (va + addend) >>> 0;
    if (!thumb) return this.#decoder.decodeA32(this.#memory.i32[at >> 2]!);
    const first = this.#memory.u16[at >> 1]!;
    if ((first >>> 11) < 0x1d) return this.#decoder.decodeT32(first, 0);
    return ((va + 2) & (PAGE_SIZE - 1)) !== 0 ? this.#decoder.decodeT32(first, this.#memory.u16[(at + 2) >> 1]!) : undefined;
  }
}

/** The page among these that an address lies in. */
export function pageOf(pages: readonly CodePage[], va: number): CodePage | undefined {
  const page = va & ~(PAGE_SIZE - 1);
  for (const each of pages) if (each.page === page) return each;
  return undefined;
}

export function sameContext(a: SystemContext, b: SystemContext): boolean { return a.mode === b.mode && a.nonsecure === b.nonsecure; }

/** Of a list of User mode's registers, those that are the current mode's too. */
function shared(list: number, mode: number): number {
  return bankOf(mode) === BANK_USER ? list : list & (mode === MODE_FIQ ? 0xff : 0x1fff);
}

function effects({ operation, x }: Instruction, facts: Facts, condition: number, mode: number): { reads: number; writes: number } {
  if (!facts.supported) return { reads: 0, writes: 0 };
  let reads = facts.fixedRead;
  let writes = facts.fixedWritten | (facts.linked ? 1 << 14 : 0);
  let i = 0;
  for (const name in operation.operands) {
    const value = x[name]!;
    if (operation.operands[name] === 'list') {
      const list = facts.listIsUser ? shared(value, mode) : value;
      if (facts.listRead) reads |= list;
      if (facts.listWritten) writes |= list;
    } else {
      if ((facts.reads >> i & 1) !== 0) reads |= 1 << value;
      if ((facts.writes >> i & 1) !== 0) writes |= 1 << value;
    }
    i++;
  }
  reads &= REGISTERS_MASK;
  writes &= REGISTERS_MASK;
  if (facts.carryRead || facts.signRead || condition < 14) reads |= FLAGS;
  if (facts.flagsWritten) {
    writes |= FLAGS;
    if (!facts.carryKilled || !facts.signKilled) reads |= FLAGS;
  }
  // What is not written where the condition fails keeps its value.
  if (condition < 14) reads |= writes;
  return { reads, writes };
}

/** Whether control may come to what stands behind a step that ends a block. */
function fallsThrough({ facts, condition }: Step): boolean { return facts.linked || facts.end === 'directIf' || condition < 14; }

/** Where a step that ends a block may lead, apart from calls and computed branches: its target, and the address behind it. */
function successors(step: Step, itAfter: number, thumb: boolean): number[] {
  const { facts, va, instruction } = step;
  const found: number[] = [];
  if ((facts.end === 'direct' && !facts.linked) || facts.end === 'directIf') found.push(targetOf(step, thumb));
  if (fallsThrough(step) && itAfter === 0) found.push((va + instruction.length) | 0);
  return found;
}

/** BX, POP and the like: what may end a function. */
function isReturn({ facts }: Step): boolean { return facts.end === 'indirect' && !facts.linked; }

/** UDF and BKPT: what lies behind is seldom reached, and often no code. */
function neverGoesOn({ instruction, condition }: Step): boolean {
  if (condition < 14 || instruction.operation.name !== raise.name) return false;
  return instruction.shape.exception === 'undefined' || instruction.shape.exception === 'breakpoint';
}

/** Target of a direct branch. */
function targetOf(step: Step, thumb: boolean): number {
  const { instruction, facts, va } = step;
  if (facts.end !== 'direct' && facts.end !== 'directIf') return 0;
  const names = Object.keys(instruction.operation.operands);
  return (va + (thumb ? 4 : 8) + instruction.x[names[facts.offset]!]!) | 0;
}
