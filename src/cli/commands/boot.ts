/** `worldswitch boot`: Linux on the board. */
import { debianGuest, readPackageFile, readUserFile, type DebianGuest, type DebianProgress } from '../../host/index.ts';
import { appendArchive, buildInitramfs, placeLinux, runArchive } from '../../normal/index.ts';
import { QSB_DRAM } from '../../soc/index.ts';
import { UsageError } from '../errors.ts';
import { report } from '../run/report.ts';
import type { RunPlan } from '../run/plan.ts';
import { inputKind, runSession } from '../run/session.ts';
import { countValue, patternValue, tierValue } from '../values.ts';

export interface BootFlags {
  readonly kernel?: string;
  readonly dtb?: string;
  /** false: --no-initrd. */
  readonly initrd?: string | boolean;
  readonly append?: string;
  readonly guest: string;
  readonly bare?: boolean;
  readonly run?: string;
  readonly until?: string;
  readonly limit?: string;
  readonly tier: string;
  readonly stats?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

const CONSOLE = 'console=ttymxc0,115200';

export async function boot(flags: BootFlags, version: string): Promise<number> {
  const tier = tierValue(flags.tier);
  const limit = flags.limit === undefined ? undefined : countValue('--limit', flags.limit);
  const until = flags.until === undefined ? undefined : patternValue('--until', flags.until);
  if (flags.guest === 'mini') throw new UsageError('--guest mini: the embedded guest comes later; there is linux');
  if (flags.guest !== 'linux') throw new UsageError(`--guest ${flags.guest}: there is linux`);
  if (flags.run === '') throw new UsageError('--run: an empty command');
  const own = {
    kernel: ownFile(flags.kernel),
    dtb: ownFile(flags.dtb),
    initrd: typeof flags.initrd === 'string' ? ownFile(flags.initrd) : undefined,
  };
  if (flags.initrd === false && flags.run !== undefined) throw new UsageError('--run needs an initial root file system: not with --no-initrd');
  const tell = (line: string): void => { if (flags.json !== true) process.stderr.write(`${line}\n`); };
  if (flags.bare !== true) tell('worldswitch: there is no secure world yet: booting on the bare board (--bare)');

  const needsInitrd = flags.initrd !== false && own.initrd === undefined;
  const debian = own.kernel === undefined || own.dtb === undefined || needsInitrd ? await fetchDebian(flags.json === true) : undefined;
  const kernel = own.kernel ?? debian!.vmlinuz.bytes;
  const dtb = own.dtb ?? debian!.dtb.bytes;
  let initrd = own.initrd;
  if (needsInitrd) initrd = buildInitramfs({ busybox: debian!.busybox.bytes, init: Buffer.from(readPackageFile('guest/linux/init')).toString('utf8') });
  if (flags.run !== undefined) initrd = appendArchive(initrd!, runArchive(flags.run));

  const terminal = flags.run === undefined && process.stdin.isTTY === true;
  const placed = placeLinux({ kernel, dtb, ...(initrd === undefined ? {} : { initrd }), append: commandLine(flags.append, terminal), ram: [...QSB_DRAM] });
  if (!placed.ok) {
    const name = { kernel: flags.kernel, dtb: flags.dtb, initrd: typeof flags.initrd === 'string' ? flags.initrd : undefined, append: '--append', ram: 'RAM' }[placed.image];
    throw new UsageError(`${name ?? placed.image}: ${placed.error}`);
  }
  if (flags.run === undefined) {
    if (debian !== undefined) tell(`guest     Debian linux-image-${debian.kernelVersion}, busybox${own.kernel === undefined ? '' : ` (kernel: ${flags.kernel!})`}`);
    tell(`worldswitch ${version} · i.MX53 Quick Start Board · Cortex-A8 r2p5 with Security Extensions${terminal ? ' · Ctrl-a h: help' : ''}`);
  }
  const plan: RunPlan = {
    tier, handover: true, guest: 'linux', run: flags.run !== undefined,
    loads: placed.boot.loads.map(({ address, bytes }) => ({ address, bytes })),
    registers: { 0: placed.boot.r0, 1: placed.boot.r1, 2: placed.boot.r2, 15: placed.boot.entry },
    // A run that has an end of its own goes as fast as it can; one that waits for a person, or for nothing, keeps the wall's time.
    paced: flags.run === undefined && until === undefined && limit === undefined,
    // With --run a terminal stays the terminal: Ctrl-c ends the run.
    input: flags.run !== undefined && process.stdin.isTTY === true ? 'none' : inputKind(terminal),
    emptyVectors: [0],
    ...(limit === undefined ? {} : { limit }),
    ...(until === undefined ? {} : { until }),
  };
  const end = await runSession({ plan, verbose: flags.verbose === true });
  return report(end, { json: flags.json === true, stats: flags.stats === true, tier, untilGiven: until !== undefined, runGiven: flags.run !== undefined });
}

function ownFile(path: string | undefined): Uint8Array | undefined {
  if (path === undefined) return undefined;
  const file = readUserFile(path);
  if (!file.ok) throw new UsageError(file.error);
  return file.bytes;
}

/** The console comes first, so that another one on the user's line takes its place as /dev/console. */
function commandLine(append: string | undefined, terminal: boolean): string {
  const { columns, rows } = process.stdout;
  const size = terminal && columns > 0 && rows > 0 ? [`LINES=${rows}`, `COLUMNS=${columns}`] : [];
  return [CONSOLE, ...(append === undefined || append === '' ? [] : [append]), ...size].join(' ');
}

async function fetchDebian(quiet: boolean): Promise<DebianGuest> {
  const terminal = process.stderr.isTTY === true && !quiet;
  let told = false;
  const result = await debianGuest({
    onProgress: (progress) => {
      if (quiet) return;
      if (terminal) process.stderr.write(`\r\x1b[Kguest     ${progressText(progress)}`);
      else if (!told) process.stderr.write('guest     fetching Debian\'s armhf kernel with the package client\n');
      told = true;
    },
  });
  if (terminal && told) process.stderr.write('\r\x1b[K');
  if (!result.ok) throw new UsageError(`Debian's kernel: ${result.error.message}`);
  return result.guest;
}

function progressText({ phase, bytes, total }: DebianProgress): string {
  if (phase === 'index') return 'asking Debian for its current armhf kernel';
  if (phase === 'unpack') return 'unpacking the kernel, its device tree and busybox';
  const mb = (value: number): string => (value / 1e6).toFixed(1);
  return `fetching ${mb(bytes ?? 0)} of ${mb(total ?? 0)} MB`;
}
