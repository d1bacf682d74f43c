/** Source text as statements: lines are tokenized, labels split off, `.include` followed. */
import { Cursor, isProblem, tokenize, type Token } from './lexer.ts';

export interface AssemblyError {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly message: string;
}

export interface Label {
  /** A name, or of a local label its number. */
  readonly name: string | number;
  readonly column: number;
}

export interface Statement {
  readonly file: string;
  readonly line: number;
  readonly labels: readonly Label[];
  /** Mnemonic, directive or the name before `=`; undefined for a line that has only labels. */
  readonly head: Token | undefined;
  /** What follows the head, with an end token. */
  readonly rest: readonly Token[];
}

export type ReadInclude = (name: string, from: string) => string | undefined;

const DEEPEST_INCLUDE = 32;

export function parseSource(text: string, file: string, readInclude: ReadInclude | undefined, errors: AssemblyError[]): Statement[] {
  const statements: Statement[] = [];
  read(text, file, 0, readInclude, statements, errors);
  return statements;
}

/** Returns whether to go on: false after `.end`. */
function read(
  text: string, file: string, depth: number, readInclude: ReadInclude | undefined, statements: Statement[], errors: AssemblyError[],
): boolean {
  const lines = text.split('\n');
  for (const [index, source] of lines.entries()) {
    const line = index + 1;
    const error = (column: number, message: string): void => { errors.push({ file, line, column, message }); };
    const tokens = tokenize(source);
    if (isProblem(tokens)) {
      error(tokens.column, tokens.message);
      continue;
    }
    const cursor = new Cursor(tokens);
    const labels: Label[] = [];
    while (cursor.peek(1).kind === 'punctuation' && cursor.peek(1).text === ':') {
      const { kind, text: name, value, column } = cursor.next();
      if (kind !== 'name' && kind !== 'number') error(column, 'a label must be a name or a number');
      else labels.push({ name: kind === 'number' ? value : name, column });
      cursor.next();
    }
    if (cursor.done) {
      if (labels.length > 0) statements.push({ file, line, labels, head: undefined, rest: [cursor.peek()] });
      continue;
    }
    const head = cursor.next();
    if (head.kind !== 'name') {
      error(head.column, `an instruction or a directive expected, not '${head.text}'`);
      continue;
    }
    const rest = cursor.tokens.slice(cursor.at);
    const directive = head.text.toLowerCase();
    if (directive === '.end') {
      if (labels.length > 0) statements.push({ file, line, labels, head: undefined, rest });
      return false;
    }
    if (directive !== '.include') {
      statements.push({ file, line, labels, head, rest });
      continue;
    }
    if (labels.length > 0) statements.push({ file, line, labels, head: undefined, rest });
    const [name] = rest;
    if (name?.kind !== 'string') {
      error(head.column, '.include needs a file name in quotes');
    } else if (depth >= DEEPEST_INCLUDE) {
      error(head.column, `.include is nested more than ${DEEPEST_INCLUDE} deep`);
    } else {
      const included = readInclude?.(name.text, file);
      if (included === undefined) error(name.column, `cannot read "${name.text}"`);
      else if (!read(included, name.text, depth + 1, readInclude, statements, errors)) return false;
    }
  }
  return true;
}
