/**
 * A region as one WebAssembly function with structured control flow: N. Ramsey, Beyond Relooper (ICFP 2022). Each block is emitted where its immediate
 * dominator ends, in a `block` of its own if several edges lead to it, in a `loop` if it is a loop's header.
 *
 * Exactness of the budget: each block takes its instructions when it is entered. The entry, loop headers and continuations of calls check that what is left
 * suffices for the longest way to the next check, and leave otherwise; what leaves a block early gives back the rest.
 */
import type { Ops } from '../../isa/all-ops.ts';
import { load } from '../../isa/bodies/load-store.ts';
import { FunctionBuilder, OP } from '../../wasm/index.ts';
import { PAGE_SIZE, STATE } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import { pushCondition } from '../threaded/fixed-handlers.ts';
import { HANDLER_TYPE, STEP } from '../threaded/services.ts';
import type { SystemContext } from '../threaded/system-context.ts';
import { type ImmToken, type Node, type RegToken, Unsupported } from '../threaded/wasm-ops.ts';
import { type BasicBlock, type Discovered, pageOf, type Step } from './discover.ts';
import { Edges } from './edges.ts';
import { analyse, type Flow } from './flow.ts';
import { BUDGET, LEAVE_JUMP, type RegionControl, type RegionShape, type Where } from './region-control.ts';
import { RegionOps } from './region-ops.ts';
import { REGISTERS } from './region-register-ops.ts';
import { analyseSync, FLAGS, type Sync } from './sync.ts';

/** A conditional instruction that makes at most this much code is computed always and selected from. */
const SELECT_BYTES = 48;

/** What a region's code seldom exceeds. */
const CODE_BYTES = 8192;

export interface EmitEnvironment {
  readonly memory: LinearMemory;
  /** Whether instructions executed in regions are counted. */
  readonly counts: boolean;
  /** A record that leads to the code at `target`, which lies outside the region at `home`. */
  exitRecord(target: number, it: number, home: number): number;
}

const at = (word: number): number => word * 4;

/** The registers that are loaded by way of themselves. */
function walkingRegisters(blocks: readonly BasicBlock[]): number {
  let mask = 0;
  for (const { steps } of blocks) {
    for (const { instruction: { operation, x } } of steps) if (operation.name === load.name && x.t === x.n) mask |= 1 << x.n!;
  }
  return mask;
}

export class Emitter implements RegionControl {
  readonly f = new FunctionBuilder(HANDLER_TYPE, CODE_BYTES);
  /** Linear-memory offsets, start and end, of what the code depends on. */
  readonly ranges: number[] = [];
  /** Offsets of its basic blocks, without those of functions that it made a part of itself. */
  readonly starts: number[] = [];
  branchCondition: Node | undefined;
  readonly addend: number;
  readonly vector: boolean;
  readonly walking: number;
  readonly sectionBytes: number;
  readonly #ops: RegionOps;
  readonly #shape: RegionShape;
  readonly #region: Discovered;
  readonly #flow: Flow;
  readonly #sync: Sync;
  readonly #edges: Edges;
  /** What is dirty behind the current block, and what is wanted behind its call. */
  #dirtyBehind = 0;
  #wanted = 0;
  #wantsFlags = false;
  readonly #environment: EmitEnvironment;
  /** Depths of each block's labels. */
  readonly #labels: Int32Array;
  readonly #loops: Int32Array;
  /** Records that lead out of the region, by what they lead to. */
  readonly #exits = new Map<number, number>();
  /** What a computed branch of the current step is: a call with its continuation, or not. */
  #callContinuation: BasicBlock | undefined;
  /** Where the computed branch of the current step nearly always goes within the region. */
  #returnsTo: number | undefined;

  constructor(region: Discovered, shape: RegionShape, environment: EmitEnvironment) {
    this.#region = region;
    this.addend = region.pages[0]!.addend | 0;
    this.#shape = shape;
    this.sectionBytes = shape.sections ? environment.memory.layout.sectionBytes : 0;
    this.#environment = environment;
    this.#flow = analyse(region.blocks);
    this.#sync = analyseSync(this.#flow);
    this.vector = region.blocks.some(({ steps }) => steps.some(({ facts }) => facts.vector));
    this.walking = walkingRegisters(region.blocks);
    this.#ops = new RegionOps(this.f, shape, this);
    this.#labels = new Int32Array(region.blocks.length);
    this.#loops = new Int32Array(region.blocks.length);
    this.#edges = new Edges(this.f, this.#ops, shape, { counts: environment.counts, vector: this.vector });
    for (const { va, next, frame } of region.blocks) {
      const { addend } = pageOf(region.pages, va)!;
      if (frame.caller === undefined) this.starts.push((va + addend) >>> 0);
      this.ranges.push((va + addend) >>> 0, ((next - 1 + addend) >>> 0) + 1);
    }
  }

  /** `plain`: the record of its entry's first instruction in the threaded tier, for when the budget is short; `paid`: what the entry took from the budget. */
  emit(plain: number, paid: number): FunctionBuilder {
    const ops = this.#ops;
    this.#edges.enter(plain, paid, this.#flow.cost[0]!, this.#region.pages.slice(1));
    for (let r = 0; r < 15; r++) if ((this.#region.used >> r & 1) !== 0) ops.useRegister(r);
    this.#edges.reload(this.#sync.live[0]![0]!, this.#looksAtFlags(0));
    this.#edges.surround(this.#masks(), () => { this.#tree(0); });
    return this.f;
  }

  /** What exits may have to store. */
  #masks(): number[] {
    const masks = new Set<number>();
    this.#flow.blocks.forEach(({ steps }, b) => {
      const dirty = this.#sync.dirty[b]!;
      masks.add(dirty[0]!);
      steps.forEach(({ facts }, i) => { if (facts.effects) masks.add(dirty[i]!); });
      masks.add(dirty[steps.length]!);
    });
    return [...masks];
  }

  /** Whether a block looks at flags before it sets them. */
  #looksAtFlags(b: number): boolean { return this.#flow.signLive[b] !== 0 || this.#flow.carryLive[b] !== 0; }

  // ---- structure

  #tree(b: number): void {
    const { f } = this;
    const ops = this.#ops;
    const { isLoop, isMerge, merges, carryLive, signLive } = this.#flow;
    const mark = ops.mark();
    if (isLoop[b] !== 0) {
      f.loop();
      this.#loops[b] = f.depth;
    }
    const inside = merges[b]!;
    for (let i = inside.length - 1; i >= 0; i--) {
      f.block();
      this.#labels[inside[i]!] = f.depth;
    }
    if (isLoop[b] !== 0 || isMerge[b] !== 0) {
      ops.flags = ops.inLocals(signLive[b] !== 0, carryLive[b] !== 0);
      ops.vectorChecks = 0;
    }
    const outer = ops.beginBlock();
    this.#block(b);
    ops.endBlock(outer);
    ops.unwind(mark);
    for (const merge of inside) {
      f.end();
      this.#tree(merge);
    }
    if (isLoop[b] !== 0) f.end();
  }

  #edge(from: number, to: number, va: number, it: number): void {
    const { f } = this;
    const ops = this.#ops;
    const { isLoop, isMerge, carryLive, signLive } = this.#flow;
    if (to < 0) {
      this.#edges.leaveNext(this.#exitRecord(va, it, this.#flow.blocks[from]!.after));
      return;
    }
    const back = to <= from;
    if ((this.#sync.live[to]![0]! & FLAGS) === 0) ops.flags = ops.valuesInLocals(); // nobody looks at them
    else if (back || isMerge[to] !== 0 || isLoop[to] !== 0) ops.materialise(signLive[to] !== 0, carryLive[to] !== 0);
    if (back) f.br(f.depth - this.#loops[to]!);
    else if (isMerge[to] !== 0) f.br(f.depth - this.#labels[to]!);
    else this.#tree(to);
  }

  #exitRecord(va: number, it: number, { mode, nonsecure }: SystemContext): number {
    const key = ((va * 256 + it) * 32 + mode) * 2 + (nonsecure ? 1 : 0);
    let record = this.#exits.get(key);
    if (record === undefined) {
      record = this.#environment.exitRecord(va, it, this.#region.blocks[0]!.va);
      this.#exits.set(key, record);
    }
    return record;
  }

  #block(b: number): void {
    const { f } = this;
    const ops = this.#ops;
    const block = this.#flow.blocks[b]!;
    const { steps } = block;
    const count = steps.length;
    if (this.#flow.checks[b] !== 0) {
      f.get(BUDGET).i32(this.#flow.cost[b]!).op(OP.i32_lt_s).expect(false).if();
      this.#edges.use(this.#sync.dirty[b]![0]!);
      this.#ops.aside(() => {
        ops.materialiseForExit();
        ops.exit(LEAVE_JUMP, block.va, 0);
      });
      f.end();
    }
    f.get(BUDGET).i32(count).op(OP.i32_sub).set(BUDGET);
    const straight = block.end === 'fall' ? count : count - 1;
    const dirty = this.#sync.dirty[b]!;
    const live = this.#sync.live[b]!;
    for (let i = 0; i < straight; i++) {
      this.#edges.use(dirty[i]!);
      this.#step(steps[i]!, count - i, live[i + 1]!);
    }
    if (block.end === 'fall') {
      this.#edges.use(dirty[count]!);
      ops.releaseAtBlockEnd();
      this.#edge(b, this.#flow.falls[b]!, block.next, block.nextIT);
      return;
    }
    const last = steps[count - 1]!;
    ops.begin(last.va, last.instruction.length, last.it, 1, last.context);
    this.#edges.use(dirty[count - 1]!);
    this.#dirtyBehind = dirty[count]!;
    if (block.end === 'branch') this.#branch(b, block, last);
    else if (block.end === 'indirect' || block.end === 'return') this.#computed(b, block, last);
    else this.#call(b, block, last);
  }

  #body({ instruction }: Step): void {
    const { operation, x, shape } = instruction;
    const tokens: Record<string, RegToken | ImmToken> = {};
    for (const name in operation.operands) tokens[name] = operation.operands[name] === 'reg' ? REGISTERS[x[name]!]! : { slot: x[name]! };
    operation.body(this.#ops as unknown as Ops, shape, tokens as never);
  }

  /** Before code that may or may not run: the flags must not need registers that it writes. */
  #saveWritten({ instruction: { operation, x }, facts }: Step): void {
    let i = 0;
    for (const name in operation.operands) {
      if (operation.operands[name] === 'list') {
        if (facts.listWritten) for (let r = 0; r < 15; r++) if ((x[name]! >> r & 1) !== 0) this.#ops.saveForFlags(r);
      } else if ((facts.writes >> i & 1) !== 0) this.#ops.saveForFlags(x[name]!);
      i++;
    }
    if (facts.linked) this.#ops.saveForFlags(14);
  }

  /** `live` is what is wanted in locals behind the step. */
  #step(step: Step, refund: number, live: number): void {
    const { f } = this;
    const ops = this.#ops;
    const { facts, condition } = step;
    ops.begin(step.va, step.instruction.length, step.it, refund, step.context);
    if (!facts.supported) {
      this.#evaluate(step, refund, live);
      return;
    }
    const { length } = f.code;
    const { depth } = f;
    const { flags } = ops;
    const mark = ops.mark();
    try {
      if (condition >= 14) {
        this.#body(step);
        ops.commit();
      } else if (!facts.effects && !facts.flagsWritten && facts.size <= SELECT_BYTES) {
        const holds = ops.condition(condition);
        this.#body(step);
        ops.makeConditional(holds);
        ops.commit();
      } else {
        this.#conditional(step);
      }
    } catch (error) {
      // Some operands are the evaluate tier's where others are not (coprocessor registers).
      if (!(error instanceof Unsupported)) throw error;
      f.rollBack(length, depth);
      ops.abandon();
      ops.forgetVectors();
      ops.unwind(mark);
      ops.flags = flags;
      this.#evaluate(step, refund, live);
    }
  }

  #conditional(step: Step): void {
    const { f } = this;
    const ops = this.#ops;
    this.#saveWritten(step);
    const { flagsWritten } = step.facts;
    ops.push(ops.condition(step.condition));
    if (flagsWritten) ops.materialise(true);
    f.if();
    const { flags, vectorChecks } = ops;
    const mark = ops.mark();
    this.#body(step);
    ops.commit();
    if (flagsWritten) ops.materialise(true);
    ops.unwind(mark);
    f.end();
    if (step.facts.vector) {
      ops.vectorChecks &= vectorChecks;
      ops.forgetVectors();
    }
    ops.flags = flagsWritten ? ops.inLocals(true, false) : flags;
  }

  /** The evaluate tier executes the step, and the region goes on behind it where nothing else changed. */
  #evaluate(step: Step, refund: number, live: number): void {
    const { f } = this;
    const { va, it, instruction, condition } = step;
    this.#ops.materialiseForExit();
    this.#edges.spill();
    // A kernel's entry has system instructions that are hardly ever executed. The flags are in memory.
    if (condition < 14) {
      pushCondition(f, condition);
      f.if();
    }
    f.i32(0).get(BUDGET);
    if (refund > 1) f.i32(refund - 1).op(OP.i32_add);
    f.store(at(STATE.budget));
    f.i32(va).i32(it).i32(va + instruction.length).call(STEP);
    f.i32(0).load(at(STATE.budget)).set(BUDGET);
    f.if();
    this.#edges.returnWithAll();
    f.end();
    if (refund > 1) f.get(BUDGET).i32(refund - 1).op(OP.i32_sub).set(BUDGET);
    if (condition < 14) f.end();
    this.#edges.reload(live, true);
  }

  // ---- ends of blocks

  #branch(b: number, block: BasicBlock, last: Step): void {
    const { f } = this;
    const ops = this.#ops;
    const { taken, falls } = this.#flow;
    this.#body(last);
    ops.commit();
    const condition = last.facts.end === 'directIf' ? this.branchCondition : last.condition < 14 ? ops.condition(last.condition) : undefined;
    if (condition !== undefined) ops.push(condition);
    ops.releaseAtBlockEnd();
    this.#edges.use(this.#dirtyBehind);
    const behind = this.#dirtyBehind;
    if (condition !== undefined) {
      f.if();
      this.#ops.aside(() => { this.#edge(b, taken[b]!, block.target, 0); });
      f.end();
      this.#edges.use(behind);
      this.#edge(b, falls[b]!, block.next, block.nextIT);
    } else {
      this.#edge(b, taken[b]!, block.target, 0);
    }
  }

  #computed(b: number, block: BasicBlock, last: Step): void {
    const { f } = this;
    const ops = this.#ops;
    this.#callContinuation = undefined;
    const behind = this.#dirtyBehind;
    const taken = this.#flow.taken[b]!;
    const emit = (): void => {
      this.#returnsTo = taken < 0 ? undefined : block.target;
      this.#body(last);
      if (this.#returnsTo !== undefined) throw new Error('a return that is none');
      if (taken < 0) return;
      ops.releaseAtBlockEnd();
      this.#edges.use(behind);
      this.#edge(b, taken, block.target, 0);
    };
    if (last.condition >= 14) {
      emit();
      return;
    }
    this.#saveWritten(last);
    ops.push(ops.condition(last.condition));
    f.if();
    this.#ops.aside(emit);
    f.end();
    ops.forgetRegisters();
    ops.releaseAtBlockEnd();
    this.#edges.use(behind);
    this.#edge(b, this.#flow.falls[b]!, block.next, block.nextIT);
  }

  #call(b: number, block: BasicBlock, last: Step): void {
    const { f } = this;
    const ops = this.#ops;
    const falls = this.#flow.falls[b]!;
    const comesBack = falls >= 0;
    this.#callContinuation = comesBack ? block : undefined;
    this.#wanted = comesBack ? this.#sync.live[falls]![0]! : 0;
    this.#wantsFlags = comesBack && this.#looksAtFlags(falls);
    const behind = this.#dirtyBehind;
    const emit = (): void => {
      this.#body(last);
      if (last.facts.end !== 'direct') return;
      const record = this.#exitRecord(block.target, 0, block.after);
      this.#edges.use(this.#dirtyBehind);
      if (comesBack) this.#edges.call({ record }, block, this.#wanted, this.#wantsFlags);
      else this.#edges.leaveNext(record);
    };
    if (last.condition >= 14) {
      emit();
      if (!comesBack) return;
    } else {
      this.#saveWritten(last);
      ops.push(ops.condition(last.condition));
      if (comesBack && (this.#wanted & FLAGS) !== 0) ops.materialise(true, true);
      f.if();
      this.#ops.aside(emit);
      f.end();
      ops.forgetRegisters();
      if (comesBack) ops.flags = this.#wantsFlags ? ops.valuesInLocals() : ops.inLocals(false, false);
    }
    ops.releaseAtBlockEnd();
    this.#edges.use(behind);
    this.#edge(b, falls, block.next, block.nextIT);
  }

  /** RegionControl: a computed branch, its register writes done. */
  indirect(target: Node, set: Where): void {
    const edges = this.#edges;
    if (this.#callContinuation !== undefined && set !== 'system') {
      edges.use(this.#dirtyBehind);
      edges.call({ address: target, set }, this.#callContinuation, this.#wanted, this.#wantsFlags);
      return;
    }
    const { f } = this;
    const leave = (): void => {
      edges.use(this.#dirtyBehind);
      edges.leaveTo(target, set);
    };
    const returnsTo = this.#returnsTo;
    this.#returnsTo = undefined;
    if (returnsTo === undefined) {
      leave();
      return;
    }
    this.#ops.push(target);
    if (set === 'either') f.i32(this.#shape.thumb ? returnsTo | 1 : returnsTo);
    else f.i32(this.#shape.thumb ? ~1 : ~3).op(OP.i32_and).i32(returnsTo);
    f.op(OP.i32_ne).expect(false).if();
    this.#ops.aside(leave);
    f.end();
  }

  // ---- constants

  constantData(va: number, bytes: number): number {
    const page = pageOf(this.#region.pages, va);
    if (page === undefined || ((va ^ (va + bytes - 1)) & ~(PAGE_SIZE - 1)) !== 0) return -1;
    const host = (va + page.addend) >>> 0;
    this.ranges.push(host, host + bytes);
    return host;
  }

  constantLoad(host: number, size: number): number {
    const { i32, u16, u8 } = this.#environment.memory;
    return size === 4 ? i32[host >> 2]! : size === 2 ? u16[host >> 1]! : u8[host]!;
  }
}
