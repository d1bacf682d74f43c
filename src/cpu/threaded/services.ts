/**
 * What modules of generated code import: the machine's memory, and functions of its first module (handlers.ts). Those of regions import no table, of which V8
 * would keep a copy for each module.
 */
import { type FunctionType, I32, type Import } from '../../wasm/index.ts';

/** (record, instructions left) -> instructions left. For `jump` the first parameter is the target's address. */
export const HANDLER_TYPE: FunctionType = { params: [I32, I32], results: [I32] };
export const STEP_TYPE: FunctionType = { params: [I32, I32, I32], results: [I32] };
/** The host's `evaluate(record)`: 0 to go on with the next record. */
export const EVALUATE_TYPE: FunctionType = { params: [I32], results: [I32] };

/** The types of every module, by index. */
export const TYPES: readonly FunctionType[] = [HANDLER_TYPE, STEP_TYPE, EVALUATE_TYPE];
export const TYPE_HANDLER = 0;
export const TYPE_STEP = 1;
export const TYPE_EVALUATE = 2;

/** The functions, by index. `probe(va, info)`: the host's (mmu/probe-info.ts). */
export const PROBE = 0;
/** `lookup(va, cached, info)` (lookupFunction). */
export const LOOK_UP = 1;
/** `find(world, TTBR0, DACR)`: an entry of STATE.regimes or 0; and `choose(world, entry, whether it is the world in force)`. */
export const FIND_REGIME = 2;
export const CHOOSE_REGIME = 3;
/** `step(pc, it, next)`: the evaluate tier's one instruction for regions, 0 to go on (ThreadedTier.evaluateAt). */
export const STEP = 4;
/** `elsewhere(record, page, addend)`: 0 where the code of a page is `addend` from its address after all; asked by the region in the place of a HANDLER_COUNT record. */
export const ELSEWHERE = 5;
/** The handlers HANDLER_JUMP and HANDLER_NEXT. */
export const JUMP = 6;
export const NEXT = 7;
/** Goes on with a record. */
export const GO = 8;

/** The imports' module. */
export const MACHINE = 'machine';

export const SERVICES: readonly Import[] = [
  ['probe', TYPE_HANDLER], ['lookup', TYPE_STEP], ['find', TYPE_STEP], ['choose', TYPE_STEP], ['step', TYPE_STEP], ['elsewhere', TYPE_STEP],
  ['jump', TYPE_HANDLER], ['next', TYPE_HANDLER], ['go', TYPE_HANDLER],
].map(([name, type]) => ({ kind: 'function', module: MACHINE, name, type }) as Import);
