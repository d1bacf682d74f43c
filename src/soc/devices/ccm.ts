/**
 * Clock controller module. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "Clock Controller Module", and the clock tree that Linux derives from it.
 *
 * Registers are stored; the rates that devices here use (`ipg`, `per_root`, `uart_root`, the 32 kHz clock) are computed from them, and
 * the gates of GPT and EPIT stop their timers. Deviations: dividers and muxes change at once (CDHIPR reads as zero); low-power modes, clock
 * observation and the bypass of a PLL (CCSR) for the CPU's own clock are stored. The CPU's nominal frequency does not follow PLL1.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import { RegisterDevice } from '../device.ts';
import type { Log } from '../device.ts';
import { STOPPED, hertz, scale } from '../ticks.ts';
import type { Rate } from '../ticks.ts';
import type { Dpll } from './dpll.ts';

const word = { VALUE: [31, 0, 'rw'] } as const;

export const CCM_REGISTERS = defineRegisters('CCM', 1, {
  CCR: { at: 0x00, reset: 0x000016ff, fields: word },
  CCDR: { at: 0x04, reset: 0x00000000, fields: word },
  CSR: { at: 0x08, reset: 0x00000030, fields: { VALUE: [31, 0, 'ro'] } },
  CCSR: {
    at: 0x0c, reserved: '31:11',
    fields: { LP_APM_SEL: [10, 'rw'], PLL4_SW_CLK_SEL: [9, 'rw'], STEP_SEL: [8, 7, 'rw'], PLL2_DIV_PODF: [6, 5, 'rw'], PLL3_DIV_PODF: [4, 3, 'rw'], PLL1_SW_CLK_SEL: [2, 'rw'], PLL2_SW_CLK_SEL: [1, 'rw'], PLL3_SW_CLK_SEL: [0, 'rw'] },
  },
  CACRR: { at: 0x10, reserved: '31:3', fields: { ARM_PODF: [2, 0, 'rw'] } },
  CBCDR: {
    at: 0x14, reset: 0x00888945,
    fields: {
      OTHER: [31, 28, 'rw'], EMI_SLOW_SEL: [27, 26, 'rw'], PERIPH_CLK_SEL: [25, 'rw'], EMI_SLOW_PODF: [24, 22, 'rw'], AXI_B_PODF: [21, 19, 'rw'],
      AXI_A_PODF: [18, 16, 'rw'], NFC_PODF: [15, 13, 'rw'], AHB_PODF: [12, 10, 'rw'], IPG_PODF: [9, 8, 'rw'], PERCLK_PRED1: [7, 6, 'rw'],
      PERCLK_PRED2: [5, 3, 'rw'], PERCLK_PODF: [2, 0, 'rw'],
    },
  },
  CBCMR: {
    at: 0x18, reset: 0x00016154,
    fields: { OTHER: [31, 14, 'rw'], PERIPH_APM_SEL: [13, 12, 'rw'], SELECTS: [11, 2, 'rw'], PERCLK_LP_APM_SEL: [1, 'rw'], PERCLK_IPG_SEL: [0, 'rw'] },
  },
  CSCMR1: { at: 0x1c, reset: 0xa6a2a020, fields: { HIGH: [31, 26, 'rw'], UART_CLK_SEL: [25, 24, 'rw'], LOW: [23, 0, 'rw'] } },
  CSCMR2: { at: 0x20, reset: 0xb4b4d6e0, fields: word },
  CSCDR1: { at: 0x24, reset: 0x00c30318, fields: { HIGH: [31, 6, 'rw'], UART_CLK_PRED: [5, 3, 'rw'], UART_CLK_PODF: [2, 0, 'rw'] } },
  CS1CDR: { at: 0x28, reset: 0x00860041, fields: word },
  CS2CDR: { at: 0x2c, reset: 0x00860041, fields: word },
  CDCDR: { at: 0x30, reset: 0x14370092, fields: word },
  CHSCDR: { at: 0x34, reset: 0x00000000, fields: word },
  CSCDR2: { at: 0x38, reset: 0x10020000, fields: word },
  CSCDR3: { at: 0x3c, reset: 0x00000041, fields: word },
  CSCDR4: { at: 0x40, reset: 0x00000241, fields: word },
  CWDR: { at: 0x44, fields: word },
  CDHIPR: { at: 0x48, fields: { BUSY: [31, 0, 'ro'] } },
  CDCR: { at: 0x4c, fields: word },
  CTOR: { at: 0x50, fields: word },
  CLPCR: { at: 0x54, reset: 0x00000079, fields: word },
  CISR: { at: 0x58, fields: { STATUS: [31, 0, 'w1c'] } },
  CIMR: { at: 0x5c, reset: 0xffffffff, fields: word },
  CCOSR: { at: 0x60, reset: 0x000a0001, fields: word },
  CGPR: { at: 0x64, fields: word },
  CCGR: { at: 0x68, count: 8, reset: new Array<number>(8).fill(0xffffffff), fields: word },
  CMEOR: { at: 0x88, reset: 0xffffffff, fields: word },
});

/** A gate: two bits of a CCGR register. 0 off, 1 on while the CPU runs, 3 on always. */
export interface ClockGate { readonly ccgr: number; readonly bit: number }

export interface CcmPorts {
  readonly log: Log;
  /** PLL1 to PLL4. */
  readonly plls: readonly Dpll[];
  /** Told that a rate or gate may have changed. */
  readonly onChange: () => void;
}

const OSCILLATOR = hertz(24_000_000);
const CKIL = hertz(32_768);

export class Ccm extends RegisterDevice<SpecOf<typeof CCM_REGISTERS>> {
  readonly #ports: CcmPorts;

  constructor(ports: CcmPorts) {
    super('CCM', 0x4000, CCM_REGISTERS, ports.log);
    this.#ports = ports;
    const change = { onWrite: () => { ports.onChange(); } };
    for (const register of ['CCSR', 'CBCDR', 'CBCMR', 'CSCMR1', 'CSCDR1', 'CCGR'] as const) this.registers.on(register, change);
  }

  /** Output of PLL `number` (1 to 4) after its bypass mux. */
  pll(number: number): Rate {
    const { registers } = this;
    const bypassed = number === 1 ? registers.field('CCSR', 'PLL1_SW_CLK_SEL') : number === 2 ? registers.field('CCSR', 'PLL2_SW_CLK_SEL')
      : number === 3 ? registers.field('CCSR', 'PLL3_SW_CLK_SEL') : registers.field('CCSR', 'PLL4_SW_CLK_SEL');
    return bypassed === 1 ? OSCILLATOR : (this.#ports.plls[number - 1]?.rate() ?? STOPPED);
  }

  /** `main_bus`: what AHB, AXI and (usually) the peripherals' clock are divided from. */
  mainBus(): Rate {
    if (this.registers.field('CBCDR', 'PERIPH_CLK_SEL') === 0) return this.pll(2);
    const source = this.registers.field('CBCMR', 'PERIPH_APM_SEL');
    return source === 0 ? this.pll(1) : source === 1 ? this.pll(3) : OSCILLATOR;
  }

  ahb(): Rate {
    return scale(this.mainBus(), 1, this.registers.field('CBCDR', 'AHB_PODF') + 1);
  }

  ipg(): Rate {
    return scale(this.ahb(), 1, this.registers.field('CBCDR', 'IPG_PODF') + 1);
  }

  /** The timers' high-frequency clock. */
  perRoot(): Rate {
    const { registers } = this;
    if (registers.field('CBCMR', 'PERCLK_IPG_SEL') === 1) return this.ipg();
    const source = registers.field('CBCMR', 'PERCLK_LP_APM_SEL') === 1 ? OSCILLATOR : this.mainBus();
    const divider = (registers.field('CBCDR', 'PERCLK_PRED1') + 1) * (registers.field('CBCDR', 'PERCLK_PRED2') + 1)
      * (registers.field('CBCDR', 'PERCLK_PODF') + 1);
    return scale(source, 1, divider);
  }

  uartRoot(): Rate {
    const { registers } = this;
    const select = registers.field('CSCMR1', 'UART_CLK_SEL');
    const source = select === 3 ? OSCILLATOR : this.pll(select + 1);
    return scale(source, 1, (registers.field('CSCDR1', 'UART_CLK_PRED') + 1) * (registers.field('CSCDR1', 'UART_CLK_PODF') + 1));
  }

  /** The 32 kHz clock. */
  ckil(): Rate {
    return CKIL;
  }

  /** A rate behind a gate. */
  gated(gate: ClockGate, rate: Rate): Rate {
    return (this.registers.get('CCGR', gate.ccgr) >>> gate.bit & 3) === 0 ? STOPPED : rate;
  }

  protected override resetMore(): void {
    this.#ports.onChange();
  }
}
