/**
 * What a region's emitter (emit.ts) and its operations (region-ops.ts) agree on: the parameters of the function, the kinds of exit, what the one needs from the other.
 */
import type { SystemContext } from '../threaded/system-context.ts';
import type { Node } from '../threaded/wasm-ops.ts';

/** Parameters of a region's function: a record and the instructions left. */
export const RECORD = 0;
export const BUDGET = 1;

/** Kinds of exit, in local `kind`; local `argument` says more. */
export const LEAVE_NEXT = 0;
export const LEAVE_JUMP = 1;
export const LEAVE_STEP = 2;
export const LEAVE_EXCHANGE = 3;
/** To code of another context, which STATE.context has already. */
export const LEAVE_SYSTEM = 4;

export interface RegionShape {
  readonly thumb: boolean;
  /** Mode and world at the entry. */
  readonly context: SystemContext;
  /** Whether loads go by sections (Mmu.liesInSection). */
  readonly sections: boolean;
}

/** Where a computed branch goes: code of the same instruction set, of the other one, or as bit 0 says; or of the context in STATE.context. */
export type Where = 'same' | 'exchange' | 'either' | 'system';

/** What a body's end and its constant data need from the emitter. */
export interface RegionControl {
  /** Linear-memory offset of data at a constant address that may be taken as constant while the region lasts; -1 where it may not. */
  constantData(va: number, bytes: number): number;
  constantLoad(host: number, size: number): number;
  /** CBZ, CBNZ: the condition. */
  branchCondition: Node | undefined;
  /** A computed branch. */
  indirect(target: Node, set: Where): void;
  /** Linear-memory offset of the region's code minus its virtual address. */
  readonly addend: number;
  /** Whether the region has VFP or Advanced SIMD instructions. */
  readonly vector: boolean;
  /** Mask of the registers that are loaded by way of themselves: pointers that walk. */
  readonly walking: number;
  /** Where loads go by sections: added to a sixteenth of the offset of a TLB entry, gives that of its byte (layout.ts: NO_SECTION); else 0. */
  readonly sectionBytes: number;
}
