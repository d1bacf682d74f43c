/** `worldswitch doctor`: what this computer has and lacks, and what to do about it. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { availableParallelism, totalmem } from 'node:os';
import { cachedDebianGuest, cacheFolder } from '../../host/index.ts';
import { webAssembly } from '../../wasm/index.ts';
import { STATUS_FAILED } from '../errors.ts';

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** Whether anything works without it. */
  readonly needed: boolean;
  readonly found: string;
  /** What to do where it is missing. */
  readonly advice?: string;
}

/** Modules that a feature makes valid, by the WebAssembly specification's binary format. */
const FEATURES: readonly { readonly name: string; readonly needed: boolean; readonly module: readonly number[] }[] = [
  // () -> (): return_call 0
  { name: 'tail calls', needed: true, module: [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x12, 0, 11] },
  // () -> (v128): v128.const 0
  { name: 'SIMD', needed: false, module: [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 22, 1, 20, 0, 0xfd, 12, ...Array.from({ length: 16 }, () => 0), 11] },
];

const MINIMUM_NODE = [20, 19] as const;
const MEMORY_NEEDED = 2 ** 31;

const TOOLS: readonly { readonly command: string; readonly purpose: string; readonly advice: string }[] = [
  { command: 'apt-get', purpose: 'fetches Debian\'s kernel', advice: 'without it, name a kernel of your own: boot --kernel F --dtb F --initrd F' },
  { command: 'dpkg-deb', purpose: 'unpacks Debian\'s kernel', advice: 'without it, name a kernel of your own: boot --kernel F --dtb F --initrd F' },
  { command: 'arm-none-eabi-gcc', purpose: 'compiles programs for exec, and the C tests', advice: 'Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi' },
  { command: 'qemu-arm', purpose: 'the tests compare with it', advice: 'Debian: qemu-user' },
  { command: 'qemu-system-arm', purpose: 'the tests compare with it', advice: 'Debian: qemu-system-arm' },
  { command: 'gdb-multiarch', purpose: 'the tests of the debugger', advice: 'Debian: gdb-multiarch' },
];

export function doctor(flags: { readonly json?: boolean }): number {
  const findings = [node(), ...features(), memory(), ...TOOLS.map(tool), guest()];
  const well = findings.every(({ ok, needed }) => ok || !needed);
  if (flags.json === true) {
    process.stderr.write(`${JSON.stringify({ status: well ? 0 : STATUS_FAILED, findings })}\n`);
    return well ? 0 : STATUS_FAILED;
  }
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, ok, needed, found, advice } of findings) {
    const mark = ok ? 'ok     ' : needed ? 'MISSING' : 'absent ';
    process.stdout.write(`${mark}  ${name.padEnd(width)}  ${found}${ok || advice === undefined ? '' : `; ${advice}`}\n`);
  }
  process.stdout.write(well ? 'Worldswitch can run here.\n' : 'Worldswitch cannot run here: see what is MISSING.\n');
  return well ? 0 : STATUS_FAILED;
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
  return { name: 'Node.js', ok, needed: true, found: `${process.versions.node}, ${availableParallelism()} processors`, advice: `${MINIMUM_NODE.join('.')} or newer is needed` };
}

function features(): Finding[] {
  return FEATURES.map(({ name, needed, module }) => {
    const ok = webAssembly().validate(Uint8Array.from(module));
    return { name: `WebAssembly ${name}`, ok, needed, found: ok ? 'works' : 'not in this Node.js', advice: 'take a newer Node.js' };
  });
}

function memory(): Finding {
  const bytes = totalmem();
  return {
    name: 'memory', ok: bytes >= MEMORY_NEEDED, needed: false, found: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    advice: 'the board has 1 GiB of RAM, of which a guest that touches all of it needs all',
  };
}

function tool({ command, purpose, advice }: (typeof TOOLS)[number]): Finding {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, command)).find(executable);
  return { name: command, ok: found !== undefined, needed: false, found: found ?? purpose, advice };
}

function guest(): Finding {
  const cached = cachedDebianGuest();
  return {
    name: 'Debian\'s kernel', ok: cached !== undefined, needed: false,
    found: cached === undefined ? `not in ${cacheFolder()}` : `${cached.kernelVersion} in ${cached.folder}`,
    advice: 'the first boot fetches it',
  };
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
