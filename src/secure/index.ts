/** The secure world: monitor, bootstrap, kernel, core, VMM. */
export * from './component.ts';
export * from './layout.ts';
export { MemoryStore, Terminal, type BackingStore, type MemoryStoreOptions, type SavedPort, type StoreBase } from './core/host-ports.ts';
export { type ArmComponent, type ComponentRow, type SystemConfiguration } from './core/init.ts';
export { QSB_SECURE, type SecureBoard } from './bootstrap/imx53-qsb.ts';
export type { SecureSources } from './image.ts';
export type { MonitorRoutine } from './kernel/routines.ts';
export type { KernelCall, KernelCp15, KernelCallContext, KernelSmc } from './kernel/smc-level.ts';
export { SYSCALL_LIST } from './kernel/syscalls.ts';
export { diskInterrupts, MOST_DISKS } from './disk-interrupts.ts';
export { tzParts, type TzDisk, type TzHost, type TzParts } from './tz-devices.ts';
export { System, type SystemEnd, type SystemOptions, type SystemSnapshot } from './system.ts';
