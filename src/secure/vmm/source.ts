/** Where a definition stands in its author's files. */

export interface SmcSource { readonly file: string; readonly line: number }

/** The file and line that called the function whose stack this is, from a stack in V8's format: its second frame. */
export function callerOf(stack: string | undefined): SmcSource | undefined {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const match = /\(?((?:file:\/\/)?[^()]*?):(\d+):\d+\)?$/.exec(frames[1]?.replace(/^\s+at (?:async )?(?=\S+:\d+:\d+$)/, '') ?? '');
  if (match === null) return undefined;
  const file = match[1]!.replace(/^.*\(/, '').replace(/^file:\/\//, '');
  return { file, line: Number(match[2]) };
}
