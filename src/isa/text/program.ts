/**
 * Assembles a program: passes over the statements until no address changes any more. Each pass encodes everything; instructions of T32 take the narrowest
 * encoding that reaches; after some passes they never shrink again, so that the passes come to an end.
 */
import type { Decoder } from '../decode.ts';
import type { InstructionSet } from '../operation.ts';
import type { ParseScope } from './codec.ts';
import { DIRECTIVES, type Assembly } from './directives.ts';
import { encodeInstruction, splitWidth, type Encoded } from './encode.ts';
import { evaluate, expressionText, isConstant, isUnknown, parseExpression, type Expression, type Scope, type Value } from './expressions.ts';
import { Cursor, isProblem, problem, type Problem, type Token } from './lexer.ts';
import { conditionNumber, registerNumber } from './registers.ts';
import { SectionWriter, type LineEntry } from './sections.ts';
import { parseSource, type AssemblyError, type ReadInclude, type Statement } from './source.ts';
import { Symbols, type AssemblySymbol } from './symbols.ts';
import type { SyntaxTables } from './tables.ts';

export interface AssembleOptions {
  /** Name of the source in errors and the line map; `<source>` if absent. */
  readonly file?: string;
  /** Address of the first section; 0 if absent. */
  readonly origin?: number;
  /** Addresses of sections by name; those that have none follow the one before them, aligned. */
  readonly sections?: Readonly<Record<string, number>>;
  /** Names with values, e.g. offsets from a layout record. */
  readonly symbols?: Readonly<Record<string, number>>;
  /** Text of an included file; undefined if there is none. `from` is the file that includes it. */
  readonly readInclude?: ReadInclude;
  /** Instruction set at the start; A32 if absent. */
  readonly set?: InstructionSet;
}

export interface Section {
  readonly name: string;
  readonly address: number;
  /** Little-endian, as in memory. */
  readonly bytes: Uint8Array;
}

export type AssembleResult =
  | {
    readonly ok: true;
    /** Those that are not empty, in order of appearance. */
    readonly sections: readonly Section[];
    readonly symbols: ReadonlyMap<string, AssemblySymbol>;
    /** What each piece of the output came from, in order of output within a section. */
    readonly lines: readonly LineEntry[];
  }
  | { readonly ok: false; readonly errors: readonly AssemblyError[] };

const MOST_PASSES = 100;
/** From this pass on instructions grow but never shrink again. */
const GROW_ONLY = 8;
const MOST_ERRORS = 100;
const LITERAL = '=literal';

interface Literal { readonly key: string; readonly expression: Expression; readonly scope: Scope; readonly statement: Statement }

/** Instructions that must not stand in an IT block, and those that must be its last. */
const NEVER_IN_IT = /^(IT|CPS|SETEND|CBZ|CBNZ)/;
const LAST_IN_IT = /^(B|BL|BX|BLX|TBB|TBH)(EQ|NE|CS|HS|CC|LO|MI|PL|VS|VC|HI|LS|GE|LT|GT|LE|AL)?$/;

export class Program implements Assembly {
  readonly #tables: SyntaxTables;
  readonly #decoder: Decoder;
  readonly #options: AssembleOptions;
  readonly #statements: readonly Statement[];
  readonly #sourceErrors: AssemblyError[] = [];
  readonly symbols: Symbols;
  readonly #sections: SectionWriter[] = [];
  /** Bytes that each statement's instruction has come to need. */
  readonly #least: Uint8Array;
  /** How each `ldr =` statement was decided in the first pass: by a move, or from the pool. */
  readonly #literalForms = new Map<number, 'move' | 'pool'>();
  readonly #literalAddresses = new Map<string, number>();
  readonly #functions = new Set<string>();

  // The state of a pass.
  #pass = 0;
  #errors: AssemblyError[] = [];
  #lines: LineEntry[] = [];
  #guessed = false;
  #mayGuess = true;
  #section!: SectionWriter;
  #statementIndex = 0;
  #pools = new Map<SectionWriter, Literal[]>();
  #poolCount = 0;
  /** Conditions that the IT block still gives. */
  #it: number[] = [];
  #thumbFunctionNext = false;
  #literalAddress: number | undefined;
  set: InstructionSet = 'A32';

  constructor(tables: SyntaxTables, decoder: Decoder, source: string, options: AssembleOptions) {
    this.#tables = tables;
    this.#decoder = decoder;
    this.#options = options;
    this.#statements = parseSource(source, options.file ?? '<source>', options.readInclude, this.#sourceErrors);
    this.symbols = new Symbols(options.symbols ?? {}, this.#statements);
    this.#least = new Uint8Array(this.#statements.length);
  }

  assemble(): AssembleResult {
    for (this.#pass = 1; this.#pass <= MOST_PASSES; this.#pass++) {
      this.#runPass();
      if (this.symbols.changed) continue;
      if (!this.#guessed) break;
      this.#mayGuess = false;
    }
    if (this.symbols.changed) this.#errors.push({ file: this.#statements[0]?.file ?? '', line: 1, column: 1, message: 'the addresses do not settle: a size depends on itself' });
    const errors = [...this.#sourceErrors, ...this.#errors];
    if (errors.length > 0) return { ok: false, errors: errors.slice(0, MOST_ERRORS) };
    return {
      ok: true,
      sections: this.#sections.filter(({ length }) => length > 0).map((s) => ({ name: s.name, address: s.start, bytes: s.bytes() })),
      symbols: new Map([...this.symbols.entries()].sort(([, a], [, b]) => a.value - b.value)),
      lines: this.#lines,
    };
  }

  #runPass(): void {
    this.symbols.startPass();
    this.#errors = [];
    this.#lines = [];
    this.#guessed = false;
    this.#it = [];
    this.#thumbFunctionNext = false;
    this.#pools = new Map();
    this.#poolCount = 0;
    this.set = this.#options.set ?? 'A32';
    this.#layOut();
    this.selectSection('.text');
    this.#statements.forEach((statement, index) => {
      this.#statementIndex = index;
      const { start } = this.#section;
      const section = this.#section;
      const before = section.length;
      const found = this.#statement(statement);
      if (found !== undefined) this.#report(statement, found);
      if (section === this.#section && section.length > before) {
        this.#lines.push({ address: start + before, length: section.length - before, file: statement.file, line: statement.line });
      }
    });
    for (const section of this.#sections) {
      this.#section = section;
      this.flushPool();
    }
  }

  /** Gives each section its address, by the lengths of the pass before. */
  #layOut(): void {
    let next = this.#options.origin ?? 0;
    for (const section of this.#sections) {
      const start = this.#options.sections?.[section.name] ?? Math.ceil(next / section.alignment) * section.alignment;
      if (start !== section.start) {
        section.start = start;
        this.symbols.changed = true;
      }
      next = start + section.length;
    }
    for (const section of this.#sections) section.clear();
  }

  #report({ file, line }: Statement, { column, message }: Problem): void {
    this.#errors.push({ file, line, column, message });
  }

  // ---- what directives use

  get here(): number {
    return this.#section.here;
  }

  get output(): SectionWriter {
    return this.#section;
  }

  selectSection(name: string): void {
    let section = this.#sections.find((s) => s.name === name);
    if (section === undefined) {
      const last = this.#sections.at(-1);
      const next = last === undefined ? this.#options.origin ?? 0 : Math.ceil(last.here / 8) * 8;
      section = new SectionWriter(name, this.#options.sections?.[name] ?? next);
      this.#sections.push(section);
    }
    this.#section = section;
  }

  markFunctionNext(): void {
    this.#thumbFunctionNext = true;
  }

  markFunction(name: string): void {
    this.#functions.add(name);
  }

  #scopeAt(here: number): Scope {
    const statement = this.#statementIndex;
    return {
      here,
      symbol: (name) => name === LITERAL ? this.#literalAddress : this.symbols.get(name)?.value,
      local: (number, forward) => this.symbols.local(number, forward, statement),
    };
  }

  /** The value of an expression, with bit 0 set for functions in T32. A value that is not known is a problem in the last pass, and 0 before it. */
  dataValue(expression: Expression, scope: Scope = this.#scopeAt(this.here)): number | Problem {
    const value = evaluate(expression, scope);
    if (typeof value === 'number') return this.#namesThumbFunction(expression) ? value + (1 - Math.abs(value % 2)) : value;
    if (isProblem(value)) return value;
    if (!this.#mayGuess) return { message: `undefined symbol '${value.unknown}'`, column: value.column, value: true };
    this.#guessed = true;
    return 0;
  }

  #namesThumbFunction(expression: Expression): boolean {
    if (expression.kind === 'symbol') return this.symbols.get(expression.name)?.thumbFunction === true;
    return expression.kind === 'binary' && expression.operator === '+'
      && ((this.#namesThumbFunction(expression.left) && expression.right.kind === 'number')
        || (expression.left.kind === 'number' && this.#namesThumbFunction(expression.right)));
  }

  flushPool(): void {
    const literals = this.#pools.get(this.#section);
    if (literals === undefined || literals.length === 0) return;
    this.#pools.delete(this.#section);
    const pool = this.#poolCount++;
    this.#section.fill((4 - this.#section.length % 4) % 4, 0);
    for (const { key, expression, scope, statement } of literals) {
      const address = this.here;
      const id = `${this.#section.name} ${key} ${pool}`;
      if (this.#literalAddresses.get(id) !== address) {
        this.#literalAddresses.set(id, address);
        this.symbols.changed = true;
      }
      const value = this.dataValue(expression, scope);
      if (typeof value !== 'number') this.#report(statement, value);
      this.#section.put(typeof value === 'number' ? value : 0, 4);
      this.#lines.push({ address, length: 4, file: statement.file, line: statement.line });
    }
  }

  defineConstant(name: string, value: number, mayRedefine: boolean): string | undefined {
    return this.symbols.define(name, { value, kind: 'constant' }, mayRedefine);
  }

  // ---- statements

  #statement(statement: Statement): Problem | undefined {
    for (const { name, column } of statement.labels) {
      if (typeof name === 'number') {
        this.symbols.defineLocal(name, this.#statementIndex, this.here);
        continue;
      }
      if (registerNumber(name) !== undefined) return problem(column, `'${name}' is a register's name`);
      const thumbFunction = this.set === 'T32' && (this.#thumbFunctionNext || this.#functions.has(name));
      this.#thumbFunctionNext = false;
      const wrong = this.symbols.define(
        name, { value: this.here, kind: 'label', state: this.set, ...(thumbFunction ? { thumbFunction: true as const } : {}) }, false);
      if (wrong !== undefined) return problem(column, wrong);
    }
    const { head, rest } = statement;
    if (head === undefined) return undefined;
    const cursor = new Cursor(rest);
    if (cursor.peek().kind === 'punctuation' && cursor.peek().text === '=') {
      cursor.next();
      return this.#assign(head, cursor);
    }
    if (head.text.startsWith('.')) {
      const directive = DIRECTIVES.get(head.text.toLowerCase());
      if (directive === undefined) return problem(head.column, `unknown directive '${head.text}'`);
      const found = directive(this, cursor, head);
      return found ?? (cursor.done ? undefined : problem(cursor.column, `unexpected '${cursor.peek().text}' after ${head.text}`));
    }
    return this.#instruction(statement, head, rest);
  }

  #assign(name: Token, cursor: Cursor): Problem | undefined {
    const expression = parseExpression(cursor);
    if (isProblem(expression)) return expression;
    if (!cursor.done) return problem(cursor.column, `unexpected '${cursor.peek().text}'`);
    return this.assign(name, expression, true);
  }

  assign(name: Token, expression: Expression, mayRedefine: boolean): Problem | undefined {
    const value = evaluate(expression, this.#scopeAt(this.here));
    if (isProblem(value)) return value;
    if (isUnknown(value)) {
      if (!this.#mayGuess) return problem(value.column, `undefined symbol '${value.unknown}'`);
      this.#guessed = true;
      return undefined;
    }
    const wrong = this.defineConstant(name.text, value, mayRedefine);
    return wrong === undefined ? undefined : problem(name.column, wrong);
  }

  #instruction(statement: Statement, head: Token, rest: readonly Token[]): Problem | undefined {
    const { name } = splitWidth(head.text);
    const unit = this.set === 'A32' ? 4 : 2;
    if (this.here % unit !== 0) return problem(head.column, `instruction at an address that is not a multiple of ${unit} (use .balign ${unit})`);
    const block = /^IT([TE]{0,3})$/.exec(name);
    if (block !== null) return this.#itBlock(head, block[1]!, rest);

    const it = this.#it.shift();
    if (it !== undefined && NEVER_IN_IT.test(name)) return problem(head.column, `'${head.text}' must not stand in an IT block`);
    if (it !== undefined && this.#it.length > 0 && LAST_IN_IT.test(name)) return problem(head.column, `'${head.text}' must be the last of its IT block`);
    const literal = rest.findIndex(({ kind, text }) => kind === 'punctuation' && text === '=');
    if (literal >= 0 && name.startsWith('LDR')) return this.#loadLiteral(statement, head, rest, literal, it);
    return this.#emit(this.#encode(head, rest, it));
  }

  #encode(mnemonic: Token, operands: readonly Token[], it: number | undefined): Encoded | Problem {
    const address = this.here;
    const values = this.#scopeAt(address);
    const set = this.set;
    const scope: ParseScope = {
      address,
      inIt: it !== undefined,
      evaluate: (expression): Value => evaluate(expression, values),
      guess: () => {
        if (!this.#mayGuess) return undefined;
        this.#guessed = true;
        return (set === 'A32' ? address + 8 : address + 4) & ~3;
      },
      stateOf: (expression) => expression.kind === 'symbol' ? this.symbols.get(expression.name)?.state : undefined,
      dataValue: (expression) => this.dataValue(expression, values),
    };
    return encodeInstruction(this.#tables, this.#decoder, {
      set, mnemonic, operands, scope, it, least: this.#least[this.#statementIndex]!,
    });
  }

  #emit(encoded: Encoded | Problem): Problem | undefined {
    if (isProblem(encoded)) {
      // Something must stand here while addresses settle.
      this.#section.fill(Math.max(this.#least[this.#statementIndex]!, this.set === 'A32' ? 4 : 2), 0);
      return encoded;
    }
    const { word, length } = encoded;
    if (this.#pass >= GROW_ONLY && length > this.#least[this.#statementIndex]!) this.#least[this.#statementIndex] = length;
    this.instruction(word, length);
    return undefined;
  }

  /** Writes an instruction: a T32 one by halfwords. */
  instruction(word: number, length: number): void {
    if (this.set === 'T32' && length === 4) this.#section.put(word >>> 16, 2);
    this.#section.put(this.set === 'T32' ? word & 0xffff : word >>> 0, this.set === 'T32' ? 2 : 4);
  }

  #itBlock(head: Token, pattern: string, rest: readonly Token[]): Problem | undefined {
    if (this.#it.length > 0) return problem(head.column, 'an IT block must not stand in another one');
    const condition = rest[0]?.kind === 'name' ? conditionNumber(rest[0].text) : undefined;
    if (condition === undefined || rest[1]?.kind !== 'end') return problem(rest[0]!.column, 'a condition expected');
    if (condition === 14 && pattern.includes('E')) return problem(head.column, 'al has no inverse condition for e');
    if (this.set === 'A32') return undefined; // Unified source: A32 instructions carry their conditions themselves.
    this.#it = [condition, ...[...pattern].map((letter) => letter === 'T' ? condition : condition ^ 1)];
    this.instruction(0xbf00 | condition << 4 | itMask(condition, this.#it), 2);
    return undefined;
  }

  /** `ldr Rt, =value`: a move where one can make the constant, else a load from the next literal pool. */
  #loadLiteral(statement: Statement, head: Token, rest: readonly Token[], equals: number, it: number | undefined): Problem | undefined {
    const cursor = new Cursor(rest, equals + 1);
    const expression = parseExpression(cursor);
    if (isProblem(expression)) return expression;
    if (!cursor.done) return problem(cursor.column, `unexpected '${cursor.peek().text}'`);
    const end = rest.at(-1)!;
    const scope = this.#scopeAt(this.here);
    const index = this.#statementIndex;
    const number = (value: number): Token => ({ kind: 'number', text: String(value), value, column: head.column });
    if (this.#literalForms.get(index) !== 'pool') {
      const constant = isConstant(expression, (name) => {
        const symbol = this.symbols.get(name);
        return symbol?.kind === 'import' || (symbol?.kind === 'constant' && this.symbols.isDefinedInPass(name));
      });
      const value = constant ? evaluate(expression, scope) : undefined;
      if (typeof value === 'number' && head.text.length < 6 && /^ldr(\w\w)?$/i.test(head.text)) {
        if (value < -0x80000000 || value > 0xffffffff) return problem(cursor.column, `literal ${value} is not a 32-bit value`);
        const wide = this.set === 'T32' ? '.w' : '';
        for (const [mnemonic, operand] of [[`mov${head.text.slice(3)}${wide}`, value >>> 0], [`mvn${head.text.slice(3)}${wide}`, ~value >>> 0], ...(this.set === 'T32' ? [[`movw${head.text.slice(3)}`, value >>> 0] as const] : [])] as const) {
          const encoded = this.#encode({ ...head, text: mnemonic }, [...rest.slice(0, equals), number(operand), end], it);
          if (isProblem(encoded)) continue;
          this.#literalForms.set(index, 'move');
          return this.#emit(encoded);
        }
      }
      this.#literalForms.set(index, 'pool');
    }
    const key = this.#literalKey(expression, scope);
    const literals = this.#pools.get(this.#section) ?? [];
    this.#pools.set(this.#section, literals);
    if (!literals.some((literal) => literal.key === key)) literals.push({ key, expression, scope, statement });
    this.#literalAddress = this.#literalAddresses.get(`${this.#section.name} ${key} ${this.#poolCount}`);
    const label: Token = { kind: 'name', text: LITERAL, value: 0, column: head.column };
    return this.#emit(this.#encode(head, [...rest.slice(0, equals), label, end], it));
  }

  /** The same for literals that may share a word of the pool. */
  #literalKey(expression: Expression, scope: Scope): string {
    const movable = (e: Expression): boolean => e.kind === 'here' || e.kind === 'local' || (e.kind === 'unary' && movable(e.operand))
      || (e.kind === 'binary' && (movable(e.left) || movable(e.right)));
    if (movable(expression)) return `${expressionText(expression)} at statement ${this.#statementIndex}`;
    if (isConstant(expression, (name) => this.symbols.get(name)?.kind === 'import')) {
      const value = evaluate(expression, scope);
      if (typeof value === 'number') return String(value >>> 0);
    }
    return expressionText(expression);
  }

}

/** A8.8.54: the mask of an IT instruction from its condition and those of its instructions. */
function itMask(first: number, conditions: readonly number[]): number {
  let mask = 0;
  let bit = 8;
  for (const condition of conditions.slice(1)) {
    if ((condition & 1) === 1) mask |= bit;
    bit >>= 1;
  }
  return first === 14 ? bit : mask | bit;
}
