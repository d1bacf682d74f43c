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
/** A link that cannot be made: the target lies in another page, and goes by the jump cache. */
export const NO_LINK = -1;
/**
 * Of a HANDLER_NEXT record whose target lies in another page: the record that it goes on to, or 0, and what the table must say of that page (TLB_ADDEND)
 * for that to hold.
 */
export const RECORD_FAR = 12;
export const RECORD_FAR_ADDEND = 16;
/** Of a HANDLER_NEXT record that ends a region's path: an address in the page that it leaves, plus 1. */
export const RECORD_HOME = 20;
/** Of a record with a link, once it is made: the next record whose link leads to the same block, or 0. */
export const RECORD_SAME_TARGET = 24;
/** Operands that fit; the fifth stands where a direct branch, which has fewer, has its link. */
export const OPERANDS = 5;

/**
 * A block is told by the offset of its HANDLER_ENTRY record, whose other words are its header; behind it stand HANDLER_COUNT where its entries are counted, its
 * instructions, and HANDLER_NEXT. A link leads to the first of these or, past the counting, to the second: either has BLOCK_COST and is followed by what to do.
 */
export type Block = number;
export const NO_BLOCK: Block = 0;
export const BLOCK_VA = RECORD_PC;
/** ITSTATE is in bits 8-15. */
export const BLOCK_CONTEXT = 8;
/** Two halves of a word: its instructions, taken from the budget when it is entered, and its bytes of code, 0 where they were stored to: then nothing leads here any more. */
export const BLOCK_COST = 12;
export const BLOCK_LENGTH = 14;
/** The offset of its code. */
export const BLOCK_HOST = 16;
/** The first record whose link leads here, or 0; the others by RECORD_SAME_TARGET. */
export const BLOCK_INCOMING = 20;
/** The next block with the same hash, and with code in the same page, or NO_BLOCK. */
export const BLOCK_SAME_HASH = 24;
export const BLOCK_SAME_PAGE = 28;
/** The HANDLER_COUNT record of a block that is counted, and its word that counts entries down. */
export const counterOf = (block: Block): number => block + RECORD_BYTES;
export const blockOfCounter = (record: number): Block => record - RECORD_BYTES;
export const RECORD_COUNT = 16;

/** Handlers that every table has. */
export const HANDLER_EVALUATE = 0;
export const HANDLER_JUMP = 1;
export const HANDLER_ENTRY = 2;
export const HANDLER_NEXT = 3;
/** Skips the next record where condition 0-13 fails. */
export const HANDLER_CONDITION = 4;
/** Counts a block's entries down (RECORD_COUNT) and leaves at zero; else goes on with the block's instructions behind it. A region's function may stand in its place. */
export const HANDLER_COUNT = HANDLER_CONDITION + 14;
export const FIRST_OPERATION_HANDLER = HANDLER_COUNT + 1;

/** Why generated code came back (STATE.exitReason). */
export const EXIT_EVALUATED = 1;
export const EXIT_BUDGET = 2;
export const EXIT_JUMP = 3;
/** The count of the block in exitRecord (its HANDLER_COUNT record) reached zero. */
export const EXIT_HOT = 4;
/** The instruction at R15 is to be executed by the evaluate tier. */
export const EXIT_STEP = 5;
/** A branch went to the return target of a region's call, which goes on. */
export const EXIT_RETURN = 6;
/** An exception return that the host is to do, of the PSR in exitRecord to R15; it is paid for. */
export const EXIT_EXCEPTION_RETURN = 7;

/** The jump cache: direct-mapped entries of four words {linear offset of the code, virtual address, context, record}. */
export const JUMP_ENTRY_BYTES = 16;
export const JUMP_ENTRIES = JUMP_CACHE_BYTES / JUMP_ENTRY_BYTES;
/** The entry for a linear offset: its bits from 1 on, those from JUMP_FOLD on folded in. */
export const JUMP_FOLD = 13;
export const jumpEntry = (host: number): number => ((host ^ host >>> JUMP_FOLD) << 3) & (JUMP_ENTRIES - 1) << 4;
