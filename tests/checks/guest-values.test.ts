import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { checkGuestValues, programOf } from './guest-values.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What must be refused: the name is what the finding says, the code stands in a function with a, b: W32, w: W64, c: Bool, f: Float, v: Vec, p: Place, r: Reg, i: Imm. */
const REFUSED: readonly (readonly [message: string, code: string])[] = [
  ['condition of if on W32', 'if (a) o.raise("undefined");'],
  ['condition of if on Bool', 'if (c) o.raise("undefined");'],
  ['condition of if on Float', 'if (f) o.raise("undefined");'],
  ['condition of if on W32', 'const maybe: W32 | undefined = a; if (maybe) o.raise("undefined");'],
  ['condition of ?: on Bool', 'return c ? a : b;'],
  ['condition of while on W32', 'while (a) a = o.sub(a, b);'],
  ['condition of do on W64', 'do { w = o.add64(w, w); } while (w);'],
  ['condition of for on Bool', 'for (; c;) o.hint("nop");'],
  ['switch on W32', 'switch (a) { default: return b; }'],
  ['case on W32', 'const any: unknown = 1; switch (any) { case a: return b; }'],
  ['operator ! on W32', 'return !a;'],
  ['operator ! on Bool', 'return !c;'],
  ['operator - on W32', 'return -a;'],
  ['operator + on W32', 'return +a;'],
  ['operator ~ on W32', 'return ~a;'],
  ['operator ++ on W32', 'a++;'],
  ['operand of && on Bool', 'return c && a;'],
  ['operand of && on Vec', 'return v && a;'],
  ['operand of || on W32', 'return a || b;'],
  ['operand of &&= on W32', 'a &&= b;'],
  ['operand of ||= on W32', 'a ||= b;'],
  ['condition of if on Bool', 'const flag = 1 + 1 === 2; if (flag && c) o.raise("undefined");'],
  ['comparison === on W32', 'return a === b;'],
  ['comparison === on Place', 'return p === p;'],
  ['comparison === on Reg', 'return r === r;'],
  ['comparison !== on Bool', 'return c !== c;'],
  ['comparison == on Float', 'return f == f;'],
  ['comparison != on W64', 'return w != w;'],
  ['comparison < on W32', 'return a < b;'],
  ['comparison <= on W32', 'return a <= b;'],
  ['comparison > on Vec', 'return v > v;'],
  ['comparison >= on Imm', 'return i >= i;'],
  ['operator + on W32', 'return a + b;'],
  ['operator + on W32', 'return a + "text";'],
  ['operator >>> on W32', 'return a >>> 1;'],
  ['operator += on W32', 'let text = ""; text += a; return text;'],
  ['operator in on W32', 'return a in {};'],
  ['operator instanceof on W32', 'return a instanceof Object;'],
  ['template on W32', 'return `${a}`;'],
  ['typeof on W32', 'return typeof a;'],
  ['index on W32', 'return [1, 2][a];'],
  ['argument of Boolean on Bool', 'return Boolean(c);'],
  ['argument of Number on W32', 'return Number(a);'],
  ['argument of String on W32', 'return String(a);'],
  ['argument of is on W32', 'return Object.is(a, 0);'],
  ['argument of includes on W32', 'return [a].includes(b);'],
  ['result of a callback of some on Bool', 'return [a, b].some((x) => o.eq(x, b));'],
  ['result of a callback of filter on Bool', 'return [a, b].filter((x) => o.eq(x, b));'],
  ['assertion to another type on W32', 'return (a as unknown) === 0;'],
  ['assertion to another type on Bool', 'return c as never;'],
];

/** What bodies do with guest values, and may. */
const ALLOWED: readonly string[] = [
  'return o.add(a, b);',
  'const flag = 1 + 1 === 2; return flag ? a : b;',
  'const maybe: W32 | undefined = a; if (maybe === undefined) return b; return maybe;',
  'const maybe: W32 | undefined = a; return maybe ?? b;',
  'if (o.isPC(r)) return a; if (o.aborted(p)) return b;',
  'return [a, b].map((x) => o.not(x));',
  '[r].some((x) => o.isPC(x)); const list: W32[] = []; list.push(a); return list;',
  'a = b; return (a as W32);',
  'return o.select(c, a, b);',
];

function fixture(code: string): string {
  return 'import type { Bool, Imm, Ops, Place, Reg, W32, W64 } from "../index.ts"; import type { Float, Vec } from "../vector-ops.ts";\n'
    + `export function body(o: Ops, a: W32, b: W32, w: W64, c: Bool, f: Float, v: Vec, p: Place, r: Reg, i: Imm): unknown {\n${code}\nreturn [o, a, b, w, c, f, v, p, r, i];\n}\n`;
}

const virtual = new Map<string, string>();
const pathOf = (kind: string, index: number): string => join(root, `src/isa/bodies/fixture-${kind}-${index}.ts`);
REFUSED.forEach(([, code], index) => { virtual.set(pathOf('refused', index), fixture(code)); });
ALLOWED.forEach((code, index) => { virtual.set(pathOf('allowed', index), fixture(code)); });

const folders = ['src/isa/bodies', 'src/isa/rows'];
const sources = [
  join(root, 'src/isa/pseudocode.ts'),
  ...folders.flatMap((folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).map((name) => join(root, folder, name))),
];
const scope = new Set([...sources, ...virtual.keys()]);
const program = programOf(sources, virtual);
const findings = checkGuestValues(program, (file) => scope.has(file));

test('no body asks a guest value for its truth, compares it, or hands it out', () => {
  assert.ok(sources.length > 20, `only ${sources.length} files: the folders have moved`);
  assert.deepEqual(findings.filter(({ file }) => !virtual.has(file)).map(({ file, line, message }) => `${file.slice(root.length)}:${line}: ${message}`), []);
});

test('the types reach the checker: bodies use guest values', () => {
  // An import that failed to resolve would make every type `any`, and every check pass.
  for (const file of sources) {
    const problems = program.getSemanticDiagnostics(program.getSourceFile(file)!);
    assert.deepEqual(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')), [], file);
  }
});

REFUSED.forEach(([message, code], index) => {
  test(`refused: ${code}`, () => {
    const found = findings.filter(({ file }) => file === pathOf('refused', index));
    assert.deepEqual(found.map((finding) => finding.message).filter((text) => text === message), [message], JSON.stringify(found));
    // The line of the code, not one of the frame around it.
    assert.ok(found.every(({ line }) => line === 3));
  });
});

ALLOWED.forEach((code, index) => {
  test(`allowed: ${code}`, () => {
    assert.deepEqual(findings.filter(({ file }) => file === pathOf('allowed', index)), []);
  });
});
