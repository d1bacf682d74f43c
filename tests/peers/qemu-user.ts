/** The peer: the harness under `qemu-arm -cpu cortex-a8`, one process a batch. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Case, emptyState, type Outcome } from './case.ts';
import type { CodeImage } from './generate.ts';
import { BATCH, harnessDefinitions, RESULT_HEAD, STATE_WORDS, WINDOW_SIZE } from './layout.ts';

/** A batch takes well under a second; in a search for the case that does not end, less is waited for. */
const TIMEOUT_MS = 60_000;
const SEARCH_TIMEOUT_MS = 5_000;

export class Peer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'worldswitch-peer-'));
  readonly #program = join(this.#directory, 'harness');
  readonly #pristine: Int32Array;
  readonly version: string;

  constructor(pristine: Int32Array) {
    this.#pristine = pristine;
    this.version = spawnSync('qemu-arm', ['--version'], { encoding: 'utf8' }).stdout?.split('\n')[0] ?? '';
    if (this.version === '') throw new Error('qemu-arm is not installed (Debian: qemu-user)');
    const source = fileURLToPath(new URL('harness.S', import.meta.url));
    const build = spawnSync('arm-none-eabi-gcc', ['-nostdlib', '-static', '-Wl,--build-id=none', ...harnessDefinitions(), '-o', this.#program, source], { encoding: 'utf8' });
    if (build.status !== 0) throw new Error(`arm-none-eabi-gcc (Debian: gcc-arm-none-eabi): ${build.stderr ?? 'not installed'}`);
  }

  /** Runs the cases. The code image and states are copied before the call returns. A case that the peer does not survive has signal 0. */
  async run(cases: readonly Case[], image: CodeImage): Promise<Outcome[]> {
    if (cases.length > BATCH) throw new Error('more cases than a batch holds');
    const code = [image.a32.slice(), image.t32.slice()];
    const output = await this.#execute(this.#input(cases, code), TIMEOUT_MS);
    return output === undefined ? this.#search(cases, code) : decode(output, cases.length);
  }

  #input(cases: readonly Case[], code: readonly Int32Array[]): Buffer {
    const states = new Int32Array(cases.length * STATE_WORDS);
    cases.forEach((c, i) => { states.set(c.state, i * STATE_WORDS); });
    const parts = [new Int32Array([cases.length]), this.#pristine.subarray(0, WINDOW_SIZE / 4), ...code, states];
    return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
  }

  /** As `run`, by halves: something in these cases ends the peer. */
  async #search(cases: readonly Case[], code: readonly Int32Array[]): Promise<Outcome[]> {
    if (cases.length === 1) return [{ signal: 0, faultAddress: 0, state: emptyState(), changes: [], count: 0, evaluated: 0, inRegions: 0 }];
    const found: Outcome[] = [];
    const middle = cases.length >> 1;
    for (const part of [cases.slice(0, middle), cases.slice(middle)]) {
      const output = await this.#execute(this.#input(part, code), SEARCH_TIMEOUT_MS);
      found.push(...output === undefined ? await this.#search(part, code) : decode(output, part.length));
    }
    return found;
  }

  /** The peer's output, or undefined where it did not end, or ended by a signal. */
  #execute(input: Buffer, timeout: number): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      const child = spawn('qemu-arm', ['-cpu', 'cortex-a8', this.#program], { stdio: ['pipe', 'pipe', 'ignore'], timeout, killSignal: 'SIGKILL' });
      const chunks: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      child.on('error', reject);
      child.on('close', (status) => { resolve(status === 0 ? Buffer.concat(chunks) : undefined); });
      child.stdin.on('error', () => { /* the exit status tells */ });
      child.stdin.end(input);
    });
  }

  dispose(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function decode(output: Buffer, count: number): Outcome[] {
  const words = new Int32Array(output.buffer.slice(output.byteOffset, output.byteOffset + output.byteLength));
  const outcomes: Outcome[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const changed = words[at + 2]!;
    const from = at + RESULT_HEAD;
    const end = from + STATE_WORDS + changed * 2;
    if (end > words.length) throw new Error(`the peer's result ${i} is cut off`);
    outcomes.push({
      signal: words[at]!, faultAddress: words[at + 1]! >>> 0, state: words.slice(from, from + STATE_WORDS), changes: [...words.subarray(from + STATE_WORDS, end)],
      count: 0, evaluated: 0, inRegions: 0,
    });
    at = end;
  }
  return outcomes;
}
