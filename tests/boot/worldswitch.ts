/** Runs the `worldswitch` command as a user would, and says whether Debian's kernel can be had. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { debianGuest, type DebianGuest } from '../../src/host/index.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../bin/worldswitch.js', import.meta.url));
/** Several times what a boot takes. */
const TIMEOUT_MS = 240_000;

export interface Run {
  /** 'timeout' where it had to be killed. */
  readonly status: number | 'timeout';
  readonly stdout: string;
  readonly stderr: string;
}

export function worldswitch(args: readonly string[], input?: string, env?: NodeJS.ProcessEnv): Promise<Run> {
  return run(process.execPath, [COMMAND, ...args], input, env);
}

/** Runs a program in the checkout; without input its stdin is empty. */
export function run(file: string, args: readonly string[], input = '', env: NodeJS.ProcessEnv = process.env): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: ROOT, stdio: 'pipe', detached: true, env });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { out.stderr += text; });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      // The whole group: npm does not pass a signal on to what it started.
      process.kill(-child.pid!, 'SIGKILL');
    }, TIMEOUT_MS);
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status: late ? 'timeout' : status ?? 1, ...out });
    });
  });
}

/** In CI nothing may be left out for want of a tool or a network. */
export const REQUIRED = process.env.CI === 'true' || process.env.WORLDSWITCH_REQUIRE_TOOLS === '1';

export type Availability = { readonly guest: DebianGuest; readonly skip: false } | { readonly guest: undefined; readonly skip: string | false };

/** Debian's kernel, from the cache or fetched. Where it cannot be had, `skip` says why; in CI nothing is skipped, and the tests fail for want of it. */
export async function debian(): Promise<Availability> {
  const result = await debianGuest();
  if (result.ok) return { guest: result.guest, skip: false };
  if (REQUIRED) throw new Error(`Debian's kernel cannot be had: ${result.error.message}`);
  return { guest: undefined, skip: `Debian's kernel cannot be had: ${result.error.message}` };
}
