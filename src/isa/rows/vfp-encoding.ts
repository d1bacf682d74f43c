/**
 * What the VFP and Advanced SIMD rows share: each A32 encoding has a T32 one that differs only in its first byte (DDI 0406C, A7.1).
 */
import { a32, type Fields, type OperandKinds, type Operation, type Row, type RowSpec, type Shape, t32 } from '../operation.ts';

/** A row whose T32 form has further reasons to be UNPREDICTABLE. */
export interface PairSpec<S extends Shape, K extends OperandKinds> extends RowSpec<S, K> {
  readonly unpredictableT32?: (f: Fields) => string | undefined;
}

/**
 * The first byte of the T32 encoding (A7.1): the coprocessor space has the condition replaced by 1110, Advanced SIMD data processing has
 * U moved from bit 24 to bit 28, its loads and stores begin with 11111001.
 */
export function thumbBits(bits: string): string {
  const plain = bits.replaceAll(' ', '');
  if (plain.startsWith('cccc')) return `1110${plain.slice(4)}`;
  if (plain.startsWith('1111001')) return `111${plain[7]!}1111${plain.slice(8)}`;
  if (plain.startsWith('11110100')) return `11111001${plain.slice(8)}`;
  throw new Error(`no T32 form for ${bits}`);
}

/** The A32 row and its T32 twin. `ref` is the A32 encoding's, e.g. 'A8.8.337 A1'. */
export function both<S extends Shape, K extends OperandKinds>(operation: Operation<S, K>, spec: PairSpec<S, K>): Row[] {
  const { unpredictableT32, ...plain } = spec;
  const a = plain.unpredictable;
  const thumb: RowSpec<S, K> = { ...plain, bits: thumbBits(plain.bits), ref: plain.ref.replace(/ A(\d)$/, ' T$1') };
  const reason = unpredictableT32 === undefined ? a : (f: Fields) => a?.(f) ?? unpredictableT32(f);
  return [
    a32(operation, plain),
    t32(operation, reason === undefined ? thumb : { ...thumb, unpredictable: reason }),
  ];
}

/** Number of a D register from its split field. */
export const D = (high: number, low: number): number => high << 4 | low;
/** Number of an S register from its split field. */
export const S = (high: number, low: number): number => low << 1 | high;

export const T13 = (f: Fields): string | undefined => f.t === 13 || f.u === 13 ? 'SP as Rt' : undefined;
