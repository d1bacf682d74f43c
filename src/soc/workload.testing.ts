/**
 * For tests: a bare-metal program that uses as much of a machine as fits a few hundred instructions, at random: both worlds, user mode, MMU faults,
 * IT blocks, exclusives, interrupts of both kinds, a UART in loop-back, WFI, code that changes itself. It never ends.
 */
import { createAssembler } from '../isa/assembler.ts';
import { allRows } from '../isa/index.ts';
import { STATE } from '../cpu/index.ts';
import { Machine, type MachineOptions } from './machine.ts';
import type { Snapshot } from './snapshot.ts';

export const WORKLOAD_BASE = 0x70000000;
const TABLE = 0x70008000;
const LEVEL2 = 0x7000c000;
/** What both banks of a workload's machine have. */
export const WORKLOAD_BANK_BYTES = 1 << 20;

const SOURCE = `
  .syntax unified
  .arm
  .equ EPIT1, 0x53fac000
  .equ EPIT2, 0x53fb0000
  .equ UART1, 0x53fbc000
  .equ TZIC, 0x0fffc000
  .equ UNMAPPED, 0x90000000
  .equ READ_ONLY, 0x80001000
start:
  ldr r0, =vectors
  mcr p15, 0, r0, c12, c0, 0
  ldr r0, =monitor_vectors
  mcr p15, 0, r0, c12, c0, 1
  cps #0x11
  ldr sp, =stacks + 0x200
  mov r8, #0
  cps #0x12
  ldr sp, =stacks + 0x400
  cps #0x17
  ldr sp, =stacks + 0x600
  cps #0x1b
  ldr sp, =stacks + 0x800
  cps #0x16
  ldr sp, =stacks + 0xa00
  cps #0x1f
  ldr sp, =stacks + 0xc00
  cps #0x13
  ldr sp, =stacks + 0xe00
  @ MMU, both worlds alike
  ldr r0, =TABLE
  mcr p15, 0, r0, c2, c0, 0
  mov r1, #1
  mcr p15, 0, r1, c3, c0, 0
  mrc p15, 0, r2, c1, c0, 0
  orr r2, r2, #1
  mcr p15, 0, r2, c1, c0, 0
  ldr r3, =0xc00
  mcr p15, 0, r3, c1, c1, 2
  ldr r3, =0x00f00000
  mcr p15, 0, r3, c1, c0, 2
  mov r3, #0x40000000
  vmsr fpexc, r3
  cps #0x16
  mov r4, #0x31
  mcr p15, 0, r4, c1, c1, 0
  mcr p15, 0, r0, c2, c0, 0
  mcr p15, 0, r1, c3, c0, 0
  mcr p15, 0, r2, c1, c0, 0
  ldr r3, =normal_vectors
  mcr p15, 0, r3, c12, c0, 0
  mov r4, #0x34
  mcr p15, 0, r4, c1, c1, 0
  cps #0x13
  @ timers: EPIT1 gives IRQs, EPIT2 FIQs to the monitor
  ldr r0, =EPIT1
  ldr r1, =37
  str r1, [r0, #8]
  ldr r1, =0x0102000f
  str r1, [r0]
  ldr r0, =EPIT2
  ldr r1, =111
  str r1, [r0, #8]
  ldr r1, =0x0102000f
  str r1, [r0]
  ldr r0, =TZIC
  mov r1, #0xff
  str r1, [r0, #0xc]
  ldr r1, =0x80000100
  str r1, [r0, #0x84]
  mov r1, #0x80000000
  str r1, [r0, #0x80]
  ldr r1, =0x00000300
  str r1, [r0, #0x104]
  mov r1, #0x80000000
  str r1, [r0, #0x100]
  ldr r1, =0x80010001
  str r1, [r0]
  @ UART1 in loop-back, ageing timer on
  ldr r0, =UART1
  mov r1, #1
  str r1, [r0, #0x80]
  ldr r1, =0x402f
  str r1, [r0, #0x84]
  ldr r1, =0x1000
  str r1, [r0, #0xb4]
  ldr r1, =0x0a10
  str r1, [r0, #0x90]
  mov r10, #0
  ldr r11, =0x12345678
  cpsie aif
loop:
  ldr r0, =1664525
  ldr r1, =1013904223
  mul r11, r11, r0
  add r11, r11, r1
  ldr r2, =results
  ldr r3, [r2]
  add r3, r3, #1
  str r3, [r2]
  lsr r0, r11, #28
  add pc, pc, r0, lsl #2
  nop
  b task_it
  b task_exclusive
  b task_uart_send
  b task_uart_receive
  b task_svc
  b task_abort
  b task_wait
  b task_smc
  b task_float
  b task_self
  b task_user
  b task_undefined
  b task_fault
  b task_tables
  b task_endian
  b task_masked

task_it:
  mov r0, r11
  blx thumb_code
  eor r10, r10, r0
  b loop
  .thumb
  .thumb_func
thumb_code:
  cmp r0, #0
  ittet mi
  addmi r0, r0, #17
  rsbmi r0, r0, #0
  lsrpl r0, r0, #3
  addmi r0, r0, r11
  tst r0, #1
  ite eq
  addeq r0, #5
  subne r0, #9
  cmp r0, r11
  itttt hi
  movhi r1, r0
  addhi r1, #1
  eorhi r0, r1
  bxhi lr
  it cs
  addcs.w r0, r0, r0, lsl #2
  bx lr
  .arm
  .align 2

task_exclusive:
  ldr r2, =results + 8
again:
  ldrex r3, [r2]
  add r3, r3, r11, lsr #20
  nop
  nop
  nop
  strex r4, r3, [r2]
  cmp r4, #0
  eorne r10, r10, #0x80
  bne again
  tst r11, #0x1000
  beq loop
  ldrexd r4, r5, [r2]
  nop
  adds r4, r4, #1
  adc r5, r5, #0
  strexd r6, r4, r5, [r2]
  add r10, r10, r6
  b loop

task_uart_send:
  ldr r2, =UART1
  and r3, r11, #0x1f000
  lsr r3, r3, #12
1:
  str r3, [r2, #0x40]
  subs r3, r3, #1
  bpl 1b
  b loop
task_uart_receive:
  ldr r2, =UART1
2:
  ldr r3, [r2]
  tst r3, #0x8000
  beq loop
  add r10, r3, r10, ror #7
  tst r11, #0x4000
  bne 2b
  ldr r3, [r2, #0x94]
  and r3, r3, #0x100
  str r3, [r2, #0x94]
  b loop

task_svc:
  mov r0, r11
  svc #7
  add r10, r10, r0
  b loop

task_abort:
  ldr r2, =UNMAPPED
  adds r2, r2, r11, lsr #12
  ldr r3, =READ_ONLY
  ldr r4, [r2], #4
  ldr r5, [r3], #4
  str r5, [r3, #-8]!
  add r3, r3, #0xff0
  ldrd r4, r5, [r3, #8]
  b loop

task_wait:
  tst r11, #0x200
  wfine
  wfeeq
  sev
  b loop

task_smc:
  mov r0, r11
  smc #0
  add r10, r10, r0
  b loop

task_float:
  vmov s0, r11
  vcvt.f32.u32 s1, s0
  vmul.f32 s2, s1, s1
  vcvt.f64.f32 d3, s2
  vsqrt.f64 d4, d3
  vmov r0, r1, d4
  eor r10, r10, r0
  vadd.f64 d5, d3, d4
  vmrs r1, fpscr
  add r10, r10, r1
  b loop

task_self:
  ldr r2, =patch
  ldr r3, =0xe28aa000
  and r4, r11, #0xff000
  orr r3, r3, r4, lsr #12
  str r3, [r2]
patch:
  nop
  eor r10, r10, r10, ror #13
  b loop

task_user:
  adr r2, user_code
  mov r3, #0x10
  tst r11, #0x40000
  orrne r3, r3, #0x80
  msr spsr_fsxc, r3
  movs pc, r2
user_code:
  push {r0-r3}
  pop {r4-r7}
  mrs r3, cpsr
  add r10, r10, r3
  mcr p15, 0, r3, c3, c0, 0
  svc #1

task_undefined:
  mov r4, #3
3:
  udf #5
  subs r4, r4, #1
  bne 3b
  b loop

task_fault:
  ldr r2, =0x80003000
  add r2, r2, r11, lsr #24
  ldr r3, [r2]
  ldr r2, =data + 1
  ldr r3, [r2]
  str r11, [r2, #2]
  add r10, r10, r3
  ldr r2, =0x90000000
  blx r2
  b loop

task_tables:
  ldr r2, =LEVEL2 + 8
  ldr r3, [r2]
  eor r3, r3, #0x10
  str r3, [r2]
  ldr r4, =0x80002000
  ldr r5, [r4]
  str r11, [r4, #4]
  add r10, r10, r5
  b loop

task_endian:
  ldr r2, =data
  setend be
  ldr r3, [r2]
  str r11, [r2, #4]
  setend le
  eor r10, r10, r3
  b loop

task_masked:
  cpsid aif
  mov r2, #40
4:
  subs r2, r2, #1
  bne 4b
  mrc p15, 0, r3, c12, c1, 0
  add r10, r10, r3
  cpsie aif
  b loop

  .align 5
vectors:
  b .
  b undefined
  b supervisor
  b prefetch_abort
  b data_abort
  b .
  b irq
  b .
  .align 5
monitor_vectors:
  b .
  b .
  b secure_monitor
  b .
  b .
  b .
  b .
  b fiq
  .align 5
normal_vectors:
  b .
  b undefined
  b normal_supervisor
  b prefetch_abort
  b data_abort
  b .
  b irq
  b .

undefined:
  eor r10, r10, #0x10
  mrs r12, spsr
  tst r12, #0x20
  movs pc, lr
supervisor:
  srsdb sp!, #0x13
  push {r1, r2}
  ldr r1, =results + 16
  ldr r2, [r1]
  add r2, r2, #1
  str r2, [r1]
  mrs r2, spsr
  and r1, r2, #0x1f
  cmp r1, #0x10
  bne 5f
  pop {r1, r2}
  add sp, sp, #8
  cpsie aif
  b loop
5:
  add r0, r0, r2
  pop {r1, r2}
  rfeia sp!
normal_supervisor:
  eor r0, r0, #1
  movs pc, lr
prefetch_abort:
  mrc p15, 0, r0, c5, c0, 1
  add r10, r10, r0
  mrc p15, 0, r0, c6, c0, 2
  add r10, r10, r0
  ldr lr, =loop
  tst sp, #0x100
  movs pc, lr
data_abort:
  push {r0}
  mrc p15, 0, r0, c5, c0, 0
  add r10, r10, r0
  mrc p15, 0, r0, c6, c0, 0
  eor r10, r10, r0
  pop {r0}
  subs pc, lr, #4
irq:
  sub lr, lr, #4
  srsdb sp!, #0x12
  push {r0, r1}
  ldr r0, =EPIT1
  mov r1, #1
  str r1, [r0, #4]
  ldr r0, =UART1
  ldr r1, [r0, #0x94]
  tst r1, #0x100
  strne r1, [r0, #0x94]
  ldrne r1, [r0]
  ldr r0, =results + 20
  ldr r1, [r0]
  add r1, r1, #1
  str r1, [r0]
  pop {r0, r1}
  rfeia sp!
fiq:
  push {r0, r1}
  ldr r0, =EPIT2
  mov r1, #1
  str r1, [r0, #4]
  ldr r0, =results + 24
  ldr r1, [r0]
  add r1, r1, #3
  str r1, [r0]
  pop {r0, r1}
  subs pc, lr, #4
secure_monitor:
  @ swap LR and SPSR with the other world's, change the world
  push {r1-r4}
  ldr r1, =world
  mrs r2, spsr
  ldm r1, {r3, r4}
  stm r1, {r2, lr}
  msr spsr_fsxc, r3
  mov lr, r4
  mrc p15, 0, r3, c1, c1, 0
  eor r3, r3, #1
  mcr p15, 0, r3, c1, c1, 0
  pop {r1-r4}
  movs pc, lr
normal:
  cpsie i
  mrs r3, cpsr
  eor r0, r0, r3
  svc #9
  ldr r2, =UNMAPPED
  ldr r3, [r2]
  blx thumb_code
  smc #0
  b normal
  .ltorg
  .align 4
world:
  .word 0x1d3, normal
data:
  .word 0x11223344, 0x55667788, 0x99aabbcc, 0, 0, 0
results:
  .space 64
stacks:
  .space 0x1000
`;

function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/** A machine that stands before the workload's first instruction. */
export function createWorkload(options: MachineOptions): Machine {
  const machine = new Machine({ dramBankBytes: WORKLOAD_BANK_BYTES, ...options });
  const result = createAssembler(allRows).assemble(SOURCE, { origin: WORKLOAD_BASE, symbols: { TABLE, LEVEL2 } });
  if (!result.ok) throw new Error(result.errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  for (const { address, bytes } of result.sections) machine.loadBytes(address, bytes);
  // Sections: memory is normal write-back, devices are devices that are not fetched from, all else faults. Domain 0, client.
  const table = new Array<number>(4096).fill(0);
  table[0x700] = 0x70000000 | 0x1c0e;
  table[0xf80] = 0xf8000000 | 0x1c0e;
  for (const section of [0x0ff, 0x53f, 0x500]) table[section] = section << 20 | 0xc16;
  table[0x800] = LEVEL2 | 1;
  machine.loadBytes(TABLE, words(table));
  // Pages at 0x80000000: nothing, read only, read and write in turns, and one whose access always faults.
  machine.loadBytes(LEVEL2, words([0, 0x70040000 | 0x25e, 0x70041000 | 0x07e, 0x70042000 | 0x00e]));
  machine.applyHandover();
  // All slaves open to both worlds.
  for (let index = 0; index < 32; index++) machine.chip.writeRegister('CSU', 'CSL', 0x00ff00ff, index);
  machine.memory.u32[STATE.r + 15] = WORKLOAD_BASE;
  return machine;
}

/** A pending imprecise abort's word in the CPU's state: the fault status of an asynchronous external abort, plus 1. */
const ASYNC_ABORT = 0x406 + 1;
const STIMULUS_PERIOD = 1777;

/** Runs until a count; bytes come in and imprecise aborts happen at counts that depend on nothing else. */
export function runWorkload(machine: Machine, until: number): void {
  const { core } = machine;
  while (core.count < until) {
    const next = Math.min(until, (Math.floor(core.count / STIMULUS_PERIOD) + 1) * STIMULUS_PERIOD);
    machine.run(next - core.count);
    if (core.count % STIMULUS_PERIOD !== 0) continue;
    const number = core.count / STIMULUS_PERIOD;
    for (let i = 0; i < number % 5; i++) machine.chip.uarts[0].receive((number + i) & 0xff);
    if (number % 3 === 0) {
      machine.memory.i32[STATE.asyncAbort] = ASYNC_ABORT;
      core.attention = true;
    }
  }
}

/** What the state of the machine is a case of. */
export function casesOf({ cpu, chip }: Snapshot): string[] {
  const cases: string[] = [];
  if ((cpu.cpsr & 0x0600fc00) !== 0) cases.push('inside an IT block');
  if (cpu.exclusive !== null) cases.push('exclusive held');
  if (cpu.waiting !== 0) cases.push('waiting');
  if (cpu.asyncAbort !== 0) cases.push('abort pending');
  if (cpu.irqLine !== 0 || cpu.fiqLine !== 0) cases.push('interrupt pending');
  if ((cpu.cpsr & 31) === 0x10) cases.push('user mode');
  const { registers } = cpu.cp15;
  if (((registers['SCR'] as number) & 1) !== 0) cases.push('non-secure');
  const uart = chip.devices['UART1'] as { readonly more: { readonly received: readonly number[] } };
  if (uart.more.received.length >= 31) cases.push('FIFO full');
  else if (uart.more.received.length > 0) cases.push('FIFO holds bytes');
  return cases;
}

/** Every case that the workload reaches. */
export const WORKLOAD_CASES = [
  'inside an IT block', 'exclusive held', 'waiting', 'abort pending', 'interrupt pending', 'user mode', 'non-secure', 'FIFO full', 'FIFO holds bytes',
];

/** One number for all of a machine's state: 52 bits of a hash of its snapshot. */
export function stateHash(snapshot: Snapshot): number {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  const add = (value: number): void => {
    a = Math.imul(a ^ value, 0x01000193);
    b = Math.imul(b ^ value, 0x5bd1e995) ^ (b >>> 15);
  };
  const { memories, ...rest } = snapshot;
  const text = JSON.stringify(rest);
  for (let i = 0; i < text.length; i++) add(text.charCodeAt(i));
  for (const { pages } of memories) {
    for (const { address, bytes } of pages) {
      add(address);
      for (const byte of bytes) add(byte);
    }
  }
  return (a >>> 0) * 2 ** 20 + (b >>> 12);
}
