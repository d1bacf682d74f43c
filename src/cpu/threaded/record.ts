/**
 * Records: what the threaded tier executes. A block is a run of records in linear memory; each names a handler (a WebAssembly function in the
 * machine's table) and holds what the handler's code reads: addresses and operands.
 *
 * Words: 0 handler, 1 address of the instruction, 2 instructions of the block after this one (bits 0-15) and ITSTATE of this one (bits 16-23),
 * 3-7 operands (registers as byte offsets in the CPU state); a direct branch has its link in 7: the record that it goes on to, or 0.
 */
import { JUMP_CACHE_BYTES } from '../layout.ts';

export const RECORD_BYTES = 32;
export const RECORD_HANDLER = 0;
export const RECORD_PC = 4;
export const RECORD_REST = 8;
export const RECORD_OPERANDS = 12;
export const RECORD_LINK = 28;
/** Operands that fit; the fifth stands where a direct branch, which has fewer, has its link. */
export const OPERANDS = 5;

/** Handlers that every table has. */
export const HANDLER_EVALUATE = 0;
export const HANDLER_JUMP = 1;
export const HANDLER_ENTRY = 2;
export const HANDLER_NEXT = 3;
/** Skips the next record where condition 0-13 fails. */
export const HANDLER_CONDITION = 4;
export const FIRST_OPERATION_HANDLER = HANDLER_CONDITION + 14;

/** Why generated code came back (STATE.exitReason). */
export const EXIT_EVALUATED = 1;
export const EXIT_BUDGET = 2;
export const EXIT_JUMP = 3;
/** A branch that changed the instruction set. */
export const EXIT_EXCHANGE = 4;

/** The jump cache: direct-mapped entries of four words {linear offset of the code, virtual address, context, record}. */
export const JUMP_ENTRY_BYTES = 16;
export const JUMP_ENTRIES = JUMP_CACHE_BYTES / JUMP_ENTRY_BYTES;
