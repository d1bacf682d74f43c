/** Debian's kernel in the normal world with disks and a serial line, through the library: one machine that can be saved and taken back while it works. */
import { readFileSync } from 'node:fs';
import { kernelDrivers, kernelModule, linuxExtras, type DebianGuest } from '../../src/host/index.ts';
import { appendArchive, buildInitramfs, RunFilter, runArchive } from '../../src/normal/index.ts';
import { diskInterrupts, QSB_SECURE, type System, type TzHost } from '../../src/secure/index.ts';
import { createScenarioSystem } from '../../src/secure/scenario.ts';
import { prepareLinux, type SmcTable } from '../../src/secure/vmm/index.ts';
import { Machine, type Tier } from '../../src/soc/index.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Kernel, device tree and initial RAM disk with the module and ext4. */
export interface LinuxImages { readonly kernel: Uint8Array; readonly dtb: Uint8Array; readonly initrd: Uint8Array }

export async function linuxImages(guest: DebianGuest): Promise<LinuxImages> {
  const { kernelVersion } = guest;
  const module = await kernelModule({ kernelVersion });
  if (!module.ok) throw new Error(module.error.message);
  const drivers = await kernelDrivers({ kernelVersion });
  if (!drivers.ok) throw new Error(drivers.error.message);
  return {
    kernel: guest.vmlinuz.bytes, dtb: guest.dtb.bytes,
    initrd: buildInitramfs({ busybox: guest.busybox.bytes, init: read('guest/linux/init'), extra: linuxExtras(module.module, drivers.drivers) }),
  };
}

export interface LinuxWorld {
  readonly system: System;
  readonly machine: Machine;
  readonly table: SmcTable;
  readonly log: string[];
  /** What the command has printed so far. */
  output(): string;
  /** Its status, once it has ended. */
  status(): number | undefined;
  /** All that the console showed that is not the command's. */
  boot(): string;
}

export interface LinuxWorldOptions {
  readonly images: LinuxImages;
  readonly command: string;
  readonly host?: TzHost;
  readonly seed?: Uint8Array;
  readonly tier?: Tier;
  readonly onLog?: (line: string) => void;
}

export function linuxWorld({ images: { kernel, dtb, initrd }, command, host = {}, seed, tier = 'auto', onLog }: LinuxWorldOptions): LinuxWorld {
  let output = '';
  let boot = '';
  let status: number | undefined;
  const filter = new RunFilter({
    output: (bytes) => { output += Buffer.from(bytes).toString('latin1'); },
    log: (bytes) => { boot += Buffer.from(bytes).toString('latin1'); },
    status: (value) => { status = value; },
  });
  const log: string[] = [];
  const machine = new Machine({ tier, onTransmit: (uart, byte, secure) => { if (uart === 1 && !secure) filter.push(Uint8Array.of(byte)); } });
  machine.applyHandover();
  const prepared = prepareLinux({
    kernel, dtb, initrd: appendArchive(initrd, runArchive(command)), append: 'console=ttymxc0,115200', partition: QSB_SECURE,
    diskInterrupts: diskInterrupts(host.disks?.length ?? 0),
  });
  if (!prepared.ok) throw new Error(`${prepared.image}: ${prepared.error}`);
  const { system, table } = createScenarioSystem({
    machine, label: 'linux', boot: prepared.boot, host, ...(seed === undefined ? {} : { seed }),
    sources: { entry: read('src/secure/kernel/entry.s'), vector: read('src/secure/monitor/vector.s') },
    log: (who, line) => {
      log.push(`${who} ${line}`);
      onLog?.(`${who} ${line}`);
    },
  });
  return { system, machine, table, log, output: () => output, status: () => status, boot: () => boot };
}

/** Runs until `done`, the end of the command, or of the system. Throws after `limit` instructions. */
export function runUntil(world: LinuxWorld, done: () => boolean, limit = 60e9, slice = 2_000_000): void {
  const { system, machine } = world;
  while (!done() && world.status() === undefined) {
    const end = system.run(slice);
    if (end !== 'budget' && end !== 'idle') return;
    if (machine.core.count > limit) throw new Error(`not done after ${limit} instructions\n${world.boot().slice(-2000)}\n${world.output().slice(-2000)}\n${world.log.slice(-20).join('\n')}`);
  }
}
