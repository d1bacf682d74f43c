/**
 * Image files as disks. Written directly, or only read, with what is written kept in memory.
 *
 * A snapshot of a disk whose file is written holds the file's SHA-256 and not its contents: it can be taken back while the file is as it was then, and is refused
 * otherwise. One over a file that is only read holds what was written, and the file's SHA-256.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { reasonFor } from './files.ts';

/** Plain data, as a snapshot holds it. */
type Saved = { readonly [name: string]: string | number };

/** What the secure world's stores ask of the host. */
export interface ImageFile {
  readonly size: number;
  readonly writable: boolean;
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
  save(): Saved;
  restore(saved: unknown): () => void;
  /** `sha256` of the contents: identifies what is under a store in memory. */
  readonly reference: string;
  close(): void;
}

/** `error` is one line that names the file. */
export type ImageFileResult = { readonly ok: true; readonly file: ImageFile } | { readonly ok: false; readonly error: string };

/** Opens an image file. A block device is one, too. */
export function openImage(path: string, { writable }: { readonly writable: boolean }): ImageFileResult {
  let file: number;
  try {
    file = openSync(path, writable ? 'r+' : 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (writable && (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')) return { ok: false, error: `${path}: no permission to write it (FILE,ro only reads)` };
    return { ok: false, error: `${path}: ${reasonFor(error)}` };
  }
  try {
    const status = fstatSync(file);
    const why = status.isDirectory() ? 'a folder, not a file' : !status.isFile() ? 'not a file' : status.size < 512 ? `${status.size} bytes are no disk (512 is the least)` : undefined;
    if (why !== undefined) {
      closeSync(file);
      return { ok: false, error: `${path}: ${why}` };
    }
    return { ok: true, file: new OpenImage(path, file, status.size, writable) };
  } catch (error) {
    closeSync(file);
    return { ok: false, error: `${path}: ${reasonFor(error)}` };
  }
}

const CHUNK = 1 << 20;

class OpenImage implements ImageFile {
  readonly size: number;
  readonly writable: boolean;
  readonly #path: string;
  readonly #file: number;
  #reference: string | undefined;

  constructor(path: string, file: number, size: number, writable: boolean) {
    this.#path = path;
    this.#file = file;
    this.size = size;
    this.writable = writable;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.#file, bytes, done, length - done, offset + done);
      if (count === 0) throw new Error(`${this.#path} has become shorter`);
      done += count;
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#reference = undefined;
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done, bytes.length - done, offset + done);
  }

  get reference(): string {
    if (this.#reference === undefined) {
      const hash = createHash('sha256');
      for (let at = 0; at < this.size; at += CHUNK) hash.update(this.read(at, Math.min(CHUNK, this.size - at)));
      this.#reference = `sha256 ${hash.digest('hex')}`;
    }
    return this.#reference;
  }

  save(): Saved {
    return { kind: 'file', size: this.size, reference: this.reference };
  }

  restore(saved: unknown): () => void {
    const { kind, size, reference } = (saved ?? {}) as Partial<Saved>;
    if (kind !== 'file') throw new Error(`the snapshot does not refer to a file like ${this.#path}`);
    // Somebody else may have written it.
    this.#reference = undefined;
    if (size !== this.size || reference !== this.reference) throw new Error(`${this.#path} is not as it was when the snapshot was taken`);
    return () => undefined;
  }

  close(): void { closeSync(this.#file); }
}
