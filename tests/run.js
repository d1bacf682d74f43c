// Runs every *.test.ts beside the sources and the checks of the sources themselves (or the files and folders named as arguments) under Node's test runner.
// The files are listed here because Node 20 finds no TypeScript tests by itself and would exit green.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const named = process.argv.slice(2);
const files = (named.length > 0 ? named : ['src', 'tests/checks']).flatMap((path) => (!statSync(path).isDirectory() ? [path]
  : readdirSync(path, { recursive: true }).filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules')).map((name) => join(path, name)).sort()));
if (files.length === 0) {
  console.error('no test files found');
  process.exit(1);
}
const run = spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=spec', ...files], { stdio: 'inherit' });
process.exit(run.status ?? 1);
