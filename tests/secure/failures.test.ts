/** A component that does what it may not is stopped and reported by name; the kernel, the other components and, where it was not the VMM, the normal world go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createTimer } from '../../src/secure/components/index.ts';
import { smc } from '../../src/secure/vmm/index.ts';
import { QSB_SECURE, type ArmComponent, type Component, type ComponentRow, type Env, type KernelCall, type KernelSmc, type Plain } from '../../src/secure/index.ts';
import { assemble, createWorld, programBoot, runTo, wordAt, type World } from './harness.ts';

/** The normal world of these tests: calls PSCI_VERSION for ever and counts in RAM. */
const COUNT_AT = 0x80020000;
const callingBoot = () => programBoot(assemble(`
        .syntax unified
        .arm
        ldr     r9, =${COUNT_AT}
        mov     r8, #0
1:      ldr     r0, =0x84000000
        smc     #0
        add     r8, r8, #1
        str     r8, [r9]
        mov     r1, #500
2:      subs    r1, r1, #1
        bne     2b
        b       1b
        .ltorg
`).bytes);

const ticking: ComponentRow = { component: createTimer({ name: 'ticking', periodUs: 50 }), priority: 8, sessions: { timer: true } };

const count = ({ machine }: World): number => wordAt(machine, COUNT_AT);
const contextOf = ({ system }: World, name: string) => system.kernel.state.contexts.find((context) => context.name === name)!;
const periods = (world: World): number => (contextOf(world, 'ticking').component as { periods: number }).periods;

interface Case {
  readonly what: string;
  readonly row: ComponentRow;
  readonly reason: RegExp;
}

/** Fails at its first timer signal, some 100 us after the start; everything goes before that. */
function late(name: string, fail: (env: Env) => void, state: Plain = {}): Component {
  return {
    name, initial: () => state,
    on: {
      start: (_state, env) => { env.timer!.triggerOnceUs(100); },
      signal: (_state, env) => { fail(env); },
    },
  };
}

const row = (component: Component | ArmComponent, sessions: ComponentRow['sessions'] = { timer: true }): ComponentRow => ({ component, priority: 4, sessions });
const arm = (name: string, code: string): ComponentRow => ({ component: { name, code: `        .syntax unified\n        .arm\n${code}` }, priority: 4 });

const CASES: readonly Case[] = [
  {
    what: 'throws in start', reason: /its handler threw: no start today/,
    row: row({ name: 'bad', initial: () => null, on: { start: () => { throw new Error('no start today'); } } }),
  },
  { what: 'throws in a signal', reason: /its handler threw: no signal/, row: row(late('bad', () => { throw new Error('no signal'); })) },
  { what: 'throws what is no Error', reason: /its handler threw: a text/, row: row(late('bad', () => { throw 'a text'; })) },
  { what: 'recurses without end', reason: /its handler threw: Maximum call stack/, row: row(late('bad', function again(env): void { again(env); })) },
  { what: 'overruns its RAM quota', reason: /its handler threw: its quota is overrun: 8192 bytes asked for, 4096 left/, row: row(late('bad', ({ ram }) => { ram!.alloc(4096); ram!.alloc(4097); }), { timer: true, ram: 8192 }) },
  { what: 'reads behind a dataspace', reason: /its handler threw: offset 100, length 4 is outside the dataspace of 100 bytes/, row: row(late('bad', ({ ram }) => { ram!.alloc(100).read32(100); }), { timer: true, ram: 8192 }) },
  { what: 'reads before a dataspace', reason: /its handler threw: offset -4/, row: row(late('bad', ({ ram }) => { ram!.alloc(100).read32(-4); }), { timer: true, ram: 8192 }) },
  { what: 'uses a session that it was not given', reason: /its handler threw: /, row: row(late('bad', ({ vm }) => { vm!.run(); })) },
  { what: 'runs a VM by a number that it does not own', reason: /it used capability 7 as a vm, which it does not own/, row: row(late('bad', ({ syscall }) => { syscall(5, 7); })) },
  { what: 'uses a capability of another kind', reason: /it used capability 0 as a vm, which it does not own/, row: row(late('bad', ({ syscall }) => { syscall(6, 0); })) },
  {
    what: 'uses a capability that it does not own and catches what is thrown', reason: /it used capability 99 as a irq, which it does not own/,
    row: row(late('bad', ({ syscall, log }) => {
      try {
        syscall(10, 99);
      } catch {
        log.write('still here');
      }
    })),
  },
  { what: 'calls a service that it has no route to', reason: /its handler threw: no route to service store/, row: row(late('bad', ({ peer }) => { peer('store'); })) },
  { what: 'ends by its own wish', reason: /it asked to/, row: row(late('bad', ({ syscall }) => { syscall(11); })) },
  { what: 'ARM code: a data abort', reason: /data abort at 0x1004 in secure user mode, DFAR 0x80001000/, row: arm('bad', '        ldr r0, =0x80001000\n        ldr r0, [r0]\n        b .\n        .ltorg\n') },
  { what: 'ARM code: a write to its own code', reason: /data abort at 0x1004 in secure user mode, DFAR 0x1000/, row: arm('bad', '        mov r0, #0x1000\n        str r0, [r0]\n        b .\n') },
  { what: 'ARM code: a jump to nowhere', reason: /prefetch abort at 0x50000000 in secure user mode/, row: arm('bad', '        mov r0, #0x50000000\n        bx r0\n') },
  { what: 'ARM code: an undefined instruction', reason: /undefined instruction at 0x1000 in secure user mode/, row: arm('bad', '        udf #1\n        b .\n') },
  { what: 'ARM code: an SMC in user mode', reason: /undefined instruction at 0x1004 in secure user mode/, row: arm('bad', '        nop\n        smc #0\n        b .\n') },
  { what: 'ARM code: the kernel\'s gate', reason: /undefined instruction at 0x1000 in secure user mode/, row: arm('bad', '        udf #0x5702\n        b .\n') },
  { what: 'ARM code: CPS has no effect, and its CP15 access is undefined', reason: /undefined instruction at 0x1004 in secure user mode/, row: arm('bad', '        cps #19\n        mrc p15, 0, r0, c1, c1, 0\n        b .\n') },
  { what: 'ARM code: a capability that it does not own', reason: /it used capability 3 as a vm, which it does not own/, row: arm('bad', '        mov r0, #5\n        mov r1, #3\n        svc #0\n        b .\n') },
];

for (const { what, row: bad, reason } of CASES) {
  for (const tier of ['evaluate', 'threaded'] as const) {
    test(`${what} (${tier})`, () => {
      const world = createWorld({ boot: callingBoot(), tier, components: [ticking, bad] });
      runTo(world, 600_000);
      const context = contextOf(world, 'bad');
      assert.match(context.stopped ?? '', reason, world.log.join('\n'));
      assert.ok(world.log.some((line) => line.startsWith('kernel thread "bad" stopped: ') && reason.test(line)), world.log.join('\n'));
      assert.equal(world.log.filter((line) => line.includes('stopped:')).length, 1, world.log.join('\n'));
      assert.ok(!world.log.includes('bad still here'), 'what is stopped says nothing any more');
      const before = { calls: count(world), periods: periods(world) };
      assert.ok(before.calls > 0 && before.periods > 0);
      runTo(world, 1_000_000);
      assert.ok(count(world) > before.calls && periods(world) > before.periods, 'the others go on');
      assert.equal(world.system.halted, undefined);
      structuredClone(world.system.kernel.state);
    });
  }
}

test('a syscall with a number that does not exist is an error, not an end', () => {
  let result = 0;
  const world = createWorld({ boot: callingBoot(), components: [ticking, row(late('odd', ({ syscall }) => { result = syscall(1234, 1, 2); })), { ...arm('arm-odd', '        mov r0, #200\n        svc #0\n        cmp r0, #0\n        blt 1f\n        udf #0\n1:      b 1b\n'), priority: 0 }] });
  runTo(world, 600_000);
  assert.equal(result, -2);
  assert.equal(contextOf(world, 'odd').stopped, null);
  assert.equal(contextOf(world, 'arm-odd').stopped, null, world.log.join('\n'));
});

for (const when of ['start', 'signal'] as const) {
  test(`the VMM throws in ${when}: the normal world stays paused, the others go on`, () => {
    let calls = 0;
    const world = createWorld({
      boot: callingBoot(), components: [ticking],
      wrapVmm: (vmm) => ({
        ...vmm,
        on: {
          start: (state, env) => {
            if (when === 'start') throw new Error('no VM today');
            vmm.on.start?.(state, env);
          },
          signal: (state, env, event) => {
            if (++calls === 20) throw new Error('the 20th call');
            vmm.on.signal?.(state, env, event);
          },
        },
      }),
    });
    runTo(world, 600_000);
    assert.match(contextOf(world, 'vmm').stopped ?? '', /its handler threw: (no VM today|the 20th call)/);
    assert.equal(count(world), when === 'start' ? 0 : 19);
    const before = periods(world);
    runTo(world, 1_000_000);
    assert.equal(count(world), when === 'start' ? 0 : 19, 'the normal world stands');
    assert.ok(periods(world) > before);
  });
}

test('a kernel-level SMC that throws ends the system with a report, not the host', () => {
  const broken: KernelSmc = { name: 'broken', charge: 1, matches: (r0) => r0 === 0x84000000, handle: () => { throw new Error('a mistake'); } };
  const world = createWorld({ boot: callingBoot(), kernelSmcs: [broken] });
  assert.equal(runTo(world, 600_000), 'halted');
  assert.deepEqual(world.system.halted, { reason: 'the kernel-level SMC broken threw: a mistake', status: 1 });
  assert.ok(world.log.includes('kernel the kernel-level SMC broken threw: a mistake'));
});

for (const [what, set, reason] of [
  ['monitor mode', { cpsr: 0xd6 }, /VM "normal" stopped|vm "normal" stopped: its cpsr 0xd6 has a mode that the normal world does not have/],
  ['no mode at all', { cpsr: 0 }, /vm "normal" stopped: its cpsr 0x0 has a mode/],
  ['an interrupt that does not exist', { irq_injection: 0xffffffff }, /injection of interrupt 4294967295 into VM "normal" refused/],
  ['an interrupt behind the last', { irq_injection: 128 }, /injection of interrupt 128 into VM "normal" refused/],
] as const) {
  test(`the VMM sets ${what} in the VM's state: refused, and the kernel goes on`, () => {
    let calls = 0;
    const world = createWorld({
      boot: callingBoot(), components: [ticking],
      wrapVmm: (vmm) => ({
        ...vmm,
        on: {
          ...vmm.on,
          signal: (state, env, event) => {
            vmm.on.signal?.(state, env, event);
            if (++calls === 5) for (const [register, value] of Object.entries(set)) env.vm!.set(register as 'cpsr' | 'irq_injection', value);
          },
        },
      }),
    });
    runTo(world, 600_000);
    assert.ok(world.log.some((line) => reason.test(line)), world.log.join('\n'));
    const before = periods(world);
    runTo(world, 1_000_000);
    assert.ok(periods(world) > before);
    assert.equal(world.system.halted, undefined, world.log.join('\n'));
  });
}

test('the VMM cannot keep the kernel\'s interrupts from it by CPSR.F', () => {
  const world = createWorld({
    boot: callingBoot(), components: [ticking],
    wrapVmm: (vmm) => ({
      ...vmm,
      on: {
        ...vmm.on,
        signal: (state, env, event) => {
          vmm.on.signal?.(state, env, event);
          env.vm!.set('cpsr', env.vm!.get('cpsr') | 0x140);
          env.vm!.set('r1', 0);
        },
      },
    }),
  });
  runTo(world, 600_000);
  const before = periods(world);
  runTo(world, 1_000_000);
  assert.ok(periods(world) > before);
});

test('a service works in its own address space, and shares no objects with who calls it', () => {
  const seen: Plain[] = [];
  const store: Component<{ kept: Plain[] }> = {
    name: 'store', initial: () => ({ kept: [] }),
    on: {
      start: (_state, { ram }) => { ram!.alloc(4096).write32(0, 0x11111111); },
      call: (state, { ram }, method, args) => {
        if (method === 'abort') ram!.alloc(64).read32(60 + 0x1000);
        state.kept.push(...args);
        return state.kept;
      },
    },
  };
  const client: Component<{ mine: { n: number } }> = {
    name: 'client', initial: () => ({ mine: { n: 1 } }),
    on: {
      start: (state, { ram, peer }) => {
        const own = ram!.alloc(4096);
        own.write32(0, 0x22222222);
        const answer = peer('store').call('keep', state.mine);
        state.mine.n = 2;
        seen.push(own.read32(0), answer);
      },
    },
  };
  const world = createWorld({
    boot: callingBoot(),
    components: [{ component: store, priority: 5, sessions: { ram: 8192 } }, { component: client, priority: 4, sessions: { ram: 8192 }, routes: { store: 'store' } }],
  });
  runTo(world, 300_000);
  assert.deepEqual(seen, [0x22222222, [{ n: 1 }]], world.log.join('\n'));
  assert.deepEqual(contextOf(world, 'store').component, { kept: [{ n: 1 }] });
});

test('a service\'s dataspaces are its own while others call it', () => {
  const seen: number[] = [];
  let space: { read32(offset: number): number; write32(offset: number, value: number): void } | undefined;
  const store: Component = {
    name: 'store', initial: () => null,
    on: {
      start: (_state, { ram }) => { (space = ram!.alloc(4096)).write32(0, 0x11111111); },
      call: () => space!.read32(0),
    },
  };
  const client: Component = {
    name: 'client', initial: () => null,
    on: { start: (_state, { ram, peer }) => { ram!.alloc(4096).write32(0, 0x22222222); seen.push(peer('store').call('get') as number); } },
  };
  const world = createWorld({
    boot: callingBoot(),
    components: [{ component: store, priority: 5, sessions: { ram: 8192 } }, { component: client, priority: 4, sessions: { ram: 8192 }, routes: { store: 'store' } }],
  });
  runTo(world, 300_000);
  assert.deepEqual(seen, [0x11111111], world.log.join('\n'));
});

test('state that is not plain: a snapshot names the component', () => {
  const odd = { name: 'odd', initial: () => ({ again: () => 1 }) as never, on: {} } satisfies Component;
  const world = createWorld({ boot: callingBoot(), components: [ticking, row(odd)] });
  runTo(world, 300_000);
  assert.throws(() => world.system.save(), /component odd is not plain/);
  const plain = createWorld({ boot: callingBoot(), components: [ticking] });
  runTo(plain, 300_000);
  for (const { component } of plain.system.kernel.state.contexts) assert.deepEqual(structuredClone(component), component);
});

test('a kernel call of the VMM works with core\'s page table: what it maps then is there', () => {
  const seen: number[] = [];
  const look: KernelCall = {
    name: 'look', args: ['pa'], charge: 10,
    handle: (kernel, [pa]) => {
      const va = kernel.map(pa!, 4, { nonsecure: true, write: false });
      const value = kernel.read32(va);
      kernel.unmap(va, 4);
      return value;
    },
  };
  const version = smc({ number: 6, name: 'look', result: 'u32' }, ({ vm }) => {
    const value = vm.call('look', COUNT_AT + 0x100);
    seen.push(value);
    return value;
  });
  const world = createWorld({
    boot: { ...programBoot(assemble('        .syntax unified\n        .arm\n1:      mov r0, #6\n        smc #0\n        b 1b\n').bytes, [{ name: 'word', address: COUNT_AT + 0x100, bytes: Uint8Array.of(0x78, 0x56, 0x34, 0x12) }]) },
    kernelCalls: [look], own: [version], components: [ticking],
  });
  runTo(world, 300_000);
  assert.ok(seen.length > 10, world.log.join('\n'));
  assert.ok(seen.every((value) => value === 0x12345678));
});

test('windows of core come and go, of the normal world and of the secure one, at the same address', () => {
  const places: string[] = [];
  const both: KernelCall = {
    name: 'both', args: [], charge: 10,
    handle: (kernel) => {
      let sum = 0;
      for (const nonsecure of [true, false, true]) {
        const va = kernel.map(COUNT_AT, 4, { nonsecure, write: false });
        sum += kernel.read32(va) >= 0 ? 1 : 0;
        places.push(`${va.toString(16)} ${nonsecure}`);
        kernel.unmap(va, 4);
      }
      return sum;
    },
  };
  const call = smc({ number: 6, name: 'both', result: 'u32' }, ({ vm }) => vm.call('both'));
  const world = createWorld({ boot: programBoot(assemble('        .syntax unified\n        .arm\n1:      mov r0, #6\n        smc #0\n        b 1b\n').bytes), kernelCalls: [both], own: [call], components: [ticking] });
  runTo(world, 300_000);
  assert.equal(world.system.halted, undefined, world.log.join('\n'));
  const pages = places.slice(0, 3).map((line) => line.slice(0, 5));
  assert.equal(pages.length, 3);
  assert.equal(new Set(pages).size, 1, places.slice(0, 3).join(', '));
});

test('a handler that goes on with syscalls for ever is given up, with its component; the others go on', () => {
  const loop = late('bad', ({ timer }) => { for (;;) timer!.nowUs(); });
  const world = createWorld({ boot: callingBoot(), components: [ticking, row(loop)] });
  runTo(world, 2_000_000);
  assert.match(contextOf(world, 'bad').stopped ?? '', /its handler has not returned after 100000000 instructions of syscalls/, world.log.join('\n'));
  const before = { calls: count(world), periods: periods(world) };
  runTo(world, world.machine.core.count + 1_000_000);
  assert.ok(count(world) > before.calls && periods(world) > before.periods, 'the others go on');
  assert.equal(world.system.halted, undefined);
});

test('TypeScript that never returns: a host that runs the system in a thread ends it within 10 s, and names it', async () => {
  const started = performance.now();
  for (const [kind, name] of [['component', 'component sleeper'], ['kernel-smc', 'kernel-level SMC sleep'], ['vmm-smc', 'component vmm']] as const) {
    const shared = new SharedArrayBuffer(256);
    const worker = new Worker(new URL('./never-returns.worker.js', import.meta.url), { workerData: { kind, shared }, execArgv: [] });
    const words = new Int32Array(shared, 0, 2);
    let seen = -1;
    // The same handler at two looks a second apart: nothing here takes a thousandth of that.
    const stuck = await new Promise<string>((resolve, reject) => {
      const look = setInterval(() => {
        const entries = Atomics.load(words, 0);
        const length = Atomics.load(words, 1);
        if (length > 0 && entries === seen) resolve(Buffer.from(shared, 8, length).toString());
        seen = entries;
      }, 1000);
      worker.on('error', reject);
      worker.on('exit', () => { clearInterval(look); });
    });
    await worker.terminate();
    assert.equal(stuck, name);
  }
  assert.ok(performance.now() - started < 30_000 * (Number(process.env.CI_SCALE ?? 1)), `${performance.now() - started} ms for three of them, with the time that they take to start`);
});

test('the kernel dies once: one report, however often the machine is run on', () => {
  const dies: KernelSmc = { name: 'dies', charge: 1, matches: (r0) => r0 === 0x84000000, handle: (kernel) => [kernel.read32(0x80100000)] };
  const world = createWorld({ boot: callingBoot(), kernelSmcs: [dies], components: [ticking] });
  for (let i = 0; i < 5; i++) runTo(world, 600_000);
  world.machine.run(10_000);
  world.machine.run(10_000);
  assert.equal(world.log.filter((line) => line.includes('DATA ABORT')).length, 1, world.log.join('\n'));
  assert.match(world.system.halted?.reason ?? '', /^DATA ABORT in secure svc, reading 0x80100000/);
});

test('bootstrap that reaches for what is not there ends with a report', () => {
  const board = { ...QSB_SECURE, coreMmio: QSB_SECURE.coreMmio.map((mmio) => (mmio.name === 'M4IF' ? { ...mmio, base: 0x9fff0000 } : mmio)) };
  const world = createWorld({ boot: callingBoot(), board });
  runTo(world, 600_000);
  assert.deepEqual(world.system.halted, { reason: 'DATA ABORT in bootstrap, writing 0x9fff010c: external abort. As a physical address this is nothing that decodes.', status: 1 });
  assert.equal(world.log.length, 1);
});
