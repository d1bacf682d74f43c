/** A32 exclusive accesses and swaps (DDI 0406C, A5.2.10). */
import { loadExclusive, loadExclusiveDual, storeExclusive, storeExclusiveDual, swap } from '../bodies/exclusive.ts';
import { a32, type Fields, type Row } from '../operation.ts';

const loads = (f: Fields): string | undefined => f.t === 15 || f.n === 15 ? 'PC as a register' : undefined;
const stores = (f: Fields): string | undefined =>
  f.d === 15 || f.t === 15 || f.n === 15 ? 'PC as a register' : f.d === f.n || f.d === f.t ? 'Rd is Rn or Rt' : undefined;
const oddPair = (f: Fields): string | undefined => (f.t & 1) === 1 ? 'odd Rt' : f.t === 14 ? 'PC as Rt2' : undefined;

const SIZES = [
  { suffix: '', op: '00', size: 4, refs: ['A8.8.75 A1', 'A8.8.212 A1'] },
  { suffix: 'B', op: '10', size: 1, refs: ['A8.8.76 A1', 'A8.8.213 A1'] },
  { suffix: 'H', op: '11', size: 2, refs: ['A8.8.78 A1', 'A8.8.215 A1'] },
] as const;

export const exclusiveRows: readonly Row[] = [
  ...SIZES.flatMap(({ suffix, op, size, refs }) => [
    a32(loadExclusive, {
      name: `LDREX${suffix}`, bits: `cccc00011${op}1nnnntttt++++1001++++`, ref: refs[0], syntax: `LDREX${suffix}{c} Rt, [Rn]`, unpredictable: loads,
      decode: (f) => ({ shape: { size }, x: { t: f.t, n: f.n, imm: 0 } }),
    }),
    a32(storeExclusive, {
      name: `STREX${suffix}`, bits: `cccc00011${op}0nnnndddd++++1001tttt`, ref: refs[1], syntax: `STREX${suffix}{c} Rd, Rt, [Rn]`, unpredictable: stores,
      decode: (f) => ({ shape: { size }, x: { d: f.d, t: f.t, n: f.n, imm: 0 } }),
    }),
  ]),
  a32(loadExclusiveDual, {
    name: 'LDREXD', bits: 'cccc00011011nnnntttt++++1001++++', ref: 'A8.8.77 A1', syntax: 'LDREXD{c} Rt, Rt2, [Rn]',
    unpredictable: (f) => oddPair(f) ?? loads(f),
    decode: (f) => ({ shape: {}, x: { t: f.t, u: (f.t + 1) & 15, n: f.n } }),
  }),
  a32(storeExclusiveDual, {
    name: 'STREXD', bits: 'cccc00011010nnnndddd++++1001tttt', ref: 'A8.8.214 A1', syntax: 'STREXD{c} Rd, Rt, Rt2, [Rn]',
    unpredictable: (f) => oddPair(f) ?? stores(f) ?? (f.d === f.t + 1 ? 'Rd is Rt2' : undefined),
    decode: (f) => ({ shape: {}, x: { d: f.d, t: f.t, u: (f.t + 1) & 15, n: f.n } }),
  }),
  a32(swap, {
    name: 'SWP', bits: 'cccc00010B00nnnntttt----1001uuuu', ref: 'A8.8.229 A1', syntax: 'SWP<B:|B>{c} Rt, Rt2, [Rn]',
    unpredictable: (f) => loads(f) ?? (f.u === 15 ? 'PC as Rt2' : f.n === f.t || f.n === f.u ? 'Rn is Rt or Rt2' : undefined),
    decode: (f) => ({ shape: { size: f.B === 1 ? 1 : 4 }, x: { t: f.t, u: f.u, n: f.n } }),
  }),
];
