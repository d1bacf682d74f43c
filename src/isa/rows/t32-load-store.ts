/** 32-bit T32 loads and stores (DDI 0406C, A6.3.5-A6.3.10). One row for each addressing form. */
import { tableBranch } from '../bodies/branch.ts';
import { loadExclusive, loadExclusiveDual, storeExclusive, storeExclusiveDual } from '../bodies/exclusive.ts';
import { loadMultiple, returnFromException, storeMultiple, storeReturnState } from '../bodies/load-store-multiple.ts';
import { type Index, load, loadDual, loadRegister, type Size, store, storeDual, storeRegister } from '../bodies/load-store.ts';
import { hint, raise } from '../bodies/system.ts';
import { type Fields, type Row, t32 } from '../operation.ts';
import type { Hint } from '../ops.ts';
import { BitCount, DecodeImmShift } from '../pseudocode.ts';
import { block, emptyList, stateBlock, unknownMode } from './a32-load-store-multiple.ts';
import { signedOffset } from './a32-load-store.ts';

const isBad = (number: number): boolean => number === 13 || number === 15;

interface Transfer {
  readonly name: string;
  readonly load: boolean;
  readonly size: Size;
  readonly signed: boolean;
  /** Bits 24, 22 and 21: sign and size. */
  readonly sign: string;
  readonly width: string;
  /** Sections: immediate, literal, register, unprivileged. */
  readonly refs: readonly [string, string, string, string];
  /** Encodings of the 12-bit and 8-bit immediates. */
  readonly encodings: readonly [string, string];
  /** What loads to the PC are, where they are not loads. */
  readonly hint?: Hint;
  /** Whether 16-bit forms exist with an immediate and with a register. */
  readonly narrow: boolean;
  readonly narrowRegister: boolean;
}

const TRANSFERS: readonly Transfer[] = [
  { name: 'STRB', load: false, size: 1, signed: false, sign: '0', width: '00', refs: ['A8.8.206', '', 'A8.8.208', 'A8.8.209'], encodings: ['T2', 'T3'], narrow: true, narrowRegister: true },
  { name: 'STRH', load: false, size: 2, signed: false, sign: '0', width: '01', refs: ['A8.8.216', '', 'A8.8.218', 'A8.8.219'], encodings: ['T2', 'T3'], narrow: true, narrowRegister: true },
  { name: 'STR', load: false, size: 4, signed: false, sign: '0', width: '10', refs: ['A8.8.203', '', 'A8.8.205', 'A8.8.220'], encodings: ['T3', 'T4'], narrow: true, narrowRegister: true },
  { name: 'LDRB', load: true, size: 1, signed: false, sign: '0', width: '00', refs: ['A8.8.67', 'A8.8.69', 'A8.8.70', 'A8.8.71'], encodings: ['T2', 'T3'], hint: 'pld', narrow: true, narrowRegister: true },
  { name: 'LDRH', load: true, size: 2, signed: false, sign: '0', width: '01', refs: ['A8.8.79', 'A8.8.81', 'A8.8.82', 'A8.8.83'], encodings: ['T2', 'T3'], hint: 'pldw', narrow: true, narrowRegister: true },
  { name: 'LDR', load: true, size: 4, signed: false, sign: '0', width: '10', refs: ['A8.8.62', 'A8.8.64', 'A8.8.65', 'A8.8.92'], encodings: ['T3', 'T4'], narrow: true, narrowRegister: true },
  { name: 'LDRSB', load: true, size: 1, signed: true, sign: '1', width: '00', refs: ['A8.8.84', 'A8.8.85', 'A8.8.86', 'A8.8.87'], encodings: ['T1', 'T2'], hint: 'pli', narrow: false, narrowRegister: true },
  { name: 'LDRSH', load: true, size: 2, signed: true, sign: '1', width: '01', refs: ['A8.8.88', 'A8.8.89', 'A8.8.90', 'A8.8.91'], encodings: ['T1', 'T2'], hint: 'nop', narrow: false, narrowRegister: true },
];

/** Preloads by address form: names and sections. */
const PRELOADS: Readonly<Record<string, { readonly name: string; readonly refs: readonly [string, string, string] }>> = {
  pld: { name: 'PLD', refs: ['A8.8.126 T1', 'A8.8.126 T2', 'A8.8.128 T1'] },
  pldw: { name: 'PLDW', refs: ['A8.8.126 T1', 'A8.8.126 T2', 'A8.8.128 T1'] },
  pli: { name: 'PLI', refs: ['A8.8.129 T1', 'A8.8.129 T2', 'A8.8.130 T1'] },
};

/** Row for an encoding of a load whose Rt is 15: a preload, or a memory hint that is a NOP. */
function hintRow(kind: Hint, form: string, bits: string, ref: string, operand: string, where: readonly string[]): Row {
  const preload = PRELOADS[kind];
  // PLDW belongs to the Multiprocessing Extensions, which a Cortex-A8 has not.
  if (kind === 'pldw') {
    return t32(raise, {
      name: `PLDW (${form}: UNDEFINED)`, bits, ref, where, syntax: `PLDW{c} ${operand}`,
      decode: () => ({ shape: { exception: 'undefined' }, x: { imm: 0 } }),
    });
  }
  return t32(hint, {
    name: preload === undefined ? `memory hint (unallocated: NOP, ${form})` : `${preload.name} (${form})`,
    bits: preload === undefined ? bits.replaceAll(/[ikmn]/g, (letter) => letter === 'n' && where.length > 0 ? letter : '-') : bits,
    ref, where, syntax: preload === undefined ? '.inst' : `${preload.name}{c} ${operand}`,
    ...(preload === undefined ? { unpredictable: () => 'unallocated memory hint, executes as NOP' }
      : { unpredictable: (f: Fields) => form === 'register' && isBad(f.m) ? 'SP or PC as Rm' : undefined }),
    decode: () => ({ shape: { hint: kind }, x: {} }),
  });
}

function transferRows(transfer: Transfer): Row[] {
  const { name, size, signed, sign, width, refs, encodings } = transfer;
  const L = transfer.load ? '1' : '0';
  const top = (U: string): string => `1111100${sign}${U}${width}${L}`;
  const where = ['n!=15'];
  const rt = (f: Fields): string | undefined => {
    if (transfer.load && size === 4) return undefined;
    return f.t === 15 || (f.t === 13 && size !== 4) ? 'SP or PC as Rt' : undefined;
  };
  const make = (form: string, index: Index, unprivileged: boolean, bits: string, ref: string, mnemonic: string, operand: string, offset: (f: Fields) => number): Row => {
    const common = {
      name: `${unprivileged ? `${name}T` : name} (immediate, ${form})`, bits, ref, where, syntax: `${mnemonic} Rt, ${operand}`,
      unpredictable: (f: Fields) => unprivileged && isBad(f.t) ? 'SP or PC as Rt'
        : rt(f) ?? (index !== 'offset' && f.n === f.t ? 'base written back is Rt' : undefined),
    };
    const x = (f: Fields) => ({ t: f.t, n: f.n, imm: offset(f) });
    // The unprivileged forms of T32 have an offset.
    return transfer.load
      ? t32(load, { ...common, decode: (f) => ({ shape: { size, signed, index, unprivileged }, x: x(f) }) })
      : t32(store, { ...common, decode: (f) => ({ shape: { size, index, unprivileged }, x: x(f) }) });
  };
  const wide = `${name}{c}${transfer.narrow ? '.W' : ''}`;
  const small = `${refs[0]} ${encodings[1]}`;
  const rows: Row[] = [
    make('offset', 'offset', false, `${top('1')}nnnnttttiiiiiiiiiiii`, `${refs[0]} ${encodings[0]}`, wide, '[Rn{, #<i>}]', (f) => f.i),
    make('negative offset', 'offset', false, `${top('0')}nnnntttt1100iiiiiiii`, small, `${name}{c}`, '[Rn, #-<i>]', (f) => 0 - f.i),
    make('pre-indexed', 'pre', false, `${top('0')}nnnntttt11U1iiiiiiii`, small, `${name}{c}`, '[Rn, #+/-<i>]!', signedOffset),
    make('post-indexed', 'post', false, `${top('0')}nnnntttt10U1iiiiiiii`, small, `${name}{c}`, '[Rn], #+/-<i>', signedOffset),
    make('unprivileged', 'offset', true, `${top('0')}nnnntttt1110iiiiiiii`, `${refs[3]} T1`, `${name}T{c}`, '[Rn{, #<i>}]', (f) => f.i),
  ];
  const register = {
    name: `${name} (register)`, bits: `${top('0')}nnnntttt000000iimmmm`, ref: `${refs[2]} T2`, where,
    syntax: `${name}{c}${transfer.narrowRegister ? '.W' : ''} Rt, [Rn, Rm{, LSL #<i>}]`,
    unpredictable: (f: Fields) => isBad(f.m) ? 'SP or PC as Rm' : rt(f),
  };
  const offset = (f: Fields) => ({ add: true, shift: DecodeImmShift(0, f.i).kind });
  const x = (f: Fields) => ({ t: f.t, n: f.n, m: f.m, amount: f.i });
  rows.push(transfer.load
    ? t32(loadRegister, { ...register, decode: (f) => ({ shape: { size, signed, index: 'offset', unprivileged: false, ...offset(f) }, x: x(f) }) })
    : t32(storeRegister, { ...register, decode: (f) => ({ shape: { size, index: 'offset', unprivileged: false, ...offset(f) }, x: x(f) }) }));
  if (transfer.load) {
    rows.push(t32(load, {
      name: `${name} (literal)`, bits: `${top('U')}1111ttttiiiiiiiiiiii`, ref: `${refs[1]} ${name === 'LDR' ? 'T2' : 'T1'}`,
      syntax: `${name}{c}${name === 'LDR' ? '.W' : ''} Rt, literal12`, unpredictable: rt,
      decode: (f) => ({ shape: { size, signed, index: 'offset', unprivileged: false }, x: { t: f.t, n: 15, imm: signedOffset(f) } }),
    }));
  }
  if (transfer.hint !== undefined) {
    const kind = transfer.hint;
    const refsOf = PRELOADS[kind]?.refs ?? ['A6.3.8', 'A6.3.8', 'A6.3.8'];
    // The literal form of a preload for writing is one for reading (its W bit is should-be-zero).
    const literal = kind === 'pldw' ? 'pld' : kind;
    rows.push(
      hintRow(kind, 'offset', `${top('1')}nnnn1111iiiiiiiiiiii`, refsOf[0], '[Rn{, #<i>}]', where),
      hintRow(kind, 'negative offset', `${top('0')}nnnn11111100iiiiiiii`, refsOf[1], '[Rn, #-<i>]', where),
      hintRow(kind, 'register', `${top('0')}nnnn1111000000iimmmm`, refsOf[2], '[Rn, Rm{, LSL #<i>}]', where),
    );
    if (kind === 'pldw') {
      rows.push(t32(hint, {
        name: 'PLD (literal, W = 1)', bits: `${top('U')}11111111iiiiiiiiiiii`, ref: 'A8.8.127 T1', syntax: '.inst', unpredictable: () => 'should-be-zero bit set',
        decode: () => ({ shape: { hint: literal }, x: {} }),
      }));
    } else {
      rows.push(hintRow(kind, 'literal', `${top('U')}11111111iiiiiiiiiiii`.replace('U', kind === 'nop' ? '-' : 'U'), kind === 'pld' ? 'A8.8.127 T1' : kind === 'pli' ? 'A8.8.129 T3' : 'A6.3.8', 'literal12', []));
    }
  }
  return rows;
}

function dualRows(isLoad: boolean): Row[] {
  const name = isLoad ? 'LDRD' : 'STRD';
  const L = isLoad ? '1' : '0';
  const ref = isLoad ? 'A8.8.72 T1' : 'A8.8.210 T1';
  const wrong = (f: Fields, index: Index): string | undefined => {
    if (isBad(f.t) || isBad(f.u)) return 'SP or PC as Rt or Rt2';
    if (isLoad && f.t === f.u) return 'Rt is Rt2';
    if (!isLoad && f.n === 15) return 'PC as the base';
    if (index !== 'offset' && (f.n === 15 || f.n === f.t || f.n === f.u)) return 'base written back is the PC, Rt or Rt2';
    return undefined;
  };
  const forms = [
    { form: 'offset', index: 'offset', bits: `11101001U10${L}`, operand: '[Rn{, #+/-<i*4>}]' },
    { form: 'pre-indexed', index: 'pre', bits: `11101001U11${L}`, operand: '[Rn, #+/-<i*4>]!' },
    { form: 'post-indexed', index: 'post', bits: `11101000U11${L}`, operand: '[Rn], #+/-<i*4>' },
  ] as const;
  const rows: Row[] = forms.map(({ form, index, bits, operand }) => t32(isLoad ? loadDual : storeDual, {
    name: `${name} (immediate, ${form})`, bits: `${bits}nnnnttttuuuuiiiiiiii`, ref, syntax: `${name}{c} Rt, Rt2, ${operand}`,
    unpredictable: (f) => wrong(f, index),
    decode: (f) => ({ shape: { index }, x: { t: f.t, u: f.u, n: f.n, imm: signedOffset(f) * 4 } }),
  }));
  if (isLoad) {
    rows.push(t32(loadDual, {
      name: 'LDRD (literal)', bits: '11101001U1011111ttttuuuuiiiiiiii', ref: 'A8.8.73 T1', syntax: 'LDRD{c} Rt, Rt2, literal8x4',
      unpredictable: (f) => wrong({ ...f, n: 0 }, 'offset'),
      decode: (f) => ({ shape: { index: 'offset' }, x: { t: f.t, u: f.u, n: 15, imm: signedOffset(f) * 4 } }),
    }));
  }
  return rows;
}

const exclusiveLoad = (f: Fields): string | undefined => isBad(f.t) || f.n === 15 ? 'SP or PC as a register' : undefined;
const exclusiveStore = (f: Fields): string | undefined =>
  isBad(f.d) || isBad(f.t) || f.n === 15 ? 'SP or PC as a register' : f.d === f.n || f.d === f.t ? 'Rd is Rn or Rt' : undefined;

const exclusiveRows: readonly Row[] = [
  t32(storeExclusive, {
    name: 'STREX', bits: '111010000100nnnnttttddddiiiiiiii', ref: 'A8.8.212 T1', syntax: 'STREX{c} Rd, Rt, [Rn{, #<i*4>}]', unpredictable: exclusiveStore,
    decode: (f) => ({ shape: { size: 4 }, x: { d: f.d, t: f.t, n: f.n, imm: f.i << 2 } }),
  }),
  t32(loadExclusive, {
    name: 'LDREX', bits: '111010000101nnnntttt++++iiiiiiii', ref: 'A8.8.75 T1', syntax: 'LDREX{c} Rt, [Rn{, #<i*4>}]', unpredictable: exclusiveLoad,
    decode: (f) => ({ shape: { size: 4 }, x: { t: f.t, n: f.n, imm: f.i << 2 } }),
  }),
  ...([['B', '0100', 1, 'A8.8.213 T1', 'A8.8.76 T1'], ['H', '0101', 2, 'A8.8.215 T1', 'A8.8.78 T1']] as const).flatMap(([suffix, op, size, storeRef, loadRef]) => [
    t32(storeExclusive, {
      name: `STREX${suffix}`, bits: `111010001100nnnntttt++++${op}dddd`, ref: storeRef, syntax: `STREX${suffix}{c} Rd, Rt, [Rn]`, unpredictable: exclusiveStore,
      decode: (f) => ({ shape: { size }, x: { d: f.d, t: f.t, n: f.n, imm: 0 } }),
    }),
    t32(loadExclusive, {
      name: `LDREX${suffix}`, bits: `111010001101nnnntttt++++${op}++++`, ref: loadRef, syntax: `LDREX${suffix}{c} Rt, [Rn]`, unpredictable: exclusiveLoad,
      decode: (f) => ({ shape: { size }, x: { t: f.t, n: f.n, imm: 0 } }),
    }),
  ]),
  t32(storeExclusiveDual, {
    name: 'STREXD', bits: '111010001100nnnnttttuuuu0111dddd', ref: 'A8.8.214 T1', syntax: 'STREXD{c} Rd, Rt, Rt2, [Rn]',
    unpredictable: (f) => exclusiveStore(f) ?? (isBad(f.u) ? 'SP or PC as Rt2' : f.d === f.u ? 'Rd is Rt2' : undefined),
    decode: (f) => ({ shape: {}, x: { d: f.d, t: f.t, u: f.u, n: f.n } }),
  }),
  t32(loadExclusiveDual, {
    name: 'LDREXD', bits: '111010001101nnnnttttuuuu0111++++', ref: 'A8.8.77 T1', syntax: 'LDREXD{c} Rt, Rt2, [Rn]',
    unpredictable: (f) => exclusiveLoad(f) ?? (isBad(f.u) ? 'SP or PC as Rt2' : f.t === f.u ? 'Rt is Rt2' : undefined),
    decode: (f) => ({ shape: {}, x: { t: f.t, u: f.u, n: f.n } }),
  }),
  t32(tableBranch, {
    name: 'TBB', bits: '111010001101nnnn++++----0000mmmm', ref: 'A8.8.236 T1', syntax: 'TBB{c} [Rn, Rm]',
    unpredictable: (f) => f.n === 13 || isBad(f.m) ? 'SP as Rn, or SP or PC as Rm' : undefined,
    decode: (f) => ({ shape: { half: false }, x: { n: f.n, m: f.m } }),
  }),
  t32(tableBranch, {
    name: 'TBH', bits: '111010001101nnnn++++----0001mmmm', ref: 'A8.8.236 T1', syntax: 'TBH{c} [Rn, Rm, LSL #1]',
    unpredictable: (f) => f.n === 13 || isBad(f.m) ? 'SP as Rn, or SP or PC as Rm' : undefined,
    decode: (f) => ({ shape: { half: true }, x: { n: f.n, m: f.m } }),
  }),
];

/** T32 lists have two registers or more, not SP, not both LR and PC, and stores no PC; a list of one register is UNPREDICTABLE but works. */
function list(f: Fields, isLoad: boolean): string | undefined {
  if (BitCount(f.r) < 2) return 'a list of one register';
  if ((f.r >>> 13 & 1) === 1) return 'SP in the list';
  if (!isLoad && f.r >>> 15 === 1) return 'PC in the list';
  if (isLoad && f.r >>> 14 === 3) return 'LR and PC in the list';
  if (f.n === 15) return 'PC as the base';
  if (f.W === 1 && (f.r >>> f.n & 1) === 1) return 'written-back base in the list';
  return undefined;
}

const multipleRows: readonly Row[] = ([['', '01', 0, 1, 'A8.8.199 T2', 'A8.8.57 T2'], ['DB', '10', 1, 0, 'A8.8.201 T1', 'A8.8.60 T1']] as const).flatMap(
  ([suffix, op, P, U, storeRef, loadRef]) => [
    t32(storeMultiple, {
      name: `STM${suffix}`, bits: `1110100${op}0W0nnnnrrrrrrrrrrrrrrrr`, ref: storeRef, syntax: `STM<:${suffix === '' ? '/IA/EA' : 'DB/FD'}>{c} Rn{!}, registers`,
      undefinedIf: emptyList, unpredictable: (f) => list(f, false),
      decode: (f) => ({ shape: { wback: f.W === 1, pc: f.r >>> 15 === 1 }, x: block(f.n, f.r, P, U) }),
    }),
    t32(loadMultiple, {
      name: `LDM${suffix}`, bits: `1110100${op}0W1nnnnrrrrrrrrrrrrrrrr`, ref: loadRef, syntax: `LDM<:${suffix === '' ? '/IA/FD' : 'DB/EA'}>{c} Rn{!}, registers`,
      undefinedIf: emptyList, unpredictable: (f) => list(f, true),
      decode: (f) => ({ shape: { wback: f.W === 1, pc: f.r >>> 15 === 1 }, x: block(f.n, f.r, P, U) }),
    }),
    t32(storeReturnState, {
      name: `SRS${suffix}`, bits: `1110100${op === '01' ? '11' : '00'}0W0++-+++---------kkkkk`, ref: `B9.3.15 ${suffix === '' ? 'T2' : 'T1'}`,
      syntax: `SRS<:${suffix === '' ? 'IA/EA' : 'DB/FD'}>{c} SP{!}, #<k>`, unpredictable: unknownMode,
      decode: (f) => ({ shape: { wback: f.W === 1, mode: f.k }, x: { lr: 14, ...stateBlock(P, U) } }),
    }),
    t32(returnFromException, {
      name: `RFE${suffix}`, bits: `1110100${op === '01' ? '11' : '00'}0W1nnnn++--------------`, ref: `B9.3.13 ${suffix === '' ? 'T2' : 'T1'}`, syntax: `RFE<:${suffix === '' ? 'IA/FD' : 'DB/EA'}>{c} Rn{!}`,
      unpredictable: (f) => f.n === 15 ? 'PC as the base' : undefined,
      decode: (f) => ({ shape: { wback: f.W === 1 }, x: { n: f.n, ...stateBlock(P, U) } }),
    }),
  ]);

const stackRows: readonly Row[] = [
  t32(storeMultiple, {
    name: 'PUSH', bits: '1110100100101101rrrrrrrrrrrrrrrr', ref: 'A8.8.133 T2', syntax: 'PUSH{c}.W registers', undefinedIf: emptyList,
    unpredictable: (f) => list({ ...f, n: 13, W: 1 }, false),
    decode: (f) => ({ shape: { wback: true, pc: f.r >>> 15 === 1 }, x: block(13, f.r, 1, 0) }),
  }),
  t32(loadMultiple, {
    name: 'POP', bits: '1110100010111101rrrrrrrrrrrrrrrr', ref: 'A8.8.131 T2', syntax: 'POP{c}.W registers', undefinedIf: emptyList,
    unpredictable: (f) => list({ ...f, n: 13, W: 1 }, true),
    decode: (f) => ({ shape: { wback: true, pc: f.r >>> 15 === 1 }, x: block(13, f.r, 0, 1) }),
  }),
];

export const thumbLoadStoreRows: readonly Row[] = [
  ...TRANSFERS.flatMap(transferRows), ...dualRows(true), ...dualRows(false), ...exclusiveRows, ...multipleRows, ...stackRows,
];
