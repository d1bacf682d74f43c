/**
 * Files for semihosted programs: regular files below one folder, and nothing else. A name that leads out of the folder, by `..`, by an absolute path or by a
 * symbolic link, is refused with EACCES; so are devices, pipes and folders as files.
 */
import {
  closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync, readSync, realpathSync, renameSync, unlinkSync, writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ERRNO, type OpenMode, type SemihostFiles } from '../soc/semihosting/ports.ts';

const CODES: Readonly<Record<string, number>> = { ...ERRNO, ENOTSUP: ERRNO.EINVAL, EXDEV: ERRNO.EACCES, EDQUOT: ERRNO.ENOSPC, ENFILE: ERRNO.EMFILE };

interface OpenFile {
  readonly descriptor: number;
  readonly mode: OpenMode;
  position: number;
}

/** The files below `folder`, which is read once: a later chdir changes nothing. */
export function filesBelow(folder: string): SemihostFiles {
  const root = realpathSync(folder);
  const files: (OpenFile | undefined)[] = [];
  const file = (handle: number): OpenFile => files[handle] ?? refuse('EBADF');
  return {
    open: (name, mode) => guarded(() => {
      const path = confined(root, name);
      const descriptor = openSync(path, openFlags(mode), 0o666);
      const status = fstatSync(descriptor);
      if (!status.isFile()) {
        closeSync(descriptor);
        refuse(status.isDirectory() ? 'EISDIR' : 'EACCES');
      }
      // Not O_TRUNC: what is opened is emptied only once it is known to be a file.
      if (mode.kind === 'write') ftruncateSync(descriptor, 0);
      const free = files.findIndex((open) => open === undefined);
      const handle = free < 0 ? files.length : free;
      files[handle] = { descriptor, mode, position: 0 };
      return handle;
    }),
    close: (handle) => guarded(() => {
      closeSync(file(handle).descriptor);
      files[handle] = undefined;
      return 0;
    }),
    read: (handle, target) => guarded(() => {
      const open = file(handle);
      if (open.mode.kind !== 'read' && !open.mode.update) refuse('EBADF');
      const count = readSync(open.descriptor, target, 0, target.length, open.position);
      open.position += count;
      return count;
    }),
    write: (handle, bytes) => guarded(() => {
      const open = file(handle);
      if (open.mode.kind === 'read' && !open.mode.update) refuse('EBADF');
      if (open.mode.kind === 'append') open.position = fstatSync(open.descriptor).size;
      const count = writeSync(open.descriptor, bytes, 0, bytes.length, open.position);
      open.position += count;
      return count;
    }),
    seek: (handle, position) => guarded(() => {
      file(handle).position = position;
      return 0;
    }),
    length: (handle) => guarded(() => fstatSync(file(handle).descriptor).size),
    remove: (name) => guarded(() => {
      const path = placeOf(root, name);
      if (lstatSync(path).isDirectory()) refuse('EISDIR');
      unlinkSync(path);
      return 0;
    }),
    rename: (from, to) => guarded(() => {
      renameSync(placeOf(root, from), placeOf(root, to));
      return 0;
    }),
  };
}

class Refusal extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

function refuse(code: keyof typeof ERRNO): never {
  throw new Refusal(code);
}

function guarded(action: () => number): number {
  try {
    return action();
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (typeof code !== 'string') throw error;
    return -(CODES[code] ?? ERRNO.EIO);
  }
}

/** Where a name stands: its folder's real path and its last part, which may be anything, or nothing. */
function placeOf(root: string, name: Uint8Array): string {
  const text = Buffer.from(name).toString('utf8');
  if (text === '' || text.includes('\0')) refuse('ENOENT');
  const wanted = resolve(root, text);
  const place = wanted === root ? root : join(realpathSync(dirname(wanted)), basename(wanted));
  if (!isBelow(root, place)) refuse('EACCES');
  return place;
}

/** The real path of a name. Where it ends in a symbolic link, that must lead to a place below the root that exists. */
function confined(root: string, name: Uint8Array): string {
  const place = placeOf(root, name);
  let target: string;
  try {
    target = realpathSync(place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (isLink(place)) refuse('EACCES');
    return place;
  }
  if (!isBelow(root, target)) refuse('EACCES');
  return target;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** O_NOFOLLOW and O_NONBLOCK: the last part is a real file's name by now, and a pipe must not keep us waiting. */
function openFlags(mode: OpenMode): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;
  const access = mode.update ? O_RDWR : mode.kind === 'read' ? O_RDONLY : O_WRONLY;
  return access | (mode.kind === 'read' ? 0 : O_CREAT) | (mode.kind === 'append' ? O_APPEND : 0) | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
}
