/**
 * A monitor routine sets SCR.NS and reads a word of the secure kernel. Monitor mode is secure state whatever SCR.NS says: the access is a secure one and succeeds.
 * What SCR.NS does choose are the banked registers: TTBR0 is the normal world's meanwhile.
 *
 *     npx worldswitch boot --guest mini --scenario examples/faults/monitor-ns.ts --run 'smc 8; read 0x70001000'
 */
import { smc, VIRTUAL, type MonitorRoutine } from 'worldswitch';

const withNs = (work: string): string => `
        mrc     p15, 0, r1, c1, c1, 0   @ SCR
        orr     r2, r1, #1
        mcr     p15, 0, r2, c1, c1, 0   @ SCR.NS = 1
        isb
        ${work}
        mcr     p15, 0, r1, c1, c1, 0
        isb
        bx      lr
`;

const routines: readonly MonitorRoutine[] = [
  { name: 'read-with-ns', args: ['va'], code: withNs('ldr     r0, [r0]') },
  { name: 'ttbr0-with-ns', args: [], code: withNs('mrc     p15, 0, r0, c2, c0, 0') },
  { name: 'ttbr0', args: [], code: 'mrc p15, 0, r0, c2, c0, 0\nbx lr' },
];

/** r0: the first word of the kernel's image; r1, r2: TTBR0 with SCR.NS = 1 and with 0. */
const peek = smc({ number: 8, name: 'peek', result: 'words' }, ({ vm }) => [vm.call('read-with-ns', VIRTUAL.image), vm.call('ttbr0-with-ns'), vm.call('ttbr0')]);

export default { smcs: [peek], routines };
