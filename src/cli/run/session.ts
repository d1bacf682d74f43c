/**
 * The host's side of a run: starts the machine's thread, feeds it the console's input, writes out what it says, and ends with its report.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { HostConsole, LinePrefixer, type ConsoleInput } from '../../host/index.ts';
import type { FromMachine, OutputStream, RunPlan, RunReport } from './plan.ts';
import { Shared } from './shared.ts';

export type SessionEnd =
  | { readonly kind: 'report'; readonly report: RunReport; readonly log: readonly string[] }
  /** The user left (Ctrl-a x), or nobody reads stdout any more. */
  | { readonly kind: 'left' }
  /** The machine itself failed: a fault of this program. */
  | { readonly kind: 'broken'; readonly error: Error };

export interface SessionOptions {
  readonly plan: RunPlan;
  /** Tell what the machine says of itself at once. */
  readonly verbose: boolean;
}

/** Whether standard input gives the guest a terminal, a pipe (or a file), or nothing. */
export function inputKind(raw: boolean): RunPlan['input'] {
  return raw && process.stdin.isTTY === true ? 'terminal' : 'pipe';
}

export function runSession({ plan, verbose }: SessionOptions): Promise<SessionEnd> {
  const shared = new Shared();
  const file = new URL('./worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(file))) throw new Error('the built program is needed (npm run build)');
  const worker = new Worker(file, { workerData: { plan, buffer: shared.buffer } });
  const lines: Readonly<Record<'uart2' | 'uart3', LinePrefixer>> = { uart2: prefixer('UART2'), uart3: prefixer('UART3') };
  const machineLog = prefixer('machine');
  const log: string[] = [];

  return new Promise((resolve) => {
    let console: HostConsole | undefined;
    let done = false;
    const finish = (end: SessionEnd): void => {
      if (done) return;
      done = true;
      console?.close();
      process.stdout.off('error', onBroken);
      lines.uart2.flush();
      lines.uart3.flush();
      void worker.terminate().then(() => { resolve(end); });
    };
    const onBroken = (error: NodeJS.ErrnoException): void => {
      finish(error.code === 'EPIPE' ? { kind: 'left' } : { kind: 'broken', error });
    };
    process.stdout.on('error', onBroken);

    let held: number | undefined;
    const pump = (): void => {
      if (console === undefined || done) return;
      let byte = held ?? console.next();
      held = undefined;
      while (byte !== undefined) {
        if (!shared.putByte(byte)) {
          held = byte;
          break;
        }
        byte = console.next();
      }
      shared.wake();
      if (held === undefined && console.ended) shared.endInput();
    };
    const attach = (): void => {
      if (console !== undefined || done || plan.input === 'none') return;
      console = new HostConsole({
        ...(plan.input === 'pipe' ? { input: withoutTerminal() } : {}),
        onLeave: () => { finish({ kind: 'left' }); },
        onMonitor: (line) => monitor(line, () => { finish({ kind: 'left' }); }),
        // Told from inside of `next`, too, before its last byte is in the ring.
        onEnd: () => { queueMicrotask(pump); },
      });
      console.onData = pump;
      pump();
    };
    // A terminal's keys are ours from the start: Ctrl-a x must work at once. Anything else is left alone until the guest asks for it.
    if (plan.input === 'terminal') attach();

    const write = (stream: OutputStream, bytes: Uint8Array): void => {
      const written = (): void => { shared.wrote(bytes.length); };
      if (stream === 'stdout') process.stdout.write(bytes, written);
      else if (stream === 'stderr') process.stderr.write(bytes, written);
      else {
        lines[stream].push(bytes);
        written();
      }
    };
    worker.on('message', (message: FromMachine) => {
      if (done) return;
      switch (message.type) {
        case 'output': write(message.stream, message.bytes); break;
        case 'log':
          log.push(message.line);
          if (verbose) machineLog.push(`${message.line}\n`);
          break;
        case 'wants-input': attach(); break;
        case 'room': pump(); break;
        case 'end': finish({ kind: 'report', report: message.report, log }); break;
      }
    });
    worker.on('error', (error) => { finish({ kind: 'broken', error: error instanceof Error ? error : new Error(String(error)) }); });
    worker.on('exit', () => { finish({ kind: 'broken', error: new Error('the machine\'s thread ended without a report') }); });
  });
}

function prefixer(name: string): LinePrefixer {
  return new LinePrefixer(`${name} │ `, (text) => { process.stderr.write(text); });
}

/** Standard input without raw mode: a terminal keeps its line editing. */
function withoutTerminal(): ConsoleInput {
  const { stdin } = process;
  return {
    on: (event: 'data' | 'end' | 'error', listener: (chunk: Buffer) => void) => stdin.on(event, listener),
    off: (event: 'data' | 'end' | 'error', listener: (chunk: Buffer) => void) => stdin.off(event, listener),
    pause: () => stdin.pause(),
    resume: () => stdin.resume(),
    unref: () => (stdin as { unref?(): unknown }).unref?.(),
  };
}

function monitor(line: string, leave: () => void): string {
  switch (line.trim()) {
    case '': return '';
    case 'quit': case 'q': leave(); return '';
    case 'help': return 'quit    end the run';
    default: return `no such command: ${line.trim()} (help lists them)`;
  }
}
