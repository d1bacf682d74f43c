/**
 * Debian's own armhf kernel, its device tree for the i.MX53 Quick Start Board, and a static busybox: fetched on first use, kept in the user's cache.
 *
 * What apt verifies by signature (the index), and the index by SHA-256 (the package), is verified again here for the package; the three files are kept with
 * their own SHA-256, so that a damaged cache is noticed and fetched again. A cache entry appears by one rename, whole or not at all.
 *
 * Source: the XDG base directory specification (cache); facts about the packages from Debian's archive: `linux-image-armmp` depends on the current kernel,
 * which brings `boot/vmlinuz-*` and its device trees in a folder that changes between releases.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { complaint, downloadPackage, prepareApt, runTool, showPackage, updateIndex } from './apt.ts';
import type { Apt, PackageRecord, ToolRun } from './apt.ts';
import { storeDrivers } from './kernel-drivers.ts';
import { TarPicker } from './tar.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Of the .deb, lower-case hexadecimal. */
  readonly sha256: string;
}

export interface DebianFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

export interface DebianGuest {
  /** As in the package's name: `6.1.0-50-armmp`. */
  readonly kernelVersion: string;
  readonly folder: string;
  readonly packages: readonly DebianPackage[];
  readonly vmlinuz: DebianFile;
  readonly dtb: DebianFile;
  readonly busybox: DebianFile;
}

export interface DebianProgress {
  readonly phase: 'index' | 'download' | 'unpack';
  /** Of the packages, while they come in. */
  readonly bytes?: number;
  readonly total?: number;
}

export interface DebianOptions {
  /** Default: process.env. HOME, XDG_CACHE_HOME and PATH count. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: (progress: DebianProgress) => void;
  /** Ask Debian for its current kernel even where the cache has one. */
  readonly refresh?: boolean;
  /** Between attempts; default 1000. */
  readonly retryDelayMs?: number;
}

/** `kind`: a tool is missing; nothing could be fetched; the index lacks the package; a package is not what it should be; the cache cannot be written. */
export interface DebianError {
  readonly kind: 'tool' | 'network' | 'not-found' | 'corrupt' | 'cache';
  /** One line. */
  readonly message: string;
}

export type DebianResult = { readonly ok: true; readonly guest: DebianGuest } | { readonly ok: false; readonly error: DebianError };

const ARCHITECTURE = 'armhf';
const META_PACKAGE = 'linux-image-armmp';
const BUSYBOX_PACKAGE = 'busybox-static';
const ATTEMPTS = 3;
const PROGRESS_INTERVAL_MS = 250;
const MANIFEST = 'manifest.json';

/** The files of a cache entry and where they are in the packages, by path. */
const FILES = {
  'vmlinuz': /^boot\/vmlinuz-[^/]*$/,
  'imx53-qsb.dtb': /(^|\/)imx53-qsb\.dtb$/,
  'busybox': /^(usr\/)?bin\/busybox$/,
} as const;
type FileName = keyof typeof FILES;
const FILE_NAMES = Object.keys(FILES) as FileName[];

interface Manifest {
  readonly kernelVersion: string;
  readonly packages: readonly DebianPackage[];
  readonly sha256: Readonly<Record<FileName, string>>;
}

/** Carries a DebianError to `debianGuest` or `kernelModule`, its only catchers. */
export class FetchFailure extends Error {
  readonly kind: DebianError['kind'];
  constructor(kind: DebianError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** `${XDG_CACHE_HOME:-~/.cache}/worldswitch`; a relative XDG_CACHE_HOME counts as unset, as the specification says. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const named = env.XDG_CACHE_HOME;
  return join(named !== undefined && named.startsWith('/') ? named : join(env.HOME ?? homedir(), '.cache'), 'worldswitch');
}

/** The newest whole entry of the cache, or undefined. Reads and checks about 7 MB. */
export function cachedDebianGuest(env: NodeJS.ProcessEnv = process.env): DebianGuest | undefined {
  const cache = cacheFolder(env);
  let names: string[];
  try {
    names = readdirSync(cache);
  } catch {
    return undefined;
  }
  const entries = names
    .filter((name) => !name.startsWith('.') && existsSync(join(cache, name, MANIFEST)))
    .map((name) => ({ folder: join(cache, name), time: statSync(join(cache, name, MANIFEST)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { folder } of entries) {
    const guest = readEntry(folder);
    if (guest !== undefined) return guest;
  }
  return undefined;
}

/** The cached guest, or Debian's current one, fetched with apt-get. Never rejects. */
export async function debianGuest(options: DebianOptions = {}): Promise<DebianResult> {
  const env = options.env ?? process.env;
  if (options.refresh !== true) {
    const cached = cachedDebianGuest(env);
    if (cached !== undefined) return { ok: true, guest: cached };
  }
  const cache = cacheFolder(env);
  let work: string;
  try {
    mkdirSync(cache, { recursive: true });
    work = mkdtempSync(join(cache, '.fetch-'));
  } catch (error) {
    return { ok: false, error: { kind: 'cache', message: `cannot write to the cache ${cache}: ${reason(error)}` } };
  }
  try {
    return { ok: true, guest: await fetchGuest(cache, work, env, options) };
  } catch (error) {
    if (error instanceof FetchFailure) return { ok: false, error: { kind: error.kind, message: error.message } };
    return { ok: false, error: { kind: 'cache', message: `cannot write to the cache ${cache}: ${reason(error)}` } };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function fetchGuest(cache: string, work: string, env: NodeJS.ProcessEnv, options: DebianOptions): Promise<DebianGuest> {
  const progress = options.onProgress ?? ((): void => undefined);
  const delayMs = options.retryDelayMs ?? 1000;
  const apt = prepareApt(work, ARCHITECTURE, env);
  progress({ phase: 'index' });
  const meta = await lookUpFresh(apt, META_PACKAGE, delayMs);
  const kernelName = meta.depends.find((name) => /^linux-image-\d.*-armmp$/.test(name));
  if (kernelName === undefined) throw new FetchFailure('not-found', `${META_PACKAGE} ${meta.version} depends on no kernel package`);
  const records = [await lookUp(apt, kernelName), await lookUp(apt, BUSYBOX_PACKAGE)];

  const total = records.reduce((sum, record) => sum + record.size, 0);
  const downloads = join(work, 'downloads');
  const report = (): void => progress({ phase: 'download', bytes: Math.min(total, folderSize(downloads)), total });
  report();
  const timer = setInterval(report, PROGRESS_INTERVAL_MS);
  const debs: string[] = [];
  try {
    for (const record of records) debs.push(await download(apt, record, delayMs));
  } finally {
    clearInterval(timer);
  }

  progress({ phase: 'unpack' });
  const files = new Map<FileName, Buffer>();
  for (const [i, deb] of debs.entries()) await unpack(deb, records[i]!.name, env, work, files);
  const missing = FILE_NAMES.find((name) => !files.has(name));
  if (missing !== undefined) throw new FetchFailure('corrupt', `no ${missing} in the packages ${records.map(({ name, version }) => `${name} ${version}`).join(', ')}`);
  const kernelVersion = kernelName.slice('linux-image-'.length);
  // The package is here: its file systems come along for when they are asked for.
  await storeDrivers(kernelVersion, debs[0]!, env, work);
  return store(cache, work, {
    kernelVersion,
    packages: records.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
    sha256: Object.fromEntries(FILE_NAMES.map((name) => [name, sha256(files.get(name)!)])) as Record<FileName, string>,
  }, files);
}

/** Fetches the index until it knows the package. apt-get update may fail for a source that does not matter here, so the look-up decides. */
export async function lookUpFresh(apt: Apt, name: string, delayMs: number): Promise<PackageRecord> {
  for (let attempt = 1; ; attempt++) {
    const update = await updateIndex(apt);
    refuseMissing(update, 'apt-get');
    const record = await showPackage(apt, name);
    if (record !== undefined) return record;
    const unreachable = /^(W|E|Err)[:0-9 ].*(Failed to fetch|Could not (resolve|connect)|Temporary failure|Connection (failed|timed out))|Some index files failed/im.test(update.stderr);
    if (!unreachable && update.status === 0) throw new FetchFailure('not-found', `the system's apt sources offer no ${name} for ${apt.architecture}: they must include Debian's main archive without an architecture limit`);
    if (attempt === ATTEMPTS) throw new FetchFailure('network', `apt-get could not fetch Debian's package index: ${complaint(update)}`);
    await sleep(delayMs * attempt);
  }
}

/** Looks a package up that the index must have. */
export async function lookUp(apt: Apt, name: string): Promise<PackageRecord> {
  const record = await showPackage(apt, name);
  if (record === undefined) throw new FetchFailure('not-found', `the system's apt sources offer no ${name} for ${apt.architecture}`);
  return record;
}

/** Downloads one package and checks its SHA-256 against the index; returns the .deb's path. */
export async function download(apt: Apt, record: PackageRecord, delayMs: number): Promise<string> {
  const folder = join(apt.folder, 'downloads');
  for (let attempt = 1; ; attempt++) {
    const run = await downloadPackage(apt, record);
    refuseMissing(run, 'apt-get');
    const file = readdirSync(folder).find((name) => name.startsWith(`${record.name}_`) && name.endsWith('.deb'));
    const whole = file !== undefined && sha256(readFileSync(join(folder, file))) === record.sha256;
    if (whole) return join(folder, file);
    if (file !== undefined) rmSync(join(folder, file));
    if (attempt === ATTEMPTS) {
      if (run.status === 0 && file !== undefined) throw new FetchFailure('corrupt', `${basename(file)} does not have the SHA-256 that Debian's index gives`);
      throw new FetchFailure('network', `apt-get could not download ${record.name} ${record.version}: ${complaint(run)}`);
    }
    await sleep(delayMs * attempt);
  }
}

async function unpack(deb: string, name: string, env: NodeJS.ProcessEnv, cwd: string, files: Map<FileName, Buffer>): Promise<void> {
  const nameOf = (path: string): FileName | undefined => FILE_NAMES.find((candidate) => FILES[candidate].test(path));
  await pickFiles(deb, name, env, cwd, (path) => nameOf(path) !== undefined, (path, bytes) => { files.set(nameOf(path)!, bytes); });
}

/** Gives the files of a package whose paths are wanted. */
export async function pickFiles(deb: string, name: string, env: NodeJS.ProcessEnv, cwd: string, wanted: (path: string) => boolean, take: (path: string, bytes: Buffer) => void): Promise<void> {
  const picker = new TarPicker(wanted, take);
  const run = await runTool('dpkg-deb', ['--fsys-tarfile', deb], { cwd, env, onOutput: (chunk) => picker.push(chunk) });
  refuseMissing(run, 'dpkg-deb');
  if (run.status !== 0) throw new FetchFailure('corrupt', `cannot unpack ${name}: ${complaint(run)}`);
  try {
    picker.end();
  } catch (error) {
    throw new FetchFailure('corrupt', `cannot unpack ${name}: ${reason(error)}`);
  }
}

/** Writes the entry beside its place and renames it there. Another process may have been faster: then its entry counts if it is whole. */
function store(cache: string, work: string, manifest: Manifest, files: ReadonlyMap<FileName, Buffer>): DebianGuest {
  const prepared = join(work, 'entry');
  mkdirSync(prepared);
  for (const [name, bytes] of files) writeFileSync(join(prepared, name), bytes);
  writeFileSync(join(prepared, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const folder = join(cache, manifest.kernelVersion);
  if (existsSync(folder)) renameSync(folder, join(work, 'replaced'));
  try {
    renameSync(prepared, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
  const guest = readEntry(folder);
  if (guest === undefined) throw new FetchFailure('cache', `the cache entry ${folder} cannot be read back`);
  return guest;
}

/** Reads an entry and checks all of it; undefined where anything is missing or differs from the manifest. */
function readEntry(folder: string): DebianGuest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;
    const file = (name: FileName): DebianFile => {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      if (sha256(bytes) !== manifest.sha256[name]) throw new Error(`${path} is damaged`);
      return { path, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), sha256: manifest.sha256[name] };
    };
    if (typeof manifest.kernelVersion !== 'string' || !Array.isArray(manifest.packages)) return undefined;
    return {
      kernelVersion: manifest.kernelVersion, folder, packages: manifest.packages,
      vmlinuz: file('vmlinuz'), dtb: file('imx53-qsb.dtb'), busybox: file('busybox'),
    };
  } catch {
    return undefined;
  }
}

export function refuseMissing(run: ToolRun, tool: string): void {
  if (run.missing) throw new FetchFailure('tool', `${tool} is missing: Debian's kernel is fetched with Debian's package client; elsewhere, name a kernel of your own`);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function folderSize(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    return 0; // a file was renamed between the listing and the look at it
  }
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
