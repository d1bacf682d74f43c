/**
 * System reset controller. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "System Reset Controller".
 *
 * Module resets (GPU, VPU, IPU, OpenVG) end at once: their bits read back as zero. Deviations: interrupts and the reset pins are not modelled.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { Log } from '../device.ts';
import type { ResetCause } from './wdog.ts';

export const SRC_REGISTERS = defineRegisters('SRC', 1, {
  SCR: {
    at: 0x00, reset: 0x0521, reserved: '31:12',
    fields: {
      WEIM_RST: [11, 'rw'], MASK_WDOG_RST: [10, 7, 'rw'], WARM_RST_BYPASS_COUNT: [6, 5, 'rw'], SW_OPEN_VG_RST: [4, 'wo'], SW_IPU_RST: [3, 'wo'],
      SW_VPU_RST: [2, 'wo'], SW_GPU_RST: [1, 'wo'], WARM_RESET_ENABLE: [0, 'rw'],
    },
  },
  SBMR: { at: 0x04, fields: { BOOT_MODE: [31, 0, 'ro'] } },
  SRSR: {
    at: 0x08, reset: 0x0001, reserved: '31:17 15:6 1',
    fields: { WARM_BOOT: [16, 'rw'], JTAG_SW_RST: [5, 'rw'], WDOG_RST: [4, 'rw'], IPP_USER_RESET: [3, 'rw'], CSU_RESET: [2, 'rw'], IPP_RESET: [0, 'rw'] },
  },
  SISR: { at: 0x14, reserved: '31:4', fields: { PASSED_RESET: [3, 0, 'ro'] } },
  SIMR: { at: 0x18, reset: 0x000f, reserved: '31:4', fields: { MASK_PASSED_RESET: [3, 0, 'rw'] } },
});

const { SRSR } = SRC_REGISTERS.masks;

export class Src extends RegisterDevice<SpecOf<typeof SRC_REGISTERS>> {
  #cause: ResetCause | undefined;

  constructor(log: Log) {
    super('SRC', 0x4000, SRC_REGISTERS, log);
  }

  /** Records why the reset that follows happens. */
  noteReset(cause: ResetCause): void {
    this.#cause = cause;
  }

  protected override resetMore(): void {
    if (this.#cause !== undefined) this.registers.set('SRSR', SRSR.WDOG_RST);
    this.#cause = undefined;
  }
}
