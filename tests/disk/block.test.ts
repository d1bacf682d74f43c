/**
 * Block calls from a program in the normal world, on the whole system: what the CPU and SDMA write into the buffer while a request is queued, the interrupt at the TZIC, and a
 * snapshot at that moment. The calls by themselves are tested beside their source (src/secure/vmm/tz-block.test.ts).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MemoryStore, type System } from '../../src/secure/index.ts';
import { createScenarioSystem } from '../../src/secure/scenario.ts';
import type { BlockState } from '../../src/secure/components/index.ts';
import { Machine, type Tier } from '../../src/soc/index.ts';
import { assemble, programBoot, wordAt } from '../secure/harness.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const RAM = 0x80000000;
const BUFFER = RAM + 0x100000;
const STEP = RAM + 0x20000;
const NOTES = RAM + 0x20010;
const PATTERN = RAM + 0x30000;
const CONTROL = RAM + 0x40000;
const DESCRIPTOR = RAM + 0x40100;
const BLOCK = 512;
const LATENCY_US = 500;

/** Submits a write of the pattern, lets SDMA and the CPU write over the buffer while it is queued, waits for its reply; then reads the block back. */
const PROGRAM = `
        .syntax unified
        .arm
        .equ SDMA, 0x63fb0000
        .equ TZIC, 0x0fffc000
start:  ldr     r10, =${STEP}
        ldr     r11, =${NOTES}
        @ what SDMA will write: words of 0xeeeeeeee behind the pattern, taken into its own memory
        ldr     r0, =${PATTERN + 0x1000}
        ldr     r1, =0xeeeeeeee
        mov     r2, #128
1:      str     r1, [r0], #4
        subs    r2, r2, #1
        bne     1b
        ldr     r0, =0x01010080         @ C0_SETDM, done, 128 words
        ldr     r1, =${PATTERN + 0x1000}
        bl      dma
        mov     r0, #3
        mov     r1, #10                 @ buffer
        ldr     r2, =${BUFFER}
        mov     r3, #4096
        smc     #0
        str     r0, [r11, #0]
        mov     r0, #3
        mov     r1, #6                  @ start
        mov     r2, #0
        smc     #0
        str     r0, [r11, #4]
        ldr     r0, =${PATTERN}
        ldr     r1, =${BUFFER}
        mov     r2, #128
1:      ldr     r3, [r0], #4
        str     r3, [r1], #4
        subs    r2, r2, #1
        bne     1b
        mov     r12, #1
        bl      submit
        str     r0, [r11, #8]
        @ queued: the buffer changes under it
        ldr     r0, =0x02010080         @ C0_GETDM, done, 128 words
        ldr     r1, =${BUFFER}
        bl      dma
        ldr     r0, =${BUFFER}
        ldr     r0, [r0, #64]
        str     r0, [r11, #12]
        ldr     r0, =${BUFFER}
        ldr     r1, =0xdddddddd
        str     r1, [r0]
        mov     r1, #1
        str     r1, [r10]
        bl      collect
        mov     r1, #2
        str     r1, [r10]
        mov     r12, #0
        bl      submit
        str     r0, [r11, #16]
        bl      collect
        mov     r1, #3
        str     r1, [r10]
2:      b       2b

@ a request of a block at block 3; r12: write
submit: mov     r9, lr
        mov     r0, #3
        mov     r1, #7
        mov     r2, #0
        mov     r3, #${BLOCK}
        ldr     r4, =0xcafe0001
        smc     #0
        mov     r8, r0
        mov     r3, r1
        mov     r0, #3
        mov     r1, #8
        mov     r2, #0
        mov     r4, #${BLOCK}
        mov     r5, #0
        mov     r6, #${3 * BLOCK}
        mov     r7, r12
        smc     #0
        bx      r9

@ waits until the interrupt's source is up, notes it, collects, and notes it again
collect: ldr    r4, =TZIC
1:      ldr     r5, [r4, #0x208]
        tst     r5, #1 << 28
        beq     1b
        str     r5, [r11, #20]
        mov     r0, #3
        mov     r1, #9
        mov     r2, #0
        smc     #0
        str     r0, [r11, #24]
        ldr     r4, =TZIC
        ldr     r5, [r4, #0x208]
        str     r5, [r11, #28]
        bx      lr

@ channel 0 of SDMA: command r0, address r1, its memory from 0x800 on
dma:    ldr     r2, =${DESCRIPTOR}
        str     r0, [r2]
        str     r1, [r2, #4]
        ldr     r0, =0x900
        str     r0, [r2, #8]
        ldr     r3, =${CONTROL}
        str     r2, [r3]
        str     r2, [r3, #4]
        ldr     r2, =SDMA
        str     r3, [r2]                @ MC0PTR
        mvn     r0, #0
        str     r0, [r2, #0x18]         @ HOSTOVR
        mov     r0, #1
        str     r0, [r2, #0x100]        @ CHNPRI0
        str     r0, [r2, #0x0c]         @ HSTART
        bx      lr
        .ltorg
`;

const pattern = Uint8Array.from({ length: BLOCK }, (_, i) => i * 5 + 1);

function world(tier: Tier): { readonly system: System; readonly machine: Machine; readonly store: MemoryStore; readonly log: string[]; block(): BlockState } {
  const log: string[] = [];
  const machine = new Machine({ tier, dramBankBytes: 0x10200000 });
  machine.applyHandover();
  const store = new MemoryStore({ size: 64 * BLOCK });
  const { system } = createScenarioSystem({
    machine, label: 'normal', boot: programBoot(assemble(PROGRAM).bytes, [{ name: 'pattern', address: PATTERN, bytes: pattern }]),
    host: { disks: [{ store, latencyUs: LATENCY_US }] },
    sources: { entry: read('src/secure/kernel/entry.s'), vector: read('src/secure/monitor/vector.s') },
    log: (who, line) => { log.push(`${who} ${line}`); },
  });
  return { system, machine, store, log, block: () => system.kernel.state.contexts.find(({ name }) => name === 'block0')!.component as BlockState };
}

function runToStep({ system, machine, log }: ReturnType<typeof world>, step: number): void {
  while (wordAt(machine, STEP) < step) {
    assert.equal(system.run(2000), 'budget', log.join('\n'));
    assert.ok(machine.core.count < 40_000_000, log.join('\n'));
  }
}

const note = ({ machine }: ReturnType<typeof world>, at: number): number => wordAt(machine, NOTES + at);

for (const tier of ['evaluate', 'auto'] as const) {
  test(`SDMA and the CPU write over the buffer while a write is queued: the disk gets what was there at the call (${tier})`, () => {
    const first = world(tier);
    runToStep(first, 1);
    assert.deepEqual([note(first, 0), note(first, 4), note(first, 8)], [0, 0, 0], first.log.join('\n'));
    assert.equal(note(first, 12), 0xeeeeeeee, 'SDMA has written');
    assert.equal(first.block().queued.length, 1, 'the request outlived its handler');
    assert.deepEqual(first.store.read(3 * BLOCK, BLOCK), new Uint8Array(BLOCK));
    const snapshot = structuredClone(first.system.save());

    const finish = (each: ReturnType<typeof world>): void => {
      runToStep(each, 2);
      assert.deepEqual(each.store.read(3 * BLOCK, BLOCK), pattern);
      assert.equal(note(each, 20) >>> 28 & 1, 1, 'interrupt 92 is up when the reply is there');
      assert.equal(note(each, 24), 1);
      assert.equal(note(each, 28) >>> 28 & 1, 0, 'and down once it is collected');
      runToStep(each, 3);
      assert.deepEqual([note(each, 16), note(each, 24)], [0, 1]);
      assert.deepEqual([wordAt(each.machine, BUFFER), wordAt(each.machine, BUFFER + 4), wordAt(each.machine, BUFFER + 8)], [0xcafe0001, 0, BLOCK]);
      assert.deepEqual(each.machine.bytes(BUFFER + 12, BLOCK), pattern);
      const { reads, writes, errors, queued, done } = each.block();
      assert.deepEqual([reads, writes, errors, queued.length, done.length], [1, 1, 0, 0, 0]);
    };
    finish(first);
    // The same from the moment at which the request was queued, in another machine and tier.
    const second = world(tier === 'auto' ? 'evaluate' : 'auto');
    second.system.load(snapshot);
    assert.equal(second.block().queued.length, 1);
    finish(second);
    assert.equal(second.machine.core.count, first.machine.core.count);
  });
}
