/**
 * An SMC that is answered in monitor mode, straight from the vector: the kernel is not entered, and no component hears of it. The routine does what can be done nowhere else: with SCR.NS = 1 it
 * reads the normal world's copies of banked registers. Its own accesses to memory stay secure all the while: those follow the descriptor's NS bit.
 *
 *     npx worldswitch boot --guest mini --scenario examples/monitor/banked.ts --run 'smc 10 0; smc 10 1; smc 10 2'
 */
import { smc } from 'worldswitch';

export default smc({
  number: 10, name: 'banked', level: 'monitor', args: { which: 'u32' },
  code: `
        mov     r1, #1
        mcr     p15, 0, r1, c1, c1, 0   @ SCR.NS = 1: the normal world's copies
        isb
        cmp     r0, #1
        mrclo   p15, 0, r0, c2, c0, 0   @ 0: TTBR0
        mrceq   p15, 0, r0, c1, c0, 0   @ 1: SCTLR
        mrchi   p15, 0, r0, c12, c0, 0  @ other: VBAR
        mov     r1, #0
        mcr     p15, 0, r1, c1, c1, 0
        isb
        bx      lr
`,
});
