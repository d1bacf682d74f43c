/** Operand codecs that name places in the program: branch targets, literals, ADR (DDI 0406C, A4.2.1). */
import { ARMExpandImm, SignExtend } from '../pseudocode.ts';
import { checkRange, hex, type Codec, type FormatContext, type ParseContext } from './codec.ts';
import { parseExpression } from './expressions.ts';
import { describe, isProblem, problem, valueProblem, type Problem } from './lexer.ts';
import { encodeModifiedConstant } from './operands-constant.ts';
import { join, split } from './operands-number.ts';
import { registerNumber } from './registers.ts';

/** What a label's instruction set must be: a branch's own, the other one (BLX), or no matter. */
type Target = 'same' | 'other' | 'data';

/** A label at the cursor. */
export function takeTarget(c: ParseContext, wanted: Target): { value: number; column: number } | Problem {
  const { column } = c.cursor;
  if (c.cursor.peek().kind === 'name' && registerNumber(c.cursor.peek().text) !== undefined) {
    return problem(column, `a label expected, not the register ${describe(c.cursor.peek())}`);
  }
  c.cursor.take('#');
  const expression = parseExpression(c.cursor);
  if (isProblem(expression)) return expression;
  const state = c.scope.stateOf(expression);
  if (wanted !== 'data' && state !== undefined && (state === c.set) !== (wanted === 'same')) {
    return valueProblem(column, wanted === 'other' ? `the target is ${state} code too: use bl` : `the target is ${state} code: a branch cannot change the instruction set (use blx or bx)`);
  }
  return c.value(expression, column);
}

/** Where a branch goes: `offsetOf` the fields, from the PC (aligned to 4 for BLX to A32). */
function label(name: string, fields: string, other: boolean, spec: {
  offset(c: FormatContext): number;
  low: number; high: number; step: number;
  put(c: ParseContext, offset: number, column: number): Problem | undefined;
}): Codec {
  const base = (c: { readonly pc: number; readonly set: string }): number => other && c.set === 'T32' ? c.pc & ~3 : c.pc;
  return {
    name, fields,
    format: (c) => c.target(base(c) + spec.offset(c)),
    parse(c) {
      const target = takeTarget(c, other ? 'other' : 'same');
      if (isProblem(target)) return target;
      const offset = (target.value - base(c)) | 0;
      return checkRange(offset, spec.low, spec.high, spec.step, target.column, 'branch offset') ?? spec.put(c, offset, target.column);
    },
  };
}

const label24 = label('label24', 'i', false, {
  offset: (c) => SignExtend(c.get('i'), 24) << 2, low: -0x2000000, high: 0x1fffffc, step: 4,
  put: (c, offset, column) => c.put('i', offset >>> 2 & 0xffffff, column),
});

const label24H = label('label24H', 'iH', true, {
  offset: (c) => SignExtend(c.get('i'), 24) << 2 | c.get('H') << 1, low: -0x2000000, high: 0x1fffffe, step: 2,
  put: (c, offset, column) => c.put('i', offset >>> 2 & 0xffffff, column) ?? c.put('H', offset >>> 1 & 1, column),
});

/** A literal: `[pc, #+/-offset]`, or a label. Signed by U where the pattern has it. */
function literal(name: string, step: number): Codec {
  return {
    name, fields: 'iU',
    format(c) {
      const positive = !c.has('U') || c.get('U') === 1;
      const offset = c.get('i') * step;
      const address = (c.pc & ~3) + (positive ? offset : -offset);
      c.comments.push(c.target(address));
      return `[pc, #${positive ? '' : '-'}${offset}]`;
    },
    parse(c) {
      const { column } = c.cursor;
      let offset: number;
      if (c.cursor.take('[')) {
        const base = c.cursor.next();
        if (registerNumber(base.text) !== 15) return problem(base.column, 'this form takes only the PC as its base');
        offset = 0;
        if (c.cursor.take(',')) {
          const number = c.integer();
          if (isProblem(number)) return number;
          offset = number.value;
        }
        const close = c.expect(']');
        if (close !== undefined) return close;
      } else {
        const target = takeTarget(c, 'data');
        if (isProblem(target)) return target;
        offset = (target.value - (c.pc & ~3)) | 0;
      }
      const high = (2 ** c.width('i') - 1) * step;
      const negative = offset < 0 || Object.is(offset, -0);
      return checkRange(offset, c.has('U') ? -high : 0, high, step, column, 'offset of the literal')
        ?? (c.has('U') ? c.put('U', negative ? 0 : 1, column) : undefined)
        ?? c.put('i', Math.abs(offset) / step, column);
    },
  };
}

/** T32 branches within a signed field i, in halfwords. */
function thumbLabel(name: string, bits: number): Codec {
  return label(name, 'i', false, {
    offset: (c) => SignExtend(c.get('i'), bits) << 1, low: -(2 ** bits), high: 2 ** bits - 2, step: 2,
    put: (c, offset, column) => c.put('i', (offset >> 1) & (2 ** bits - 1), column),
  });
}

/** CBZ and CBNZ reach forward only. */
const label6 = label('label6', 'i', false, {
  offset: (c) => c.get('i') << 1, low: 0, high: 126, step: 2,
  put: (c, offset, column) => c.put('i', offset >> 1, column),
});

/** `label20`: T32 B with a condition; the offset is S:K:J:i in halfwords. */
const label20 = label('label20', 'SKJi', false, {
  offset: (c) => SignExtend(join(c, 'SKJi'), 20) << 1, low: -0x100000, high: 0xffffe, step: 2,
  put: (c, offset, column) => split(c, 'SKJi', (offset >> 1) & 0xfffff, column, 'branch offset'),
});

/** The offset S:I1:I2:i of B, BL and BLX, where I1 = NOT(J EOR S) and I2 = NOT(K EOR S); in units of `step`. */
function farLabel(name: string, step: 2 | 4): Codec {
  const shift = step === 2 ? 1 : 2;
  const bits = 22 - shift; // of i
  return label(name, 'SJKi', step === 4, {
    offset(c) {
      const S = c.get('S');
      const high = S << 2 | (1 - (c.get('J') ^ S)) << 1 | (1 - (c.get('K') ^ S));
      return SignExtend(high << (bits + shift) | c.get('i') << shift, 25);
    },
    low: -0x1000000, high: 0x1000000 - step, step,
    put(c, offset, column) {
      const S = offset >>> 24 & 1;
      const fields = { S, J: 1 - (offset >>> 23 & 1) ^ S, K: 1 - (offset >>> 22 & 1) ^ S, i: offset >>> shift & (2 ** bits - 1) };
      return Object.entries(fields).map(([letter, value]) => c.put(letter, value, column, 'branch offset')).find((found) => found !== undefined);
    },
  });
}

/** `literal+imm12`, `literal-imm12`: ADR after and before the PC, the distance in i:j:k. */
function farAdr(name: string, sign: 1 | -1): Codec {
  return {
    name, fields: 'ijk',
    format: (c) => c.target((c.pc & ~3) + sign * join(c, 'ijk')),
    parse(c) {
      const target = takeTarget(c, 'data');
      if (isProblem(target)) return target;
      const offset = (target.value - (c.pc & ~3)) | 0;
      return checkRange(offset, sign === 1 ? 0 : -4095, sign === 1 ? 4095 : -1, 1, target.column, 'distance') ?? split(c, 'ijk', Math.abs(offset), target.column, 'distance');
    },
  };
}

/** `adr8x4`: an address from the PC, aligned, forward, in words. */
const thumbAdr: Codec = {
  name: 'adr8x4', fields: 'i',
  format: (c) => c.target((c.pc & ~3) + c.get('i') * 4),
  parse(c) {
    const target = takeTarget(c, 'data');
    if (isProblem(target)) return target;
    const offset = (target.value - (c.pc & ~3)) | 0;
    return checkRange(offset, 0, 1020, 4, target.column, 'distance') ?? c.put('i', offset / 4, target.column);
  },
};

/** ADR as an addition to the PC (`sign` 1) or a subtraction from it, of an A32 modified constant. */
function adr(name: string, sign: 1 | -1): Codec {
  return {
    name, fields: 'i',
    format: (c) => c.target((c.pc & ~3) + sign * ARMExpandImm(c.get('i'))),
    parse(c) {
      const target = takeTarget(c, 'data');
      if (isProblem(target)) return target;
      const offset = ((target.value - (c.pc & ~3)) | 0) * sign;
      if (sign === 1 ? offset < 0 : offset <= 0) return problem(target.column, 'on the other side of the PC');
      const encoded = encodeModifiedConstant(offset);
      return encoded === undefined
        ? valueProblem(target.column, `the distance ${sign * offset} from ${hex(c.pc & ~3)} cannot be encoded: it must be 0 to 255 rotated right by an even amount`)
        : c.put('i', encoded, target.column);
    },
  };
}

export const addressCodecs: readonly Codec[] = [
  label24, label24H, literal('literal12', 1), literal('literal8', 1), literal('literal8x4', 4), thumbLabel('label8', 8), thumbLabel('label11', 11), label6, label20, farLabel('label25', 2), farLabel('label25X', 4),
  thumbAdr, farAdr('literal+imm12', 1), farAdr('literal-imm12', -1), adr('adr+', 1), adr('adr-', -1),
];
