/**
 * Real CoreMark, whose sources are the user's: compiled with our port (bench/coremark) as a bare-metal program and as a static program for Linux, or a bare-metal ELF file as it stands.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath, readUserFile } from '../../host/index.ts';
import { isElf } from '../../normal/index.ts';
import { UsageError } from '../errors.ts';
import { type BenchProgram, COMPILER, COMPILER_FLAGS, elfProgram } from './kernels.ts';

const SOURCES = ['core_main.c', 'core_list_join.c', 'core_matrix.c', 'core_state.c', 'core_util.c'] as const;
/** Enough for ten seconds at the usual speed of emulators, as CoreMark's run rules ask. */
export const BARE_ITERATIONS = 40_000;
export const BARE_BASE = 400;
export const LINUX_ITERATIONS = 60_000;

/** `folder`: sources; `elf`: a program that is run as it is. */
export type CoreMark = { readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'elf'; readonly program: BenchProgram };

/** Throws UsageError where the path is neither. */
export function coreMark(path: string): CoreMark {
  if (existsSync(path) && statSync(path).isDirectory()) {
    const missing = [...SOURCES, 'coremark.h'].find((name) => !existsSync(join(path, name)));
    if (missing !== undefined) throw new UsageError(`--coremark ${path}: the folder has no ${missing}`);
    if (spawnSync(COMPILER, ['--version'], { stdio: 'ignore' }).status !== 0) throw new UsageError(`--coremark ${path}: sources need ${COMPILER} (Debian: gcc-arm-none-eabi)`);
    return { kind: 'folder', folder: path };
  }
  const file = readUserFile(path);
  if (!file.ok) throw new UsageError(`--coremark ${file.error}`);
  if (!isElf(file.bytes)) throw new UsageError(`--coremark ${path}: neither CoreMark's source folder nor an ELF file`);
  try {
    return { kind: 'elf', program: elfProgram(file.bytes, path) };
  } catch (error) {
    throw new UsageError(`--coremark ${(error as Error).message}`);
  }
}

function compile(folder: string, iterations: number, out: string, more: readonly string[]): Uint8Array {
  const port = packagePath('bench/coremark');
  const run = spawnSync(COMPILER, [
    ...COMPILER_FLAGS, '-fno-tree-loop-distribute-patterns', `-DITERATIONS=${iterations}`, `-I${port}`, `-I${folder}`, '-o', out,
    ...SOURCES.map((name) => join(folder, name)), join(port, 'core_portme.c'), ...more, '-lgcc',
  ], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${COMPILER}: ${run.stderr.trim()}`);
  return readFileSync(out);
}

export function compileBare(folder: string, iterations: number, work: string): BenchProgram {
  const kernel = (name: string): string => packagePath(`bench/kernels/${name}`);
  const out = join(work, 'coremark.elf');
  return elfProgram(compile(folder, iterations, out, ['-T', kernel('link.ld'), kernel('start.s'), packagePath('bench/coremark/leave.s')]), out);
}

/** A static ELF file for Linux. */
export function compileLinux(folder: string, work: string): Uint8Array {
  return compile(folder, LINUX_ITERATIONS, join(work, 'coremark-linux.elf'), [packagePath('bench/coremark/linux.s')]);
}
