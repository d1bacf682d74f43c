/**
 * The scenario `two`: a second VM with the embedded guest beside the guest that the command starts. The two share the CPU by time, and nothing else.
 *
 * Each has the DRAM of a bank of its own: while one runs, the M4IF's regions close the other's RAM and secure RAM to the normal world, and so to the DMA masters that the running one
 * programs. A region covers at most 256 MiB of a bank, so secure RAM and the second VM's share bank 0, 128 MiB each, and the first VM has bank 1. The second VM has no device: the slaves
 * of timers, clocks, UART1, UART3, SDMA, SATA, USB, FEC and audio are closed while it runs, and it has no interrupts. Its console, UART1 to it, is UART2, which its VMM emulates UART1 on; UART2
 * itself is secure.
 *
 * A VMM that fails is started again, and its guest with it.
 */
import { QSB_SECURE } from '../bootstrap/imx53-qsb.ts';
import type { Scenario } from '../scenario.ts';
import { device } from '../vmm/emulation/device.ts';

const MIB = 1 << 20;
const UART1 = 0x53fbc000;
const UART2 = 0x53fc0000;
const SECOND = 'second';

export const TWO: Scenario = {
  board: { ...QSB_SECURE, secureSlaves: [...QSB_SECURE.secureSlaves, '08a'], protectedRam: { base: 0x70000000, size: 128 * MIB } },
  guest: { ram: { base: 0xb0000000, size: 256 * MIB }, restart: { times: 3, withinUs: 60_000_000 } },
  vms: [{
    name: SECOND, ram: { base: 0x78000000, size: 128 * MIB }, interrupts: [], restart: { times: 3, withinUs: 60_000_000 },
    // Timers, SRTC, IOMUXC, SATA, UART1, CCM, SDMA, audio, FEC, UART3, eSDHC, SPDIF
    closedSlaves: ['00a', '04a', '04b', '05a', '07a', '07b', '09a', '15a', '18b', '19a', '22a', '25a', '25b', '28a', '28b', '29a'],
    devices: [device({ name: 'UART1', base: UART1, size: 0x4000, passThrough: { base: UART2 } })],
    boot: { mini: 'echo the second VM; smc PSCI_VERSION; banks 20 20000; echo done' },
  }],
};
