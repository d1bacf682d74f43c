/**
 * The i.MX53 Quick Start Board: DRAM, the power management chip, and what its boot loader leaves behind.
 *
 * Sources: the board's schematic as its device tree tells it; the hand-over state is what U-Boot for the board (mx53loco) programs.
 */
import { Da9053 } from '../devices/da9053.ts';
import { createImx53 } from '../imx53.ts';
import type { DramBank, Imx53, Imx53Options } from '../imx53.ts';
import { QSB_DRAM, ROM_SIZE } from './imx53-qsb-numbers.ts';


/** One register as the boot loader leaves it. */
export type RegisterWrite = readonly [device: string, register: string, value: number, index?: number];

const PLL_ON = 0x1232;
const AUTO_RESTART = 0x2;

/** 24 MHz * 4 / (PDF + 1) * (MFI + MFN / (MFD + 1)). */
function pll(name: string, mfi: number, pdf: number, mfd: number, mfn: number): RegisterWrite[] {
  const op = mfi << 4 | pdf;
  return [
    [name, 'DP_CONFIG', AUTO_RESTART], [name, 'DP_OP', op], [name, 'DP_HFS_OP', op], [name, 'DP_MFD', mfd], [name, 'DP_HFS_MFD', mfd],
    [name, 'DP_MFN', mfn], [name, 'DP_HFS_MFN', mfn], [name, 'DP_CTL', PLL_ON],
  ];
}

/** What the boot loader has programmed when it enters Linux. (Chip reset values stand in the register maps.) */
export const QSB_HANDOVER: readonly RegisterWrite[] = [
  ...pll('DPLL1', 10, 0, 11, 5), // 1000 MHz: the CPU
  ...pll('DPLL2', 8, 1, 2, 1), // 400 MHz: buses, peripherals
  ...pll('DPLL3', 6, 2, 3, 3), // 216 MHz
  ...pll('DPLL4', 9, 1, 47, 23), // 455 MHz
  ['CCM', 'CCSR', 0], ['CCM', 'CACRR', 0],
  ['CCM', 'CBCDR', 0x00888945], // AHB 133 MHz, IPG 67 MHz, per_root 400 / 12 = 33 MHz
  ['CCM', 'CBCMR', 0x00016154], ['CCM', 'CSCMR1', 0xa5a2a020], ['CCM', 'CSCDR1', 0x00c3030a], // UART: PLL2 / 6 = 67 MHz
  ['CCM', 'CCDR', 0], ['CCM', 'CCOSR', 0x000a00f0],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((index): RegisterWrite => ['CCM', 'CCGR', 0xffffffff, index]),
  ['AIPSTZ1', 'MPR', 0x77777777, 0], ['AIPSTZ1', 'MPR', 0x77777777, 1], ['AIPSTZ2', 'MPR', 0x77777777, 0], ['AIPSTZ2', 'MPR', 0x77777777, 1],
  // The console: 115200 8N1 from 66.67 MHz / 2
  ['UART1', 'UCR1', 0x0001], ['UART1', 'UCR2', 0x4027], ['UART1', 'UCR3', 0x0784], ['UART1', 'UCR4', 0x8000], ['UART1', 'UFCR', 0x0a01],
  ['UART1', 'UBIR', 0x000f], ['UART1', 'UBMR', 288], ['UART1', 'ONEMS', 66_666],
];

/** Leaves the chip as the board's boot loader does. */
export function applyHandover(chip: Imx53, writes: readonly RegisterWrite[] = QSB_HANDOVER): void {
  for (const [device, register, value, index] of writes) chip.writeRegister(device, register, value, index);
}

/** What a machine with this board decides: the rest of the chip's options is the board's. */
export type QsbOptions = Omit<Imx53Options, 'i2c' | 'dram'> & {
  /** Where each bank lies in linear memory; a bank may be smaller than the board's, but not begin elsewhere. */
  readonly dram: readonly DramBank[];
};

export interface Imx53Qsb {
  readonly chip: Imx53;
  readonly pmic: Da9053;
}

/** GPIO7 line 11 is the power chip's interrupt, active low. */
const PMIC_IRQ_PIN = 11;

/** Builds the board, in its reset state. */
export function createImx53Qsb(options: QsbOptions): Imx53Qsb {
  options.dram.forEach(({ base, size }) => {
    const bank = QSB_DRAM.find((candidate) => candidate.base === base);
    if (bank === undefined || size > bank.size) throw new RangeError(`the board has no DRAM bank of 0x${size.toString(16)} bytes at 0x${base.toString(16)}`);
  });
  let chip: Imx53 | undefined;
  const pmic = new Da9053((asserted) => {
    chip?.gpios[6]?.setInput(PMIC_IRQ_PIN, !asserted);
  });
  chip = createImx53({ ...options, i2c: { i2c2: [pmic] } });
  return { chip, pmic };
}

/** Boot ROM word that holds the silicon revision, and its value for TO2.1. */
const ROM_SI_REV = 0x48;
const ROM_TO2_1 = 0x21;

/** Content of the boot ROM: zeros, but for the silicon revision that boot loaders read there. Its code is not modelled. */
export function bootRom(): Uint8Array {
  const rom = new Uint8Array(ROM_SIZE);
  rom[ROM_SI_REV] = ROM_TO2_1;
  return rom;
}
