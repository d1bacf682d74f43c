/** Operand codecs of Advanced SIMD: lists, lanes, alignment and writeback of element loads, shift amounts, 64-bit constants (DDI 0406C, A7.3, A7.4, A7.7). */
import { checkRange, type Codec, type ParseContext } from './codec.ts';
import { describe, isProblem, problem, valueProblem, type Problem } from './lexer.ts';
import { extensionNumber, putExtension, takeExtension, takeExtensionList } from './operands-extension.ts';
import { registerName, takeRegister } from './registers.ts';

type Lane = number | 'all' | undefined;

/** Takes `{d0, d2}`, `{d0[1], d1[1]}` or `{d0[], d1[]}`; a range or Q registers only where no lanes are named. */
function takeElements(c: ParseContext): { first: number; count: number; step: number; lane: Lane; column: number } | Problem {
  const { column } = c.cursor;
  const open = c.expect('{');
  if (open !== undefined) return open;
  const numbers: number[] = [];
  let lane: Lane;
  do {
    const register = takeExtension(c, 'dq');
    if (isProblem(register)) return register;
    const wide = register.kind === 'q' ? 2 : 1;
    let last = register.number;
    if (c.cursor.take('-')) {
      const end = takeExtension(c, register.kind);
      if (isProblem(end)) return end;
      if (end.number < register.number) return problem(end.column, 'the registers of the list must ascend');
      last = end.number;
    }
    for (let n = register.number * wide; n < (last + 1) * wide; n++) numbers.push(n);
    const found = takeLane(c);
    if (typeof found === 'object') return found;
    if (numbers.length > wide && found !== lane) return problem(register.column, 'all registers of the list must have the same lane');
    lane = found;
  } while (c.cursor.take(','));
  const close = c.expect('}');
  if (close !== undefined) return close;
  const first = numbers[0]!;
  const step = numbers.length > 1 ? numbers[1]! - first : 1;
  if (step < 1 || step > 2 || numbers.some((n, i) => n !== first + i * step)) return problem(column, 'the registers of the list must be one or two apart');
  return { first, count: numbers.length, step, lane, column };
}

/** `[3]`, `[]` or nothing. */
function takeLane(c: ParseContext): Lane | Problem {
  if (!c.cursor.take('[')) return undefined;
  if (c.cursor.take(']')) return 'all';
  const number = c.integer();
  if (isProblem(number)) return number;
  return c.expect(']') ?? number.value;
}

function formatElements(first: number, count: number, step: number, suffix: string): string {
  const names = Array.from({ length: count }, (_, i) => `d${first + i * step}${suffix}`);
  return step === 1 && count > 2 && suffix === '' ? `{${names[0]!}-${names.at(-1)!}}` : `{${names.join(', ')}}`;
}

/** `list3`, `list3x2`: registers from Dd, one or two apart. */
function list(count: number, step: 1 | 2): Codec {
  return {
    name: `list${count}${step === 2 ? 'x2' : ''}`, fields: 'dD',
    format: (c) => formatElements(extensionNumber(c, 'd', 'd'), count, step, ''),
    parse(c) {
      const found = takeElements(c);
      if (isProblem(found)) return found;
      if (found.lane !== undefined) return problem(found.column, 'this form takes whole registers');
      if (found.count !== count || (count > 1 && found.step !== step)) return problem(found.column, 'the number of registers, or their distance, does not fit');
      return putExtension(c, 'd', 'd', found.first, found.column);
    },
  };
}

/** `lanelist2`: one lane (field i) of registers from Dd, s + 1 apart. */
function laneList(count: number): Codec {
  return {
    name: `lanelist${count}`, fields: 'dDsi',
    format: (c) => formatElements(extensionNumber(c, 'd', 'd'), count, c.get('s') + 1, `[${c.get('i')}]`),
    parse(c) {
      const found = takeElements(c);
      if (isProblem(found)) return found;
      if (typeof found.lane !== 'number') return problem(found.column, 'this form takes one lane, as {d0[1]}');
      if (found.count !== count) return problem(found.column, `this form takes ${count} registers`);
      return checkRange(found.lane, 0, 2 ** c.width('i') - 1, 1, found.column, 'lane') ?? c.put('i', found.lane, found.column)
        ?? c.put('s', found.step - 1, found.column, 'distance') ?? putExtension(c, 'd', 'd', found.first, found.column);
    },
  };
}

/** `alllist2`: all lanes of registers from Dd, s + 1 apart; of VLD1, s + 1 registers. */
function allLanesList(count: number): Codec {
  return {
    name: `alllist${count}`, fields: 'dDs',
    format: (c) => count === 1 ? formatElements(extensionNumber(c, 'd', 'd'), c.get('s') + 1, 1, '[]')
      : formatElements(extensionNumber(c, 'd', 'd'), count, c.get('s') + 1, '[]'),
    parse(c) {
      const found = takeElements(c);
      if (isProblem(found)) return found;
      if (found.lane !== 'all') return problem(found.column, 'this form takes all lanes, as {d0[]}');
      const most = count === 1 ? 2 : count;
      if (found.count > most || (count > 1 && found.count < count) || (count === 1 && found.step !== 1)) return problem(found.column, 'the number of registers does not fit');
      return c.put('s', count === 1 ? found.count - 1 : found.step - 1, found.column, 'distance') ?? putExtension(c, 'd', 'd', found.first, found.column);
    },
  };
}

/** `tablelist`: i + 1 registers from Dn. */
const tableList: Codec = {
  name: 'tablelist', fields: 'nNi',
  format: (c) => formatElements(extensionNumber(c, 'd', 'n'), c.get('i') + 1, 1, ''),
  parse(c) {
    const found = takeExtensionList(c, 'dq');
    if (isProblem(found)) return found;
    const wide = found.kind === 'q' ? 2 : 1;
    return checkRange(found.count * wide, 1, 4, 1, found.column, 'number of registers')
      ?? putExtension(c, 'd', 'n', found.first * wide, found.column) ?? c.put('i', found.count * wide - 1, found.column);
  },
};

/** `{:align}`: 64, 128 or 256 bits, in field a. */
const alignment: Codec = {
  name: '{:align}', fields: 'a',
  format: (c) => c.get('a') === 0 ? '' : `:${32 << c.get('a')}`,
  parse(c) {
    const { column } = c.cursor;
    if (c.cursor.peek().text === ',' && c.cursor.peek(1).text === ':') c.cursor.next();
    if (!c.cursor.take(':')) return c.put('a', 0, column);
    const number = c.integer();
    if (isProblem(number)) return number;
    const a = [0, 64, 128, 256].indexOf(number.value);
    return a < 1 ? valueProblem(number.column, `alignment ${number.value}: it must be 64, 128 or 256`) : c.put('a', a, column, 'alignment');
  },
};

/** `{wb}` behind the address: none (m = 15), `!` (m = 13) or `, Rm`. */
const writeback: Codec = {
  name: '{wb}', fields: 'm',
  format: (c) => c.get('m') === 15 ? '' : c.get('m') === 13 ? '!' : `, ${registerName(c.get('m'))}`,
  parse(c) {
    const { column } = c.cursor;
    if (c.cursor.take('!')) return c.put('m', 13, column);
    if (!c.cursor.take(',')) return c.put('m', 15, column);
    const token = c.cursor.peek();
    const number = takeRegister(c.cursor);
    if (number === undefined || number === 13 || number === 15) return problem(token.column, `an index register (not sp or pc) expected, not ${describe(token)}`);
    return c.put('m', number, token.column);
  },
};

/** `#right16`: a shift to the right by 1 to the size, encoded as the size less the amount. */
function rightShift(size: number): Codec {
  return {
    name: `#right${size}`, fields: 'i',
    format: (c) => `#${size - c.get('i')}`,
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      return checkRange(number.value, 1, size, 1, number.column, 'shift') ?? c.put('i', size - number.value, number.column, 'shift');
    },
  };
}

/** `#bytemask`: a 64-bit constant of bytes 0x00 and 0xff; bit n of i is byte n. */
const byteMask: Codec = {
  name: '#bytemask', fields: 'i',
  format: (c) => `#0x${Array.from({ length: 8 }, (_, byte) => (c.get('i') >>> (7 - byte) & 1) === 1 ? 'ff' : '00').join('')}`,
  parse(c) {
    c.cursor.take('#');
    const token = c.cursor.next();
    if (token.kind !== 'number') return problem(token.column, `a number expected, not ${describe(token)}`);
    const bytes = BigInt(token.text.startsWith("'") ? token.value : token.text).toString(16).padStart(16, '0').match(/../g)!;
    if (bytes.length !== 8 || bytes.some((byte) => byte !== '00' && byte !== 'ff')) return valueProblem(token.column, 'each byte of the constant must be 0x00 or 0xff');
    return c.put('i', bytes.reduce((mask, byte) => mask << 1 | (byte === 'ff' ? 1 : 0), 0), token.column);
  },
};

/** `Vm=n`: one register in fields m and n (VMOV is VORR of a register with itself). */
const bothSources: Codec = {
  name: 'Vm=n', fields: 'mMnNq',
  format: (c) => c.get('q') === 1 ? `q${extensionNumber(c, 'q', 'm')}` : `d${extensionNumber(c, 'd', 'm')}`,
  parse(c) {
    const found = takeExtension(c, 'dq');
    if (isProblem(found)) return found;
    return c.put('q', found.kind === 'q' ? 1 : 0, found.column, 'register size')
      ?? putExtension(c, found.kind, 'm', found.number, found.column) ?? putExtension(c, found.kind, 'n', found.number, found.column);
  },
};

export const vectorCodecs: readonly Codec[] = [
  ...[1, 2, 3, 4].flatMap((n) => [list(n, 1), list(n, 2), laneList(n), allLanesList(n)]),
  tableList, alignment, writeback, byteMask, bothSources, ...[8, 16, 32, 64].map(rightShift),
];
