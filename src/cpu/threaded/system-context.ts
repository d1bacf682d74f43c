/** What generated code for system instructions is made for, and the CP15 registers that it accesses itself. */
import { coprocessorKey } from '../../isa/ops.ts';
import { OPERATION_ROWS } from '../cp15/operations.ts';
import { MODE_MON, STATE } from '../layout.ts';

/** Mode and world are a part of a block's key: bank swaps are plain moves, and the banked copy of a CP15 register is one word. */
export interface SystemContext {
  readonly mode: number;
  /** SCR.NS. */
  readonly nonsecure: boolean;
  /** Register of a CP15 access (coprocessorKey), where it is known. */
  readonly register?: number | undefined;
}

/** The world whose tables and registers are in force: monitor mode is secure whatever SCR.NS says. */
export const worldOf = (mode: number, nonsecure: boolean): 0 | 1 => (nonsecure && mode !== MODE_MON ? 1 : 0);

/** STATE.context of little-endian code. */
export const contextWord = (mode: number, nonsecure: boolean, thumb: boolean): number => (thumb ? 1 : 0) | (nonsecure ? 1 << 2 : 0) | mode << 3;

export interface PlainRegister {
  readonly word: number;
  readonly banked: boolean;
  /** Bits that a write reaches; undefined where a write does more than store. */
  readonly writable?: number;
  /** Only in secure state, or with SCR.NS = 0 where the copy read depends on more. */
  readonly secureOnly?: true;
  /** What user mode may do. */
  readonly user?: 'read' | 'write';
}

export const SCR = coprocessorKey(15, 0, 1, 1, 0);
export const TTBR0 = coprocessorKey(15, 0, 2, 0, 0);
export const DACR = coprocessorKey(15, 0, 3, 0, 0);
/** SCR's bits: NS, IRQ, FIQ, EA, FW, AW. */
export const SCR_BITS = 0x3f;
/** TTBR0's bits. */
export const TTBR0_BITS = 0xffffff9b | 0;

/** CP15 registers whose reads and writes only move a word (a test compares each with CP15 itself). */
export const PLAIN_REGISTERS: ReadonlyMap<number, PlainRegister> = new Map<number, PlainRegister>([
  [coprocessorKey(15, 0, 5, 0, 0), { word: STATE.DFSR, banked: true, writable: 0x1cff }],
  [coprocessorKey(15, 0, 5, 0, 1), { word: STATE.IFSR, banked: true, writable: 0x140f }],
  [coprocessorKey(15, 0, 6, 0, 0), { word: STATE.DFAR, banked: true, writable: -1 }],
  [coprocessorKey(15, 0, 6, 0, 2), { word: STATE.IFAR, banked: true, writable: -1 }],
  [TTBR0, { word: STATE.TTBR0, banked: true }],
  [coprocessorKey(15, 0, 2, 0, 1), { word: STATE.TTBR1, banked: true }],
  [coprocessorKey(15, 0, 2, 0, 2), { word: STATE.TTBCR, banked: true }],
  [DACR, { word: STATE.DACR, banked: true }],
  [coprocessorKey(15, 0, 12, 0, 0), { word: STATE.VBAR, banked: true, writable: ~31 }],
  [coprocessorKey(15, 0, 1, 0, 0), { word: STATE.SCTLR, banked: true }],
  [coprocessorKey(15, 0, 7, 4, 0), { word: STATE.PAR, banked: true }],
  [coprocessorKey(15, 0, 13, 0, 1), { word: STATE.CONTEXTIDR, banked: true, writable: -1 }],
  [coprocessorKey(15, 0, 13, 0, 2), { word: STATE.TPIDRURW, banked: true, writable: -1, user: 'write' }],
  [coprocessorKey(15, 0, 13, 0, 3), { word: STATE.TPIDRURO, banked: true, writable: -1, user: 'read' }],
  [coprocessorKey(15, 0, 13, 0, 4), { word: STATE.TPIDRPRW, banked: true, writable: -1 }],
  [coprocessorKey(15, 0, 1, 0, 2), { word: STATE.CPACR, banked: false, writable: 0x00f00000, secureOnly: true }],
  [SCR, { word: STATE.SCR, banked: false, secureOnly: true }],
  [coprocessorKey(15, 0, 12, 0, 1), { word: STATE.MVBAR, banked: false, writable: ~31, secureOnly: true }],
]);

/**
 * Operations that do nothing here (a test compares each with CP15 itself): maintenance of caches and branch predictors, which are not modelled, and of
 * the TLB, whose entries are never stale; barriers. The value says whether user mode may use it.
 */
export const IDLE_OPERATIONS: ReadonlyMap<number, boolean> = new Map<number, boolean>([
  [coprocessorKey(15, 0, 7, 0, 4), false],
  ...([[5, 0], [5, 1], [5, 6], [5, 7], [6, 1], [6, 2], [10, 1], [10, 2], [11, 1], [13, 1], [14, 1], [14, 2]] as const)
    .map(([crm, opc2]): [number, boolean] => [coprocessorKey(15, 0, 7, crm, opc2), false]),
  ...([[5, 4], [10, 4], [10, 5]] as const).map(([crm, opc2]): [number, boolean] => [coprocessorKey(15, 0, 7, crm, opc2), true]),
  ...[5, 6, 7].flatMap((crm) => [0, 1, 2].map((opc2): [number, boolean] => [coprocessorKey(15, 0, 8, crm, opc2), false])),
]);

/** Registers that always read the same (a test compares each with CP15 itself), to privileged code alone. */
export const CONSTANT_REGISTERS: ReadonlyMap<number, number> = new Map(
  ([
    [OPERATION_ROWS.MIDR, 0, 0, 0], [OPERATION_ROWS.CTR, 0, 0, 1], [OPERATION_ROWS.TLBTR, 0, 0, 3], [OPERATION_ROWS.MPIDR, 0, 0, 5], [OPERATION_ROWS.ID_MMFR0, 0, 1, 4],
    [OPERATION_ROWS.CLIDR, 1, 0, 1],
  ] as const).map(([{ reset }, opc1, crm, opc2]): [number, number] => [coprocessorKey(15, opc1, 0, crm, opc2), reset | 0]));

/** Whether generated code has code of its own for a coprocessor register. */
export function hasCode(register: number): boolean { return PLAIN_REGISTERS.has(register) || IDLE_OPERATIONS.has(register) || CONSTANT_REGISTERS.has(register); }
