/** The region map: a component's RAM at further places of its address space, read only or elsewhere; gone when it is detached. Also by ARM code, through the syscalls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SYSCALL_LIST, type Component, type ComponentRow, type Env } from '../../src/secure/index.ts';
import { assemble, createWorld, programBoot, runTo, type World } from './harness.ts';

const spinning = () => programBoot(assemble('        .syntax unified\n        .arm\n        b .\n').bytes);
const number = (name: string): number => SYSCALL_LIST.find((syscall) => syscall.name === name)!.number;
const contextOf = ({ system }: World, name: string) => system.kernel.state.contexts.find((context) => context.name === name)!;

function run(start: (env: Env) => void): World {
  const component: Component = { name: 'mapper', initial: () => null, on: { start: (_state, env) => { start(env); } } };
  const world = createWorld({ boot: spinning(), components: [{ component, priority: 4, sessions: { ram: 0x5000 } } satisfies ComponentRow] });
  runTo(world, 400_000);
  return world;
}

test('one dataspace at several places: what is written at one is read at the others; chosen addresses are what they are', () => {
  const seen: unknown[] = [];
  const world = run(({ ram, regions }) => {
    const space = ram!.alloc(0x1100);
    const chosen = regions!.attach(0, { at: 0x08100000 });
    const shown = regions!.attach(0, { write: false });
    chosen.write32(0x1000, 0x12345678);
    seen.push(space.read32(0x1000), shown.read32(0x1000), chosen.address, chosen.writable, shown.writable, chosen.size, shown.address >= 0x10000000);
    seen.push(regions!.regions.map(({ address }) => address === chosen.address || address === shown.address));
    regions!.detach(chosen);
    seen.push(regions!.regions.length);
    const again = regions!.attach(0, { at: 0x08100000 });
    seen.push(again.read32(0x1000));
  });
  assert.deepEqual(seen, [0x12345678, 0x12345678, 0x08100000, true, false, 0x1100, true, [true, true], 1, 0x12345678], world.log.join('\n'));
  assert.equal(contextOf(world, 'mapper').stopped, null);
});

test('a write to a region that is not writable, and any access to one that was detached, is the component\'s data abort', () => {
  const abort = /^data abort at 0x[0-9a-f]+ in secure user mode, DFAR 0x([0-9a-f]+), DFSR 0x([0-9a-f]+)$/;
  const cases = [
    // DDI 0406C, B3.13.3: 0x80f is a permission fault of a page, by a write; 0x007 a translation fault of a page.
    ({ ram, regions }: Env) => { ram!.alloc(4096); regions!.attach(0, { at: 0x09000000, write: false }).write32(4, 1); return undefined; },
    ({ ram, regions }: Env) => { ram!.alloc(4096); const region = regions!.attach(0, { at: 0x09000000 }); regions!.detach(region); region.read32(8); },
  ];
  for (const [i, [address, status]] of ([['9000004', '80f'], ['9000008', '7']] as const).entries()) {
    const world = run(cases[i]!);
    const match = abort.exec(contextOf(world, 'mapper').stopped ?? '');
    assert.deepEqual([match?.[1], match?.[2]], [address, status], world.log.join('\n'));
  }
});

test('what does not fit is refused, and changes nothing', () => {
  const seen: string[] = [];
  const world = run(({ ram, regions }) => {
    ram!.alloc(4096);
    const attempt = (work: () => void): void => {
      try {
        work();
        seen.push('no error');
      } catch (error) {
        seen.push((error as Error).message);
      }
    };
    attempt(() => { regions!.attach(1); });
    attempt(() => { regions!.attach(0, { at: 0x08000004 }); });
    attempt(() => { regions!.attach(0, { at: 0x10000000 }); });
    attempt(() => { regions!.attach(0, { at: 0x80000000 }); });
    regions!.attach(0, { at: 0x08000000 });
    attempt(() => { regions!.attach(0, { at: 0x08000000 }); });
    attempt(() => { regions!.detach({ address: 0x0a000000 } as never); });
    seen.push(String(regions!.regions.length));
  });
  const place = (at: string): string => `0x${at} is no address for a region: megabytes from 0x8000000 to 0x10000000 are`;
  assert.deepEqual(seen, ['it has no dataspace 1', place('8000004'), place('10000000'), place('80000000'), '0x8000000 is mapped already', 'no region begins at 0xa000000', '1'], world.log.join('\n'));
});

for (const tier of ['evaluate', 'threaded'] as const) {
  test(`ARM code allocates, attaches, writes, detaches, and dies of the access after it (${tier})`, () => {
    const code = `
        .syntax unified
        .arm
        mov     r0, #${number('ram-alloc')}
        mov     r1, #4096
        svc     #0
        cmp     r0, #0                  @ dataspace 0
        bne     wrong
        mov     r0, #${number('region-attach')}
        mov     r1, #0
        mov     r2, #0x08000000
        mov     r3, #1
        svc     #0
        cmp     r0, #0x08000000
        bne     wrong
        ldr     r5, =0xcafe
        str     r5, [r0]
        ldr     r6, [r0]
        cmp     r5, r6
        bne     wrong
        mov     r0, #${number('ram-alloc')}     @ over the quota
        mov     r1, #8192
        svc     #0
        cmn     r0, #2
        bne     wrong
        mov     r0, #${number('region-detach')}
        mov     r1, #0x08000000
        svc     #0
        mov     r4, #0x08000000
        ldr     r4, [r4]
wrong:  udf     #1
        .ltorg
`;
    const world = createWorld({ boot: spinning(), tier, components: [{ component: { name: 'arm', code }, priority: 4, sessions: { ram: 8192 } }] });
    runTo(world, 400_000);
    assert.match(contextOf(world, 'arm').stopped ?? '', /^data abort at 0x[0-9a-f]+ in secure user mode, DFAR 0x8000000, DFSR 0x7$/, world.log.join('\n'));
  });
}
