/** docs/emulation.md as it stands, and the scenarios that the product brings, by the command. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { debian, worldswitch } from '../boot/worldswitch.ts';
import { missingLine, shell, transcriptOf } from '../secure-boot/transcript.ts';

const steps = transcriptOf(readFileSync(new URL('../../docs/emulation.md', import.meta.url), 'utf8'));
const { skip } = await debian();

test('the document has its commands', () => { assert.equal(steps.length, 1); });

for (const { command, lines } of steps) {
  test(command, async () => {
    const { text } = await shell(command);
    assert.equal(missingLine(text, lines), undefined, text);
  });
}

test('--scenario two: a second VM beside the embedded guest', async () => {
  const { status, stdout, stderr } = await worldswitch(['boot', '--guest', 'mini', '--scenario', 'two', '--run', 'banks 10 3000000; read 0x78008000; echo first']);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /banks: ok[^]*data abort[^]*reading 0x78008000[^]*first/);
  assert.match(stderr, /^UART2 │ the second VM$[^]*^UART2 │ banks: ok[^]*^UART2 │ done$/m);
  assert.match(stderr, /VM "second": power off/);
});

test('--scenario two: Linux in one VM, the embedded guest in the other', { skip }, async () => {
  const { status, stdout, stderr } = await worldswitch(['boot', '--scenario', 'two', '--run', 'cat /proc/iomem; sleep 1; exit 7']);
  assert.equal(status, 7, stderr);
  assert.match(stdout, /^b0000000-bfffffff : System RAM/m);
  assert.match(stderr, /^UART2 │ .*the second VM$[^]*^UART2 │ banks: ok[^]*^UART2 │ done$/m);
});

test('--aborts board and emulated devices do not go together; a scenario\'s name that is none', async () => {
  const devices = await worldswitch(['boot', '--guest', 'mini', '--aborts', 'board', '--scenario', 'examples/device/tally.ts', '--run', 'echo no']);
  assert.equal(devices.status, 2);
  assert.match(devices.stderr, /tally\.ts: device tally cannot be emulated: aborts are imprecise[^\n]*\n$/);
  const none = await worldswitch(['boot', '--guest', 'mini', '--scenario', 'twice']);
  assert.equal(none.status, 2);
  assert.match(none.stderr, /^worldswitch: twice: no such file[^\n]*\n$/);
});

test('--aborts board: a refused access is an imprecise abort of the normal world', async () => {
  const { status, stdout, stderr } = await worldswitch(['boot', '--guest', 'mini', '--aborts', 'board', '--run', 'write 0x70001000 1; echo alive']);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /DFSR 0x00001406/);
  assert.match(stdout, /alive/);
  assert.match(stderr, /data abort at .*, (read|write), address unknown: imprecise external abort \(0x00001406\); given back to the VM/);
});
