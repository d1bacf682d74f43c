/** A seeded generator of random numbers (xoshiro128**), so that a run can be repeated from its printed seed. */
export class Random {
  readonly #s = new Int32Array(4);

  constructor(seed: number) {
    let x = seed | 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) | 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#s[i] = z ^ (z >>> 16);
    }
  }

  /** 32 random bits, as int32. */
  word(): number {
    const s = this.#s;
    const scaled = Math.imul(s[1]!, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** A number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor((this.word() >>> 0) / 0x100000000 * limit);
  }

  chance(probability: number): boolean {
    return (this.word() >>> 0) < probability * 0x100000000;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}
