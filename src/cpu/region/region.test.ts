/**
 * The region tier against the evaluate tier: random programs in lockstep (SEED and PROGRAMS override), and as named cases what such programs found or
 * what is easily wrong. Expected values of the named cases follow from DDI 0406C.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAssembler } from '../../isa/assembler.ts';
import { allRows } from '../../isa/rows/index.ts';
import { createFlatMachine, type FlatMachine } from '../flat-machine.testing.ts';
import { STATE } from '../layout.ts';
import { lockstep, Random } from './lockstep.testing.ts';
import { CODE, DATA, randomProgram } from './random-code.testing.ts';

const SEED = Number(process.env['SEED'] ?? 7000);
const PROGRAMS = Number(process.env['PROGRAMS'] ?? 30);
const T = 1 << 5;

for (const thumb of [false, true]) {
  test(`${PROGRAMS} random ${thumb ? 'T32' : 'A32'} programs, seeds from ${SEED}`, () => {
    let executed = 0;
    for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
      const random = new Random(seed);
      const prepare = randomProgram(random, thumb);
      executed += lockstep(prepare, random, 3000, random.chance(50) ? 30 : 400, `seed ${seed}`).regions().executed;
    }
    assert.ok(executed > PROGRAMS * 500, `only ${executed} instructions in regions`);
  });
}

for (const thumb of [false, true]) {
  test(`${PROGRAMS} random ${thumb ? 'T32' : 'A32'} programs whose blocks become hot by and by, seeds from ${SEED}`, () => {
    let executed = 0;
    for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
      const random = new Random(seed);
      const prepare = randomProgram(random, thumb);
      executed += lockstep(prepare, random, 4000, random.chance(50) ? 60 : 400, `seed ${seed}`, { threshold: 2 + random.below(6) }).regions().executed;
    }
    assert.ok(executed > PROGRAMS * 300, `only ${executed} instructions in regions`);
  });
}

function program(words: readonly number[], registers: Readonly<Record<number, number>> = {}, cpsr?: number): (machine: FlatMachine) => void {
  return (machine) => {
    machine.load(CODE, words);
    if (cpsr !== undefined) machine.core.cpsr = cpsr;
    for (const [r, value] of Object.entries(registers)) machine.memory.i32[STATE.r + Number(r)] = value;
    machine.memory.i32[STATE.r + 15] = CODE;
  };
}

function run(words: readonly number[], registers: Readonly<Record<number, number>>, count: number, cpsr?: number): FlatMachine {
  const machine = createFlatMachine();
  program(words, registers, cpsr)(machine);
  assert.equal(machine.run('region', count), count);
  return machine;
}

/** The same by every length of slice. */
function slices(name: string, words: readonly number[], registers: Readonly<Record<number, number>>, count: number, cpsr?: number): void {
  for (const slice of [1, 2, 3, 5, 8, 13, 24]) lockstep(program(words, registers, cpsr), new Random(slice), count, slice, `${name}, slices of ${slice}`);
}

test('a counted loop gives the exact state at every count', () => {
  // mov r0, #0; loop: add r0, r0, r1; subs r1, r1, #1; bne loop; b .
  const words = [0xe3a00000, 0xe0800001, 0xe2511001, 0x1afffffc, 0xeafffffe];
  assert.equal(run(words, { 1: 100 }, 1 + 300).register(0), 5050);
  slices('loop', words, { 1: 40 }, 150);
});

test('a store that leaves between a compare and its branch leaves the flags of the compare', () => {
  // loop: cmp r1, #50; str r1, [r3]; bne over; mov r5, #1; over: add r1, r1, #1; b loop. R3 leads behind the code, too near for a store that goes on.
  const words = [0xe3510032, 0xe5831000, 0x1a000000, 0xe3a05001, 0xe2811001, 0xeafffff9];
  assert.equal(run(words, { 1: 0, 3: CODE + 0x1c, 5: 0 }, 51 * 6).register(5), 1);
  slices('compare, store, branch', words, { 1: 40, 3: CODE + 0x1c }, 120);
});

test('flags whose operands change before an exit are those of the old operands', () => {
  // loop: subs r1, r1, r2; ldr r4, [r3] (a device address: an abort); b loop
  slices('old operands', [0xe0511002, 0xe5934000, 0xeafffffc], { 1: 5, 2: 7, 3: 0x7f000000 }, 60);
});

test('N and Z that were kept with their operands are stored at an exit before a call', () => {
  // loop: cmp r0, r1; bl f; add r0, r0, #1; b loop; f: addmi r4, r4, #1; bx lr
  const words = [0xe1500001, 0xeb000001, 0xe2800001, 0xeafffffb, 0x42844001, 0xe12fff1e];
  assert.equal(run(words, { 0: 0, 1: 10, 4: 0 }, 6 * 20).register(4), 10);
  slices('kept flags', words, { 0: 0, 1: 5, 4: 0 }, 100);
});

test('a partial change of the flags keeps the others', () => {
  // loop: adds r0, r0, r1; tst r0, #4; movs r5, r0, lsr #3; adc r2, r2, #0; addvs r3, r3, #1; b loop
  slices('partial', [0xe0900001, 0xe3100004, 0xe1b051a0, 0xe2a22000, 0x62833001, 0xeafffff9], { 0: 0x7ffffff0, 1: 0x10000007, 2: 0, 3: 0 }, 200);
});

test('a conditional compare, and what follows from either', () => {
  // loop: cmp r0, #5; cmpne r0, r1; addls r2, r2, #1; addhi r3, r3, #1; add r0, r0, #1; and r0, r0, #15; b loop
  slices('conditional compare', [0xe3500005, 0x11500001, 0x92822001, 0x82833001, 0xe2800001, 0xe200000f, 0xeafffff8], { 0: 0, 1: 9, 2: 0, 3: 0 }, 200);
});

test('what was never executed is not compiled, and runs when its time comes', () => {
  // loop: subs r1, r1, #1; beq rare; add r0, r0, #1; b loop; rare: mov r2, #1; add r2, r2, #2; b .
  const words = [0xe2511001, 0x0a000001, 0xe2800001, 0xeafffffb, 0xe3a02001, 0xe2822002, 0xeafffffe];
  const machine = createFlatMachine(undefined, { threshold: 20 });
  program(words, { 0: 0, 1: 5000 })(machine);
  assert.equal(machine.run('region', 8000), 8000);
  assert.deepEqual([machine.regions().made, machine.regions().translated], [1, 4]);
  machine.run('region', 4999 * 4 + 2 + 3 - 8000);
  assert.deepEqual([0, 1, 2].map((r) => machine.register(r)), [4999, 0, 3]);
  machine.regions().assertInvariants();
});

test('where a function goes on behind its calls becomes no region besides the function\'s', () => {
  // loop: bl f; subs r1, r1, #1; bne loop; b .; f: push {lr}; bl g; add r0, r0, #1; bl g; add r0, r0, #2; pop {pc}; g: bx lr
  const words = [0xeb000002, 0xe2511001, 0x1afffffc, 0xeafffffe, 0xe52de004, 0xeb000003, 0xe2800001, 0xeb000001, 0xe2800002, 0xe49df004, 0xe12fff1e];
  const machine = createFlatMachine(undefined, { threshold: 20 });
  program(words, { 0: 0, 1: 1000, 13: DATA + 0x100 })(machine);
  machine.run('region', 11 * 1000);
  assert.equal(machine.register(0), 3000);
  // The loop, f, and g; or one more where what is hot first is what a call comes back to.
  assert.ok(machine.regions().made <= 4, `${machine.regions().made} regions`);
});

function assembled(text: string): number[] {
  const result = createAssembler(allRows).assemble(text, { origin: CODE });
  if (!result.ok) assert.fail(JSON.stringify(result.errors));
  const bytes = new Uint8Array((result.sections[0]!.bytes.length + 3) & ~3);
  bytes.set(result.sections[0]!.bytes);
  return Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => new DataView(bytes.buffer, bytes.byteOffset).getInt32(i * 4, true));
}

test('small functions become a part of what calls them', () => {
  const words = assembled(`
1:      bl      g
        bl      f
        bl      g
        subs    r1, r1, #1
        bne     1b
        b       .
f:      add     r0, r0, #1
        bx      lr
g:      push    {r4, lr}
        mov     r4, r0
        bl      f
        add     r0, r0, r4
        pop     {r4, pc}`);
  const machine = createFlatMachine();
  program(words, { 0: 0, 1: 400, 13: DATA + 0x100 })(machine);
  machine.regions().compile([machine.threaded.blockHere()]);
  // G with F in it twice, F once, and 6 instructions of the loop.
  assert.deepEqual([machine.regions().made, machine.regions().translated], [1, 2 * 7 + 2 + 6]);
  machine.run('region', 400 * 21);
  let expected = 0;
  for (let i = 0; i < 400; i++) expected = (2 * (2 * expected + 2) + 1) | 0;
  assert.equal(machine.register(0) | 0, expected);
  slices('small functions', words, { 0: 0, 1: 9, 13: DATA + 0x100 }, 250);
});

test('a small function that comes back elsewhere, at several places, or not always', () => {
  slices('beside its call', assembled(`
1:      bl      f
        add     r0, r0, #1
        bl      f
        add     r0, r0, #0x100
        subs    r1, r1, #1
        bne     1b
        b       .
f:      add     r2, r2, #1
        tst     r2, #3
        addeq   lr, lr, #4
        bx      lr`), { 0: 0, 1: 20, 2: 0 }, 220);
  slices('where a condition holds', assembled(`
1:      bl      f
        add     r0, r0, r2
        b       1b
f:      cmp     r2, #5
        bxhi    lr
        add     r2, r2, #1
        tst     r2, #1
        movne   pc, lr
        cmp     r0, r2
        bx      lr`), { 0: 0, 2: 0 }, 200);
  slices('by a register that was loaded', assembled(`
        ldr     r6, =DATA
1:      bl      f
        add     r0, r0, #1
        str     r0, [r6]
        b       1b
f:      push    {r4, r5, lr}
        cmp     r0, #7
        ldreq   r3, =elsewhere
        streq   r3, [sp, #8]
        pop     {r4, r5, pc}
elsewhere:
        add     r0, r0, #3
        b       1b
        .ltorg`.replace('=DATA', `=${DATA}`)), { 0: 0, 3: 0, 4: 1, 5: 2, 13: DATA + 0x100 }, 200);
});

test('a small function of T32 code, with IT blocks, and one that calls itself', () => {
  slices('T32', assembled(`
        .thumb
1:      bl      f
        adds    r0, r0, #1
        bl      f
        b       1b
f:      push    {r4, lr}
        adds    r2, r2, #1
        lsls    r3, r2, #30
        it      eq
        popeq   {r4, pc}
        ite     mi
        addmi   r4, r4, #1
        addpl   r4, r4, #2
        pop     {r4, pc}`), { 0: 0, 2: 0, 4: 0, 13: DATA + 0x100 }, 250, 0x1d3 | T);
  slices('recursion', assembled(`
1:      mov     r3, #5
        bl      f
        add     r0, r0, #1
        b       1b
f:      subs    r3, r3, #1
        bxeq    lr
        push    {r3, lr}
        bl      f
        add     r2, r2, r3
        pop     {r3, pc}`), { 0: 0, 2: 0, 13: DATA + 0x200 }, 250);
});

test('a small function that is stored to is what it became in all that called it', () => {
  slices('changed function', assembled(`
        ldr     r6, one
        ldr     r7, two
        adr     r5, f
1:      bl      f
        str     r7, [r5]
        bl      f
        str     r6, [r5]
        subs    r1, r1, #1
        bne     1b
        b       .
f:      add     r0, r0, #1
        bx      lr
one:    add     r0, r0, #1
two:    add     r0, r0, #2`), { 0: 0, 1: 20 }, 200);
});

test('code that is changed again and again is compiled ever more seldom', () => {
  const words = assembled(`
        ldr     r6, one
        ldr     r7, two
        adr     r5, f
1:      str     r6, [r5]
        bl      f
        str     r7, [r5]
        bl      f
        subs    r1, r1, #1
        bne     1b
        b       .
f:      mov     r2, #30
        nop
2:      subs    r2, r2, #1
        bne     2b
        bx      lr
one:    mov     r2, #30
two:    mov     r2, #31`);
  const machine = createFlatMachine(undefined, { threshold: 4 });
  program(words, { 1: 1000 })(machine);
  machine.run('region', 1000 * 138);
  assert.equal(machine.register(1), 0);
  // One for each change would be two thousand.
  assert.ok(machine.regions().made < 60, `${machine.regions().made} regions`);
  machine.regions().assertInvariants();
});

test('code that changes itself is seen at once', () => {
  // loop: add r0, r0, #1 (becomes #2); str r1, [r2]; subs r3, r3, #1; bne loop; b .
  const words = [0xe2800001, 0xe5821000, 0xe2533001, 0x1afffffb, 0xeafffffe];
  const machine = run(words, { 0: 0, 1: 0xe2800002, 2: CODE, 3: 10 }, 40);
  assert.equal(machine.register(0), 1 + 9 * 2);
  slices('self-modifying', words, { 0: 0, 1: 0xe2800002, 2: CODE, 3: 10 }, 60);
});

test('a literal that is taken as a constant is stored to', () => {
  // loop: ldr r0, [pc, #12] (CODE + 20); add r4, r4, r0; str r4, [r2]; b loop; b .; .word 3
  const words = [0xe59f000c, 0xe0844000, 0xe5824000, 0xeafffffb, 0xeafffffe, 3];
  const machine = run(words, { 2: CODE + 20, 4: 0 }, 12);
  assert.equal(machine.register(4), 12); // 3, 6, 12
  slices('literal', words, { 2: CODE + 20, 4: 0 }, 60);
});

test('recursion deeper than the host would bear comes back', () => {
  // bl f; b .; f: push {r0, lr}; subs r0, r0, #1; blne f; add r4, r4, #1; pop {r0, pc}
  const words = [0xeb000000, 0xeafffffe, 0xe92d4001, 0xe2500001, 0x1bfffffc, 0xe2844001, 0xe8bd8001];
  const machine = run(words, { 0: 1000, 4: 0, 13: DATA + 0x4000 }, 1 + 1000 * 5);
  assert.equal(machine.register(4), 1000);
  assert.equal(machine.register(13), DATA + 0x4000);
  slices('recursion', words, { 0: 20, 4: 0, 13: DATA + 0x4000 }, 110);
});

test('a function that returns elsewhere than to its caller', () => {
  // loop: bl f; add r1, r1, #1; add r2, r2, #1; b loop; f: add lr, lr, #4; bx lr
  const words = [0xeb000002, 0xe2811001, 0xe2822001, 0xeafffffb, 0xe28ee004, 0xe12fff1e];
  const machine = run(words, { 1: 0, 2: 0 }, 5 * 8);
  assert.equal(machine.register(1), 0);
  assert.equal(machine.register(2), 8);
});

test('calls between A32 and T32 and back', () => {
  // loop: blx f; add r1, r1, #1; b loop; nop; f (T32): adds r0, #2; bx lr
  const words = [0xfa000002, 0xe2811001, 0xeafffffc, 0xe1a00000, 0x47703002];
  const machine = run(words, { 0: 0, 1: 0 }, 5 * 30);
  assert.equal(machine.register(0), 60);
  assert.equal(machine.register(1), 30);
  slices('interworking', words, { 0: 0, 1: 0 }, 100);
});

test('IT blocks: conditions, flags inside, and exits in the middle', () => {
  // loop: cmp r0, #3; itte lt; addlt r1, #1; strlt r1, [r4]; addge r2, #1; adds r0, #1; ands r0, r5; b loop
  const words = [0xbfbe2803, 0x60213101, 0x30013201, 0xe7f64028];
  slices('IT', words, { 0: 0, 1: 0, 2: 0, 4: CODE + 0x900, 5: 7 }, 200, 0x1d3 | T);
  assert.equal(run(words, { 0: 0, 1: 0, 2: 0, 4: DATA, 5: 7 }, 8 * 16, 0x1d3 | T).register(1), 6);
});

test('a loop whose body spans several of the budget checks ends at the exact count', () => {
  // nested: mov r1, #3; inner: add r2, r2, #1; subs r1, r1, #1; bne inner; subs r0, r0, #1; bne nested; b .
  const words = [0xe3a01003, 0xe2822001, 0xe2511001, 0x1afffffc, 0xe2500001, 0x1afffff9, 0xeafffffe];
  assert.equal(run(words, { 0: 10, 2: 0 }, 10 * 12).register(2), 30);
  slices('nested', words, { 0: 10, 2: 0 }, 140);
});

test('an irreducible loop', () => {
  // tst r0, #1; bne b; a: add r1, r1, #1; subs r0, r0, #1; beq out; b: add r2, r2, #1; subs r0, r0, #1; bne a; out: b .
  slices('irreducible', [0xe3100001, 0x1a000002, 0xe2811001, 0xe2500001, 0x0a000002, 0xe2822001, 0xe2500001, 0x1afffff9, 0xeafffffe], { 0: 21, 1: 0, 2: 0 }, 90);
});

const L1 = 0x4000;
const L2 = 0x2000;

/** The MMU on: RAM at its own place as normal memory, by a section; 0x00100000 by small pages, whose descriptors stand at L2. */
function translated(prepare: (machine: FlatMachine) => void): (machine: FlatMachine) => void {
  return (machine) => {
    prepare(machine);
    const { i32 } = machine.memory;
    i32[(machine.ram + L1) >> 2] = 0x00000c0e;
    i32[(machine.ram + L1 + 4) >> 2] = L2 | 1;
    i32[STATE.TTBR0] = L1;
    i32[STATE.DACR] = 3;
    i32[STATE.SCTLR] = i32[STATE.SCTLR]! | 1;
    machine.core.mmu.registersChanged();
  };
}

test('unaligned accesses to normal memory go on in the region, but across pages', () => {
  // loop: ldr r4, [r3]; str r4, [r5]; ldrh r6, [r3, #1]; strh r6, [r5, #3]; add r3, r3, #1; add r5, r5, #1; b loop
  const words = [0xe5934000, 0xe5854000, 0xe1d360b1, 0xe1c560b3, 0xe2833001, 0xe2855001, 0xeafffff8];
  const prepare = translated(program(words, { 3: 0x40000, 5: 0x50000 }));
  const machine = createFlatMachine();
  prepare(machine);
  for (let i = 0; i < 64; i++) machine.memory.u8[machine.ram + 0x40000 + i] = i + 1;
  machine.run('region', 7 * 20);
  assert.equal(machine.memory.i32[(machine.ram + 0x50000) >> 2], 0x04030201);
  assert.equal(machine.register(4), 0x17161514, 'LDR of byte 19 and those behind it');
  assert.ok(machine.threaded.evaluated < 14, `${machine.threaded.evaluated} of 140 evaluated`);
  for (const slice of [1, 7, 50]) lockstep(translated(program(words, { 3: 0x40fe0, 5: 0x50ff0 })), new Random(slice), 7 * 60, slice, `unaligned, slices of ${slice}`);
});

test('with SCTLR.A an unaligned access is a fault in the region too', () => {
  const prepare = translated(program([0xe5934000, 0xe2833001, 0xeafffffc], { 3: 0x40000 }));
  lockstep((machine) => {
    prepare(machine);
    machine.memory.i32[STATE.SCTLR] = machine.memory.i32[STATE.SCTLR]! | 2;
  }, new Random(1), 30, 5, 'SCTLR.A');
});

test('stores to descriptors: those in use take effect at once, the others go on in the region', () => {
  // loop: str r1, [r0]; ldr r4, [r3]; str r2, [r0]; ldr r5, [r3]; str r1, [r0, #4]; add r6, r6, #1; b loop
  const words = [0xe5801000, 0xe5934000, 0xe5802000, 0xe5935000, 0xe5801004, 0xe2866001, 0xeafffff8];
  const prepare = translated((machine) => {
    program(words, { 0: L2, 1: 0x3003e, 2: 0x3103e, 3: 0x00100000 })(machine);
    machine.memory.i32[(machine.ram + 0x30000) >> 2] = 0x11111111;
    machine.memory.i32[(machine.ram + 0x31000) >> 2] = 0x22222222;
  });
  const machine = createFlatMachine();
  prepare(machine);
  machine.run('region', 7 * 50);
  assert.deepEqual([4, 5, 6].map((r) => machine.register(r)), [0x11111111, 0x22222222, 50]);
  assert.ok(machine.threaded.evaluated < 7 * 50 * 3 / 7, `${machine.threaded.evaluated} of 350 evaluated: not the third store`);
  for (const slice of [1, 4, 60]) lockstep(prepare, new Random(slice), 7 * 40, slice, `descriptors, slices of ${slice}`);
});

test('a direct branch to another page follows what that page is mapped to', () => {
  // At 0x00100000, page 0: add r7, r7, #1; b 0x00101000. Page 1, in two versions: add r8 (r9), #1; eor r1, r1, r2; str r1, [r0, #4]; b 0x00100000.
  const page = (add: number): number[] => [add, 0xe0211002, 0xe5801004, 0xeafffbfb];
  const prepare = translated((machine) => {
    machine.load(0x30000, [0xe2877001, 0xea0003fd]);
    machine.load(0x31000, page(0xe2888001));
    machine.load(0x32000, page(0xe2899001));
    machine.load(L2, [0x3003e, 0x3103e]);
    for (const [r, value] of Object.entries({ 0: L2, 1: 0x3103e, 2: 0x3103e ^ 0x3203e, 7: 0, 8: 0, 9: 0 })) machine.memory.i32[STATE.r + Number(r)] = value;
    machine.memory.i32[STATE.r + 15] = 0x00100000;
  });
  const machine = createFlatMachine();
  prepare(machine);
  machine.run('region', 6 * 100);
  assert.deepEqual([7, 8, 9].map((r) => machine.register(r)), [100, 50, 50]);
  for (const slice of [1, 5, 40]) lockstep(prepare, new Random(slice), 6 * 50, slice, `other page, slices of ${slice}`);
});
