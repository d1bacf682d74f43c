/**
 * What does not work at user level: `cps #22` has no effect there, and an SMC is an undefined instruction. An ARM component tries both; it is stopped, and the
 * rest goes on.
 *
 *     npx worldswitch boot --guest mini --scenario examples/faults/user-level.ts --run 'smc PSCI_VERSION'
 */
import { SYSCALL_LIST, type ArmComponent } from 'worldswitch';

const log = SYSCALL_LIST.find(({ name }) => name === 'log')!.number;

/** Prints the mode bits of CPSR in binary, then makes an SMC. */
const climber: ArmComponent = {
  name: 'climber',
  code: `
        .syntax unified
        .arm
        cps     #22                     @ Monitor mode: ignored in User mode
        mrs     r4, cpsr
        mov     r5, #5
1:      sub     r5, r5, #1
        lsr     r1, r4, r5
        and     r1, r1, #1
        add     r1, r1, #'0'
        mov     r0, #${log}
        svc     #0
        cmp     r5, #0
        bne     1b
        mov     r1, #'\\n'
        mov     r0, #${log}
        svc     #0
        smc     #0                      @ UNDEFINED in User mode
2:      b       2b
`,
};

export default { components: [{ component: climber, priority: 3 }] };
