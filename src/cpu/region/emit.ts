/**
 * A region as one WebAssembly function with structured control flow: N. Ramsey, Beyond Relooper (ICFP 2022). Each block is emitted where its immediate
 * dominator ends, in a `block` of its own if several edges lead to it, in a `loop` if it is a loop's header.
 *
 * Exactness of the budget: each block takes its instructions when it is entered. The entry, loop headers and continuations of calls check that what is left
 * suffices for the longest way to the next check, and leave otherwise; what leaves a block early gives back the rest.
 */
import type { Ops } from '../../isa/all-ops.ts';
import { load } from '../../isa/bodies/load-store.ts';
import { FunctionBuilder, I32, OP } from '../../wasm/index.ts';
import { PAGE_SIZE, RETURN_BYTES, RETURN_LIMIT, STATE, TLB_ADDEND, TLB_FETCH } from '../layout.ts';
import type { LinearMemory } from '../memory.ts';
import { pushCondition, pushWaits } from '../threaded/fixed-handlers.ts';
import { EXIT_RETURN, EXIT_STEP } from '../threaded/record.ts';
import { ELSEWHERE, GO, HANDLER_TYPE, JUMP, NEXT, STEP } from '../threaded/services.ts';
import { contextWord, type SystemContext } from '../threaded/system-context.ts';
import { type ImmToken, type Node, type RegToken, Unsupported } from '../threaded/wasm-ops.ts';
import { type BasicBlock, type CodePage, type Discovered, pageOf, type Step } from './discover.ts';
import { analyse, type Flow } from './flow.ts';
import { BUDGET, LEAVE_EXCHANGE, LEAVE_JUMP, LEAVE_NEXT, LEAVE_STEP, LEAVE_SYSTEM, RECORD, type RegionControl, type RegionShape } from './region-control.ts';
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

type Where = 'same' | 'exchange' | 'either' | 'system';
type CallTarget = { readonly record: number } | { readonly address: Node; readonly set: Where };

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
  readonly #ops: RegionOps;
  readonly #shape: RegionShape;
  readonly #region: Discovered;
  readonly #flow: Flow;
  readonly #sync: Sync;
  /** Whether there are VFP or Advanced SIMD instructions. */
  readonly vector: boolean;
  readonly walking: number;
  readonly sectionBytes: number;
  /** Label of the exit for each mask of what is dirty; the mask in force, that behind the current block, and what is wanted behind its call. */
  readonly #exitDepths = new Map<number, number>();
  #dirty = 0;
  #dirtyBehind = 0;
  #wanted = 0;
  #wantsFlags = false;
  readonly #environment: EmitEnvironment;
  /** Depth of each block's label. */
  readonly addend: number;
  readonly #labels: Int32Array;
  readonly #loops: Int32Array;
  readonly #exits = new Map<number, number>();
  /** STATE.returnTop before a call. */
  readonly #savedTop: number;
  /** Budgets at the entry and behind calls, less those before calls. */
  readonly #counted: number;
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
    this.#savedTop = this.f.local();
    this.#counted = this.f.local();
    for (const { va, next, frame } of region.blocks) {
      const { addend } = pageOf(region.pages, va)!;
      if (frame.caller === undefined) this.starts.push((va + addend) >>> 0);
      this.ranges.push((va + addend) >>> 0, ((next - 1 + addend) >>> 0) + 1);
    }
  }

  /** `plain`: the record of its entry's first instruction in the threaded tier, for when the budget is short; `paid`: what the entry took from the budget. */
  emit(plain: number, paid: number): FunctionBuilder {
    const { f } = this;
    const ops = this.#ops;
    f.get(BUDGET).i32(this.#flow.cost[0]! - paid).op(OP.i32_lt_s);
    for (const page of this.#region.pages.slice(1)) {
      this.#pushElsewhere(page);
      f.op(OP.i32_or);
    }
    f.expect(false).if();
    f.i32(plain).get(BUDGET).returnCall(GO);
    f.end();
    f.get(BUDGET).i32(paid).op(OP.i32_add).set(BUDGET);
    this.#count(OP.i32_add);
    for (let r = 0; r < 15; r++) if ((this.#region.used >> r & 1) !== 0) ops.useRegister(r);
    this.#reload(this.#sync.live[0]![0]!, this.#looksAtFlags(0));
    const masks = this.#masks();
    f.block();
    const all = f.depth;
    f.block();
    const flags = f.depth;
    for (let i = masks.length - 1; i >= 0; i--) {
      f.block();
      this.#exitDepths.set(masks[i]!, f.depth);
    }
    this.#tree(0);
    f.op(OP.unreachable);
    for (const mask of masks) {
      f.end();
      this.#spillRegisters(mask);
      f.br(f.depth - ((mask & FLAGS) !== 0 ? flags : all));
    }
    f.end();
    this.#ops.flagLocals.storeFlags();
    f.end();
    this.#exit();
    return f;
  }

  /** Pushes whether a page is not where it was when the code was made. What changes that later unwinds the calls of generated code. */
  #pushElsewhere({ page, addend }: CodePage): void {
    const { f } = this;
    const { argument } = this.#ops;
    f.i32(0).load(at(STATE.tlb)).i32((page >>> 8) & 0xfff0).op(OP.i32_add).tee(argument);
    f.load(at(TLB_FETCH)).i32(page).op(OP.i32_ne);
    f.get(argument).load(at(TLB_ADDEND)).i32(addend | 0).op(OP.i32_ne).op(OP.i32_or).expect(false).if(I32);
    f.get(RECORD).i32(page).i32(addend | 0).call(ELSEWHERE);
    f.else().i32(0).end();
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

  /** Exits emitted from now on store these. */
  #useExit(dirty: number): void {
    this.#ops.exitDepth = this.#exitDepths.get(dirty) ?? -1;
    this.#ops.flagsDirty = (dirty & FLAGS) !== 0;
    this.#dirty = dirty;
  }

  // ---- state in memory

  /** Makes what `#counted` was reckoned from greater or less by the budget: at the entry, and around calls, which count for themselves. */
  #count(opcode: number): void {
    if (this.#environment.counts) this.f.get(this.#counted).get(BUDGET).op(opcode).set(this.#counted);
  }

  /** At the end: adds the instructions that this function executed to the count of those in regions. */
  #countAll(called = false): void {
    const { f } = this;
    if (!this.#environment.counts) return;
    f.i32(0).i32(0).load(at(STATE.regionCount)).get(this.#counted).op(OP.i32_add);
    if (!called) f.get(BUDGET).op(OP.i32_sub);
    f.store(at(STATE.regionCount));
  }

  /** Loads registers from memory, and the flags where `eager`; otherwise these are where they are until something looks at them, if anything does. */
  #reload(mask: number, eager: boolean): void {
    const { f } = this;
    const ops = this.#ops;
    for (let r = 0; r < 15; r++) if ((mask >> r & 1) !== 0) f.i32(0).load(at(STATE.r + r)).set(ops.registerLocal(r));
    if ((mask & FLAGS) !== 0 && !eager) {
      ops.flagLocals.leaveFlagsInMemory();
    } else if ((mask & FLAGS) !== 0) {
      ops.flagLocals.loadFlags();
    }
    ops.forgetRegisters();
    if (this.vector) ops.readRefusals();
    ops.vectorChecks = 0;
    ops.flags = (mask & FLAGS) !== 0 && !eager ? ops.inLocals(false, false) : ops.valuesInLocals();
  }

  /** Whether a block looks at flags before it sets them. */
  #looksAtFlags(b: number): boolean { return this.#flow.signLive[b] !== 0 || this.#flow.carryLive[b] !== 0; }

  /** Stores what is dirty. The flags must be in their locals, whichever way: N and Z may be left to their kind as C and V are. */
  #spill(): void {
    this.#spillRegisters(this.#dirty);
    if ((this.#dirty & FLAGS) !== 0) this.#ops.flagLocals.storeFlags();
  }

  #spillRegisters(mask: number): void {
    for (let r = 0; r < 15; r++) if ((mask >> r & 1) !== 0) this.f.i32(0).get(this.#ops.registerLocal(r)).store(at(STATE.r + r));
  }

  /** Where all exits come to. */
  #exit(): void {
    const { f } = this;
    const { argument, kind } = this.#ops;
    this.#countAll();
    f.get(kind).i32(LEAVE_JUMP).op(OP.i32_eq).if();
    pushWaits(f, () => {
      f.get(argument);
      if (this.#shape.thumb) f.i32(1).op(OP.i32_or);
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
    this.f.i32(0).i32(this.#shape.thumb ? 0 : 1).store(at(STATE.thumb));
    this.f.i32(0).i32(0).load(at(STATE.context)).i32(1).op(OP.i32_xor).store(at(STATE.context));
  }

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
      ops.materialiseForExit();
      ops.exit(LEAVE_NEXT, this.#exitRecord(va, it, this.#flow.blocks[from]!.after), 0);
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
      this.#useExit(this.#sync.dirty[b]![0]!);
      this.#aside(() => {
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
      this.#useExit(dirty[i]!);
      this.#step(steps[i]!, count - i, live[i + 1]!);
    }
    if (block.end === 'fall') {
      this.#useExit(dirty[count]!);
      ops.releaseAtBlockEnd();
      this.#edge(b, this.#flow.falls[b]!, block.next, block.nextIT);
      return;
    }
    const last = steps[count - 1]!;
    ops.begin(last.va, last.instruction.length, last.it, 1, last.context);
    this.#useExit(dirty[count - 1]!);
    this.#dirtyBehind = dirty[count]!;
    if (block.end === 'branch') this.#branch(b, block, last);
    else if (block.end === 'indirect' || block.end === 'return') this.#computed(b, block, last);
    else this.#call(b, block, last);
  }

  /** Code that never comes back: what it does to the emitter's state is forgotten. */
  #aside(emit: () => void): void {
    const ops = this.#ops;
    const mark = ops.mark();
    const { flags, vectorChecks } = ops;
    emit();
    ops.unwind(mark);
    ops.flags = flags;
    ops.vectorChecks = vectorChecks;
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
    this.#spill();
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
    this.#countAll();
    f.get(BUDGET).op(OP.return);
    f.end();
    if (refund > 1) f.get(BUDGET).i32(refund - 1).op(OP.i32_sub).set(BUDGET);
    if (condition < 14) f.end();
    this.#reload(live, true);
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
    this.#useExit(this.#dirtyBehind);
    const behind = this.#dirtyBehind;
    if (condition !== undefined) {
      f.if();
      this.#aside(() => { this.#edge(b, taken[b]!, block.target, 0); });
      f.end();
      this.#useExit(behind);
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
      this.#useExit(behind);
      this.#edge(b, taken, block.target, 0);
    };
    if (last.condition >= 14) {
      emit();
      return;
    }
    this.#saveWritten(last);
    ops.push(ops.condition(last.condition));
    f.if();
    this.#aside(emit);
    f.end();
    ops.forgetRegisters();
    ops.releaseAtBlockEnd();
    this.#useExit(behind);
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
      if (comesBack) this.#callTo({ record }, block);
      else {
        this.#useExit(this.#dirtyBehind);
        ops.materialiseForExit();
        ops.exit(LEAVE_NEXT, record, 0);
      }
    };
    if (last.condition >= 14) {
      emit();
      if (!comesBack) return;
    } else {
      this.#saveWritten(last);
      ops.push(ops.condition(last.condition));
      if (comesBack && (this.#wanted & FLAGS) !== 0) ops.materialise(true, true);
      f.if();
      this.#aside(emit);
      f.end();
      ops.forgetRegisters();
      if (comesBack) ops.flags = this.#wantsFlags ? ops.valuesInLocals() : ops.inLocals(false, false);
    }
    ops.releaseAtBlockEnd();
    this.#useExit(behind);
    this.#edge(b, falls, block.next, block.nextIT);
  }

  /** RegionControl: a computed branch, its register writes done. */
  indirect(target: Node, set: Where): void {
    if (this.#callContinuation !== undefined && set !== 'system') {
      this.#callTo({ address: target, set }, this.#callContinuation);
      return;
    }
    const { f } = this;
    const returnsTo = this.#returnsTo;
    this.#returnsTo = undefined;
    if (returnsTo !== undefined) {
      this.#ops.push(target);
      if (set === 'either') f.i32(this.#shape.thumb ? returnsTo | 1 : returnsTo);
      else f.i32(this.#shape.thumb ? ~1 : ~3).op(OP.i32_and).i32(returnsTo);
      f.op(OP.i32_ne).expect(false).if();
      this.#aside(() => { this.#leave(target, set); });
      f.end();
      return;
    }
    this.#leave(target, set);
  }

  #leave(target: Node, set: Where): void {
    this.#useExit(this.#dirtyBehind);
    this.#ops.materialiseForExit();
    this.#leaveTo(target, set);
  }

  /** Code: to the exit with a computed target. The flags are in their locals. */
  #leaveTo(target: Node, set: Where): void {
    const { f } = this;
    const ops = this.#ops;
    const { thumb } = this.#shape;
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
      if (thumb) f.op(OP.i32_eqz);
      f.if();
      go(LEAVE_EXCHANGE, thumb ? ~3 : ~1);
      f.end();
    }
    go(LEAVE_JUMP, thumb ? ~1 : ~3);
  }

  /** Calls; where the callee comes back to `next`, the code goes on with everything read anew. */
  #callTo(target: CallTarget, { next, after }: BasicBlock): void {
    const { f } = this;
    const ops = this.#ops;
    const { thumb } = this.#shape;
    this.#useExit(this.#dirtyBehind);
    ops.materialiseForExit();
    f.i32(0).load(at(STATE.returnTop)).tee(this.#savedTop).i32(RETURN_LIMIT).op(OP.i32_ge_u).expect(false).if();
    this.#aside(() => {
      if ('record' in target) ops.exit(LEAVE_NEXT, target.record, 0);
      else this.#leaveTo(target.address, target.set);
    });
    f.end();
    this.#spill();
    this.#count(OP.i32_sub);
    f.get(this.#savedTop).i32(next | (thumb ? 1 : 0)).store(RETURN_BYTES);
    f.get(this.#savedTop).i32(0).load(at(STATE.tlb)).i32(contextWord(after.mode, after.nonsecure, thumb)).op(OP.i32_or).store(RETURN_BYTES + 4);
    f.i32(0).get(this.#savedTop).i32(RETURN_BYTES).op(OP.i32_add).store(at(STATE.returnTop));
    if ('record' in target) {
      f.i32(target.record).get(BUDGET).call(NEXT);
    } else {
      const { address, set } = target;
      f.i32(0).i32(0).store(at(STATE.exitRecord));
      if (set === 'exchange') {
        this.#exchange();
        ops.push(address);
      } else if (set === 'same') {
        ops.push(address);
      } else {
        ops.push(address);
        f.i32(1).op(OP.i32_and);
        if (thumb) f.op(OP.i32_eqz);
        f.if();
        this.#exchange();
        ops.push(address);
        f.i32(thumb ? ~3 : ~1).op(OP.i32_and).set(ops.argument);
        f.else();
        ops.push(address);
        f.i32(thumb ? ~1 : ~3).op(OP.i32_and).set(ops.argument);
        f.end();
        f.get(ops.argument);
      }
      f.get(BUDGET).call(JUMP);
    }
    f.set(BUDGET);
    f.i32(0).load(at(STATE.exitReason)).i32(EXIT_RETURN).op(OP.i32_ne).expect(false).if();
    this.#countAll(true);
    f.get(BUDGET).op(OP.return);
    f.end();
    f.i32(0).get(this.#savedTop).store(at(STATE.returnTop));
    this.#count(OP.i32_add);
    this.#reload(this.#wanted, this.#wantsFlags);
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
