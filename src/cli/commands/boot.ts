/** `worldswitch boot`: the secure world, and a guest in the normal world; or with --bare the guest alone on the board. */
import {
  cachedKernelModule, debianGuest, kernelDrivers, kernelModule, linuxExtras, readPackageFile, readUserFile, type DebianGuest, type DebianPackage, type DebianProgress, type KernelDriver,
  type KernelModule,
} from '../../host/index.ts';
// Not the floors' whole faces: this thread needs no instruction set and no devices, and what the machine's thread needs loads there at the same time.
import { appendArchive } from '../../normal/cpio.ts';
import { buildInitramfs, runArchive } from '../../normal/initramfs.ts';
import type { LinuxBoot } from '../../normal/linux-boot.ts';
import { UsageError } from '../errors.ts';
import { devicePlan, type DeviceFlags } from './boot-devices.ts';
import type { NormalWorld, RefusedImage, RunPlan } from '../run/plan.ts';
import { profileSymbols } from '../run/profile-symbols.ts';
import { report } from '../run/report.ts';
import { inputKind, runSession } from '../run/session.ts';
import { abortsValue, countValue, patternValue, tierValue } from '../values.ts';

export interface BootFlags extends DeviceFlags {
  readonly kernel?: string;
  readonly dtb?: string;
  /** false: --no-initrd. */
  readonly initrd?: string | boolean;
  readonly append?: string;
  /** ATAGs instead of a device tree. */
  readonly atags?: boolean;
  /** Left out: linux, or mini where Debian's packages cannot be had. */
  readonly guest?: string;
  readonly bare?: boolean;
  readonly scenario?: string;
  readonly unknownSmc?: string;
  readonly run?: string;
  readonly until?: string;
  readonly limit?: string;
  readonly tier: string;
  readonly aborts?: string;
  readonly stats?: boolean;
  readonly profile?: string;
  readonly symbols?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

const CONSOLE = 'console=ttymxc0,115200';
const LINUX_FLAGS = ['kernel', 'dtb', 'initrd', 'append'] as const;

/** The guest as it was asked for, and the line that introduces it. */
interface Guest { readonly world: NormalWorld; readonly line: string }

export async function boot(flags: BootFlags, version: string): Promise<number> {
  const tier = tierValue(flags.tier);
  const aborts = flags.aborts === undefined ? undefined : abortsValue(flags.aborts);
  const limit = flags.limit === undefined ? undefined : countValue('--limit', flags.limit);
  const until = flags.until === undefined ? undefined : patternValue('--until', flags.until);
  const { guest: kind, run } = flags;
  if (kind !== undefined && kind !== 'linux' && kind !== 'mini') throw new UsageError(`--guest ${kind}: there are linux and mini`);
  if (flags.symbols !== undefined && flags.profile === undefined) throw new UsageError('--symbols: only with --profile');
  if (run === '') throw new UsageError('--run: an empty command');
  if (flags.bare === true && flags.scenario !== undefined) throw new UsageError('--scenario needs the secure world: not with --bare');
  const unknownSmc = flags.unknownSmc === undefined ? undefined : unknownSmcValue(flags.unknownSmc);
  const linuxFlag = LINUX_FLAGS.find((name) => typeof flags[name] === 'string') ?? (flags.initrd === false ? 'no-initrd' : flags.atags === true ? 'atags' : undefined);
  if (kind === 'mini' && linuxFlag !== undefined) throw new UsageError(`--guest mini: not with --${linuxFlag}, which is for Linux`);

  const named = flags.profile === undefined ? undefined : await profileSymbols({ into: flags.profile, ...(flags.symbols === undefined ? {} : { file: flags.symbols }), mini: kind === 'mini', bare: flags.bare === true });
  const chosen = flags.scenario === undefined ? {} : await (await import('../scenario/choose.ts')).chooseScenario(flags.scenario);
  const told: string[] = [];
  const devices = devicePlan(flags, flags.bare === true, (line) => { told.push(line); });
  const terminal = run === undefined && process.stdin.isTTY === true;
  const guest = kind === 'mini' ? mini(run) : await linux(flags, terminal, kind === undefined && linuxFlag === undefined);
  const { world } = guest;
  const tell = (line: string): void => { if (flags.json !== true) process.stderr.write(`${line}\n`); };
  const introduce = (): void => {
    for (const line of told) tell(line);
    if (run !== undefined) return;
    tell(`guest     ${guest.line}`);
    tell(`worldswitch ${version} · i.MX53 Quick Start Board · Cortex-A8 r2p5 with Security Extensions${flags.bare === true ? ' · bare, no secure world' : ''}${terminal ? ' · Ctrl-a h: help' : ''}`);
  };
  const nameOf = (image: RefusedImage): string =>
    ({ kernel: flags.kernel, dtb: flags.dtb, initrd: typeof flags.initrd === 'string' ? flags.initrd : undefined, append: world.kind === 'mini' ? '--run' : '--append', ram: 'RAM', scenario: flags.scenario, disk: '--disk', serial: '--serial' })[image] ?? image;
  const start = flags.bare === true ? bareStart(await placeBare(world), nameOf)
    : { loads: [], registers: {}, secure: { label: world.kind, boot: world, ...devices, ...chosen, ...(unknownSmc === undefined ? {} : { unknownSmc }) } };
  const plan: RunPlan = {
    ...start, tier, census: flags.stats === true || flags.profile !== undefined, handover: true, guest: world.kind === 'linux' ? 'linux' : 'image', run: run !== undefined,
    endsWithInput: world.kind === 'mini' && run === undefined && until === undefined,
    // A run that has an end of its own goes as fast as it can; one that waits for a person, or for nothing, keeps the wall's time.
    paced: run === undefined && until === undefined && limit === undefined,
    // With --run a terminal stays the terminal: Ctrl-c ends the run.
    input: run !== undefined && process.stdin.isTTY === true ? 'none' : inputKind(terminal),
    emptyVectors: [0],
    ...(limit === undefined ? {} : { limit }),
    ...(flags.profile === undefined ? {} : { profile: true }),
    ...(aborts === undefined ? {} : { aborts }),
    ...(until === undefined ? {} : { until }),
  };
  const end = await runSession({ plan, verbose: flags.verbose === true, onStart: introduce });
  return report(end, { json: flags.json === true, stats: flags.stats === true, tier, untilGiven: until !== undefined, runGiven: run !== undefined, nameOf, ...(named === undefined ? {} : { profile: { file: flags.profile!, symbolOf: named } }) });
}

function unknownSmcValue(text: string): 'dump' | 'not-supported' {
  if (text === 'dump' || text === 'not-supported') return text;
  throw new UsageError(`--unknown-smc ${text}: there are dump and not-supported`);
}

function mini(command: string | undefined): Guest {
  return { world: { kind: 'mini', ...(command === undefined ? {} : { command }) }, line: 'mini, the embedded guest' };
}

/** `fallBack`: nothing is said of Linux on the command line, so that the embedded guest may take its place. */
async function linux(flags: BootFlags, terminal: boolean, fallBack: boolean): Promise<Guest> {
  const own = {
    kernel: ownFile(flags.kernel),
    dtb: ownFile(flags.dtb),
    initrd: typeof flags.initrd === 'string' ? ownFile(flags.initrd) : undefined,
  };
  if (flags.initrd === false && flags.run !== undefined) throw new UsageError('--run needs an initial root file system: not with --no-initrd');
  const needsInitrd = flags.initrd !== false && own.initrd === undefined;
  let debian: DebianGuest | undefined;
  if (flags.atags === true && (own.kernel === undefined || own.dtb !== undefined)) throw new UsageError('--atags is for a kernel without a device tree: with --kernel, and without --dtb');
  if (own.kernel === undefined || (own.dtb === undefined && flags.atags !== true) || needsInitrd) {
    const result = await fetchDebian(flags.json === true);
    if (!result.ok) {
      if (!fallBack) throw new UsageError(`Debian's kernel: ${result.error.message}`);
      if (flags.json !== true) process.stderr.write(`worldswitch: no Linux, so the embedded guest takes its place: ${result.error.message}\n`);
      return mini(flags.run);
    }
    debian = result.guest;
  }
  let { initrd } = own;
  if (needsInitrd) {
    // The bare board has nobody to call: no module there.
    const module = flags.bare === true || own.kernel !== undefined ? undefined : await smcModule(debian!.kernelVersion, flags.json === true);
    const drivers = flags.disk === undefined || own.kernel !== undefined ? [] : await diskDrivers(debian!.kernelVersion, flags.json === true);
    initrd = buildInitramfs({ busybox: debian!.busybox.bytes, init: Buffer.from(readPackageFile('guest/linux/init')).toString('utf8'), extra: linuxExtras(module, drivers) });
  }
  if (flags.run !== undefined) initrd = appendArchive(initrd!, runArchive(flags.run));
  return {
    world: {
      kind: 'linux', kernel: own.kernel ?? debian!.vmlinuz.bytes, ...(flags.atags === true ? {} : { dtb: own.dtb ?? debian!.dtb.bytes }), append: commandLine(flags.append, terminal),
      ...(initrd === undefined ? {} : { initrd }),
    },
    line: debian === undefined ? `kernel ${flags.kernel!}` : `Debian ${debian.packages.map(({ name, version }) => `${name} ${version}`).join(', ')}${own.kernel === undefined ? '' : ` (kernel: ${flags.kernel!})`}`,
  };
}

/** The modules of Debian's kernel that a disk's file system needs; without them the disk is there all the same. */
async function diskDrivers(kernelVersion: string, quiet: boolean): Promise<readonly KernelDriver[]> {
  const result = await kernelDrivers({ kernelVersion });
  if (result.ok) return result.drivers;
  if (!quiet) process.stderr.write(`worldswitch: Linux boots without ext4: ${result.error.message}\n`);
  return [];
}

/** The module that gives Linux /dev/smc, built on first use; without it Linux boots all the same. */
async function smcModule(kernelVersion: string, quiet: boolean): Promise<KernelModule | undefined> {
  const cached = cachedKernelModule(kernelVersion);
  if (cached !== undefined) return cached;
  if (!quiet) process.stderr.write(`worldswitch: building the module /dev/smc for Linux ${kernelVersion} (once; a minute or two)\n`);
  const result = await kernelModule({ kernelVersion });
  if (result.ok) {
    if (!quiet) tellFetched(result.module.packages);
    return result.module;
  }
  const { message, packages } = result.error;
  if (!quiet) process.stderr.write(`worldswitch: Linux boots without /dev/smc: ${message}${packages.length === 0 ? '' : ` (it may help to install ${packages.join(' ')})`}\n`);
  return undefined;
}

type Placed = { readonly ok: true; readonly boot: LinuxBoot } | { readonly ok: false; readonly image: RefusedImage; readonly error: string };

async function placeBare(world: NormalWorld): Promise<Placed> {
  const { QSB_DRAM, QSB_MACHINE_TYPE } = await import('../../soc/boards/imx53-qsb-numbers.ts');
  if (world.kind === 'linux') {
    const { placeLinux } = await import('../../normal/linux-boot.ts');
    const { kernel, dtb, initrd, append } = world;
    return placeLinux({ kernel, ...(dtb === undefined ? { atags: { machineType: QSB_MACHINE_TYPE } } : { dtb }), ...(initrd === undefined ? {} : { initrd }), append, ram: [...QSB_DRAM] });
  }
  const { placeMini } = await import('../../normal/mini.ts');
  const { miniImage } = await import('../assembled.ts');
  return placeMini({ image: miniImage(QSB_DRAM[0]!.base), ram: [...QSB_DRAM], ...(world.command === undefined ? {} : { command: world.command }) });
}

function bareStart(placed: Placed, nameOf: (image: RefusedImage) => string): Pick<RunPlan, 'loads' | 'registers'> {
  if (!placed.ok) throw new UsageError(`${nameOf(placed.image)}: ${placed.error}`);
  const { loads, r0, r1, r2, entry } = placed.boot;
  return { loads: loads.map(({ address, bytes }) => ({ address, bytes })), registers: { 0: r0, 1: r1, 2: r2, 15: entry } };
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

async function fetchDebian(quiet: boolean): Promise<Awaited<ReturnType<typeof debianGuest>>> {
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
  if (told && result.ok) tellFetched(result.guest.packages);
  return result;
}

/** What has been fetched, as Debian's signed index names it. */
function tellFetched(packages: readonly DebianPackage[]): void {
  for (const { name, version, sha256 } of packages) process.stderr.write(`fetched   ${name} ${version}, SHA-256 ${sha256}\n`);
}

function progressText({ phase, bytes, total }: DebianProgress): string {
  if (phase === 'index') return 'asking Debian for its current armhf kernel';
  if (phase === 'unpack') return 'unpacking the kernel, its device tree and busybox';
  const mb = (value: number): string => (value / 1e6).toFixed(1);
  return `fetching ${mb(bytes ?? 0)} of ${mb(total ?? 0)} MB`;
}
