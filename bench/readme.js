// `npm run docs:bench`: measures, and writes the numbers into the README's block. Takes bench's flags (--coremark PATH, --rounds N), or with --from FILE what
// `worldswitch bench --json` told before. To be run on a computer with nothing else to do.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readmeBlock } from '../dist/cli/bench/readme.js';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const args = process.argv.slice(2);
let told;
if (args[0] === '--from') {
  told = readFileSync(args[1], 'utf8');
} else {
  const run = spawnSync(process.execPath, [path('bin/worldswitch.js'), 'bench', '--against', 'qemu', '--json', ...args], { encoding: 'utf8', stdio: ['ignore', 'inherit', 'pipe'] });
  told = run.stderr;
  if (run.status !== 0) {
    process.stderr.write(told);
    process.exit(run.status ?? 1);
  }
}
const result = JSON.parse(told.trim().split('\n').at(-1));
if (result.load > 0.6) process.stderr.write(`worldswitch: the computer was busy (load ${result.load.toFixed(1)}): these numbers are too low\n`);
writeFileSync(path('README.md'), readmeBlock(readFileSync(path('README.md'), 'utf8'), result));
