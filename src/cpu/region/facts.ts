/**
 * What the region tier must know of an instruction before it emits code: found by running its body once for each handler, with unknown operands, into code
 * that is thrown away.
 */
import type { Ops } from '../../isa/all-ops.ts';
import type { Instruction } from '../../isa/operation.ts';
import { FunctionBuilder, I32 } from '../../wasm/index.ts';
import { hasCode, type SystemContext } from '../threaded/system-context.ts';
import { type RegToken, Unsupported } from '../threaded/wasm-ops.ts';
import type { RegionControl } from './region-control.ts';
import { RegionOps } from './region-ops.ts';
import { UNKNOWN_SLOT } from './region-register-ops.ts';

export interface Facts {
  /** False: the evaluate tier executes it. */
  supported: boolean;
  /** Operands, by position, that are registers read and written. */
  reads: number;
  writes: number;
  /** The registers of its list are read or written. */
  listRead: boolean;
  listWritten: boolean;
  /** They are User mode's. */
  listIsUser: boolean;
  /** Masks of R0-R14 that are read and written besides. */
  fixedRead: number;
  fixedWritten: number;
  /** Writes LR as a call does. */
  linked: boolean;
  flagsWritten: boolean;
  /** Needs C or V as they were before; sets both anew. */
  carryRead: boolean;
  carryKilled: boolean;
  /** The same of N and Z. */
  signRead: boolean;
  signKilled: boolean;
  /** Touches memory or state besides registers and flags, or may leave. */
  effects: boolean;
  /** VFP or Advanced SIMD: asks what speaks against generated code. */
  vector: boolean;
  end: 'none' | 'direct' | 'directIf' | 'exchange' | 'indirect' | 'system';
  /** Another table may be in force behind it, or another world or privilege. */
  translation: boolean;
  /** Mode and world of what follows, where they are others. */
  contextAfter: SystemContext | undefined;
  /** Position of the branch offset among the operands. */
  offset: number;
  /** Bytes of code that it makes. */
  size: number;
}

const NO_CONTROL: RegionControl = {
  constantData: () => -1,
  constantLoad: () => 0,
  branchCondition: undefined,
  indirect: () => undefined,
  addend: 0,
  vector: false,
  walking: 0,
  sectionBytes: 0,
};

export class FactsTable {
  readonly #made = new Map<number, Facts>();

  of(instruction: Instruction, inIT: boolean, thumb: boolean, context: SystemContext): Facts {
    const { register } = instruction.x;
    const handler = (instruction.handler * 2 + (inIT ? 1 : 0)) * 64 + (context.mode & 31) * 2 + (context.nonsecure ? 1 : 0);
    // An access to a coprocessor is another instruction for each register; those without code of their own are all alike.
    const key = register === undefined ? handler : handler * 2 ** 20 + (hasCode(register) ? register : 0) + 1;
    let facts = this.#made.get(key);
    if (facts === undefined) {
      facts = find(instruction, inIT, thumb, context);
      this.#made.set(key, facts);
    }
    return facts;
  }
}

function find(instruction: Instruction, inIT: boolean, thumb: boolean, context: SystemContext): Facts {
  const facts: Facts = {
    supported: true, reads: 0, writes: 0, listRead: false, listWritten: false, listIsUser: false, fixedRead: 0, fixedWritten: 0, linked: false, flagsWritten: false,
    carryRead: false, carryKilled: false, signRead: false, signKilled: false, effects: false, vector: false, translation: false, end: 'none', contextAfter: undefined, offset: 0, size: 0,
  };
  const { operation } = instruction;
  const f = new FunctionBuilder({ params: [I32, I32], results: [I32] });
  const ops = new RegionOps(f, { thumb, context, sections: false }, NO_CONTROL, facts);
  const tokens: Record<string, unknown> = {};
  Object.keys(operation.operands).forEach((name, i) => {
    const register: RegToken = { slot: UNKNOWN_SLOT + i, pc: false };
    tokens[name] = operation.operands[name] !== 'reg' ? { slot: i } : instruction.x[name] === 15 ? { slot: 15, pc: true } : register;
  });
  if (instruction.x.register !== undefined) tokens.register = { slot: instruction.x.register };
  ops.begin(0, instruction.length, inIT ? 0xe8 : 0, 0, context);
  try {
    operation.body(ops as unknown as Ops, instruction.shape, tokens as never);
    ops.commit();
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    facts.supported = false;
    facts.end = 'none';
    facts.contextAfter = undefined;
  }
  facts.size = f.code.length;
  return facts;
}
