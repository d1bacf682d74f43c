/**
 * Operand codecs of the integer instructions: registers, numbers, constants, shifts, register lists (DDI 0406C, A8.1, A8.4, A8.5).
 */
import { ARMExpandImm, ThumbExpandImm } from '../pseudocode.ts';
import { checkRange, hex, type Codec, type FormatContext, type ParseContext } from './codec.ts';
import { describe, isProblem, problem, tokenize, valueProblem, type Problem } from './lexer.ts';
import { registerName, registerNumber, takeRegister } from './registers.ts';
import type { Spelling } from './syntax.ts';

/** The value of several fields joined, the first the most significant. */
export function join(c: FormatContext, letters: string): number {
  let value = 0;
  for (const letter of letters) value = value * 2 ** c.width(letter) + c.get(letter);
  return value;
}

/** Puts a number into several fields joined. The caller has checked that it fits. */
export function split(c: ParseContext, letters: string, value: number, column: number, what: string): Problem | undefined {
  let rest = value;
  for (const letter of [...letters].reverse()) {
    const size = 2 ** c.width(letter);
    const found = c.put(letter, rest % size, column, what);
    if (found !== undefined) return found;
    rest = Math.floor(rest / size);
  }
  return rest === 0 ? undefined : valueProblem(column, `${what} out of range for this encoding`);
}

function joinedWidth(c: ParseContext, letters: string): number {
  return [...letters].reduce((sum, letter) => sum + c.width(letter), 0);
}

/** `#<letters*times+plus>`. */
export function numberCodec(letters: string, times: number, plus: number, hash: boolean): Codec {
  return {
    name: `${hash ? '#' : ''}<${letters}>`, fields: letters,
    format: (c) => `${hash ? '#' : ''}${join(c, letters) * times + plus}`,
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      const { value, column } = number;
      const high = (2 ** joinedWidth(c, letters) - 1) * times + plus;
      return checkRange(value, plus, high, plus % times === 0 ? times : 1, column)
        ?? ((value - plus) % times === 0 ? undefined : valueProblem(column, `immediate ${value} cannot be encoded`))
        ?? split(c, letters, (value - plus) / times, column, 'immediate');
    },
  };
}

/** `{, #<letters*times>}`: left out when 0. */
export function optionalNumber(letters: string, times: number): Codec {
  const number = numberCodec(letters, times, 0, true);
  return {
    name: `{, ${number.name}}`, fields: letters,
    format: (c) => join(c, letters) === 0 ? '' : `, ${number.format(c)}`,
    parse(c) {
      const { column } = c.cursor;
      if (!c.cursor.take(',')) return split(c, letters, 0, column, 'offset');
      // #-0 is another encoding.
      return c.cursor.peek(1).text === '-' && c.cursor.peek(2).value === 0 && c.cursor.peek(2).kind === 'number'
        ? problem(column, 'this encoding takes no negative offset') : number.parse(c);
    },
  };
}

/** `#+/-<letters*times>`: the sign is field U. #-0 differs from #0. */
export function signedNumber(letters: string, times: number): Codec {
  return {
    name: `#+/-<${letters}>`, fields: `${letters}U`,
    format: (c) => `#${c.get('U') === 1 ? '' : '-'}${join(c, letters) * times}`,
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      const { value, column } = number;
      const high = (2 ** joinedWidth(c, letters) - 1) * times;
      const negative = value < 0 || Object.is(value, -0);
      return checkRange(value, -high, high, times, column, 'offset')
        ?? c.put('U', negative ? 0 : 1, column, 'offset')
        ?? split(c, letters, Math.abs(value) / times, column, 'offset');
    },
  };
}

/** `{, #+/-<letters*times>}`: left out when +0. */
export function optionalSigned(letters: string, times: number): Codec {
  const number = signedNumber(letters, times);
  return {
    name: `{, ${number.name}}`, fields: number.fields,
    format: (c) => c.get('U') === 1 && join(c, letters) === 0 ? '' : `, ${number.format(c)}`,
    parse(c) {
      if (c.cursor.take(',')) return number.parse(c);
      const { column } = c.cursor;
      return c.put('U', 1, column, 'offset') ?? split(c, letters, 0, column, 'offset');
    },
  };
}

/** `<letters:a|b>` among the operands. Spellings may be words, punctuation such as `!` or `:64`, or nothing. */
export function choice(letters: string, spellings: readonly Spelling[]): Codec {
  const written = spellings.filter(({ text }) => text !== '').map(({ text, value }) => {
    const tokens = tokenize(text.toLowerCase());
    return { text: text.toLowerCase(), value, tokens: isProblem(tokens) ? [] : tokens.slice(0, -1).map((token) => token.text) };
  });
  const nothing = spellings.find(({ text }) => text === '');
  return {
    name: `<${letters}>`, fields: letters,
    format: (c) => spellings.find(({ value }) => value === join(c, letters))?.text.toLowerCase() ?? `<${letters}=${join(c, letters)}>`,
    parse(c) {
      // `[r0, :64]` is `[r0:64]`.
      if (c.cursor.peek().text === ',' && c.cursor.peek(1).text === ':' && written.some(({ text }) => text.startsWith(':'))) c.cursor.next();
      const { column } = c.cursor;
      const found = written.find(({ tokens }) => tokens.every((text, i) => c.cursor.peek(i).text.toLowerCase() === text && c.cursor.peek(i).kind !== 'string'));
      c.cursor.at += found?.tokens.length ?? 0;
      const value = (found ?? nothing)?.value;
      if (value === undefined) return problem(column, `${written.map(({ text }) => text).join(' or ')} expected, not ${describe(c.cursor.peek())}`);
      return split(c, letters, value, column, 'operand');
    },
  };
}

/** A core register in a field. */
export function register(name: string, letter: string): Codec {
  return {
    name, fields: letter,
    format: (c) => registerName(c.get(letter)),
    parse(c) {
      const token = c.cursor.peek();
      const number = takeRegister(c.cursor);
      if (number === undefined) return problem(token.column, `a core register expected, not ${describe(token)}`);
      if (number >= 2 ** c.width(letter)) return problem(token.column, `this encoding takes only r0-r${2 ** c.width(letter) - 1}`);
      return c.put(letter, number, token.column, 'register');
    },
  };
}

/** A register whose top bit stands apart from the rest (16-bit forms on high registers). */
export function splitRegister(name: string, high: string, low: string): Codec {
  return {
    name, fields: high + low,
    format: (c) => registerName(join(c, high + low)),
    parse(c) {
      const token = c.cursor.peek();
      const number = takeRegister(c.cursor);
      if (number === undefined) return problem(token.column, `a core register expected, not ${describe(token)}`);
      return split(c, high + low, number, token.column, 'register');
    },
  };
}

/** Rt2 of an A32 doubleword access: the register after Rt. */
const nextRegister: Codec = {
  name: 'Rt2', fields: 'u',
  format: (c) => registerName(c.has('u') ? c.get('u') : c.get('t') + 1),
  parse(c) {
    const token = c.cursor.peek();
    const number = takeRegister(c.cursor);
    if (number === undefined) return problem(token.column, `a core register expected, not ${describe(token)}`);
    if (c.has('u')) return c.put('u', number, token.column, 'register');
    return number === c.get('t') + 1 ? undefined : problem(token.column, `the second register must be the one after ${registerName(c.get('t'))}`);
  },
};

/** The number of rotations right by two that an A32 modified constant needs, and its byte; undefined if it has no encoding. A5.2.4. */
export function encodeModifiedConstant(value: number): number | undefined {
  for (let rotation = 0; rotation < 16; rotation++) {
    const byte = rotation === 0 ? value >>> 0 : ((value << (2 * rotation)) | (value >>> (32 - 2 * rotation))) >>> 0;
    if (byte < 256) return rotation << 8 | byte;
  }
  return undefined;
}

/** A6.3.2: the 12-bit encoding of a T32 modified constant. */
export function encodeThumbConstant(value: number): number | undefined {
  const word = value >>> 0;
  const low = word & 0xff;
  if (word === low) return low;
  if (word === (low << 16 | low) >>> 0) return 1 << 8 | low;
  const second = word >>> 8 & 0xff;
  if (word === (second << 24 | second << 8) >>> 0) return 2 << 8 | second;
  if (word === (low * 0x01010101) >>> 0) return 3 << 8 | low;
  for (let rotation = 8; rotation < 32; rotation++) {
    const byte = ((word << rotation) | (word >>> (32 - rotation))) >>> 0;
    if (byte >= 0x80 && byte < 0x100) return rotation << 7 | (byte & 0x7f);
  }
  return undefined;
}

type Change = 'same' | 'negated' | 'inverted';

function changed(value: number, change: Change): number {
  return change === 'same' ? value : change === 'negated' ? -value : ~value;
}

function word32(value: number, column: number): Problem | undefined {
  return checkRange(value, -0x80000000, 0xffffffff, 1, column);
}

/** `#modimm`: an A32 modified constant in field i. `change`: the source writes its negative or inverse (aliases such as ADD for SUB). */
function modifiedConstant(name: string, change: Change): Codec {
  return {
    name, fields: 'i',
    format(c) {
      const i = c.get('i');
      const value = ARMExpandImm(i);
      const text = changed(value, change);
      return encodeModifiedConstant(value) === i ? `#${change === 'same' ? printed(text) : text}` : `#${i & 0xff}, ${(i >>> 8) * 2}`;
    },
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      const { value, column } = number;
      if (change === 'same' && c.cursor.take(',')) {
        const rotation = c.integer();
        if (isProblem(rotation)) return rotation;
        return checkRange(value, 0, 255, 1, column) ?? checkRange(rotation.value, 0, 30, 2, rotation.column, 'rotation')
          ?? c.put('i', rotation.value / 2 << 8 | value, column, 'immediate');
      }
      const wrong = word32(value, column);
      if (wrong !== undefined) return wrong;
      const encoded = encodeModifiedConstant(changed(value, change));
      return encoded === undefined
        ? valueProblem(column, `immediate ${hex(value)} cannot be encoded: it must be 0 to 255 rotated right by an even amount`)
        : c.put('i', encoded, column, 'immediate');
    },
  };
}

/** Large constants in hexadecimal, small ones in decimal. */
function printed(value: number): string {
  return (value >>> 0) < 1024 ? String(value >>> 0) : hex(value);
}

/** `#tmodimm`: a T32 modified constant in i:j:k (1, 3 and 8 bits). */
function thumbConstant(name: string, change: Change): Codec {
  return {
    name, fields: 'ijk',
    format: (c) => `#${printed(ThumbExpandImm(join(c, 'ijk')))}`,
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      const { value, column } = number;
      const wrong = word32(value, column);
      if (wrong !== undefined) return wrong;
      const encoded = encodeThumbConstant(changed(value, change));
      return encoded === undefined
        ? valueProblem(column, `immediate ${hex(value)} cannot be encoded: it must be 0 to 255, shifted left, or repeated as 0x00XY00XY, 0xXY00XY00 or 0xXYXYXYXY`)
        : split(c, 'ijk', encoded, column, 'immediate');
    },
  };
}

const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'] as const;

/** Letters of the shift amount: i alone, or j:k where the pattern has it in two fields (T32's imm3:imm2). */
function amountLetters(c: { has(letter: string): boolean }): string {
  return c.has('j') ? 'jk' : 'i';
}

/** `{, shift}`: a shift by a constant in y and i (or j:k). A8.4.1. */
const shift: Codec = {
  name: '{, shift}', fields: 'yijk',
  format(c) {
    const type = c.get('y');
    const amount = join(c, amountLetters(c));
    if (amount === 0 && type === 0) return '';
    if (amount === 0 && type === 3) return ', rrx';
    return `, ${SHIFTS[type]!} #${amount === 0 ? 32 : amount}`;
  },
  parse(c) {
    const letters = amountLetters(c);
    const { column } = c.cursor;
    const put = (type: number, amount: number): Problem | undefined =>
      c.put('y', type, column, 'shift') ?? split(c, letters, amount, column, 'shift');
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

/** `Rm=n`: T32 instructions with one source have it in fields m and n. */
const bothSources: Codec = {
  name: 'Rm=n', fields: 'mn',
  format: (c) => registerName(c.get('m')),
  parse(c) {
    const token = c.cursor.peek();
    const number = takeRegister(c.cursor);
    if (number === undefined) return problem(token.column, `a core register expected, not ${describe(token)}`);
    return c.put('m', number, token.column, 'register') ?? c.put('n', number, token.column, 'register');
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

/** `#-<i>`: an offset below zero (or #-0). */
const negativeOffset: Codec = {
  name: '#-<i>', fields: 'i',
  format: (c) => `#-${c.get('i')}`,
  parse(c) {
    const number = c.integer();
    if (isProblem(number)) return number;
    const { value, column } = number;
    if (value >= 0 && !Object.is(value, -0)) return problem(column, 'this encoding takes a negative offset');
    return checkRange(value, 1 - 2 ** c.width('i'), 0, 1, column, 'offset') ?? c.put('i', Math.abs(value), column, 'offset');
  },
};

/** `+/-Rm`: an index register, its sign in U. */
const signedIndex: Codec = {
  name: '+/-Rm', fields: 'Um',
  format: (c) => `${c.get('U') === 1 ? '' : '-'}${registerName(c.get('m'))}`,
  parse(c) {
    const { column } = c.cursor;
    const negative = c.cursor.take('-');
    if (!negative) c.cursor.take('+');
    const token = c.cursor.peek();
    const number = takeRegister(c.cursor);
    if (number === undefined) return problem(token.column, `a core register expected, not ${describe(token)}`);
    return c.put('U', negative ? 0 : 1, column, 'index') ?? c.put('m', number, token.column, 'register');
  },
};

/** The amount of LSR and ASR, 1 to 32, where 32 is encoded as 0. */
const shiftRight: Codec = {
  name: '#shiftright', fields: 'ijk',
  format(c) {
    const amount = join(c, amountLetters(c));
    return `#${amount === 0 ? 32 : amount}`;
  },
  parse(c) {
    const number = c.integer();
    if (isProblem(number)) return number;
    return checkRange(number.value, 1, 32, 1, number.column, 'shift') ?? split(c, amountLetters(c), number.value % 32, number.column, 'shift');
  },
};

/** The amount of LSL, 0 to 31 (0 is MOV), and of ROR, 1 to 31 (0 is RRX). */
function shiftAmount(name: string, least: number): Codec {
  return {
    name, fields: 'ijk',
    format: (c) => `#${join(c, amountLetters(c))}`,
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      return checkRange(number.value, least, 31, 1, number.column, 'shift') ?? split(c, amountLetters(c), number.value, number.column, 'shift');
    },
  };
}

/** A register list in a field of 8 or 16 bits. An empty one is a problem. */
export function takeRegisterList(c: ParseContext): { list: number; column: number } | Problem {
  const { column } = c.cursor;
  const open = c.expect('{');
  if (open !== undefined) return open;
  let list = 0;
  while (!c.cursor.take('}')) {
    const token = c.cursor.peek();
    const first = takeRegister(c.cursor);
    if (first === undefined) return problem(token.column, `a core register expected, not ${describe(token)}`);
    let last = first;
    if (c.cursor.take('-')) {
      const end = c.cursor.peek();
      const number = takeRegister(c.cursor);
      if (number === undefined || number < first) return problem(end.column, `a register above ${registerName(first)} expected, not ${describe(end)}`);
      last = number;
    }
    for (let n = first; n <= last; n++) {
      if ((list >>> n & 1) === 1) return problem(token.column, `${registerName(n)} stands twice in the list`);
      list |= 1 << n;
    }
    if (!c.cursor.take(',') && c.cursor.peek().text !== '}') return problem(c.cursor.column, `',' or '}' expected, not ${describe(c.cursor.peek())}`);
  }
  return list === 0 ? problem(column, 'the register list is empty') : { list, column };
}

export function formatRegisterList(list: number): string {
  const names: string[] = [];
  for (let n = 0; n < 16; n++) {
    if ((list >>> n & 1) === 0) continue;
    let last = n;
    while (last < 12 && (list >>> (last + 1) & 1) === 1) last++;
    names.push(last - n >= 2 ? `${registerName(n)}-${registerName(last)}` : registerName(n));
    if (last - n >= 2) n = last;
  }
  return `{${names.join(', ')}}`;
}

/** `registers`: a list in field r, of at least `least` registers; `registers+extra`: 8 bits, and a further register whose bit is in field M (T32's PUSH, POP). */
function registerList(name: string, extra: number | undefined, least = 1): Codec {
  return {
    name, fields: extra === undefined ? 'r' : 'rM',
    format: (c) => formatRegisterList(c.get('r') | (extra === undefined ? 0 : c.get('M') << extra)),
    parse(c) {
      const found = takeRegisterList(c);
      if (isProblem(found)) return found;
      const { list, column } = found;
      if (least === 2 && (list & (list - 1)) === 0) return problem(column, 'this encoding takes at least two registers');
      const wrong = extra === undefined ? undefined : c.put('M', list >>> extra & 1, column, 'list');
      const low = extra === undefined ? list : list & ~(1 << extra);
      if (wrong !== undefined) return wrong;
      return low >= 2 ** c.width('r') ? problem(column, `this encoding takes only registers r0-r${c.width('r') - 1} in its list`) : c.put('r', low, column, 'list');
    },
  };
}

/** `Rn<!>, registers`: 16-bit LDM writes its base back unless it is in the list. */
const baseAndList: Codec = {
  name: 'Rn<!>, registers', fields: 'nr',
  format: (c) => `${registerName(c.get('n'))}${(c.get('r') >>> c.get('n') & 1) === 1 ? '' : '!'}, ${formatRegisterList(c.get('r'))}`,
  parse(c) {
    const token = c.cursor.peek();
    const base = takeRegister(c.cursor);
    if (base === undefined) return problem(token.column, `a core register expected, not ${describe(token)}`);
    const writesBack = c.cursor.take('!');
    const comma = c.expect(',');
    if (comma !== undefined) return comma;
    const found = takeRegisterList(c);
    if (isProblem(found)) return found;
    const { list, column } = found;
    if (base > 7 || list > 0xff) return problem(column, 'this encoding takes only r0-r7');
    if (writesBack === ((list >>> base & 1) === 1)) return problem(column, 'this encoding writes the base back if it is not in the list');
    return c.put('n', base, token.column) ?? c.put('r', list, column);
  },
};

/** `{Rt}`: a list of the single register t. */
const singleRegister: Codec = {
  name: '{Rt}', fields: 't',
  format: (c) => `{${registerName(c.get('t'))}}`,
  parse(c) {
    const found = takeRegisterList(c);
    if (isProblem(found)) return found;
    const { list, column } = found;
    return (list & (list - 1)) !== 0 ? problem(column, 'this encoding takes one register') : c.put('t', 31 - Math.clz32(list), column, 'register');
  },
};

/** `#width` of BFI and BFC: the most significant bit is in k, the least significant one in i. */
const fieldWidthOf: Codec = {
  name: '#width', fields: 'ik',
  format: (c) => `#${c.get('k') - c.get('i') + 1}`,
  parse(c) {
    const number = c.integer();
    if (isProblem(number)) return number;
    const lsb = c.get('i');
    return checkRange(number.value, 1, 32 - lsb, 1, number.column, 'width') ?? c.put('k', lsb + number.value - 1, number.column, 'width');
  },
};

/** `{!}`: writeback, field W. */
const writeback: Codec = {
  name: '{!}', fields: 'W',
  format: (c) => c.get('W') === 1 ? '!' : '',
  parse: (c) => {
    const { column } = c.cursor;
    return c.put('W', c.cursor.take('!') ? 1 : 0, column, 'writeback');
  },
};

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

export const integerCodecs: readonly Codec[] = [
  register('Rd', 'd'), register('Rn', 'n'), register('Rm', 'm'), register('Rs', 's'), register('Rt', 't'), register('Ra', 'a'),
  register('RdLo', 'l'), register('RdHi', 'h'), register('Rdm', 'd'), register('Rdn', 'd'), nextRegister, bothSources, indexShift, negativeOffset,
  modifiedConstant('#modimm', 'same'), modifiedConstant('#-modimm', 'negated'), modifiedConstant('#~modimm', 'inverted'),
  thumbConstant('#tmodimm', 'same'), thumbConstant('#-tmodimm', 'negated'), thumbConstant('#~tmodimm', 'inverted'),
  shift, shiftByRegister, signedIndex, shiftRight, shiftAmount('#shiftamount', 0), shiftAmount('#rotateamount', 1), rotation,
  registerList('registers', undefined), registerList('registers2', undefined, 2), registerList('registers+LR', 14), registerList('registers+PC', 15), singleRegister, baseAndList, writeback, fieldWidthOf, { ...numberCodec('i', 1, 0, true), name: '#lsb' },
];
