/** Operand codecs of the extension registers S0-S31, D0-D31, Q0-Q15 and lists of them (DDI 0406C, A7.3). */
import type { Codec, FormatContext, ParseContext } from './codec.ts';
import { describe, isProblem, problem, type Problem } from './lexer.ts';
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

export const extensionCodecs: readonly Codec[] = [
  ...(['s', 'd', 'q'] as const).flatMap((kind) => ['d', 'n', 'm'].map((low) => extension(kind, low))),
  ...['d', 'n', 'm'].map(vector), nextSingle, list('d'), list('s'),
];
