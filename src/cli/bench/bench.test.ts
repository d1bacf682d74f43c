import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readElf } from '../../normal/index.ts';
import { runBare } from './bare.ts';
import { benchTable } from './table.ts';
import { coreMark } from './coremark.ts';
import { KERNELS, makeKernel } from './kernels.ts';
import { benchArchive, MarkFinder, part, staticElf } from './linux.ts';
import { median, spend } from './measure.ts';
import { readmeBlock } from './readme.ts';

test('the middle one of the values', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([5]), 5);
});

test('a program that fails or is not there is an error, and what it used is told', () => {
  assert.throws(() => spend([process.execPath, '-e', 'process.exit(3)']), /ended with 3/);
  const { seconds, processor } = spend([process.execPath, '-e', 'for (const end = Date.now() + 300; Date.now() < end;);']);
  assert.ok(seconds >= 0.3);
  assert.ok(processor > 0.05 && processor < 5, `${processor}`);
});

test('marks are found on a console, and parts between them', () => {
  const marks: { name: string; seconds: number; processor: number }[] = [];
  const finder = new MarkFinder((name) => { marks.push({ name, seconds: marks.length * 2, processor: marks.length }); });
  for (const byte of Buffer.from('[    0.1] Linux\r\n\r\n<bench init>\r\n<bench sys\r\n<bench syscalls>\r\nx <bench end>\n<bench over>')) finder.push(byte);
  assert.deepEqual(marks.map(({ name }) => name), ['init', 'syscalls', 'end']);
  assert.deepEqual(part(marks, 'syscalls')?.spent, { seconds: 2, processor: 1 });
  assert.equal(part(marks, 'switches'), undefined);
});

test('the static ELF file is one for a reader of ELF files, and the archive has it', () => {
  const code = Uint8Array.of(1, 2, 3, 4);
  const result = readElf(staticElf(code));
  assert.ok(result.ok);
  const [segment] = result.image.segments;
  assert.deepEqual([segment!.vaddr, segment!.executable, result.image.entry], [0x10000, true, 0x10054]);
  assert.deepEqual([...segment!.bytes.subarray(0x54)], [...code]);
  const archive = Buffer.from(benchArchive(Uint8Array.of(0x55))).toString('latin1');
  for (const name of ['init\0', 'program\0', 'dev/console\0', '<bench syscalls>']) assert.ok(archive.includes(name), name);
});

test('every kernel in assembly runs to its end', () => {
  for (const kernel of KERNELS.filter(({ defines, system }) => defines === undefined && system !== true)) {
    const { stats } = runBare(kernel.name, makeKernel(kernel, 0x70000000, 3, ''), 'threaded');
    assert.ok(stats.instructions > 1000, kernel.name);
  }
});

test('what is no CoreMark is refused', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  context.after(() => { rmSync(folder, { recursive: true, force: true }); });
  writeFileSync(join(folder, 'text'), 'text');
  assert.throws(() => coreMark(folder), /the folder has no core_main\.c/);
  assert.throws(() => coreMark(join(folder, 'text')), /neither CoreMark's source folder nor an ELF file/);
  assert.throws(() => coreMark(join(folder, 'missing')), /missing: no such file/);
});

const RESULT = {
  rows: [
    { name: 'world switch and back', unit: 'round trips', ours: 1234567, qemu: 123456, ratio: 10, ratioProcessor: 9.5, mips: 55, inRegions: 0.5, evaluated: 0.25 },
    { name: 'SMC to an unprivileged handler and back', unit: 'calls', ours: 400_000 },
    { name: 'start-up: boot --help', unit: 's', ours: 0.0931 },
    { name: 'Linux: kernel start to /init', unit: 's', ours: 6.25, qemu: 3.125, ratio: 0.5, ratioProcessor: 0.6 },
  ],
  notes: ['one thing is left out'], memory: { resident: 300e6, touched: 40e6 },
};

test('the table has rates, times and ratios', () => {
  const lines = benchTable(RESULT, true).split('\n');
  assert.match(lines[1]!, /^world switch and back +round trips +1,234,567 +123,456 +10\.00 +9\.50 +55 +50\.0 % +25\.0 %$/);
  assert.match(lines[3]!, /0\.093 s +- +- +-/);
  assert.match(lines[4]!, /6\.250 s +3\.125 s +0\.50 +0\.60/);
  assert.deepEqual(lines.slice(5), ['Linux: at most 300 MB resident, of which 40 MB are the guest\'s own', 'one thing is left out']);
});

test('the README\'s block is made of a bench\'s result', () => {
  const readme = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n';
  const text = readmeBlock(readme, { ...RESULT, rounds: 3, load: 0.1, qemu: 'qemu-system-arm -M x' });
  assert.match(text, /^before\n<!-- bench -->\n[^]*\n<!-- \/bench -->\nafter\n$/);
  assert.doesNotMatch(text, /old/);
  assert.match(text, /\| world switches through the monitor alone, and back, a second \| 1,234,567 \| 10\.0 times \|/);
  assert.match(text, /\| Debian's kernel from its start to \/init \| 6\.3 s \| 0\.50 times \|/);
  assert.throws(() => readmeBlock('no block', { ...RESULT, rounds: 3, load: 0 }), /no block/);
  assert.equal(readmeBlock(text, { ...RESULT, rounds: 3, load: 0.1, qemu: 'qemu-system-arm -M x' }), text);
});
