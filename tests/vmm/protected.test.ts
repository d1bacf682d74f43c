/**
 * The scenario `protected` with Debian's kernel: it boots, its clock is right, and what stops the secure timer on the open board is refused. The control is the same
 * command on the open board.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { appendArchive, buildInitramfs, RunFilter, runArchive } from '../../src/normal/index.ts';
import { QSB_SECURE } from '../../src/secure/index.ts';
import { createScenarioSystem, type Scenario } from '../../src/secure/scenario.ts';
import { PROTECTED } from '../../src/secure/scenarios/protected.ts';
import { prepareLinux } from '../../src/secure/vmm/index.ts';
import { Machine } from '../../src/soc/index.ts';
import { debian } from '../boot/worldswitch.ts';
import { contextOf, SOURCES } from './world.ts';

const { guest, skip } = await debian();
const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const EPIT1_CR = 0x53fac000;
const CCGR2 = 0x53fd4070;
/** CCGR2's gates of the GPT, which Linux would miss itself. */
const GPT_GATES = 0x003c0000;
const CBCDR = 0x53fd4014;
const DPLL2_CTL = 0x63f84000;

/** Lines `mark NAME` are stamped with virtual time. The gates of EPIT1, then EPIT1 itself. */
const ATTACKS = [
  'echo mark clock $(cat /proc/uptime)', 'sleep 20', 'echo mark clocked $(cat /proc/uptime)',
  `devmem ${CCGR2} 32 0xffffffc3; echo ccgr $?`, 'echo mark gated', 'sleep 2', 'echo mark ungated', `devmem ${CCGR2} 32 0xffffffff`,
  `devmem ${EPIT1_CR} 32 0; echo epit $?`, 'echo mark attacked', 'sleep 3', 'echo mark end',
];
/** What would stop the clocks of both timers on the open board. */
const WORSE = [`devmem ${CCGR2} 32 ${GPT_GATES}; echo all $?`, `devmem ${CBCDR} 32 0x00899945; echo cbcdr $?`, `devmem ${DPLL2_CTL} 32 0; echo dpll $?`, 'echo mark worse', 'sleep 2', 'echo mark after'];

interface Stamp { readonly seconds: number; readonly periods: number; readonly text: string }

function bootLinux(scenario: Scenario, commands: readonly string[]) {
  let output = '';
  let boot = '';
  let status: number | undefined;
  const refusals: string[] = [];
  const log: string[] = [];
  const stamps = new Map<string, Stamp>();
  const filter = new RunFilter({
    output: (bytes) => {
      for (const byte of bytes) {
        output += String.fromCharCode(byte);
        const mark = byte === 10 ? /(?:^|\n)mark (\w+) ?([^\n]*)\r?\n$/.exec(output) : null;
        if (mark !== null) stamps.set(mark[1]!, { seconds: machine.core.count / machine.events.frequencyHz, periods: (contextOf({ system }, 'timer').component as { periods: number }).periods, text: mark[2]! });
      }
    },
    log: (bytes) => { boot += Buffer.from(bytes).toString('latin1'); },
    status: (value) => { status = value; },
  });
  const machine = new Machine({
    onTransmit: (uart, byte, secure) => { if (uart === 1 && !secure) filter.push(Uint8Array.of(byte)); },
    onRefusal: (rule, address, access) => { refusals.push(`${rule} 0x${address.toString(16)} ${(access & 1) !== 0 ? 'write' : 'read'}`); },
  });
  machine.applyHandover();
  const board = scenario.board ?? QSB_SECURE;
  const prepared = prepareLinux({
    kernel: guest!.vmlinuz.bytes, dtb: guest!.dtb.bytes, append: 'console=ttymxc0,115200', partition: { ...board, emulated: (scenario.devices ?? []).map(({ base }) => base) },
    initrd: appendArchive(buildInitramfs({ busybox: guest!.busybox.bytes, init: read('guest/linux/init') }), runArchive(commands.join('; '))),
  });
  if (!prepared.ok) throw new Error(prepared.error);
  const { system } = createScenarioSystem({ machine, label: 'linux', boot: prepared.boot, scenario, sources: SOURCES, log: (who, line) => { log.push(`${who} ${line}`); } });
  while (status === undefined && machine.core.count < 60e9) {
    const end = system.run(5_000_000);
    if (end !== 'budget' && status === undefined) assert.fail(`${end}: ${boot.slice(-2000)}\n${log.slice(-20).join('\n')}`);
  }
  const stamp = (name: string): Stamp => {
    const found = stamps.get(name);
    if (found === undefined) assert.fail(`no ${name}:\n${output}\n${boot.slice(-2000)}`);
    return found;
  };
  return { output, status, boot, log, refusals, stamp, emulated: (contextOf({ system }, 'vmm').component as { emulated: number }).emulated };
}

test('protected: Linux boots, its clock is right within 1 %, and nothing that it does stops EPIT1', { skip }, () => {
  const { output, log, refusals, stamp, emulated } = bootLinux(PROTECTED, [...ATTACKS, ...WORSE]);
  const [from, to] = [stamp('clock'), stamp('clocked')];
  const [uptimeFrom, uptimeTo] = [from, to].map(({ text }) => Number(text.split(' ')[0]));
  const elapsed = to.seconds - from.seconds;
  assert.ok(Math.abs((uptimeTo! - uptimeFrom!) / elapsed - 1) < 0.01, `${uptimeFrom} to ${uptimeTo} in ${elapsed} s of virtual time`);
  assert.ok(elapsed > 19.8);
  assert.ok(emulated > 1000, `${emulated} accesses emulated`);
  // Ten periods of the secure timer a second, before and after
  for (const [a, b] of [['clock', 'clocked'], ['gated', 'ungated'], ['attacked', 'end'], ['worse', 'after']] as const) {
    const [start, stop] = [stamp(a), stamp(b)];
    assert.ok(Math.abs(stop.periods - start.periods - (stop.seconds - start.seconds) * 10) < 3, `${stop.periods - start.periods} periods from ${a} to ${b}`);
  }
  // The process that writes EPIT1 is killed by SIGBUS; the others are not obeyed.
  assert.match(output, /ccgr 0\n[^]*epit 135\n[^]*all 0\n[^]*cbcdr 0\n[^]*dpll 0\n/);
  assert.ok(refusals.some((line) => /^CSU CSL04 low .*EPIT1.* 0x53fac000 write$/.test(line)), refusals.slice(-20).join('\n'));
  const said = (pattern: RegExp): void => { assert.ok(log.some((line) => pattern.test(line)), `${pattern}\n${log.slice(-20).join('\n')}`); };
  said(/vmm \[linux\] data abort at .*, write of VA .*external abort.*given back to the VM/);
  said(/vmm \[linux\] write of 0x003c0000 to CCM CCGR2 refused in bits 0x0000003c: EPIT1, the secure timer, depends on it/);
  said(/vmm \[linux\] write of 0xffffffc3 to CCM CCGR2 refused in bits 0x0000003c/);
  said(/vmm \[linux\] write of 0x00899945 to CCM CBCDR refused in bits 0x00001000/);
  said(/vmm \[linux\] write of 0x00000000 to DPLL2 DP_CTL refused in bits/);
});

test('the control: on the open board the same writes stop the secure timer', { skip }, () => {
  const { output, stamp } = bootLinux({}, ATTACKS);
  const [from, to, gated, ungated, attacked, end] = [stamp('clock'), stamp('clocked'), stamp('gated'), stamp('ungated'), stamp('attacked'), stamp('end')];
  assert.ok(to.periods - from.periods > 190, `${to.periods - from.periods} periods before the attacks`);
  assert.match(output, /ccgr 0\n[^]*epit 0\n/);
  assert.equal(ungated.periods, gated.periods, 'its clock is off');
  assert.equal(end.periods, attacked.periods, 'the timer stands');
  assert.ok(end.seconds - attacked.seconds > 1);
});
