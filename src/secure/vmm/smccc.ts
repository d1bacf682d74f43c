/**
 * SMC Calling Convention, Arm architecture calls. Source: DEN0028, 1.2, section 7; the maker's code from JEDEC JEP106: Freescale (Motorola), bank 1, 0x0e (with its odd
 * parity bit, which is 0).
 */
import { smc, type Smc } from './smc.ts';
import { SMCCC_STATUS } from './status.ts';

const VERSION_1_2 = 0x00010002;

export const SMCCC_FUNCTION = { VERSION: 0x80000000, ARCH_FEATURES: 0x80000001, ARCH_SOC_ID: 0x80000002 } as const;

/** SOC_ID of type 0: continuation codes in front of the maker's (bits 30-24), the maker's code (23-16), the chip (15-0): i.MX53. */
const SOC_VERSION = 0 << 24 | 0x0e << 16 | 0x0053;
/** SOC_ID of type 1: tape-out 2.1. */
const SOC_REVISION = 0x21;

export function smcccCalls(): Smc[] {
  const implemented: ReadonlySet<number> = new Set(Object.values(SMCCC_FUNCTION));
  return [
    smc({ number: SMCCC_FUNCTION.VERSION, name: 'SMCCC_VERSION', result: 'u32' }, () => VERSION_1_2),
    // No workaround is offered: every other function is unknown.
    smc({ number: SMCCC_FUNCTION.ARCH_FEATURES, name: 'SMCCC_ARCH_FEATURES', args: { function: 'u32' }, result: 'status' },
      ({ args }) => implemented.has(args.function) ? SMCCC_STATUS.SUCCESS : SMCCC_STATUS.NOT_SUPPORTED),
    smc({ number: SMCCC_FUNCTION.ARCH_SOC_ID, name: 'SMCCC_ARCH_SOC_ID', args: { type: 'u32' }, result: 'status' },
      ({ args }) => (args.type === 0 ? SOC_VERSION : args.type === 1 ? SOC_REVISION : SMCCC_STATUS.INVALID_PARAMETER)),
  ];
}
