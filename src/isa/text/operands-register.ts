/** Operand codecs of core registers and lists of them (DDI 0406C, A8.1, A8.5). */
import type { Codec, ParseContext } from './codec.ts';
import { describe, isProblem, problem, type Problem } from './lexer.ts';
import { registerName, takeRegister } from './registers.ts';

/** A core register in a field. */
function register(name: string, letter: string): Codec {
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

/** A register list in a field of 8 or 16 bits. An empty one is a problem. */
function takeRegisterList(c: ParseContext): { list: number; column: number } | Problem {
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

function formatRegisterList(list: number): string {
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

/** `{!}`: writeback, field W. */
const writeback: Codec = {
  name: '{!}', fields: 'W',
  format: (c) => c.get('W') === 1 ? '!' : '',
  parse: (c) => {
    const { column } = c.cursor;
    return c.put('W', c.cursor.take('!') ? 1 : 0, column, 'writeback');
  },
};

export const registerCodecs: readonly Codec[] = [
  register('Rd', 'd'), register('Rdn', 'd'), register('Rdm', 'd'), register('Rn', 'n'), register('Rm', 'm'), register('Rs', 's'), register('Rt', 't'),
  register('Ra', 'a'), register('RdLo', 'l'), register('RdHi', 'h'), nextRegister, bothSources, signedIndex,
  registerList('registers', undefined), registerList('registers2', undefined, 2), registerList('registers+LR', 14), registerList('registers+PC', 15),
  singleRegister, baseAndList, writeback,
];
