/**
 * The library: the machine, the secure world on it, and what a scenario is made of.
 *
 *     import { smc } from 'worldswitch';
 */
export * from './secure/vmm/smc.ts';
export * from './secure/vmm/emulation/index.ts';
export {
  checkBoot, createSmcTable, createVmm, describeException, describePsr, dumpVm, isSecureBlock, kernelSmcs, listSmcs, modeName, packBoot, prepareLinux, PSCI_FUNCTION, PSCI_STATUS,
  SMCCC_FUNCTION, SMCCC_STATUS, smcKey, SmcRefusal, SmcTable, TZ_ERROR,
  type DumpOptions, type NormalBoot, type NormalLinux, type NormalLinuxResult, type NormalLoad, type SecurePartition, type SmcRow, type UnknownSmc, type VmmOptions, type VmmState,
} from './secure/vmm/index.ts';
export { createScenarioSystem, type Scenario, type ScenarioSettings, type ScenarioSystem, type ScenarioSystemOptions } from './secure/scenario.ts';
export { createLog, createSerial, createSpin, createTimer, createVfpSpin } from './secure/components/index.ts';
export {
  EXCEPTION, PHYSICAL, QSB_SECURE, System, SYSCALL_LIST, VIRTUAL, VM_REGISTERS,
  type ArmComponent, type Component, type ComponentRow, type Dataspace, type Env, type KernelCall, type KernelCallContext, type KernelCp15, type MonitorRoutine, type KernelSmc as KernelSmcEntry, type Outcome, type Plain,
  type SecureBoard, type SecureSources, type SignalEvent, type SystemConfiguration, type SystemEnd, type SystemOptions, type SystemSnapshot, type Translation, type VmRegister, type VmSession,
} from './secure/index.ts';
export { Machine, QSB_DRAM, type Aborts, type MachineOptions, type MachineStats, type RunEnd, type Tier } from './soc/index.ts';
export {
  appendArchive, buildInitramfs, buildMini, MINI_SOURCES, placeLinux, placeMini, runArchive, RunFilter,
  type InitramfsParts, type MiniBootResult, type MiniBuildResult, type MiniImage, type MiniOptions, type RunSink,
} from './normal/index.ts';
export { allRows, createAssembler, createDecoder } from './isa/index.ts';
