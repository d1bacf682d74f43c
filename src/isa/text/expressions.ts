/**
 * Expressions of the assembler: numbers, symbols, `.`, local labels (`1f`, `1b`), `+ - * / % << >> & | ^ ~` and parentheses. Precedence is that of GNU
 * as, not of C: `* / % << >>` bind tightest, then `& | ^`, then `+ -`. Values are mathematical integers between -2^31 and 2^32-1; the
 * bitwise operators work on 32 bits, and yield a negative number where an operand was one.
 */
import { describe, isProblem, problem, type Cursor, type Problem } from './lexer.ts';

export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly column: number }
  | { readonly kind: 'symbol'; readonly name: string; readonly column: number }
  | { readonly kind: 'local'; readonly number: number; readonly forward: boolean; readonly column: number }
  | { readonly kind: 'here'; readonly column: number }
  | { readonly kind: 'unary'; readonly operator: '-' | '~' | '+'; readonly operand: Expression; readonly column: number }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression; readonly column: number };

const PRECEDENCE: Readonly<Record<string, number>> = {
  '+': 1, '-': 1, '&': 2, '|': 2, '^': 2, '*': 3, '/': 3, '%': 3, '<<': 3, '>>': 3,
};

export function parseExpression(cursor: Cursor): Expression | Problem {
  return parseBinary(cursor, 1);
}

function parseBinary(cursor: Cursor, least: number): Expression | Problem {
  let left = parseUnary(cursor);
  for (;;) {
    if (isProblem(left)) return left;
    const token = cursor.peek();
    const precedence = token.kind === 'punctuation' ? PRECEDENCE[token.text] : undefined;
    if (precedence === undefined || precedence < least) return left;
    cursor.next();
    const right = parseBinary(cursor, precedence + 1);
    if (isProblem(right)) return right;
    left = { kind: 'binary', operator: token.text, left, right, column: token.column };
  }
}

function parseUnary(cursor: Cursor): Expression | Problem {
  const token = cursor.peek();
  const { column } = token;
  switch (token.kind) {
    case 'number':
      cursor.next();
      return { kind: 'number', value: token.value, column };
    case 'local':
      cursor.next();
      return { kind: 'local', number: token.value, forward: token.text.endsWith('f'), column };
    case 'name':
      cursor.next();
      return token.text === '.' ? { kind: 'here', column } : { kind: 'symbol', name: token.text, column };
    case 'punctuation':
      if (token.text === '(') {
        cursor.next();
        const inner = parseExpression(cursor);
        if (isProblem(inner)) return inner;
        if (!cursor.take(')')) return problem(cursor.column, `')' expected, not ${describe(cursor.peek())}`);
        return inner;
      }
      if (token.text === '-' || token.text === '~' || token.text === '+') {
        cursor.next();
        const operand = parseUnary(cursor);
        return isProblem(operand) ? operand : { kind: 'unary', operator: token.text, operand, column };
      }
      break;
    default:
  }
  return problem(column, `an expression was expected, not ${describe(token)}`);
}

/** What an expression may refer to. `undefined`: not known (yet). */
export interface Scope {
  symbol(name: string): number | undefined;
  local(number: number, forward: boolean): number | undefined;
  /** The address of the statement. */
  readonly here: number;
}

/** The name that has no value yet. */
export interface Unknown { readonly unknown: string; readonly column: number }

export type Value = number | Unknown | Problem;

export function isUnknown(value: Value): value is Unknown {
  return typeof value === 'object' && 'unknown' in value;
}

export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'number': return expression.value;
    case 'here': return scope.here;
    case 'symbol': return scope.symbol(expression.name) ?? { unknown: expression.name, column: expression.column };
    case 'local':
      return scope.local(expression.number, expression.forward)
        ?? { unknown: `${expression.number}${expression.forward ? 'f' : 'b'}`, column: expression.column };
    case 'unary': {
      const operand = evaluate(expression.operand, scope);
      if (typeof operand !== 'number') return operand;
      return expression.operator === '-' ? -operand : expression.operator === '+' ? operand : ~operand;
    }
    case 'binary': {
      const left = evaluate(expression.left, scope);
      if (typeof left !== 'number') return left;
      const right = evaluate(expression.right, scope);
      if (typeof right !== 'number') return right;
      return apply(expression.operator, left, right, expression.column);
    }
  }
}

function apply(operator: string, a: number, b: number, column: number): number | Problem {
  const sign = (value: number): number => a < 0 || b < 0 ? value | 0 : value >>> 0;
  switch (operator) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return b === 0 ? problem(column, 'division by zero') : Math.trunc(a / b);
    case '%': return b === 0 ? problem(column, 'division by zero') : a % b;
    case '<<': return a * 2 ** b;
    case '>>': return Math.floor(a / 2 ** b);
    case '&': return a < 0 && b < 0 ? (a & b) | 0 : (a & b) >>> 0;
    case '|': return sign(a | b);
    default: return sign(a ^ b);
  }
}

/** Whether an expression has the same value wherever it stands: no `.`, no labels, only numbers and the symbols that `isConstant` allows. */
export function isConstant(expression: Expression, constantSymbol: (name: string) => boolean): boolean {
  switch (expression.kind) {
    case 'number': return true;
    case 'symbol': return constantSymbol(expression.name);
    case 'local': case 'here': return false;
    case 'unary': return isConstant(expression.operand, constantSymbol);
    case 'binary': return isConstant(expression.left, constantSymbol) && isConstant(expression.right, constantSymbol);
  }
}

/** An expression as text, the same for expressions that are the same but for spaces. */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'number': return String(expression.value);
    case 'symbol': return expression.name;
    case 'local': return `${expression.number}${expression.forward ? 'f' : 'b'}`;
    case 'here': return '.';
    case 'unary': return `${expression.operator}(${expressionText(expression.operand)})`;
    case 'binary': return `(${expressionText(expression.left)}${expression.operator}${expressionText(expression.right)})`;
  }
}
