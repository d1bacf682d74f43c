/**
 * What the secure world keeps for itself on the i.MX53 Quick Start Board, as data: core's static device mappings, the CSU's partition, secure interrupts, the
 * M4IF watermark. Sources: the board's memory map (src/soc/imx53-map.ts), and the partition that the TrustZone VMM for this board uses.
 */
import { PHYSICAL } from '../layout.ts';

/** A device or memory range that core maps from the start, by name; virtual addresses follow one another from VIRTUAL.mmio on. */
export interface CoreMmio { readonly name: string; readonly base: number; readonly size: number }

export interface SecureBoard {
  /** Core's static mappings. To let core reach more physical memory, add a row. */
  readonly coreMmio: readonly CoreMmio[];
  /** CSL registers of the CSU by number: [slave a, slave b]; `secure` slaves refuse the normal world. */
  readonly secureSlaves: readonly string[];
  /** DMA masters that the CSU marks non-secure, by bit position in the SA register. */
  readonly nonsecureMasters: readonly { readonly name: string; readonly bit: number }[];
  /** Interrupts that go to the secure world, as FIQ. */
  readonly secureInterrupts: readonly number[];
  /** DRAM that only the secure world reaches. */
  readonly protectedRam: { readonly base: number; readonly size: number };
  /** Whether bootstrap, as its last use of the AIPSTZ bridges, trusts no master any more, so that nobody can program them until reset. Default yes. */
  readonly lockBridges?: boolean;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

export const QSB_SECURE: SecureBoard = {
  coreMmio: [
    { name: 'UART1', base: 0x53fbc000, size: 0x1000 },
    { name: 'EPIT1', base: 0x53fac000, size: 0x1000 },
    { name: 'TZIC', base: 0x0fffc000, size: 0x1000 },
    { name: 'CSU', base: 0x63f9c000, size: 0x1000 },
    { name: 'M4IF', base: 0x63fd8000, size: 0x1000 },
  ],
  // CSL halves as n followed by a (bits 0-7) or b (bits 16-23): GPIO, I2C, TVE, VPU, IPU, GPU2D, GPU3D.
  secureSlaves: ['00b', '01a', '01b', '02a', '17b', '18a', '31a', '22b', '23a', '24a', '24b', '27b'],
  nonsecureMasters: [
    { name: 'SDMA', bit: 4 }, { name: 'USB', bit: 8 }, { name: 'PATA', bit: 10 }, { name: 'FEC', bit: 22 }, { name: 'DAP', bit: 24 },
    { name: 'eSDHC3', bit: 0 }, { name: 'eSDHC4', bit: 20 }, { name: 'eSDHC1', bit: 26 }, { name: 'eSDHC2', bit: 28 },
  ],
  secureInterrupts: [1, 40, 41, 63, 64, ...range(50, 57), ...range(103, 108)],
  protectedRam: { base: PHYSICAL.secureRam, size: PHYSICAL.secureRamSize },
};

/** CSU: slave registers CSL n at 4n, and the masters' register. */
export const CSU_CSL_COUNT = 32;
export const CSU_SA = 0x218;
export const CSL_SECURE = 0x33;
export const CSL_OPEN = 0xff;

/** Value of each CSL register for a partition. */
export function cslValues(board: SecureBoard): readonly number[] {
  const half = (n: number, letter: 'a' | 'b'): number => (board.secureSlaves.includes(`${String(n).padStart(2, '0')}${letter}`) ? CSL_SECURE : CSL_OPEN);
  return Array.from({ length: CSU_CSL_COUNT }, (_, n) => half(n, 'a') | half(n, 'b') << 16);
}
