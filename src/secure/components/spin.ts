/**
 * Components that are ARM code and never wait: what shows that a thread is preempted at any instruction, and that its registers survive it.
 *
 * `spin` counts in r4 and keeps r4 + r5 = 0; a thread that finds them otherwise stops itself. `spin-vfp` does the same with D0-D31 and FPSCR's flags, which it
 * shares with the normal world.
 */
import type { ArmComponent } from '../core/init.ts';
import { SYSCALLS } from '../kernel/syscalls.ts';

export function createSpin(name = 'spin'): ArmComponent {
  return {
    name,
    code: `
        .syntax unified
        .arm
        mov     r4, #0
        mov     r5, #0
1:      add     r4, r4, #1
        sub     r5, r5, #1
        adds    r6, r4, r5
        beq     1b
        mov     r0, #${SYSCALLS.exit.number}
        svc     #0
2:      b       2b
`,
  };
}

const DOUBLES = Array.from({ length: 32 }, (_, i) => i);

/** Each round all double registers hold a pattern made of the round and the register's number, and are read back. */
export function createVfpSpin(name = 'spin-vfp'): ArmComponent {
  return {
    name,
    code: `
        .syntax unified
        .arm
        .fpu neon
        mov     r4, #0
1:      add     r4, r4, #1
${DOUBLES.map((i) => `        eor     r5, r4, #${i}\n        vmov    d${i}, r4, r5`).join('\n')}
        mov     r8, #64
2:      subs    r8, r8, #1
        bne     2b
${DOUBLES.map((i) => `        vmov    r6, r7, d${i}\n        eor     r5, r4, #${i}\n        cmp     r6, r4\n        cmpeq   r7, r5\n        bne     3f`).join('\n')}
        b       1b
3:      mov     r0, #${SYSCALLS.exit.number}
        svc     #0
4:      b       4b
`,
  };
}
