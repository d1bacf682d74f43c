/** The setting `aborts`: refused data accesses are synchronous or imprecise. Expected values: DDI 0406C B1.9.8, B3.13.3 (FS 0b10110, ExT for a slave's error). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATE } from '../cpu/index.ts';
import { allRows, createAssembler } from '../isa/index.ts';
import { Machine, type Aborts, type Tier } from './machine.ts';

const BASE = 0x70000000;
const TIERS = ['evaluate', 'threaded', 'region'] as const;
/** M4IF watermark over one page of bank 0. */
const CLOSED = 0x70100000;

/** In the normal world (SCR.NS and AW), with aborts masked: a refused store and loads of what nothing answers; unmasked at `unmask`. The vector stops in a loop. */
const PROGRAM = `
        .syntax unified
        .arm
        b       start
vectors:
        .align 5
table:  b       .
        b       .
        b       .
        b       .
        b       taken
        b       .
        b       .
        b       .
taken:  mrc     p15, 0, r5, c5, c0, 0
        mrc     p15, 0, r6, c6, c0, 0
        mov     r7, lr
1:      b       1b
start:  mov     r0, #0x21
        mcr     p15, 0, r0, c1, c1, 0
        ldr     r0, =table
        mcr     p15, 0, r0, c12, c0, 0
        ldr     r0, =0x5555
        mcr     p15, 0, r0, c6, c0, 0
        ldr     r1, =${CLOSED}
        ldr     r2, =0x12345678
        str     r2, [r1]
        ldr     r3, [r1, #4]!
        mrc     p15, 0, r4, c12, c1, 0
        mov     r8, #20
2:      subs    r8, r8, #1
        bne     2b
        mov     r8, #1
        cpsie   a
unmasked:
        mov     r9, #1
        b       .
        .ltorg
`;

function machineWith(tier: Tier, aborts?: Aborts) {
  const machine = new Machine({ tier, dramBankBytes: 2 << 20, ...(aborts === undefined ? {} : { aborts }) });
  const result = createAssembler(allRows).assemble(PROGRAM, { file: 'aborts.s', origin: BASE });
  assert.ok(result.ok, JSON.stringify(result));
  for (const { address, bytes } of result.sections) machine.loadBytes(address, bytes);
  machine.chip.writeRegister('M4IF', 'WM_DDR0_END', CLOSED >>> 12);
  machine.chip.writeRegister('M4IF', 'WM_DDR0_START', (CLOSED >>> 12 | 1 << 31) >>> 0);
  machine.memory.u32[STATE.r + 15] = BASE;
  return { machine, symbol: (name: string) => result.symbols.get(name)!.value };
}

const registers = (machine: Machine): number[] => [...machine.memory.u32.subarray(STATE.r, STATE.r + 16)];

for (const tier of TIERS) {
  test(`precise: at the access, with its address (${tier})`, () => {
    const { machine } = machineWith(tier);
    machine.run(200);
    const r = registers(machine);
    assert.deepEqual([r[5]! & ~0xf0, r[6], r[4]], [0x1808, CLOSED, 0]);
  });

  test(`board: pending until unmasked, without an address (${tier})`, () => {
    const { machine, symbol } = machineWith(tier, 'board');
    machine.run(200);
    const r = registers(machine);
    // DFSR; DFAR as it was; LR: the next instruction + 8; ISR.A while it waited; the load's writeback and what followed happened
    assert.deepEqual([r[5], r[6], r[7], r[4], r[1], r[8], r[9]], [0x1406, 0x5555, symbol('unmasked') + 8, 0x100, CLOSED + 4, 1, 0]);
    assert.deepEqual([...machine.bytes(CLOSED, 4)!], [0, 0, 0, 0], 'nothing was written');
    assert.equal(machine.memory.i32[STATE.asyncAbort], 0);
  });
}

test('a pending imprecise abort is a part of snapshots', () => {
  const whole = machineWith('evaluate', 'board').machine;
  whole.run(200);
  for (const from of TIERS) for (const to of TIERS) {
    const { machine } = machineWith(from, 'board');
    machine.run(30);
    assert.notEqual(machine.memory.i32[STATE.asyncAbort], 0);
    const other = machineWith(to, 'board').machine;
    other.load(structuredClone(machine.save()));
    other.run(170);
    assert.deepEqual(registers(other), registers(whole), `${from} to ${to}`);
  }
});
