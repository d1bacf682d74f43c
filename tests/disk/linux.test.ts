/**
 * Debian's kernel with what the secure world's VMM offers: an ext4 file system on tzblk0, made by mke2fs, written in Linux in a run that a snapshot interrupts, and
 * checked by e2fsck on the host; a megabyte each way through ttyTZ0; bytes from /dev/hwrng. WORLDSWITCH_FULL=1 also compares with the run in one piece.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BlockState } from '../../src/secure/components/index.ts';
import { MemoryStore, Terminal, type BackingStore } from '../../src/secure/index.ts';
import { debian, REQUIRED } from '../boot/worldswitch.ts';
import { linuxImages, linuxWorld, runUntil, type LinuxWorld } from './linux-world.ts';

const FULL = process.env.WORLDSWITCH_FULL === '1';
const MIB = 1 << 20;
const DISK_BYTES = 100 * MIB;
const FILES = 64;
const LINE_BYTES = MIB;
/** Requests take time, so that some are under way at any moment of a transfer. */
const LATENCY_US = 200;

const { guest, skip: noDebian } = await debian();
const tools = ['mke2fs', 'e2fsck', 'debugfs'];
const PATH = `${process.env.PATH ?? ''}:/sbin:/usr/sbin`;
const missing = tools.filter((tool) => spawnSync(tool, ['-V'], { env: { ...process.env, PATH } }).error !== undefined);
if (missing.length > 0 && REQUIRED) throw new Error(`${missing.join(', ')} missing`);
const skip = noDebian !== false ? noDebian : missing.length > 0 ? `${missing.join(', ')} of e2fsprogs missing` : false;

function tool(name: string, args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8', env: { ...process.env, PATH } });
  return { status, output: `${stdout}${stderr}` };
}

/** Bytes that differ from place to place; every value occurs. */
function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let x = seed;
  for (let i = 0; i < length; i++) {
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

/** What file `i` holds: its number in a line, then the megabyte from the second disk. */
const fileOf = (i: number, block: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(`${i}\n`), block]);

const COMMAND = `
set -e
head -c 48 /dev/hwrng | od -An -tx1 | tr -d ' \\n'; echo
echo ready
cat /dev/tzblk1 > /dev/ttyTZ0
mkdir /m
mount -t ext4 /dev/tzblk0 /m
head -c ${LINE_BYTES} /dev/ttyTZ0 > /m/line
i=0
while [ $i -lt ${FILES} ]; do
  { echo $i; cat /dev/tzblk1; } > /m/file$i
  i=$((i + 1))
  [ $i != ${FILES / 2} ] || { sync; echo half; }
done
umount /m
cat /proc/interrupts
`;

interface Line { readonly terminal: Terminal; received(): Uint8Array }

function line(): Line {
  const parts: Uint8Array[] = [];
  return { terminal: new Terminal((bytes) => { parts.push(bytes); }), received: () => Buffer.concat(parts) };
}

test('ext4 through a snapshot, a megabyte each way through ttyTZ0, bytes of /dev/hwrng', { skip }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'disk-'));
  context.after(() => { rmSync(folder, { recursive: true, force: true }); });
  const image = join(folder, 'image');
  writeFileSync(image, new Uint8Array(DISK_BYTES));
  const made = tool('mke2fs', ['-q', '-t', 'ext4', image]);
  assert.equal(made.status, 0, made.output);
  const formatted = new Uint8Array(readFileSync(image));
  const images = await linuxImages(guest!);
  const block = noise(MIB, 1);
  const typed = noise(LINE_BYTES, 2);

  const start = (first: BackingStore): { world: LinuxWorld; line: Line } => {
    const serial = line();
    const world = linuxWorld({ images, command: COMMAND, host: { disks: [{ store: first, latencyUs: LATENCY_US }, { store: MemoryStore.of(block), readOnly: true }], terminal: serial.terminal } });
    return { world, line: serial };
  };
  const store = MemoryStore.of(formatted);
  const { world, line: serial } = start(store);
  const said = (): string => `${world.boot().slice(-1500)}\n${world.output().slice(-1500)}\n${world.log.slice(-10).join('\n')}`;
  runUntil(world, () => world.output().includes('ready\n'));
  serial.terminal.type(typed);
  runUntil(world, () => world.output().includes('half\n'));
  assert.equal(world.status(), undefined, said());
  assert.match(world.output(), /^[0-9a-f]{96}\nready\nhalf\n/);
  const random = world.output().slice(0, 96);
  assert.ok(new Set(random.match(/../g)).size > 24, `bytes of /dev/hwrng: ${random}`);
  assert.deepEqual(digest(serial.received()), digest(block), 'what ttyTZ0 sent');

  // Into the writes of the second half, to a moment at which requests are under way.
  const disk = (): BlockState => world.system.kernel.state.contexts.find(({ name }) => name === 'block0')!.component as BlockState;
  const from = disk().writes;
  runUntil(world, () => disk().writes > from + 20 && disk().queued.length > 0, 60e9, 20_000);
  assert.ok(disk().queued.some(({ write }) => write), 'a write is queued');
  assert.equal(world.status(), undefined, said());
  const snapshot = structuredClone(world.system.save());
  const atSnapshot = digest(store.read(0, DISK_BYTES));
  // This run goes on; what it does must not be in the other one.
  runUntil(world, () => disk().writes > from + 60, 60e9, 20_000);
  assert.notEqual(digest(store.read(0, DISK_BYTES)), atSnapshot);

  const other = new MemoryStore({ size: DISK_BYTES });
  const { world: resumed } = start(other);
  resumed.system.load(snapshot);
  assert.equal(digest(other.read(0, DISK_BYTES)), atSnapshot);
  // The command's begin mark was in the other console: its output is all of the stream now.
  runUntil(resumed, () => /end;\d+/.test(resumed.boot()));
  assert.match(resumed.boot(), /end;0/, resumed.boot().slice(-1500));
  assert.match(resumed.boot(), /tzblk0/);
  writeFileSync(image, other.read(0, DISK_BYTES));
  const checked = tool('e2fsck', ['-fn', image]);
  assert.equal(checked.status, 0, checked.output);
  assert.doesNotMatch(checked.output, /recover|orphan|error/i);
  mkdirSync(join(folder, 'out'));
  const dumped = tool('debugfs', ['-R', `rdump / ${join(folder, 'out')}`, image]);
  assert.equal(dumped.status, 0, dumped.output);
  assert.equal(readdirSync(join(folder, 'out')).filter((name) => name.startsWith('file')).length, FILES);
  for (let i = 0; i < FILES; i++) assert.equal(digest(readFileSync(join(folder, 'out', `file${i}`))), digest(fileOf(i, block)), `file${i}`);
  assert.equal(digest(readFileSync(join(folder, 'out', 'line'))), digest(typed), 'what ttyTZ0 received');

  if (!FULL) return;
  runUntil(world, () => false);
  assert.equal(world.status(), 0, said());
  assert.equal(digest(store.read(0, DISK_BYTES)), digest(other.read(0, DISK_BYTES)), 'the run in one piece');
});

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
