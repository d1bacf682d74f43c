import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** Lowest first: a floor imports from those before it. */
const FLOORS = ['wasm', 'registers', 'isa', 'cpu', 'soc', 'normal', 'secure', 'host', 'cli'] as const;
/** The library's face: files of src itself. They stand on everything that needs neither Node nor the DOM. */
const FACE = 'face';
const HEIGHTS: readonly string[] = ['wasm', 'registers', 'isa', 'cpu', 'soc', 'normal', 'secure', FACE, 'host', 'cli'];
/** The floors that see Node. */
const SEES_NODE = new Set<string>(['host', 'cli']);

const floorOf = (path: string): string => {
  const [first, ...rest] = relative(src, path).split(sep);
  return rest.length === 0 && first!.endsWith('.ts') ? FACE : first!;
};
const heightOf = (floor: string): number => HEIGHTS.indexOf(floor);
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(src, name));
const isTest = (path: string): boolean => /\.(test|testing)\.ts$/.test(path);

/** What a file imports, statically or not, with its line. */
function importsOf(path: string): { readonly specifier: string; readonly line: number }[] {
  // Comments may show imports; line numbers stay.
  const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
  return [...text.matchAll(/(?:^|[\s;}])(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g)]
    .filter((match) => /^(?:\.{1,2}\/|node:|[a-z@])/.test(match[2]!))
    .map((match) => ({ specifier: match[2]!, line: text.slice(0, match.index).split('\n').length }));
}

test('every folder of src is a floor with a public face and a project of its own', () => {
  const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(folders.sort(), [...FLOORS].sort());
  for (const floor of FLOORS) {
    const names = readdirSync(join(src, floor));
    assert.ok(names.includes('index.ts') && names.includes('tsconfig.json'), floor);
  }
});

test('no floor imports from a floor above it', () => {
  const wrong: string[] = [];
  let crossings = 0;
  for (const path of sources) {
    if (isTest(path)) continue;
    for (const { specifier, line } of importsOf(path)) {
      if (!specifier.startsWith('.')) continue;
      const target = floorOf(join(dirname(path), specifier));
      if (target === floorOf(path)) continue;
      crossings++;
      if (heightOf(target) < 0 || heightOf(target) > heightOf(floorOf(path))) wrong.push(`${relative(src, path)}:${line}: ${specifier}`);
    }
  }
  assert.ok(crossings > 20, `only ${crossings} imports between floors found: the pattern misses them`);
  assert.deepEqual(wrong, []);
});

test('the projects reference floors below them, and no project sees Node or the DOM but those meant to', () => {
  for (const floor of FLOORS) {
    const config = JSON.parse(readFileSync(join(src, floor, 'tsconfig.json'), 'utf8')) as {
      compilerOptions: { lib?: string[]; types?: string[] }; references?: { path: string }[];
    };
    for (const { path } of config.references ?? []) assert.ok(heightOf(floorOf(join(src, floor, path))) < heightOf(floor), `${floor} references ${path}`);
    if (SEES_NODE.has(floor)) continue;
    assert.deepEqual(config.compilerOptions.types ?? [], [], `types of ${floor}`);
    assert.deepEqual(config.compilerOptions.lib ?? ['ES2023'], ['ES2023'], `lib of ${floor}`);
  }
});

test('only the upper floors import Node or a package', () => {
  const wrong: string[] = [];
  for (const path of sources) {
    if (isTest(path) || SEES_NODE.has(floorOf(path))) continue;
    for (const { specifier, line } of importsOf(path)) if (!specifier.startsWith('.')) wrong.push(`${relative(src, path)}:${line}: ${specifier}`);
  }
  assert.deepEqual(wrong, []);
});

test('the thread that starts a machine loads none itself: neither the instruction set nor the CPU, which take time and memory', () => {
  for (const command of ['boot', 'exec']) {
    const loaded = new Set([join(src, 'cli', 'commands', `${command}.ts`)]);
    for (const path of loaded) {
      for (const [, specifier] of readFileSync(path, 'utf8').matchAll(/^(?:im|ex)port (?!type )(?:[^'"]* from )?'(\.[^']+)'/gm)) loaded.add(join(dirname(path), specifier!));
    }
    const names = [...loaded].map((path) => relative(src, path));
    assert.ok(names.includes(join('cli', 'run', 'session.ts')), names.join(' '));
    assert.deepEqual(names.filter((name) => ['isa', 'wasm'].includes(floorOf(join(src, name))) || name === join('cpu', 'core.ts')), [], command);
  }
});
