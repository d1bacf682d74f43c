/**
 * The i.MX53's memory map as data: every block with its address, size, interrupts, and slave of the CSU.
 *
 * Source: i.MX53 Multimedia Applications Processor Reference Manual, chapters "Memory Maps" and "Interrupts and DMA Events", as Linux's imx53.dtsi has them too.
 * CSL halves are those that public secure-world drivers (Genode's) program; which of them stand for I2C1 and I2C2, and that GPIO5-7 share GPIO4's, is inferred
 * from the order of addresses. A block without a known half is open to both worlds.
 */

export interface BlockRow {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** TZIC sources, in the order in which the block's lines are named. */
  readonly irq?: readonly number[];
  /** Half of a CSU register, as '04a'. */
  readonly csl?: string;
}

const K16 = 0x4000;
const row = (name: string, base: number, size: number, irq: readonly number[] = [], csl?: string): BlockRow => (csl === undefined
  ? { name, base, size, irq } : { name, base, size, irq, csl });

/** Every block but DRAM. A row without a model in `imx53.ts` becomes a named hole. */
export const IMX53_BLOCKS: readonly BlockRow[] = [
  row('boot ROM', 0x00000000, K16),
  row('boot ROM 2', 0x00404000, 0xc000),
  row('SCC RAM', 0x07000000, K16, [], '15b'),
  row('TZIC', 0x0fffc000, K16),
  row('SATA', 0x10000000, K16, [28], '07a'),
  row('IPU', 0x18000000, 0x08000000, [11, 10], '24a'),
  row('GPU2D', 0x20000000, 0x01000000, [84], '24b'),
  row('GPU3D', 0x30000000, 0x01000000, [12], '27b'),
  row('debug', 0x40000000, 0x00100000, [5]),

  // SPBA
  row('eSDHC1', 0x50004000, K16, [1], '25a'),
  row('eSDHC2', 0x50008000, K16, [2], '25b'),
  row('UART3', 0x5000c000, K16, [33], '19a'),
  row('eCSPI1', 0x50010000, K16, [36]),
  row('SSI2', 0x50014000, K16, [30]),
  row('ESAI', 0x50018000, K16, [81]),
  row('eSDHC3', 0x50020000, K16, [3], '28a'),
  row('eSDHC4', 0x50024000, K16, [4], '28b'),
  row('SPDIF', 0x50028000, K16, [67], '29a'),
  row('ASRC', 0x5002c000, K16, [66]),
  row('PATA DMA', 0x50030000, K16, [70]),
  row('SLIM', 0x50034000, K16, [95]),
  row('HSI2C', 0x50038000, K16),
  row('SPBA', 0x5003c000, K16),

  // AIPS 1
  row('AIPSTZ1', 0x53f00000, K16),
  row('USB', 0x53f80000, K16, [18, 14, 16, 17], '00a'),
  row('GPIO1', 0x53f84000, K16, [50, 51], '00b'),
  row('GPIO2', 0x53f88000, K16, [52, 53], '01a'),
  row('GPIO3', 0x53f8c000, K16, [54, 55], '01b'),
  row('GPIO4', 0x53f90000, K16, [56, 57], '02a'),
  row('KPP', 0x53f94000, K16, [60]),
  row('WDOG1', 0x53f98000, K16, [58]),
  row('WDOG2', 0x53f9c000, K16, [59]),
  row('GPT', 0x53fa0000, K16, [39], '04a'),
  row('SRTC', 0x53fa4000, K16, [24, 25], '04b'),
  row('IOMUXC', 0x53fa8000, K16, [7], '05a'),
  row('EPIT1', 0x53fac000, K16, [40], '04a'),
  row('EPIT2', 0x53fb0000, K16, [41], '04a'),
  row('PWM1', 0x53fb4000, K16, [61]),
  row('PWM2', 0x53fb8000, K16, [94]),
  row('UART1', 0x53fbc000, K16, [31], '07b'),
  row('UART2', 0x53fc0000, K16, [32], '08a'),
  row('CAN1', 0x53fc8000, K16, [82]),
  row('CAN2', 0x53fcc000, K16, [83]),
  row('SRC', 0x53fd0000, K16, [75], '09a'),
  row('CCM', 0x53fd4000, K16, [71, 72], '09a'),
  row('GPC', 0x53fd8000, K16, [73, 74], '09a'),
  row('GPIO5', 0x53fdc000, K16, [103, 104], '02a'),
  row('GPIO6', 0x53fe0000, K16, [105, 106], '02a'),
  row('GPIO7', 0x53fe4000, K16, [107, 108], '02a'),
  row('PATA', 0x53fe8000, K16, [70]),
  row('I2C3', 0x53fec000, K16, [64], '31a'),
  row('UART4', 0x53ff0000, K16, [13], '26a'),

  // AIPS 2
  row('AIPSTZ2', 0x63f00000, K16),
  row('DPLL1', 0x63f80000, K16, [], '09a'),
  row('DPLL2', 0x63f84000, K16, [], '09a'),
  row('DPLL3', 0x63f88000, K16, [], '09a'),
  row('DPLL4', 0x63f8c000, K16, [], '09a'),
  row('UART5', 0x63f90000, K16, [86], '30b'),
  row('AHBMAX', 0x63f94000, K16, [], '06b'),
  row('IIM', 0x63f98000, K16, [69]),
  row('CSU', 0x63f9c000, K16, [27]),
  row('TIGERP', 0x63fa0000, K16),
  row('OWIRE', 0x63fa4000, K16, [88], '09a'),
  row('FIRI', 0x63fa8000, K16, [93]),
  row('eCSPI2', 0x63fac000, K16, [37]),
  row('SDMA', 0x63fb0000, K16, [6], '15a'),
  row('SCC', 0x63fb4000, K16, [21, 22, 23], '15b'),
  row('ROMCP', 0x63fb8000, K16),
  row('RTIC', 0x63fbc000, K16, [26], '16b'),
  row('CSPI', 0x63fc0000, K16, [38]),
  row('I2C2', 0x63fc4000, K16, [63], '17b'),
  row('I2C1', 0x63fc8000, K16, [62], '18a'),
  row('SSI1', 0x63fcc000, K16, [29], '18b'),
  row('AUDMUX', 0x63fd0000, K16, [], '18b'),
  row('RTC', 0x63fd4000, K16, [34]),
  row('M4IF', 0x63fd8000, 0x1000, [15]),
  row('ESDCTL', 0x63fd9000, 0x1000),
  row('WEIM', 0x63fda000, 0x1000),
  row('NFC', 0x63fdb000, 0x1000, [8]),
  row('MIPI HSC', 0x63fdc000, K16),
  row('MLB', 0x63fe4000, K16, [65]),
  row('SSI3', 0x63fe8000, K16, [96]),
  row('FEC', 0x63fec000, K16, [87], '22a'),
  row('TVE', 0x63ff0000, K16, [92], '22b'),
  row('VPU', 0x63ff4000, K16, [9, 100], '23a'),
  row('SAHARA', 0x63ff8000, K16, [19, 20]),
  row('PTP', 0x63ffc000, K16, [35]),

  row('EIM', 0xf0000000, 0x07ff0000),
  row('NFC AXI', 0xf7ff0000, 0x10000),
  row('IRAM', 0xf8000000, 0x20000),
  row('GPU memory', 0xf8020000, 0x40000, [], '27b'),
];

/** TZIC source of the CPU's performance monitor. */
export const PMU_IRQ = 77;
