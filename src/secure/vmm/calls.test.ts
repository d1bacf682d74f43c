/** The standard calls through the VMM; numbers and values from SMC Calling Convention (DEN0028) 1.2 and PSCI (DEN0022) 1.1. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rig } from './fake-vm.testing.ts';

const NOT_SUPPORTED = 0xffffffff;
const INVALID_PARAMETERS = 0xfffffffe;
const ALREADY_ON = 0xfffffffc;

for (const [name, registers, expected] of [
  ['SMCCC_VERSION', [0x80000000], 0x00010002],
  ['ARCH_FEATURES of SMCCC_VERSION', [0x80000001, 0x80000000], 0],
  ['ARCH_FEATURES of itself', [0x80000001, 0x80000001], 0],
  ['ARCH_FEATURES of SMCCC_ARCH_WORKAROUND_1', [0x80000001, 0x80008000], NOT_SUPPORTED],
  ['ARCH_FEATURES of nothing', [0x80000001, 0], NOT_SUPPORTED],
  ['ARCH_FEATURES of SMCCC_ARCH_SOC_ID', [0x80000001, 0x80000002], 0],
  // JEP106: Freescale (Motorola) is 0x0e of bank 1, so no continuation code.
  ['SMCCC_ARCH_SOC_ID, version', [0x80000002, 0], 0x000e0053],
  ['SMCCC_ARCH_SOC_ID, revision', [0x80000002, 1], 0x21],
  ['SMCCC_ARCH_SOC_ID of no type', [0x80000002, 2], 0xfffffffd],
  ['TRNG_VERSION', [0x84000050], 0x00010000],
  ['TRNG_FEATURES of TRNG_RND', [0x84000051, 0x84000053], 0],
  ['TRNG_FEATURES of TRNG_GET_UUID', [0x84000051, 0x84000052], 0],
  ['TRNG_FEATURES of 64-bit TRNG_RND', [0x84000051, 0xc4000053], NOT_SUPPORTED],
  ['TRNG_FEATURES of PSCI_VERSION', [0x84000051, 0x84000000], NOT_SUPPORTED],
  ['64-bit TRNG_RND', [0xc4000053, 32], NOT_SUPPORTED],
  ['SMCCC_ARCH_WORKAROUND_1', [0x80008000], NOT_SUPPORTED],
  ['PSCI_VERSION', [0x84000000], 0x00010001],
  ['CPU_SUSPEND, standby', [0x84000001, 0, 0, 0], 0],
  ['CPU_SUSPEND, standby of a state', [0x84000001, 0xffff, 0, 0], 0],
  ['CPU_SUSPEND, power-down', [0x84000001, 0x00010000, 0x80008000, 0], INVALID_PARAMETERS],
  ['CPU_SUSPEND, cluster', [0x84000001, 0x01000000, 0, 0], INVALID_PARAMETERS],
  ['CPU_SUSPEND, reserved bit 17', [0x84000001, 0x00020000, 0, 0], INVALID_PARAMETERS],
  ['CPU_SUSPEND, reserved bit 31', [0x84000001, 0x80000000, 0, 0], INVALID_PARAMETERS],
  ['CPU_ON of the only CPU', [0x84000003, 0, 0x80008000, 0], ALREADY_ON],
  ['CPU_ON of another', [0x84000003, 1, 0x80008000, 0], INVALID_PARAMETERS],
  ['CPU_ON with reserved affinity bits', [0x84000003, 0xff000000, 0x80008000, 0], INVALID_PARAMETERS],
  ['AFFINITY_INFO of the only CPU: ON', [0x84000004, 0, 0], 0],
  ['AFFINITY_INFO of another', [0x84000004, 1, 0], INVALID_PARAMETERS],
  ['AFFINITY_INFO of a cluster', [0x84000004, 0, 1], INVALID_PARAMETERS],
  ['MIGRATE', [0x84000005, 0], NOT_SUPPORTED],
  ['MIGRATE_INFO_TYPE: not required', [0x84000006], 2],
  ['MIGRATE_INFO_UP_CPU', [0x84000007], NOT_SUPPORTED],
  ['PSCI_FEATURES of PSCI_VERSION', [0x8400000a, 0x84000000], 0],
  ['PSCI_FEATURES of CPU_SUSPEND: original format, no OS-initiated mode', [0x8400000a, 0x84000001], 0],
  ['PSCI_FEATURES of CPU_ON', [0x8400000a, 0x84000003], 0],
  ['PSCI_FEATURES of SMCCC_VERSION', [0x8400000a, 0x80000000], 0],
  ['PSCI_FEATURES of MIGRATE', [0x8400000a, 0x84000005], NOT_SUPPORTED],
  ['PSCI_FEATURES of 64-bit CPU_ON', [0x8400000a, 0xc4000003], NOT_SUPPORTED],
  ['PSCI_FEATURES of nothing', [0x8400000a, 0xffffffff], NOT_SUPPORTED],
  ['CPU_FREEZE', [0x8400000b], NOT_SUPPORTED],
  ['64-bit CPU_ON', [0xc4000003, 0, 0, 0], NOT_SUPPORTED],
  ['a reserved bit of the function identifier', [0x84010000], NOT_SUPPORTED],
  ['SiP service', [0x82000000], NOT_SUPPORTED],
  ['a yielding call to a Trusted OS', [0x02000000], NOT_SUPPORTED],
  ['r0 all ones', [0xffffffff], NOT_SUPPORTED],
  ['framebuffer', [0, 5, 6, 7], 0],
  ['input', [1, 0xffffffff], 0],
  ['serial send', [2, 0, 0x41], 0],
  ['serial receive: nothing there', [2, 1], 0xffffffff],
  ['serial write of RAM', [2, 2, 0x80000000, 16], 16],
  ['serial write of nothing', [2, 2, 0x80000000, 0], 0],
  ['serial write of secure RAM', [2, 2, 0x70000000, 16], 0xffffffff],
  ['serial write that leaves RAM', [2, 2, 0x8000fff8, 16], 0xffffffff],
  ['serial write of too much', [2, 2, 0x80000000, 0xffffffff], 0xffffffff],
  ['serial read to what is no RAM', [2, 3, 0x53fbc000, 16], 0xffffffff],
  ['serial read: nothing there', [2, 3, 0x80000000, 16], 0],
  ['serial without such a function', [2, 4], 0xffffffff],
  ['block count', [3, 0], 0],
  ['block size without a block device', [3, 2, 0], 0xffffffff],
  ['block, function 0xffffffff', [3, 0xffffffff], 0xffffffff],
] as const) {
  test(`${name}`, () => {
    const world = rig();
    world.start();
    world.vm.set('r4', 0x44);
    world.vm.set('r7', 0x77);
    assert.equal(world.smc(...registers), expected);
    // The VM goes on, and results leave the other registers alone.
    assert.equal(world.state.status, 'running');
    assert.equal(world.vm.calls.at(-1), 'run');
    registers.slice(1).forEach((value, i) => { assert.equal(world.vm.registers[`r${i + 1}` as 'r1'], value); });
    assert.deepEqual([world.vm.get('r4'), world.vm.get('r7')], [0x44, 0x77]);
  });
}

test('SYSTEM_OFF and SYSTEM_RESET are kernel calls, and the VM does not run on', () => {
  for (const [number, call, word] of [[0x84000008, 'system-off', 'power off'], [0x84000009, 'system-reset', 'reset']] as const) {
    const world = rig();
    world.start();
    world.vm.calls.length = 0;
    world.smc(number);
    assert.deepEqual(world.vm.calls, ['pause', call]);
    assert.equal(world.state.status, 'off');
    assert.match(world.log.at(-1)!, new RegExp(`^VM "linux": ${word}, by SMC 0x${number.toString(16)}`));
    world.smc(0x84000000);
    assert.deepEqual(world.vm.calls, ['pause', call]);
  }
});

test('a kernel that refuses to end the system leaves the VM off, and says so', () => {
  const world = rig();
  world.vm.callResults['system-off'] = { ok: false, error: 'not allowed' };
  world.start();
  world.smc(0x84000008);
  assert.equal(world.log.at(-1), 'VM "linux" stays off: not allowed');
});

test('CPU_OFF stops the VM: nothing could turn its only CPU on', () => {
  const world = rig();
  world.start();
  world.smc(0x84000002);
  assert.deepEqual(world.vm.calls, ['run', 'pause']);
  assert.equal(world.state.status, 'off');
});

test('serial: lines are logged under the VM\'s name, cut when too long, harmless', () => {
  const world = rig();
  world.start();
  world.log.length = 0;
  for (const character of 'hello\r\n\x1b[2J\nrest') world.smc(2, 0, (0xffffff00 | character.charCodeAt(0)) >>> 0);
  assert.deepEqual(world.log, ['[linux] hello', '[linux] \\x1b[2J']);
  assert.deepEqual(world.state.smcs['tz serial'], { line: 'rest' });
  world.log.length = 0;
  for (let i = 0; i < 252; i++) world.smc(2, 0, 0x61);
  assert.deepEqual(world.log, [`[linux] rest${'a'.repeat(252)}`]);
  assert.deepEqual(world.state, structuredClone(world.state));
});
