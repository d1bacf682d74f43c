/**
 * Registers, banks and VFP of the normal world under secure interrupts at random points: a component's timer, an ARM component that wakes up at random times and uses all VFP registers, and two
 * that spin and are preempted. The guest's `banks` fills and checks every banked register, in every mode, between and during calls; each component checks its own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpin, createVfpSpin } from '../../src/secure/components/index.ts';
import { PHYSICAL, SYSCALL_LIST, THREAD, VIRTUAL, type ArmComponent, type Component, type ComponentRow } from '../../src/secure/index.ts';
import { createWorld, miniBoot, runTo, wordAt } from './harness.ts';

const FREQUENCY = 20_000_000;
const number = (name: string): number => SYSCALL_LIST.find((syscall) => syscall.name === name)!.number;

/** Wakes up after 40 to 295 us, again and again. */
const jitter: Component<{ seed: number; wakes: number }> = {
  name: 'jitter', initial: () => ({ seed: 0x1234567, wakes: 0 }),
  on: {
    start: (_state, { timer }) => { timer!.triggerOnceUs(10); },
    signal: (state, { timer }) => {
      state.wakes++;
      state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
      timer!.triggerOnceUs(40 + (state.seed >>> 24));
    },
  },
};

const doubles = Array.from({ length: 32 }, (_, i) => i);

/** Wakes up at random times; holds a pattern in r4-r11, D0-D31 and FPSCR while it sleeps and looks at it when it wakes. r4 counts its rounds. */
const sleeper: ArmComponent = {
  name: 'vfp-sleeper',
  code: `
        .syntax unified
        .arm
        .fpu neon
        mov     r4, #0
        ldr     r9, =0x2468ace1
        mov     r10, #0x99
        mov     r11, #0x77
round:  add     r4, r4, #1
        eor     r9, r9, r9, lsl #13
        eor     r9, r9, r9, lsr #17
        eor     r9, r9, r9, lsl #5
${doubles.map((i) => `        add     r5, r4, #${i * 3}\n        vmov    d${i}, r5, r9`).join('\n')}
        and     r5, r4, #15
        lsl     r5, r5, #28
        vmsr    fpscr, r5
        mov     r0, #${number('timer-once')}
        mov     r1, #0
        and     r2, r9, #255
        add     r2, r2, #50
        svc     #0
        mov     r0, #${number('wait')}
        svc     #0
        vmrs    r6, fpscr
        and     r5, r4, #15
        cmp     r6, r5, lsl #28
        bne     wrong
        cmp     r10, #0x99
        cmpeq   r11, #0x77
        bne     wrong
${doubles.map((i) => `        vmov    r6, r7, d${i}\n        add     r5, r4, #${i * 3}\n        cmp     r6, r5\n        cmpeq   r7, r9\n        bne     wrong`).join('\n')}
        b       round
wrong:  mov     r0, #${number('exit')}
        svc     #0
        b       .
        .ltorg
`,
};

const rows: readonly ComponentRow[] = [
  { component: jitter, priority: 8, sessions: { timer: true } }, { component: sleeper, priority: 6, sessions: { timer: true } },
  { component: createSpin(), priority: 0 }, { component: createVfpSpin(), priority: 0 },
];

for (const tier of ['evaluate', 'threaded', 'region'] as const) {
  test(`every bank survives secure interrupts at random points (${tier})`, () => {
    const world = createWorld({ boot: miniBoot('banks 60 2000'), components: rows, frequencyHz: FREQUENCY, tier });
    runTo(world, 12_000_000);
    const { system, machine } = world;
    assert.match(world.output(), /banks: ok, 115 registers, 60 times/, world.log.join('\n'));
    const context = (name: string) => system.kernel.state.contexts.find((candidate) => candidate.name === name)!;
    for (const { component } of rows) assert.equal(context(component.name).stopped, null, world.log.join('\n'));
    const count = (name: string): number => wordAt(machine, context(name).frame - VIRTUAL.heap + PHYSICAL.heap + THREAD.r4);
    assert.ok((context('jitter').component as { wakes: number }).wakes > 300);
    assert.ok(count('vfp-sleeper') > 200, String(count('vfp-sleeper')));
    assert.ok(count('spin') > 1000 && count('spin-vfp') > 100, `${count('spin')}, ${count('spin-vfp')}`);
  });
}
