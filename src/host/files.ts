/** Reading files that a user named, with one-line errors, and files that come with this package. */
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `error` is one line that names the file. */
export type FileResult = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly error: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EISDIR: 'a folder, not a file',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
};

/** Reads a whole file of at most `maximum` bytes. `path` is what the user typed, relative to the current folder. */
export function readUserFile(path: string, maximum = 2 ** 30): FileResult {
  const failure = (why: string): FileResult => ({ ok: false, error: `${path === '' ? "''" : path}: ${why}` });
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    return failure(reasonFor(error));
  }
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) return failure(REASONS.EISDIR!);
    if (status.size > maximum) return failure(`${status.size} bytes are too many (at most ${maximum})`);
    const bytes = readFileSync(file);
    if (bytes.length > maximum) return failure(`more than ${maximum} bytes`);
    return { ok: true, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) };
  } catch (error) {
    return failure(reasonFor(error));
  } finally {
    closeSync(file);
  }
}

/** Writes a file that the user named; `error` is one line that names it. */
export function writeUserFile(path: string, text: string): { readonly ok: true } | { readonly ok: false; readonly error: string } {
  try {
    writeFileSync(path, text);
    return { ok: true };
  } catch (error) {
    return { ok: false, error: `${path === '' ? "''" : path}: ${reasonFor(error).replace('to read it', 'to write it')}` };
  }
}

/** A file of this package, by its path from the package's root (`guest/linux/init`). Throws where the package is incomplete. */
export function readPackageFile(path: string): Uint8Array {
  return readFileSync(packagePath(path));
}

/** Where a file of this package lies. */
export function packagePath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** Why a file could not be used, in a few words. */
export function reasonFor(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return (code === undefined ? undefined : REASONS[code]) ?? (error instanceof Error ? error.message : String(error));
}
