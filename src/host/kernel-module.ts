/**
 * The kernel modules of guest/linux (/dev/smc, and a test aid), built for the very kernel that was fetched: against Debian's headers, with the ARM compiler that is installed, or else with one
 * whose packages are unpacked into a temporary folder. No root is needed and nothing is installed. The result is kept in the user's cache by kernel version and source.
 *
 * Source: Linux, "Building External Modules"; from Debian's archive: `linux-headers-VERSION` depends on the common headers, the build system (`linux-kbuild-*`, of the
 * machine's own architecture) and `linux-compiler-gcc-N-arm`, which names the compiler; the header folder's Makefile includes the common one by an absolute path.
 */
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { CpioEntry } from '../normal/index.ts';
import { complaint, prepareApt, runTool, type Apt, type PackageRecord } from './apt.ts';
import { cacheFolder, download, FetchFailure, folderSize, lookUp, lookUpFresh, reason, refuseMissing, sha256, type DebianPackage, type DebianProgress } from './debian.ts';
import { readPackageFile } from './files.ts';
import { driverEntries, type KernelDriver } from './kernel-drivers.ts';

export interface KernelModule {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** The test aid /dev/worldswitch-probe, which nothing loads by itself. */
  readonly probe: Uint8Array;
  /** First line of what the compiler says of itself. */
  readonly compiler: string;
  /** What was fetched for the build. */
  readonly packages: readonly DebianPackage[];
}

export interface KernelModuleOptions {
  /** As in the kernel package's name: `6.1.0-50-armmp`. */
  readonly kernelVersion: string;
  /** Default: process.env. HOME, XDG_CACHE_HOME and PATH count. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: (progress: DebianProgress | { readonly phase: 'build' }) => void;
  /** Try although an attempt has failed within the last hour with the same tools installed. */
  readonly retry?: boolean;
  /** Between attempts to download; default 1000. */
  readonly retryDelayMs?: number;
}

/** Those of DebianError, and: the build failed. */
export interface KernelModuleError {
  readonly kind: FetchFailure['kind'] | 'build';
  /** One line. */
  readonly message: string;
  /** Debian packages that, installed, may help. */
  readonly packages: readonly string[];
}

export type KernelModuleResult = { readonly ok: true; readonly module: KernelModule } | { readonly ok: false; readonly error: KernelModuleError };

const SOURCES = ['main.c', 'smc.c', 'console.c', 'block.c', 'rng.c', 'worldswitch_probe.c', 'worldswitch.h', 'Kbuild'] as const;
const MODULE = 'worldswitch.ko';
const PROBE = 'worldswitch_probe.ko';
const MANIFEST = 'manifest.json';
const FAILURE = 'failure.json';
const FAILURE_AGE_MS = 3_600_000;
const PROGRESS_INTERVAL_MS = 250;
const PREFIX = 'arm-linux-gnueabihf-';
/** What of the compiler's dependencies is needed besides the C library: the programs, and libraries that a machine without a compiler may lack. */
const COMPILER_PART = /^((gcc|cpp)-\d+-arm-linux-gnueabihf|binutils-arm-linux-gnueabihf|lib(binutils|isl|mpc|mpfr|gmp|zstd|jansson)[\d.]*|zlib1g)$/;
const INSTALL = ['make', 'gcc-arm-linux-gnueabihf'];

interface Manifest {
  readonly sha256: string;
  readonly probeSha256: string;
  readonly compiler: string;
  readonly packages: readonly DebianPackage[];
}

interface Failure {
  readonly error: KernelModuleError;
  readonly tools: string;
}

class BuildFailure extends Error {}

/** The module for a kernel if it has been built before. */
export function cachedKernelModule(kernelVersion: string, env: NodeJS.ProcessEnv = process.env): KernelModule | undefined {
  return readEntry(entryFolder(kernelVersion, env));
}

/** The module for a kernel, from the cache or built now. Never rejects. */
export async function kernelModule(options: KernelModuleOptions): Promise<KernelModuleResult> {
  const env = options.env ?? process.env;
  const folder = entryFolder(options.kernelVersion, env);
  const cached = readEntry(folder);
  if (cached !== undefined) return { ok: true, module: cached };
  const tools = { compiler: which(`${PREFIX}gcc`, env), make: which('make', env) };
  const before = options.retry === true ? undefined : readFailure(folder, JSON.stringify(tools));
  if (before !== undefined) return { ok: false, error: before };
  let work: string | undefined;
  let error: KernelModuleError;
  try {
    mkdirSync(folder, { recursive: true });
    // The kernel's build system refuses folders with spaces and colons in their names.
    work = mkdtempSync(/[\s:]/.test(folder) ? join(tmpdir(), 'worldswitch-module-') : join(folder, '.work-'));
    return { ok: true, module: await build(folder, work, tools, env, options) };
  } catch (caught) {
    const kind = caught instanceof FetchFailure ? caught.kind : caught instanceof BuildFailure ? 'build' : 'cache';
    const message = kind === 'cache' ? `cannot write to ${folder}: ${reason(caught)}` : reason(caught);
    error = { kind, message, packages: tools.compiler === undefined || tools.make === undefined ? INSTALL : [] };
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
  try {
    writeFileSync(join(folder, FAILURE), `${JSON.stringify({ error, tools: JSON.stringify(tools) } satisfies Failure)}\n`);
  } catch {
    // It will be tried again next time.
  }
  return { ok: false, error };
}

/** What the initial RAM disk holds besides busybox and init: the smc command, the module where there is one, and the kernel's own modules that a disk needs. */
export function linuxExtras(module?: KernelModule, drivers: readonly KernelDriver[] = []): CpioEntry[] {
  return [
    { kind: 'file', path: 'bin/smc', mode: 0o755, bytes: readPackageFile('guest/linux/smc') },
    ...(module === undefined && drivers.length === 0 ? [] : [{ kind: 'directory', path: 'lib', mode: 0o755 }] satisfies CpioEntry[]),
    ...(module === undefined ? [] : [
      { kind: 'file', path: `lib/${MODULE}`, mode: 0o644, bytes: module.bytes },
      { kind: 'file', path: `lib/${PROBE}`, mode: 0o644, bytes: module.probe },
    ] satisfies CpioEntry[]),
    ...(drivers.length === 0 ? [] : driverEntries(drivers)),
  ];
}

interface Built { readonly bytes: Buffer; readonly probe: Buffer; readonly compiler: string }

interface Tools { readonly compiler: string | undefined; readonly make: string | undefined }

async function build(folder: string, work: string, tools: Tools, env: NodeJS.ProcessEnv, options: KernelModuleOptions): Promise<KernelModule> {
  const progress = options.onProgress ?? ((): void => undefined);
  const delayMs = options.retryDelayMs ?? 1000;
  progress({ phase: 'index' });
  const guest = aptState(join(work, 'guest'), 'armhf', env);
  const host = aptState(join(work, 'host'), hostArchitecture(), env);
  // Each index takes seconds: both at once. (libc6 is in every one.)
  const [headers] = await Promise.all([lookUpFresh(guest, `linux-headers-${options.kernelVersion}`, delayMs), lookUpFresh(host, 'libc6', delayMs)]);
  const common = await lookUp(guest, dependency(headers, /^linux-headers-.*-common$/, 'common headers'));
  const kbuild = await lookUp(host, dependency(headers, /^linux-kbuild-/, 'build system'));
  const wanted: { apt: Apt; record: PackageRecord }[] = [{ apt: guest, record: headers }, { apt: guest, record: common }, { apt: host, record: kbuild }];
  let compiler = tools.compiler;
  if (compiler === undefined) {
    const version = /^linux-compiler-gcc-(\d+)-/.exec(headers.depends.find((name) => name.startsWith('linux-compiler-gcc-')) ?? '')?.[1];
    if (version === undefined) throw new FetchFailure('not-found', `${headers.name} ${headers.version} names no compiler`);
    compiler = `${PREFIX}gcc-${version}`;
    for (const record of await closure(host, `gcc-${version}-arm-linux-gnueabihf`)) wanted.push({ apt: host, record });
  }
  if (tools.make === undefined) wanted.push({ apt: host, record: await lookUp(host, 'make') });

  const root = join(work, 'root');
  mkdirSync(root);
  const total = wanted.reduce((sum, { record }) => sum + record.size, 0);
  const report = (): void => progress({ phase: 'download', bytes: Math.min(total, folderSize(join(guest.folder, 'downloads')) + folderSize(join(host.folder, 'downloads'))), total });
  report();
  const timer = setInterval(report, PROGRESS_INTERVAL_MS);
  const debs: string[] = [];
  try {
    for (const { apt, record } of wanted) debs.push(await download(apt, record, delayMs));
  } finally {
    clearInterval(timer);
  }
  progress({ phase: 'unpack' });
  for (const [i, deb] of debs.entries()) {
    const run = await runTool('dpkg-deb', ['-x', deb, root], { cwd: work, env });
    refuseMissing(run, 'dpkg-deb');
    if (run.status !== 0) throw new FetchFailure('corrupt', `cannot unpack ${wanted[i]!.record.name}: ${complaint(run)}`);
  }

  progress({ phase: 'build' });
  const built = await compile(work, root, headers.name, common.name, compiler, env);
  for (const bytes of [built.bytes, built.probe]) if (!bytes.includes(`vermagic=${options.kernelVersion} `)) throw new BuildFailure(`the module that was built is not for ${options.kernelVersion}`);
  return store(folder, built, { sha256: sha256(built.bytes), probeSha256: sha256(built.probe), compiler: built.compiler, packages: wanted.map(({ record: { name, version, sha256 } }) => ({ name, version, sha256 })) });
}

async function compile(work: string, root: string, headers: string, common: string, compiler: string, env: NodeJS.ProcessEnv): Promise<Built> {
  const source = join(work, 'module');
  mkdirSync(source);
  for (const name of SOURCES) writeFileSync(join(source, name), readPackageFile(`guest/linux/${name}`));
  const usrSrc = join(root, 'usr/src');
  const makefile = join(usrSrc, headers, 'Makefile');
  const text = existsSync(makefile) ? readFileSync(makefile, 'utf8') : '';
  if (!text.includes(`/usr/src/${common}/`)) throw new FetchFailure('corrupt', `the Makefile of ${headers} does not include that of ${common}`);
  writeFileSync(makefile, text.replaceAll(`/usr/src/${common}/`, `${join(usrSrc, common)}/`));

  const libraries = ['usr/lib', 'lib'].flatMap((path) => {
    const folder = join(root, path);
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(folder, name)) : [];
  });
  // A person's settings for make and for the kernel's build are not for this build.
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !/^(MAKE|MFLAGS|KBUILD|KCFLAGS|KCPPFLAGS|KAFLAGS|ARCH$|CROSS_COMPILE|CC$|LD$|O$|V$|W$|GCC_|C_INCLUDE|CPATH|COMPILER_PATH|LIBRARY_PATH)/.test(name)));
  const buildEnv = { ...clean, PATH: `${join(root, 'usr/bin')}${delimiter}${env.PATH ?? ''}`, LD_LIBRARY_PATH: [...libraries, ...(env.LD_LIBRARY_PATH ?? '').split(delimiter)].filter((path) => path !== '').join(delimiter) };
  const version = await runTool(compiler, ['--version'], { cwd: work, env: buildEnv });
  if (version.status !== 0) throw new BuildFailure(`the compiler ${compiler} does not run: ${version.missing ? 'it is not in its packages' : complaint(version)}`);
  const run = await runTool('make', ['-C', join(usrSrc, headers), 'ARCH=arm', `CROSS_COMPILE=${PREFIX}`, `CC=${compiler}`, 'KCFLAGS=-g0', `M=${source}`, 'modules'], { cwd: work, env: buildEnv });
  const [module, probe] = [join(source, MODULE), join(source, PROBE)];
  if (run.status !== 0 || !existsSync(module) || !existsSync(probe)) {
    const line = run.stderr.split('\n').find((candidate) => /\berror\b|not found|No such file/i.test(candidate))?.trim();
    throw new BuildFailure(`the kernel module does not build: ${(line ?? complaint(run)).replaceAll(`${work}/`, '')}`);
  }
  return { bytes: readFileSync(module), probe: readFileSync(probe), compiler: version.stdout.split('\n')[0]!.trim() };
}

function aptState(folder: string, architecture: string, env: NodeJS.ProcessEnv): Apt {
  mkdirSync(folder);
  return prepareApt(folder, architecture, env);
}

function dependency(record: PackageRecord, pattern: RegExp, what: string): string {
  const name = record.depends.find((candidate) => pattern.test(candidate));
  if (name === undefined) throw new FetchFailure('not-found', `${record.name} ${record.version} depends on no ${what}`);
  return name;
}

/** A package of the compiler with what it depends on, as far as COMPILER_PART goes. */
async function closure(apt: Apt, name: string): Promise<PackageRecord[]> {
  const records = new Map<string, PackageRecord>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (records.has(next)) continue;
    const record = await lookUp(apt, next);
    records.set(next, record);
    open.push(...record.depends.filter((candidate) => COMPILER_PART.test(candidate)));
  }
  return [...records.values()];
}

/** Debian's name of this machine's architecture. */
function hostArchitecture(): string {
  const own = arch();
  const name = { x64: 'amd64', arm64: 'arm64', arm: 'armhf', ia32: 'i386', ppc64: 'ppc64el', s390x: 's390x', riscv64: 'riscv64' }[own as string];
  if (name === undefined) throw new FetchFailure('not-found', `Debian has no kernel build system for ${own}`);
  return name;
}

function which(tool: string, env: NodeJS.ProcessEnv): string | undefined {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, tool);
    try {
      accessSync(path, constants.X_OK);
      if (folder !== '' && statSync(path).isFile()) return path;
    } catch {
      // not here
    }
  }
  return undefined;
}

/** Where the module for a kernel is kept. The name holds all that it depends on, but for the compiler. */
function entryFolder(kernelVersion: string, env: NodeJS.ProcessEnv): string {
  const sources = SOURCES.map((name) => sha256(readPackageFile(`guest/linux/${name}`))).join();
  return join(cacheFolder(env), 'modules', `${kernelVersion}-${sha256(Buffer.from(sources)).slice(0, 16)}`);
}

function store(folder: string, { bytes, probe }: Built, manifest: Manifest): KernelModule {
  const place = (name: string, content: Buffer | string): void => {
    writeFileSync(join(folder, `.${name}-${process.pid}`), content);
    renameSync(join(folder, `.${name}-${process.pid}`), join(folder, name));
  };
  place(MODULE, bytes);
  place(PROBE, probe);
  place(MANIFEST, `${JSON.stringify(manifest, undefined, 2)}\n`);
  rmSync(join(folder, FAILURE), { force: true });
  const module = readEntry(folder);
  if (module === undefined) throw new FetchFailure('cache', `the cache entry ${folder} cannot be read back`);
  return module;
}

function readEntry(folder: string): KernelModule | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;
    const path = join(folder, MODULE);
    const bytes = readFileSync(path);
    const probe = readFileSync(join(folder, PROBE));
    if (sha256(bytes) !== manifest.sha256 || sha256(probe) !== manifest.probeSha256 || typeof manifest.compiler !== 'string' || !Array.isArray(manifest.packages)) return undefined;
    return { path, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), sha256: manifest.sha256, probe: new Uint8Array(probe.buffer, probe.byteOffset, probe.length), compiler: manifest.compiler, packages: manifest.packages };
  } catch {
    return undefined;
  }
}

/** The error of a failed attempt, if it is recent and the same tools are installed. */
function readFailure(folder: string, tools: string): KernelModuleError | undefined {
  try {
    const path = join(folder, FAILURE);
    if (Date.now() - statSync(path).mtimeMs > FAILURE_AGE_MS) return undefined;
    const failure = JSON.parse(readFileSync(path, 'utf8')) as Failure;
    return failure.tools === tools ? failure.error : undefined;
  } catch {
    return undefined;
  }
}
