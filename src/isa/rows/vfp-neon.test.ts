/**
 * VFP and Advanced SIMD rows: statements that GNU as encodes must decode to the operands a reader of the statement expects, in A32 and T32 alike, and what the manual
 * (and MVFR1 of this CPU) makes UNDEFINED must have no instruction.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createDecoder } from '../decode.ts';
import type { Instruction } from '../operation.ts';
import { neonRows } from './neon.ts';
import { vfpRows } from './vfp.ts';

const decoder = createDecoder([...vfpRows, ...neonRows]);

const HAVE_GNU = spawnSync('arm-none-eabi-as', ['--version']).status === 0;
const skip = HAVE_GNU ? false : 'arm-none-eabi-as is not installed';

function assemble(lines: readonly string[], thumb: boolean): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'worldswitch-rows-'));
  try {
    const [source, object, binary] = ['a.s', 'a.o', 'a.bin'].map((name) => join(directory, name)) as [string, string, string];
    writeFileSync(source, ['.syntax unified', thumb ? '.thumb' : '.arm', '.fpu neon', ...lines, ''].join('\n'));
    const as = spawnSync('arm-none-eabi-as', ['-mcpu=cortex-a8', source, '-o', object], { encoding: 'utf8' });
    assert.equal(as.status, 0, as.stderr);
    const copy = spawnSync('arm-none-eabi-objcopy', ['-O', 'binary', '-j', '.text', object, binary], { encoding: 'utf8' });
    assert.equal(copy.status, 0, copy.stderr);
    return readFileSync(binary);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

type Expected = readonly [statement: string, operation: string, shape: Instruction['shape'], x: Record<string, number>];

const STATEMENTS: readonly Expected[] = [
  ['vmrs r3, fpscr', 'vmrsFPSCR', {}, { t: 3 }],
  ['vmrs apsr_nzcv, fpscr', 'vmrsFPSCR', {}, { t: 15 }],
  ['vmsr fpexc, r7', 'vmsrSystem', { register: 'FPEXC' }, { t: 7 }],
  ['vmrs r1, mvfr1', 'vmrsSystem', { register: 'MVFR1' }, { t: 1 }],
  ['vmov s31, r2', 'vmovCoreSingle', { toCore: false }, { t: 2, n: 31 }],
  ['vmov r1, r2, s3, s4', 'vmovCoreTwoSingles', { toCore: true }, { t: 1, u: 2, m: 3 }],
  ['vmov d19, r1, r2', 'vmovCoreDouble', { toCore: false }, { t: 1, u: 2, m: 19 }],
  ['vmov.s8 r4, d17[5]', 'vmovScalarToCore', { size: 8, signed: true }, { t: 4, n: 17, lane: 5 }],
  ['vmov.16 d3[2], r4', 'vmovCoreToScalar', { size: 16 }, { t: 4, d: 3, lane: 2 }],
  ['vmov.32 r4, d3[1]', 'vmovScalarToCore', { size: 32, signed: false }, { t: 4, n: 3, lane: 1 }],
  ['vldr d17, [r3, #-8]', 'vectorLoadStore', { load: true, width: 64 }, { d: 17, n: 3, offset: -8 }],
  ['vstr s5, [r3, #1020]', 'vectorLoadStore', { load: false, width: 32 }, { d: 5, n: 3, offset: 1020 }],
  ['vldmia r2!, {d16-d31}', 'vectorMultiple', { load: true, width: 64, before: false, W: true }, { d: 16, n: 2, count: 16, bytes: 128, step: 128 }],
  ['vstmia r2, {s1-s3}', 'vectorMultiple', { load: false, width: 32, before: false, W: false }, { d: 1, n: 2, count: 3, bytes: 12, step: 12 }],
  ['vpush {d8-d15}', 'vectorMultiple', { load: false, width: 64, before: true, W: true }, { d: 8, n: 13, count: 8, bytes: 64, step: -64 }],
  ['fldmiax r0!, {d0-d2}', 'vectorMultiple', { load: true, width: 64, before: false, W: true }, { d: 0, n: 0, count: 3, bytes: 24, step: 28 }],
  ['vmla.f64 d17, d18, d19', 'vfpBinary', { op: 'VMLA', width: 64 }, { d: 17, n: 18, m: 19 }],
  ['vnmls.f32 s1, s2, s3', 'vfpBinary', { op: 'VNMLS', width: 32 }, { d: 1, n: 2, m: 3 }],
  ['vsqrt.f32 s30, s31', 'vfpUnary', { op: 'VSQRT', width: 32 }, { d: 30, m: 31 }],
  ['vmov.f32 s3, #-0.125', 'vfpConstant', { width: 32 }, { d: 3, value: 0xbe000000 | 0 }],
  ['vmov.f64 d3, #31.0', 'vfpConstant', { width: 64 }, { d: 3, value: 0x403f0000 }],
  ['vcmpe.f64 d3, #0.0', 'vfpCompare', { width: 64, zero: true, signalling: true }, { d: 3, m: 0 }],
  ['vcvt.f64.f32 d17, s3', 'vfpConvertWidth', { width: 32 }, { d: 17, m: 3 }],
  ['vcvtr.u32.f64 s3, d17', 'vfpToInteger', { width: 64, signed: false, rounding: 'fpscr' }, { d: 3, m: 17 }],
  ['vcvt.f32.s32 s3, s5', 'vfpFromInteger', { width: 32, signed: true }, { d: 3, m: 5 }],
  ['vcvt.u16.f64 d3, d3, #9', 'vfpFixed', { width: 64, size: 16, signed: false, toFixed: true }, { d: 3, fractionBits: 9 }],
  ['vcvt.f32.s32 s3, s3, #31', 'vfpFixed', { width: 32, size: 32, signed: true, toFixed: false }, { d: 3, fractionBits: 31 }],

  ['vadd.i64 q1, q9, q15', 'neonBinary', { op: 'add', type: 'i64', quad: true }, { d: 2, n: 18, m: 30 }],
  ['vhsub.u16 d1, d2, d31', 'neonBinary', { op: 'hsub', type: 'u16', quad: false }, { d: 1, n: 2, m: 31 }],
  ['vqrshl.s32 d1, d2, d3', 'neonBinary', { op: 'qrshl', type: 's32', quad: false }, { d: 1, n: 2, m: 3 }],
  ['vorn q1, q2, q3', 'neonBinary', { op: 'orn', type: 'i64', quad: true }, { d: 2, n: 4, m: 6 }],
  ['vbif d1, d2, d3', 'neonSelect', { op: 'VBIF', quad: false }, { d: 1, n: 2, m: 3 }],
  ['vrsqrts.f32 q1, q2, q3', 'neonBinary', { op: 'rsqrts', type: 'f32', quad: true }, { d: 2, n: 4, m: 6 }],
  ['vmls.f32 d1, d2, d3', 'neonAccumulate', { op: 'mul', accumulate: 'sub', type: 'f32', quad: false }, { d: 1, n: 2, m: 3 }],
  ['vpmin.u8 d1, d2, d3', 'neonPairwise', { op: 'min', type: 'u8' }, { d: 1, n: 2, m: 3 }],
  ['vsubw.s8 q1, q2, d3', 'neonLong', { op: 'sub', accumulate: 'none', wideFirst: true, type: 's8' }, { d: 2, n: 4, m: 3 }],
  ['vqdmlsl.s16 q1, d2, d3', 'neonLong', { op: 'qdmull', accumulate: 'qsub', wideFirst: false, type: 's16' }, { d: 2, n: 2, m: 3 }],
  ['vmull.p8 q1, d2, d3', 'neonLong', { op: 'mul', accumulate: 'none', wideFirst: false, type: 'p8' }, { d: 2, n: 2, m: 3 }],
  ['vraddhn.i32 d1, q2, q3', 'neonNarrowHigh', { op: 'add', round: true, type: 'u32' }, { d: 1, n: 4, m: 6, half: 16 }],
  ['vmla.i16 q1, q2, d7[3]', 'neonByScalar', { op: 'mul', accumulate: 'add', type: 'i16', size: 16, quad: true }, { d: 2, n: 4, m: 7, lane: 3 }],
  ['vqdmull.s32 q1, d2, d15[1]', 'neonLongByScalar', { op: 'qdmull', accumulate: 'none', type: 's32', size: 32 }, { d: 2, n: 2, m: 15, lane: 1 }],
  ['vrsra.u8 d1, d2, #8', 'neonShift', { op: 'rshr', type: 'u8', accumulate: true, quad: false }, { d: 1, m: 2, amount: 8 }],
  ['vshr.s64 q1, q2, #1', 'neonShift', { op: 'shr', type: 's64', accumulate: false, quad: true }, { d: 2, m: 4, amount: 1 }],
  ['vsli.16 d1, d2, #15', 'neonInsert', { op: 'sli', size: 16, quad: false }, { d: 1, m: 2, amount: 15 }],
  ['vqrshrun.s64 d1, q2, #32', 'neonShiftNarrow', { op: 'rshr', narrow: 'saturateUnsigned', type: 's64' }, { d: 1, m: 4, amount: 32 }],
  ['vshll.s16 q1, d2, #3', 'neonShiftLong', { type: 's16' }, { d: 2, m: 2, amount: 3 }],
  ['vshll.i16 q1, d2, #16', 'neonShiftLong', { type: 'u16' }, { d: 2, m: 2, amount: 16 }],
  ['vmovl.u32 q1, d2', 'neonShiftLong', { type: 'u32' }, { d: 2, m: 2, amount: 0 }],
  ['vcvt.f32.u32 q1, q2, #5', 'neonFixed', { type: 'u32', toFixed: false, quad: true }, { d: 2, m: 4, fractionBits: 5 }],
  ['vcvt.s32.f32 d1, d2', 'neonUnary', { op: 'fromFloat', type: 's32', quad: false }, { d: 1, m: 2 }],
  ['vmov.i32 d1, #0xab00', 'neonConstant', { op: 'mov', quad: false }, { d: 1, low: 0xab00, high: 0xab00 }],
  ['vmvn.i16 q1, #0xab', 'neonConstant', { op: 'mov', quad: true }, { d: 2, low: ~0xab00ab, high: ~0xab00ab }],
  ['vmov.i64 d1, #0xff00ff0000ffff00', 'neonConstant', { op: 'mov', quad: false }, { d: 1, low: 0x00ffff00, high: 0xff00ff00 | 0 }],
  ['vmov.f32 q1, #1.0', 'neonConstant', { op: 'mov', quad: true }, { d: 2, low: 0x3f800000, high: 0x3f800000 }],
  ['vbic.i32 d1, #0xab0000', 'neonConstant', { op: 'bic', quad: false }, { d: 1, low: 0xab0000, high: 0xab0000 }],
  ['vclt.f32 q1, q2, #0', 'neonCompareZero', { op: 'gt', zeroFirst: true, type: 'f32', quad: true }, { d: 2, m: 4 }],
  ['vuzp.16 q1, q2', 'neonPermute', { op: 'uzp', size: 16, quad: true }, { d: 2, m: 4 }],
  ['vqmovn.u32 d1, q2', 'neonNarrow', { narrow: 'saturate', type: 'u32' }, { d: 1, m: 4 }],
  ['vext.8 q1, q2, q3, #13', 'neonExtract', { quad: true }, { d: 2, n: 4, m: 6, bytes: 13 }],
  ['vtbx.8 d1, {d2-d4}, d5', 'neonTable', { length: 3, extend: true }, { d: 1, n: 2, m: 5 }],
  ['vdup.8 q1, d17[6]', 'neonDuplicateLane', { size: 8, quad: true }, { d: 2, m: 17, lane: 6 }],
  ['vdup.16 q9, r3', 'neonDuplicateCore', { size: 16, quad: true }, { d: 18, t: 3 }],

  ['vld1.64 {d3-d6}, [r1:256]!', 'neonMultiple', { load: true, size: 64, n: 1, step: 1, groups: 4, alignment: 32, writeback: 'size' }, { d: 3, n: 1, m: 13 }],
  ['vst2.8 {d3-d6}, [r1], r2', 'neonMultiple', { load: false, size: 8, n: 2, step: 2, groups: 2, alignment: 1, writeback: 'register' }, { d: 3, n: 1, m: 2 }],
  ['vld3.16 {d1, d3, d5}, [r1]', 'neonMultiple', { load: true, size: 16, n: 3, step: 2, groups: 1, alignment: 1, writeback: 'none' }, { d: 1, n: 1, m: 15 }],
  ['vst1.32 {d1[1]}, [r1:32]', 'neonLane', { load: false, size: 32, n: 1, step: 1, alignment: 4, writeback: 'none' }, { d: 1, n: 1, m: 15, lane: 1 }],
  ['vld4.16 {d1[2], d3[2], d5[2], d7[2]}, [r1:64]!', 'neonLane', { load: true, size: 16, n: 4, step: 2, alignment: 8, writeback: 'size' }, { d: 1, n: 1, m: 13, lane: 2 }],
  ['vld1.16 {d1[], d2[]}, [r1:16]', 'neonAllLanes', { load: true, size: 16, n: 1, step: 1, copies: 2, alignment: 2, writeback: 'none' }, { d: 1, n: 1, m: 15 }],
  ['vld4.32 {d1[], d2[], d3[], d4[]}, [r1:128]', 'neonAllLanes', { load: true, size: 32, n: 4, step: 1, copies: 1, alignment: 16, writeback: 'none' }, { d: 1, n: 1, m: 15 }],
];

describe('statements of GNU as', { skip }, () => {
  for (const thumb of [false, true]) {
    it(thumb ? 'T32' : 'A32', () => {
      const binary = assemble(STATEMENTS.map(([statement]) => statement), thumb);
      assert.equal(binary.length, STATEMENTS.length * 4);
      STATEMENTS.forEach(([statement, operation, shape, x], i) => {
        const found = thumb ? decoder.decodeT32(binary.readUInt16LE(4 * i), binary.readUInt16LE(4 * i + 2)) : decoder.decodeA32(binary.readInt32LE(4 * i));
        assert.equal(found.operation.name, operation, statement);
        assert.deepEqual(found.shape, shape, statement);
        assert.deepEqual(found.x, x, statement);
      });
    });
  }
});

describe('UNDEFINED', () => {
  const CASES: readonly (readonly [string, number])[] = [
    ['VFMA.F32 (vector): no fused multiply (MVFR1)', 0xf2000c10],
    ['VFMA.F32: no fused multiply (MVFR1)', 0xeea00a00],
    ['VCVTB.F32.F16: no half precision (MVFR1)', 0xeeb20a40],
    ['VCVT.F16.F32 (vector): no half precision', 0xf3b60600],
    ['VADD.I8 with an odd Q register', 0xf2001840],
    ['VHADD with size 3', 0xf2300000],
    ['VMUL.P16', 0xf3100910],
    ['VQDMULH.S8', 0xf2000b00],
    ['VPADD of Q registers', 0xf2000b50],
    ['VEXT of D registers with byte 8', 0xf2b00800],
    ['VDUP with imm4 = 0', 0xf3b00c00],
    ['VLD1 of one register with :128', 0xf420072f],
    ['VLD2.64', 0xf42008cf],
    ['VLD1.8 to one lane with alignment', 0xf4a0001f],
    ['VLD4 to all lanes, size 3 without alignment', 0xf4a00fcf],
    ['VMOV modified immediate, op 1, cmode 15', 0xf2800f30],
    ['VLDM with increment after and before', 0xedb00b02],
  ];
  for (const [what, word] of CASES) {
    it(what, () => {
      assert.equal(decoder.decodeA32(word | 0).row.name, 'UNDEFINED');
      const top = word >>> 24;
      const twin = (top & 0xfe) === 0xf2 ? (word & 0x00ffffff) | (0xef | (top & 1) << 4) << 24 : top === 0xf4 ? (word & 0x00ffffff) | 0xf9 << 24 : word;
      assert.equal(decoder.decodeT32(twin >>> 16, twin & 0xffff).row.name, 'UNDEFINED');
    });
  }

  it('the coprocessor space of cp10 and cp11 is conditional in A32', () => {
    assert.equal(decoder.decodeA32(0x0e310a81).operation.name, 'vfpBinary');
    assert.equal(decoder.decodeA32(0x0e310a81).condition, 0);
    assert.equal(decoder.decodeA32(0xfe310a81 | 0).row.name, 'UNDEFINED');
  });
});
