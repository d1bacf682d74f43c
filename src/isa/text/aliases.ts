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

const A32_ALIASES: readonly AliasEntry[] = [
  { set: 'A32', row: 'MOV (register)', syntax: 'LSL{S}{c} Rd, Rm, #shiftamount', fixed: { y: 0 }, when: (f) => f.y === 0 && f.i !== 0 },
  { set: 'A32', row: 'MOV (register)', syntax: 'LSR{S}{c} Rd, Rm, #shiftright', fixed: { y: 1 }, when: (f) => f.y === 1 },
  { set: 'A32', row: 'MOV (register)', syntax: 'ASR{S}{c} Rd, Rm, #shiftright', fixed: { y: 2 }, when: (f) => f.y === 2 },
  { set: 'A32', row: 'MOV (register)', syntax: 'ROR{S}{c} Rd, Rm, #rotateamount', fixed: { y: 3 }, when: (f) => f.y === 3 && f.i !== 0 },
  { set: 'A32', row: 'MOV (register)', syntax: 'RRX{S}{c} Rd, Rm', fixed: { y: 3, i: 0 }, when: (f) => f.y === 3 && f.i === 0 },
  ...['LSL', 'LSR', 'ASR', 'ROR'].map((name, y): AliasEntry => (
    { set: 'A32', row: 'MOV (register-shifted register)', syntax: `${name}{S}{c} Rd, Rm, Rs`, fixed: { y }, when: (f) => f.y === y })),
  { set: 'A32', row: 'RSB (immediate)', syntax: 'NEG{S}{c} Rd, Rn', fixed: { i: 0 } },
  { set: 'A32', row: 'MOVW', syntax: 'MOV{c} Rd, #<i>' },
  { set: 'A32', row: 'ADD (immediate)', syntax: 'ADR{c} Rd, adr+', fixed: { n: 15, S: 0 } },
  { set: 'A32', row: 'SUB (immediate)', syntax: 'ADR{c} Rd, adr-', fixed: { n: 15, S: 0 } },
  { set: 'A32', row: 'PUSH', syntax: 'STM<:DB/FD>{c} SP!, registers', when: (f) => (f.r & (f.r - 1)) === 0 },
  { set: 'A32', row: 'POP', syntax: 'LDM<:/IA/FD>{c} SP!, registers', when: (f) => (f.r & (f.r - 1)) === 0 },
  { set: 'A32', row: 'STR (immediate, pre-indexed)', syntax: 'PUSH{c} {Rt}', fixed: { n: 13, U: 0, i: 4 }, when: (f) => f.n === 13 && f.U === 0 && f.i === 4 },
  { set: 'A32', row: 'LDR (immediate, post-indexed)', syntax: 'POP{c} {Rt}', fixed: { n: 13, U: 1, i: 4 }, when: (f) => f.n === 13 && f.U === 1 && f.i === 4 },
  // Constants whose negative or inverse can be encoded.
  ...([['SUB', 'ADD', '#-modimm'], ['ADD', 'SUB', '#-modimm'], ['BIC', 'AND', '#~modimm'], ['AND', 'BIC', '#~modimm'],
    ['SBC', 'ADC', '#~modimm'], ['ADC', 'SBC', '#~modimm']] as const).map(([row, name, constant]): AliasEntry => (
    { set: 'A32', row: `${row} (immediate)`, syntax: `${name}{S}{c} Rd, Rn, ${constant}` })),
  ...([['CMP', 'CMN'], ['CMN', 'CMP']] as const).map(([row, name]): AliasEntry => (
    { set: 'A32', row: `${row} (immediate)`, syntax: `${name}{c} Rn, #-modimm` })),
  ...([['MOV', 'MVN'], ['MVN', 'MOV']] as const).map(([row, name]): AliasEntry => (
    { set: 'A32', row: `${row} (immediate)`, syntax: `${name}{S}{c} Rd, #~modimm` })),
];

const T32_ALIASES: readonly AliasEntry[] = [];

const BY_ROW: ReadonlyMap<string, readonly AliasEntry[]> = [...A32_ALIASES, ...T32_ALIASES].reduce((map, entry) => {
  const key = `${entry.set} ${entry.row}`;
  return map.set(key, [...map.get(key) ?? [], entry]);
}, new Map<string, readonly AliasEntry[]>());

export function aliasesOf(row: Row): readonly Alias[] {
  return (BY_ROW.get(`${row.set} ${row.name}`) ?? []).filter(({ ref }) => ref === undefined || ref === row.ref);
}

/** Rows that an alias names; a test sees that they exist. */
export function aliasedRows(): readonly { readonly set: InstructionSet; readonly row: string; readonly ref?: string }[] {
  return [...A32_ALIASES, ...T32_ALIASES];
}
