/** The VMM: loads and runs the normal world, and answers its SMCs. */
export { checkBoot, packBoot, unpackBoot, type NormalBoot, type NormalLoad } from './boot-image.ts';
export { createSmcTable, type StandardCalls } from './calls.ts';
export * from './emulation/index.ts';
export { dumpVm, type DumpOptions } from './dump.ts';
export { decodeFunctionId, type FunctionId } from './function-id.ts';
export { MAXIMUM_TRANSFER, SmcRefusal, type CallerRights } from './guest-memory.ts';
export { isSecureBlock, prepareAtags, prepareLinux, type NormalLinux, type NormalLinuxResult, type SecurePartition } from './linux-image.ts';
export { describeUnknown, listSmcs, smcMarkdown } from './listing.ts';
export { describeException, describePsr, modeName } from './modes.ts';
export { PSCI_FUNCTION } from './psci.ts';
export {
  smc, type ArgumentValue, type KernelSmc, type KernelSmcVm, type MonitorSmc, type ResultValue, type Smc, type SmcArguments, type SmcArgumentType, type SmcContext,
  type SmcDefinition, type SmcEnum, type SmcHandler, type SmcLevel, type SmcResultType, type SmcSource, type SmcState, type SmcVm, type VmmSmc, type VmmSmcVm, type VmRequest,
} from './smc.ts';
export { kernelSmcs, monitorSmcs } from './smc-vm.ts';
export { smcKey, SmcTable, type SmcRow } from './smc-table.ts';
export { SMCCC_FUNCTION } from './smccc.ts';
export { PSCI_STATUS, SMCCC_STATUS, TZ_ERROR } from './status.ts';
export { DEFAULT_SEED, SEED_BYTES, TRNG_FUNCTION } from './trng.ts';
export { type TzDevices } from './tz.ts';
export { type TzBlock } from './tz-block.ts';
export { createVmm, type UnknownSmc, type VmmOptions, type VmmState, type VmmStatus } from './vmm.ts';
