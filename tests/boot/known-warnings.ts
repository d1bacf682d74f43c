/** Reads known-warnings.txt: patterns at the start of a line, the cause of those above it indented. */
import { readFileSync } from 'node:fs';

export interface KnownWarning {
  readonly pattern: RegExp;
  readonly cause: string;
}

export function knownWarnings(): KnownWarning[] {
  const known: KnownWarning[] = [];
  let waiting: string[] = [];
  let cause: string[] = [];
  const close = (): void => {
    if (waiting.length > 0 && cause.length === 0) throw new Error(`known-warnings.txt: no cause for ${waiting.join(', ')}`);
    known.push(...waiting.map((pattern) => ({ pattern: new RegExp(`^(?:${pattern})$`), cause: cause.join(' ') })));
    waiting = [];
    cause = [];
  };
  for (const line of readFileSync(new URL('known-warnings.txt', import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('#') || line.trim() === '') continue;
    if (line.startsWith('    ')) {
      cause.push(line.trim());
    } else {
      if (cause.length > 0) close();
      waiting.push(line);
    }
  }
  close();
  return known;
}

/** The text of each line of `dmesg -r` at level "warning" or worse, without level and time stamp. */
export function warningsOf(dmesg: string): string[] {
  return dmesg.split('\n').flatMap((line) => {
    // Facility in the bits above the level; later lines of a message repeat both.
    const match = /^<(\d+)>\[ *\d+\.\d+\] ?(.*)$/.exec(line);
    return match !== null && (Number(match[1]) & 7) <= 4 ? [match[2]!.trimEnd()] : [];
  });
}
