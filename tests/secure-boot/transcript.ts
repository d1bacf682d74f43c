/**
 * Runs `worldswitch` as a user would at a shell, with stdout and stderr in one stream, and compares transcripts: commands with what they print, as documents show them.
 */
import { spawn } from 'node:child_process';
import { ROOT } from '../boot/worldswitch.ts';

const TIMEOUT_MS = 120_000;

export interface Shown {
  readonly status: number | null;
  /** Both streams, as a terminal would show them. */
  readonly text: string;
}

/** Runs a command line in the checkout, `worldswitch` being this one. */
export function shell(command: string, input = ''): Promise<Shown> {
  const line = command.replace(/(?<![\w./-])worldswitch(?= )/g, `"${process.execPath}" bin/worldswitch.js`);
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `exec 2>&1; ${line}`], { cwd: ROOT, stdio: 'pipe' });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => { text += part; });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const timer = setTimeout(() => { child.kill('SIGKILL'); }, TIMEOUT_MS);
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, text: text.replaceAll('\r', '') });
    });
  });
}

export interface Step {
  readonly command: string;
  /** Lines that the command prints in this order; others may stand between them where a line is `...`. */
  readonly lines: readonly string[];
}

/** The commands (`$ worldswitch ...`) of a document's console blocks, each with the lines that are shown of it. */
export function transcriptOf(markdown: string): Step[] {
  const steps: { command: string; lines: string[] }[] = [];
  for (const [, block] of markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    for (const line of block!.split('\n')) {
      if (line.startsWith('$ ')) steps.push({ command: line.slice(2), lines: [] });
      else if (line !== '') steps.at(-1)?.lines.push(line);
    }
  }
  return steps;
}

/** The first expected line that does not come, after those before it; undefined where all do. `...` within a line stands for anything. */
export function missingLine(text: string, lines: readonly string[]): string | undefined {
  const shown = text.split('\n');
  let at = 0;
  for (const line of lines) {
    if (line === '...') continue;
    const pattern = new RegExp(`^${line.split('...').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')}$`);
    const found = shown.findIndex((candidate, i) => i >= at && pattern.test(candidate.trimEnd()));
    if (found < 0) return line;
    at = found + 1;
  }
  return undefined;
}
