/** Places in a user's files, as one would type them. */
import { fileURLToPath } from 'node:url';

/** The package's folder. */
const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));

/** A path from the current folder or from the package's, where it lies below one of them. */
export function shortPath(file: string): string {
  const path = file.startsWith('file://') ? fileURLToPath(file) : file;
  for (const folder of [`${process.cwd()}/`, PACKAGE]) if (path.startsWith(folder)) return path.slice(folder.length);
  return path;
}

/** The first place that an error's stack names outside of the running program: `examples/hello/hello.ts:8`. */
export function placeOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? error.stack ?? '' : '';
  for (const line of stack.split('\n')) {
    const match = /((?:file:\/\/)?\/[^()]*):(\d+):\d+\)?$/.exec(line);
    if (match === null || match[1]!.includes('node:')) continue;
    const file = match[1]!.replace(/^file:\/\//, '');
    if (file.startsWith(`${PACKAGE}src/`) || file.startsWith(`${PACKAGE}dist/`) || file.startsWith(`${PACKAGE}node_modules/`) || file.endsWith('/scenario.mjs')) continue;
    return `${shortPath(file)}:${match[2]}`;
  }
  return undefined;
}
