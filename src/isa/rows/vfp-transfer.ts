/** VFP loads, stores and register transfers (DDI 0406C, A7.6, A7.8, A7.9, B9.3.21, B9.3.22). */
import {
  vectorLoadStore, vectorMultiple, vmovCoreDouble, vmovCoreSingle, vmovCoreToScalar, vmovCoreTwoSingles, vmovScalarToCore,
  vmrsFPSCR, vmrsSystem, vmsrFPSCR, vmsrSystem,
} from '../bodies/vfp-transfer.ts';
import type { Fields, Row } from '../operation.ts';
import { both, D, S, T13 } from './vfp-encoding.ts';

const tIsPC = (f: Fields): string | undefined => f.t === 15 ? 'PC as Rt' : undefined;

const system: readonly Row[] = [
  both(vmrsFPSCR, {
    name: 'VMRS (FPSCR)', bits: 'cccc 1110 1111 0001 tttt 1010 ---1 ----', ref: 'A8.8.348 A1', syntax: 'VMRS{c} Rt, FPSCR',
    where: ['t!=15'], unpredictableT32: T13,
    decode: (f) => ({ shape: {}, x: { t: f.t } }),
  }),
  both(vmrsFPSCR, {
    name: 'VMRS (flags)', bits: 'cccc 1110 1111 0001 1111 1010 ---1 ----', ref: 'A8.8.348 A1', syntax: 'VMRS{c} APSR_nzcv, FPSCR',
    decode: () => ({ shape: {}, x: { t: 15 } }),
  }),
  both(vmsrFPSCR, {
    name: 'VMSR (FPSCR)', bits: 'cccc 1110 1110 0001 tttt 1010 ---1 ----', ref: 'A8.8.349 A1', syntax: 'VMSR{c} FPSCR, Rt',
    unpredictable: tIsPC, unpredictableT32: T13,
    decode: (f) => ({ shape: {}, x: { t: f.t } }),
  }),
  ...([['FPSID', '0000'], ['MVFR1', '0110'], ['MVFR0', '0111'], ['FPEXC', '1000']] as const).map(([register, code]) => both(vmrsSystem, {
    name: `VMRS (${register})`, bits: `cccc 1110 1111 ${code} tttt 1010 ---1 ----`, ref: 'B9.3.21 A1', syntax: `VMRS{c} Rt, ${register}`,
    unpredictable: tIsPC, unpredictableT32: T13,
    decode: (f) => ({ shape: { register }, x: { t: f.t } }),
  })),
  ...([['FPSID', '0000'], ['FPEXC', '1000']] as const).map(([register, code]) => both(vmsrSystem, {
    name: `VMSR (${register})`, bits: `cccc 1110 1110 ${code} tttt 1010 ---1 ----`, ref: 'B9.3.22 A1', syntax: `VMSR{c} ${register}, Rt`,
    unpredictable: tIsPC, unpredictableT32: T13,
    decode: (f) => ({ shape: { register }, x: { t: f.t } }),
  })),
].flat();

function coreMoves(toCore: boolean): Row[] {
  const L = toCore ? '1' : '0';
  const order = (core: string, extension: string): string => toCore ? `${core}, ${extension}` : `${extension}, ${core}`;
  const pair = (f: Fields): string | undefined => f.t === 15 || f.u === 15 ? 'PC as Rt'
    : toCore && f.t === f.u ? 'both results in one register' : undefined;
  return [
    ...both(vmovCoreSingle, {
      name: toCore ? 'VMOV (S to core)' : 'VMOV (core to S)', bits: `cccc 1110 000${L} nnnn tttt 1010 N--1 ----`, ref: 'A8.8.343 A1',
      syntax: `VMOV{c} ${order('Rt', 'Sn')}`, unpredictable: tIsPC, unpredictableT32: T13,
      decode: (f) => ({ shape: { toCore }, x: { t: f.t, n: S(f.N, f.n) } }),
    }),
    ...both(vmovCoreTwoSingles, {
      name: toCore ? 'VMOV (two S to core)' : 'VMOV (core to two S)', bits: `cccc 1100 010${L} uuuu tttt 1010 00M1 mmmm`, ref: 'A8.8.344 A1',
      syntax: `VMOV{c} ${order('Rt, Rt2', 'Sm, Sm+1')}`,
      unpredictable: (f) => S(f.M, f.m) === 31 ? 'register after S31' : pair(f), unpredictableT32: T13,
      decode: (f) => ({ shape: { toCore }, x: { t: f.t, u: f.u, m: S(f.M, f.m) } }),
    }),
    ...both(vmovCoreDouble, {
      name: toCore ? 'VMOV (D to core)' : 'VMOV (core to D)', bits: `cccc 1100 010${L} uuuu tttt 1011 00M1 mmmm`, ref: 'A8.8.345 A1',
      syntax: `VMOV{c} ${order('Rt, Rt2', 'Dm')}`, unpredictable: pair, unpredictableT32: T13,
      decode: (f) => ({ shape: { toCore }, x: { t: f.t, u: f.u, m: D(f.M, f.m) } }),
    }),
  ];
}

/** Opcode bits 22-21 and 6-5 by element size; i is the lane number. */
const LANES = [
  { size: 8, high: '1i', low: 'ii' },
  { size: 16, high: '0i', low: 'i1' },
  { size: 32, high: '0i', low: '00' },
] as const;

const scalars: readonly Row[] = LANES.flatMap(({ size, high, low }) => [
  ...both(vmovCoreToScalar, {
    name: `VMOV (core to scalar) .${size}`, bits: `cccc 1110 0${high}0 dddd tttt 1011 D${low}1 ----`, ref: 'A8.8.341 A1',
    syntax: `VMOV{c}.${size} Dd[<i>], Rt`, unpredictable: tIsPC, unpredictableT32: T13,
    decode: (f) => ({ shape: { size }, x: { t: f.t, d: D(f.D, f.d), lane: f.i } }),
  }),
  ...(size === 32 ? [undefined] : [true, false]).flatMap((signed) => both(vmovScalarToCore, {
    name: `VMOV (scalar to core) .${signed === undefined ? '' : signed ? 'S' : 'U'}${size}`, ref: 'A8.8.342 A1',
    bits: `cccc 1110 ${signed === false ? '1' : '0'}${high}1 nnnn tttt 1011 N${low}1 ----`,
    syntax: `VMOV{c}.${signed === undefined ? '' : signed ? 'S' : 'U'}${size} Rt, Dn[<i>]`, unpredictable: tIsPC, unpredictableT32: T13,
    decode: (f) => ({ shape: { size, signed: signed === true }, x: { t: f.t, n: D(f.N, f.n), lane: f.i } }),
  })),
]);

function memory(load: boolean, width: 32 | 64): Row[] {
  const L = load ? '1' : '0';
  const cp = width === 64 ? '1011' : '1010';
  const register = width === 64 ? D : S;
  const shape = { load, width };
  const name = load ? 'VLDR' : 'VSTR';
  const Vd = width === 64 ? 'Dd' : 'Sd';
  const ref = load ? 'A8.8.333' : 'A8.8.413';
  const encoding = width === 64 ? 'A1' : 'A2';
  const multiple = (spec: { name: string; mode: string; n: string; ref: string; syntax: string; before: boolean; W?: true; extra?: true }): Row[] => {
    const transfer = (f: Fields): { count: number; bytes: number; step: number } => {
      const bytes = f.i * (width / 8);
      const moved = spec.extra === true ? bytes + 4 : bytes;
      return { count: f.i, bytes, step: spec.before ? -moved : moved };
    };
    const impossible = (f: Fields): boolean => f.i === 0 || (width === 64 && f.i > 16) || register(f.D, f.d) + f.i > 32;
    const n = (f: Fields): number => spec.n === 'nnnn' ? f.n : 13;
    const W = (f: Fields): boolean => spec.W === true || f.W === 1;
    const count = width === 32 ? 'iiiiiiii' : spec.extra === true ? 'iiiiiii1' : 'iiiiiii0';
    return both(vectorMultiple, {
      name: spec.name, bits: `cccc 110${spec.mode}${L} ${spec.n} dddd ${cp} ${count}`, ref: spec.ref, syntax: spec.syntax,
      unpredictable: (f) => impossible(f) ? 'register list' : n(f) === 15 && W(f) ? 'PC with writeback'
        : spec.extra === true && register(f.D, f.d) + f.i > 16 ? 'registers above D15' : undefined,
      unpredictableT32: (f) => n(f) === 15 ? 'PC as the base' : undefined,
      // UNPREDICTABLE lists are taken as UNDEFINED.
      undefinedIf: impossible,
      decode: (f) => ({
        shape: { ...shape, before: spec.before, W: W(f) },
        x: { d: register(f.D, f.d), n: n(f), ...transfer(f) },
      }),
    });
  };
  const list = width === 64 ? 'dlist' : 'slist';
  const name2 = load ? 'VLDM' : 'VSTM';
  const ref2 = load ? `A8.8.332 ${encoding}` : `A8.8.412 ${encoding}`;
  const stack = load
    ? multiple({ name: `VPOP (${Vd})`, mode: '01D1', n: '1101', ref: `A8.8.367 ${encoding}`, syntax: `VPOP{c} ${list}`, before: false, W: true })
    : multiple({ name: `VPUSH (${Vd})`, mode: '10D1', n: '1101', ref: `A8.8.368 ${encoding}`, syntax: `VPUSH{c} ${list}`, before: true, W: true });
  const nameX = load ? 'FLDM' : 'FSTM';
  const extra = width === 32 ? [] : [
    ...multiple({ name: `${nameX}IAX`, mode: '01DW', n: 'nnnn', ref: ref2, syntax: `${nameX}IAX{c} Rn{!}, ${list}`, before: false, extra: true }),
    ...multiple({ name: `${nameX}DBX`, mode: '10D1', n: 'nnnn', ref: ref2, syntax: `${nameX}DBX{c} Rn!, ${list}`, before: true, W: true, extra: true }),
  ];
  return [
    ...both(vectorLoadStore, {
      name: `${name} (${Vd}, immediate)`, bits: `cccc 1101 UD0${L} nnnn dddd ${cp} iiiiiiii`, ref: `${ref} ${encoding}`,
      syntax: `${name}{c} ${Vd}, [Rn{, #+/-imm8x4}]`,
      unpredictableT32: (f) => f.n === 15 && !load ? 'PC as the base' : undefined,
      decode: (f) => ({ shape, x: { d: register(f.D, f.d), n: f.n, offset: f.U === 1 ? f.i * 4 : -f.i * 4 } }),
    }),
    ...multiple({ name: `${name2}IA (${Vd})`, mode: '01DW', n: 'nnnn', ref: ref2, syntax: `${name2}<:IA/>{c} Rn{!}, ${list}`, before: false }),
    ...multiple({ name: `${name2}DB (${Vd})`, mode: '10D1', n: 'nnnn', ref: ref2, syntax: `${name2}DB{c} Rn!, ${list}`, before: true, W: true }),
    ...stack,
    ...extra,
  ];
}

export const vfpTransferRows: readonly Row[] = [
  ...system,
  ...coreMoves(false), ...coreMoves(true),
  ...scalars,
  ...memory(true, 64), ...memory(true, 32), ...memory(false, 64), ...memory(false, 32),
];
