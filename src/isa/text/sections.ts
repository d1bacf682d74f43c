/** What the assembler writes: sections of bytes that grow, and which bytes came from which line. */

export interface LineEntry {
  /** Address of the statement's first byte. */
  readonly address: number;
  /** Bytes. */
  readonly length: number;
  readonly file: string;
  readonly line: number;
}

export class SectionWriter {
  readonly name: string;
  /** Address of the first byte. */
  start: number;
  #bytes = new Uint8Array(256);
  #length = 0;
  #alignment = 4;

  constructor(name: string, start: number) {
    this.name = name;
    this.start = start;
  }

  get length(): number {
    return this.#length;
  }

  /** Address of the next byte. */
  get here(): number {
    return this.start + this.#length;
  }

  get alignment(): number {
    return this.#alignment;
  }

  needAlignment(bytes: number): void {
    this.#alignment = Math.max(this.#alignment, bytes);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Appends `size` bytes of a number, least significant first. */
  put(value: number, size: number): void {
    this.#reserve(size);
    let rest = value;
    for (let i = 0; i < size; i++) {
      this.#bytes[this.#length++] = rest & 0xff;
      rest = Math.floor(rest / 256);
    }
  }

  fill(count: number, byte: number): void {
    this.#reserve(count);
    this.#bytes.fill(byte, this.#length, this.#length + count);
    this.#length += count;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
