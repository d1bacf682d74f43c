/**
 * A digital phase-locked loop. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "DPLL IP".
 *
 * Output: 2 * REF * (MFI + MFN / (MFD + 1)) / (PDF + 1), doubled again with DPDCK0_2_EN. Deviation: a loop that is on (UPEN) is locked at once.
 * High-frequency mode (HFSM) is stored; the low set of parameters decides.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { Log } from '../device.ts';
import { STOPPED, hertz, scale } from '../ticks.ts';
import type { Rate } from '../ticks.ts';

export const DPLL_REGISTERS = defineRegisters('DPLL', 1, {
  DP_CTL: {
    at: 0x00, reset: 0x0223, reserved: '31:14',
    fields: {
      MUL_CTRL: [13, 'rw'], DPDCK0_2_EN: [12, 'rw'], ADE: [11, 'rw'], REF_CLK_DIV: [10, 'rw'], REF_CLK_SEL: [9, 8, 'rw'], HFSM: [7, 'ro'], PRE: [6, 'rw'],
      UPEN: [5, 'rw'], RST: [4, 'rw'], RCP: [3, 'rw'], PLM: [2, 'rw'], BRMO: [1, 'rw'], LRF: [0, 'ro'],
    },
  },
  DP_CONFIG: { at: 0x04, reset: 0x0006, reserved: '31:4', fields: { BIST_CE: [3, 'rw'], SJC_CE: [2, 'rw'], AREN: [1, 'rw'], LDREQ: [0, 'wo'] } },
  DP_OP: { at: 0x08, reset: 0x0080, reserved: '31:8', fields: { MFI: [7, 4, 'rw'], PDF: [3, 0, 'rw'] } },
  DP_MFD: { at: 0x0c, reset: 0x0002, reserved: '31:27', fields: { MFD: [26, 0, 'rw'] } },
  DP_MFN: { at: 0x10, reset: 0x0001, reserved: '31:27', fields: { MFN: [26, 0, 'rw'] } },
  DP_MFNMINUS: { at: 0x14, reserved: '31:27', fields: { MFNMINUS: [26, 0, 'rw'] } },
  DP_MFNPLUS: { at: 0x18, reserved: '31:27', fields: { MFNPLUS: [26, 0, 'rw'] } },
  DP_HFS_OP: { at: 0x1c, reset: 0x0080, reserved: '31:8', fields: { MFI: [7, 4, 'rw'], PDF: [3, 0, 'rw'] } },
  DP_HFS_MFD: { at: 0x20, reset: 0x0002, reserved: '31:27', fields: { MFD: [26, 0, 'rw'] } },
  DP_HFS_MFN: { at: 0x24, reset: 0x0001, reserved: '31:27', fields: { MFN: [26, 0, 'rw'] } },
  DP_MFN_TOGC: { at: 0x28, reset: 0x20000, reserved: '31:18', fields: { TOG_DIS: [17, 'rw'], TOG_EN: [16, 'tag'], TOG_MFN_CNT: [15, 0, 'rw'] } },
  DP_DESTAT: { at: 0x2c, reset: 0x0001, reserved: '30:27', fields: { TOG_SEL: [31, 'ro'], DP_MFN: [26, 0, 'ro'] } },
});

const { DP_CTL } = DPLL_REGISTERS.masks;
/** The reference: the board's 24 MHz crystal. */
const REFERENCE_HZ = 24_000_000;

export interface DpllPorts {
  readonly log: Log;
  /** Told that the output may have changed. */
  readonly onChange: () => void;
}

export class Dpll extends RegisterDevice<SpecOf<typeof DPLL_REGISTERS>> {
  constructor(name: string, ports: DpllPorts) {
    super(name, 0x4000, DPLL_REGISTERS, ports.log);
    const change = { onWrite: () => { ports.onChange(); } };
    this.registers.on('DP_CTL', {
      onWrite: (_old, value) => {
        const running = (value & DP_CTL.UPEN) !== 0;
        // RST restarts the loop and clears itself.
        this.registers.set('DP_CTL', (value & ~(DP_CTL.RST | DP_CTL.LRF)) | (running ? DP_CTL.LRF : 0));
        ports.onChange();
      },
    });
    this.registers.on('DP_OP', change);
    this.registers.on('DP_MFD', change);
    this.registers.on('DP_MFN', {
      onWrite: (_old, value) => {
        this.registers.set('DP_DESTAT', value);
        ports.onChange();
      },
    });
  }

  /** The loop's output. */
  rate(): Rate {
    const { registers } = this;
    if (registers.field('DP_CTL', 'UPEN') === 0) return STOPPED;
    const factor = registers.field('DP_CTL', 'DPDCK0_2_EN') === 1 ? 4 : 2;
    const integer = Math.max(5, registers.field('DP_OP', 'MFI'));
    const denominator = registers.field('DP_MFD', 'MFD') + 1;
    // MFN is a signed number of 27 bits.
    const numerator = integer * denominator + (registers.get('DP_MFN') << 5 >> 5);
    if (numerator <= 0) return STOPPED;
    return scale(scale(hertz(REFERENCE_HZ * factor), 1, registers.field('DP_OP', 'PDF') + 1), numerator, denominator);
  }
}
