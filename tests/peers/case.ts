/** A case of the random-instruction test, and what became of it on one of the machines. */
import type { Instruction, Row } from '../../src/isa/index.ts';
import { STATE_WORDS } from './layout.ts';

export interface Case {
  readonly row: Row;
  /** The instruction under test. */
  readonly instruction: Instruction;
  /** Instruction words that run before it (SETEND, or the load of a store exclusive); in order. */
  readonly prefix: readonly Code[];
  readonly thumb: boolean;
  /** Address of the first instruction in the slot. */
  readonly start: number;
  /** Address of the instruction under test. */
  readonly address: number;
  /** State before the first instruction (layout.ts). */
  readonly state: Int32Array;
}

/** An instruction's bits and length in bytes. */
export interface Code { readonly word: number; readonly length: number }

export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGBUS = 7;
export const SIGSEGV = 11;

export interface Outcome {
  /** How the case stopped, in the terms of Linux: SIGILL (UNDEFINED), SIGTRAP (breakpoint), SIGBUS (alignment), SIGSEGV (any other abort). */
  readonly signal: number;
  /** The address of an abort of data. */
  readonly faultAddress: number;
  /** State where it stopped. */
  readonly state: Int32Array;
  /** Changed words of the window: offset and value by turns. */
  readonly changes: readonly number[];
  /** Our tiers: instructions counted, the last (the stop) included; how many of them the evaluate tier executed, how many regions did. */
  readonly count: number;
  readonly evaluated: number;
  readonly inRegions: number;
}

export function emptyState(): Int32Array {
  return new Int32Array(STATE_WORDS);
}

export const SIGNAL_NAMES: Readonly<Record<number, string>> = { [SIGILL]: 'SIGILL', [SIGTRAP]: 'SIGTRAP', [SIGBUS]: 'SIGBUS', [SIGSEGV]: 'SIGSEGV' };

/** CPSR bits that are compared: N, Z, C, V, Q, IT, J, GE, E, T. */
export const CPSR_COMPARED = 0xff0ffe20 | 0;
