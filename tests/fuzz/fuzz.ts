/**
 * Random programs on every tier: never a host exception, and the same outcome after every piece of a run: registers, CP15, memory, what a device saw,
 * and the count. Interrupts and imprecise aborts come at random counts; the compiled tiers' budgets are cut at random.
 */
import { STATE } from '../../src/cpu/index.ts';
import { createDisassembler, type Disassembler } from '../../src/isa/disassembler.ts';
import { allRows } from '../../src/isa/rows/index.ts';
import { FuzzMachine, RAM_BYTES } from './machine.ts';
import { compareMachines, type Tier } from './outcome.ts';
import { Random } from '../peers/random.ts';
import { applyStart, randomStart, type Start } from './setup.ts';

/** Cases from one on which caches and code stay: the next ones must not see anything of it. */
const FORGET_EVERY = 8;
const INVARIANTS_EVERY = 16;
const SEGMENTS = 4;
/** Short pieces cut blocks; the long ones let whole blocks run. */
const SHORT_SEGMENT = 40;
const LONG_SEGMENT = 200;
/** Exceptions at one address in a row after which nothing new will come of a case. */
const STUCK = 3;
/** Compiling takes time: the region tier runs some of the cases. */
const REGIONS_EVERY = 8;
/** Cases after which machines are made anew: an engine keeps each WebAssembly instance as long as the table that it imports. */
const RENEW_EVERY = 2048;
/** Streams of random numbers that cut budgets, apart from those that make cases. */
const SLICES = 0x40000000;
const ASYNC_ABORT = 0x406 + 1;

export interface FuzzOptions {
  readonly seed: number;
  /** Instructions to execute, at least. */
  readonly words: number;
  /** First case; cases from here on are the same whatever came before, but for what caches hold. */
  readonly firstCase?: number;
  readonly onProgress?: (words: number, cases: number) => void;
}

export interface FuzzReport {
  readonly words: number;
  readonly cases: number;
  readonly exceptions: Readonly<Record<string, number>>;
  /** Instructions that the threaded tier left to evaluate. */
  readonly evaluated: number;
  readonly handlers: number;
  /** Regions made. */
  readonly regions: number;
}

export class FuzzFailure extends Error {}

/** What happens between two pieces of a run. */
interface Segment { readonly limit: number; readonly irq: boolean; readonly fiq: boolean; readonly abort: boolean }

function randomSegments(random: Random): Segment[] {
  return Array.from({ length: SEGMENTS }, () => ({
    limit: 1 + random.below(random.chance(0.4) ? SHORT_SEGMENT : LONG_SEGMENT), irq: random.chance(0.2), fiq: random.chance(0.2), abort: random.chance(0.1),
  }));
}

function raise(machine: FuzzMachine, { irq, fiq, abort }: Segment): void {
  const { core } = machine;
  core.setIrqLine(irq);
  core.setFiqLine(fiq);
  if (abort) machine.memory.i32[STATE.asyncAbort] = ASYNC_ABORT;
}

/** Runs to a count or until the CPU waits, in pieces. */
function runTo(machine: FuzzMachine, count: number, random?: Random): void {
  const { core } = machine;
  while (core.count < count) {
    const left = count - core.count;
    const limit = random !== undefined && random.chance(0.3) ? 1 + random.below(left) : left;
    const done = machine.run(limit);
    if (done === limit) continue;
    if (machine.memory.i32[STATE.waiting] === 0 && !core.stopRequested) throw new Error(`${machine.tier} ran ${done} of ${limit} instructions and does not wait`);
    return;
  }
}

/** One of many sequences of random numbers of a seed. */
function stream(seed: number, number: number): Random {
  return new Random(seed ^ Math.imul(number, 0x27d4eb2f));
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

class Fuzz {
  readonly #seed: number;
  #evaluate!: FuzzMachine;
  #threaded!: FuzzMachine;
  #region!: FuzzMachine;
  #image = new Uint8Array(RAM_BYTES);
  readonly exceptions: Record<string, number> = {};
  words = 0;
  evaluated = 0;
  handlers = 0;
  regions = 0;
  #abortedAt = -1;
  #disassembler: Disassembler | undefined;
  #abortsInRow = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#renew();
  }

  #renew(): void {
    this.#evaluate = new FuzzMachine('evaluate');
    this.#threaded = new FuzzMachine('threaded');
    this.#region = new FuzzMachine('region');
    this.#evaluate.core.hooks.exception = (kind, pc) => {
      this.exceptions[kind] = (this.exceptions[kind] ?? 0) + 1;
      this.#abortsInRow = pc === this.#abortedAt ? this.#abortsInRow + 1 : 0;
      this.#abortedAt = pc;
      if (this.#abortsInRow >= STUCK) this.#evaluate.core.requestStop();
    };
  }

  /** Adds up what the present machines did. */
  count(): void {
    this.evaluated += this.#threaded.threaded.evaluated;
    this.handlers = Math.max(this.handlers, this.#threaded.threaded.handlerCount);
    this.regions += this.#region.regions?.made ?? 0;
  }

  run(index: number): void {
    if (index % RENEW_EVERY === 0) {
      this.count();
      this.#renew();
    }
    const random = stream(this.#seed, index);
    const forget = index % FORGET_EVERY === 0;
    const start = randomStart(random, this.#image, forget);
    const segments = randomSegments(random);
    const others = index % REGIONS_EVERY === 0 ? [this.#threaded, this.#region] : [this.#threaded];
    const failed = this.#compare(index, start, forget, segments, others);
    if (failed === undefined) return;
    const length = this.#evaluate.core.count;
    throw new FuzzFailure(`case ${index} of seed ${this.#seed}: ${failed}\nthe evaluate tier's last instructions:\n  ${this.#trace(start, segments, length)}\n${this.#minimal(start, segments, others.at(-1)!.tier)}`);
  }

  /** Runs a case on the evaluate tier and others; what went wrong, if anything did. */
  #compare(index: number, start: Start, forget: boolean, segments: readonly Segment[], others: readonly FuzzMachine[]): string | undefined {
    const a = this.#evaluate;
    let running = a;
    try {
      applyStart(a, start, forget);
      for (const b of others) applyStart(b, start, forget);
      const slices = others.map((_, i) => stream(this.#seed, SLICES + index * 4 + i));
      this.#abortsInRow = 0;
      for (const segment of segments) {
        running = a;
        const before = a.core.count;
        a.core.stopRequested = false;
        runTo(a, before + segment.limit);
        // Where the evaluate tier was stopped, it stands before the end: the others follow it.
        const stuck = a.core.stopRequested;
        const end = stuck ? a.core.count : before + segment.limit;
        this.words += a.core.count - before;
        for (const [i, b] of others.entries()) {
          running = b;
          runTo(b, end, slices[i]);
          const different = compareMachines(a, b);
          if (different.length > 0) return `${b.tier}, after ${a.core.count} instructions\n  ${different.join('\n  ')}`;
        }
        if (stuck) break;
        for (const machine of [a, ...others]) raise(machine, segment);
      }
      if (index % INVARIANTS_EVERY === 0) {
        for (const machine of [a, ...others]) {
          running = machine;
          machine.assertInvariants();
        }
      }
    } catch (error) {
      return `${running.tier}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`;
    }
    return undefined;
  }

  #trace(start: Start, segments: readonly Segment[], length: number): string {
    try {
      return this.#replay(new FuzzMachine('evaluate'), start, segments, length).slice(-12).join('\n  ');
    } catch (error) {
      return String(error);
    }
  }

  /** The shortest run of the case that fails with nothing cached before it: where it stands, and which instruction it is. */
  #minimal(start: Start, segments: readonly Segment[], tier: Tier): string {
    const a = new FuzzMachine('evaluate');
    const b = new FuzzMachine(tier);
    const total = segments.reduce((sum, { limit }) => sum + limit, 0);
    for (let length = 1; length <= total; length++) {
      let failed: string;
      let trace: string[] = [];
      try {
        trace = this.#replay(a, start, segments, length);
        this.#replay(b, start, segments, length);
        failed = compareMachines(a, b).join('\n  ');
      } catch (error) {
        failed = error instanceof Error ? error.stack ?? error.message : String(error);
      }
      if (failed === '') continue;
      return `shortest from nothing cached: ${length} instructions\n  ${failed}\nthe last of them:\n  ${trace.slice(-12).join('\n  ')}`;
    }
    return 'from nothing cached, and without cutting the budget, it does not fail';
  }

  /** Runs the first instructions of a case anew; on the evaluate tier one by one, telling each. */
  #replay(machine: FuzzMachine, start: Start, segments: readonly Segment[], length: number): string[] {
    const trace: string[] = [];
    const { core } = machine;
    applyStart(machine, start, true);
    let count = 0;
    for (const segment of segments) {
      count = core.count + segment.limit;
      const end = Math.min(count, length);
      if (machine.tier !== 'evaluate') {
        runTo(machine, end);
      } else {
        while (core.count < end) {
          trace.push(this.#describe(machine));
          if (machine.run(1) === 0) break;
        }
      }
      if (core.count >= length) break;
      raise(machine, segment);
    }
    return trace;
  }

  #describe(machine: FuzzMachine): string {
    const { core, memory } = machine;
    const pc = memory.u32[STATE.r + 15]!;
    const { walker } = core.mmu;
    walker.walk(pc, core.mmu.world());
    const at = walker.fault === 0 && walker.pa + 4 <= RAM_BYTES ? machine.ramOffset + walker.pa : -1;
    let text = 'not in RAM';
    if (at >= 0) {
      const { decoder } = machine.evaluator;
      const first = memory.view.getUint16(at, true);
      const second = memory.view.getUint16(at + 2, true);
      const instruction = memory.i32[STATE.thumb] === 0 ? decoder.decodeA32(first | second << 16) : decoder.decodeT32(first, first >>> 11 < 0x1d ? 0 : second);
      this.#disassembler ??= createDisassembler(allRows);
      try {
        text = `${hex(instruction.word)} ${this.#disassembler.disassemble(instruction, pc)} (${instruction.row?.name})`;
      } catch {
        text = `${hex(instruction.word)} (${instruction.row?.name})`;
      }
    }
    return `${core.count} ${hex(pc)} cpsr ${hex(core.cpsr)} scr ${hex(memory.i32[STATE.SCR]!)}: ${text}`;
  }
}

/** Throws a FuzzFailure, with the seed, the case and what is known of it. */
export function fuzz(options: FuzzOptions): FuzzReport {
  const run = new Fuzz(options.seed);
  let index = options.firstCase ?? 0;
  let told = 0;
  while (run.words < options.words) {
    run.run(index++);
    if (run.words - told >= 100_000) {
      told = run.words;
      options.onProgress?.(run.words, index);
    }
  }
  run.count();
  return { words: run.words, cases: index - (options.firstCase ?? 0), exceptions: run.exceptions, evaluated: run.evaluated, handlers: run.handlers, regions: run.regions };
}
