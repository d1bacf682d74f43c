/**
 * The scenario `protected`: a partition that keeps the kernel's timer from the normal world.
 *
 * EPIT1 shares a slave of the CSU with the GPT (CSL04 low), and what clocks it is the normal world's on the open board (CSL09 low: CCM, DPLLs, SRC, GPC). Here both
 * slaves are secure, and the VMM emulates what an unmodified Linux needs of them: the GPT goes through as it is; of the others reads go through, and of writes all
 * but what EPIT1 depends on. EPIT1 and EPIT2 themselves stay out of reach.
 *
 * Sources: i.MX53 reference manual, chapters CCM, DPLL, SRC; EPIT1 counts the peripheral clock: PLL2 (or what PERIPH_CLK_SEL chooses) by AHB_PODF and IPG_PODF,
 * gated by CCGR2[3:2] and, for its high-frequency clock, CCGR2[5:4].
 *
 * What is left: WDOG1 and WDOG2 have no slave, so that the normal world can still reset the board.
 */
import { QSB_SECURE } from '../bootstrap/imx53-qsb.ts';
import type { Scenario } from '../scenario.ts';
import { device, type DeviceWrite, type EmulatedDevice } from '../vmm/emulation/device.ts';
import type { SmcState } from '../vmm/smc.ts';
import { hex32 } from '../vmm/text.ts';

const SIZE = 0x4000;

/** Counts of writes that were kept from a register, by name. */
type FilterState = { refused: { [register: string]: number } };

/** Bits of a register that the normal world may not change, by offset; `name` for the log. */
type Kept = ReadonlyMap<number, { readonly name: string; readonly bits: number; /** Bits that may be set, not cleared. */ readonly mayBeSet?: number }>;

/** Each register's refusal is logged up to this count, then the powers of two. */
const LOGGED = 4;

/** Writes a register but for the bits that are kept, and says so where they would have changed. */
function filtered<S extends SmcState & FilterState>({ offset, size, value, state, vm, registers }: DeviceWrite<S>, kept: Kept, why: string): void {
  if (size !== 4) vm.refuse(`a write of ${size} bytes: its registers are words`);
  const rule = kept.get(offset);
  if (rule === undefined) {
    registers.write(offset, value);
    return;
  }
  const old = registers.read(offset);
  const changed = (value ^ old) & rule.bits & ~(value & (rule.mayBeSet ?? 0));
  if (changed !== 0) {
    const count = state.refused[rule.name] = (state.refused[rule.name] ?? 0) + 1;
    if (count <= LOGGED || (count & (count - 1)) === 0) {
      vm.log(`write of ${hex32(value)} to ${rule.name} refused in bits ${hex32(changed)}: ${why}${count > LOGGED ? ` (${count} so far)` : ''}`);
    }
  }
  registers.write(offset, (value & ~changed) | (old & changed));
}

const kept = (...rows: readonly [offset: number, name: string, bits: number, mayBeSet?: number][]): Kept =>
  new Map(rows.map(([offset, name, bits, mayBeSet = 0]) => [offset, { name, bits, mayBeSet }]));

const CLOCKS = 'EPIT1, the secure timer, depends on it';

/** EPIT1's gates. */
const CCGR2_EPIT1 = 0xf << 2;
/** AHB_PODF, IPG_PODF, PERIPH_CLK_SEL; PERIPH_APM_SEL; the bypasses of PLL1 to PLL3 and where they lead. */
const CBCDR_IPG = 7 << 10 | 3 << 8 | 1 << 25;
const CBCMR_IPG = 3 << 12;
const CCSR_PLLS = 7 | 3 << 7 | 1 << 10;
/** Oscillators. */
const CCR_ON = 1 << 12 | 0xff;
/** LPM: the mode that WFI enters; stop mode takes the peripherals their clock. */
const CLPCR_LPM = 3;

const CCM_KEPT = kept(
  [0x00, 'CCM CCR', CCR_ON], [0x0c, 'CCM CCSR', CCSR_PLLS], [0x14, 'CCM CBCDR', CBCDR_IPG], [0x18, 'CCM CBCMR', CBCMR_IPG],
  [0x54, 'CCM CLPCR', CLPCR_LPM], [0x70, 'CCM CCGR2', CCGR2_EPIT1, CCGR2_EPIT1],
);
/** MASK_WDOG_RST; the rest are resets of modules. */
const SRC_KEPT = kept([0x00, 'SRC SCR', 0xf << 7]);
/** Every register of a loop. */
const ALL = 0xffffffff | 0;
const DPLL_KEPT = (name: string): Kept => kept(...['DP_CTL', 'DP_CONFIG', 'DP_OP', 'DP_MFD', 'DP_MFN', 'DP_MFNMINUS', 'DP_MFNPLUS', 'DP_HFS_OP', 'DP_HFS_MFD', 'DP_HFS_MFN', 'DP_MFN_TOGC', 'DP_DESTAT']
  .map((register, i): [number, string, number] => [i * 4, `${name} ${register}`, ALL]));

function filter(name: string, base: number, rules: Kept): EmulatedDevice {
  return device({
    name, base, size: SIZE, passThrough: true, state: { refused: {} } as FilterState,
    write: (access) => { filtered(access, rules, CLOCKS); },
  });
}

const DEVICES: readonly EmulatedDevice[] = [
  device({ name: 'GPT', base: 0x53fa0000, size: SIZE, passThrough: true }),
  filter('SRC', 0x53fd0000, SRC_KEPT),
  filter('CCM', 0x53fd4000, CCM_KEPT),
  device({ name: 'GPC', base: 0x53fd8000, size: SIZE, passThrough: true, write: () => undefined }),
  ...[1, 2, 3, 4].map((number) => filter(`DPLL${number}`, 0x63f80000 + (number - 1) * SIZE, DPLL_KEPT(`DPLL${number}`))),
];

export const PROTECTED: Scenario = {
  board: { ...QSB_SECURE, secureSlaves: [...QSB_SECURE.secureSlaves, '04a', '09a'] },
  devices: DEVICES,
};
