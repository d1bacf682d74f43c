/** Random cases of a row: field values, prefixes, IT state, and registers that make addresses hit the window. */
import { type Decoder, type Fields, type Instruction, type InstructionSet, type Operation, operation, type Row } from '../../src/isa/index.ts';
import { extractFields, fieldWidth, insertField, matches, parsePattern, type Pattern } from '../../src/isa/pattern.ts';
import { type Case, type Code, type Outcome, SIGBUS, SIGSEGV } from './case.ts';
import { exclusion, unallocatedExclusion, unpredictableInUserMode } from './excluded.ts';
import {
  AT_CPSR, CODE_A32, CODE_SIZE, CODE_T32, FILL_A32, FILL_T32, FIRST_SLOT, isReserved, SLOT_BYTES, SLOT_HEAD, WINDOW, WINDOW_MIDDLE, WINDOW_SIZE,
} from './layout.ts';
import type { PeerMachine } from './machine.ts';
import type { Random } from './random.ts';
import { randomState, setVectorLength } from './values.ts';

export interface RowPlan {
  readonly pattern: Pattern;
  readonly row: Row;
  /** Whether it is VFP or Advanced SIMD: floating-point state is random then. */
  readonly extension: boolean;
  /** Draws that were UNPREDICTABLE, by reason. */
  readonly unpredictable: Map<string, number>;
  /** Draws that another, more specific row took, or that could not be run as a single case. */
  otherRow: number;
  unrunnable: number;
}

export function planRow(pattern: Pattern): RowPlan {
  const { row } = pattern;
  const bits = row.bits.replaceAll(' ', '');
  const coprocessor = /^(....110|....1110)/.test(bits) && /^.{20}101/.test(bits);
  const simd = row.set === 'A32' ? /^1111001/.test(bits) || /^11110100...0/.test(bits) : /^111.1111/.test(bits) && bits.length === 32 || /^11111001...0/.test(bits);
  return { pattern, row, extension: coprocessor || simd, unpredictable: new Map(), otherRow: 0, unrunnable: 0 };
}

function randomField(random: Random, name: string, width: number): number {
  const all = width === 32 ? -1 : (1 << width) - 1;
  if (name === 'c' && width === 4 && random.chance(0.4)) return 14;
  const kind = random.below(100);
  if (kind < 12) return 0;
  if (kind < 24) return all;
  if (kind < 32) return 13 & all;
  if (kind < 38) return 15 & all;
  if (kind < 50 && width > 4) return random.word() & random.word() & random.word() & all;
  return random.word() & all;
}

/** Fields o, n, m, k of MCR and MRC for the CP15 registers that User mode may reach: TPIDRURW, TPIDRURO, CP15ISB, CP15DSB, CP15DMB; and neighbours of them. */
const USER_REGISTERS = [[0, 13, 0, 2], [0, 13, 0, 3], [0, 7, 5, 4], [0, 7, 10, 4], [0, 7, 10, 5], [0, 13, 0, 1], [0, 13, 0, 4], [0, 9, 13, 0], [0, 9, 14, 0]] as const;

/** The word with its register fields replaced, for MCR and MRC. */
function withUserRegister(random: Random, pattern: Pattern, word: number): number {
  const values = random.pick(USER_REGISTERS);
  let result = word;
  ['o', 'n', 'm', 'k', 'p'].forEach((name, i) => {
    const pieces = pattern.fields.get(name);
    if (pieces !== undefined) result = (result & ~insertField(pieces, -1)) | insertField(pieces, values[i] ?? 1);
  });
  return result;
}

export function randomWord(random: Random, pattern: Pattern): number {
  let word = pattern.value | pattern.shouldValue;
  for (const [name, pieces] of pattern.fields) {
    const width = fieldWidth(pieces);
    const mask = insertField(pieces, -1);
    if ((pattern.mask & mask) === mask) continue; // fixed by a condition
    word |= insertField(pieces, randomField(random, name, width)) & ~pattern.mask;
  }
  if (/^M(CR|RC)\b(?!.*UNDEFINED)/.test(pattern.row.name) && random.chance(0.5)) return withUserRegister(random, pattern, word);
  return word;
}

/** What stands for all words of a set and width that no row takes: they must be UNDEFINED. */
export function planUnallocated(set: InstructionSet, width: 16 | 32): RowPlan {
  const bits = 'x'.repeat(width);
  const row: Row = { set, name: `no row (${width} bits)`, bits, syntax: '.inst', ref: 'A5.1, A6.1', operation: NO_OPERATION, decode: (f) => ({ shape: {}, x: { word: f.x } }) };
  return planRow(parsePattern(row));
}

const NO_OPERATION: Operation = operation('no row', { word: 'imm' }, () => undefined) as unknown as Operation;

export function isUnallocated(plan: RowPlan): boolean {
  return plan.row.operation === NO_OPERATION;
}

/** A word near a row's: some of its fixed bits are turned over. */
function wordNearRow(random: Random, plan: RowPlan, patterns: readonly Pattern[]): number {
  const { set } = plan.row;
  for (;;) {
    const near = random.pick(patterns);
    if (near.row.set !== set || near.width !== plan.pattern.width) continue;
    let word = randomWord(random, near);
    for (let flips = 1 + random.below(3); flips > 0; flips--) word ^= 1 << random.below(near.width === 16 ? 16 : set === 'A32' ? 28 : 29);
    return word;
  }
}

/** Reasons that only keep the assembler away: these words have a meaning (A5.2.11, A5.7.1). */
const MUST_BE_NOP = /executes as NOP/;

/** Operations that must not stand in an IT block, by row name (DDI 0406C, A8.3.1 and the sections of each). */
const NEVER_IN_IT = /^(IT|CBZ|SETEND|CPS|B \(conditional\))/;
const BRANCHES = new Set(['branch', 'branchLinkExchange', 'branchRegister', 'tableBranch', 'compareAndBranch', 'raise', 'returnFromException', 'secureMonitorCall']);

/** Whether the instruction may write the PC: then it must be the last of an IT block. */
function writesPC({ operation, shape, x }: Instruction): boolean {
  return BRANCHES.has(operation.name) || shape.pc === true || x.d === 15 || x.t === 15;
}

/** ITSTATE for an instruction of a block, last or not. */
function randomIT(random: Random, last: boolean): number {
  const condition = random.chance(0.2) ? 14 : random.below(14);
  const mask = last ? 8 : random.pick([4, 0xc, 2, 6, 0xa, 0xe, 1, 3, 5, 9, 15]);
  // An else in a block of AL is UNPREDICTABLE, and so is what AL would turn into here.
  if (condition === 14) return 14 << 4 | (last ? 8 : 4);
  return condition << 4 | mask;
}

/** Operations that FPSCR.LEN makes work on short vectors; the others ignore it or are UNPREDICTABLE with it. */
const SHORT_VECTORS = /^vfp(Binary|Unary|Constant)/;
const EXCLUSIVE_STORES: Readonly<Record<string, string>> = { STREX: 'LDREX', STREXB: 'LDREXB', STREXH: 'LDREXH', STREXD: 'LDREXD' };

/** The load that makes a store exclusive succeed, into registers that the store does not use. */
function exclusiveLoad(instruction: Instruction): Code | undefined {
  const { row, x, word } = instruction;
  if (EXCLUSIVE_STORES[row.name] === undefined) return undefined;
  const used = [x.n, x.d, x.t, x.u];
  const pair = row.name === 'STREXD';
  const t = [0, 2, 4, 6, 8, 10].find((r) => !used.includes(r) && !(pair && used.includes(r + 1)))!;
  if (row.set === 'A32') return { word: (word & 0xfff0_0000) | 1 << 20 | x.n! << 16 | t << 12 | 0xf9f, length: 4 };
  if (row.name === 'STREX') return { word: 0xe8500f00 | x.n! << 16 | t << 12 | (word & 0xff), length: 4 };
  return { word: (word & 0xfff000f0) | 1 << 20 | x.n! << 16 | t << 12 | (pair ? (t + 1) << 8 : 0xf00) | 0xf, length: 4 };
}

/** T32: a word drawn as 32 bits whose first halfword is a whole instruction, or the other way round. */
function isLengthOther(width: number, instruction: Instruction): boolean {
  return instruction.length * 8 !== width;
}

/** Where the code of a batch is drawn: both regions as they will be loaded. */
export class CodeImage {
  readonly a32 = new Int32Array(CODE_SIZE / 4);
  readonly t32 = new Int32Array(CODE_SIZE / 4);

  clear(): void {
    this.a32.fill(FILL_A32);
    this.t32.fill(FILL_T32);
  }
}

interface Placed { readonly start: number; readonly address: number }

/** Writes a slot's code, in our machine and in the image. */
function place(machine: PeerMachine, image: CodeImage, base: number, slot: number, thumb: boolean, odd: boolean, codes: readonly Code[]): Placed {
  const from = base + FIRST_SLOT + slot * SLOT_BYTES;
  const offset = machine.offset(from);
  const fill = base === CODE_A32 ? FILL_A32 : FILL_T32;
  const words = SLOT_HEAD / 4;
  machine.words.fill(fill, offset >> 2, (offset >> 2) + words);
  const start = from + (odd ? 2 : 0);
  let at = start;
  let address = start;
  for (const { word, length } of codes) {
    const to = machine.offset(at);
    address = at;
    if (!thumb) machine.words[to >> 2] = word;
    else if (length === 2) machine.halfwords[to >> 1] = word;
    else {
      machine.halfwords[to >> 1] = word >>> 16;
      machine.halfwords[(to + 2) >> 1] = word;
    }
    at += length;
  }
  // Behind the code stands a breakpoint of its own instruction set, whatever the region's fill.
  if (thumb && (at & 2) !== 0) machine.halfwords[machine.offset(at) >> 1] = 0xbe00;
  else if (thumb) machine.halfwords.fill(0xbe00, machine.offset(at) >> 1, (machine.offset(at) >> 1) + 2);
  machine.codeWritten(from, SLOT_HEAD);
  const target = base === CODE_A32 ? image.a32 : image.t32;
  const word = (FIRST_SLOT + slot * SLOT_BYTES) >> 2;
  for (let i = 0; i < words; i++) target[word + i] = machine.words[(offset >> 2) + i]!;
  return { start, address };
}

const inCode = (address: number): boolean =>
  (address >= CODE_A32 && address < CODE_A32 + CODE_SIZE) || (address >= CODE_T32 && address < CODE_T32 + CODE_SIZE);

/** Whether the outcome can be had from the peer too: it stopped after one instruction, at a place that no other case's code or the harness holds. */
function runnable(outcome: Outcome | undefined, address: number, prefix: number): outcome is Outcome {
  if (outcome === undefined) return false;
  const pc = outcome.state[15]! >>> 0;
  if (outcome.count !== prefix + (pc === address ? 1 : 2)) return false;
  if (pc >= address && pc <= address + 4) return true;
  if (inCode(pc) && (pc & (SLOT_BYTES - 1)) < SLOT_HEAD) return false;
  return !isReserved(pc);
}

/** Whether the outcome is an abort of data that the peer would not have, or that another address would avoid. */
function aborted(outcome: Outcome): boolean {
  return (outcome.signal === SIGSEGV || outcome.signal === SIGBUS) && outcome.faultAddress !== 0;
}

export class Generator {
  readonly #random: Random;
  readonly #machine: PeerMachine;
  readonly #decoder: Decoder;
  readonly image = new CodeImage();

  constructor(random: Random, machine: PeerMachine) {
    this.#random = random;
    this.#machine = machine;
    this.#decoder = machine.decoder;
  }

  #draw(plan: RowPlan): Instruction | undefined {
    const random = this.#random;
    const { pattern, row } = plan;
    for (let tries = 0; tries < 200; tries++) {
      const unallocated = isUnallocated(plan);
      const word = unallocated ? wordNearRow(random, plan, this.#decoder.patterns) : randomWord(random, pattern);
      if (!matches(pattern, word)) continue;
      const fields: Fields = extractFields(pattern, word);
      const undefinedHere = row.undefinedIf?.(fields) === true;
      if (undefinedHere && !random.chance(0.1)) continue;
      const reason = row.unpredictable?.(fields);
      if (reason !== undefined && !MUST_BE_NOP.test(reason)) {
        plan.unpredictable.set(reason, (plan.unpredictable.get(reason) ?? 0) + 1);
        continue;
      }
      const instruction = row.set === 'A32' ? this.#decoder.decodeA32(word)
        : pattern.width === 16 ? this.#decoder.decodeT32(word, 0) : this.#decoder.decodeT32(word >>> 16, word & 0xffff);
      const noRow = instruction.operation.name === 'undefined';
      if (instruction.row !== row && !((undefinedHere || unallocated) && noRow)) {
        if (!unallocated) plan.otherRow++;
        continue;
      }
      if (unallocated && (isLengthOther(pattern.width, instruction) || this.#isSomeRow(row.set, pattern.width, word) || unallocatedExclusion(row.set, pattern.width, word) !== undefined)) continue;
      if (exclusion(row, fields) !== undefined) continue;
      const inUserMode = unpredictableInUserMode(instruction);
      if (inUserMode !== undefined) {
        plan.unpredictable.set(inUserMode, (plan.unpredictable.get(inUserMode) ?? 0) + 1);
        continue;
      }
      return instruction;
    }
    return undefined;
  }

  /** Whether a row's pattern has the word, be it as UNDEFINED or UNPREDICTABLE. */
  #isSomeRow(set: InstructionSet, width: number, word: number): boolean {
    return this.#decoder.patterns.some((p) => p.row.set === set && p.width === width && matches(p, word));
  }

  /** A case of the row in the given slot, or undefined where none was found that both sides can run. */
  generate(plan: RowPlan, slot: number): Case | undefined {
    for (let tries = 0; tries < 20; tries++) {
      const instruction = this.#draw(plan);
      if (instruction === undefined) return undefined;
      const made = this.#place(plan, instruction, slot);
      if (made !== undefined) return made;
      plan.unrunnable++;
    }
    return undefined;
  }

  #place(plan: RowPlan, instruction: Instruction, slot: number): Case | undefined {
    const random = this.#random;
    const { row } = plan;
    const thumb = row.set === 'T32';
    const state = randomState(random, plan.extension);
    if (plan.extension && random.chance(SHORT_VECTORS.test(instruction.operation.name) ? 0.15 : 0.03)) setVectorLength(random, state, instruction.shape.width === 64);
    const prefix: Code[] = [];
    /** ITSTATE at entry. */
    let it = 0;
    const load = random.chance(0.7) ? exclusiveLoad(instruction) : undefined;
    if (load !== undefined) prefix.push(load);
    else if (random.chance(0.08)) prefix.push(thumb ? { word: 0xb658, length: 2 } : { word: 0xf1010200 | 0, length: 4 });
    else if (thumb && random.chance(0.4) && !NEVER_IN_IT.test(row.name)) {
      const itstate = randomIT(random, writesPC(instruction) || random.chance(0.5));
      if (random.chance(0.5)) it = itstate;
      else prefix.push({ word: 0xbf00 | itstate, length: 2 });
    }
    let base = thumb ? CODE_T32 : CODE_A32;
    const odd = thumb && random.chance(0.4);
    const codes = [...prefix, { word: instruction.word, length: instruction.length }];
    let placed = place(this.#machine, this.image, base, slot, thumb, odd, codes);
    const enter = (): void => {
      state[15] = placed.start;
      state[AT_CPSR] = (state[AT_CPSR]! & ~0x0600fc20) | (thumb ? 0x20 : 0) | (it & 3) << 25 | (it & 0xfc) << 8;
    };
    enter();
    let outcome: Outcome | undefined;
    const interrupt = waits(instruction);
    for (let fix = 0;; fix++) {
      outcome = this.#machine.run('evaluate', state, interrupt);
      if (outcome === undefined) return undefined;
      if (fix === 4) break;
      if (aborted(outcome)) {
        const n = instruction.x.n;
        const missed = outcome.faultAddress < WINDOW || outcome.faultAddress >= WINDOW + WINDOW_SIZE;
        if (n === undefined || n === 15 || instruction.operation.operands.n !== 'reg' || (fix > 0 && random.chance(missed ? 0.08 : 0.3))) break;
        state[n] = state[n]! + this.#wantedAddress() - outcome.faultAddress;
        continue;
      }
      // A T32 instruction that goes to A32 near by needs the region whose words are breakpoints in A32.
      const pc = outcome.state[15]! >>> 0;
      if (thumb && base === CODE_T32 && (outcome.state[AT_CPSR]! & 0x20) === 0 && pc >= CODE_T32 && pc < CODE_T32 + CODE_SIZE) {
        place(this.#machine, this.image, base, slot, thumb, odd, []);
        base = CODE_A32;
        placed = place(this.#machine, this.image, base, slot, thumb, odd, codes);
        enter();
        continue;
      }
      break;
    }
    if (!runnable(outcome, placed.address, prefix.length)) return undefined;
    if (aborted(outcome) && isReserved(outcome.faultAddress)) return undefined;
    return { row, instruction, prefix, thumb, start: placed.start, address: placed.address, state };
  }

  #wantedAddress(): number {
    const random = this.#random;
    const kind = random.below(100);
    if (kind < 55) return WINDOW_MIDDLE + random.below(16) * 32;
    if (kind < 80) return WINDOW_MIDDLE + random.below(128) * 4;
    if (kind < 97) return WINDOW_MIDDLE + random.below(512);
    // Across an edge of the window, and across pages within it.
    return random.pick([WINDOW + WINDOW_SIZE - 6, WINDOW - 3, WINDOW + 0x1000 - 2, WINDOW + 0x2000 - 4]) + random.below(4);
  }
}

/** Whether the instruction waits unless an interrupt line is up. */
export function waits(instruction: Instruction): boolean {
  return instruction.shape.hint === 'wfi';
}
