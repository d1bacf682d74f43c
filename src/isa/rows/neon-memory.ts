/** Advanced SIMD element and structure loads and stores (DDI 0406C, A7.7). */
import { neonAllLanes, neonLane, neonMultiple, type Writeback } from '../bodies/neon-memory.ts';
import type { Fields, Row } from '../operation.ts';
import type { ElementSize } from '../vector-ops.ts';
import { Vd } from './neon-encoding.ts';
import { both } from './vfp-encoding.ts';

/**
 * The address's template `[Rn{:align}]{wb}`: alignment from field a, and writeback from field m: 15 none, 13 `!`, else `, Rm`. In the one-lane rows the alignment has
 * a codec for each structure and size.
 */
const writeback = (f: Fields): Writeback => f.m === 15 ? 'none' : f.m === 13 ? 'size' : 'register';

function unpredictable(last: (f: Fields) => number): (f: Fields) => string | undefined {
  return (f) => f.n === 15 ? 'PC as the base' : last(f) > 31 ? 'registers behind D31' : undefined;
}

const SIZES = [8, 16, 32, 64] as const;
const DIRECTIONS = [true, false] as const;
const verb = (load: boolean): string => load ? 'VLD' : 'VST';
const sections = (load: boolean, loads: string, stores: string): string => `A8.8.${load ? loads : stores} A1`;

// ---- multiple structures

interface Multiple {
  readonly n: 1 | 2 | 3 | 4;
  readonly type: string;
  readonly groups: number;
  readonly step: 1 | 2;
  /** Largest alignment field. */
  readonly align: 1 | 2 | 3;
  readonly refs: readonly [string, string];
}
const MULTIPLES: readonly Multiple[] = [
  { n: 1, type: '0111', groups: 1, step: 1, align: 1, refs: ['320', '404'] },
  { n: 1, type: '1010', groups: 2, step: 1, align: 2, refs: ['320', '404'] },
  { n: 1, type: '0110', groups: 3, step: 1, align: 1, refs: ['320', '404'] },
  { n: 1, type: '0010', groups: 4, step: 1, align: 3, refs: ['320', '404'] },
  { n: 2, type: '1000', groups: 1, step: 1, align: 2, refs: ['323', '406'] },
  { n: 2, type: '1001', groups: 1, step: 2, align: 2, refs: ['323', '406'] },
  { n: 2, type: '0011', groups: 2, step: 2, align: 3, refs: ['323', '406'] },
  { n: 3, type: '0100', groups: 1, step: 1, align: 1, refs: ['326', '408'] },
  { n: 3, type: '0101', groups: 1, step: 2, align: 1, refs: ['326', '408'] },
  { n: 4, type: '0000', groups: 1, step: 1, align: 3, refs: ['329', '410'] },
  { n: 4, type: '0001', groups: 1, step: 2, align: 3, refs: ['329', '410'] },
];

const multiples: readonly Row[] = DIRECTIONS.flatMap((load) => MULTIPLES.flatMap(({ n, type, groups, step, align, refs }) => {
  // VLD2 of four registers is written as four in a row.
  const registers = n * groups;
  const list = `list${registers}${step === 2 && groups === 1 ? 'x2' : ''}`;
  // Registers of a group are `step` apart, groups one: the four of VLD2 are d, d + 2 and d + 1, d + 3.
  const last = (f: Fields): number => Vd(f) + groups - 1 + (n - 1) * step;
  return both(neonMultiple, {
    name: `${verb(load)}${n} (${registers} register${registers > 1 ? 's' : ''}${list.endsWith('x2') ? ', spaced' : ''})`,
    bits: `11110100 0D${load ? '1' : '0'}0 nnnn dddd ${type} zzaa mmmm`, ref: sections(load, refs[0], refs[1]),
    syntax: `${verb(load)}${n}{c}.<z:8|16|32|${n === 1 ? '64' : '-'}> ${list}, [Rn{:align}]{wb}`,
    unpredictable: unpredictable(last),
    // UNPREDICTABLE lists are taken as UNDEFINED.
    undefinedIf: (f) => f.a > align || (n > 1 && f.z === 3) || last(f) > 31,
    decode: (f) => ({
      shape: { load, size: SIZES[f.z]! as ElementSize, n, step: n === 1 ? 1 : step, groups, alignment: f.a === 0 ? 1 : 4 << f.a, writeback: writeback(f) },
      x: { d: Vd(f), n: f.n, m: f.m },
    }),
  });
}));

// ---- one lane: index_align (A8.8.321, A8.8.324, A8.8.327, A8.8.330) by structure and size

interface Lane {
  readonly n: 1 | 2 | 3 | 4;
  readonly size: 8 | 16 | 32;
  /** Bits 7-4: i lane, s spacing, a alignment. */
  readonly indexAlign: string;
  /** Alignment in bytes by field a; 0 is UNDEFINED. */
  readonly alignments: readonly number[];
}
const LANES: readonly Lane[] = [
  { n: 1, size: 8, indexAlign: 'iii0', alignments: [1] },
  { n: 1, size: 16, indexAlign: 'ii0a', alignments: [1, 2] },
  { n: 1, size: 32, indexAlign: 'i0aa', alignments: [1, 0, 0, 4] },
  { n: 2, size: 8, indexAlign: 'iiia', alignments: [1, 2] },
  { n: 2, size: 16, indexAlign: 'iisa', alignments: [1, 4] },
  { n: 2, size: 32, indexAlign: 'is0a', alignments: [1, 8] },
  { n: 3, size: 8, indexAlign: 'iii0', alignments: [1] },
  { n: 3, size: 16, indexAlign: 'iis0', alignments: [1] },
  { n: 3, size: 32, indexAlign: 'is00', alignments: [1] },
  { n: 4, size: 8, indexAlign: 'iiia', alignments: [1, 4] },
  { n: 4, size: 16, indexAlign: 'iisa', alignments: [1, 8] },
  { n: 4, size: 32, indexAlign: 'isaa', alignments: [1, 8, 16, 0] },
];
const LANE_REFS = [['321', '405'], ['324', '407'], ['327', '409'], ['330', '411']] as const;

/** Alignments in bits as a template's alternatives. */
const alignments = (bytes: readonly number[]): string => bytes.length === 1 ? '' : `<a:${bytes.map((b) => b === 0 ? '-' : b === 1 ? '' : `:${b * 8}`).join('|')}>`;

const lanes: readonly Row[] = DIRECTIONS.flatMap((load) => LANES.flatMap((lane) => {
  const { n, size, indexAlign } = lane;
  const refs = LANE_REFS[n - 1]!;
  const step = (f: Fields): number => f.s + 1;
  const last = (f: Fields): number => Vd(f) + (n - 1) * step(f);
  return both(neonLane, {
    name: `${verb(load)}${n}.${size} (one lane)`, ref: sections(load, refs[0], refs[1]),
    bits: `11110100 1D${load ? '1' : '0'}0 nnnn dddd ${['00', '01', '10'][[8, 16, 32].indexOf(size)]!}${['00', '01', '10', '11'][n - 1]!} ${indexAlign} mmmm`,
    syntax: `${verb(load)}${n}{c}.${size} lanelist${n}, [Rn${alignments(lane.alignments)}]{wb}`,
    unpredictable: unpredictable(last),
    undefinedIf: (f) => lane.alignments[f.a] === 0 || last(f) > 31,
    decode: (f) => ({
      shape: { load, size, n, step: step(f), alignment: lane.alignments[f.a]!, writeback: writeback(f) },
      x: { d: Vd(f), n: f.n, m: f.m, lane: f.i },
    }),
  });
}));

// ---- all lanes

interface AllLanes { readonly n: 1 | 2 | 3 | 4; readonly z: string; readonly size: 8 | 16 | 32; readonly a: '0' | '1' | 'a'; readonly alignments: readonly number[] }
const ALL_LANES: readonly AllLanes[] = [
  { n: 1, z: '00', size: 8, a: '0', alignments: [1] },
  { n: 1, z: '01', size: 16, a: 'a', alignments: [1, 2] },
  { n: 1, z: '10', size: 32, a: 'a', alignments: [1, 4] },
  { n: 2, z: '00', size: 8, a: 'a', alignments: [1, 2] },
  { n: 2, z: '01', size: 16, a: 'a', alignments: [1, 4] },
  { n: 2, z: '10', size: 32, a: 'a', alignments: [1, 8] },
  { n: 3, z: '00', size: 8, a: '0', alignments: [1] },
  { n: 3, z: '01', size: 16, a: '0', alignments: [1] },
  { n: 3, z: '10', size: 32, a: '0', alignments: [1] },
  { n: 4, z: '00', size: 8, a: 'a', alignments: [1, 4] },
  { n: 4, z: '01', size: 16, a: 'a', alignments: [1, 8] },
  { n: 4, z: '10', size: 32, a: 'a', alignments: [1, 8] },
  // The fourth size is words again, with the larger alignment.
  { n: 4, z: '11', size: 32, a: '1', alignments: [16] },
];
const ALL_LANES_REFS = ['322', '325', '328', '331'] as const;

const allLanes: readonly Row[] = ALL_LANES.flatMap((row) => {
  const { n, z, size, a } = row;
  // T: for VLD1 a second register, else the spacing.
  const step = (f: Fields): number => n === 1 ? 1 : f.s + 1;
  const copies = (f: Fields): number => n === 1 ? f.s + 1 : 1;
  const last = (f: Fields): number => n === 1 ? Vd(f) + f.s : Vd(f) + (n - 1) * step(f);
  return both(neonAllLanes, {
    name: `VLD${n}.${size} (all lanes${z === '11' ? ', aligned' : ''})`, bits: `11110100 1D10 nnnn dddd 11${['00', '01', '10', '11'][n - 1]!} ${z}s${a} mmmm`,
    ref: `A8.8.${ALL_LANES_REFS[n - 1]!} A1`,
    syntax: `VLD${n}{c}.${size} alllist${n}, [Rn${z === '11' ? ':128' : alignments(row.alignments)}]{wb}`,
    unpredictable: unpredictable(last),
    undefinedIf: (f) => last(f) > 31,
    decode: (f) => ({
      shape: { load: true, size, n, step: step(f), copies: copies(f), alignment: row.alignments[a === 'a' ? f.a : 0]!, writeback: writeback(f) },
      x: { d: Vd(f), n: f.n, m: f.m },
    }),
  });
});

export const neonMemoryRows: readonly Row[] = [...multiples, ...lanes, ...allLanes];
