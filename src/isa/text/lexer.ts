/**
 * Tokens of one assembler line. Comments are `@` and `//` to the end of the line and `/* ... *\/` within a line; a line whose first character is `#`
 * is a comment too, as GNU as has it. One statement a line (after any number of labels).
 */
export type TokenKind = 'name' | 'number' | 'float' | 'string' | 'local' | 'punctuation' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string, its value with escapes resolved (one character a byte). */
  readonly text: string;
  /** Of a number or float; of a local label reference (`1f`), its number. */
  readonly value: number;
  /** 1-based. */
  readonly column: number;
}

/** Something wrong with a line of source: 1-based column. */
export interface Problem {
  readonly message: string;
  readonly column: number;
  /** The syntax was understood and a value does not fit: preferred over a problem of syntax when several encodings were tried. */
  readonly value?: true;
}

export function problem(column: number, message: string): Problem {
  return { column, message };
}

export function valueProblem(column: number, message: string): Problem {
  return { column, message, value: true };
}

export function isProblem(x: unknown): x is Problem {
  return typeof x === 'object' && x !== null && 'message' in x && 'column' in x && !('kind' in x);
}

const BLANK = /[ \t\r\f]+/y;
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['float', /[0-9]+(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)(?![\w.])/y],
  ['number', /0[xX][0-9a-fA-F]+(?!\w)/y],
  ['number', /0[bB][01]+(?!\w)/y],
  ['local', /[0-9]+[fb](?!\w)/y],
  ['number', /[0-9]+(?!\w)/y],
  ['name', /[A-Za-z_.$][\w.$]*/y],
  ['punctuation', /<<|>>|==|!=|<=|>=|[-+*/%&|^~!()[\]{}#,:=<>]/y],
];

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0', '\\': '\\', '"': '"', "'": "'" };

/** Reads an escape after a backslash at `at`; returns the character and the position after it. */
function escape(text: string, at: number): { character: string; next: number } | undefined {
  const octal = /[0-7]{1,3}/y;
  octal.lastIndex = at;
  const digits = octal.exec(text)?.[0];
  if (digits !== undefined) return { character: String.fromCharCode(parseInt(digits, 8) & 0xff), next: at + digits.length };
  if (text[at] === 'x') {
    const hex = /x([0-9a-fA-F]{1,2})/y;
    hex.lastIndex = at;
    const match = hex.exec(text);
    return match === null ? undefined : { character: String.fromCharCode(parseInt(match[1]!, 16)), next: at + match[0].length };
  }
  const character = ESCAPES[text[at] ?? ''];
  return character === undefined ? undefined : { character, next: at + 1 };
}

function parseInteger(text: string): number {
  if (/^0[0-7]+$/.test(text)) return parseInt(text, 8);
  return Number(text);
}

/** UTF-8 bytes of a character, one character a byte. */
function utf8(codePoint: number): string {
  if (codePoint < 0x80) return String.fromCharCode(codePoint);
  if (codePoint < 0x800) return String.fromCharCode(0xc0 | codePoint >> 6, 0x80 | codePoint & 0x3f);
  if (codePoint < 0x10000) return String.fromCharCode(0xe0 | codePoint >> 12, 0x80 | codePoint >> 6 & 0x3f, 0x80 | codePoint & 0x3f);
  return String.fromCharCode(0xf0 | codePoint >> 18, 0x80 | codePoint >> 12 & 0x3f, 0x80 | codePoint >> 6 & 0x3f, 0x80 | codePoint & 0x3f);
}

/** The tokens of a line, ended by one of kind `end`; or what is wrong with it. */
export function tokenize(line: string): Token[] | Problem {
  const tokens: Token[] = [];
  let at = 0;
  const end = (): Token[] => {
    tokens.push({ kind: 'end', text: '', value: 0, column: at + 1 });
    return tokens;
  };
  if (line.trimStart().startsWith('#')) return end();
  for (;;) {
    BLANK.lastIndex = at;
    at += BLANK.exec(line)?.[0].length ?? 0;
    const character = line[at];
    if (character === undefined || character === '@' || line.startsWith('//', at)) return end();
    const column = at + 1;
    if (line.startsWith('/*', at)) {
      const close = line.indexOf('*/', at + 2);
      if (close < 0) return problem(column, 'a /* comment must end on its line');
      at = close + 2;
    } else if (character === '"') {
      let value = '';
      at++;
      while (line[at] !== '"') {
        if (at >= line.length) return problem(column, 'string without its closing quote');
        if (line[at] === '\\') {
          const escaped = escape(line, at + 1);
          if (escaped === undefined) return problem(at + 1, `unknown escape '\\${line[at + 1] ?? ''}' in a string`);
          value += escaped.character;
          at = escaped.next;
        } else {
          const codePoint = line.codePointAt(at)!;
          value += utf8(codePoint);
          at += codePoint > 0xffff ? 2 : 1;
        }
      }
      at++;
      tokens.push({ kind: 'string', text: value, value: 0, column });
    } else if (character === "'") {
      const escaped = line[at + 1] === '\\' ? escape(line, at + 2) : undefined;
      const value = escaped?.character ?? line[at + 1];
      if (value === undefined || (line[at + 1] === '\\' && escaped === undefined)) return problem(column, 'character constant expected');
      at = escaped?.next ?? at + 2;
      if (line[at] === "'") at++;
      tokens.push({ kind: 'number', text: line.slice(column - 1, at), value: value.charCodeAt(0), column });
    } else {
      const found = PATTERNS.find(([, pattern]) => {
        pattern.lastIndex = at;
        return pattern.test(line);
      });
      if (found === undefined) return problem(column, `unexpected '${character}'${character === ';' ? ' (one statement a line; comments start with @ or //)' : ''}`);
      const [kind, pattern] = found;
      const text = line.slice(at, pattern.lastIndex);
      at = pattern.lastIndex;
      const value = kind === 'number' ? parseInteger(text) : kind === 'float' ? Number(text) : kind === 'local' ? parseInt(text, 10) : 0;
      tokens.push({ kind, text, value, column });
    }
  }
}

/** A position in a list of tokens. */
export class Cursor {
  readonly tokens: readonly Token[];
  at: number;

  constructor(tokens: readonly Token[], at = 0) {
    this.tokens = tokens;
    this.at = at;
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  /** Takes a punctuation token if it stands here. */
  take(text: string): boolean {
    const token = this.peek();
    if (token.kind !== 'punctuation' || token.text !== text) return false;
    this.at++;
    return true;
  }

  /** Takes a word (case does not matter) if it stands here. */
  takeWord(text: string): boolean {
    const token = this.peek();
    if (token.kind !== 'name' || token.text.toLowerCase() !== text.toLowerCase()) return false;
    this.at++;
    return true;
  }

  get column(): number {
    return this.peek().column;
  }

  get done(): boolean {
    return this.peek().kind === 'end';
  }
}

/** What a token is called in an error message. */
export function describe(token: Token): string {
  return token.kind === 'end' ? 'the end of the line' : token.kind === 'string' ? 'a string' : `'${token.text}'`;
}
