/** Monitor routines: what they are given, what they may do, and the report of each way to break the rules. Expected values from DDI 0406C (B1.3, B1.5.1, B1.8.1). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  buildMini, createScenarioSystem, Machine, MINI_SOURCES, PHYSICAL, placeMini, smc, SmcTable, type MonitorRoutine, type Scenario, type Tier,
} from '../../src/index.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const built = buildMini(Object.fromEntries(MINI_SOURCES.map((name) => [name, read(`guest/mini/${name}`)])));
assert.ok(built.ok);

interface Run { readonly table: SmcTable; readonly entries: number; readonly output: string; readonly log: readonly string[]; readonly halted: { readonly reason: string; readonly status: number } | undefined }

function run(command: string, scenario: Scenario, tier: Tier): Run {
  assert.ok(built.ok);
  const placed = placeMini({ image: built.image, ram: [{ base: PHYSICAL.normalRam, size: PHYSICAL.normalRamSize }], command });
  assert.ok(placed.ok);
  let output = '';
  const log: string[] = [];
  const machine = new Machine({ tier, onTransmit: (uart, byte) => { if (uart === 1) output += String.fromCharCode(byte); } });
  machine.applyHandover();
  const { system, table } = createScenarioSystem({
    machine, label: 'mini', boot: placed.boot, scenario, log: (who, line) => { log.push(`${who} ${line}`); },
    sources: { entry: read('src/secure/kernel/entry.s'), vector: read('src/secure/monitor/vector.s') },
  });
  let entries = 0;
  const { kernel } = system;
  const enter = kernel.enter.bind(kernel);
  kernel.enter = () => {
    entries++;
    enter();
  };
  system.run(5_000_000);
  return { table, entries, output, log, halted: system.halted };
}

/** SMC 8 calls the routine `it` with its arguments. */
function calling(routine: Omit<MonitorRoutine, 'name'>, tier: Tier = 'threaded'): Run {
  const call = smc({ number: 8, name: 'call', args: { a: 'u32', b: 'u32', c: 'u32', d: 'u32' }, result: 'u32' }, ({ vm, args: { a, b, c, d } }) =>
    vm.call('it', ...[a, b, c, d].slice(0, routine.args.length)));
  return run('smc 8 1 20 300 4000; smc PSCI_VERSION', { smcs: [call], routines: [{ ...routine, name: 'it' }] }, tier);
}

test('four arguments, a result, and nothing else changes: the VM and its VMM go on', () => {
  const clobber = Array.from({ length: 12 }, (_, i) => `mvn r${i + 1}, r0`).join('\n');
  for (const tier of ['evaluate', 'threaded'] as const) {
    const { output, halted } = calling({ args: ['a', 'b', 'c', 'd'], code: `add r0, r0, r1\nadd r0, r0, r2\nadd r0, r0, r3\n${clobber}\nbx lr` }, tier);
    assert.match(output, /r0 = 0x000010e1\n/);
    assert.match(output, /r0 = 0x00010001 {3}PSCI_VERSION/);
    assert.equal(halted?.reason, 'the normal world switched the system off');
  }
});

test('it runs in monitor mode, or in the kernel\'s, with interrupts masked', () => {
  assert.match(calling({ args: [], code: 'mrs r0, cpsr\nand r0, r0, #0xdf\nbx lr' }).output, /r0 = 0x000000d6\n/);
  assert.match(calling({ args: [], mode: 'svc', code: 'mrs r0, cpsr\nand r0, r0, #0xdf\nbx lr' }).output, /r0 = 0x000000d3\n/);
});

test('the wrong number of arguments is refused, and so is an unknown name', () => {
  const wrong = smc({ number: 8, name: 'wrong', result: 'u32' }, ({ vm }) => vm.call('it'));
  const unknown = smc({ number: 9, name: 'unknown', result: 'u32' }, ({ vm }) => vm.call('that'));
  const { output, log } = run('smc 8; smc 9', { smcs: [wrong, unknown], routines: [{ name: 'it', args: ['a'], code: 'bx lr' }] }, 'threaded');
  assert.equal(output.match(/r0 = 0xfffffffd/g)?.length, 2);
  assert.ok(log.some((line) => /kernel call it takes 1 arguments \(a\)/.test(line)), log.join('\n'));
  assert.ok(log.some((line) => /no kernel call that/.test(line)));
});

/** A routine that breaks a rule halts the kernel with status 1 and a report; the normal world's next call is not answered. */
function breaks(code: string, pattern: RegExp, mode: 'monitor' | 'svc' = 'monitor'): readonly string[] {
  const { log, halted, output } = calling({ args: ['a'], code, mode });
  assert.equal(halted?.status, 1, log.join('\n'));
  assert.match(halted.reason, pattern);
  assert.doesNotMatch(output, /PSCI_VERSION\n/);
  return log;
}

test('a fault is reported with the mode it came from', () => {
  const log = breaks('ldr r0, =0x80100000\nldr r0, [r0]\nbx lr', /^DATA ABORT in secure monitor, reading 0x80100000/);
  assert.ok(log.some((line) => line.includes('DFSR 0x00000005: translation fault, section (level 1); read. DFAR 0x80100000')), log.join('\n'));
  breaks('.word 0xe7f000f0\nbx lr', /^UNDEFINED INSTRUCTION in secure monitor/);
});

test('to leave monitor mode with SCR.NS = 1 is to be in the normal world', () => {
  breaks('mrc p15, 0, r0, c1, c1, 0\norr r0, r0, #1\nmcr p15, 0, r0, c1, c1, 0\nisb\nbx lr', /left monitor mode with SCR\.NS = 1/);
});

test('the MMU off: the next fetch is at the physical address of the same number', () => {
  const off = 'mrc p15, 0, r0, c1, c0, 0\nbic r0, r0, #1\nmcr p15, 0, r0, c1, c0, 0\nbx lr';
  const log = breaks(off, /^MMU OFF in secure monitor: the next fetch, at 0xfff010[0-9a-f]{2}, reads physical address 0xfff010[0-9a-f]{2}: nothing that decodes/);
  assert.ok(log.some((line) => /a moment ago the page table led to PA 0x700100[0-9a-f]{2}, secure RAM/.test(line)), log.join('\n'));
  breaks(off, /^MMU OFF in secure svc/, 'svc');
});

test('one that does not return is given up', () => {
  breaks('1: b 1b', /^routine it has not returned after 1000000 instructions/);
});

test('a routine that does not assemble names its line; more than four arguments are too many', () => {
  assert.throws(() => calling({ args: [], code: 'mov r0, #0\nfrob r1' }), /^TypeError: routine it, line 2: /);
  assert.throws(() => calling({ args: ['a', 'b', 'c', 'd', 'e'], code: 'bx lr' }), /5 arguments; there are registers for 4/);
});

/** SMC 10 is answered by the routine itself, in monitor mode. */
const direct = (code: string, args: Record<string, 'u32'> = { a: 'u32' }, command = 'smc 10 1 20 300 4000; smc PSCI_VERSION', tier: Tier = 'threaded'): Run =>
  run(command, { smcs: [smc({ number: 10, name: 'direct', level: 'monitor', args, code })] }, tier);

test('an SMC of level monitor is answered from the vector: arguments, a result, every other register kept, and the kernel not entered', () => {
  const clobber = Array.from({ length: 12 }, (_, i) => `mvn r${i + 1}, r0`).join('\n');
  const sum = `add r0, r0, r1\nadd r0, r0, r2\nadd r0, r0, r3\n${clobber}\nbx lr`;
  const args = { a: 'u32', b: 'u32', c: 'u32', d: 'u32' } as const;
  const without = run('smc PSCI_VERSION', {}, 'threaded').entries;
  for (const tier of ['evaluate', 'threaded', 'region'] as const) {
    const { output, halted, table, entries } = direct(sum, args, 'smc 10 1 20 300 4000; smc 10 2 20 300 4000; smc PSCI_VERSION; banks 3 1000', tier);
    assert.match(output, /r0 = 0x000010e1\nr1 = 0x00000001 {2}r2 = 0x00000014 {2}r3 = 0x0000012c/);
    assert.match(output, /r0 = 0x00010001 {3}PSCI_VERSION/);
    assert.equal(halted?.reason, 'the normal world switched the system off');
    const row = table.rows().find(({ name }) => name === 'direct')!;
    assert.deepEqual([row.level, row.calls, row.lastArguments, row.lastResults], ['monitor', 2, 'a = 2, b = 20, c = 300, d = 4000', '4322']);
    if (!/banks/.test(output)) assert.equal(entries, without);
  }
  assert.equal(direct(sum, args, 'smc 10 1 20 300 4000; smc PSCI_VERSION').entries, without, 'the kernel sees PSCI_VERSION and the end, and nothing of SMC 10');
});

test('its routine is in monitor mode and secure, with SCR.NS = 0 and interrupts masked; the normal world goes on in its own mode', () => {
  assert.match(direct('mrs r0, cpsr\nand r0, r0, #0xdf\nbx lr').output, /r0 = 0x000000d6\n/);
  assert.match(direct('mrc p15, 0, r0, c1, c1, 0\nbx lr').output, /r0 = 0x00000000\n/);
  // MVBAR, which only secure state reads; and what the routine leaves in SCR does not matter.
  const { output } = direct('mrc p15, 0, r0, c12, c0, 1\nmov r1, #1\nmcr p15, 0, r1, c1, c1, 0\nisb\nbx lr');
  assert.match(output, /r0 = 0xfff00000\n/);
  assert.match(output, /r0 = 0x00010001 {3}PSCI_VERSION/);
});

test('one that breaks a rule ends the system with a report, as a routine that is called does; the normal world\'s stacks are not touched', () => {
  const dies = (code: string, pattern: RegExp): readonly string[] => {
    const { log, halted, output } = direct(code);
    assert.equal(halted?.status, 1, log.join('\n'));
    assert.match(halted.reason, pattern);
    assert.doesNotMatch(output, /PSCI_VERSION\n/);
    return log;
  };
  const log = dies('ldr r0, =0x80100000\nldr r0, [r0]\nbx lr', /^DATA ABORT in secure monitor, reading 0x80100000/);
  assert.equal(log.filter((line) => line.includes('DATA ABORT')).length, 1);
  dies('.word 0xe7f000f0\nbx lr', /^UNDEFINED INSTRUCTION in secure monitor/);
  dies('1: b 1b', /has not returned after 1000000 instructions, at 0xfff010/);
  dies('mov r4, #0\nldr r0, =0xfff01000\nstr r0, [r0]\nbx lr', /^DATA ABORT in secure monitor, writing 0xfff01000/);
  dies('mrc p15, 0, r0, c1, c0, 0\nbic r0, r0, #1\nmcr p15, 0, r0, c1, c0, 0\nbx lr', /^MMU OFF in secure monitor|PREFETCH ABORT/);
});

test('a routine of the scenario answers an SMC by its name, and its VMM may call it as well; a name that is none is refused', () => {
  const routines = [{ name: 'twice', args: ['a'], code: 'add r0, r0, r0\nbx lr' }] as const;
  const answered = smc({ number: 10, name: 'direct', level: 'monitor', routine: 'twice', args: { a: 'u32' } });
  const called = smc({ number: 11, name: 'called', args: { a: 'u32' }, result: 'u32' }, ({ vm, args: { a } }) => vm.call('twice', a));
  const { output } = run('smc 10 21; smc 11 21', { smcs: [answered, called], routines }, 'threaded');
  assert.equal(output.match(/r0 = 0x0000002a\n/g)?.length, 2);
  assert.throws(() => run('smc 10', { smcs: [answered] }, 'threaded'), /^TypeError: no routine twice is registered for an SMC of level monitor/);
  assert.throws(() => run('smc 10', { smcs: [answered], routines: [{ ...routines[0], mode: 'svc' }] }, 'threaded'), /cannot answer an SMC in monitor mode/);
});
