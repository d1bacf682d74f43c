/** Which code has run: a bit for each hash of its place. Two places that share one are taken for each other, which only costs a translation. */
const BITS = 20;

export class Seen {
  readonly #words = new Int32Array((1 << BITS) / 32);

  /** Whether this is the first time that it is asked for the code at a linear-memory offset. */
  first(host: number): boolean {
    const hash = Math.imul(host, 0x9e3779b1) >>> (32 - BITS);
    const bit = 1 << (hash & 31);
    const word = this.#words[hash >> 5]!;
    if ((word & bit) !== 0) return false;
    this.#words[hash >> 5] = word | bit;
    return true;
  }
}
