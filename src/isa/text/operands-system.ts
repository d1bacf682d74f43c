/** Operand codecs of status registers, barriers, CPS and coprocessor registers (DDI 0406C, A8.8.44, A8.8.98, B9.3). */
import { checkRange, type Codec } from './codec.ts';
import { describe, isProblem, problem } from './lexer.ts';
import { CONDITIONS } from './registers.ts';

/** Limits of the barriers; other values print as numbers. */
const BARRIERS: readonly (readonly [string, number])[] = [
  ['sy', 15], ['st', 14], ['ish', 11], ['ishst', 10], ['nsh', 7], ['nshst', 6], ['osh', 3], ['oshst', 2],
  ['un', 7], ['unst', 6], ['sh', 11], ['shst', 10],
];

/** `option`: of DMB and DSB, `option_isb` (no name but sy) of ISB, in field o; sy where it is left out. */
const barrier = (name: string, names: typeof BARRIERS): Codec => ({
  name, fields: 'o',
  format: (c) => names.find(([, value]) => value === c.get('o'))?.[0] ?? `#${c.get('o')}`,
  parse(c) {
    const token = c.cursor.peek();
    if (token.kind === 'end') return c.put('o', 15, token.column);
    const found = token.kind === 'name' ? names.find(([name]) => name === token.text.toLowerCase()) : undefined;
    if (found !== undefined) {
      c.cursor.next();
      return c.put('o', found[1], token.column);
    }
    if (token.kind === 'name') return problem(token.column, `a barrier option (${names.slice(0, 8).map(([n]) => n).join(', ')}) expected, not ${describe(token)}`);
    const number = c.integer();
    return isProblem(number) ? number : checkRange(number.value, 0, 15, 1, number.column, 'option') ?? c.put('o', number.value, number.column);
  },
});

/** Synonyms of the field letters in `CPSR_<fields>`, and of APSR's. */
const STATUS_FIELDS: Readonly<Record<string, number>> = { '': 9, all: 9, flg: 8, ctl: 1, nzcvq: 8, g: 4, nzcvqg: 12 };

/** `spec_reg`: CPSR or SPSR (field R, or that the row is for one of them) with its fields (k: f, s, x, c). */
const statusRegister: Codec = {
  name: 'spec_reg', fields: 'Rk',
  format(c) {
    const k = c.get('k');
    const fields = [...'fsxc'].filter((_, i) => (k >>> (3 - i) & 1) === 1).join('');
    return `${c.get('R') === 1 ? 'SPSR' : 'CPSR'}_${fields}`;
  },
  parse(c) {
    const token = c.cursor.next();
    const match = token.kind === 'name' ? /^(cpsr|apsr|spsr)(?:_(\w+))?$/.exec(token.text.toLowerCase()) : null;
    if (match === null) return problem(token.column, `CPSR_<fields>, SPSR_<fields> or APSR_<bits> expected, not ${describe(token)}`);
    const letters = match[2] ?? '';
    let k = match[1] === 'apsr' && letters === '' ? 8 : STATUS_FIELDS[letters];
    if (k === undefined) {
      k = 0;
      for (const letter of letters) {
        const bit = 8 >> 'fsxc'.indexOf(letter);
        if (!'fsxc'.includes(letter) || (k & bit) !== 0) return problem(token.column, `'${letters}': the fields are letters of fsxc, each at most once`);
        k |= bit;
      }
    }
    return c.put('R', match[1] === 'spsr' ? 1 : 0, token.column, 'status register') ?? c.put('k', k, token.column);
  },
};

/** `iflags`: the masks of CPSIE and CPSID, letters of aif. */
const maskLetters: Codec = {
  name: 'iflags', fields: 'AIF',
  format: (c) => [...'AIF'].filter((letter) => c.get(letter) === 1).join('').toLowerCase() || 'none',
  parse(c) {
    const token = c.cursor.next();
    const letters = token.text.toLowerCase();
    if (token.kind !== 'name' || !/^[aif]{1,3}$/.test(letters)) return problem(token.column, `interrupt masks (letters of aif) expected, not ${describe(token)}`);
    return [...'AIF'].map((letter) => c.put(letter, letters.includes(letter.toLowerCase()) ? 1 : 0, token.column)).find((found) => found !== undefined);
  },
};

/** A coprocessor register c0-c15 in a field. */
function coprocessorRegister(name: string, letter: string): Codec {
  return {
    name, fields: letter,
    format: (c) => `c${c.get(letter)}`,
    parse(c) {
      const token = c.cursor.next();
      const match = /^cr?(\d{1,2})$/i.exec(token.text);
      const number = match === null ? 16 : Number(match[1]);
      return number > 15 ? problem(token.column, `a coprocessor register c0-c15 expected, not ${describe(token)}`) : c.put(letter, number, token.column);
    },
  };
}

/** `firstcond` of IT, in field i. The assembler encodes IT by itself (program.ts). */
const firstCondition: Codec = {
  name: 'firstcond', fields: 'ij',
  format: (c) => CONDITIONS[c.get('i')] ?? 'al',
  parse: (c) => problem(c.cursor.column, 'IT is not encoded from its template'),
};

export const systemCodecs: readonly Codec[] = [
  firstCondition, barrier('option', BARRIERS), barrier('option_isb', BARRIERS.slice(0, 1)), statusRegister, maskLetters, coprocessorRegister('CRd', 'd'), coprocessorRegister('CRn', 'n'), coprocessorRegister('CRm', 'm'),
];
