/** Linux's VMM is stopped, and Linux comes again: on devices as the last one left them. Two boots, so only in the full check. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { appendArchive, buildInitramfs, runArchive } from '../../src/normal/index.ts';
import { QSB_SECURE } from '../../src/secure/index.ts';
import { createScenarioSystem } from '../../src/secure/scenario.ts';
import { prepareLinux } from '../../src/secure/vmm/index.ts';
import { Machine } from '../../src/soc/index.ts';
import { debian } from '../boot/worldswitch.ts';
import { FULL, SOURCES } from './world.ts';

const { guest, skip } = FULL ? await debian() : { guest: undefined, skip: 'WORLDSWITCH_FULL=1 runs it' };

test('Linux begins anew where its VMM was stopped', { skip }, () => {
  let said = '';
  const machine = new Machine({ onTransmit: (uart, byte, secure) => { if (uart === 1 && !secure) said += String.fromCharCode(byte); } });
  machine.applyHandover();
  const init = readFileSync(new URL('../../guest/linux/init', import.meta.url), 'utf8');
  const prepared = prepareLinux({
    kernel: guest!.vmlinuz.bytes, dtb: guest!.dtb.bytes, append: 'console=ttymxc0,115200', partition: QSB_SECURE,
    initrd: appendArchive(buildInitramfs({ busybox: guest!.busybox.bytes, init }), runArchive('echo up; sleep 2; echo slept; sleep 100000')),
  });
  assert.ok(prepared.ok, prepared.ok ? '' : prepared.error);
  const log: string[] = [];
  const { system } = createScenarioSystem({
    machine, label: 'linux', boot: prepared.boot, scenario: { guest: { restart: { times: 1, withinUs: 1e9 } } }, sources: SOURCES, log: (who, line) => { log.push(`${who} ${line}`); },
  });
  for (let boot = 0; boot < 2; boot++) {
    said = '';
    const limit = machine.core.count + 20e9;
    while (!said.includes('slept') && machine.core.count < limit) system.run(5_000_000);
    assert.match(said, /Linux version[^]*up\n[^]*slept\n/, `boot ${boot}`);
    if (boot === 0) system.kill('vmm');
  }
  assert.ok(log.some((line) => /component "vmm" is started again/.test(line)), log.join('\n'));
});
