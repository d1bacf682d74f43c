/** What semihosting needs of the world outside the machine. All of it is synchronous: the guest waits in the middle of an instruction. */

/** A C library's errno, in newlib's numbering. */
export const ERRNO = {
  EPERM: 1, ENOENT: 2, EIO: 5, EBADF: 9, EACCES: 13, EFAULT: 14, EBUSY: 16, EEXIST: 17, ENOTDIR: 20, EISDIR: 21, EINVAL: 22, EMFILE: 24, EFBIG: 27,
  ENOSPC: 28, ESPIPE: 29, EROFS: 30, ENOSYS: 88, ENOTEMPTY: 90, ENAMETOOLONG: 91, ELOOP: 92,
} as const;

/** The mode of SYS_OPEN: an fopen mode. Binary and text are the same here. */
export interface OpenMode {
  readonly kind: 'read' | 'write' | 'append';
  /** `+`: both reading and writing. */
  readonly update: boolean;
}

/** Files by handle. Names are bytes, as the guest gave them. A result below zero is a negated errno. */
export interface SemihostFiles {
  /** A handle, 0 or above. */
  open(name: Uint8Array, mode: OpenMode): number;
  close(handle: number): number;
  /** Bytes read from the current position; 0 at the end. */
  read(handle: number, target: Uint8Array): number;
  /** Bytes written at the current position (in append mode at the end). */
  write(handle: number, bytes: Uint8Array): number;
  /** Sets the position, from the start. */
  seek(handle: number, position: number): number;
  length(handle: number): number;
  remove(name: Uint8Array): number;
  rename(from: Uint8Array, to: Uint8Array): number;
}

export type SemihostStream = 'stdin' | 'stdout' | 'stderr';

export interface SemihostConsole {
  /** Waits for at least one byte of standard input; 0 means that it has ended. */
  read(target: Uint8Array): number;
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  isTerminal(stream: SemihostStream): boolean;
}

/** What SYS_HEAPINFO answers; addresses as the guest sees them, 0 for unknown. */
export interface HeapInfo {
  readonly heapBase: number;
  readonly heapLimit: number;
  readonly stackBase: number;
  readonly stackLimit: number;
}

/** How the guest ended: its own status, or a reason that says that it failed. */
export interface SemihostExit {
  readonly status: number;
  /** ADP_Stopped_* code that the guest gave. */
  readonly reason: number;
}

/** No files at all: every name is refused. */
export const noFiles: SemihostFiles = {
  open: () => -ERRNO.EACCES,
  close: () => -ERRNO.EBADF,
  read: () => -ERRNO.EBADF,
  write: () => -ERRNO.EBADF,
  seek: () => -ERRNO.EBADF,
  length: () => -ERRNO.EBADF,
  remove: () => -ERRNO.EACCES,
  rename: () => -ERRNO.EACCES,
};
