/** The ChaCha20 block function (RFC 8439, 2.3): what the random numbers that the normal world is given are made of. */

const rotate = (value: number, by: number): number => value << by | value >>> 32 - by;

function quarter(s: Int32Array, a: number, b: number, c: number, d: number): void {
  s[a] = s[a]! + s[b]! | 0;
  s[d] = rotate(s[d]! ^ s[a]!, 16);
  s[c] = s[c]! + s[d]! | 0;
  s[b] = rotate(s[b]! ^ s[c]!, 12);
  s[a] = s[a]! + s[b]! | 0;
  s[d] = rotate(s[d]! ^ s[a]!, 8);
  s[c] = s[c]! + s[d]! | 0;
  s[b] = rotate(s[b]! ^ s[c]!, 7);
}

/** 16 words of key stream. `key`: 8 words, `nonce`: 3 words, as little-endian words. */
export function chacha20Block(key: readonly number[], counter: number, nonce: readonly number[]): Uint32Array {
  const initial = Int32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, ...key, counter, ...nonce);
  const s = initial.slice();
  for (let round = 0; round < 10; round++) {
    quarter(s, 0, 4, 8, 12);
    quarter(s, 1, 5, 9, 13);
    quarter(s, 2, 6, 10, 14);
    quarter(s, 3, 7, 11, 15);
    quarter(s, 0, 5, 10, 15);
    quarter(s, 1, 6, 11, 12);
    quarter(s, 2, 7, 8, 13);
    quarter(s, 3, 4, 9, 14);
  }
  return Uint32Array.from(s, (word, i) => word + initial[i]! >>> 0);
}
