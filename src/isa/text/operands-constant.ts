/** Operand codecs of the modified constants of A32 and T32 (DDI 0406C, A5.2.4, A6.3.2). */
import { ARMExpandImm, ThumbExpandImm } from '../pseudocode.ts';
import { checkRange, hex, type Codec } from './codec.ts';
import { isProblem, valueProblem, type Problem } from './lexer.ts';
import { join, split } from './operands-number.ts';

/** The number of rotations right by two that an A32 modified constant needs, and its byte; undefined if it has no encoding. A5.2.4. */
export function encodeModifiedConstant(value: number): number | undefined {
  for (let rotation = 0; rotation < 16; rotation++) {
    const byte = rotation === 0 ? value >>> 0 : ((value << (2 * rotation)) | (value >>> (32 - 2 * rotation))) >>> 0;
    if (byte < 256) return rotation << 8 | byte;
  }
  return undefined;
}

/** A6.3.2: the 12-bit encoding of a T32 modified constant. */
export function encodeThumbConstant(value: number): number | undefined {
  const word = value >>> 0;
  const low = word & 0xff;
  if (word === low) return low;
  if (word === (low << 16 | low) >>> 0) return 1 << 8 | low;
  const second = word >>> 8 & 0xff;
  if (word === (second << 24 | second << 8) >>> 0) return 2 << 8 | second;
  if (word === (low * 0x01010101) >>> 0) return 3 << 8 | low;
  for (let rotation = 8; rotation < 32; rotation++) {
    const byte = ((word << rotation) | (word >>> (32 - rotation))) >>> 0;
    if (byte >= 0x80 && byte < 0x100) return rotation << 7 | (byte & 0x7f);
  }
  return undefined;
}

type Change = 'same' | 'negated' | 'inverted';

function changed(value: number, change: Change): number {
  return change === 'same' ? value : change === 'negated' ? -value : ~value;
}

function word32(value: number, column: number): Problem | undefined {
  return checkRange(value, -0x80000000, 0xffffffff, 1, column);
}

/** `#modimm`: an A32 modified constant in field i. `change`: the source writes its negative or inverse (aliases such as ADD for SUB). */
function modifiedConstant(name: string, change: Change): Codec {
  return {
    name, fields: 'i',
    format(c) {
      const i = c.get('i');
      const value = ARMExpandImm(i);
      const text = changed(value, change);
      return encodeModifiedConstant(value) === i ? `#${change === 'same' ? printed(text) : text}` : `#${i & 0xff}, ${(i >>> 8) * 2}`;
    },
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      const { value, column } = number;
      if (change === 'same' && c.cursor.take(',')) {
        const rotation = c.integer();
        if (isProblem(rotation)) return rotation;
        return checkRange(value, 0, 255, 1, column) ?? checkRange(rotation.value, 0, 30, 2, rotation.column, 'rotation')
          ?? c.put('i', rotation.value / 2 << 8 | value, column, 'immediate');
      }
      const wrong = word32(value, column);
      if (wrong !== undefined) return wrong;
      const encoded = encodeModifiedConstant(changed(value, change));
      return encoded === undefined
        ? valueProblem(column, `immediate ${hex(value)} cannot be encoded: it must be 0 to 255 rotated right by an even amount`)
        : c.put('i', encoded, column, 'immediate');
    },
  };
}

/** Large constants in hexadecimal, small ones in decimal. */
function printed(value: number): string {
  return (value >>> 0) < 1024 ? String(value >>> 0) : hex(value);
}

/** `#tmodimm`: a T32 modified constant in i:j:k (1, 3 and 8 bits). */
function thumbConstant(name: string, change: Change): Codec {
  return {
    name, fields: 'ijk',
    format: (c) => `#${printed(ThumbExpandImm(join(c, 'ijk')))}`,
    parse(c) {
      const number = c.integer();
      if (isProblem(number)) return number;
      const { value, column } = number;
      const wrong = word32(value, column);
      if (wrong !== undefined) return wrong;
      const encoded = encodeThumbConstant(changed(value, change));
      return encoded === undefined
        ? valueProblem(column, `immediate ${hex(value)} cannot be encoded: it must be 0 to 255, shifted left, or repeated as 0x00XY00XY, 0xXY00XY00 or 0xXYXYXYXY`)
        : split(c, 'ijk', encoded, column, 'immediate');
    },
  };
}

export const constantCodecs: readonly Codec[] = [
  modifiedConstant('#modimm', 'same'), modifiedConstant('#-modimm', 'negated'), modifiedConstant('#~modimm', 'inverted'),
  thumbConstant('#tmodimm', 'same'), thumbConstant('#-tmodimm', 'negated'), thumbConstant('#~tmodimm', 'inverted'),
];
