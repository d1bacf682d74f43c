/**
 * `Ops` as a tier implements it: the opaque values of bodies replaced by what the tier really passes. An implementation is
 * written against `Interpreted<Ops, Values>` and handed to bodies as `Ops`.
 */
import type { Bool, Imm, Place, Reg, RegList, W32, W64 } from './ops.ts';
import type { Float, Vec } from './vector-ops.ts';

/** What a tier uses for each kind of value. */
export interface TierValues {
  bool: unknown;
  w32: unknown;
  w64: unknown;
  reg: unknown;
  imm: unknown;
  list: unknown;
  place: unknown;
  float: unknown;
  vec: unknown;
}

type Value<T, V extends TierValues> = T extends Bool ? V['bool']
  : T extends W32 ? V['w32']
  : T extends W64 ? V['w64']
  : T extends Reg ? V['reg']
  : T extends Imm ? V['imm']
  : T extends RegList ? V['list']
  : T extends Place ? V['place']
  : T extends Float ? V['float']
  : T extends Vec ? V['vec']
  : T extends readonly (infer E)[] ? readonly Value<E, V>[]
  : T extends (...args: infer A) => infer R ? (...args: { [I in keyof A]: Value<A[I], V> }) => Value<R, V>
  : T;

export type Interpreted<T, V extends TierValues> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: { [I in keyof A]: Value<A[I], V> }) => Value<R, V> : T[K];
};

/** The evaluate tier: 32-bit values are int32 numbers, W64, floats and vectors numbers of scratch slots. */
export interface ConcreteValues {
  bool: boolean;
  w32: number;
  w64: number;
  reg: number;
  imm: number;
  list: number;
  place: number;
  float: number;
  vec: number;
}

export type Concrete<T> = Interpreted<T, ConcreteValues>;
