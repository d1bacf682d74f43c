/** Lines out of characters that come one by one. */

/** A line that does not end is cut here, in characters. */
export const LONGEST_LINE = 256;

/** Adds text to the line under way in `state` and returns the lines that it completes. A carriage return is dropped. */
export function collectLines(state: { line: string }, text: string): string[] {
  const done: string[] = [];
  for (const character of text) {
    if (character === '\r') continue;
    if (character !== '\n') state.line += character;
    if (character === '\n' || state.line.length >= LONGEST_LINE) {
      done.push(state.line);
      state.line = '';
    }
  }
  return done;
}
