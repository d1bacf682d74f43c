/** Debian's unmodified kernel in the normal world, through the command. (Prompt, power-off and what the kernel says of itself: tests/boot/secure.test.ts.) */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { debian, ROOT, run, worldswitch } from '../boot/worldswitch.ts';

const { skip } = await debian();

test('--run: a command in Linux\'s shell; its status is ours; the kernel found PSCI', { skip }, async () => {
  const { status, stdout, stderr } = await worldswitch(['boot', '--stats', '--run', 'cat /proc/cpuinfo; dmesg; exit 5']);
  assert.equal(status, 5, stderr);
  assert.match(stdout, /^Hardware\s+: Freescale i\.MX53/m);
  assert.match(stdout, /psci: PSCIv1\.1 detected in firmware\./);
  assert.match(stderr, /^secure │ vmm +zImage .* at 0x80008000, dtb .* at 0x88000000, initrd/m);
  assert.match(stderr, /^ +0x84000000 +PSCI_VERSION +vmm +[1-9]/m);
});

test('without Debian\'s packages the embedded guest takes its place, and a line says why', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'no-debian-'));
  context.after(() => { rmSync(folder, { recursive: true, force: true }); });
  const command = `XDG_CACHE_HOME='${folder}' PATH='${folder}' '${process.execPath}' '${join(ROOT, 'bin/worldswitch.js')}'`;
  const { status, stdout, stderr } = await run('/bin/sh', ['-c', `${command} boot`], 'poweroff\n');
  assert.equal(status, 0, stderr);
  assert.match(stderr, /worldswitch: no Linux, so the embedded guest takes its place: [^\n]*apt-get[^\n]*\n/);
  assert.match(stdout, /mini> poweroff/);
  const asked = await run('/bin/sh', ['-c', `${command} boot --guest linux`]);
  assert.equal(asked.status, 2);
  assert.match(asked.stderr, /^worldswitch: Debian's kernel: [^\n]*\n$/m);
});
