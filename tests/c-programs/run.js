// Compiles the C programs of this folder for the Cortex-A8 in every combination of instruction set, float ABI and optimisation, runs each under `worldswitch exec` and under
// qemu-arm, and compares output, errors and status. Each runs in the tier `auto`, every other one with the threaded or the region tier forced, too; of what a forced tier
// is given in all programs it may leave 2 % to others, otherwise the suite fails and tells the causes.
//
//     node tests/c-programs/run.js [--only NAME] [--tier T] [--jobs N]
//
// Needs arm-none-eabi-gcc with newlib (Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi) and qemu-arm (qemu-user); says so and passes where one is missing, unless
// WORLDSWITCH_REQUIRE_TOOLS is set.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const folder = fileURLToPath(new URL('.', import.meta.url));
const command = fileURLToPath(new URL('../../bin/worldswitch.js', import.meta.url));
const { values: flags } = parseArgs({ options: { only: { type: 'string' }, tier: { type: 'string' }, jobs: { type: 'string' } } });

/** What a program is started with; nothing else needs arguments or input. */
const ARGUMENTS = { arguments: ['17', 'second', '--third'] };
const INPUT = { arguments: 'several words\non two lines and\none without an end' };

const variants = [];
for (const set of ['arm', 'thumb']) {
  for (const float of ['soft', 'hard']) {
    for (const level of ['O0', 'O1', 'O2', 'O3']) variants.push({ name: `${set} ${float} ${level}`, options: [`-m${set}`, `-mfloat-abi=${float}`, `-${level}`] });
  }
}

function run(file, args, { cwd, input = '' }) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, stdio: 'pipe' });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('latin1').on('data', (text) => { out.stdout += text; });
    child.stderr.setEncoding('latin1').on('data', (text) => { out.stderr += text; });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (status, signal) => { resolve({ ...out, status: signal ?? status }); });
  });
}

async function missingTool() {
  for (const tool of ['arm-none-eabi-gcc', 'qemu-arm']) {
    const found = await new Promise((resolve) => { execFile(tool, ['--version'], (error) => { resolve(error?.code !== 'ENOENT'); }); });
    if (!found) return tool;
  }
  return undefined;
}

async function one(program, variant, forced, work) {
  const elf = join(work, `${program}.elf`);
  mkdirSync(work, { recursive: true });
  const compiled = await run('arm-none-eabi-gcc', ['-specs=rdimon.specs', '-mcpu=cortex-a8', '-mfpu=neon', ...variant.options, '-Wall', '-Wextra', '-Werror',
    join(folder, `${program}.c`), '-o', elf, '-lm'], { cwd: work });
  if (compiled.status !== 0) return `does not compile: ${compiled.stderr}`;
  const args = ARGUMENTS[program] ?? [];
  const input = INPUT[program] ?? '';
  const expected = await run('qemu-arm', ['-cpu', 'cortex-a8', elf, ...args], { cwd: work, input });
  for (const tier of flags.tier !== undefined ? [flags.tier] : forced === undefined ? ['auto'] : ['auto', forced]) {
    const got = await run(process.execPath, [command, 'exec', '--flat', '--semihosting', '--limit', '2G', '--tier', tier, '--stats', '--json', elf, '--', ...args], { cwd: work, input });
    // The last line of stderr is the command's report.
    const end = got.stderr.lastIndexOf('\n', got.stderr.length - 2) + 1;
    const report = got.stderr.slice(end);
    got.stderr = got.stderr.slice(0, end);
    for (const field of ['status', 'stdout', 'stderr']) {
      if (got[field] !== expected[field]) return `tier ${tier}: ${field} differs\n--- qemu-arm (status ${expected.status})\n${difference(expected[field], got[field])}--- worldswitch (status ${got.status})\n${got.stderr}${report}`;
    }
    addShares(tier, JSON.parse(report));
  }
  return undefined;
}

/** What forced tiers executed: instructions in all, elsewhere, and of those that the evaluate tier had, how many by cause and instruction. */
const shares = new Map();
const ELSEWHERE_LIMIT = 0.02;

function addShares(tier, { instructions, region, threaded, evaluated }) {
  if (tier !== 'threaded' && tier !== 'region') return;
  if (!shares.has(tier)) shares.set(tier, { instructions: 0, elsewhere: 0, causes: new Map() });
  const sum = shares.get(tier);
  sum.instructions += instructions;
  sum.elsewhere += instructions - (tier === 'region' ? region : threaded);
  for (const { cause, instruction, count } of evaluated) {
    const name = `${cause} ${instruction}`;
    sum.causes.set(name, (sum.causes.get(name) ?? 0) + count);
  }
}

/** Whether a forced tier left too much to others; tells it. */
function leavesTooMuch(tier, { instructions, elsewhere, causes }) {
  const list = [...causes].sort((a, b) => b[1] - a[1]).slice(0, 10).map(([name, count]) => `${count} ${name}`).join(', ');
  const bad = elsewhere > instructions * ELSEWHERE_LIMIT;
  console.log(`${bad ? '✖' : '✔'} tier ${tier}: ${(elsewhere / instructions * 100).toFixed(2)} % of ${instructions} instructions elsewhere${list === '' ? '' : `: ${list}`}`);
  return bad;
}

/** The first lines that differ. */
function difference(expected, got) {
  const [a, b] = [expected, got].map((value) => String(value).split('\n'));
  const at = a.findIndex((line, i) => line !== b[i]);
  return `line ${at + 1}: expected ${JSON.stringify(a[at])}\n          got ${JSON.stringify(b[at])}\n`;
}

const missing = await missingTool();
if (missing !== undefined) {
  console.log(`skipped: ${missing} is missing (Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-user)`);
  process.exit(process.env.WORLDSWITCH_REQUIRE_TOOLS === undefined ? 0 : 1);
}
const programs = readdirSync(folder).filter((name) => name.endsWith('.c')).map((name) => name.slice(0, -2)).filter((name) => flags.only === undefined || name === flags.only);
const work = mkdtempSync(join(tmpdir(), 'c-programs-'));
const queue = programs.flatMap((program, p) => variants.map((variant, v) => ({ program, variant, forced: v % 2 !== 0 ? undefined : (p + v / 2) % 2 === 0 ? 'threaded' : 'region' })));
const failures = new Map(programs.map((program) => [program, 0]));
await Promise.all(Array.from({ length: Number(flags.jobs ?? availableParallelism()) }, async () => {
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
    const { program, variant, forced } = job;
    const problem = await one(program, variant, forced, join(work, `${program} ${variant.name}`.replaceAll(' ', '-')));
    if (problem === undefined) continue;
    failures.set(program, failures.get(program) + 1);
    console.log(`✖ ${program} (${variant.name}): ${problem}`);
  }
}));
rmSync(work, { recursive: true, force: true });
for (const [program, failed] of failures) console.log(`${failed === 0 ? '✔' : '✖'} ${program}: ${variants.length - failed} of ${variants.length} variants agree with qemu-arm`);
const tooMuch = [...shares].map(([tier, sum]) => leavesTooMuch(tier, sum)).includes(true);
process.exit(tooMuch || [...failures.values()].some((failed) => failed > 0) ? 1 : 0);
