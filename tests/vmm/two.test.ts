/**
 * Two VMs: each with its RAM, its VMM, its registers and interrupts; what one does, the other does not notice. Expected values: DDI 0406C (which registers are banked, B3.15.2;
 * external aborts, B3.13.3), the i.MX53 reference manual (SDMA's descriptors), and what the programs put into registers themselves.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QSB_SECURE } from '../../src/secure/index.ts';
import { checkVms, watermarks } from '../../src/secure/kernel/vm-hardware.ts';
import { smc } from '../../src/secure/vmm/index.ts';
import type { Tier } from '../../src/soc/index.ts';
import { contextOf, FIRST, FULL, program, randoms, run, SECOND, SECOND_VMM, SECURE, twoVms, wordAt } from './world.ts';

const TIERS: readonly Tier[] = ['evaluate', 'threaded', 'region'];
/** A quantum of 10 ms is 50,000 instructions. */
const SLOW = 5_000_000;
const RESULTS = 0x20000;

for (const tier of TIERS) {
  test(`both guests run to their end, by turns, with all their registers and banks (${tier})`, () => {
    const world = twoVms({ first: 'echo one; banks 6 40000; smc PSCI_VERSION', second: 'echo two; banks 6 40000; fault svc; echo after', tier, frequencyHz: SLOW });
    run(world, 20_000_000);
    assert.deepEqual(world.system.halted, { reason: 'the normal world switched the system off', status: 0 }, world.log.join('\n'));
    assert.match(world.first(), /one\r?\n[^]*banks: ok, \d+ registers, 6 times[^]*r0 = 0x00010001/);
    assert.match(world.second(), /two\r?\n[^]*banks: ok, \d+ registers, 6 times[^]*after/);
    assert.ok(contextOf(world, SECOND_VMM).component !== null && (contextOf(world, SECOND_VMM).component as { emulated: number }).emulated > 100, 'its console is emulated');
  });
}

/** Registers that belong to a VM as a whole: name, MCR and MRC operands, bits that can be written. MMU off, so that any value may stand in them. */
const REGISTERS: readonly (readonly [name: string, operands: string, mask: number])[] = [
  ['TTBR0', 'p15, 0, r1, c2, c0, 0', 0xffffff80], ['TTBR1', 'p15, 0, r1, c2, c0, 1', 0xffffc000], ['TTBCR', 'p15, 0, r1, c2, c0, 2', 7], ['DACR', 'p15, 0, r1, c3, c0, 0', 0xffffffff],
  ['DFSR', 'p15, 0, r1, c5, c0, 0', 0x1cff], ['IFSR', 'p15, 0, r1, c5, c0, 1', 0x140f], ['DFAR', 'p15, 0, r1, c6, c0, 0', 0xffffffff], ['IFAR', 'p15, 0, r1, c6, c0, 2', 0xffffffff],
  ['PRRR', 'p15, 0, r1, c10, c2, 0', 0x000fffff], ['NMRR', 'p15, 0, r1, c10, c2, 1', 0xffffffff], ['VBAR', 'p15, 0, r1, c12, c0, 0', 0xffffffe0],
  ['CONTEXTIDR', 'p15, 0, r1, c13, c0, 1', 0xffffffff], ['TPIDRURW', 'p15, 0, r1, c13, c0, 2', 0xffffffff], ['TPIDRURO', 'p15, 0, r1, c13, c0, 3', 0xffffffff],
  ['TPIDRPRW', 'p15, 0, r1, c13, c0, 4', 0xffffffff], ['CSSELR', 'p15, 2, r1, c0, c0, 0', 3], ['PAR', 'p15, 0, r1, c7, c4, 0', 0xfffff000], ['TEEHBR', 'p14, 6, r1, c1, c0, 0', 0xfffffffc],
  ['CPACR', 'p15, 0, r1, c1, c0, 2', 0x00f00000], ['SCTLR', 'p15, 0, r1, c1, c0, 0', 0x1804],
];

/** Writes its own values, reads them back round after round, and counts rounds and differences at RESULTS. */
function keeper(ram: { readonly base: number; readonly size: number }, seed: number) {
  const random = randoms(seed);
  const values = REGISTERS.map(([, , mask]) => (random(2 ** 32) & mask) >>> 0);
  const text = `
        ldr     r9, =RAM + ${RESULTS}
        mov     r7, #0
        str     r7, [r9]
        str     r7, [r9, #4]
${REGISTERS.map(([, operands], i) => `        ldr r1, =${values[i]!}\n        mcr ${operands}`).join('\n')}
1:      mov     r8, #0
${REGISTERS.map(([, operands, mask], i) => `        mrc ${operands}\n        ldr r2, =${mask}\n        and r1, r1, r2\n        ldr r2, =${values[i]!}\n        cmp r1, r2\n        orrne r8, r8, #${i < 8 ? 1 << i : `1 << ${i}`}`).join('\n')}
        ldr     r1, [r9, #4]
        orr     r1, r1, r8
        str     r1, [r9, #4]
        add     r7, r7, #1
        str     r7, [r9]
        b       1b`;
  return program(ram, text);
}

for (const tier of TIERS) {
  test(`system registers are each VM's own (${tier})`, () => {
    const world = twoVms({ first: keeper(FIRST, 0x1234567), second: keeper(SECOND, 0x7654321), tier, frequencyHz: SLOW });
    run(world, 3_000_000);
    for (const { base } of [FIRST, SECOND]) {
      const [rounds, different] = [wordAt(world.machine, base + RESULTS), wordAt(world.machine, base + RESULTS + 4)];
      assert.equal(different, 0, `changed: ${REGISTERS.filter((_, i) => (different >>> i & 1) !== 0).map(([name]) => name).join(', ')}`);
      assert.ok(rounds > 1000, `${rounds} rounds`);
    }
  });
}

test('the other VM\'s RAM, and the secure world\'s, are out of reach for each of them, and nothing else is', () => {
  const refusals: string[] = [];
  const world = twoVms({
    first: `read 0x${SECOND.base.toString(16)}; write 0x${(SECOND.base + SECOND.size - 4).toString(16)} 1; read 0x${SECURE.base.toString(16)}; read 0x${(FIRST.base + 0x8000).toString(16)}; echo one`,
    second: `read 0x${FIRST.base.toString(16)}; write 0x${(FIRST.base + FIRST.size - 4).toString(16)} 1; read 0x${(SECURE.base + SECURE.size - 4).toString(16)}; read 0x${(SECOND.base + 0x8000).toString(16)}; echo two`,
    onRefusal: (rule, address) => { refusals.push(`${rule} 0x${address.toString(16)}`); }, frequencyHz: SLOW,
  });
  run(world, 20_000_000);
  assert.equal(world.system.halted?.status, 0, world.log.join('\n'));
  for (const output of [world.first(), world.second()]) {
    assert.equal(output.match(/synchronous external abort/g)?.length, 3, output);
    assert.match(output, /(one|two)/);
  }
  const bank = (number: number): string => `M4IF watermark of DDR bank ${number}`;
  for (const expected of [
    `${bank(0)} 0x72000000`, `${bank(0)} 0x723ffffc`, `${bank(0)} 0x70000000`, `${bank(1)} 0xb0000000`, `${bank(1)} 0xb03ffffc`, `${bank(0)} 0x71fffffc`,
  ]) assert.ok(refusals.includes(expected), `${expected}\n${refusals.join('\n')}`);
});

/** SDMA's channel 0 (i.MX53 reference manual, chapter SDMA): MC0PTR, START; a control block's first word leads to the descriptor: mode and count, address, address of SDMA's own memory. */
const SDMA = 0x63fb0000;
const SET_DATA = 0x01 << 24 | 1 << 17 | 1 << 16;

/** Has SDMA read a word of memory, and copies what its descriptor says then to RESULTS. */
const dmaReader = (ram: { readonly base: number }, victim: number) => program(ram, `
        ldr     r0, =RAM + 0x30000              @ control block
        ldr     r1, =RAM + 0x30100              @ descriptor
        str     r1, [r0]
        str     r1, [r0, #4]
        ldr     r2, =${(SET_DATA | 1) >>> 0}
        str     r2, [r1]
        ldr     r2, =${victim}
        str     r2, [r1, #4]
        ldr     r2, =0x1000
        str     r2, [r1, #8]
        ldr     r3, =${SDMA}
        str     r0, [r3]
        mov     r2, #1
        str     r2, [r3, #0x0c]
        ldr     r2, [r1]
        ldr     r9, =RAM + ${RESULTS}
        str     r2, [r9]
        mov     r2, #1
        str     r2, [r9, #4]
1:      b       1b`);

test('a DMA master that one VM programs does not reach the other\'s RAM; it does reach the VM\'s own', () => {
  const idle = (ram: { readonly base: number }) => program(ram, '1: b 1b');
  for (const [victim, error] of [[SECOND.base + 0x8000, 1], [FIRST.base + 0x8000, 0]] as const) {
    const refusals: string[] = [];
    const world = twoVms({ first: dmaReader(FIRST, victim), second: idle(SECOND), onRefusal: (rule, address, access) => { refusals.push(`${rule} 0x${address.toString(16)} master ${access >>> 4}`); } });
    run(world, 1_000_000, () => wordAt(world.machine, FIRST.base + RESULTS + 4) === 1, 20_000);
    assert.equal(wordAt(world.machine, FIRST.base + RESULTS) >>> 20 & 1, error, 'ERROR of the descriptor');
    assert.equal(refusals.filter((line) => line.startsWith(`M4IF watermark of DDR bank 0 0x${victim.toString(16)}`) && !line.endsWith('master 0')).length > 0, error === 1, refusals.join('\n'));
  }
});

/** Enables an interrupt and sets its priority; then sees whether both stay so, and whether others are enabled. */
const enabler = (ram: { readonly base: number }, word: number, bit: number) => program(ram, `
        ldr     r9, =RAM + ${RESULTS}
        mov     r7, #0
        str     r7, [r9, #4]
        ldr     r3, =0x0fffc000
        mvn     r1, #0
        str     r1, [r3, #${0x180 + word * 4}]         @ ENCLEAR: all
        ldr     r1, =1 << ${bit}
        str     r1, [r3, #${0x100 + word * 4}]         @ ENSET
        mov     r2, #${0x40 + word * 16 + bit}
        strb    r2, [r3, #${0x400 + word * 32 + bit}]  @ PRIORITY
2:      ldr     r4, [r3, #${0x100 + word * 4}]
        cmp     r4, r1
        bne     3f
        ldrb    r4, [r3, #${0x400 + word * 32 + bit}]
        and     r4, r4, #0xfe
        and     r5, r2, #0xfe
        cmp     r4, r5
        bne     3f
        add     r7, r7, #1
        str     r7, [r9]
        b       2b
3:      mov     r4, #1
        str     r4, [r9, #4]
4:      b       4b`);

test('enables and priorities of interrupts are each VM\'s own', () => {
  const world = twoVms({ first: enabler(FIRST, 0, 31), second: enabler(SECOND, 0, 30), secondPlace: { interrupts: [30] }, frequencyHz: SLOW });
  run(world, 3_000_000);
  for (const { base } of [FIRST, SECOND]) {
    assert.equal(wordAt(world.machine, base + RESULTS + 4), 0, 'as it was left');
    assert.ok(wordAt(world.machine, base + RESULTS) > 1000);
  }
});

test('an interrupt that is not a VM\'s cannot be enabled by it', () => {
  const refusals: string[] = [];
  const world = twoVms({
    first: program(FIRST, '1: b 1b'), second: enabler(SECOND, 0, 31), secondPlace: { interrupts: [30] }, frequencyHz: SLOW,
    onRefusal: (rule, address) => { refusals.push(`${rule} 0x${address.toString(16)}`); },
  });
  run(world, 1_000_000);
  assert.equal(wordAt(world.machine, SECOND.base + RESULTS + 4), 1, 'ENSET did not take it');
  assert.ok(refusals.includes('TZIC ENSET of secure sources 0xfffc100'), refusals.join('\n'));
});

const bug = (): never => { throw new Error('a bug'); };

for (const [what, second, reason] of [
  ['paused', 'smc 99', /VM "second" is paused: unknown SMC 99/],
  ['dead', 'smc 6', /thread "vmm-second" stopped: its handler threw: a bug/],
  ['off', 'poweroff', /VM "second": power off/],
] as const) {
  test(`one VM ${what} leaves the other running`, () => {
    const world = twoVms({ first: 'banks 4 100000; echo one; smc PSCI_VERSION', second, frequencyHz: SLOW, secondSmcs: [smc({ number: 6, name: 'bug' }, bug)] });
    run(world, 20_000_000);
    assert.ok(world.log.some((line) => reason.test(line)), world.log.join('\n'));
    assert.match(world.first(), /banks: ok[^]*one[^]*r0 = 0x00010001/);
    assert.equal(contextOf(world, 'second').ready, false);
    // A VM that is paused could be resumed by its VMM: the system waits with it. Where none is left, it ends.
    assert.equal(world.system.halted?.status, what === 'paused' ? undefined : 0);
  });
}

test('SMCs of the two are counted, and answered, apart', () => {
  const own = (answer: number) => smc({ number: 6, name: 'who', result: 'u32', level: 'kernel' }, () => answer);
  const world = twoVms({ first: 'smc 6', second: 'smc 6; smc 6', firstSmcs: [own(1)], secondSmcs: [own(2)] });
  run(world, 60_000_000);
  assert.match(world.first(), /r0 = 0x00000001/);
  assert.equal(world.second().match(/r0 = 0x00000002/g)?.length, 2);
  assert.equal(world.table.rows().find(({ name }) => name === 'who')!.calls, 1);
});

test('VFP registers are each VM\'s own', () => {
  const vfp = (ram: { readonly base: number; readonly size: number }, value: number) => program(ram, `
        mov     r0, #0xf00000
        mcr     p15, 0, r0, c1, c0, 2
        isb
        mov     r0, #0x40000000
        vmsr    fpexc, r0
        ldr     r9, =RAM + ${RESULTS}
        mov     r7, #0
        ldr     r1, =${value}
${Array.from({ length: 32 }, (_, i) => `        add r2, r1, #${i}\n        vmov d${i}, r1, r2`).join('\n')}
1:
${Array.from({ length: 32 }, (_, i) => `        vmov r3, r4, d${i}\n        add r2, r1, #${i}\n        cmp r3, r1\n        cmpeq r4, r2\n        bne 2f`).join('\n')}
        add     r7, r7, #1
        str     r7, [r9]
        b       1b
2:      mov     r3, #1
        str     r3, [r9, #4]
3:      b       3b`);
  const world = twoVms({ first: vfp(FIRST, 0x11110000), second: vfp(SECOND, 0x22220000), frequencyHz: SLOW });
  run(world, 3_000_000);
  for (const { base } of [FIRST, SECOND]) {
    assert.equal(wordAt(world.machine, base + RESULTS + 4), 0);
    assert.ok(wordAt(world.machine, base + RESULTS) > 1000);
  }
});

const SNAPSHOTS = FULL ? 200 : 12;

test(`${SNAPSHOTS} snapshots of both at random counts, each resumed in another tier`, () => {
  const make = (tier: Tier) => twoVms({ first: 'banks 60 5000', second: 'banks 60 5000', frequencyHz: SLOW, tier });
  const [writer, reader] = [make('threaded'), make('evaluate')];
  const next = randoms(0x5eed5eed);
  const light = ({ system }: ReturnType<typeof make>) => {
    const { kernel, machine } = system.save();
    return { kernel, cpu: machine.cpu, chip: machine.chip };
  };
  const loaded = new Set<number>();
  for (let i = 0; i < SNAPSHOTS; i++) {
    const snapshot = structuredClone(writer.system.save());
    loaded.add(snapshot.kernel.vmLoaded);
    reader.system.load(snapshot);
    const target = writer.machine.core.count + 20_000 + next(60_000);
    run(writer, target);
    run(reader, target);
    assert.deepEqual(light(reader), light(writer), `to ${target}`);
  }
  assert.ok(loaded.size >= 2);
});

test('what cannot be kept apart is refused when the system is built', () => {
  const board = { ...QSB_SECURE, protectedRam: SECURE };
  const vm = (name: string, base: number, size: number) => ({ name, ram: { base, size } });
  const MIB = 1 << 20;
  checkVms(board, [vm('a', FIRST.base, FIRST.size), vm('b', SECOND.base, SECOND.size)]);
  for (const [vms, pattern] of [
    [[vm('a', 0xb0000000, MIB), vm('a', 0xb0100000, MIB)], /two VMs are named a/],
    [[vm('a', 0xb0000000, 2 * MIB), vm('b', 0xb0100000, MIB)], /overlaps that of VM a/],
    [[vm('a', 0x71000000, MIB)], /overlaps secure RAM/],
    [[vm('a', 0xb0000100, MIB)], /not made of whole MiB/],
    // Between secure RAM and another VM's, in one bank
    [[vm('a', 0x74000000, MIB), vm('b', 0x78000000, MIB)], /the region 0x70000000-0x780fffff of DDR bank 0 .* while VM a runs has that VM's own RAM in it/],
    [[vm('a', 0xb0000000, MIB), vm('b', 0x81000000, MIB)], /while VM a runs is larger than 256 MiB/],
  ] as const) assert.throws(() => { checkVms(board, vms); }, pattern);
  assert.throws(() => { checkVms(board, [{ ...vm('a', 0xb0000000, MIB), interrupts: [40] }]); }, /interrupt 40 of VM a is a secure one/);
  // START: enable and first page, END: last page (i.MX53 reference manual, chapter M4IF)
  const both = [vm('a', FIRST.base, FIRST.size), vm('b', SECOND.base, SECOND.size)];
  assert.deepEqual(watermarks(board, both, 'a'), [[0x80070000, 0x723ff], [0, 0]]);
  assert.deepEqual(watermarks(board, both, 'b'), [[0x80070000, 0x71fff], [0x800b0000, 0xb03ff]]);
});
