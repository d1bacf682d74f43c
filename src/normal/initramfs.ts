/**
 * The initial root file system for Linux in the normal world: a static busybox, our init, and the device nodes that exist before devtmpfs is mounted.
 *
 * Source: Linux, "ramfs, rootfs and initramfs"; device numbers from Linux's list of allocated devices (console 5:1, null 1:3, ttymxc0 207:16).
 */
import { utf8 } from './bytes.ts';
import { writeCpio } from './cpio.ts';
import type { CpioEntry } from './cpio.ts';

/** Where init looks for a command to run instead of a shell. */
export const RUN_COMMAND_PATH = 'run-command';

export interface InitramfsParts {
  /** A statically linked ARM busybox; init makes its applet links at boot. */
  readonly busybox: Uint8Array;
  /** The text of /init. */
  readonly init: string;
  /** Further entries; a folder must stand before what is in it. */
  readonly extra?: readonly CpioEntry[];
}

/** Builds the archive, uncompressed. */
export function buildInitramfs({ busybox, init, extra = [] }: InitramfsParts): Uint8Array {
  const folders = ['bin', 'sbin', 'usr', 'usr/bin', 'usr/sbin', 'proc', 'sys', 'dev', 'tmp', 'etc', 'root'];
  return writeCpio([
    ...folders.map((path): CpioEntry => ({ kind: 'directory', path, mode: path === 'tmp' ? 0o1777 : path === 'root' ? 0o700 : 0o755 })),
    { kind: 'character', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { kind: 'character', path: 'dev/null', mode: 0o666, major: 1, minor: 3 },
    { kind: 'character', path: 'dev/ttymxc0', mode: 0o600, major: 207, minor: 16 },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, bytes: busybox },
    { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
    { kind: 'file', path: 'init', mode: 0o755, bytes: utf8(init) },
    ...extra,
  ]);
}

/** The archive that goes behind an initrd (`appendArchive`) to make init run `command`, a line for the guest's shell, instead of a shell on the console. */
export function runArchive(command: string): Uint8Array {
  return writeCpio([{ kind: 'file', path: RUN_COMMAND_PATH, mode: 0o644, bytes: utf8(`${command}\n`) }]);
}
