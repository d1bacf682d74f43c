/** Mnemonics: a template's parts against what stands in the source, and back. */
import { CONDITIONS, conditionNumber } from './registers.ts';
import type { FormatContext } from './codec.ts';
import { widthOf } from './codec.ts';
import type { MnemonicPart, Template } from './syntax.ts';

export interface MnemonicMatch {
  readonly fields: Readonly<Record<string, number>>;
  /** The condition that the source wrote; 14 without one. */
  readonly condition: number;
}

/** All readings of a mnemonic (in upper case, without a width suffix) by a template. */
export function matchMnemonic(template: Template, text: string, inIt: boolean): MnemonicMatch[] {
  const found: MnemonicMatch[] = [];
  const { pattern, mnemonic } = template;
  const step = (index: number, at: number, fields: Readonly<Record<string, number>>, condition: number): void => {
    const part = mnemonic[index];
    if (part === undefined) {
      if (at === text.length) found.push({ fields, condition });
      return;
    }
    switch (part.kind) {
      case 'text':
        if (text.startsWith(part.text, at)) step(index + 1, at + part.text.length, fields, condition);
        return;
      case 'S': {
        const spelled = text[at] === 'S';
        if (pattern.fields.has('S')) {
          if (spelled) step(index + 1, at + 1, { ...fields, S: 1 }, condition);
          step(index + 1, at, { ...fields, S: 0 }, condition);
        } else if (inIt) {
          step(index + 1, at, fields, condition);
        } else if (spelled) {
          step(index + 1, at + 1, fields, condition);
        }
        return;
      }
      case 'c': {
        const number = conditionNumber(text.slice(at, at + 2));
        const put = (value: number): Readonly<Record<string, number>> => pattern.fields.has('c') ? { ...fields, c: value } : fields;
        if (number !== undefined && text.length >= at + 2) step(index + 1, at + 2, put(number), number);
        step(index + 1, at, put(14), 14);
        return;
      }
      case 'xyz':
        return; // program.ts encodes IT
      case 'choice':
        for (const { text: spelling, value } of part.spellings) {
          if (!text.startsWith(spelling, at)) continue;
          step(index + 1, at + spelling.length, { ...fields, ...splitFields(template, part.letters, value) }, condition);
        }
    }
  };
  step(0, 0, {}, 14);
  return found;
}

function splitFields(template: Template, letters: string, value: number): Record<string, number> {
  const fields: Record<string, number> = {};
  let rest = value;
  for (const letter of [...letters].reverse()) {
    const size = 2 ** widthOf(template.pattern, letter);
    fields[letter] = rest % size;
    rest = Math.floor(rest / size);
  }
  return fields;
}

function formatPart(part: MnemonicPart, c: FormatContext): string {
  switch (part.kind) {
    case 'text': return part.text;
    case 'S': return c.has('S') ? (c.get('S') === 1 ? 'S' : '') : c.it === undefined ? 'S' : '';
    case 'c': {
      const condition = c.has('c') ? c.get('c') : c.it ?? 14;
      return CONDITIONS[condition] ?? '';
    }
    case 'xyz': {
      const mask = c.get('j');
      const last = 3 - (31 - Math.clz32(mask & -mask));
      return Array.from({ length: last }, (_, i) => (mask >>> (3 - i) & 1) === (c.get('i') & 1) ? 'T' : 'E').join('');
    }
    case 'choice': {
      let value = 0;
      for (const letter of part.letters) value = value * 2 ** c.width(letter) + c.get(letter);
      return part.spellings.find((spelling) => spelling.value === value)?.text ?? `<${part.letters}=${value}>`;
    }
  }
}

/** The mnemonic in lower case. `wide`: with the suffix `.w`, which stands before a data type. */
export function formatMnemonic(template: Template, c: FormatContext, wide: boolean): string {
  const text = template.mnemonic.map((part) => formatPart(part, c)).join('').toLowerCase();
  if (!wide) return text;
  const dot = text.indexOf('.');
  return dot < 0 ? `${text}.w` : `${text.slice(0, dot)}.w${text.slice(dot)}`;
}

/** The texts that a template's mnemonic may start with: its first part. */
export function mnemonicPrefixes(template: Template): string[] {
  const [first] = template.mnemonic;
  if (first?.kind === 'choice') return first.spellings.map(({ text }) => text);
  if (first?.kind !== 'text') return [];
  return [first.text];
}
