/** What the Advanced SIMD rows share (DDI 0406C, A7.3, A7.4). */
import type { Fields } from '../operation.ts';
import type { ElementType } from '../vector-ops.ts';
import { D } from './vfp-encoding.ts';

export const Vd = (f: Fields): number => D(f.D, f.d);
export const Vn = (f: Fields): number => D(f.N, f.n);
export const Vm = (f: Fields): number => D(f.M, f.m);
export const isQuad = (f: Fields): boolean => f.q === 1;

/** A Q register with an odd D number is UNDEFINED. */
export const oddQuad = (f: Fields): boolean => f.q === 1 && ((f.d | f.n | f.m) & 1) !== 0;

export const INTEGERS = ['i8', 'i16', 'i32', 'i64'] as const;
export const SIGNED = ['s8', 's16', 's32', 's64'] as const;
export const UNSIGNED = ['u8', 'u16', 'u32', 'u64'] as const;

/** The element type of field z: without a sign, or with field U for it. */
export const integerType = (f: Fields): ElementType => INTEGERS[f.z]!;
export const signedType = (f: Fields): ElementType => (f.U === 1 ? UNSIGNED : SIGNED)[f.z]!;

/** Templates of data types for sizes up to the given one (`-`: UNDEFINED). */
function spellings(letters: readonly string[], upTo: 8 | 16 | 32 | 64, from: 8 | 16 = 8): string {
  return letters.flatMap((letter) => [8, 16, 32, 64].map((size) => size >= from && size <= upTo ? `${letter}${size}` : '-')).join('|');
}
export const I = (upTo: 8 | 16 | 32 | 64, from: 8 | 16 = 8): string => `<z:${spellings(['I'], upTo, from)}>`;
export const SU = (upTo: 8 | 16 | 32 | 64, from: 8 | 16 = 8): string => `<Uz:${spellings(['S', 'U'], upTo, from)}>`;
export const ONLY_S = (upTo: 8 | 16 | 32 | 64, from: 8 | 16 = 8): string => `<z:${spellings(['S'], upTo, from)}>`;
export const BITS = (upTo: 8 | 16 | 32 | 64, from: 8 | 16 = 8): string => `<z:${spellings([''], upTo, from)}>`;
