/**
 * Modules of Debian's kernel that a guest with a disk needs: ext4 and what it stands on. They come from the kernel's own package, are kept in the user's cache by kernel
 * version, and are fetched again where the package that brought the kernel is no longer at hand.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CpioEntry } from '../normal/index.ts';
import { prepareApt } from './apt.ts';
import { cacheFolder, download, FetchFailure, lookUpFresh, pickFiles, reason, sha256, type DebianError } from './debian.ts';

export interface KernelDriver {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type KernelDriversResult = { readonly ok: true; readonly drivers: readonly KernelDriver[] } | { readonly ok: false; readonly error: DebianError };

export interface KernelDriversOptions {
  /** As in the kernel package's name: `6.1.0-50-armmp`. */
  readonly kernelVersion: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Between attempts; default 1000. */
  readonly retryDelayMs?: number;
}

/** In the order in which they are loaded. */
const DRIVERS = ['crc16', 'crc32c_generic', 'mbcache', 'jbd2', 'ext4'] as const;
const MANIFEST = 'manifest.json';
const ARCHITECTURE = 'armhf';

type Manifest = Readonly<Record<string, string>>;

/** The modules from the cache, or fetched now. Never rejects. */
export async function kernelDrivers({ kernelVersion, env = process.env, retryDelayMs = 1000 }: KernelDriversOptions): Promise<KernelDriversResult> {
  const cached = readEntry(entryFolder(kernelVersion, env));
  if (cached !== undefined) return { ok: true, drivers: cached };
  let work: string | undefined;
  try {
    mkdirSync(cacheFolder(env), { recursive: true });
    work = mkdtempSync(join(cacheFolder(env), '.fetch-'));
    const apt = prepareApt(work, ARCHITECTURE, env);
    const record = await lookUpFresh(apt, `linux-image-${kernelVersion}`, retryDelayMs);
    await storeDrivers(kernelVersion, await download(apt, record, retryDelayMs), env, work);
    const drivers = readEntry(entryFolder(kernelVersion, env));
    if (drivers === undefined) throw new FetchFailure('cache', `the cache entry ${entryFolder(kernelVersion, env)} cannot be read back`);
    return { ok: true, drivers };
  } catch (error) {
    if (error instanceof FetchFailure) return { ok: false, error: { kind: error.kind, message: error.message } };
    return { ok: false, error: { kind: 'cache', message: `cannot write to ${cacheFolder(env)}: ${reason(error)}` } };
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
}

/** Takes the modules out of a kernel's package. Those that a kernel has built in are not there, and not missed. */
export async function storeDrivers(kernelVersion: string, deb: string, env: NodeJS.ProcessEnv, work: string): Promise<void> {
  const nameOf = (path: string): string | undefined => DRIVERS.find((name) => path.includes('lib/modules/') && path.endsWith(`/${name}.ko`));
  const files = new Map<string, Buffer>();
  await pickFiles(deb, `linux-image-${kernelVersion}`, env, work, (path) => nameOf(path) !== undefined, (path, bytes) => { files.set(nameOf(path)!, bytes); });
  const prepared = mkdtempSync(join(work, 'drivers-'));
  for (const [name, bytes] of files) writeFileSync(join(prepared, `${name}.ko`), bytes);
  const manifest: Manifest = Object.fromEntries([...files].map(([name, bytes]) => [name, sha256(bytes)]));
  writeFileSync(join(prepared, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const folder = entryFolder(kernelVersion, env);
  mkdirSync(join(folder, '..'), { recursive: true });
  if (existsSync(folder)) renameSync(folder, join(work, 'replaced-drivers'));
  try {
    renameSync(prepared, folder);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  }
}

/** What the initial RAM disk holds of them; init loads what it finds there, in the order of the names. */
export function driverEntries(drivers: readonly KernelDriver[]): CpioEntry[] {
  return [
    { kind: 'directory', path: 'lib/drivers', mode: 0o755 },
    ...drivers.map(({ name, bytes }, i): CpioEntry => ({ kind: 'file', path: `lib/drivers/${i}-${name}.ko`, mode: 0o644, bytes })),
  ];
}

function entryFolder(kernelVersion: string, env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), 'drivers', kernelVersion);
}

function readEntry(folder: string): KernelDriver[] | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;
    return DRIVERS.filter((name) => manifest[name] !== undefined).map((name) => {
      const bytes = readFileSync(join(folder, `${name}.ko`));
      if (sha256(bytes) !== manifest[name]) throw new Error(`${name} is damaged`);
      return { name, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) };
    });
  } catch {
    return undefined;
  }
}
