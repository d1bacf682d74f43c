/**
 * Picks a few files out of a tar stream while it passes by, so that a package of 200 MB unpacked costs neither disk nor memory.
 *
 * Source: POSIX.1-2017, pax interchange format (ustar headers, 'x' records); GNU tar's 'L' records for long names and base-256 sizes.
 */

const BLOCK = 512;

type Body = 'skip' | 'file' | 'gnu name' | 'pax';

/** Feed it a tar stream with `push`, in chunks of any size. Throws an Error on what is no tar. */
export class TarPicker {
  readonly #wanted: (path: string) => boolean;
  readonly #found: (path: string, bytes: Buffer) => void;
  #pending: Buffer = Buffer.alloc(0);
  #body: Body = 'skip';
  #path = '';
  #nextPath: string | undefined;
  #chunks: Buffer[] = [];
  /** Bytes of the current member still to come, and of the padding behind it. */
  #left = 0;
  #padding = 0;
  #ended = false;

  /** `wanted` gets paths without a leading `./` or `/`; `found` is called once for each regular file that it accepts. */
  constructor(wanted: (path: string) => boolean, found: (path: string, bytes: Buffer) => void) {
    this.#wanted = wanted;
    this.#found = found;
  }

  push(chunk: Buffer): void {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = Buffer.alloc(0);
    while (!this.#ended) {
      if (this.#left > 0) {
        const taken = rest.subarray(0, this.#left);
        if (taken.length === 0) return;
        if (this.#body !== 'skip') this.#chunks.push(Buffer.from(taken));
        this.#left -= taken.length;
        rest = rest.subarray(taken.length);
        if (this.#left === 0) this.#finish();
      } else if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, rest.length);
        if (skipped === 0) return;
        this.#padding -= skipped;
        rest = rest.subarray(skipped);
      } else {
        if (rest.length < BLOCK) {
          this.#pending = Buffer.from(rest);
          return;
        }
        this.#header(rest.subarray(0, BLOCK));
        rest = rest.subarray(BLOCK);
      }
    }
  }

  /** Throws an Error where the stream stopped inside a member. */
  end(): void {
    if (this.#left > 0 || (this.#pending.length > 0 && !this.#ended)) throw new Error('the archive is truncated');
  }

  #header(block: Buffer): void {
    if (block.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    let sum = 0;
    for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : block[i]!;
    if (sum !== octal(block, 148, 8)) throw new Error('not a tar archive (checksum)');
    const size = (block[124]! & 0x80) !== 0 ? Number(block.readBigUInt64BE(128)) : octal(block, 124, 12);
    const type = String.fromCharCode(block[156]!);
    const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : '';
    const name = this.#nextPath ?? (prefix === '' ? text(block, 0, 100) : `${prefix}/${text(block, 0, 100)}`);
    this.#chunks = [];
    this.#left = size;
    this.#padding = (BLOCK - size % BLOCK) % BLOCK;
    if (type === 'L') this.#body = 'gnu name';
    else if (type === 'x') this.#body = 'pax';
    else {
      this.#nextPath = undefined;
      this.#path = name.replace(/^(\.?\/)+/, '');
      this.#body = (type === '0' || type === '\0') && this.#wanted(this.#path) ? 'file' : 'skip';
      // Links and folders carry no data whatever their size field says.
      if (type >= '1' && type <= '6') this.#left = this.#padding = 0;
    }
    if (this.#left === 0) this.#finish();
  }

  #finish(): void {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    if (this.#body === 'file') this.#found(this.#path, bytes);
    else if (this.#body === 'gnu name') this.#nextPath = text(bytes, 0, bytes.length);
    else if (this.#body === 'pax') this.#nextPath = paxPath(bytes) ?? this.#nextPath;
    this.#body = 'skip';
  }
}

function octal(block: Buffer, start: number, length: number): number {
  const digits = text(block, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error('not a tar archive (number)');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const stop = field.indexOf(0);
  return field.toString('utf8', 0, stop < 0 ? field.length : stop);
}

function paxPath(bytes: Buffer): string | undefined {
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number.parseInt(bytes.toString('latin1', at, space), 10);
    if (space < 0 || !(length > 0)) return undefined;
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    if (record.startsWith('path=')) return record.slice(5);
    at += length;
  }
  return undefined;
}
