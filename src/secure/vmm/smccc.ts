/** SMC Calling Convention, Arm architecture calls. Source: DEN0028, 1.2, section 7. */
import { smc, type Smc } from './smc.ts';
import { SMCCC_STATUS } from './status.ts';

const VERSION_1_2 = 0x00010002;

export const SMCCC_FUNCTION = { VERSION: 0x80000000, ARCH_FEATURES: 0x80000001 } as const;

export function smcccCalls(): Smc[] {
  const implemented: ReadonlySet<number> = new Set(Object.values(SMCCC_FUNCTION));
  return [
    smc({ number: SMCCC_FUNCTION.VERSION, name: 'SMCCC_VERSION', result: 'u32' }, () => VERSION_1_2),
    // No workaround and no SoC identifier is offered: every other function is unknown.
    smc({ number: SMCCC_FUNCTION.ARCH_FEATURES, name: 'SMCCC_ARCH_FEATURES', args: { function: 'u32' }, result: 'status' },
      ({ args }) => implemented.has(args.function) ? SMCCC_STATUS.SUCCESS : SMCCC_STATUS.NOT_SUPPORTED),
  ];
}
