/**
 * The table of handlers: made on first use, one WebAssembly function for each handler of the decoder.
 */
import type { Ops } from '../../isa/all-ops.ts';
import { branch } from '../../isa/bodies/branch.ts';
import type { Instruction } from '../../isa/operation.ts';
import { buildModule, FunctionBuilder, type Import, type WasmTable, webAssembly } from '../../wasm/index.ts';
import { EvaluateOps } from '../evaluate/ops.ts';
import type { LinearMemory } from '../memory.ts';
import {
  chooseRegime, conditionHandler, countHandler, entryHandler, evaluateHandler, findRegime, goFunction, hostFunction, jumpHandler, lookupFunction, nextHandler,
} from './fixed-handlers.ts';
import { HandlerOps } from './handler-ops.ts';
import { FIRST_OPERATION_HANDLER, HANDLER_EVALUATE, HANDLER_JUMP, HANDLER_NEXT, OPERANDS } from './record.ts';
import { HANDLER_TYPE, MACHINE, SERVICES, STEP_TYPE, TYPE_EVALUATE, TYPE_HANDLER, TYPE_STEP, TYPES } from './services.ts';
import { hasCode, type SystemContext } from './system-context.ts';
import { Unsupported } from './wasm-ops.ts';
import { NeedsContext } from './wasm-system-ops.ts';

/** What a handler turned out to be. */
export interface Handler {
  /** In the order of a record's words: registers are told by their offset in the CPU state, so shifted by 2. */
  readonly operands: readonly { readonly name: string; readonly shift: number }[];
  /** Index in the table; HANDLER_EVALUATE where the tier has no code for it. */
  readonly index: number;
  /** The body ends by a branch in every case: the block ends with it. */
  readonly closes: boolean;
  /** The mode that what follows is for, where the instruction changes it. */
  readonly modeAfter: number | undefined;
}

export interface HandlersHost {
  evaluate(record: number): number;
  step(pc: number, it: number, next: number): number;
  elsewhere(record: number, page: number, addend: number): number;
  probe(va: number, info: number): number;
}

const TABLE: Import = { kind: 'table', module: MACHINE, name: 'handlers', initial: 1 };
/** The host's functions among those that the first module imports. */
const HOST_FUNCTIONS: readonly Import[] = [
  { kind: 'function', module: MACHINE, name: 'evaluate', type: TYPE_EVALUATE },
  { kind: 'function', module: MACHINE, name: 'step', type: TYPE_STEP },
  { kind: 'function', module: MACHINE, name: 'elsewhere', type: TYPE_STEP },
  { kind: 'function', module: MACHINE, name: 'probe', type: TYPE_HANDLER },
];
const [HOST_EVALUATE, HOST_STEP, HOST_ELSEWHERE, HOST_PROBE] = [0, 1, 2, 3];
const TABLE_GROWTH = 256;
/** Handlers that are compiled together, and how many instructions the evaluate tier executes before fewer are. */
const BATCH = 16;
const MOST_MISSED = 64;
const ALWAYS = 14;
const EVALUATED: Handler = { operands: [], index: HANDLER_EVALUATE, closes: false, modeAfter: undefined };
/** In the place of a handler that is made for each mode and world. */
const BY_CONTEXT: Handler = { ...EVALUATED };

// What HandlerOps lacks (system instructions, VFP, NEON) is left to the evaluate tier. Every other tier has all of Ops, so its names say what is lacking.
function refuseTheRest(of: object): object {
  const prototype = Object.create(of) as object;
  for (let from = EvaluateOps.prototype as object; from !== Object.prototype; from = Object.getPrototypeOf(from) as object) {
    for (const name of Object.getOwnPropertyNames(from)) {
      if (name in prototype) continue;
      Object.defineProperty(prototype, name, { value: () => { throw new Unsupported(name); } });
    }
  }
  return prototype;
}

export class Handlers {
  readonly table: WasmTable;
  readonly #memory: LinearMemory;
  readonly #enter: (record: number, budget: number) => number;
  /** What modules import (services.ts). */
  readonly #services: Readonly<Record<string, unknown>>;
  readonly #made = new Map<number, Handler>();
  readonly #prototype = refuseTheRest(HandlerOps.prototype);
  readonly #systemMade = new Map<number, Handler>();
  readonly #free: number[] = [];
  #next = FIRST_OPERATION_HANDLER;
  /** Whether handlers are compiled some together, for V8 keeps a copy of the table's length for each module; otherwise before they are first needed. */
  waits = false;
  /** Not compiled yet: the evaluate handler stands in for them. */
  readonly #pending: { readonly index: number; readonly body: FunctionBuilder }[] = [];
  /** How often instructions were evaluated while handlers were pending. */
  #missed = 0;
  readonly #evaluateHandler: unknown;
  /** Modules compiled for the machine, those of regions included, and their bytes. */
  modules = 0;
  moduleBytes = 0;

  /** What the host does for generated code (record.ts, fixed-handlers.ts); `evaluate` is its part of the evaluate handler: executes the record's instruction, returns 0 to go on. */
  constructor(memory: LinearMemory, host: HandlersHost) {
    this.#memory = memory;
    const { Table } = webAssembly();
    this.table = new Table({ element: 'anyfunc', initial: TABLE_GROWTH });
    const { jumpCache, sectionBytes } = memory.layout;
    const fixed = [evaluateHandler(HOST_EVALUATE), jumpHandler(jumpCache), entryHandler(), nextHandler()];
    for (let condition = 0; condition < 14; condition++) fixed.push(conditionHandler(condition));
    fixed.push(countHandler());
    const services: Readonly<Record<string, FunctionBuilder>> = {
      probe: hostFunction(HANDLER_TYPE, HOST_PROBE), lookup: lookupFunction(HOST_PROBE, sectionBytes), find: findRegime(), choose: chooseRegime(),
      step: hostFunction(STEP_TYPE, HOST_STEP), elsewhere: hostFunction(STEP_TYPE, HOST_ELSEWHERE), go: goFunction(),
    };
    const exports = this.#compile([...fixed, ...Object.values(services)].map((body) => ({ body })), [TABLE, ...HOST_FUNCTIONS], { handlers: this.table, ...host });
    fixed.forEach((_, index) => { this.table.set(index, exports[index]); });
    this.#evaluateHandler = exports[HANDLER_EVALUATE];
    this.#services = {
      ...Object.fromEntries(Object.keys(services).map((name, i) => [name, exports[fixed.length + i]])), jump: exports[HANDLER_JUMP], next: exports[HANDLER_NEXT],
    };
    this.#enter = this.#services.go as (record: number, budget: number) => number;
  }

  /** Number of handlers made, the fixed ones included. */
  get count(): number { return this.#next; }

  enter(record: number, budget: number): number {
    if (this.#pending.length >= (this.waits ? BATCH : 1)) this.#compilePending();
    return this.#enter(record, budget);
  }

  /** The evaluate tier is to execute an instruction that may have a handler that is not compiled yet. */
  missed(): void {
    if (this.#pending.length > 0 && ++this.#missed >= MOST_MISSED) this.#compilePending();
  }

  #compilePending(): void {
    const compiled = this.#compile(this.#pending, [...SERVICES, TABLE], { ...this.#services, handlers: this.table });
    this.#pending.forEach(({ index }, i) => { this.table.set(index, compiled[i]); });
    this.#pending.length = 0;
    this.#missed = 0;
  }

  /** Compiles functions that use none but the memory and the services. `name` is for the host's profilers alone. */
  compile(functions: readonly { readonly body: FunctionBuilder; readonly name: string }[]): readonly unknown[] {
    return this.#compile(functions, SERVICES, this.#services);
  }

  #compile(functions: readonly { readonly body: FunctionBuilder; readonly name?: string }[], imports: readonly Import[], imported: Readonly<Record<string, unknown>>): readonly unknown[] {
    const { wasm } = this.#memory;
    const bytes = buildModule({
      types: TYPES,
      imports: [{ kind: 'memory', module: MACHINE, name: 'memory', pages: wasm.buffer.byteLength / 65536 }, ...imports],
      functions: functions.map((each, i) => ({ ...each, type: TYPES.indexOf(each.body.type), exportName: `f${i}` })),
    });
    this.modules++;
    this.moduleBytes += bytes.length;
    const { Module, Instance } = webAssembly();
    const { exports } = new Instance(new Module(bytes), { [MACHINE]: { memory: wasm, ...imported } });
    return functions.map((_, i) => exports[`f${i}`]);
  }

  /** The handler for a decoded instruction, whose condition (if any) is checked by a record before it. */
  of(instruction: Instruction, inIT: boolean, mode: number, nonsecure: boolean): Handler {
    const handler = this.#get(instruction, inIT, ALWAYS);
    return handler === BY_CONTEXT ? this.#system(instruction, inIT, mode, nonsecure) : handler;
  }

  /**
   * System instructions have a handler for each mode and world, and those that access CP15 for each register with code of its own: no others, for the
   * guest chooses the number.
   */
  #system(instruction: Instruction, inIT: boolean, mode: number, nonsecure: boolean): Handler {
    const named = instruction.x.register;
    const register = named !== undefined && hasCode(named) ? named : undefined;
    const key = (Handlers.#key(instruction, inIT, mode) * 2 + (nonsecure ? 1 : 0)) * 2 ** 20 + (register === undefined ? 0 : register + 1);
    let handler = this.#systemMade.get(key);
    if (handler === undefined) {
      handler = this.#make(instruction, inIT, ALWAYS, { mode, nonsecure, register });
      this.#systemMade.set(key, handler);
    }
    return handler;
  }

  /** The handler for a direct branch with its condition, or undefined where the instruction is something else. */
  ofConditionalBranch(instruction: Instruction, inIT: boolean, condition: number): Handler | undefined {
    return instruction.operation.name === branch.name ? this.#get(instruction, inIT, condition) : undefined;
  }

  /** `which` is a condition or mode. */
  static #key(instruction: Instruction, inIT: boolean, which: number): number { return (instruction.handler * 32 + which) * 2 + (inIT ? 1 : 0); }

  #get(instruction: Instruction, inIT: boolean, condition: number): Handler {
    const key = Handlers.#key(instruction, inIT, condition);
    let handler = this.#made.get(key);
    if (handler === undefined) {
      handler = this.#make(instruction, inIT, condition);
      this.#made.set(key, handler);
    }
    return handler;
  }

  #make(instruction: Instruction, inIT: boolean, condition: number, system?: SystemContext): Handler {
    const { operation } = instruction;
    const names = Object.keys(operation.operands);
    if (names.length > OPERANDS) return EVALUATED;
    const f = new FunctionBuilder(HANDLER_TYPE);
    const thumb = instruction.row.set === 'T32';
    const ops = new HandlerOps(f, thumb, inIT, system);
    Object.setPrototypeOf(ops, this.#prototype);
    const tokens: Record<string, unknown> = {};
    names.forEach((name, slot) => {
      tokens[name] = operation.operands[name] === 'reg' ? { slot, pc: instruction.x[name] === 15 } : { slot };
    });
    try {
      const body = (): void => { operation.body(ops as unknown as Ops, instruction.shape, tokens as never); };
      if (condition === ALWAYS) body();
      else ops.conditionalBranch(condition, body);
    } catch (error) {
      if (error instanceof NeedsContext) return BY_CONTEXT;
      if (error instanceof Unsupported) return EVALUATED;
      throw error;
    }
    ops.finish();
    const index = this.#place();
    this.#pending.push({ index, body: f });
    this.table.set(index, this.#evaluateHandler);
    const operands = names.map((name) => ({ name, shift: operation.operands[name] === 'reg' ? 2 : 0 }));
    return { operands, index, closes: ops.closed, modeAfter: ops.modeAfter };
  }

  /** Puts a function into the table and returns its index. */
  install(compiled: unknown): number {
    const index = this.#place();
    this.table.set(index, compiled);
    return index;
  }

  #place(): number {
    const index = this.#free.pop() ?? this.#next++;
    if (index >= this.table.length) this.table.grow(TABLE_GROWTH);
    return index;
  }

  /** Gives an index back to which no record leads any more. */
  remove(index: number): void {
    this.table.set(index, null);
    this.#free.push(index);
  }
}
