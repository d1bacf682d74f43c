/** A kernel that is handed ATAGs: Debian's, with its device tree appended to the zImage, takes memory, command line and RAM disk from them (CONFIG_ARM_ATAG_DTB_COMPAT). */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { debian, worldswitch } from './worldswitch.ts';

const { guest, skip } = await debian();

test('Debian\'s kernel with an appended tree boots by ATAGs alone', { skip }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'atags-'));
  context.after(() => { rmSync(folder, { recursive: true, force: true }); });
  const kernel = join(folder, 'zimage-dtb');
  writeFileSync(kernel, Buffer.concat([guest!.vmlinuz.bytes, guest!.dtb.bytes]));
  const { status, stdout, stderr } = await worldswitch(['boot', '--bare', '--kernel', kernel, '--atags', '--append', 'by=atags', '--run', 'cat /proc/cmdline; grep MemTotal /proc/meminfo']);
  assert.equal(status, 0, stderr.slice(-2000));
  assert.match(stdout, /^console=ttymxc0,115200 by=atags$/m);
  // Both banks of 512 MiB, less what the kernel keeps.
  const memory = Number(/^MemTotal: +(\d+) kB$/m.exec(stdout)?.[1]);
  assert.ok(memory > 980_000 && memory < 1_048_576, stdout);
});

test('--atags is for a kernel without a tree of its own', async () => {
  const { status, stderr } = await worldswitch(['boot', '--bare', '--atags']);
  assert.equal(status, 2);
  assert.match(stderr, /^worldswitch: --atags is for a kernel without a device tree: with --kernel, and without --dtb\n$/);
});
