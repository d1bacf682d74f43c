/**
 * Pin multiplexer. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "IOMUX Controller".
 *
 * Settings are stored; the pins of this model are wired, so that no setting changes where a signal goes. Deviation: multiplexers and pads
 * reset to zero (the boot loader and Linux write those that they use).
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { Log } from '../device.ts';

export const IOMUXC_REGISTERS = defineRegisters('IOMUXC', 1, {
  GPR: { at: 0x000, count: 3, fields: { GPR: [31, 0, 'rw'] } },
  OBSERVE_MUX: { at: 0x00c, count: 5, fields: { OBSRV: [31, 0, 'rw'] } },
  SW_MUX_CTL_PAD: { at: 0x020, count: (0x348 - 0x020) / 4, reserved: '31:5', fields: { SION: [4, 'rw'], MUX_MODE: [3, 0, 'rw'] } },
  SW_PAD_CTL: { at: 0x348, count: (0x7fc - 0x348) / 4, fields: { CONFIG: [31, 0, 'rw'] } },
  SELECT_INPUT: { at: 0x7fc, count: (0x900 - 0x7fc) / 4, reserved: '31:4', fields: { DAISY: [3, 0, 'rw'] } },
});

export class Iomuxc extends RegisterDevice<SpecOf<typeof IOMUXC_REGISTERS>> {
  constructor(log: Log) {
    super('IOMUXC', 0x4000, IOMUXC_REGISTERS, log);
  }
}
