/**
 * Other spellings of rows (DDI 0406C: "assembler syntax", "see also", and the preferred disassembly of each section). An alias with `when` is what the
 * disassembler prints for fields that satisfy it; all aliases assemble.
 */
import type { Fields, InstructionSet, Row } from '../operation.ts';

export interface Alias {
  readonly syntax: string;
  readonly fixed?: Readonly<Record<string, number>>;
  readonly when?: (f: Fields) => boolean;
}

interface AliasEntry extends Alias {
  readonly set: InstructionSet;
  /** The row's name. */
  readonly row: string;
  /** The row's section and encoding, where several rows have the name. */
  readonly ref?: string;
}

const PUSH_ONE = { syntax: 'PUSH{c} {Rt}', fixed: { n: 13, U: 0, i: 4 }, when: (f: Fields) => f.n === 13 && f.U === 0 && f.i === 4 };
const POP_ONE = { syntax: 'POP{c} {Rt}', fixed: { n: 13, U: 1, i: 4 }, when: (f: Fields) => f.n === 13 && f.U === 1 && f.i === 4 };

/** LSL and its kin are MOV of a shifted register. */
function shiftAliases(set: InstructionSet, ref: string): AliasEntry[] {
  const row = 'MOV (register)';
  return [
    { set, row, ref, syntax: 'LSL{S}{c} Rd, Rm, #shiftamount', fixed: { y: 0 }, when: (f) => f.y === 0 && f.i !== 0 },
    { set, row, ref, syntax: 'LSR{S}{c} Rd, Rm, #shiftright', fixed: { y: 1 }, when: (f) => f.y === 1 },
    { set, row, ref, syntax: 'ASR{S}{c} Rd, Rm, #shiftright', fixed: { y: 2 }, when: (f) => f.y === 2 },
    { set, row, ref, syntax: 'ROR{S}{c} Rd, Rm, #rotateamount', fixed: { y: 3 }, when: (f) => f.y === 3 && f.i !== 0 },
    { set, row, ref, syntax: 'RRX{S}{c} Rd, Rm', fixed: { y: 3, i: 0 }, when: (f) => f.y === 3 && f.i === 0 },
  ];
}

/** Constants whose negative or inverse can be encoded. */
function constantAliases(set: InstructionSet, codec: string): AliasEntry[] {
  return [
    ...([['SUB', 'ADD', '-'], ['ADD', 'SUB', '-'], ['BIC', 'AND', '~'], ['AND', 'BIC', '~'], ['SBC', 'ADC', '~'], ['ADC', 'SBC', '~']] as const)
      .map(([row, name, change]): AliasEntry => ({ set, row: `${row} (immediate)`, syntax: `${name}{S}{c} Rd, Rn, #${change}${codec}` })),
    ...([['CMP', 'CMN'], ['CMN', 'CMP']] as const)
      .map(([row, name]): AliasEntry => ({ set, row: `${row} (immediate)`, syntax: `${name}{c} Rn, #-${codec}` })),
    ...([['MOV', 'MVN'], ['MVN', 'MOV']] as const)
      .map(([row, name]): AliasEntry => ({ set, row: `${row} (immediate)`, syntax: `${name}{S}{c} Rd, #~${codec}` })),
  ];
}

const A32_ALIASES: readonly AliasEntry[] = [
  ...shiftAliases('A32', 'A8.8.104 A1'),
  ...['LSL', 'LSR', 'ASR', 'ROR'].map((name, y): AliasEntry => (
    { set: 'A32', row: 'MOV (register-shifted register)', syntax: `${name}{S}{c} Rd, Rm, Rs`, fixed: { y }, when: (f) => f.y === y })),
  { set: 'A32', row: 'RSB (immediate)', syntax: 'NEG{S}{c} Rd, Rn', fixed: { i: 0 } },
  { set: 'A32', row: 'MOVW', syntax: 'MOV{c} Rd, #<i>' },
  { set: 'A32', row: 'ADD (immediate)', syntax: 'ADR{c} Rd, adr+', fixed: { n: 15, S: 0 } },
  { set: 'A32', row: 'SUB (immediate)', syntax: 'ADR{c} Rd, adr-', fixed: { n: 15, S: 0 } },
  { set: 'A32', row: 'PUSH', syntax: 'STM<:DB/FD>{c} SP!, registers', when: (f) => (f.r & (f.r - 1)) === 0 },
  { set: 'A32', row: 'POP', syntax: 'LDM<:/IA/FD>{c} SP!, registers', when: (f) => (f.r & (f.r - 1)) === 0 },
  { set: 'A32', row: 'STR (immediate, pre-indexed)', ...PUSH_ONE },
  { set: 'A32', row: 'LDR (immediate, post-indexed)', ...POP_ONE },
  ...constantAliases('A32', 'modimm'),
];

const T32_ALIASES: readonly AliasEntry[] = [
  ...shiftAliases('T32', 'A8.8.103 T3'),
  { set: 'T32', row: 'STR (immediate, pre-indexed)', ...PUSH_ONE },
  { set: 'T32', row: 'LDR (immediate, post-indexed)', ...POP_ONE },
  { set: 'T32', row: 'PUSH', ref: 'A8.8.133 T2', syntax: 'STM<:DB/FD>{c} SP!, registers' },
  { set: 'T32', row: 'POP', ref: 'A8.8.131 T2', syntax: 'LDM<:/IA/FD>{c} SP!, registers' },
  { set: 'T32', row: 'PUSH', ref: 'A8.8.133 T1', syntax: 'STM<:DB/FD>{c} SP!, registers+LR' },
  { set: 'T32', row: 'POP', ref: 'A8.8.131 T1', syntax: 'LDM<:/IA/FD>{c} SP!, registers+PC' },
  { set: 'T32', row: 'MOVW', syntax: 'MOV{c} Rd, #<vijk>' },
  { set: 'T32', row: 'ADDW (immediate)', syntax: 'ADD{c} Rd, Rn, #<ijk>' },
  { set: 'T32', row: 'SUBW (immediate)', syntax: 'SUB{c} Rd, Rn, #<ijk>' },
  { set: 'T32', row: 'ADR', syntax: 'ADD{c} Rd, PC, #<i*4>' },
  ...(['', 'W'] as const).flatMap((W): AliasEntry[] => [
    { set: 'T32', row: 'ADR (after)', syntax: `ADD${W}{c} Rd, PC, #<ijk>` }, 
    // A distance of zero below the PC has no other spelling.
    { set: 'T32', row: 'ADR (before)', syntax: `SUB${W}{c} Rd, PC, #<ijk>`, ...(W === 'W' ? { when: (f: Fields) => (f.i | f.j | f.k) === 0 } : {}) },
  ]),
  { set: 'T32', row: 'RSB (immediate)', ref: 'A8.8.152 T1', syntax: 'NEG{S}{c} Rd, Rn' },
  { set: 'T32', row: 'RSB (immediate)', ref: 'A8.8.152 T2', syntax: 'NEG{S}{c} Rd, Rn', fixed: { i: 0, j: 0, k: 0 } },
  { set: 'T32', row: 'SUBS PC, LR', syntax: 'MOVS{c} PC, LR', fixed: { i: 0 } },
  ...constantAliases('T32', 'tmodimm'),
];

/** A data type that a bitwise operation does not care about. */
const ANY = `<:${['', '8', '16', '32', '64'].flatMap((size) => size === '' ? [''] : ['', 'I', 'S', 'U', 'F', 'P'].map((letter) => `.${letter}${size}`)).join('/')}>`;

/** Advanced SIMD and VFP: the A32 and T32 rows have the same names. */
const EXTENSION_ALIASES: readonly AliasEntry[] = (['A32', 'T32'] as const).flatMap((set): AliasEntry[] => [
  { set, row: 'VORR (vector)', syntax: `VMOV{c}${ANY} Vd, Vm=n`, when: (f) => f.n === f.m && f.N === f.M },
  ...['VAND', 'VBIC', 'VORR', 'VORN', 'VEOR'].map((name): AliasEntry => ({ set, row: `${name} (vector)`, syntax: `${name}{c}${ANY} Vd, Vn, Vm` })),
  ...['VBSL', 'VBIT', 'VBIF'].map((name): AliasEntry => ({ set, row: name, syntax: `${name}{c}${ANY} Vd, Vn, Vm` })),
  { set, row: 'VMVN (vector)', syntax: `VMVN{c}${ANY} Vd, Vm` },
  { set, row: 'VSWP', syntax: `VSWP{c}${ANY} Vd, Vm` },
  { set, row: 'VEXT', syntax: 'VEXT{c}.16 Vd, Vn, Vm, #<i*2>' },
  { set, row: 'VEXT', syntax: 'VEXT{c}.32 Vd, Vn, Vm, #<i*4>' },
  { set, row: 'VEXT', syntax: 'VEXT{c}.64 Vd, Vn, Vm, #<i*8>' },
  // Less is greater with the operands exchanged.
  ...([['VCGE', 'VCLE'], ['VCGT', 'VCLT']] as const).flatMap(([row, name]): AliasEntry[] => [
    { set, row: `${row} (integer)`, syntax: `${name}{c}.<Uz:S8|S16|S32|-|U8|U16|U32|-> Vd, Vm, Vn` }, { set, row: `${row}.F32 (vector)`, syntax: `${name}{c}.F32 Vd, Vm, Vn` },
  ]),
  ...([['VACGE', 'VACLE'], ['VACGT', 'VACLT']] as const).map(([row, name]): AliasEntry => ({ set, row: `${row}.F32 (vector)`, syntax: `${name}{c}.F32 Vd, Vm, Vn` })),
  { set, row: 'VMOV (core to scalar) .32', syntax: 'VMOV{c} Dd[<i>], Rt' },
  { set, row: 'VMOV (scalar to core) .32', syntax: 'VMOV{c} Rt, Dn[<i>]' },
  ...['S', 'D'].flatMap((v): AliasEntry[] => [
    { set, row: `VPUSH (${v}d)`, syntax: `VSTMDB{c} SP!, ${v.toLowerCase()}list` }, { set, row: `VPOP (${v}d)`, syntax: `VLDM<:IA/>{c} SP!, ${v.toLowerCase()}list` },
  ]),
  { set, row: 'VMOV.F32 (register)', syntax: 'VMOV{c} Sd, Sm' },
]);

const ALIASES: readonly AliasEntry[] = [...A32_ALIASES, ...T32_ALIASES, ...EXTENSION_ALIASES];

const BY_ROW: ReadonlyMap<string, readonly AliasEntry[]> = ALIASES.reduce((map, entry) => {
  const key = `${entry.set} ${entry.row}`;
  return map.set(key, [...map.get(key) ?? [], entry]);
}, new Map<string, readonly AliasEntry[]>());

export function aliasesOf(row: Row): readonly Alias[] {
  return (BY_ROW.get(`${row.set} ${row.name}`) ?? []).filter(({ ref }) => ref === undefined || ref === row.ref);
}

/** Rows that an alias names; a test sees that they exist. */
export function aliasedRows(): readonly { readonly set: InstructionSet; readonly row: string; readonly ref?: string }[] {
  return ALIASES;
}
