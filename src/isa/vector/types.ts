/** Element types of Advanced SIMD by name. */
import type { ElementSize, ElementType } from '../vector-ops.ts';

export interface TypeInfo {
  readonly size: ElementSize;
  readonly signed: boolean;
  readonly float: boolean;
  /** Range of values, for sizes below 64. */
  readonly min: number;
  readonly max: number;
}

function info(name: ElementType): TypeInfo {
  const size = Number(name.slice(1)) as ElementSize;
  const signed = name.startsWith('s');
  return {
    size, signed, float: name === 'f32',
    min: signed ? -(2 ** (size - 1)) : 0,
    max: signed ? 2 ** (size - 1) - 1 : 2 ** size - 1,
  };
}

export const ELEMENT_TYPES: readonly ElementType[] = [
  'i8', 'i16', 'i32', 'i64', 's8', 's16', 's32', 's64', 'u8', 'u16', 'u32', 'u64', 'p8', 'p16', 'f32',
];

export const TYPES = Object.fromEntries(ELEMENT_TYPES.map((name) => [name, info(name)])) as Readonly<Record<ElementType, TypeInfo>>;
