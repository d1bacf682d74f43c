/** Operand codecs of the extension registers S0-S31, D0-D31, Q0-Q15 and lists of them (DDI 0406C, A7.3). */
import { checkRange, type Codec, type FormatContext, type ParseContext } from './codec.ts';
import { describe, isProblem, problem, valueProblem, type Problem } from './lexer.ts';
import { extensionRegister } from './registers.ts';

type Kind = 's' | 'd' | 'q';

/** Register number of a split field: D:d for D and Q registers (a Q register has half the number), d:D for S registers. */
export function extensionNumber(c: FormatContext, kind: Kind, low: string): number {
  const high = low.toUpperCase();
  if (kind === 's') return c.get(low) << 1 | c.get(high);
  const number = c.get(high) << 4 | c.get(low);
  return kind === 'q' ? number >> 1 : number;
}

export function takeExtension(c: ParseContext, kinds: string): { kind: Kind; number: number; column: number } | Problem {
  const token = c.cursor.peek();
  const register = token.kind === 'name' ? extensionRegister(token.text) : undefined;
  if (register === undefined || !kinds.includes(register.kind)) {
    return problem(token.column, `a register ${[...kinds].map((k) => `${k}0-${k}${k === 'q' ? 15 : 31}`).join(' or ')} expected, not ${describe(token)}`);
  }
  c.cursor.next();
  return { ...register, column: token.column };
}

export function putExtension(c: ParseContext, kind: Kind, low: string, number: number, column: number): Problem | undefined {
  const high = low.toUpperCase();
  const full = kind === 'q' ? number << 1 : number;
  const [top, rest] = kind === 's' ? [full & 1, full >> 1] : [full >> 4, full & 15];
  return c.put(high, top, column, 'register') ?? c.put(low, rest, column, 'register');
}

function extension(kind: Kind, low: string): Codec {
  return {
    name: `${kind.toUpperCase()}${low}`, fields: low + low.toUpperCase(),
    format: (c) => `${kind}${extensionNumber(c, kind, low)}`,
    parse(c) {
      const found = takeExtension(c, kind);
      return isProblem(found) ? found : putExtension(c, kind, low, found.number, found.column);
    },
  };
}

/** `Vd`, `Vn`, `Vm`: a Q register where field q is 1, else a D register. */
function vector(low: string): Codec {
  return {
    name: `V${low}`, fields: `${low}${low.toUpperCase()}q`,
    format: (c) => c.get('q') === 1 ? `q${extensionNumber(c, 'q', low)}` : `d${extensionNumber(c, 'd', low)}`,
    parse(c) {
      const found = takeExtension(c, 'dq');
      if (isProblem(found)) return found;
      return c.put('q', found.kind === 'q' ? 1 : 0, found.column, 'register size') ?? putExtension(c, found.kind, low, found.number, found.column);
    },
  };
}

/** `Sm+1`: the register after Sm. */
const nextSingle: Codec = {
  name: 'Sm+1', fields: 'mM',
  format: (c) => `s${extensionNumber(c, 's', 'm') + 1}`,
  parse(c) {
    const found = takeExtension(c, 's');
    if (isProblem(found)) return found;
    const first = c.get('m') << 1 | c.get('M');
    return found.number === first + 1 ? undefined : problem(found.column, `the second register must be s${first + 1}`);
  },
};

/** Takes `{d0-d3}` or `{d0, d1}`: consecutive registers. */
export function takeExtensionList(c: ParseContext, kinds: string): { kind: Kind; first: number; count: number; column: number } | Problem {
  const { column } = c.cursor;
  const open = c.expect('{');
  if (open !== undefined) return open;
  const first = takeExtension(c, kinds);
  if (isProblem(first)) return first;
  let count = 1;
  for (;;) {
    const at = c.cursor.column;
    if (c.cursor.take('-')) {
      const last = takeExtension(c, first.kind);
      if (isProblem(last)) return last;
      if (last.number < first.number + count) return problem(at, 'the registers of the list must ascend');
      count = last.number - first.number + 1;
    } else if (c.cursor.take(',')) {
      const next = takeExtension(c, first.kind);
      if (isProblem(next)) return next;
      if (next.number !== first.number + count) return problem(next.column, 'the registers of the list must be consecutive');
      count++;
    } else {
      const close = c.expect('}');
      return close ?? { kind: first.kind, first: first.number, count, column };
    }
  }
}

/** `dlist`, `slist`: consecutive registers from Dd or Sd, their number in field i. */
function list(kind: 's' | 'd'): Codec {
  return {
    name: `${kind}list`, fields: 'dDi',
    format(c) {
      const first = extensionNumber(c, kind, 'd');
      const count = c.get('i');
      return count === 1 ? `{${kind}${first}}` : `{${kind}${first}-${kind}${first + count - 1}}`;
    },
    parse(c) {
      const found = takeExtensionList(c, kind === 'd' ? 'dq' : 's');
      if (isProblem(found)) return found;
      const pairs = found.kind === 'q' ? 2 : 1;
      return putExtension(c, kind, 'd', found.first * pairs, found.column) ?? c.put('i', found.count * pairs, found.column, 'list');
    },
  };
}

/** A number with a sign and perhaps a fraction, with or without `#`. */
export function takeNumber(c: ParseContext): { value: number; column: number } | Problem {
  c.cursor.take('#');
  const { column } = c.cursor;
  const negative = c.cursor.take('-');
  if (!negative) c.cursor.take('+');
  const token = c.cursor.next();
  if (token.kind !== 'float' && token.kind !== 'number') return problem(token.column, `a number expected, not ${describe(token)}`);
  return { value: negative ? -token.value : token.value, column };
}

/** A7.5.1: the value of an 8-bit floating-point constant: sign, 3 bits of exponent, 4 of fraction. */
export function expandFloat8(imm8: number): number {
  const exponent = (imm8 & 0x40) === 0 ? 1 + (imm8 >> 4 & 3) : (imm8 >> 4 & 3) - 3;
  return ((imm8 & 0x80) === 0 ? 1 : -1) * (16 + (imm8 & 15)) / 16 * 2 ** exponent;
}

export function encodeFloat8(value: number): number | undefined {
  for (let imm8 = 0; imm8 < 256; imm8++) if (expandFloat8(imm8) === value) return imm8;
  return undefined;
}

export function formatFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `#vfpimm`: a floating-point constant of 8 bits in field i. */
const floatConstant: Codec = {
  name: '#vfpimm', fields: 'i',
  format: (c) => `#${formatFloat(expandFloat8(c.get('i')))}`,
  parse(c) {
    const number = takeNumber(c);
    if (isProblem(number)) return number;
    const encoded = encodeFloat8(number.value);
    return encoded === undefined
      ? valueProblem(number.column, `${number.value} cannot be encoded: it must be 16 to 31 times a power of two, 0.125 to 31 or their negatives`)
      : c.put('i', encoded, number.column, 'constant');
  },
};

/** `#0.0`: the zero that VCMP compares with. */
const floatZero: Codec = {
  name: '#0.0', fields: '',
  format: () => '#0.0',
  parse(c) {
    const number = takeNumber(c);
    if (isProblem(number)) return number;
    return number.value === 0 ? undefined : problem(number.column, 'only #0.0 can be compared with');
  },
};

/** `#fbits16`, `#fbits32`: fraction bits, encoded as the size less i:j. */
function fractionBits(size: number): Codec {
  return {
    name: `#fbits${size}`, fields: 'ij',
    format: (c) => `#${size - (c.get('i') << 1 | c.get('j'))}`,
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      const { value, column } = number;
      return checkRange(value, size === 16 ? 0 : 1, size, 1, column, 'fraction bits') ?? c.put('i', (size - value) >> 1, column) ?? c.put('j', (size - value) & 1, column);
    },
  };
}

export const extensionCodecs: readonly Codec[] = [
  ...(['s', 'd', 'q'] as const).flatMap((kind) => ['d', 'n', 'm'].map((low) => extension(kind, low))),
  ...['d', 'n', 'm'].map(vector), nextSingle, list('d'), list('s'), floatConstant, floatZero, fractionBits(16), fractionBits(32),
];
