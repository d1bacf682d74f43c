/** A32 data processing (DDI 0406C, A5.2.1-A5.2.3). */
import { type Alu, aluImmediate, aluRegister, aluShiftedByRegister } from '../bodies/data-processing.ts';
import { a32, type Fields, type Row } from '../operation.ts';
import { ARMExpandImm, DecodeImmShift, DecodeRegShift } from '../pseudocode.ts';

/** Opcode bits 24-21, whether it has a destination and a first operand, and the sections of its three forms. */
const OPERATIONS: readonly { alu: Alu; opcode: string; hasD: boolean; hasN: boolean; refs: readonly [string, string, string] }[] = [
  { alu: 'AND', opcode: '0000', hasD: true, hasN: true, refs: ['A8.8.13', 'A8.8.14', 'A8.8.15'] },
  { alu: 'EOR', opcode: '0001', hasD: true, hasN: true, refs: ['A8.8.46', 'A8.8.47', 'A8.8.48'] },
  { alu: 'SUB', opcode: '0010', hasD: true, hasN: true, refs: ['A8.8.222', 'A8.8.223', 'A8.8.224'] },
  { alu: 'RSB', opcode: '0011', hasD: true, hasN: true, refs: ['A8.8.152', 'A8.8.153', 'A8.8.154'] },
  { alu: 'ADD', opcode: '0100', hasD: true, hasN: true, refs: ['A8.8.5', 'A8.8.7', 'A8.8.8'] },
  { alu: 'ADC', opcode: '0101', hasD: true, hasN: true, refs: ['A8.8.1', 'A8.8.2', 'A8.8.3'] },
  { alu: 'SBC', opcode: '0110', hasD: true, hasN: true, refs: ['A8.8.161', 'A8.8.162', 'A8.8.163'] },
  { alu: 'RSC', opcode: '0111', hasD: true, hasN: true, refs: ['A8.8.155', 'A8.8.156', 'A8.8.157'] },
  { alu: 'TST', opcode: '1000', hasD: false, hasN: true, refs: ['A8.8.240', 'A8.8.241', 'A8.8.242'] },
  { alu: 'TEQ', opcode: '1001', hasD: false, hasN: true, refs: ['A8.8.237', 'A8.8.238', 'A8.8.239'] },
  { alu: 'CMP', opcode: '1010', hasD: false, hasN: true, refs: ['A8.8.37', 'A8.8.38', 'A8.8.39'] },
  { alu: 'CMN', opcode: '1011', hasD: false, hasN: true, refs: ['A8.8.34', 'A8.8.35', 'A8.8.36'] },
  { alu: 'ORR', opcode: '1100', hasD: true, hasN: true, refs: ['A8.8.122', 'A8.8.123', 'A8.8.124'] },
  { alu: 'MOV', opcode: '1101', hasD: true, hasN: false, refs: ['A8.8.102', 'A8.8.104', 'A8.8.105'] },
  { alu: 'BIC', opcode: '1110', hasD: true, hasN: true, refs: ['A8.8.21', 'A8.8.22', 'A8.8.23'] },
  { alu: 'MVN', opcode: '1111', hasD: true, hasN: false, refs: ['A8.8.115', 'A8.8.116', 'A8.8.117'] },
];

function rows({ alu, opcode, hasD, hasN, refs }: (typeof OPERATIONS)[number]): Row[] {
  const s = hasD ? 'S' : '1';
  const n = hasN ? 'nnnn' : '----';
  const d = hasD ? 'dddd' : '----';
  const S = (f: Fields): boolean => !hasD || f.S === 1;
  const registers = [hasD ? 'Rd' : '', hasN ? 'Rn' : ''].filter((name) => name !== '');
  const suffix = hasD ? '{S}' : '';
  const operands = (last: string): string => [...registers, last].join(', ');
  return [
    a32(aluImmediate, {
      name: `${alu} (immediate)`, bits: `cccc001${opcode}${s}${n}${d}iiiiiiiiiiii`, ref: `${refs[0]} A1`,
      syntax: `${alu}${suffix}{c} ${operands('#modimm')}`,
      decode: (f) => ({
        shape: { alu, S: S(f), immCarry: S(f) && f.i >>> 8 !== 0 },
        x: { d: f.d, n: f.n, imm: ARMExpandImm(f.i) },
      }),
    }),
    a32(aluRegister, {
      name: `${alu} (register)`, bits: `cccc000${opcode}${s}${n}${d}iiiiiyy0mmmm`, ref: `${refs[1]} A1`,
      syntax: `${alu}${suffix}{c} ${operands('Rm{, shift}')}`,
      decode: (f) => {
        const { kind, amount } = DecodeImmShift(f.y, f.i);
        return { shape: { alu, S: S(f), shift: kind }, x: { d: f.d, n: f.n, m: f.m, amount } };
      },
    }),
    a32(aluShiftedByRegister, {
      name: `${alu} (register-shifted register)`, bits: `cccc000${opcode}${s}${n}${d}ssss0yy1mmmm`, ref: `${refs[2]} A1`,
      syntax: `${alu}${suffix}{c} ${operands('Rm, type Rs')}`,
      unpredictable: (f) => (f.d === 15 && hasD) || (f.n === 15 && hasN) || f.m === 15 || f.s === 15 ? 'PC as a register' : undefined,
      decode: (f) => ({
        shape: { alu, S: S(f), shift: DecodeRegShift(f.y) },
        x: { d: f.d, n: f.n, m: f.m, s: f.s },
      }),
    }),
  ];
}

export const dataProcessingRows: readonly Row[] = OPERATIONS.flatMap(rows);
