/**
 * The embedded guest in the normal world, through the command: streams, endings and statuses (they are a contract for scripts), scenarios good and bad. Expected
 * values come from PSCI (DEN0022), the SMC Calling Convention (DEN0028) and DDI 0406C.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { worldswitch } from '../boot/worldswitch.ts';

const mini = (args: readonly string[], input?: string) => worldswitch(['boot', '--guest', 'mini', ...args], input);

/** A scenario in a file of its own. */
function scenario(context: { after(action: () => void): void }, text: string, name = 'scenario.ts'): string {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
  context.after(() => { rmSync(folder, { recursive: true, force: true }); });
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

test('--run: the command\'s output alone on stdout, the secure world on stderr', async () => {
  const { status, stdout, stderr } = await mini(['--run', 'smc 0x84000000', '--stats']);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^r0 = 0x00010001 +PSCI_VERSION\n/);
  assert.match(stderr, /^secure │ bootstrap +kernel image 0x70001000 -> 0x80001000, core_mmio: UART1 EPIT1 TZIC CSU M4IF$/m);
  assert.match(stderr, /^secure │ vmm +VM "mini" starts at 0x80008000$/m);
  assert.match(stderr, /^exits +SMC 1, /m);
  assert.match(stderr, /^ +0x84000000 +PSCI_VERSION +vmm +1$/m);
  assert.equal((await mini(['--run', 'status 7'])).status, 7);
});

test('--json counts world switches and SMCs', async () => {
  const { status, stderr } = await mini(['--json', '--run', 'worlds 100']);
  const told = JSON.parse(stderr.trimEnd().split('\n').at(-1)!) as { status: number; ending: string; exits: { smc: number }; smcs: { key: string; calls: number }[] };
  assert.deepEqual([status, told.status, told.ending], [0, 0, 'exit']);
  assert.equal(told.exits.smc, told.smcs.reduce((sum, { calls }) => sum + calls, 0));
  assert.ok(told.smcs.find(({ key }) => key === '0x84000000')!.calls >= 100);
});

test('a prompt: what is typed runs; poweroff and reboot end with 0, and so does the end of a pipe', async () => {
  const off = await mini([], 'smc SMCCC_VERSION\npoweroff\n');
  assert.equal(off.status, 0, off.stderr);
  assert.match(off.stdout, /mini> smc SMCCC_VERSION\r?\nr0 = 0x00010002/);
  assert.match(off.stderr, /power off, by SMC 0x84000008 SYSTEM_OFF/);
  const reboot = await mini([], 'reboot\n');
  assert.equal(reboot.status, 0);
  assert.match(reboot.stderr, /worldswitch: the normal world reset the system\n$/);
  assert.equal((await mini([], 'help\n')).status, 0);
  assert.equal((await mini(['--until', 'mini>'])).status, 0);
  assert.equal((await mini(['--limit', '20M'], '')).status, 0, 'the pipe ends before the limit');
});

test('a normal world that stands still is a failure, and says why', async () => {
  const unknown = await mini(['--run', 'smc 99']);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /VM "mini" is paused: unknown SMC 99/);
  assert.match(unknown.stderr, /worldswitch: the normal world stands still: VM "mini" was dumped and is paused \(--scenario FILE adds an answer to its call; --unknown-smc not-supported refuses such calls and goes on\)\n$/);
  const answered = await mini(['--unknown-smc', 'not-supported', '--run', 'smc 99; storm 500 1']);
  assert.equal(answered.status, 0, answered.stderr);
  assert.match(answered.stdout, /^r0 = 0xffffffff/);
  const off = await mini(['--run', 'smc CPU_OFF']);
  assert.equal(off.status, 1);
  assert.match(off.stderr, /turned its only CPU off\n$/);
});

test('on the bare board the same guest runs in secure state', async () => {
  const { status, stdout, stderr } = await mini(['--bare', '--run', 'echo here; smc PSCI_VERSION']);
  assert.equal(stdout.split('\n')[0], 'here');
  assert.match(stdout + stderr, /no secure world behind this one/);
  assert.notEqual(status, 0);
  assert.doesNotMatch(stderr, /secure │/);
});

test('a handler that throws stops its component, with the place; the kernel goes on', async (context) => {
  const file = scenario(context, 'import { smc } from \'worldswitch\';\nexport default smc({ number: 6, name: \'thrower\' }, () => {\n  throw new Error(\'it cannot\');\n});\n');
  const { status, stderr } = await mini(['--scenario', file, '--run', 'smc 6']);
  assert.equal(status, 1);
  assert.match(stderr, /secure │ kernel +thread "vmm" stopped: its handler threw: it cannot \(.*scenario\.ts:3\)/);
});

test('a handler that never returns ends the run within 10 s, with its name', async (context) => {
  const file = scenario(context, 'import { smc } from \'worldswitch\';\nexport default smc({ number: 6, name: \'forever\' }, () => { for (;;); });\n');
  const started = performance.now();
  const { status, stderr } = await mini(['--scenario', file, '--run', 'smc 6']);
  assert.equal(status, 1);
  assert.match(stderr, /worldswitch: the handler of SMC forever \(.*scenario\.ts:2\) in component vmm has not returned for 5 s/);
  // Ten seconds from the call; starting takes its own time on a busy computer.
  assert.ok(performance.now() - started < 25_000);
  const component = scenario(context, 'export default { components: [{ component: { name: \'sleeper\', initial: () => null, on: { start: () => { for (;;); } } }, priority: 3 }] };\n');
  assert.match((await mini(['--scenario', component])).stderr, /a handler of component sleeper has not returned/);
});

test('a component that throws, and one that shares its state with nobody', async (context) => {
  const file = scenario(context, `
    export default { components: [
      { component: { name: 'broken', initial: () => null, on: { start: () => { throw new Error('on purpose'); } } }, priority: 3 },
      { component: { name: 'counter', initial: () => ({ n: 41 }), on: { start: (state, env) => { state.n++; env.log.write('counted ' + state.n); } } }, priority: 3 },
    ] };`, 'scenario.js');
  const { status, stderr, stdout } = await mini(['--scenario', file, '--run', 'smc PSCI_VERSION']);
  assert.equal(status, 0);
  assert.match(stdout, /^r0 = 0x00010001/);
  assert.match(stderr, /secure │ init +log, timer, broken, counter, vmm "mini"/);
  assert.match(stderr, /thread "broken" stopped: its handler threw: on purpose/);
  assert.match(stderr, /secure │ counter +counted 42/);
});

test('a scenario that is none: status 2 and one line that names the place', async (context) => {
  const lines: readonly (readonly [string, RegExp])[] = [
    ['export default 5; let x = ;', /scenario\.ts:1: Unexpected ";"/],
    ['export const a = 1;', /scenario\.ts: no default export/],
    ['export default 5;', /scenario\.ts: its default export is a number/],
    ['export default { smc: [] };', /scenario\.ts: its default export has smc/],
    ['export default { smcs: [{}] };', /smcs\[0\] lacks what smc\(\.\.\.\) makes/],
    ['export default { routines: [{ name: \'a\', args: [], code: \'frob r0\' }] };', /scenario\.ts: routine a, line 1: /],
    ['import { smc } from \'worldswitch\';\n\nexport default smc({ number: 6, name: \'two words\' }, () => {});', /scenario\.ts:3: SMC two words/],
    ['import { smc } from \'worldswitch\';\nexport default smc({ number: 0x84000000, name: \'mine\' }, () => {});', /scenario\.ts: SMC 0x84000000 mine and SMC 0x84000000 PSCI_VERSION/],
    ['import { QSB_SECURE } from \'worldswitch\';\nexport default { board: { ...QSB_SECURE, coreMmio: [...QSB_SECURE.coreMmio, { name: \'ALL\', base: 0xb0000000, size: 0x10000000 }] } };', /core_mmio ALL does not fit: the area at 0xd0000000 holds 256 MiB/],
    ['import { QSB_SECURE } from \'worldswitch\';\nexport default { board: { ...QSB_SECURE, coreMmio: [...QSB_SECURE.coreMmio, { name: \'ODD\', base: 0x10, size: 0x1000 }] } };', /core_mmio ODD: 0x10, 0x1000 bytes is not made of 4 KiB pages/],
    ['throw new Error(\'at once\');', /scenario\.ts:1: at once/],
  ];
  for (const [text, pattern] of lines) {
    const { status, stdout, stderr } = await mini(['--scenario', scenario(context, text), '--run', 'smc 6']);
    assert.deepEqual([status, stdout], [2, ''], `${text}\n${stderr}`);
    const told = stderr.split('\n').filter((line) => line.startsWith('worldswitch: '));
    assert.equal(told.length, 1, stderr);
    assert.match(told[0]!, pattern);
  }
  const missing = await mini(['--scenario', 'missing.ts']);
  assert.deepEqual([missing.status, missing.stderr], [2, 'worldswitch: missing.ts: no such file\n']);
});

test('worldswitch smc lists what answers which call', async () => {
  const { status, stdout, stderr } = await worldswitch(['smc', '--scenario', 'examples/hello/hello.ts', '--json']);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^0x84000000 +PSCI_VERSION +vmm +standard secure service +src\/secure\/vmm\/psci\.ts:\d+ +0 /m);
  assert.match(stdout, /^6 +hello +vmm +.* +examples\/hello\/hello\.ts:8 +0 /m);
  const { smcs } = JSON.parse(stderr) as { smcs: { key: string; name: string; handler: string }[] };
  assert.deepEqual(smcs.filter(({ key }) => key === '6').map(({ name, handler }) => [name, handler]), [['hello', 'examples/hello/hello.ts:8']]);
});
