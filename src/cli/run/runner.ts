/**
 * Runs a machine by a plan, from its first instruction to an ending: slices of `Machine.run`, console in and out, pace, and the signs that the guest has ended.
 *
 * It blocks: in a program with a terminal it belongs into a thread of its own (worker.ts).
 */
import { STATE } from '../../cpu/index.ts';
import { filesBelow, residentBytes } from '../../host/index.ts';
import { RunFilter } from '../../normal/index.ts';
import type { Scenario } from '../../secure/scenario.ts';
import { Machine, ROM_SIZE, Semihosting, type SemihostExit } from '../../soc/index.ts';
import { ConsoleWatch } from './console-watch.ts';
import { DeathWatch, placeOf } from './death.ts';
import { GuestInput, type ByteSource } from './guest-input.ts';
import type { OutputStream, RunEnding, RunPlan, RunReport, SemihostingPlan } from './plan.ts';
import { RunProfiler } from './profile.ts';
import { SecureWorld, type HandlerWatch } from './secure-world.ts';

export interface RunnerPorts {
  /** Takes output; the bytes are the callee's. */
  output(stream: OutputStream, bytes: Uint8Array): void;
  log(line: string): void;
  readonly input: ByteSource;
  /** Waits until there is input to take (or the input has ended), or until milliseconds have passed. */
  waitForInput(milliseconds?: number): void;
  /** The guest could take input from now on. Called once. */
  wantsInput(): void;
  /** Bytes of input were taken. */
  inputTaken(): void;
  /** Told of handlers of a scenario; left out where nobody watches. */
  readonly watch?: HandlerWatch;
}

const NO_WATCH: HandlerWatch = { name: () => 0, enter: () => 0, leave: () => undefined };
/** A name of the secure world's speakers in its log, in columns. */
const WHO_WIDTH = 10;
/** A guest that has read all of a pipe waits so long (virtual seconds) before its run ends. */
const INPUT_END_S = 0.2;

/** Instructions between two looks at the outside world: a compromise between latency and overhead, the same in every run. */
const SLICE = 2_000_000;
const SLICE_PACED = 1_000_000;
const SLICE_EVALUATE = 400_000;
const SLICE_INPUT = 100_000;
const SLICE_IDLE = 10_000_000;
const OUTPUT_CHUNK = 8192;
/** After its panic line, Linux prints its report; a kernel that never closes it ends so much later (virtual seconds) with a silent console. */
const PANIC_REPORT_S = 10;
/** Virtual time may fall so far behind the wall's before the difference is forgotten. */
const LAG_MS = 50;

export class Runner {
  readonly machine: Machine;
  /** Without the images. */
  readonly #plan: Pick<RunPlan, 'tier' | 'census' | 'profile' | 'limit' | 'paced' | 'input' | 'endsWithInput'>;
  readonly #ports: RunnerPorts;
  readonly #deaths: DeathWatch;
  readonly #console: ConsoleWatch;
  readonly #filter: RunFilter | undefined;
  readonly #input: GuestInput;
  readonly #semihosting: Semihosting | undefined;
  readonly #secure: SecureWorld | undefined;
  #ending: RunEnding | undefined;
  #inputWanted = false;
  /** Output that waits to be given out, all of one stream. */
  #stream: OutputStream = 'stdout';
  readonly #bytes = new Uint8Array(OUTPUT_CHUNK);
  #length = 0;
  #lastByteAt = 0;
  /** Virtual time at which the guest first waited for more of an ended pipe. */
  #inputEndAt: number | undefined;

  /** Throws RefusedInput where the plan's images cannot be used. */
  constructor(plan: RunPlan, ports: RunnerPorts, scenario?: Scenario) {
    const { loads, registers, secure, ...kept } = plan;
    this.#plan = kept;
    this.#ports = ports;
    this.machine = new Machine({
      tier: plan.tier, census: plan.census === true,
      ...(plan.aborts === undefined ? {} : { aborts: plan.aborts }),
      onTransmit: (uart, byte, secure) => { this.#transmitted(uart, byte, secure); },
      onReceiveReady: (uart) => { if (uart === 1 && this.#mayFeed) this.#input.feed(false); },
      log: (line) => { ports.log(line); },
    });
    const { core, chip } = this.machine;
    this.#console = new ConsoleWatch(plan.until === undefined ? undefined : new RegExp(plan.until), plan.guest === 'linux', secure === undefined);
    this.#deaths = new DeathWatch({
      core, emptyVectors: plan.emptyVectors, noCode: { base: 0, size: ROM_SIZE },
      onDead: () => { this.machine.stop(); },
    });
    this.#input = new GuestInput(chip.uarts[0], ports.input, plan);
    if (plan.run) {
      this.#filter = new RunFilter({
        log: (bytes) => { this.#emit('stderr', bytes); },
        output: (bytes) => { this.#emit('stdout', bytes); },
        status: (status) => { this.#end({ kind: 'exit', status }); },
      });
    }
    if (plan.semihosting !== undefined) this.#semihosting = this.#semihost(plan.semihosting);
    if (plan.handover) this.machine.applyHandover();
    for (const { address, bytes } of loads) {
      if (!this.machine.loadBytes(address, bytes)) throw new RangeError(`nothing can be loaded at 0x${address.toString(16)}`);
    }
    if (secure !== undefined) {
      this.#secure = new SecureWorld({
        machine: this.machine, plan: secure, scenario, watch: ports.watch ?? NO_WATCH,
        log: (who, line) => { this.#emit('secure', new TextEncoder().encode(`${who.padEnd(WHO_WIDTH)} ${line}\n`)); },
      });
      return;
    }
    const { i32 } = this.machine.memory;
    for (const [number, value] of Object.entries(registers)) i32[STATE.r + Number(number)] = value;
    i32[STATE.thumb] = i32[STATE.r + 15]! & 1;
    i32[STATE.r + 15] = i32[STATE.r + 15]! & ~1;
  }

  #semihost(plan: SemihostingPlan): Semihosting {
    const { input } = this.#ports;
    const semihosting = new Semihosting({
      core: this.machine.core, files: filesBelow(plan.folder), commandLine: plan.commandLine, heap: plan.heap,
      frequencyHz: this.machine.events.frequencyHz, startSeconds: plan.startSeconds,
      console: {
        read: (target) => {
          this.#flush();
          this.#wantInput();
          while (input.peekByte() === undefined && !input.ended) this.#ports.waitForInput();
          let count = 0;
          for (let byte = input.peekByte(); byte !== undefined && count < target.length; byte = input.peekByte()) {
            target[count++] = byte;
            input.takeByte();
          }
          this.#ports.inputTaken();
          return count;
        },
        write: (stream, bytes) => {
          for (const byte of bytes) this.#put(stream, byte);
          if (stream === 'stdout') for (const byte of bytes) this.#watch(byte);
        },
        isTerminal: (stream) => plan.terminals[stream],
      },
      onExit: (exit) => { this.#end(semihostEnding(exit)); },
      log: (line) => { this.#ports.log(line); },
    });
    semihosting.attach();
    return semihosting;
  }

  /** Runs to the end. */
  run(): RunReport {
    const { machine } = this;
    const profiler = this.#plan.profile === true ? new RunProfiler(machine) : undefined;
    const started = performance.now();
    let paceFrom = started;
    let paceCount = 0;
    let fed = 0;
    let idle = false;
    for (;;) {
      const mayFeed = this.#mayFeed;
      if (mayFeed) {
        if (this.#input.ready) this.#wantInput();
        this.#input.feed(idle);
        this.#input.feedEnd(idle, machine.stats.seconds);
        this.#ports.inputTaken();
      }
      const before = machine.stats;
      const countBefore = machine.core.count;
      const left = (this.#plan.limit ?? Infinity) - before.instructions;
      if (left <= 0) this.#end({ kind: 'limit' });
      if (this.#ending !== undefined) break;
      const waiting = machine.memory.i32[STATE.waiting] !== 0;
      profiler?.begin();
      const end = (this.#secure?.system ?? machine).run(Math.min(left, mayFeed && this.#input.busy ? SLICE_INPUT : waiting ? SLICE_IDLE : profiler?.slice ?? this.#slice));
      profiler?.end();
      this.#flush();
      const after = machine.stats;
      idle = machine.core.count - countBefore > after.instructions - before.instructions || end === 'idle';
      if (end === 'reset') this.#end(this.#console.panic === undefined ? { kind: 'reset', running: this.#filter?.phase === 'command' } : { kind: 'panic', line: this.#console.panic });
      else {
        const ended = this.#secure?.ending(this.#filter?.phase === 'command');
        if (ended !== undefined) this.#end(ended);
        else this.#lookForDeath(end === 'idle');
      }
      this.#lookForInputEnd(idle, after.seconds);
      if (this.#console.panic !== undefined && after.seconds - this.#lastByteAt > PANIC_REPORT_S) this.#end({ kind: 'panic', line: this.#console.panic });
      if (this.#ending !== undefined) break;
      if (end === 'idle' && !this.#input.busy) this.#ports.waitForInput();
      if (!this.#plan.paced) continue;

      // Until the first key, the time that the boot took may be caught up with by waiting less; afterwards seconds are seconds.
      const virtualMs = (machine.core.count - paceCount) / machine.events.frequencyHz * 1000;
      const ahead = virtualMs - (performance.now() - paceFrom);
      if (this.#input.fed !== fed || (fed > 0 && ahead < -LAG_MS)) {
        fed = this.#input.fed;
        paceFrom = performance.now();
        paceCount = machine.core.count;
      } else if (ahead > 1 && idle) {
        this.#ports.waitForInput(ahead);
      }
    }
    if (this.#filter !== undefined) this.#filter.flush();
    this.#flush();
    this.#semihosting?.close();
    return {
      ending: this.#ending, place: placeOf(machine.core), stats: machine.stats, census: machine.census, wallSeconds: (performance.now() - started) / 1000,
      exits: machine.exits, ...(profiler === undefined ? {} : { profile: profiler.finish() }),
      ...(this.#plan.census === true ? { memory: this.#memory() } : {}),
      ...(this.#secure === undefined ? {} : { secure: this.#secure.figures }),
    };
  }

  #memory(): NonNullable<RunReport['memory']> {
    const { modules, bytes } = this.machine.generated;
    return { touched: this.machine.touchedBytes(), resident: residentBytes(), modules, generated: bytes };
  }

  get #slice(): number {
    return this.#plan.tier === 'evaluate' ? SLICE_EVALUATE : this.#plan.paced ? SLICE_PACED : SLICE;
  }

  /** Whether console input is the UART's now: not while semihosting reads it, and for a command only while it runs. */
  get #mayFeed(): boolean {
    return this.#plan.input !== 'none' && this.#semihosting === undefined && (this.#filter === undefined || this.#filter.phase === 'command');
  }

  #wantInput(): void {
    if (this.#inputWanted) return;
    this.#inputWanted = true;
    this.#ports.wantsInput();
  }

  /** The first ending counts. */
  #end(ending: RunEnding): void {
    this.#ending ??= ending;
    this.machine.stop();
  }

  #lookForInputEnd(idle: boolean, now: number): void {
    if (this.#plan.endsWithInput !== true || !this.#inputWanted || !this.#ports.input.ended || !idle) {
      this.#inputEndAt = undefined;
    } else {
      this.#inputEndAt ??= now;
      if (now - this.#inputEndAt > INPUT_END_S) this.#end({ kind: 'input-end' });
    }
  }

  #lookForDeath(idle: boolean): void {
    if (this.#ending !== undefined) return;
    const { events } = this.machine;
    const inputPossible = this.#mayFeed && this.#input.ready && !this.#ports.input.ended;
    const why = this.#deaths.why ?? (idle && !inputPossible ? 'it waits for an interrupt (WFI), and none can come: no timer is set'
      : this.#deaths.look(inputPossible || events.nextDeadline !== Infinity))
      ?? (this.#secure === undefined || inputPossible || this.machine.chip.tzic.anyNonSecureEnabled ? undefined : this.#deaths.lookForWait(events.frequencyHz));
    if (why === undefined) return;
    const { exception } = this.#deaths;
    this.#end(this.#console.panic !== undefined ? { kind: 'panic', line: this.#console.panic } : { kind: 'dead', why, ...(exception === undefined ? {} : { exception }) });
  }

  // ---- output

  #transmitted(uart: number, byte: number, secure: boolean): void {
    if (uart !== 1 || (secure && this.#secure !== undefined)) {
      this.#put(uart === 1 ? 'uart1s' : uart === 2 ? 'uart2' : 'uart3', byte);
      return;
    }
    if (this.#ending !== undefined) return;
    this.#lastByteAt = this.machine.core.count / this.machine.events.frequencyHz;
    if (this.#filter !== undefined) this.#filter.push(Uint8Array.of(byte));
    else this.#put('stdout', byte);
    this.#watch(byte);
  }

  #watch(byte: number): void {
    const event = this.#console.push(byte);
    if (event === undefined) return;
    if (event.kind === 'until') this.#end({ kind: 'until' });
    else if (event.kind === 'panic') this.#end({ kind: 'panic', line: event.line });
    else this.#end({ kind: event.kind === 'restart' ? 'reset' : 'power-off', running: this.#filter?.phase === 'command' });
  }

  #emit(stream: OutputStream, bytes: Uint8Array): void {
    for (const byte of bytes) this.#put(stream, byte);
  }

  #put(stream: OutputStream, byte: number): void {
    if (this.#length > 0 && (stream !== this.#stream || this.#length === OUTPUT_CHUNK)) this.#flush();
    this.#stream = stream;
    this.#bytes[this.#length++] = byte;
  }

  #flush(): void {
    if (this.#length === 0) return;
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    this.#ports.output(this.#stream, bytes);
  }
}

function semihostEnding({ reason, status }: SemihostExit): RunEnding {
  return reason === 0x20026 ? { kind: 'exit', status } : { kind: 'semihosting-stop', reason };
}
