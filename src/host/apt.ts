/**
 * Debian's package client with a private state: packages of another architecture are looked up and downloaded, nothing is installed, no root is needed,
 * and the system's own package lists stay untouched. The sources and the keys that sign them are the system's.
 *
 * Source: apt.conf(5), apt-get(8), apt-cache(8), deb-control(5).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

export interface ToolRun {
  /** The exit status; undefined where the tool does not exist or was killed. */
  readonly status: number | undefined;
  readonly missing: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool to its end. With `onOutput` the output goes there and not into `stdout`. Never rejects. */
export function runTool(tool: string, args: readonly string[], options: {
  readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly onOutput?: (chunk: Buffer) => void;
}): Promise<ToolRun> {
  return new Promise((resolve) => {
    const child = spawn(tool, args, { cwd: options.cwd, env: { ...options.env, LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let missing = false;
    let problem = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (options.onOutput === undefined) stdout.push(chunk);
      else {
        try {
          options.onOutput(chunk);
        } catch (error) {
          problem = error instanceof Error ? error.message : String(error);
          child.kill();
        }
      }
    });
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (error: NodeJS.ErrnoException) => {
      missing = error.code === 'ENOENT';
      problem = error.message;
    });
    child.on('close', (status) => resolve({
      status: problem === '' && status !== null && status >= 0 ? status : undefined,
      missing,
      stdout: Buffer.concat(stdout).toString('utf8'),
      stderr: problem === '' ? Buffer.concat(stderr).toString('utf8') : problem,
    }));
  });
}

/** A private state of the package client below `folder`. */
export interface Apt {
  readonly folder: string;
  /** Whose packages it knows. */
  readonly architecture: string;
  readonly config: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Prepares the state: folders and a configuration file, which is read after the system's own. */
export function prepareApt(folder: string, architecture: string, env: NodeJS.ProcessEnv): Apt {
  for (const path of ['state/lists/partial', 'cache/archives/partial', 'downloads']) mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, 'state/status'), '');
  const quoted = (path: string): string => JSON.stringify(join(folder, path));
  // Index targets beyond the package lists, and the system's hooks around an update, are cleared: they serve the system's own lists. The
  // parsed lists are kept, also where the system's settings (those of container images) say that they are not.
  writeFileSync(join(folder, 'apt.conf'), `
#clear APT::Architectures;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb-src;
#clear Acquire::IndexTargets::deb::Translations;
#clear Acquire::IndexTargets::deb::Contents-deb;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
#clear Acquire::IndexTargets::deb::DEP-11-icons-large;
#clear Acquire::IndexTargets::deb::CNF;
APT::Architecture "${architecture}";
APT::Architectures { "${architecture}"; };
APT::Sandbox::User "${userInfo().username}";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Dir::State ${quoted('state')};
Dir::State::lists ${quoted('state/lists')};
Dir::State::status ${quoted('state/status')};
Dir::Cache ${quoted('cache')};
Dir::Cache::archives ${quoted('cache/archives')};
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
`);
  return { folder, architecture, config: join(folder, 'apt.conf'), env };
}

/** `apt-get update` into the private state. */
export function updateIndex(apt: Apt): Promise<ToolRun> {
  return runTool('apt-get', ['-q', '-c', apt.config, 'update'], { cwd: apt.folder, env: apt.env });
}

/** A package as the index describes it. `size` is that of the .deb, in bytes. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly size: number;
  /** Names of the packages it depends on; of alternatives the first. */
  readonly depends: readonly string[];
}

/** Looks a package up, the version that would be installed; undefined where the index has none, or no SHA-256 for it. */
export async function showPackage(apt: Apt, name: string): Promise<PackageRecord | undefined> {
  const run = await runTool('apt-cache', ['-q', '-c', apt.config, '--no-all-versions', 'show', name], { cwd: apt.folder, env: apt.env });
  if (run.status !== 0) return undefined;
  const stanza = run.stdout.split(/\n\s*\n/)[0] ?? '';
  const field = (label: string): string => new RegExp(`^${label}: *(.*)$`, 'm').exec(stanza)?.[1]?.trim() ?? '';
  const sha256 = field('SHA256').toLowerCase();
  if (field('Package') !== name || field('Version') === '' || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  return {
    name, version: field('Version'), sha256, size: Number(field('Size')) || 0,
    depends: field('Depends').split(',').map((item) => /^[a-z0-9][a-z0-9+.-]*/.exec(item.trim())?.[0] ?? '').filter((item) => item !== ''),
  };
}

/** `apt-get download` into the `downloads` folder of the private state. */
export function downloadPackage(apt: Apt, { name, version }: PackageRecord): Promise<ToolRun> {
  return runTool('apt-get', ['-q', '-c', apt.config, 'download', `${name}=${version}`], { cwd: join(apt.folder, 'downloads'), env: apt.env });
}

/** The first line of a tool's complaint, without its `E: ` or `W: `. */
export function complaint(run: ToolRun): string {
  const lines = run.stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const line = lines.find((candidate) => candidate.startsWith('E: ')) ?? lines.find((candidate) => candidate.startsWith('W: ')) ?? lines[0];
  return (line ?? `status ${run.status ?? 'unknown'}`).replace(/^[EW]: /, '').replace(/\s+/g, ' ');
}
