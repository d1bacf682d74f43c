/** Templates of all rows and aliases, found by row (to print) and by mnemonic (to assemble). */
import type { Row } from '../operation.ts';
import { aliasesOf } from './aliases.ts';
import { formatMnemonic, mnemonicPrefixes } from './mnemonic.ts';
import { FormatContext, hex, type ItCondition, type SymbolOf } from './codec.ts';
import { formatOperands, parseTemplate, type Template } from './syntax.ts';
import { extractFields } from '../pattern.ts';
import type { Fields } from '../operation.ts';

interface Printed {
  readonly template: Template;
  readonly when: ((f: Fields) => boolean) | undefined;
}

export class SyntaxTables {
  /** Every row's own template. */
  readonly templates: readonly Template[];
  readonly #printed = new Map<Row, readonly Printed[]>();
  readonly #byPrefix = new Map<string, Template[]>();
  /** Mnemonics, by `set` and prefix, that have a 16-bit form. */
  readonly #narrow = new Set<string>();
  readonly #longest: number;

  constructor(rows: readonly Row[]) {
    const templates: Template[] = [];
    const forAssembly: Template[] = [];
    const forAliases: Template[] = [];
    for (const row of rows) {
      const template = parseTemplate(row);
      templates.push(template);
      forAssembly.push(template);
      const printed: Printed[] = [];
      for (const alias of aliasesOf(row)) {
        const aliasTemplate = parseTemplate(row, alias.syntax, alias.fixed);
        forAliases.push(aliasTemplate);
        if (alias.when !== undefined) printed.push({ template: aliasTemplate, when: alias.when });
      }
      printed.push({ template, when: undefined });
      this.#printed.set(row, printed);
      }
    this.templates = templates;
    for (const template of [...forAssembly, ...forAliases]) {
      for (const prefix of mnemonicPrefixes(template)) {
        const list = this.#byPrefix.get(prefix);
        if (list === undefined) this.#byPrefix.set(prefix, [template]);
        else list.push(template);
        if (template.pattern.width === 16) this.#narrow.add(prefix);
      }
    }
    // Narrow encodings first; the order of rows decides the rest.
    for (const list of this.#byPrefix.values()) list.sort((a, b) => a.pattern.width - b.pattern.width);
    this.#longest = Math.max(0, ...[...this.#byPrefix.keys()].map((prefix) => prefix.length));
  }

  /** Templates whose mnemonic may be `text` (upper case): those with the longest literal beginning first. */
  * candidates(text: string): Generator<Template> {
    for (let length = Math.min(text.length, this.#longest); length > 0; length--) {
      const list = this.#byPrefix.get(text.slice(0, length));
      if (list !== undefined) yield* list;
    }
  }

  /** UAL text of an instruction word that a row matches. */
  format(row: Row, word: number, address: number, it: ItCondition, symbolOf: SymbolOf | undefined): string {
    const printed = this.#printed.get(row);
    if (printed === undefined || row.syntax === '.inst') return formatRaw(row, word);
    const { pattern } = printed[0]!.template;
    const fields = extractFields(pattern, word);
    if (row.undefinedIf?.(fields) === true) return formatRaw(row, word);
    const { template } = printed.find(({ when }) => when === undefined || when(fields))!;
    const c = new FormatContext(template.pattern, fields, address, it, symbolOf);
    const wide = row.set === 'T32' && pattern.width === 32 && mnemonicPrefixes(template).some((prefix) => this.#narrow.has(prefix));
    const operands = formatOperands(template, c);
    const mnemonic = formatMnemonic(template, c, wide);
    const comment = c.comments.length === 0 ? '' : `  @ ${c.comments.join(', ')}`;
    return `${operands === '' ? mnemonic : `${mnemonic} ${operands}`}${comment}`;
  }
}

/** A word that has no instruction. */
function formatRaw(row: Row, word: number): string {
  const suffix = row.set === 'A32' ? '' : row.bits.replaceAll(' ', '').length === 16 ? '.n' : '.w';
  return `.inst${suffix} ${hex(word)}`;
}
