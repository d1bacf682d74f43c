/** A32 loads and stores of a register or a pair (DDI 0406C, A5.3, A5.2.8, A5.2.9). One row for each addressing form. */
import {
  type Index, load, loadDual, loadDualRegister, loadRegister, type Size, store, storeDual, storeDualRegister, storeRegister,
} from '../bodies/load-store.ts';
import { a32, type Fields, type Row } from '../operation.ts';
import { DecodeImmShift } from '../pseudocode.ts';

/** An addressing form: its P and W bits, and the operand's syntax around an offset. `T` is the unprivileged form, which is post-indexed. */
export interface Form {
  readonly name: string;
  readonly index: Index;
  readonly unprivileged: boolean;
  readonly P: string;
  readonly W: string;
  address(offset: string, optional: string): string;
}

export const FORMS: readonly Form[] = [
  { name: 'offset', index: 'offset', unprivileged: false, P: '1', W: '0', address: (_, optional) => `[Rn${optional}]` },
  { name: 'pre-indexed', index: 'pre', unprivileged: false, P: '1', W: '1', address: (offset) => `[Rn, ${offset}]!` },
  { name: 'post-indexed', index: 'post', unprivileged: false, P: '0', W: '0', address: (offset) => `[Rn], ${offset}` },
  { name: 'unprivileged', index: 'post', unprivileged: true, P: '0', W: '1', address: (_, optional) => `[Rn]${optional}` },
];

/** The offset with its sign in U. */
export function signedOffset(f: Fields): number {
  return f.U === 1 ? f.i : 0 - f.i;
}

interface Transfer {
  readonly name: string;
  readonly load: boolean;
  readonly size: Size;
  readonly signed: boolean;
  /** Sections: immediate, literal, register, unprivileged. */
  readonly refs: readonly [string, string, string, string];
}

/** The registers that a form must not have. */
function unpredictable(transfer: Transfer, form: Form, register: boolean): (f: Fields) => string | undefined {
  const mayBePC = transfer.size === 4 && !(transfer.load && form.unprivileged);
  return (f) => {
    if (f.t === 15 && !mayBePC) return 'PC as Rt';
    if (register && f.m === 15) return 'PC as Rm';
    if (form.index !== 'offset' && f.n === 15) return 'PC as a base that is written back';
    if (form.index !== 'offset' && f.n === f.t) return 'base written back is Rt';
    return undefined;
  };
}

const WORDS: readonly (Transfer & { B: string })[] = [
  { name: 'STR', B: '0', load: false, size: 4, signed: false, refs: ['A8.8.204 A1', '', 'A8.8.205 A1', 'A8.8.220 A'] },
  { name: 'LDR', B: '0', load: true, size: 4, signed: false, refs: ['A8.8.63 A1', 'A8.8.64 A1', 'A8.8.66 A1', 'A8.8.92 A'] },
  { name: 'STRB', B: '1', load: false, size: 1, signed: false, refs: ['A8.8.207 A1', '', 'A8.8.208 A1', 'A8.8.209 A'] },
  { name: 'LDRB', B: '1', load: true, size: 1, signed: false, refs: ['A8.8.68 A1', 'A8.8.69 A1', 'A8.8.70 A1', 'A8.8.71 A'] },
];

function wordRows(transfer: Transfer & { B: string }): Row[] {
  const { name, B, size, signed } = transfer;
  const L = transfer.load ? '1' : '0';
  const rows: Row[] = FORMS.flatMap((form) => {
    const { index, unprivileged, P, W } = form;
    const mnemonic = unprivileged ? `${name}T` : name;
    const immediate = {
      name: `${mnemonic} (immediate, ${form.name})`, bits: `cccc010${P}U${B}${W}${L}nnnnttttiiiiiiiiiiii`,
      ref: unprivileged ? `${transfer.refs[3]}1` : transfer.refs[0],
      syntax: `${mnemonic}{c} Rt, ${form.address('#+/-imm12', '{, #+/-imm12}')}`,
      unpredictable: unpredictable(transfer, form, false),
    };
    const register = {
      name: `${mnemonic} (register, ${form.name})`, bits: `cccc011${P}U${B}${W}${L}nnnnttttiiiiiyy0mmmm`,
      ref: unprivileged ? `${transfer.refs[3]}2` : transfer.refs[2],
      syntax: `${mnemonic}{c} Rt, ${form.address('+/-Rm{, shift}', ', +/-Rm{, shift}')}`,
      unpredictable: unpredictable(transfer, form, true),
    };
    const decodeRegister = (f: Fields) => {
      const { kind, amount } = DecodeImmShift(f.y, f.i);
      return { shape: { size, signed, index, unprivileged, add: f.U === 1, shift: kind }, x: { t: f.t, n: f.n, m: f.m, amount } };
    };
    const decode = (f: Fields) => ({ shape: { size, signed, index, unprivileged }, x: { t: f.t, n: f.n, imm: signedOffset(f) } });
    return transfer.load
      ? [a32(load, { ...immediate, decode }), a32(loadRegister, { ...register, decode: decodeRegister })]
      : [a32(store, { ...immediate, decode }), a32(storeRegister, { ...register, decode: decodeRegister })];
  });
  if (transfer.load) {
    rows.push(a32(load, {
      name: `${name} (literal)`, bits: `cccc0101U${B}011111ttttiiiiiiiiiiii`, ref: transfer.refs[1], syntax: `${name}{c} Rt, literal12`,
      unpredictable: (f) => f.t === 15 && size !== 4 ? 'PC as Rt' : undefined,
      decode: (f) => ({ shape: { size, signed, index: 'offset', unprivileged: false }, x: { t: f.t, n: 15, imm: signedOffset(f) } }),
    }));
  }
  return rows;
}

const HALFWORDS: readonly (Transfer & { op: string })[] = [
  { name: 'STRH', op: '01', load: false, size: 2, signed: false, refs: ['A8.8.217 A1', '', 'A8.8.218 A1', 'A8.8.219 A'] },
  { name: 'LDRH', op: '01', load: true, size: 2, signed: false, refs: ['A8.8.80 A1', 'A8.8.81 A1', 'A8.8.82 A1', 'A8.8.83 A'] },
  { name: 'LDRSB', op: '10', load: true, size: 1, signed: true, refs: ['A8.8.84 A1', 'A8.8.85 A1', 'A8.8.86 A1', 'A8.8.87 A'] },
  { name: 'LDRSH', op: '11', load: true, size: 2, signed: true, refs: ['A8.8.88 A1', 'A8.8.89 A1', 'A8.8.90 A1', 'A8.8.91 A'] },
];

function halfwordRows(transfer: Transfer & { op: string }): Row[] {
  const { name, op, size, signed } = transfer;
  const L = transfer.load ? '1' : '0';
  const rows: Row[] = FORMS.flatMap((form) => {
    const { index, unprivileged, P, W } = form;
    const mnemonic = unprivileged ? `${name}T` : name;
    const immediate = {
      name: `${mnemonic} (immediate, ${form.name})`, bits: `cccc000${P}U1${W}${L}nnnnttttiiii1${op}1iiii`,
      ref: unprivileged ? `${transfer.refs[3]}1` : transfer.refs[0],
      syntax: `${mnemonic}{c} Rt, ${form.address('#+/-imm8', '{, #+/-imm8}')}`,
      unpredictable: unpredictable(transfer, form, false),
    };
    const register = {
      name: `${mnemonic} (register, ${form.name})`, bits: `cccc000${P}U0${W}${L}nnnntttt----1${op}1mmmm`,
      ref: unprivileged ? `${transfer.refs[3]}2` : transfer.refs[2],
      syntax: `${mnemonic}{c} Rt, ${form.address('+/-Rm', ', +/-Rm')}`,
      unpredictable: unpredictable(transfer, form, true),
    };
    const decodeRegister = (f: Fields) => ({
      shape: { size, signed, index, unprivileged, add: f.U === 1, shift: 'none' as const }, x: { t: f.t, n: f.n, m: f.m, amount: 0 },
    });
    const decode = (f: Fields) => ({ shape: { size, signed, index, unprivileged }, x: { t: f.t, n: f.n, imm: signedOffset(f) } });
    return transfer.load
      ? [a32(load, { ...immediate, decode }), a32(loadRegister, { ...register, decode: decodeRegister })]
      : [a32(store, { ...immediate, decode }), a32(storeRegister, { ...register, decode: decodeRegister })];
  });
  if (transfer.load) {
    rows.push(a32(load, {
      name: `${name} (literal)`, bits: `cccc0001U1011111ttttiiii1${op}1iiii`, ref: transfer.refs[1], syntax: `${name}{c} Rt, literal8`,
      unpredictable: (f) => f.t === 15 ? 'PC as Rt' : undefined,
      decode: (f) => ({ shape: { size, signed, index: 'offset', unprivileged: false }, x: { t: f.t, n: 15, imm: signedOffset(f) } }),
    }));
  }
  return rows;
}

/** LDRD, STRD: Rt2 is the register after Rt, which must be even. An odd Rt has its successor all the same. */
function dualRows(isLoad: boolean): Row[] {
  const name = isLoad ? 'LDRD' : 'STRD';
  const op = isLoad ? '10' : '11';
  const refs = isLoad ? ['A8.8.72 A1', 'A8.8.74 A1'] as const : ['A8.8.210 A1', 'A8.8.211 A1'] as const;
  const wrong = (f: Fields, index: Index): string | undefined => {
    if ((f.t & 1) === 1) return 'odd Rt';
    if (f.t === 14) return 'PC as Rt2';
    if (f.W === 1) return 'P = 0 and W = 1';
    if (index !== 'offset' && (f.n === 15 || f.n === f.t || f.n === f.t + 1)) return 'base written back is the PC, Rt or Rt2';
    return undefined;
  };
  const second = (f: Fields): number => (f.t + 1) & 15;
  const rows: Row[] = FORMS.slice(0, 3).flatMap((form) => {
    const { index, P } = form;
    const W = index === 'post' ? 'W' : form.W;
    const immediate = {
      name: `${name} (immediate, ${form.name})`, bits: `cccc000${P}U1${W}0nnnnttttiiii1${op}1iiii`, ref: refs[0],
      syntax: `${name}{c} Rt, Rt2, ${form.address('#+/-imm8', '{, #+/-imm8}')}`,
      unpredictable: (f: Fields) => wrong(f, index),
      decode: (f: Fields) => ({ shape: { index }, x: { t: f.t, u: second(f), n: f.n, imm: signedOffset(f) } }),
    };
    const register = {
      name: `${name} (register, ${form.name})`, bits: `cccc000${P}U0${W}0nnnntttt----1${op}1mmmm`, ref: refs[1],
      syntax: `${name}{c} Rt, Rt2, ${form.address('+/-Rm', ', +/-Rm')}`,
      unpredictable: (f: Fields) => wrong(f, index)
        ?? (f.m === 15 || (isLoad && (f.m === f.t || f.m === f.t + 1)) ? 'Rm is the PC, Rt or Rt2' : undefined),
      decode: (f: Fields) => ({ shape: { index, add: f.U === 1 }, x: { t: f.t, u: second(f), n: f.n, m: f.m } }),
    };
    return isLoad ? [a32(loadDual, immediate), a32(loadDualRegister, register)] : [a32(storeDual, immediate), a32(storeDualRegister, register)];
  });
  if (isLoad) {
    rows.push(a32(loadDual, {
      name: 'LDRD (literal)', bits: 'cccc0001U1001111ttttiiii1101iiii', ref: 'A8.8.73 A1', syntax: 'LDRD{c} Rt, Rt2, literal8',
      unpredictable: (f) => wrong(f, 'offset'),
      decode: (f) => ({ shape: { index: 'offset' }, x: { t: f.t, u: second(f), n: 15, imm: signedOffset(f) } }),
    }));
  }
  return rows;
}

export const loadStoreRows: readonly Row[] = [
  ...WORDS.flatMap(wordRows), ...HALFWORDS.flatMap(halfwordRows), ...dualRows(true), ...dualRows(false),
];
