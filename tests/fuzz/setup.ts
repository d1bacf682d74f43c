/**
 * Random starts: memory with code and tables, and every register that decides how instructions execute. Biased so that much of what is tried works.
 */
import { MODE_ABT, MODE_FIQ, MODE_IRQ, MODE_MON, MODE_SVC, MODE_SYS, MODE_UND, MODE_USR, STATE } from '../../src/cpu/index.ts';
import { DEVICE_PAGE, type FuzzMachine, RAM_BYTES, REFUSED_PAGE } from './machine.ts';
import type { Random } from '../peers/random.ts';
import { Words } from './words.ts';

const LEVEL1 = [0x4000, 0x8000] as const;
const LEVEL2 = 0xc000;
const CODE = 0x10000;
const CODE_BYTES = 0x2000;
const DATA = 0x14000;
const MODES = [MODE_USR, MODE_FIQ, MODE_IRQ, MODE_SVC, MODE_MON, MODE_ABT, MODE_UND, MODE_SYS];

export interface Start {
  readonly ram: Uint8Array;
  readonly registers: Int32Array;
  readonly banked: Int32Array;
  readonly high: Int32Array;
  readonly vfp: Int32Array;
  readonly cpsr: number;
  /** Words of STATE by name: CP15, FPSCR, FPEXC. */
  readonly state: readonly (readonly [word: number, value: number])[];
  readonly device: number;
}

/** Access permissions and the like of a descriptor, mostly those that allow all. */
function pagePermissions(random: Random): number {
  if (random.chance(0.65)) return 0x30;
  return random.below(4) << 4 | random.below(2) << 9;
}

function smallPage(random: Random, page: number): number {
  const kind = random.below(40);
  if (kind === 0) return random.word() & ~3;
  if (kind === 1) return (random.word() & 0xffff) | 1; // a large page of the first 64 KiB
  if (kind === 2) return (DEVICE_PAGE | 0x32) + (random.below(2) << 2);
  if (kind === 3) return REFUSED_PAGE | 0x32;
  if (kind === 4) return random.word() | 2;
  const target = random.chance(0.9) ? page : random.below(RAM_BYTES >> 12);
  const attributes = random.chance(0.7) ? 0x04c : (random.word() & 0xdcc); // TEX, C, B, S, nG
  return target << 12 | pagePermissions(random) | attributes | (random.chance(0.06) ? 3 : 2);
}

function section(random: Random, index: number): number {
  const attributes = random.chance(0.7) ? 0x100c : random.word() & 0x3700c;
  const permissions = random.chance(0.65) ? 0xc00 : random.below(4) << 10 | random.below(2) << 15;
  const ns = random.chance(0.2) ? 0x80000 : 0;
  const target = random.chance(0.85) ? 0 : random.pick([DEVICE_PAGE, REFUSED_PAGE, index << 20]) & 0xfff00000;
  const superSection = random.chance(0.04) ? 0x40000 : 0;
  return target | attributes | permissions | ns | superSection | random.below(3) << 5 | (random.chance(0.06) ? 0x10 : 0) | 2;
}

function writeTables(random: Random, words: Int32Array): void {
  for (let table = 0; table < 3; table++) {
    for (let page = 0; page < 256; page++) words[(LEVEL2 >> 2) + table * 256 + page] = page < RAM_BYTES >> 12 ? smallPage(random, page) : random.chance(0.05) ? random.word() : 0;
  }
  LEVEL1.forEach((at, world) => {
    const set = (index: number, value: number): void => { words[(at >> 2) + index] = value; };
    const coarse = (table: number): number => (LEVEL2 + table * 1024) | random.below(3) << 5 | (world === 0 && random.chance(0.15) ? 8 : 0) | 1;
    for (let index = 0; index < 4096; index++) set(index, 0);
    const kind = random.below(20);
    set(0, kind === 0 ? random.word() : kind < 10 ? section(random, 0) : coarse(world));
    for (const index of [1, 2, 3, 0x400, 0x800, 0xfff, random.below(4096), random.below(4096)]) {
      const what = random.below(8);
      set(index, what === 0 ? random.word() : what < 5 ? section(random, index) : coarse(2));
    }
    for (let index = 16; index < 32; index++) set(index, random.chance(0.3) ? section(random, index) | 0x40000 : 0);
  });
}

function value(random: Random): number {
  switch (random.below(10)) {
    case 0: return random.word();
    case 1: return random.below(64);
    case 2: return random.pick([0, 1, -1, -0x80000000, 0x7fffffff, 31, 32, 33, 0x1d3, 0x10, 0x16]);
    case 3: return CODE + (random.below(CODE_BYTES) & (random.chance(0.8) ? ~3 : ~1)) + random.below(2);
    case 4: return random.pick([0x00100000, 0x00200000, 0x00300000, 0x40000000, 0x80000000, -0x100000]) + (random.below(0x20000) & ~3);
    case 5: return LEVEL2 + (random.below(0xc00) & ~3);
    default: return DATA + (random.below(0xc000) & (random.chance(0.8) ? ~7 : -1));
  }
}

/** Most vectors return: behind what was undefined, called or aborted, so that runs go on. */
function writeVectors(random: Random, halfwords: Uint16Array): void {
  for (let at = 0; at < 0x100; at += 0x20) {
    const thumb = random.chance(0.4);
    for (let vector = 1; vector < 8; vector++) {
      if (random.chance(0.25)) continue;
      // Undefined, SVC, SMC and prefetch abort skip by LR as it is; a data abort's LR is 8 behind, an interrupt's 4.
      const back = vector < 4 ? 0 : 4;
      const word = thumb ? 0xf3de8f00 | back : 0xe25ef000 | back;
      const place = (at >> 1) + vector * 2;
      if (vector === 3 && random.chance(0.8)) {
        // What cannot be fetched is not better one instruction on: go elsewhere.
        const register = random.below(13);
        halfwords[place] = thumb ? 0x4700 | register << 3 : 0xff10 | register;
        halfwords[place + 1] = thumb ? 0xbf00 : 0xe12f;
        continue;
      }
      halfwords[place] = thumb ? word >>> 16 : word;
      halfwords[place + 1] = thumb ? word : word >>> 16;
    }
  }
}

function itState(random: Random): number {
  return random.below(15) << 4 | (1 + random.below(15));
}

function psr(random: Random): number {
  const thumb = random.chance(0.5);
  const it = thumb && random.chance(0.2) ? itState(random) : 0;
  return (random.word() & 0xf80f01c0) | (it & 3) << 25 | (it & 0xfc) << 8 | (random.chance(0.08) ? 0x200 : 0) | (thumb ? 0x20 : 0)
    | (random.chance(0.97) ? random.pick(MODES) : random.below(32));
}

/** The start of one case. `image` is scratch memory of RAM's size whose code stays from case to case, in part. */
export function randomStart(random: Random, image: Uint8Array, freshCode: boolean): Start {
  const words = new Int32Array(image.buffer);
  const halfwords = new Uint16Array(image.buffer);
  const cpsr = (psr(random) & ~31) | random.pick(MODES);
  const set = (cpsr & 0x20) !== 0 ? 'T32' : 'A32';
  const instructions = new Words(random);
  if (freshCode) {
    for (let at = DATA >> 2; at < RAM_BYTES >> 2; at += 16) words[at + random.below(16)] = value(random);
  }
  writeTables(random, words);
  instructions.fill(halfwords.subarray(0, 0x80), random.chance(0.5) ? 'A32' : 'T32');
  writeVectors(random, halfwords);
  const at = random.below(CODE_BYTES >> 2) & ~1;
  const length = Math.min(256, (CODE_BYTES >> 1) - at * 2);
  instructions.fill(halfwords.subarray((CODE >> 1) + at * 2, (CODE >> 1) + at * 2 + length), set);
  const registers = new Int32Array(16);
  for (let i = 0; i < 15; i++) registers[i] = value(random);
  // Sometimes so near the end of the page that a block or an instruction crosses it.
  registers[15] = random.chance(0.1) ? CODE + 0x1000 - 4 * (1 + random.below(6)) + (set === 'T32' ? 2 * random.below(2) : 0) : CODE + at * 4;
  const mostly = (probability: number, usual: number): number => (random.chance(probability) ? usual : random.word());
  const state: [number, number][] = [];
  const mmu = random.chance(0.7) ? 1 : 0;
  for (let world = 0; world < 2; world++) {
    const sctlr = 0x00c50078 | mmu | (random.chance(0.15) ? 2 : 0) | (random.chance(0.05) ? 1 << 13 : 0) | (random.chance(0.1) ? 1 << 25 : 0)
      | (random.chance(0.25) ? 1 << 28 : 0) | (random.chance(0.2) ? 1 << 29 : 0) | (random.chance(0.4) ? 1 << 30 : 0);
    state.push(
      [STATE.SCTLR + world, sctlr],
      [STATE.TTBR0 + world, LEVEL1[world]! | (random.chance(0.03) ? 0x1000000 : 0)],
      [STATE.TTBR1 + world, LEVEL1[random.below(2)]!],
      [STATE.TTBCR + world, random.chance(0.7) ? 0 : random.below(8) | random.below(4) << 4],
      [STATE.DACR + world, random.chance(0.7) ? 0x55555555 : mostly(0.3, -1)],
      [STATE.PRRR + world, random.chance(0.5) ? 0x00098aa4 : random.word() & 0x000fffff],
      [STATE.NMRR + world, mostly(0.5, 0x44e048e0)],
      [STATE.VBAR + world, random.chance(0.8) ? random.below(8) * 32 : (CODE + random.below(CODE_BYTES)) & ~31],
      [STATE.TPIDRURW + world, random.word()],
    );
  }
  state.push(
    [STATE.MVBAR, random.chance(0.8) ? random.below(8) * 32 : (CODE + random.below(CODE_BYTES)) & ~31],
    [STATE.SCR, random.below(64) & (random.chance(0.5) ? -1 : ~1)],
    [STATE.CPACR, random.chance(0.7) ? 0x00f00000 : random.word() & 0x00f00000],
    [STATE.NSACR, random.chance(0.7) ? 0xc00 : random.word() & 0x70c00],
    [STATE.fpexc, random.chance(0.85) ? 0x40000000 : 0],
    [STATE.fpscr, random.chance(0.5) ? 0 : random.word() & 0xf8f79f9f & (random.chance(0.7) ? ~0x00370000 : -1)],
    [STATE.eventRegister, random.below(2)],
    [STATE.TEECR, random.below(2)],
  );
  const many = (count: number): Int32Array => Int32Array.from({ length: count }, () => value(random));
  const banked = many(21);
  for (let bank = 1; bank < 7; bank++) banked[bank * 3 + 2] = psr(random);
  return {
    ram: image, registers, banked, high: many(10), cpsr, state, device: random.word(),
    vfp: Int32Array.from({ length: 64 }, () => (random.chance(0.3) ? random.pick([0, 0x3ff00000, 0x7ff00000, 0x7f800000, 0x7fc00001, 0x00000001, 0x3f800000, -1]) : random.word())),
  };
}

/** Puts a machine into a start. */
export function applyStart(machine: FuzzMachine, start: Start, forget: boolean): void {
  const { core, memory } = machine;
  const s = memory.i32;
  core.count = 0;
  core.cp15.reset();
  machine.device = start.device;
  for (const word of [STATE.exclusive, STATE.exclusiveTag, STATE.exclusiveSize, STATE.irqLine, STATE.fiqLine, STATE.asyncAbort, STATE.waiting]) s[word] = 0;
  s.set(start.registers, STATE.r);
  s.set(start.banked, STATE.banked);
  s.set(start.high, STATE.r8user);
  s.set(start.vfp, STATE.d);
  for (const [word, content] of start.state) s[word] = content;
  s[STATE.mode] = start.cpsr & 31;
  machine.setRam(start.ram, forget);
  core.cpsr = start.cpsr;
}
