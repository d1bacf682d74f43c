/**
 * Linux as a load: Debian's kernel with an archive whose only program is ours (bench/linux/init.s). It marks the console, makes system calls, lets two processes talk through pipes, runs
 * one more program if there is one, and powers off. Here in a process of its own (linux-child.ts), so that what it needs in memory can be told; on QEMU the same kernel and
 * the same archive.
 */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DebianGuest } from '../../host/index.ts';
import { writeCpio } from '../../normal/index.ts';
import type { MachineStats, Tier } from '../../soc/machine.ts';
import { assembleBench } from './kernels.ts';
import { minus, processorOf, type Spent, spend } from './measure.ts';

export const SYSCALLS = 300_000;
export const SWITCHES = 20_000;
const INIT_BASE = 0x10000;
const HEADERS = 84;

export const QEMU_LINUX = ['qemu-system-arm', '-M', 'virt', '-cpu', 'cortex-a15', '-m', '1024', '-display', 'none', '-monitor', 'none', '-nic', 'none', '-no-reboot'];
const QEMU_CONSOLE = 'console=ttyAMA0';
export const OUR_CONSOLE = 'console=ttymxc0,115200';
const QEMU_LIMIT_S = 300;
/** RAM of that board, clear of the device tree that QEMU puts at its start. */
const QEMU_RAM = 0x41000000;

/** A mark on the console, and what was spent from the machine's start to it. */
export interface Mark extends Spent { readonly name: string }
export interface OurMark extends Mark { readonly stats: MachineStats }

export interface OurLinux {
  readonly marks: readonly OurMark[];
  /** Bytes: the process's most resident memory, and the guest's pages that are not all zero. */
  readonly resident: number;
  readonly touched: number;
  /** Of the whole system, once all is done. */
  readonly save: Spent;
  readonly load: Spent;
}

/** A program of one segment as a static ELF file for Linux (System V ABI, chapters 4 and 5). */
export function staticElf(code: Uint8Array): Uint8Array {
  const file = new Uint8Array(HEADERS + code.length);
  const words = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const half = (at: number, value: number): void => { words.setUint16(at, value, true); };
  const word = (at: number, value: number): void => { words.setUint32(at, value, true); };
  half(16, 2); // ET_EXEC
  half(18, 40); // EM_ARM
  word(20, 1);
  word(24, INIT_BASE + HEADERS);
  word(28, 52); // program headers
  word(36, 0x05000000); // EABI 5
  half(40, 52);
  half(42, 32);
  half(44, 1);
  word(52, 1); // PT_LOAD: the whole file
  word(60, INIT_BASE);
  word(64, INIT_BASE);
  word(68, file.length);
  word(72, file.length);
  word(76, 7);
  word(80, 0x1000);
  file.set(code, HEADERS);
  return file;
}

/** The archive; `program`: a static ELF file for Linux that is run, too. */
export function benchArchive(program?: Uint8Array): Uint8Array {
  const init = staticElf(assembleBench('linux', 'init.s', INIT_BASE + HEADERS, { SYSCALLS, SWITCHES }));
  return writeCpio([
    { kind: 'directory', path: 'dev', mode: 0o755 },
    { kind: 'character', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { kind: 'file', path: 'init', mode: 0o755, bytes: init },
    ...(program === undefined ? [] : [{ kind: 'file' as const, path: 'program', mode: 0o755, bytes: program }]),
  ]);
}

/** Finds marks in a console's bytes. */
export class MarkFinder {
  readonly #found: (name: string) => void;
  #line = '';

  constructor(found: (name: string) => void) {
    this.#found = found;
  }

  push(byte: number): void {
    if (byte !== 0x0a) {
      if (this.#line.length < 200) this.#line += String.fromCharCode(byte);
      return;
    }
    const match = /<bench (\w+)>/.exec(this.#line);
    this.#line = '';
    if (match !== null) this.#found(match[1]!);
  }
}

export const BOOTED = 'init';
export const LAST_MARK = 'over';

/** What was spent between a mark and the end that follows it; undefined where the run has no such part. */
export function part<M extends Mark>(marks: readonly M[], name: string): { readonly from: M; readonly to: M; readonly spent: Spent } | undefined {
  const at = marks.findIndex((mark) => mark.name === name);
  const to = marks.slice(at + 1).find((mark) => mark.name === 'end');
  if (at < 0 || to === undefined) return undefined;
  return { from: marks[at]!, to, spent: minus(to, marks[at]!) };
}

/** Runs the load on our machine. */
export function runOurLinux(archive: Uint8Array, tier: Tier, folder: string): OurLinux {
  const file = join(folder, 'archive.cpio');
  writeFileSync(file, archive);
  const child = fileURLToPath(new URL('./linux-child.js', import.meta.url));
  const run = spawnSync(process.execPath, [...process.execArgv, child, tier, file], { encoding: 'utf8', maxBuffer: 1 << 24 });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`the bench's Linux failed: ${run.stderr.trim()}`);
  return JSON.parse(run.stdout) as OurLinux;
}

/** Runs the load on QEMU; what it takes QEMU to start is subtracted from the marks. */
export async function runQemuLinux(archive: Uint8Array, debian: DebianGuest, folder: string): Promise<readonly Mark[]> {
  const file = join(folder, 'archive.cpio');
  writeFileSync(file, archive);
  const nothing = join(folder, 'nothing.bin');
  writeFileSync(nothing, assembleBench('kernels', 'nothing.s', QEMU_RAM, {}));
  const start = spend([...QEMU_LINUX, '-serial', 'none', '-semihosting-config', 'enable=on,target=native', '-device', `loader,file=${nothing},addr=0x${QEMU_RAM.toString(16)},cpu-num=0`]);
  const [command, ...args] = linuxCommand(debian, file);
  const from = performance.now();
  const qemu = spawn(command!, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const limit = setTimeout(() => { qemu.kill(); }, QEMU_LIMIT_S * 1000);
  const marks: Mark[] = [];
  const finder = new MarkFinder((name) => {
    marks.push({ name, ...minus({ seconds: (performance.now() - from) / 1000, processor: processorOf(qemu.pid!) }, start) });
  });
  qemu.stdout.on('data', (bytes: Buffer) => { for (const byte of bytes) finder.push(byte); });
  await new Promise<void>((resolve, reject) => {
    qemu.on('error', reject);
    qemu.on('close', () => { resolve(); });
  });
  clearTimeout(limit);
  if (marks.at(-1)?.name !== LAST_MARK) throw new Error(`QEMU's Linux did not come to its end: ${[command, ...args].join(' ')}`);
  return marks;
}

export function linuxCommand(debian: DebianGuest, archive: string): string[] {
  return [...QEMU_LINUX, '-serial', 'stdio', '-kernel', join(debian.folder, 'vmlinuz'), '-initrd', archive, '-append', QEMU_CONSOLE];
}
