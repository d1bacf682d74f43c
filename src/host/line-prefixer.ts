/** Text in whole lines with a prefix, for what shares stderr with other speakers (`secure │`). */

export const SECURE_PREFIX = 'secure │ ';

/** Collects bytes or text and gives out whole lines, prefixed; CR before a line's end is dropped. */
export class LinePrefixer {
  readonly #prefix: string;
  readonly #write: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #partial = '';

  constructor(prefix: string, write: (text: string) => void) {
    this.#prefix = prefix;
    this.#write = write;
  }

  push(data: Uint8Array | string): void {
    this.#partial += typeof data === 'string' ? data : this.#decoder.decode(data, { stream: true });
    const lines = this.#partial.split('\n');
    this.#partial = lines.pop()!;
    for (const line of lines) this.#write(`${this.#prefix}${line.replace(/\r+$/, '')}\n`);
  }

  /** Gives out an unfinished last line. */
  flush(): void {
    const rest = (this.#partial + this.#decoder.decode()).replace(/\r+$/, '');
    this.#partial = '';
    if (rest !== '') this.#write(`${this.#prefix}${rest}\n`);
  }
}
