/** Seeded random numbers (xorshift128): the same sequence everywhere. */
export class Random {
  readonly #s = new Int32Array(4);

  constructor(seed: number, stream = 0) {
    let x = (seed | 0) ^ Math.imul(stream | 0, 0x9e3779b1);
    for (let i = 0; i < 4; i++) {
      // splitmix32
      x = (x + 0x9e3779b9) | 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#s[i] = z ^ (z >>> 15);
    }
    if (this.#s.every((word) => word === 0)) this.#s[0] = 1;
  }

  /** 32 random bits (int32). */
  word(): number {
    const s = this.#s;
    let t = s[3]!;
    const first = s[0]!;
    s[3] = s[2]!;
    s[2] = s[1]!;
    s[1] = first;
    t ^= t << 11;
    t ^= t >>> 8;
    s[0] = t ^ first ^ (first >>> 19);
    return s[0];
  }

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor((this.word() >>> 0) / 2 ** 32 * count);
  }

  chance(probability: number): boolean {
    return (this.word() >>> 0) < probability * 2 ** 32;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}
