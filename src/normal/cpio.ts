/**
 * A writer for cpio archives in the "new ASCII" (newc, magic 070701) form, which Linux unpacks into its initial root file system.
 *
 * Source: Linux, "initramfs buffer format"; cpio(5). Deterministic: owner root, time 0, inode numbers in order.
 */
import { alignUp, concat, latin1Bytes, utf8 } from './bytes.ts';

/** `path` is relative to the root, without a leading slash; `mode` holds the permission bits only (for instance 0o755). */
export type CpioEntry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'character' | 'block'; readonly path: string; readonly mode: number; readonly major: number; readonly minor: number };

const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000, character: 0o020000, block: 0o060000 } as const;
const TRAILER = 'TRAILER!!!';

/** Writes an archive, closed by its trailer and padded to 4 bytes. Entries stay in order: a folder must stand before what is in it. Throws on a bad path. */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [index, entry] of entries.entries()) {
    if (entry.path === '' || entry.path.startsWith('/') || entry.path.includes('\0') || entry.path === TRAILER) throw new RangeError(`${JSON.stringify(entry.path)} is no path for a cpio entry`);
    const data = entry.kind === 'file' ? entry.bytes : entry.kind === 'symlink' ? utf8(entry.target) : new Uint8Array(0);
    const permissions = entry.kind === 'symlink' ? 0o777 : entry.mode & 0o7777;
    const device = entry.kind === 'character' || entry.kind === 'block' ? entry : undefined;
    record(parts, {
      inode: index + 1, mode: TYPE_BITS[entry.kind] | permissions, links: entry.kind === 'directory' ? 2 : 1,
      major: device?.major ?? 0, minor: device?.minor ?? 0, path: utf8(entry.path), data,
    });
  }
  record(parts, { inode: 0, mode: 0, links: 1, major: 0, minor: 0, path: utf8(TRAILER), data: new Uint8Array(0) });
  return concat(parts);
}

interface Header {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly major: number;
  readonly minor: number;
  readonly path: Uint8Array;
  readonly data: Uint8Array;
}

function record(parts: Uint8Array[], { inode, mode, links, major, minor, path, data }: Header): void {
  if (data.length > 0xffffffff) throw new RangeError('a cpio entry above 4 GiB');
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize (with its NUL), check
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, major, minor, path.length + 1, 0];
  const header = latin1Bytes(`070701${fields.map((field) => field.toString(16).toUpperCase().padStart(8, '0')).join('')}`);
  const named = header.length + path.length + 1;
  parts.push(header, path, new Uint8Array(alignUp(named, 4) - named + 1), data, new Uint8Array(alignUp(data.length, 4) - data.length));
}

/** `archive` behind `initrd`, which may be compressed: Linux unpacks both, provided that the second starts at a multiple of four. */
export function appendArchive(initrd: Uint8Array, archive: Uint8Array): Uint8Array {
  return concat([initrd, new Uint8Array(alignUp(initrd.length, 4) - initrd.length), archive]);
}
