/** The assembler's directives: those of GNU as for ARM that programs of this project need. Others that only inform a linker are accepted and do nothing. */
import type { InstructionSet } from '../operation.ts';
import { checkRange } from './codec.ts';
import { parseExpression, type Expression } from './expressions.ts';
import { describe, isProblem, problem, valueProblem, type Cursor, type Problem, type Token } from './lexer.ts';
import type { SectionWriter } from './sections.ts';

/** What directives do to the program. */
export interface Assembly {
  set: InstructionSet;
  readonly here: number;
  readonly output: SectionWriter;
  selectSection(name: string): void;
  markFunctionNext(): void;
  markFunction(name: string): void;
  flushPool(): void;
  assign(name: Token, expression: Expression, mayRedefine: boolean): Problem | undefined;
  dataValue(expression: Expression): number | Problem;
  instruction(word: number, length: number): void;
}

export type Directive = (a: Assembly, cursor: Cursor, head: Token) => Problem | undefined;

const MOST_SPACE = 1 << 26;

function number(a: Assembly, cursor: Cursor, low: number, high: number, what: string): number | Problem {
  const { column } = cursor;
  const expression = parseExpression(cursor);
  if (isProblem(expression)) return expression;
  const value = a.dataValue(expression);
  return typeof value === 'number' ? checkRange(value, low, high, 1, column, what) ?? value : value;
}

/** A list of numbers of `size` bytes. */
function data(size: number): Directive {
  const high = 2 ** (8 * size) - 1;
  const low = -(2 ** (8 * size - 1));
  return (a, cursor) => {
    if (cursor.done) return undefined;
    do {
      const value = number(a, cursor, size === 8 ? -Number.MAX_SAFE_INTEGER : low, size === 8 ? Number.MAX_SAFE_INTEGER : high, 'value');
      if (typeof value !== 'number') {
        a.output.fill(size, 0);
        return value;
      }
      a.output.put(value, size);
    } while (cursor.take(','));
    return undefined;
  };
}

function strings(terminated: boolean): Directive {
  return (a, cursor) => {
    do {
      const token = cursor.next();
      if (token.kind !== 'string') return problem(token.column, `a string expected, not ${describe(token)}`);
      for (let i = 0; i < token.text.length; i++) a.output.put(token.text.charCodeAt(i), 1);
      if (terminated) a.output.put(0, 1);
    } while (cursor.take(','));
    return undefined;
  };
}

/** `.space count[, fill]`. */
const space: Directive = (a, cursor) => {
  const count = number(a, cursor, 0, MOST_SPACE, 'size');
  if (typeof count !== 'number') return count;
  const fill = cursor.take(',') ? number(a, cursor, -128, 255, 'fill') : 0;
  if (typeof fill !== 'number') return fill;
  a.output.fill(count, fill);
  return undefined;
};

/** `.fill repeat[, size[, value]]`. */
const fill: Directive = (a, cursor) => {
  const count = number(a, cursor, 0, MOST_SPACE, 'count');
  if (typeof count !== 'number') return count;
  const size = cursor.take(',') ? number(a, cursor, 0, 8, 'size') : 1;
  if (typeof size !== 'number') return size;
  const value = cursor.take(',') ? number(a, cursor, -0x80000000, 0xffffffff, 'value') : 0;
  if (typeof value !== 'number') return value;
  if (count * size > MOST_SPACE) return valueProblem(cursor.column, `.fill of ${count * size} bytes: at most ${MOST_SPACE}`);
  for (let i = 0; i < count; i++) a.output.put(value, size);
  return undefined;
};

/** Code is padded with NOPs, after zero bytes up to the next instruction boundary. */
function pad(a: Assembly, count: number, value: number | undefined): void {
  if (value !== undefined || !a.output.name.startsWith('.text')) {
    a.output.fill(count, value ?? 0);
    return;
  }
  const unit = a.set === 'A32' ? 4 : 2;
  a.output.fill(count % unit, 0);
  let rest = count - count % unit;
  if (a.set === 'T32' && rest % 4 === 2) {
    a.instruction(0xbf00, 2);
    rest -= 2;
  }
  for (; rest > 0; rest -= 4) a.instruction(a.set === 'A32' ? 0xe320f000 : 0xf3af8000 | 0, 4);
}

/** `.balign bytes[, fill[, most]]`, and with `power` the exponent of two. */
function align(power: boolean, otherwise: number): Directive {
  return (a, cursor, head) => {
    const value = cursor.done ? otherwise : number(a, cursor, 0, power ? 20 : 1 << 20, 'alignment');
    if (typeof value !== 'number') return value;
    const bytes = power ? 2 ** value : value;
    if (bytes !== 0 && (bytes & (bytes - 1)) !== 0) return valueProblem(head.column, `alignment ${bytes} is not a power of two`);
    const byte = cursor.take(',') && cursor.peek().text !== ',' ? number(a, cursor, -128, 255, 'fill') : undefined;
    if (byte !== undefined && typeof byte !== 'number') return byte;
    const most = cursor.take(',') ? number(a, cursor, 0, MOST_SPACE, 'size') : undefined;
    if (most !== undefined && typeof most !== 'number') return most;
    if (bytes <= 1) return undefined;
    a.output.needAlignment(bytes);
    const count = (bytes - a.here % bytes) % bytes;
    if (most === undefined || count <= most) pad(a, count, byte);
    return undefined;
  };
}

const org: Directive = (a, cursor, head) => {
  const to = number(a, cursor, 0, 0xffffffff, 'address');
  if (typeof to !== 'number') return to;
  // As GNU as: relative to the section's start, unless it is an address within it.
  const offset = to >= a.output.start && a.output.start !== 0 ? to - a.output.start : to;
  const count = offset - a.output.length;
  if (count < 0 || count > MOST_SPACE) return valueProblem(head.column, `.org cannot move from offset ${a.output.length} to ${offset}`);
  a.output.fill(count, 0);
  return undefined;
};

function equ(mayRedefine: boolean): Directive {
  return (a, cursor) => {
    const name = cursor.next();
    if (name.kind !== 'name') return problem(name.column, `a name expected, not ${describe(name)}`);
    if (!cursor.take(',')) return problem(cursor.column, `',' expected, not ${describe(cursor.peek())}`);
    const expression = parseExpression(cursor);
    return isProblem(expression) ? expression : a.assign(name, expression, mayRedefine);
  };
}

function section(name: string): Directive {
  return (a) => {
    a.selectSection(name);
    return undefined;
  };
}

const ignore: Directive = (_a, cursor) => {
  while (!cursor.done) cursor.next();
  return undefined;
};

function select(set: InstructionSet): Directive {
  return (a) => {
    a.set = set;
    return undefined;
  };
}

/** `.inst[.n|.w] words`: instructions as numbers. */
function inst(width: 2 | 4 | undefined): Directive {
  return (a, cursor, head) => {
    do {
      const value = number(a, cursor, 0, 0xffffffff, 'instruction');
      if (typeof value !== 'number') return value;
      if (a.set === 'A32' && width === 2) return problem(head.column, 'A32 instructions have 32 bits');
      const length = a.set === 'A32' ? 4 : width ?? (value > 0xffff ? 4 : 2);
      if (length === 2 && value > 0xffff) return valueProblem(cursor.column, 'a 16-bit instruction is 0 to 65535');
      a.instruction(value | 0, length);
    } while (cursor.take(','));
    return undefined;
  };
}

export const DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ['.byte', data(1)], ['.half', data(2)], ['.hword', data(2)], ['.short', data(2)], ['.2byte', data(2)],
  ['.word', data(4)], ['.long', data(4)], ['.int', data(4)], ['.4byte', data(4)], ['.quad', data(8)], ['.8byte', data(8)],
  ['.ascii', strings(false)], ['.asciz', strings(true)], ['.string', strings(true)],
  ['.space', space], ['.skip', space], ['.zero', space], ['.fill', fill],
  ['.align', align(true, 2)], ['.p2align', align(true, 2)], ['.balign', align(false, 4)], ['.org', org],
  ['.equ', equ(true)], ['.set', equ(true)], ['.equiv', equ(false)],
  ['.text', section('.text')], ['.data', section('.data')], ['.bss', section('.bss')], ['.rodata', section('.rodata')],
  ['.section', (a, cursor) => {
    const name = cursor.next();
    if (name.kind !== 'name' && name.kind !== 'string') return problem(name.column, `a section name expected, not ${describe(name)}`);
    a.selectSection(name.text);
    return ignore(a, cursor, name);
  }],
  ['.arm', select('A32')], ['.thumb', select('T32')], ['.force_thumb', select('T32')],
  ['.code', (a, cursor) => {
    const value = number(a, cursor, 16, 32, 'code size');
    if (typeof value !== 'number') return value;
    a.set = value === 32 ? 'A32' : 'T32';
    return undefined;
  }],
  ['.thumb_func', (a) => {
    a.set = 'T32';
    a.markFunctionNext();
    return undefined;
  }],
  ['.type', (a, cursor, head) => {
    const name = cursor.next();
    if (cursor.take(',') && (cursor.take('%') || cursor.take('#'))) {
      if (cursor.takeWord('function')) a.markFunction(name.text);
    }
    return ignore(a, cursor, head);
  }],
  ['.ltorg', (a) => { a.flushPool(); return undefined; }], ['.pool', (a) => { a.flushPool(); return undefined; }],
  ['.inst', inst(undefined)], ['.inst.n', inst(2)], ['.inst.w', inst(4)],
  ...['.global', '.globl', '.weak', '.hidden', '.local', '.extern', '.size', '.syntax', '.cpu', '.arch', '.arch_extension', '.fpu', '.eabi_attribute', '.file',
    '.ident', '.fnstart', '.fnend', '.cantunwind', '.func', '.endfunc'].map((name): [string, Directive] => [name, ignore]),
]);
