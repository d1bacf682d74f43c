/**
 * Where everything lies in a test of random instructions: the addresses that the peer's process and our machine share, and the records that
 * go to the peer and come back. harness.S gets the same numbers as preprocessor definitions (`harnessDefinitions`).
 */

/** Cases of one run of the peer. */
export const BATCH = 2000;

/**
 * Code: one slot a case, everything else is breakpoints, so that a branch that lands beside a slot stops at once. Two regions, one filled with a word that is a
 * breakpoint in A32 (and in T32 at a multiple of 4), one with T32 breakpoints. Read-only and executable.
 */
export const CODE_A32 = 0x10000000;
export const CODE_T32 = 0x10100000;
export const CODE_SIZE = 0x28000;
/** Breakpoints before the first slot: room for branches and literals backwards. */
export const FIRST_SLOT = 0x4000;
export const SLOT_BYTES = 64;
/** Code in a slot ends within so many bytes. */
export const SLOT_HEAD = 20;
/** A32: BKPT #0xbe0; the low halfword is T32's BKPT #0x70. */
export const FILL_A32 = 0xe120be70 | 0;
/** T32: BKPT #0, twice. */
export const FILL_T32 = 0xbe00be00 | 0;

/** The data that instructions load and store; nothing is mapped around it. */
export const WINDOW = 0x12000000;
export const WINDOW_SIZE = 0x3000;
export const WINDOW_MIDDLE = WINDOW + WINDOW_SIZE / 2;

/** What only the peer's harness has: cases that touch these addresses are drawn again. */
const HARNESS = 0x20000000;
const PRISTINE = 0x20100000;
const INPUT = 0x20200000;
const OUTPUT = 0x20400000;
const STACK = 0x20f00000;
const RESERVED: readonly (readonly [number, number])[] = [
  [HARNESS, 0x21000000],
  // Stack and mappings of QEMU's user emulation.
  [0x3f000000, 0x50000000],
  // The page of kernel helpers of Linux on ARM.
  [0xffff0000, 0xffff1000],
];

export function isReserved(address: number): boolean {
  const at = address >>> 0;
  return RESERVED.some(([from, to]) => at >= from - 256 && at < to);
}

/** Words of a state: R0-R15, CPSR, D0-D31 (low word first), FPSCR. */
export const STATE_WORDS = 82;
export const AT_CPSR = 16;
export const AT_D = 17;
export const AT_FPSCR = 81;

/** A result: signal, its address, number of changed words of the window, state; then pairs of offset and value of the changed words. */
export const RESULT_HEAD = 3;

/** Values of TPIDRURW and TPIDRURO before each case. */
export const THREAD_ID_RW = 0x13579bdf;
export const THREAD_ID_RO = 0x2468ace0;

export function harnessDefinitions(): string[] {
  const numbers = {
    CODE_A32, CODE_T32, CODE_SIZE, WINDOW, WINDOW_SIZE, THREAD_ID_RW, THREAD_ID_RO, PRISTINE, INPUT, OUTPUT, STACK,
    INPUT_SIZE: BATCH * STATE_WORDS * 4 + 0x10000 & ~0xfff, OUTPUT_SIZE: STACK - OUTPUT, STACK_SIZE: 0x10000,
  };
  return [...Object.entries(numbers).map(([name, value]) => `-D${name}=0x${value.toString(16)}`), `-Wl,-Ttext=0x${HARNESS.toString(16)}`];
}
