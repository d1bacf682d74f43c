/** What the normal world is loaded with: executables, device trees, initial RAM disks, and the Linux boot protocol. */
export { addNode, cells, deleteNode, emptyFdt, findCompatible, findNode, readFdt, strings, toCells, toStrings, walkNodes, writeFdt } from './fdt.ts';
export type { Fdt, FdtNode, FdtReservation, FdtResult } from './fdt.ts';
export { appendArchive, writeCpio } from './cpio.ts';
export type { CpioEntry } from './cpio.ts';
export { isElf, readElf } from './elf.ts';
export type { ElfImage, ElfMapping, ElfResult, ElfSegment, ElfSymbol } from './elf.ts';
export { buildInitramfs, RUN_COMMAND_PATH, runArchive } from './initramfs.ts';
export type { InitramfsParts } from './initramfs.ts';
export { placeLinux } from './linux-boot.ts';
export type { LinuxBoot, LinuxBootResult, LinuxImages, Load, RamBank } from './linux-boot.ts';
export { buildMini, MINI_MAIN, MINI_SOURCES, placeMini } from './mini.ts';
export type { MiniBootResult, MiniBuildResult, MiniImage, MiniOptions } from './mini.ts';
export { RunFilter } from './run-marker.ts';
export type { RunSink } from './run-marker.ts';
export { readZImage } from './zimage.ts';
export type { ZImage, ZImageResult } from './zimage.ts';
