/** Operand codecs of shifts and rotations (DDI 0406C, A8.4). */
import { checkRange, type Codec } from './codec.ts';
import { describe, isProblem, problem, type Problem } from './lexer.ts';
import { registerName, registerNumber, takeRegister } from './registers.ts';

const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'] as const;

/** `{, shift}`: a shift by a constant in y and i. A8.4.1. */
const shift: Codec = {
  name: '{, shift}', fields: 'yi',
  format(c) {
    const type = c.get('y');
    const amount = c.get('i');
    if (amount === 0 && type === 0) return '';
    if (amount === 0 && type === 3) return ', rrx';
    return `, ${SHIFTS[type]!} #${amount === 0 ? 32 : amount}`;
  },
  parse(c) {
    const { column } = c.cursor;
    const put = (type: number, amount: number): Problem | undefined =>
      c.put('y', type, column, 'shift') ?? c.put('i', amount, column, 'shift');
    if (!c.cursor.take(',')) return put(0, 0);
    if (c.cursor.takeWord('rrx')) return put(3, 0);
    const token = c.cursor.peek();
    const type = token.text.toLowerCase() === 'asl' ? 0 : SHIFTS.indexOf(token.text.toLowerCase() as 'lsl');
    if (token.kind !== 'name' || type < 0) return problem(token.column, `a shift (lsl, lsr, asr, ror or rrx) expected, not ${describe(token)}`);
    c.cursor.next();
    if (c.cursor.peek().kind === 'name' && registerNumber(c.cursor.peek().text) !== undefined) {
      return problem(c.cursor.column, 'this form takes no shift by a register');
    }
    const number = c.integer();
    if (isProblem(number)) return number;
    const { value } = number;
    const wrong = checkRange(value, 0, type === 1 || type === 2 ? 32 : 31, 1, number.column, 'shift');
    if (wrong !== undefined) return wrong;
    return value === 0 ? put(0, 0) : put(type, value % 32);
  },
};

/** `type Rs`: a shift by a register. */
const shiftByRegister: Codec = {
  name: 'type Rs', fields: 'ys',
  format: (c) => `${SHIFTS[c.get('y')]!} ${registerName(c.get('s'))}`,
  parse(c) {
    const token = c.cursor.peek();
    const type = token.text.toLowerCase() === 'asl' ? 0 : SHIFTS.indexOf(token.text.toLowerCase() as 'lsl');
    if (token.kind !== 'name' || type < 0) return problem(token.column, `a shift (lsl, lsr, asr or ror) expected, not ${describe(token)}`);
    c.cursor.next();
    const register = c.cursor.peek();
    const number = takeRegister(c.cursor);
    if (number === undefined) return problem(register.column, `a core register expected, not ${describe(register)}`);
    return c.put('y', type, token.column, 'shift') ?? c.put('s', number, register.column, 'register');
  },
};

/** `{, LSL #<i>}`: the shift of a T32 index register, left out when 0. */
const indexShift: Codec = {
  name: '{, LSL #<i>}', fields: 'i',
  format: (c) => c.get('i') === 0 ? '' : `, lsl #${c.get('i')}`,
  parse(c) {
    const { column } = c.cursor;
    if (!c.cursor.take(',')) return c.put('i', 0, column, 'shift');
    if (!c.cursor.takeWord('lsl')) return problem(c.cursor.column, `lsl expected, not ${describe(c.cursor.peek())}`);
    const number = c.integer();
    if (isProblem(number)) return number;
    return checkRange(number.value, 0, 2 ** c.width('i') - 1, 1, number.column, 'shift') ?? c.put('i', number.value, number.column, 'shift');
  },
};

/** The amount of LSR and ASR, 1 to 32, where 32 is encoded as 0. */
const shiftRight: Codec = {
  name: '#shiftright', fields: 'i',
  format(c) {
    const amount = c.get('i');
    return `#${amount === 0 ? 32 : amount}`;
  },
  parse(c) {
    const number = c.integer();
    if (isProblem(number)) return number;
    return checkRange(number.value, 1, 32, 1, number.column, 'shift') ?? c.put('i', number.value % 32, number.column, 'shift');
  },
};

/** The amount of LSL, 0 to 31 (0 is MOV), and of ROR, 1 to 31 (0 is RRX). */
function shiftAmount(name: string, least: number): Codec {
  return {
    name, fields: 'i',
    format: (c) => `#${c.get('i')}`,
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      return checkRange(number.value, least, 31, 1, number.column, 'shift') ?? c.put('i', number.value, number.column, 'shift');
    },
  };
}

/** `{, rotation}`: ROR by 0, 8, 16 or 24 of the extending instructions, in field o. */
const rotation: Codec = {
  name: '{, rotation}', fields: 'o',
  format: (c) => c.get('o') === 0 ? '' : `, ror #${c.get('o') * 8}`,
  parse(c) {
    const { column } = c.cursor;
    if (!c.cursor.take(',')) return c.put('o', 0, column, 'rotation');
    if (!c.cursor.takeWord('ror')) return problem(c.cursor.column, `ror expected, not ${describe(c.cursor.peek())}`);
    const number = c.integer();
    if (isProblem(number)) return number;
    return checkRange(number.value, 0, 24, 8, number.column, 'rotation') ?? c.put('o', number.value / 8, column, 'rotation');
  },
};

export const shiftCodecs: readonly Codec[] = [
  shift, shiftByRegister, indexShift, shiftRight, shiftAmount('#shiftamount', 0), shiftAmount('#rotateamount', 1), rotation,
];
