/**
 * Differences between the peer (QEMU 7.2's user emulation) and us that are not ours to fix: QEMU is wrong, or the architecture leaves a choice. Each names the
 * section (of DDI 0406C where nothing else is named) that says who is right. What is listed here is counted, not failed.
 */
import { type Case, CPSR_COMPARED, type Outcome, SIGBUS, SIGILL, SIGTRAP } from './case.ts';
import { type Difference, isDataAbort } from './compare.ts';
import { AT_CPSR, AT_FPSCR } from './layout.ts';

export interface KnownCase {
  readonly name: string;
  readonly section: string;
  /** Whether this explains one difference of a case. */
  explains(c: Case, ours: Outcome, theirs: Outcome, difference: Difference): boolean;
}

const CPSR_T = 0x20;
const CPSR_IT = 0x0600fc00;

/** Stopped at the instruction under test itself. */
const stoppedAt = (c: Case, outcome: Outcome, signal: number): boolean => outcome.signal === signal && outcome.state[15] === c.address;

/** Both aborted at the same instruction, for the same reason. */
const bothAborted = (c: Case, ours: Outcome, theirs: Outcome): boolean =>
  isDataAbort(ours, c.address) && ours.signal === theirs.signal && ours.state[15] === theirs.state[15];

const noRow = (c: Case): boolean => c.row.name.startsWith('no row');

const MULTIPLE = /^(LDM|STM|LDRD|STRD|POP|PUSH|VLDM|VSTM|VLDR|VSTR|VPOP|VPUSH|FLDM|FSTM|VLD\d|VST\d)/;
const EXCLUSIVE_STORE = /^STREX/;

/** A VFP instruction on single-precision vectors with FPSCR.STRIDE = 3. */
const singleStride2 = (c: Case): boolean => c.instruction.shape.width === 32 && (c.state[AT_FPSCR]! >>> 20 & 3) === 3 && (c.state[AT_FPSCR]! >>> 16 & 7) !== 0
  && c.instruction.operation.name.startsWith('vfp');

export const KNOWN_CASES: readonly KnownCase[] = [
  {
    name: 'branch of A32 to an address with bits 1-0 = 10: UNPREDICTABLE; we clear bit 1, QEMU keeps it',
    section: 'BXWritePC',
    explains: (_c, ours, theirs) => ((ours.state[AT_CPSR]! | theirs.state[AT_CPSR]!) & CPSR_T) === 0
      && (ours.state[15]! ^ theirs.state[15]!) === 2 && (ours.state[15]! & 2) === 0,
  },
  {
    name: 'store exclusive without the monitor to an address that aborts: IMPLEMENTATION DEFINED which is looked at first; we abort, QEMU returns 1',
    section: 'A8.8.212-215',
    explains: (c, ours, theirs) => EXCLUSIVE_STORE.test(c.row.name) && isDataAbort(ours, c.address) && theirs.state[c.instruction.x.d!] === 1,
  },
  {
    name: 'an abort amid several accesses: what they leave in the listed registers and in memory is UNKNOWN; nothing is changed here, in QEMU what came first',
    section: 'B1.9.8',
    explains: (c, ours, theirs, { what }) => MULTIPLE.test(c.row.name) && bothAborted(c, ours, theirs) && (/^(D|memory)/.test(what)
      || (/^R/.test(what) && what !== 'R15' && Number(what.slice(1)) !== c.instruction.x.n)),
  },
  {
    name: 'UDF encodings that Linux takes for breakpoints: the peer raises SIGTRAP as Linux would; UNDEFINED all the same',
    section: 'A8.8.247',
    explains: (c, ours, theirs) => c.row.name === 'UDF' && stoppedAt(c, ours, SIGILL) && stoppedAt(c, theirs, SIGTRAP),
  },
  {
    name: 'PLDW without the Multiprocessing Extensions: UNDEFINED; QEMU does so in A32, but has a NOP in T32',
    section: 'A8.8.126',
    explains: (c, ours) => c.thumb && c.row.name.startsWith('PLDW') && stoppedAt(c, ours, SIGILL),
  },
  {
    name: 'LEAVEX in Thumb state is a NOP; QEMU has no ThumbEE and takes it as UNDEFINED',
    section: 'A9.3.1',
    explains: (c, _ours, theirs) => c.row.name === 'LEAVEX' && stoppedAt(c, theirs, SIGILL),
  },
  {
    name: 'FPSCR.AHP on a CPU without the half-precision extension: not there; QEMU keeps what is written',
    section: 'B4.1.58 (FPSCR) and DDI 0344, 13.4.2',
    explains: (c, ours, theirs, { what }) => what === 'FPSCR' && c.row.name === 'VMSR (FPSCR)' && ((ours.state[AT_FPSCR]! ^ theirs.state[AT_FPSCR]!) & ~(1 << 26)) === 0,
  },
  {
    name: 'FPSCR.STRIDE = 3 is a distance of 2 registers; QEMU takes 4 for single precision',
    section: 'appendix D11, VFP Vector Operation Support',
    explains: (c, _ours, _theirs, { what }) => singleStride2(c) && /^(D|FPSCR)/.test(what),
  },
  {
    name: 'VFP operations of one double-precision operand on short vectors: QEMU steps the destination on from the source, and not the source',
    section: 'appendix D11, VFP Vector Operation Support',
    explains: (c, _ours, _theirs, { what }) => c.instruction.operation.name === 'vfpUnary' && c.instruction.shape.width === 64
      && (c.state[AT_FPSCR]! >>> 16 & 7) !== 0 && /^(D|FPSCR)/.test(what),
  },
  {
    name: 'element and structure accesses that ask for 32-byte alignment; QEMU checks 16 bytes',
    section: 'A3.2.1, A8.8.320-331 and A8.8.404-411',
    explains: (c, ours, theirs) => /^V(LD|ST)\d/.test(c.row.name) && stoppedAt(c, ours, SIGBUS) && theirs.signal !== SIGBUS
      && (ours.faultAddress & 15) === 0 && (ours.faultAddress & 31) !== 0,
  },
  {
    name: 'VFMA and VFMS of Advanced SIMD belong to VFPv4: UNDEFINED; QEMU executes them on a Cortex-A8',
    section: 'A8.8.317',
    explains: (c, ours) => noRow(c) && stoppedAt(c, ours, SIGILL) && (c.instruction.word & 0xff900f10) === ((c.thumb ? 0xef000c10 : 0xf2000c10) | 0),
  },
  {
    name: 'loads and stores of half-precision registers (coprocessor 9) belong to ARMv8.2: UNDEFINED; QEMU executes them on a Cortex-A8',
    section: 'A7.5, A7.6',
    explains: (c, ours) => noRow(c) && stoppedAt(c, ours, SIGILL) && (c.instruction.word & 0x0f200f00) === 0x0d000900,
  },
  {
    name: 'CPS with a reserved imod, or with nothing to do: UNPREDICTABLE; UNDEFINED here, a NOP in User mode in QEMU',
    section: 'B9.3.1, B9.3.2',
    explains: (c, ours) => noRow(c) && stoppedAt(c, ours, SIGILL)
      && (c.thumb ? (c.instruction.word & 0xfff0d000) === (0xf3a08000 | 0) : (c.instruction.word & 0xfff10020) === (0xf1000000 | 0)),
  },
  {
    name: 'MRC and MCR with an access check as the last of an IT block: ITSTATE is 0 afterwards; QEMU keeps the old one where its translation ends there',
    section: 'A2.5.2, ITAdvance',
    explains: (c, ours, theirs, { what }) => what === 'CPSR' && c.thumb && /^M(RC|CR)/.test(c.row.name)
      && ((ours.state[AT_CPSR]! ^ theirs.state[AT_CPSR]!) & CPSR_COMPARED & ~CPSR_IT) === 0 && (ours.state[AT_CPSR]! & CPSR_IT) === 0,
  },
  {
    name: 'unallocated memory hints of A32 without the Multiprocessing Extensions: a NOP here as with them; UNDEFINED in QEMU',
    section: 'A5.7.1',
    explains: (c, _ours, theirs) => !c.thumb && c.row.name.startsWith('memory hint') && stoppedAt(c, theirs, SIGILL),
  },
  {
    name: 'MRC of an identification register (CRn 0) in User mode: UNDEFINED; the peer lets programs read some, as Linux does on other CPUs',
    section: 'B4.1.106 (MPIDR) and its like: PL1 only',
    explains: (c, ours, theirs) => c.row.name.startsWith('MRC') && stoppedAt(c, ours, SIGILL) && theirs.signal === SIGTRAP && ((c.instruction.x.register ?? -1) >>> 4) === 0xf000,
  },
];
