/** SMCs, refusals and aborts of the embedded guest beside the real secure world. Expected values from DEN0028, DEN0022 and DDI 0406C. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createSpin, createVfpSpin } from '../components/index.ts';
import { THREAD } from '../layout.ts';
import { runGuest } from './guest.testing.ts';
import { smc, type Smc } from './smc.ts';

/** The example as it stands, with the package's name replaced by this source. */
async function helloExample(): Promise<Smc> {
  const text = readFileSync(new URL('../../../examples/hello/hello.ts', import.meta.url), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'hello-'));
  try {
    const file = join(folder, 'hello.mts');
    writeFileSync(file, text.replace('\'worldswitch\'', `'${new URL('smc.ts', import.meta.url).href}'`));
    return ((await import(pathToFileURL(file).href)) as { default: Smc }).default;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the standard calls, and the system ends by PSCI', () => {
  const { output, status, log, system, table } = runGuest('smc SMCCC_VERSION; smc PSCI_VERSION; smc CPU_ON 1; smc 0x82001234');
  assert.match(output, /r0 = 0x00010002 +SMCCC_VERSION/);
  assert.match(output, /r0 = 0x00010001 +PSCI_VERSION/);
  assert.match(output, /r0 = 0xfffffffe +CPU_ON: INVALID_PARAMETERS/);
  assert.match(output, /r0 = 0xffffffff: NOT_SUPPORTED/);
  assert.equal(status, 0);
  assert.deepEqual(system.halted, { reason: 'the normal world switched the system off', status: 0 });
  assert.ok(log.some((line) => line === 'vmm VM "mini": power off, by SMC 0x84000008 SYSTEM_OFF'), log.join('\n'));
  assert.equal(table.rows().find(({ name }) => name === 'PSCI_VERSION')!.lastResults, '0x00010001');
});

test('the hello example', async () => {
  const { output, log } = runGuest('smc 6 @"it works" 8; smc 6 0x80104000 8; smc 6 0x70001000 8', { own: [await helloExample()] });
  assert.match(output, /^r0 = 0x00000008/m);
  assert.ok(log.includes('vmm [mini] hello from the normal world: it works'), log.join('\n'));
  // The page that the guest does not map, and secure RAM
  assert.equal(output.match(/r0 = 0xfffffffd/g)?.length, 2);
  assert.ok(log.some((line) => /SMC 6 hello\(text = 0x80104000, length = 8\) refused: VA 0x80104000: the normal world's kernel may not read it/.test(line)), log.join('\n'));
  assert.ok(log.some((line) => /SMC 6 hello\(text = 0x70001000, length = 8\) refused: VA 0x70001000/.test(line)), log.join('\n'));
});

test('a kernel-level SMC uses the same helpers and never reaches the VMM', () => {
  const swap = smc({ number: 7, name: 'swap', args: { va: 'va', length: 'u32' }, result: 'status', level: 'kernel', rights: 'user', state: { calls: 0 } }, ({ vm, args, state }) => {
    const bytes = vm.readBytes(args.va, args.length);
    vm.writeBytes(args.va, bytes.reverse());
    vm.log(`swapped ${args.length}, kernel sees ip 0x${vm.kernel.get('ip').toString(16)}`);
    return ++state.calls;
  });
  // User pages; pages of the kernel, read only and writable; the end of one before a page that is not mapped
  const { output, table, log } = runGuest('write 0x80100000 0x11223344; smc 7 0x80100000 4; read 0x80100000; smc 7 0x80101000 4; smc 7 0x80103000 4; smc 7 0x80103ffe 4', { own: [swap] });
  assert.match(output, /^r0 = 0x00000001/m);
  assert.match(output, /0x44332211/);
  assert.equal(output.match(/r0 = 0xfffffffd/g)?.length, 3);
  const row = table.rows().find(({ name }) => name === 'swap')!;
  assert.deepEqual([row.calls, row.refusals, row.level], [4, 3, 'kernel']);
  assert.ok(log.some((line) => line.startsWith('swap [mini] swapped 4')), log.join('\n'));
  assert.ok(log.some((line) => /SMC 7 swap\(va = 0x80101000, length = 4\) refused: VA 0x80101000: the normal world's user may not read it \(fault status 0xf\)/.test(line)), log.join('\n'));
});

test('an unknown call of an older interface: the VM is dumped and stays paused; or is told NOT_SUPPORTED', () => {
  const paused = runGuest('smc 99', { limit: 5_000_000 });
  assert.equal(paused.status, undefined);
  assert.ok(paused.log.includes('vmm VM "mini" is paused: unknown SMC 99'), paused.log.join('\n'));
  assert.ok(paused.log.some((line) => /^vmm +ip +0x8000[0-9a-f]{4} {2}PA 0x8000[0-9a-f]{4}/.test(line)), paused.log.join('\n'));
  assert.match(runGuest('smc 99', { unknownSmc: 'not-supported' }).output, /r0 = 0xffffffff/);
});

test('an access that the board refuses comes back as an external abort, and the guest reports it', () => {
  const { output, status, refusals, log } = runGuest('read 0x70001000; write 0x70001000 1; read 0x53f84000; echo alive');
  // DFSR: FS 0b01000; bit 11 for the write
  assert.equal(output.match(/synchronous external abort/g)?.length, 3, output);
  assert.match(output, /alive/);
  assert.equal(status, 0);
  assert.equal(refusals.length, 3);
  assert.equal(log.filter((line) => /data abort at .*given back to the VM/.test(line)).length, 3, log.join('\n'));
});

for (const tier of ['evaluate', 'threaded'] as const) {
  test(`registers and banks of the guest survive components that spin, one of them in VFP (${tier})`, () => {
    // A quantum is 10 ms, here 200,000 instructions: the guest is interrupted in its loop, and after each of its SMCs the others have their turn.
    const { system, output, status, log } = runGuest('banks 4 300000', {
      tier, frequencyHz: 20_000_000, components: [{ component: createSpin(), priority: 0 }, { component: createVfpSpin(), priority: 0 }], limit: 30_000_000,
    });
    assert.match(output, /banks: ok/, log.join('\n'));
    assert.equal(status, 0);
    for (const name of ['spin', 'spin-vfp']) {
      const context = system.kernel.state.contexts.find((candidate) => candidate.name === name)!;
      assert.equal(context.stopped, null, log.join('\n'));
      const counted = system.kernel.memory.readPrivileged32(context.frame + THREAD.r4);
      assert.ok(counted > 1000, `${name} counted to ${counted}`);
    }
  });
}
