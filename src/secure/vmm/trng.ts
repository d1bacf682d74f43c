/**
 * True Random Number Generator firmware interface 1.0. Source: Arm DEN0098, sections 2 and 3.
 *
 * Named deviation: the entropy is the ChaCha20 key stream of a seed, so that the same run has the same numbers; the default seed is a constant, and nobody should rely
 * on keys made from it. The command takes a seed, or draws one from the host and tells it. 64-bit calls do not exist for an ARMv7 caller.
 */
import { chacha20Block } from './chacha20.ts';
import { smc, type Smc } from './smc.ts';

export const TRNG_FUNCTION = { VERSION: 0x84000050, FEATURES: 0x84000051, GET_UUID: 0x84000052, RND32: 0x84000053 } as const;

const VERSION_1_0 = 0x00010000;
const STATUS = { SUCCESS: 0, NOT_SUPPORTED: -1, INVALID_PARAMETERS: -2 } as const;
/** Of this back end: 9b1f2c5e-5ad1-4a80-b7c6-2c8f3b64a0d7, as the words that the call gives. */
const UUID = [0x5e2c1f9b, 0x804ad15a, 0x8f2cc6b7, 0xd7a0643b] as const;
const MOST_BITS = 96;

/** Bytes of a seed. */
export const SEED_BYTES = 32;
export const DEFAULT_SEED: Uint8Array = Uint8Array.from({ length: SEED_BYTES }, (_, i) => i);

export function trngCalls(seed: Uint8Array = DEFAULT_SEED): Smc[] {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed of ${seed.length} bytes; it has ${SEED_BYTES}`);
  const view = new DataView(seed.buffer, seed.byteOffset, seed.byteLength);
  const key = Array.from({ length: SEED_BYTES / 4 }, (_, i) => view.getUint32(i * 4, true));
  const functions: ReadonlySet<number> = new Set(Object.values(TRNG_FUNCTION));
  return [
    smc({ number: TRNG_FUNCTION.VERSION, name: 'TRNG_VERSION', result: 'u32' }, () => VERSION_1_0),
    smc({ number: TRNG_FUNCTION.FEATURES, name: 'TRNG_FEATURES', args: { function: 'u32' }, result: 'status' },
      ({ args }) => (functions.has(args.function) ? STATUS.SUCCESS : STATUS.NOT_SUPPORTED)),
    smc({ number: TRNG_FUNCTION.GET_UUID, name: 'TRNG_GET_UUID', result: 'words' }, () => UUID),
    smc({ number: TRNG_FUNCTION.RND32, name: 'TRNG_RND', args: { bits: 'u32' }, result: 'words', state: { words: 0 } }, ({ args: { bits }, state }) => {
      if (bits === 0 || bits > MOST_BITS) return [STATUS.INVALID_PARAMETERS >>> 0, 0, 0, 0];
      // The lowest bits are in r3; bits that were not asked for are zero.
      const results = [STATUS.SUCCESS, 0, 0, 0];
      for (let i = 0; i * 32 < bits; i++) {
        const at = state.words++;
        const word = chacha20Block(key, Math.floor(at / 16) % 2 ** 32, [0, 0, 0])[at % 16]!;
        const left = bits - i * 32;
        results[3 - i] = left >= 32 ? word : (word & ((1 << left) - 1)) >>> 0;
      }
      return results;
    }),
  ];
}
