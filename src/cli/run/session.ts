/**
 * The host's side of a run: starts the machine's thread, feeds it the console's input, writes out what it says, and ends with its report.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { tuneEngine, HostConsole, LinePrefixer, SECURE_PREFIX, type ConsoleInput } from '../../host/index.ts';
import type { FromMachine, OutputStream, RefusedImage, RunPlan, RunReport } from './plan.ts';
import { Shared } from './shared.ts';
import { ownBuffers } from './transfer.ts';

export type SessionEnd =
  | { readonly kind: 'report'; readonly report: RunReport; readonly log: readonly string[] }
  /** The user left (Ctrl-a x), or nobody reads stdout any more. */
  | { readonly kind: 'left' }
  /** Something that runs in the machine's thread and has to return did not. */
  | { readonly kind: 'stuck'; readonly what: string; readonly seconds: number }
  /** One of the plan's inputs cannot be used. */
  | { readonly kind: 'refused'; readonly image: RefusedImage; readonly error: string }
  /** The machine itself failed: a fault of this program. */
  | { readonly kind: 'broken'; readonly error: Error };

export interface SessionOptions {
  readonly plan: RunPlan;
  /** Tell what the machine says of itself at once. */
  readonly verbose: boolean;
  /** Called when the machine is about to run: all inputs are good. */
  readonly onStart?: () => void;
}

/** A handler that has not returned for so long never will. */
const STUCK_S = 5;

/** V8's young generation in the machine's thread, whose steady state makes no garbage: more would only be resident. */
const YOUNG_MB = 6;

/** Whether standard input gives the guest a terminal, a pipe (or a file), or nothing. */
export function inputKind(raw: boolean): RunPlan['input'] {
  return raw && process.stdin.isTTY === true ? 'terminal' : 'pipe';
}

export function runSession({ plan, verbose, onStart }: SessionOptions): Promise<SessionEnd> {
  const shared = new Shared();
  const file = new URL('./worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(file))) throw new Error('the built program is needed (npm run build)');
  tuneEngine();
  const worker = new Worker(file, {
    workerData: { buffer: shared.buffer },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    // So that errors and listings name the lines of a scenario's own files.
    ...(plan.secure?.scenario === undefined ? {} : { execArgv: [...process.execArgv, '--enable-source-maps'] }),
  });
  // The guest's images move: this thread has no use for them any more.
  worker.postMessage(plan, [...ownBuffers(plan)]);
  /** Whether what stdout was given last is an unfinished line on the terminal that stderr shares. */
  let midLine = false;
  const terminals = process.stdout.isTTY === true && process.stderr.isTTY === true;
  const tell = (text: string): void => {
    process.stderr.write(terminals && midLine ? `\n${text}` : text);
    midLine = false;
  };
  const lines: Readonly<Record<Exclude<OutputStream, 'stdout' | 'stderr'>, LinePrefixer>> = {
    uart2: prefixer('UART2 │ '), uart3: prefixer('UART3 │ '), uart1s: new LinePrefixer(SECURE_PREFIX, tell), secure: new LinePrefixer(SECURE_PREFIX, tell),
  };
  const machineLog = prefixer('machine │ ');
  const log: string[] = [];

  return new Promise((resolve) => {
    let console: HostConsole | undefined;
    let done = false;
    const names = new Map<number, string>();
    let seen = shared.watched;
    let still = 0;
    const watch = setInterval(() => {
      const now = shared.watched;
      still = now.handler !== 0 && now.entries === seen.entries ? still + 1 : 0;
      seen = now;
      if (still === STUCK_S) finish({ kind: 'stuck', what: names.get(now.handler) ?? 'a handler', seconds: STUCK_S });
    }, 1000);
    const finish = (end: SessionEnd): void => {
      if (done) return;
      done = true;
      clearInterval(watch);
      console?.close();
      process.stdout.off('error', onBroken);
      for (const prefixed of Object.values(lines)) prefixed.flush();
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
      if (stream === 'stdout') {
        midLine = bytes.at(-1) !== 0x0a;
        process.stdout.write(bytes, written);
      } else if (stream === 'stderr') process.stderr.write(bytes, written);
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
        case 'started': onStart?.(); break;
        case 'watched': names.set(message.number, message.name); break;
        case 'refused': finish({ kind: 'refused', image: message.image, error: message.error }); break;
        case 'end': finish({ kind: 'report', report: message.report, log }); break;
      }
    });
    worker.on('error', (error) => { finish({ kind: 'broken', error: error instanceof Error ? error : new Error(String(error)) }); });
    worker.on('exit', () => { finish({ kind: 'broken', error: new Error('the machine\'s thread ended without a report') }); });
  });
}

function prefixer(prefix: string): LinePrefixer {
  return new LinePrefixer(prefix, (text) => { process.stderr.write(text); });
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
