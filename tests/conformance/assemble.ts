/** Assembles a case with GNU as; the addresses of driver.ts are its symbols. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Image, PLACES } from './driver.ts';

const PREFIX = 'arm-none-eabi-';

function tool(name: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(PREFIX + name, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
}

export function assemblerMissing(): string | undefined {
  return spawnSync(`${PREFIX}as`, ['--version']).status === 0 ? undefined : 'arm-none-eabi-as is not installed';
}

export interface Folder { readonly path: string; remove(): void }

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'conformance-'));
  return { path, remove: () => { rmSync(path, { recursive: true, force: true }); } };
}

/** `name` is the case file's name without its ending. */
export function assemble(folder: Folder, name: string): Image {
  const file = (ending: string): string => join(folder.path, `${name}${ending}`);
  const source = (which: string): string => new URL(which, import.meta.url).pathname;
  const symbols = Object.entries(PLACES).map(([symbol, value]) => `.equ ${symbol}, 0x${value.toString(16)}\n`).join('');
  writeFileSync(file('.s'), `${symbols}.include "${source('prelude.s')}"\n.include "${source(`cases/${name}.s`)}"\n.include "${source('ending.s')}"\n`);
  tool('as', ['-mcpu=cortex-a8', '-mfpu=neon', '-o', file('.o'), file('.s')]);
  tool('ld', [`-Ttext=0x${PLACES.TEXT.toString(16)}`, '-e', '_start', '-o', file('.elf'), file('.o')]);
  tool('objcopy', ['-O', 'binary', '--only-section=.text', file('.elf'), file('.bin')]);
  tool('objcopy', ['--dump-section', `.names=${file('.names')}`, file('.o'), file('.o2')]);
  const names = readFileSync(file('.names'), 'utf8').split('\0').filter((text) => text !== '');
  if (new Set(names).size !== names.length) throw new Error(`${name}: a record's name is used twice: ${names.find((n, i) => names.indexOf(n) !== i)}`);
  return { name, elf: file('.elf'), bytes: readFileSync(file('.bin')), names };
}
