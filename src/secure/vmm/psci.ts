/**
 * Power State Coordination Interface 1.1 for one CPU. Source: DEN0022, section 5.
 *
 * CPU_SUSPEND offers standby and comes back at once, as a standby that is woken early may: the caller's idle loop goes round. CPU_OFF on the only CPU leaves
 * nothing that could turn it on, so the VM stops there. Optional calls that are not in the list are NOT_SUPPORTED, and PSCI_FEATURES says so.
 */
import { smc, type Smc } from './smc.ts';
import { SMCCC_FUNCTION } from './smccc.ts';
import { PSCI_STATUS } from './status.ts';

const VERSION_1_1 = 0x00010001;
/** MPIDR's affinity fields of the only CPU. */
const ONLY_CPU = 0;

/** Function identifiers of the calls that are implemented. */
export const PSCI_FUNCTION = {
  VERSION: 0x84000000, CPU_SUSPEND: 0x84000001, CPU_OFF: 0x84000002, CPU_ON: 0x84000003, AFFINITY_INFO: 0x84000004, MIGRATE_INFO_TYPE: 0x84000006,
  SYSTEM_OFF: 0x84000008, SYSTEM_RESET: 0x84000009, FEATURES: 0x8400000a,
} as const;

/** AFFINITY_INFO: the CPU is on. */
const ON = 0;
/** MIGRATE_INFO_TYPE: no Trusted OS is there, or it needs no migration. */
const NO_MIGRATION = 2;
/** CPU_SUSPEND's power_state, original format: state type (1 = power-down), power level, state. The other bits are zero. */
const POWER_DOWN = 1 << 16;
const POWER_LEVEL = 3 << 24;
const POWER_STATE_RESERVED = 0xfc000000 | 0x00fe0000;

export function psciCalls(): Smc[] {
  const features = new Set<number>([...Object.values(PSCI_FUNCTION), SMCCC_FUNCTION.VERSION]);
  return [
    smc({ number: PSCI_FUNCTION.VERSION, name: 'PSCI_VERSION', result: 'u32' }, () => VERSION_1_1),
    smc({ number: PSCI_FUNCTION.CPU_SUSPEND, name: 'CPU_SUSPEND', args: { powerState: 'u32', entryPoint: 'u32', contextId: 'u32' }, result: 'status' }, ({ args }) =>
      (args.powerState & (POWER_STATE_RESERVED | POWER_DOWN | POWER_LEVEL)) === 0 ? PSCI_STATUS.SUCCESS : PSCI_STATUS.INVALID_PARAMETERS),
    smc({ number: PSCI_FUNCTION.CPU_OFF, name: 'CPU_OFF', result: 'status' }, ({ vm }) => {
      vm.request('cpu-off');
      return PSCI_STATUS.SUCCESS;
    }),
    smc({ number: PSCI_FUNCTION.CPU_ON, name: 'CPU_ON', args: { target: 'u32', entryPoint: 'u32', contextId: 'u32' }, result: 'status' }, ({ args }) =>
      args.target === ONLY_CPU ? PSCI_STATUS.ALREADY_ON : PSCI_STATUS.INVALID_PARAMETERS),
    smc({ number: PSCI_FUNCTION.AFFINITY_INFO, name: 'AFFINITY_INFO', args: { target: 'u32', lowestLevel: 'u32' }, result: 'status' }, ({ args }) =>
      args.target === ONLY_CPU && args.lowestLevel === 0 ? ON : PSCI_STATUS.INVALID_PARAMETERS),
    smc({ number: PSCI_FUNCTION.MIGRATE_INFO_TYPE, name: 'MIGRATE_INFO_TYPE', result: 'status' }, () => NO_MIGRATION),
    smc({ number: PSCI_FUNCTION.SYSTEM_OFF, name: 'SYSTEM_OFF', result: 'status' }, ({ vm }) => {
      vm.request('system-off');
      return PSCI_STATUS.SUCCESS;
    }),
    smc({ number: PSCI_FUNCTION.SYSTEM_RESET, name: 'SYSTEM_RESET', result: 'status' }, ({ vm }) => {
      vm.request('system-reset');
      return PSCI_STATUS.SUCCESS;
    }),
    // Flags of CPU_SUSPEND: original format of power_state, platform-coordinated only.
    smc({ number: PSCI_FUNCTION.FEATURES, name: 'PSCI_FEATURES', args: { function: 'u32' }, result: 'status' }, ({ args }) =>
      features.has(args.function) ? PSCI_STATUS.SUCCESS : PSCI_STATUS.NOT_SUPPORTED),
  ];
}
