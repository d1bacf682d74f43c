/**
 * The product's own ARM code, assembled when the package is built: the secure world's image, and the embedded guest for each place where it can stand. Assembling takes longer
 * than the rest of a start.
 *
 * `src` and `guest` stay the only truth: what is kept bears a digest of all that it was made from (the sources, and the compiler's record of every floor below the command line), and
 * where that differs, or nothing is kept, the sources are assembled as ever. JSON, so that a page can load it as well.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { packagePath, readPackageFile } from '../host/index.ts';
import { buildMini, MINI_SOURCES, type MiniImage } from '../normal/mini.ts';
import { buildImage, type SecureImage, type SecureSources } from '../secure/image.ts';

const fileOf = (name: string): string => packagePath(`dist/assembled/${name}.json`);
const miniName = (ramBase: number): string => `mini-${ramBase.toString(16)}`;
const FLOORS = ['wasm', 'registers', 'isa', 'cpu', 'soc', 'normal', 'secure'] as const;
const SECURE_SOURCES = ['src/secure/kernel/entry.s', 'src/secure/monitor/vector.s'] as const;
/** RAM of the normal world beside the secure one, of the bare board, and of the two VMs of the scenario `two`. */
const MINI_BASES = [0x80000000, 0x70000000, 0xb0000000, 0x78000000] as const;

const text = (path: string): string => Buffer.from(readPackageFile(path)).toString('utf8');

/** Texts of the secure world's ARM code. */
export function secureTexts(): SecureSources {
  const [entry, vector] = SECURE_SOURCES;
  return { entry: text(entry), vector: text(vector) };
}

/** Assembles the embedded guest for RAM at `ramBase`. Throws where its sources do not assemble: they are a part of the product. */
export function assembleMini(ramBase: number): MiniImage {
  const built = buildMini(Object.fromEntries(MINI_SOURCES.map((name) => [name, text(`guest/mini/${name}`)])), ramBase);
  if (!built.ok) throw new Error(built.errors.map(({ file, line, message }) => `guest/mini/${file}:${line}: ${message}`).join('\n'));
  return built.image;
}

/** Of everything that the images are made from; undefined where the compiler's records are not there. */
function digest(): string | undefined {
  const hash = createHash('sha256');
  try {
    for (const floor of FLOORS) hash.update(readFileSync(packagePath(`dist/.tsbuildinfo/${floor}`))).update('\n');
  } catch {
    return undefined;
  }
  for (const path of [...SECURE_SOURCES, ...MINI_SOURCES.map((name) => `guest/mini/${name}`)]) hash.update(`${path}\n`).update(readPackageFile(path));
  return hash.digest('hex');
}

/** What was kept under a name when the package was built; undefined where nothing was, where it is of other sources, or where this is not the built program. */
function kept(name: string): unknown {
  const path = fileOf(name);
  if (!import.meta.url.endsWith('.js') || !existsSync(path)) return undefined;
  const { digest: of, image } = fromText(readFileSync(path, 'utf8')) as { readonly digest: string; readonly image: unknown };
  return of === digest() ? image : undefined;
}

/** The secure world's ARM code, assembled already where that was kept. */
export function secureSources(): SecureSources {
  const image = kept('secure') as SecureImage | undefined;
  return { ...secureTexts(), ...(image === undefined ? {} : { image }) };
}

/** The embedded guest's image for RAM at `ramBase`. */
export function miniImage(ramBase: number): MiniImage {
  return (kept(miniName(ramBase)) as MiniImage | undefined) ?? assembleMini(ramBase);
}

/** Assembles everything and keeps it: a step of the build. */
export function keepAssembledImages(): void {
  const key = digest();
  if (key === undefined) throw new Error('dist/.tsbuildinfo is not complete: npm run build');
  const keep = (name: string, image: object): void => {
    mkdirSync(dirname(fileOf(name)), { recursive: true });
    // Whole or not at all: other runs may be reading.
    const file = `${fileOf(name)}.${process.pid}`;
    writeFileSync(file, toText({ digest: key, image }));
    renameSync(file, fileOf(name));
  };
  keep('secure', buildImage(secureTexts()));
  for (const base of MINI_BASES) keep(miniName(base), assembleMini(base));
}

/** JSON with bytes and maps. */
export function toText(value: object): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return { base64: Buffer.from(part).toString('base64') };
    return part instanceof Map ? { map: [...part as Map<unknown, unknown>] } : part;
  });
}

export function fromText(json: string): unknown {
  return JSON.parse(json, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null) return part;
    const { base64, map } = part as { readonly base64?: unknown; readonly map?: unknown };
    if (typeof base64 === 'string') return new Uint8Array(Buffer.from(base64, 'base64'));
    return Array.isArray(map) ? new Map(map as [unknown, unknown][]) : part;
  });
}
