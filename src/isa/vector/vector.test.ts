/**
 * Vector primitives against the manual's definitions written with unbounded integers (A8, "Operation" of each instruction), and permutes, tables and
 * interleaving against worked examples.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ElementSize, ElementType, VectorBinary } from '../vector-ops.ts';
import { EvaluateVectorOps } from './evaluate-vector.ts';

const SEED = 4711;
const QC = 1 << 27;

/** D0-D31 and FPSCR, and memory of 64 bytes at address 0. */
class Registers extends EvaluateVectorOps {
  readonly words: Int32Array;
  readonly memory = new DataView(new ArrayBuffer(64));
  big = false;

  constructor() {
    const words = new Int32Array(65);
    super(words, 0, 64);
    this.words = words;
  }
  vfpEnabled(): boolean { return true; }
  readVfpSystem(): number { return 0; }
  writeVfpSystem(): void {}
  writeNZCV(): void {}
  probeAligned(address: number): number { return address; }
  load(at: number, offset: number, size: 1 | 2 | 4): number {
    return size === 4 ? this.memory.getInt32(at + offset, !this.big) : size === 2 ? this.memory.getUint16(at + offset, !this.big) : this.memory.getUint8(at + offset);
  }
  store(at: number, offset: number, size: 1 | 2 | 4, value: number): void {
    if (size === 4) this.memory.setInt32(at + offset, value, !this.big);
    else if (size === 2) this.memory.setUint16(at + offset, value, !this.big);
    else this.memory.setUint8(at + offset, value);
  }
  protected dataIsBigEndian(): boolean { return this.big; }
  protected fpscrWritten(): void {}

  set(d: number, value: bigint): void {
    this.words[2 * d] = Number(BigInt.asIntN(32, value));
    this.words[2 * d + 1] = Number(BigInt.asIntN(32, value >> 32n));
  }
  get(d: number): bigint { return BigInt(this.words[2 * d + 1]! >>> 0) << 32n | BigInt(this.words[2 * d]! >>> 0); }
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const elements = (value: bigint, size: number): bigint[] =>
  Array.from({ length: 64 / size }, (_, i) => (value >> BigInt(i * size)) & ((1n << BigInt(size)) - 1n));
const joined = (list: readonly bigint[], size: number): bigint =>
  list.reduce((sum, x, i) => sum | BigInt.asUintN(size, x) << BigInt(i * size), 0n);

/** Result of an operation on unbounded integers, and whether it saturated. */
type Definition = (a: bigint, b: bigint, size: number, unsigned: boolean) => bigint | { value: bigint; saturate: true; unsigned?: boolean };

const shift = (b: bigint): bigint => BigInt.asIntN(8, b);
const shiftBy = (a: bigint, by: bigint, round: boolean): bigint => by >= 0n ? a << by : (a + (round ? 1n << (-by - 1n) : 0n)) >> -by;
const ones = (condition: boolean): bigint => condition ? -1n : 0n;
const absolute = (x: bigint): bigint => x < 0n ? -x : x;

const DEFINITIONS: Readonly<Partial<Record<VectorBinary, Definition>>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  qadd: (a, b) => ({ value: a + b, saturate: true }),
  qsub: (a, b) => ({ value: a - b, saturate: true }),
  hadd: (a, b) => (a + b) >> 1n,
  hsub: (a, b) => (a - b) >> 1n,
  rhadd: (a, b) => (a + b + 1n) >> 1n,
  abd: (a, b) => absolute(a - b),
  max: (a, b) => a > b ? a : b,
  min: (a, b) => a < b ? a : b,
  eq: (a, b) => ones(a === b),
  ge: (a, b) => ones(a >= b),
  gt: (a, b) => ones(a > b),
  tst: (a, b) => ones((a & b) !== 0n),
  shl: (a, b) => shiftBy(a, shift(b), false),
  rshl: (a, b) => shiftBy(a, shift(b), true),
  qshl: (a, b) => ({ value: shiftBy(a, shift(b), false), saturate: true }),
  qrshl: (a, b) => ({ value: shiftBy(a, shift(b), true), saturate: true }),
  qdmulh: (a, b, size) => ({ value: (2n * a * b) >> BigInt(size), saturate: true }),
  qrdmulh: (a, b, size) => ({ value: (2n * a * b + (1n << BigInt(size - 1))) >> BigInt(size), saturate: true }),
};

function check(o: Registers, what: string, got: bigint, definition: readonly ReturnType<Definition>[], size: number, unsigned: boolean): void {
  let saturated = false;
  const list = definition.map((result) => {
    if (typeof result === 'bigint') return result;
    const toUnsigned = result.unsigned ?? unsigned;
    const max = (1n << BigInt(toUnsigned ? size : size - 1)) - 1n;
    const min = toUnsigned ? 0n : -max - 1n;
    const value = result.value > max ? max : result.value < min ? min : result.value;
    if (value !== result.value) saturated = true;
    return value;
  });
  assert.equal(got.toString(16), joined(list, size).toString(16), what);
  assert.equal((o.words[64]! & QC) !== 0, saturated, `QC of ${what}`);
}

const INTERESTING = [0n, 1n, 0xffn, 0x7fn, 0x80n, 0x8000n, 0x7fffn, 0x8000_0000n, 0x7fff_ffffn, 0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn,
  0x8080_8080_8080_8080n, 0x7f80_017f_ff80_8001n, 0x8000_8000_7fff_8000n, 0x0102_0408_1020_40f8n, 0xf0e0_3f40_41c0_c1bfn];

function values(random: () => number): () => bigint {
  return () => random() % 3 === 0 ? INTERESTING[random() % INTERESTING.length]! : BigInt(random()) << 32n | BigInt(random());
}

const typed = (value: bigint, size: number, unsigned: boolean): bigint => unsigned ? value : BigInt.asIntN(size, value);

describe('lane operations', () => {
  for (const [op, define] of Object.entries(DEFINITIONS) as [VectorBinary, Definition][]) {
    it(`${op} (seed ${SEED})`, () => {
      const random = generator(SEED);
      const next = values(random);
      const o = new Registers();
      const wide = ['add', 'sub', 'qadd', 'qsub', 'shl', 'rshl', 'qshl', 'qrshl'].includes(op);
      const sizes: ElementSize[] = op.startsWith('qd') || op.startsWith('qrd') ? [16, 32] : wide ? [8, 16, 32, 64] : [8, 16, 32];
      for (const size of sizes) {
        for (const unsigned of op.includes('dmul') ? [false] : [false, true]) {
          for (let i = 0; i < 300; i++) {
            const [x, y] = [next(), next()];
            o.set(1, x);
            o.set(2, y);
            o.words[64] = 0;
            const type = `${unsigned ? 'u' : 's'}${size}` as ElementType;
            o.vwrite(false, 0, o.vop2(op, type, false, o.vread(false, 1), o.vread(false, 2)));
            const b = elements(y, size);
            const want = elements(x, size).map((a, k) => define(typed(a, size, unsigned), typed(b[k]!, size, unsigned), size, unsigned));
            check(o, `${op}.${type} ${x.toString(16)} ${y.toString(16)}`, o.get(0), want, size, unsigned);
          }
        }
      }
    });
  }

  it('shifts by immediates, and insertions', () => {
    const random = generator(SEED + 1);
    const next = values(random);
    const o = new Registers();
    for (const size of [8, 16, 32, 64] as const) {
      for (const unsigned of [false, true]) {
        for (let i = 0; i < 300; i++) {
          const [x, d] = [next(), next()];
          const left = random() % size;
          const right = 1 + random() % size;
          const type = `${unsigned ? 'u' : 's'}${size}` as ElementType;
          o.set(1, x);
          o.set(2, d);
          const source = elements(x, size).map((a) => typed(a, size, unsigned));
          const run = (value: number, want: readonly ReturnType<Definition>[], what: string): void => {
            o.vwrite(false, 0, value);
            check(o, `${what}.${type} ${x.toString(16)} left ${left} right ${right}`, o.get(0), want, size, unsigned);
            o.words[64] = 0;
          };
          o.words[64] = 0;
          run(o.vshift('shr', type, false, o.vread(false, 1), right), source.map((a) => a >> BigInt(right)), 'shr');
          run(o.vshift('rshr', type, false, o.vread(false, 1), right), source.map((a) => shiftBy(a, BigInt(-right), true)), 'rshr');
          run(o.vshift('qshl', type, false, o.vread(false, 1), left), source.map((a) => ({ value: a << BigInt(left), saturate: true })), 'qshl');
          if (!unsigned) run(o.vshift('qshlu', type, false, o.vread(false, 1), left), source.map((a) => ({ value: a << BigInt(left), saturate: true, unsigned: true })), 'qshlu');
          const old = elements(d, size);
          const raw = elements(x, size);
          const all = (1n << BigInt(size)) - 1n;
          run(o.vinsert('sri', size, false, o.vread(false, 2), o.vread(false, 1), right),
            raw.map((a, k) => (a >> BigInt(right)) | (old[k]! & (all & ~(all >> BigInt(right))))), 'sri');
          run(o.vinsert('sli', size, false, o.vread(false, 2), o.vread(false, 1), left),
            raw.map((a, k) => (a << BigInt(left)) | (old[k]! & ~(all << BigInt(left)))), 'sli');
        }
      }
    }
  });

  it('widening, long operations and narrowing', () => {
    const random = generator(SEED + 2);
    const next = values(random);
    const o = new Registers();
    for (const size of [8, 16, 32] as const) {
      for (const unsigned of [false, true]) {
        const sign = unsigned ? 'u' : 's';
        const type = `${sign}${size}` as ElementType;
        const wideSize = (size * 2) as 16 | 32 | 64;
        const wide = `${sign}${wideSize}` as ElementType;
        for (let i = 0; i < 200; i++) {
          const [x, y] = [next(), next()];
          o.set(2, x);
          o.set(3, y);
          o.words[64] = 0;
          const a = elements(x, size).map((v) => typed(v, size, unsigned));
          const b = elements(y, size).map((v) => typed(v, size, unsigned));
          for (const op of ['add', 'sub', 'abd', 'mul', 'qdmull'] as const) {
            if (op === 'qdmull' && (unsigned || size === 8)) continue;
            o.words[64] = 0;
            o.vwrite(true, 4, o.vop2(op, wide, true, o.vwiden(type, o.vread(false, 2)), o.vwiden(type, o.vread(false, 3))));
            const want = a.map((v, k): ReturnType<Definition> => op === 'qdmull' ? { value: 2n * v * b[k]!, saturate: true } : DEFINITIONS[op]!(v, b[k]!, wideSize, unsigned));
            const half = want.length / 2;
            const what = `${op} long ${type} ${x.toString(16)} ${y.toString(16)}`;
            // Both halves are one vector: QC of the whole is what is checked with the second one.
            const low = want.slice(0, half).map((w) => typeof w === 'bigint' ? w : { ...w });
            const qc = o.words[64]! & QC;
            o.words[64] = 0;
            const lowSaturates = low.some((w) => typeof w !== 'bigint' && (w.value > (1n << BigInt(wideSize - 1)) - 1n));
            if (lowSaturates) o.words[64] = QC;
            check(o, what, o.get(4), low, wideSize, unsigned);
            const highSaturates = want.slice(half).some((w) => typeof w !== 'bigint' && (w.value > (1n << BigInt(wideSize - 1)) - 1n));
            o.words[64] = highSaturates ? QC : 0;
            check(o, what, o.get(5), want.slice(half), wideSize, unsigned);
            assert.equal(qc !== 0, lowSaturates || highSaturates, `QC of ${what}`);
          }
          // Narrowing of the pair x, y as one vector of wide lanes.
          const source = [...elements(x, wideSize), ...elements(y, wideSize)].map((v) => typed(v, wideSize, unsigned));
          for (const op of ['truncate', 'saturate', 'saturateUnsigned'] as const) {
            if (op === 'saturateUnsigned' && unsigned) continue;
            o.words[64] = 0;
            o.vwrite(false, 4, o.vnarrow(op, wide, o.vread(true, 2)));
            const want = source.map((v): ReturnType<Definition> => op === 'truncate' ? v : { value: v, saturate: true, unsigned: op === 'saturateUnsigned' || unsigned });
            check(o, `${op} ${wide}`, o.get(4), want, size, unsigned);
          }
          // Sums of pairs.
          o.vwrite(false, 4, o.vop1('paddl', type, false, o.vread(false, 2)));
          o.words[64] = 0;
          check(o, `paddl ${type}`, o.get(4), a.flatMap((v, k) => k % 2 === 0 ? [v + a[k + 1]!] : []), wideSize, unsigned);
        }
      }
    }
  });

  it('counts', () => {
    const o = new Registers();
    o.set(1, 0x0080_ff7f_0140_c001n);
    const run = (op: 'cls' | 'clz' | 'cnt', type: ElementType): bigint => {
      o.vwrite(false, 0, o.vop1(op, type, false, o.vread(false, 1)));
      return o.get(0);
    };
    assert.equal(run('clz', 'i8'), 0x0800_0001_0701_0007n);
    assert.equal(run('cls', 's8'), 0x0700_0700_0600_0106n);
    assert.equal(run('cnt', 'i8'), 0x0001_0807_0101_0201n);
    assert.equal(run('clz', 'i32'), 0x0000_0008_0000_0007n);
    assert.equal(run('cls', 's16'), 0x0007_0007_0006_0001n);
  });

  it('polynomial products', () => {
    const o = new Registers();
    // {1}{1} multiplied without carries: (x + 1)^2 = x^2 + 1.
    o.set(1, 0x0000_0000_0000_03ffn);
    o.set(2, 0x0000_0000_0000_03ffn);
    o.vwrite(true, 4, o.vop2('mul', 'p16', true, o.vwiden('p8', o.vread(false, 1)), o.vwiden('p8', o.vread(false, 2))));
    assert.equal(o.get(4), 0x0000_0000_0005_5555n);
    o.vwrite(false, 0, o.vop2('mul', 'p8', false, o.vread(false, 1), o.vread(false, 2)));
    assert.equal(o.get(0), 0x0000_0000_0000_0555n);
  });
});

describe('rearrangement', () => {
  const A = 0x0706_0504_0302_0100n;
  const B = 0x1716_1514_1312_1110n;
  const machine = (): Registers => {
    const o = new Registers();
    o.set(1, A);
    o.set(2, B);
    return o;
  };
  const result = (o: Registers, value: number): string => {
    o.vwrite(false, 0, value);
    return o.get(0).toString(16).padStart(16, '0');
  };

  it('VTRN, VUZP, VZIP (A8.8.420, A8.8.422, A8.8.423)', () => {
    const o = machine();
    const both = (op: 'trn' | 'uzp' | 'zip', size: 8 | 16 | 32): string[] =>
      ([0, 1] as const).map((part) => result(o, o.vpermute(op, part, size, false, o.vread(false, 1), o.vread(false, 2))));
    assert.deepEqual(both('trn', 8), ['1606140412021000', '1707150513031101']);
    assert.deepEqual(both('trn', 32), ['1312111003020100', '1716151407060504']);
    assert.deepEqual(both('uzp', 8), ['1614121006040200', '1715131107050301']);
    assert.deepEqual(both('uzp', 16), ['1514111005040100', '1716131207060302']);
    assert.deepEqual(both('zip', 8), ['1303120211011000', '1707160615051404']);
    assert.deepEqual(both('zip', 16), ['1312030211100100', '1716070615140504']);
  });

  it('VEXT, VREV, VDUP, VTBL', () => {
    const o = machine();
    assert.equal(result(o, o.vext(false, o.vread(false, 1), o.vread(false, 2), 3)), '1211100706050403');
    assert.equal(result(o, o.vop1('rev64', 'i8', false, o.vread(false, 1))), '0001020304050607');
    assert.equal(result(o, o.vop1('rev64', 'i16', false, o.vread(false, 1))), '0100030205040706');
    assert.equal(result(o, o.vop1('rev32', 'i8', false, o.vread(false, 1))), '0405060700010203');
    assert.equal(result(o, o.vop1('rev16', 'i8', false, o.vread(false, 1))), '0607040502030001');
    assert.equal(result(o, o.vdupLane(16, o.vread(false, 2), 2)), '1514151415141514');
    o.set(3, 0xff10_0f0e_0807_0100n);
    assert.equal(result(o, o.vtable(2, 1, o.vread(false, 3), o.vzero())), '0000171610070100');
    assert.equal(result(o, o.vtable(1, 1, o.vread(false, 3), o.vread(false, 2))), '1716151413070100');
  });

  it('interleaving is undone by deinterleaving, and both follow structures in memory', () => {
    const o = machine();
    o.set(3, 0x2726_2524_2322_2120n);
    const memory = (): number[] => [1, 2, 3].map((d) => o.vread(false, d));
    // Bytes 0-23 are 00 01 .. 07 10 .. 17 20 .. 27: three-element structures of bytes.
    assert.equal(result(o, o.vdeinterleave(8, 0, memory())), '2522171411060300');
    assert.equal(result(o, o.vdeinterleave(8, 2, memory())), '2724211613100502');
    assert.equal(result(o, o.vdeinterleave(16, 1, memory())), '2524171611100302');
    for (const size of [8, 16, 32] as const) {
      const parts = [0, 1, 2].map((part) => o.vdeinterleave(size, part, memory()));
      assert.deepEqual([0, 1, 2].map((part) => result(o, o.vinterleave(size, part, parts))), [A, B, 0x2726_2524_2322_2120n].map((v) => v.toString(16).padStart(16, '0')));
    }
  });

  it('elements in memory are in data endianness', () => {
    const o = machine();
    for (let i = 0; i < 8; i++) o.memory.setUint8(i, i);
    assert.equal(result(o, o.loadElements(16, 0, 0)), '0706050403020100');
    o.big = true;
    assert.equal(result(o, o.loadElements(8, 0, 0)), '0706050403020100');
    assert.equal(result(o, o.loadElements(16, 0, 0)), '0607040502030001');
    assert.equal(result(o, o.loadElements(32, 0, 0)), '0405060700010203');
    assert.equal(result(o, o.loadElements(64, 0, 0)), '0001020304050607');
    o.storeElements(16, 0, 8, o.vread(false, 1));
    assert.equal(o.memory.getBigUint64(8), 0x0100_0302_0504_0706n);
    o.writeF(64, 5, o.load64(0, 0));
    assert.equal(o.get(5), 0x0001_0203_0405_0607n);
  });
});

describe('registers', () => {
  it('S and D registers share storage, lanes count from the low end', () => {
    const o = new Registers();
    o.writeS(2, 0x11223344);
    o.writeS(3, 0x55667788);
    assert.equal(o.get(1), 0x5566_7788_1122_3344n);
    assert.equal(o.readLane(8, false, 1, 7), 0x55);
    assert.equal(o.readLane(8, true, 1, 4), -0x78);
    assert.equal(o.readLane(16, false, 1, 1), 0x1122);
    o.writeLane(16, 1, 2, 0xabcd);
    assert.equal(o.get(1), 0x5566_abcd_1122_3344n);
  });

  it('FPSCR has no trap enables; LEN and STRIDE shape short vectors within their banks', () => {
    const o = new Registers();
    o.writeFPSCR(-1);
    assert.equal(o.readFPSCR() >>> 0, 0xfbf7009f);
    assert.equal(o.vectorLength(), 8);
    assert.equal(o.vectorStride(), 2);
    o.writeFPSCR(3 << 16);
    assert.equal(o.vectorLength(), 4);
    assert.equal(o.vectorStride(), 1);
    assert.equal(o.registerInBank(32, 14, 3), 9);
    assert.equal(o.registerInBank(64, 7, 2), 5);
    assert.equal(o.registerInBank(64, 18, 3), 17);
    assert.deepEqual([0, 7, 8, 31].map((s) => o.inScalarBank(32, s)), [true, true, false, false]);
    assert.deepEqual([3, 4, 16, 19, 20].map((d) => o.inScalarBank(64, d)), [true, false, true, true, false]);
  });
});
