/**
 * A normal-world program that makes one access after another from a list in its RAM and notes what came of each: whether it ended, or by which exception, with the fault registers.
 * It runs in SVC mode (some accesses in user mode) with the MMU on and all addresses mapped to themselves, but for four windows (`WINDOW`) that lead into secure RAM.
 * The same program runs in secure state on the bare board, as a control. Operation 0 is always a wait, so that the state before the first access can be kept.
 */
import { PHYSICAL } from '../../src/secure/index.ts';
import { assemble, programBoot, wordAt, words } from './harness.ts';

const RAM = PHYSICAL.normalRam;
const L1 = RAM + 0x4000;
export const CURRENT = RAM + 0x20000;
const L2_NORMAL = RAM + 0x21000;
/** SDMA's control block and its descriptor. */
export const CONTROL_BLOCK = RAM + 0x22000;
const DESCRIPTOR = RAM + 0x22100;
export const OPERATIONS = RAM + 0x30000;
const OPERATION_BYTES = 32;

/** What the register that a read goes to holds before. */
export const UNREAD = 0xdeadbeef;

/** Virtual addresses that the program's own tables lead elsewhere. */
export const WINDOW = {
  /** The first-level entry names a second-level table at this table's `secure` address. */
  tableInSecureRam: 0xe0000000,
  /** A section to the start of secure RAM. */
  section: 0xe0100000,
  /** A page to the last page of secure RAM. */
  page: 0xe0200000,
  /** A section to the start of secure RAM, with the descriptor's NS bit set. */
  sectionNonsecure: 0xe0300000,
} as const;

const KINDS = ['end', 'read32', 'write32', 'read16', 'write16', 'read8', 'write8', 'readPair', 'writePair', 'fetch', 'userRead', 'userWrite', 'exclusive', 'vfpRead', 'vfpWrite', 'sdma', 'sdmaControl', 'smc', 'toMonitor', 'returnToMonitor', 'wait'] as const;
export type ProbeKind = (typeof KINDS)[number];

export interface Operation {
  readonly kind: ProbeKind;
  /** Address; for `sdma` the first word of a buffer descriptor; for `sdmaControl` the control block's; for `smc` r0. */
  readonly address: number;
  /** What is written; for `sdma` the address in ARM memory; for `smc` r1. */
  readonly value?: number;
  /** For `sdma` the address in SDMA's memory; for `smc` r2. */
  readonly more?: number;
}

export interface Outcome {
  /** `done`, or the exception. */
  readonly how: 'not run' | 'done' | 'data abort' | 'prefetch abort' | 'undefined instruction';
  readonly result: number;
  readonly status: number;
  readonly address: number;
}

const HOW = ['not run', 'done', 'data abort', 'prefetch abort', 'undefined instruction'] as const;

const TEXT = `
        .syntax unified
        .arm
        .fpu neon
        .equ L1, ${L1}
        .equ SECTION, 0x0c06            @ device, all rights
        .equ SECTION_CODE, 0x0c0e       @ normal memory, all rights
start:  cpsid   i, #19
        ldr     r0, =vectors
        mcr     p15, 0, r0, c12, c0, 0
        ldr     r0, =L1
        mov     r1, #0
1:      lsl     r2, r1, #20
        cmp     r1, #0x700
        ldrlo   r3, =SECTION
        ldrhs   r3, =SECTION_CODE
        cmp     r1, #0x900
        ldrhs   r3, =SECTION
        orr     r2, r2, r3
        str     r2, [r0, r1, lsl #2]
        add     r1, r1, #1
        cmp     r1, #4096
        bne     1b
        ldr     r2, =L1 + ${(WINDOW.tableInSecureRam >>> 20) * 4}
        ldr     r1, =TABLE_IN_SECURE_RAM | 1
        str     r1, [r2], #4
        ldr     r1, =${PHYSICAL.secureRam} | SECTION_CODE
        str     r1, [r2], #4
        ldr     r1, =${L2_NORMAL} | 1
        str     r1, [r2], #4
        ldr     r1, =${PHYSICAL.secureRam | 1 << 19} | SECTION_CODE
        str     r1, [r2], #4
        ldr     r2, =${L2_NORMAL}
        ldr     r1, =${PHYSICAL.secureRam + PHYSICAL.secureRamSize - 0x1000} | 0x3e
        str     r1, [r2]
        mov     r0, #0
        mcr     p15, 0, r0, c8, c7, 0
        mcr     p15, 0, r0, c2, c0, 2
        ldr     r0, =L1
        mcr     p15, 0, r0, c2, c0, 0
        mov     r0, #1
        mcr     p15, 0, r0, c3, c0, 0
        mov     r0, #0xf00000
        mcr     p15, 0, r0, c1, c0, 2
        isb
        mov     r0, #0x40000000
        vmsr    fpexc, r0
        mrc     p15, 0, r0, c1, c0, 0
        orr     r0, r0, #1
        mcr     p15, 0, r0, c1, c0, 0
        isb
        ldr     r9, =${OPERATIONS}
next:   ldr     r0, [r9]
        ldr     r1, =${CURRENT}
        str     r9, [r1]
        ldr     r4, [r9, #4]
        ldr     r5, [r9, #8]
        ldr     r6, [r9, #12]
        ldr     r7, =${UNREAD}
        mov     r8, r7
        dsb
        adr     r1, table
        ldr     pc, [r1, r0, lsl #2]
table:  .word   ${KINDS.map((kind) => `op_${kind}`).join(', ')}
done:   dsb
        mov     r3, #1
note:   str     r3, [r9, #28]
        str     r7, [r9, #16]
        add     r9, r9, #${OPERATION_BYTES}
        b       next

op_end: ldr     r0, =0x84000008         @ PSCI SYSTEM_OFF; in secure state the run ends by its count
        mrc     p15, 0, r1, c1, c1, 0   @ SCR: undefined in the normal world, and so skipped by its handler
        b       .
op_read32:  ldr r7, [r4]
        b       done
op_write32: str r5, [r4]
        b       done
op_read16:  ldrh r7, [r4]
        b       done
op_write16: strh r5, [r4]
        b       done
op_read8:   ldrb r7, [r4]
        b       done
op_write8:  strb r5, [r4]
        b       done
op_readPair:  ldm r4, {r7, r8}
        b       done
op_writePair: mov r6, r5
        stm     r4, {r5, r6}
        b       done
op_fetch:   blx r4
        b       done
op_userRead:  ldr lr, =user_read
        b       user
op_userWrite: ldr lr, =user_write
user:   mov     r0, #16
        msr     spsr_cxsf, r0
        movs    pc, lr
user_read:  ldr r7, [r4]
        svc     #0
user_write: str r5, [r4]
        svc     #0
op_exclusive: ldrex r7, [r4]
        b       done
op_vfpRead: vldr d0, [r4]
        vmov    r7, r8, d0
        b       done
op_vfpWrite: vmov d0, r5, r5
        vstr    d0, [r4]
        b       done
op_toMonitor: cpsid i, #22                  @ monitor mode: no effect in the normal world
        mrs     r7, cpsr
        and     r7, r7, #31
        b       done
op_returnToMonitor: mov r0, #22                 @ monitor mode by an exception return: unpredictable, but never that
        msr     spsr_cxsf, r0
        adr     lr, 1f
        movs    pc, lr
1:      mrs     r7, cpsr
        and     r7, r7, #31
        b       done
@ Channel 0 as a driver programs it: a buffer descriptor, the channel's control block, its start. Result: the descriptor's first word.
op_sdma: ldr    r0, =${DESCRIPTOR}
        stm     r0, {r4-r6}
        ldr     r1, =${CONTROL_BLOCK}
        mov     r2, r0
        mov     r3, #0
        stm     r1, {r0, r2, r3}
        str     r3, [r1, #12]
        dsb
        ldr     r2, =0x63fb0000
        str     r1, [r2]                @ MC0PTR
        mov     r3, #1
        str     r3, [r2, #0x0c]         @ HSTART
        dsb
        ldr     r7, [r0]
        b       done
@ Channel 0 with a control block anywhere. The result is the start register: always 0.
op_sdmaControl: ldr r2, =0x63fb0000
        str     r4, [r2]
        mov     r3, #1
        str     r3, [r2, #0x0c]
        dsb
        ldr     r7, [r2, #0x0c]
        b       done
op_wait: subs   r4, r4, #1
        bne     op_wait
        b       done
op_smc: mov     r0, r4
        mov     r1, r5
        mov     r2, r6
        smc     #0
        mov     r7, r0
        b       done
        .ltorg

        .balign 32
vectors: b      .
        b       undefined
        b       svc_entry
        b       prefetch
        b       data
        b       .
        b       .
        b       .
undefined:
        ldr     r3, [r9]
        cmp     r3, #0
        beq     1f
        mov     r3, #4
        b       note_svc
1:      ldr     r0, =0x84000008
        cps     #19
        smc     #0
        b       .
svc_entry:
        cps     #19
        b       done
prefetch:
        mrc     p15, 0, r0, c5, c0, 1
        mrc     p15, 0, r1, c6, c0, 2
        mov     r3, #3
        b       abort
data:   mrc     p15, 0, r0, c5, c0, 0
        mrc     p15, 0, r1, c6, c0, 0
        mov     r3, #2
abort:  str     r0, [r9, #20]
        str     r1, [r9, #24]
note_svc:
        cps     #19
        b       note
        .ltorg
`;

let program: Uint8Array | undefined;

/** Where the program's second-level table is that lies in secure RAM. */
export const TABLE_IN_SECURE_RAM = PHYSICAL.secureRam + 0x0b000000;

function probeBytes(): Uint8Array {
  program ??= assemble(TEXT, { TABLE_IN_SECURE_RAM }).bytes;
  return program;
}

function operationWords(operations: readonly Operation[]): Uint8Array {
  const all: number[] = [];
  for (const { kind, address, value = 0, more = 0 } of operations) all.push(KINDS.indexOf(kind), address, value, more, 0, 0, 0, 0);
  return words(...all, 0, 0, 0, 0, 0, 0, 0, 0);
}

export function probeBoot(operations: readonly Operation[]) {
  return programBoot(probeBytes(), [{ name: 'operations', address: OPERATIONS, bytes: operationWords(operations) }]);
}

type Memory = Parameters<typeof wordAt>[0];

/** Number of the operation under way. */
export function currentOperation(machine: Memory): number {
  return (wordAt(machine, CURRENT) - OPERATIONS) / OPERATION_BYTES;
}

export function outcomes(machine: Memory, count: number): Outcome[] {
  return Array.from({ length: count }, (_, i) => {
    const at = OPERATIONS + i * OPERATION_BYTES;
    return { result: wordAt(machine, at + 16), status: wordAt(machine, at + 20), address: wordAt(machine, at + 24), how: HOW[wordAt(machine, at + 28)] ?? 'not run' };
  });
}
