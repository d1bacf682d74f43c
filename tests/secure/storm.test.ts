/**
 * A normal-world program that makes SMC after SMC: half with random registers, half with numbers from the table and boundary values. 50,000 calls; WORLDSWITCH_FULL=1: 1,000,000. Every
 * function and every kind of answer comes up, the registers that are no results keep their values, and the secure world answers to the end.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import hello from '../../examples/hello/hello.ts';
import type { SmcRow } from '../../src/secure/vmm/index.ts';
import { smc, type Smc } from '../../src/secure/vmm/index.ts';
import { assemble, createWorld, FULL, programBoot, PROGRAM, runTo, wordAt, words, type World } from './harness.ts';

const CALLS = FULL ? 1_000_000 : 50_000;
const SEED = 0x5eed0003;
const VARIABLES = 0x80020000;
const COUNTS = VARIABLES + 0x100;
const TABLE = 0x80021000;
const BOUNDARIES = 0x80022000;
const PROGRAM_END = 0x80024000;

/** What ends or resets the normal world: once each, in runs of their own. */
const ENDING = { CPU_OFF: 0x84000002, SYSTEM_OFF: 0x84000008, SYSTEM_RESET: 0x84000009 } as const;

const boundaries = [
  0, 1, 2, 3, 4, 7, 8, 10, 0xff, 0xfff, 0x1000, 0x00010000, 0x02000000, 0x7fffffff, 0xffffffff, 0xfffffffc, 0xfffffffe, 0xfffffffd,
  0x70000000, 0x70001000, 0x7ffffffc, 0x7fffffff, 0x80000000, 0x80000001, 0x80100000, 0x80100001, 0x80100ffe, 0x8ffffffc, 0x8fffffff, 0x90000000, 0x53fac000, 0xe0000000,
  0x84000000, 0x84000001, 0x8400000a, 0x84000012,
];

const own: readonly Smc[] = [
  hello,
  smc({ number: 8, name: 'store', args: { va: 'va', length: 'u32' }, result: 'u32' }, ({ vm, args }) => {
    const length = Math.min(args.length, 64);
    if (args.va + length > PROGRAM && args.va < PROGRAM_END) vm.refuse('the program itself', -3);
    vm.writeBytes(args.va, new Uint8Array(length).fill(0x5a));
    return length;
  }),
  smc({ number: 9, name: 'kernel-load', level: 'kernel', args: { va: 'va', length: 'u32' }, result: 'u32', state: { calls: 0 } }, ({ vm, args, state }) => {
    state.calls++;
    return vm.readBytes(args.va, args.length & 0xff).reduce((sum, byte) => sum + byte, 0);
  }),
  smc({ number: 10, name: 'physical-load', args: { pa: 'pa', length: 'u32' }, result: 'words' }, ({ vm, args }) => {
    const [a = 0, b = 0, c = 0, d = 0] = vm.readPhysical(args.pa, args.length & 15);
    return [a, b, c, d];
  }),
  smc({ number: 11, name: 'typed', level: 'kernel', args: { flag: 'bool', what: { none: 0, some: 1, all: 8 } }, result: 'status' }, ({ args }) => args.flag ? args.what.length : 0),
  smc({ number: 12, name: 'translate', level: 'kernel', rights: 'user', args: { va: 'va' }, result: 'u32' }, ({ vm, args }) => vm.translate(args.va, { write: (args.va & 1) !== 0 })),
];

const program = (last: number) => `
        .syntax unified
        .arm
        .equ V_SEED, 0
        .equ V_CALLS, 4
        .equ V_WRONG, 8
        .equ REGISTERS, ${VARIABLES + 0x40}
        ldr     r9, =${VARIABLES}
        ldr     sp, =${VARIABLES + 0x1000}
        ldr     r10, =CALLS
        cmp     r10, #0
        beq     end
next:   bl      random
        tst     r10, #1
        bne     from_table
        and     r1, r0, #0xff000000
        cmp     r1, #0x84000000         @ the range of calls that could end the run
        beq     next
        ldr     r4, =REGISTERS
        str     r0, [r4], #4
        mov     r5, #7
1:      bl      random
        str     r0, [r4], #4
        subs    r5, r5, #1
        bne     1b
        b       call
from_table:
        ldr     r1, =ROWS
        bl      below
        ldr     r1, =${TABLE}
        add     r1, r1, r0, lsl #4
        ldm     r1, {r5, r6, r7}        @ number, whether r1 is given, r1
        ldr     r4, =REGISTERS
        str     r5, [r4], #4
        mov     r5, #7
2:      bl      random
        tst     r0, #0x300
        beq     3f
        ldr     r1, =BOUNDARY_COUNT
        lsr     r0, r0, #10
        bl      below
        ldr     r1, =${BOUNDARIES}
        ldr     r0, [r1, r0, lsl #2]
3:      cmp     r5, #7
        bne     4f
        cmp     r6, #0
        movne   r0, r7
4:      str     r0, [r4], #4
        subs    r5, r5, #1
        bne     2b
call:   ldr     r8, =REGISTERS
        ldm     r8, {r0-r7}
        mov     r12, #0x55
        mov     lr, #0xaa
        smc     #0
        cmp     r12, #0x55
        cmpeq   lr, #0xaa
        ldreq   r12, [r8, #16]
        cmpeq   r12, r4
        ldreq   r12, [r8, #20]
        cmpeq   r12, r5
        ldreq   r12, [r8, #24]
        cmpeq   r12, r6
        ldreq   r12, [r8, #28]
        cmpeq   r12, r7
        ldrne   r12, [r9, #V_WRONG]
        addne   r12, r12, #1
        strne   r12, [r9, #V_WRONG]
        @ the answer's class: 0, -1 to -9, other
        rsb     r1, r0, #0
        cmp     r1, #10
        movhs   r1, #10
        ldr     r2, =${COUNTS}
        ldr     r3, [r2, r1, lsl #2]
        add     r3, r3, #1
        str     r3, [r2, r1, lsl #2]
        ldr     r0, [r9, #V_CALLS]
        add     r0, r0, #1
        str     r0, [r9, #V_CALLS]
        subs    r10, r10, #1
        bne     next
end:    ldr     r0, =${last}
        smc     #0
        b       .
@ r0 = the next random number: xorshift 13, 17, 5
random: ldr     r0, [r9, #V_SEED]
        eor     r0, r0, r0, lsl #13
        eor     r0, r0, r0, lsr #17
        eor     r0, r0, r0, lsl #5
        str     r0, [r9, #V_SEED]
        bx      lr
@ r0 = a number below r1, by the lower half of r0
below:  uxth    r0, r0
        mul     r0, r0, r1
        lsr     r0, r0, #16
        bx      lr
        .ltorg
`;

/** A line of the guest's table: number, whether r1 is given, r1. */
function tableRows(table: World['table']): number[] {
  return table.all().filter(({ number }) => !Object.values<number>(ENDING).includes(number)).flatMap(({ number, function: call }) => [number, call === undefined ? 0 : 1, call ?? 0, 0]);
}

function storm(calls: number, last: number): World {
  const rows = tableRows(createWorld({ boot: programBoot(words(0)), own }).table);
  const { bytes } = assemble(program(last), { CALLS: calls, ROWS: rows.length / 4, BOUNDARY_COUNT: boundaries.length });
  const world: World = createWorld({
    boot: programBoot(bytes, [{ name: 'variables', address: VARIABLES, bytes: words(SEED) }, { name: 'table', address: TABLE, bytes: words(...rows) }, { name: 'boundaries', address: BOUNDARIES, bytes: words(...boundaries) }]),
    own, tier: 'auto',
    // The last lines are enough.
    onLog: () => { if (world.log.length > 2000) world.log.splice(0, 1000); },
  });
  runTo(world, 2_000_000 + calls * 4000);
  return world;
}

const ANSWERS = ['0', 'NOT_SUPPORTED (-1)', 'INVALID_PARAMETERS (-2)', 'DENIED, INVALID_PARAMETER (-3)', 'ALREADY_ON (-4)', '-5', '-6', '-7', '-8', '-9', 'another value'];
/** Errors that no call of this system gives: nothing is pending, absent or disabled. */
const NEVER = new Set(['-5', '-6', '-7', '-8', '-9']);

test(`${CALLS} calls, seed 0x${SEED.toString(16)}`, (t) => {
  const world = storm(CALLS, ENDING.SYSTEM_OFF);
  const { machine, system, table } = world;
  assert.deepEqual(system.halted, { reason: 'the normal world switched the system off', status: 0 }, world.log.slice(-20).join('\n'));
  assert.equal(wordAt(machine, VARIABLES + 4), CALLS);
  assert.equal(wordAt(machine, VARIABLES + 8), 0, 'calls that changed a register that is no result');
  const rows = new Map<string, SmcRow>(table.rows().map((row) => [row.name, row]));
  // The others that end a run, each at the end of a run of its own.
  const off = storm(0, ENDING.CPU_OFF);
  const reset = storm(0, ENDING.SYSTEM_RESET);
  for (const [each, name] of [[off, 'CPU_OFF'], [reset, 'SYSTEM_RESET']] as const) rows.set(name, each.table.rows().find((row) => row.name === name)!);
  for (const { key, name, calls, refusals } of rows.values()) t.diagnostic(`${key.padEnd(10)} ${name.padEnd(22)} ${String(calls).padStart(7)} calls, ${refusals} refused`);
  t.diagnostic(`unknown: ${table.unknownCalls}`);
  const answers = ANSWERS.map((name, i) => ({ name, count: wordAt(machine, COUNTS + i * 4) }));
  for (const { name, count } of answers) t.diagnostic(`answer ${name}: ${count}`);
  for (const { name, calls } of rows.values()) assert.ok(calls > 0, `${name} was called`);
  assert.ok(table.unknownCalls > CALLS / 4);
  for (const { name, count } of answers) assert.equal(count > 0, !NEVER.has(name), `answer ${name}: ${count}`);
  assert.equal(answers.reduce((sum, { count }) => sum + count, 0), CALLS);
  // One more is SYSTEM_OFF.
  assert.equal(table.unknownCalls + table.rows().reduce((sum, { calls }) => sum + calls, 0), CALLS + 1);
});
