/** Operand codecs of plain numbers: immediates, offsets, and choices between spellings. */
import { checkRange, type Codec, type FormatContext, type ParseContext } from './codec.ts';
import { describe, isProblem, problem, tokenize, valueProblem, type Problem } from './lexer.ts';
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

export const numberCodecs: readonly Codec[] = [negativeOffset, fieldWidthOf, { ...numberCodec('i', 1, 0, true), name: '#lsb' }];
