/** What only Node can do: files, terminals, and fetching Debian's kernel. */
export { ConsoleKeys, MONITOR_PROMPT } from './console-keys.ts';
export type { ConsoleKeysSink } from './console-keys.ts';
export { tuneEngine, residentBytes } from './engine.ts';
export { HostConsole } from './console.ts';
export type { ConsoleInput, ConsoleOptions } from './console.ts';
export { cacheFolder, cachedDebianGuest, debianGuest } from './debian.ts';
export type { DebianError, DebianFile, DebianGuest, DebianOptions, DebianPackage, DebianProgress, DebianResult } from './debian.ts';
export { packagePath, readPackageFile, readUserFile, writeUserFile } from './files.ts';
export type { FileResult } from './files.ts';
export { LinePrefixer, SECURE_PREFIX } from './line-prefixer.ts';
export { filesBelow } from './semihost-files.ts';
export { cachedKernelModule, kernelModule, linuxExtras } from './kernel-module.ts';
export type { KernelModule, KernelModuleError, KernelModuleOptions, KernelModuleResult } from './kernel-module.ts';
export { openImage, type ImageFile, type ImageFileResult } from './disk.ts';
export { kernelDrivers } from './kernel-drivers.ts';
export type { KernelDriver, KernelDriversOptions, KernelDriversResult } from './kernel-drivers.ts';
