/** Tells how a run ended, in prose or as JSON, and gives its exit status. */
import { writeUserFile } from '../../host/index.ts';
import { fstatusText } from './fault-status.ts';
import type { Cause, CensusLine } from '../../soc/index.ts';
import { profileText, type SymbolOf } from './profile-text.ts';
import type { RefusedImage, RunEnding, RunReport, SecureFigures } from './plan.ts';
import type { SessionEnd } from './session.ts';
import { STATUS_FAILED, STATUS_LIMIT, UsageError } from '../errors.ts';
import { hex } from '../values.ts';

export interface ReportOptions {
  readonly json: boolean;
  readonly stats: boolean;
  /** The tier that was asked for. */
  readonly tier: string;
  readonly untilGiven: boolean;
  readonly runGiven: boolean;
  /** What the user calls one of the plan's inputs. */
  readonly nameOf?: (image: RefusedImage) => string;
  /** Whether semihosting calls were answered; left out where nobody would make one. */
  readonly semihosting?: boolean;
  /** Where the profile goes, if the run made one, and who names its addresses. */
  readonly profile?: { readonly file: string; readonly symbolOf: SymbolOf };
  /** Name of the place of an address, `main+0x12`; undefined where nothing is known. */
  readonly symbolAt?: (address: number) => string | undefined;
}

/** Writes the report to stderr; the result is the process's exit status. Throws UsageError where one of the inputs could not be used. */
export function report(end: SessionEnd, options: ReportOptions): number {
  if (end.kind === 'broken') {
    const message = `internal error: ${end.error.message}`;
    if (options.json) json({ status: STATUS_FAILED, ending: 'internal-error', message });
    else process.stderr.write(`worldswitch: ${message}\n${end.error.stack ?? ''}\n`);
    return STATUS_FAILED;
  }
  if (end.kind === 'left') {
    if (options.json) json({ status: 0, ending: 'left' });
    else if (process.stderr.isTTY === true) process.stderr.write('\n'); // the guest's line is not ended
    return 0;
  }
  if (end.kind === 'refused') throw new UsageError(end.image === 'scenario' ? end.error : `${options.nameOf?.(end.image) ?? end.image}: ${end.error}`);
  if (end.kind === 'stuck') {
    const message = `${end.what} has not returned for ${end.seconds} s: it never lets anything else run, so the run is ended`;
    if (options.json) json({ status: STATUS_FAILED, ending: 'stuck', message });
    else process.stderr.write(`worldswitch: ${message}\n`);
    return STATUS_FAILED;
  }
  const { ending, stats, census } = end.report;
  if (options.profile !== undefined && end.report.profile !== undefined) {
    const written = writeUserFile(options.profile.file, profileText(end.report, end.report.profile, options.tier, options.profile.symbolOf));
    if (!written.ok) throw new UsageError(written.error);
  }
  const { status, message } = outcome(end.report, options);
  const { exits } = end.report;
  const figures = {
    instructions: stats.instructions,
    evaluate: stats.evaluated,
    threaded: stats.instructions - stats.evaluated - stats.inRegions,
    region: stats.inRegions,
    virtualSeconds: stats.seconds,
    wallSeconds: end.report.wallSeconds,
    mips: stats.instructions / end.report.wallSeconds / 1e6,
  };
  if (options.json) {
    json({
      status, ending: ending.kind, ...(message === undefined ? {} : { message }),
      ...(ending.kind === 'dead' ? { place: end.report.place, ...(ending.exception === undefined ? {} : { exception: ending.exception }) } : {}),
      ...figures, mips: Number(figures.mips.toFixed(1)), engineExits: exits, ...(options.stats ? { evaluated: census, memory: end.report.memory } : {}), ...(end.report.secure ?? {}),
    });
    return status;
  }
  if (message !== undefined) process.stderr.write(`worldswitch: ${message}\n`);
  if (ending.kind === 'dead') for (const line of end.log.slice(-3)) process.stderr.write(`worldswitch: before that: ${line}\n`);
  if (options.stats) {
    const count = (value: number): string => value.toLocaleString('en-US');
    const share = (value: number): string => `${(stats.instructions === 0 ? 0 : value / stats.instructions * 100).toFixed(2)} %`;
    process.stderr.write([
      `instructions  ${count(figures.instructions)}  (${figures.region === 0 ? '' : `region ${count(figures.region)}, ${share(figures.region)}; `}threaded ${count(figures.threaded)}, ${share(figures.threaded)}; evaluate ${count(figures.evaluate)}, ${share(figures.evaluate)})`,
      ...censusLines(census, count, share),
      `virtual time  ${figures.virtualSeconds.toFixed(6)} s`,
      `wall time     ${figures.wallSeconds.toFixed(3)} s`,
      `speed         ${figures.mips.toFixed(1)} MIPS`,
      `back in TypeScript  ${count(exits.evaluated)} for an evaluated instruction, ${count(exits.jump)} for a jump, ${count(exits.budget)} at the end of a budget, ${count(exits.exceptionReturn)} for an exception return, ${count(exits.hot)} for hot code`,
      ...(end.report.memory === undefined ? [] : memoryLines(end.report.memory, count)),
      ...(end.report.secure === undefined ? [] : secureLines(end.report.secure, count)),
      '',
    ].join('\n'));
  }
  return status;
}

/** Causes that the figures tell by name; the others are summed. */
const CENSUS_LINES = 8;

function censusLines(census: readonly CensusLine[], count: (value: number) => string, share: (value: number) => string): string[] {
  const told = census.slice(0, CENSUS_LINES);
  const rest = census.slice(CENSUS_LINES).reduce((sum, line) => sum + line.count, 0);
  return [
    ...told.map((line) => `  evaluate    ${count(line.count)}, ${share(line.count)}: ${CAUSE_TEXT[line.cause]}${line.instruction}`),
    ...(rest === 0 ? [] : [`  evaluate    ${count(rest)}, ${share(rest)}: others`]),
  ];
}

const CAUSE_TEXT: { readonly [K in Cause]: string } = {
  'instruction': '', 'big-endian': 'big-endian data, ', 'given up': 'given up by generated code: ', 'fetch': 'not fetched from plain memory: ', 'budget': 'end of a slice: ',
  'exception': 'first of a handler: ',
};

function memoryLines({ touched, resident, modules, generated }: NonNullable<RunReport['memory']>, count: (value: number) => string): string[] {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  return [`memory        guest RAM touched ${megabytes(touched)}, resident ${megabytes(resident)}, generated code ${count(modules)} modules, ${count(generated)} bytes`];
}

function secureLines({ worldSwitches, exits, smcs, unknownSmcs }: SecureFigures, count: (value: number) => string): string[] {
  const name = (key: string, text: string): string => `  ${key.padEnd(12)}${text.padEnd(24)}`;
  return [
    `world switches  ${count(worldSwitches)} into the secure world, and back`,
    `exits         SMC ${count(exits.smc)}, secure interrupt ${count(exits.fiq)}, refused access ${count(exits.abort)}`,
    ...(smcs.length + unknownSmcs === 0 ? [] : ['SMCs']),
    ...smcs.map((row) => `${name(row.key, row.name)}${row.level.padEnd(9)}${count(row.calls)}${row.refusals === 0 ? '' : ` (${count(row.refusals)} refused)`}`),
    ...(unknownSmcs === 0 ? [] : [`${name('', 'unknown')}${'vmm'.padEnd(9)}${count(unknownSmcs)}`]),
  ];
}

function json(value: object): void {
  process.stderr.write(`${JSON.stringify(value)}\n`);
}

interface Outcome { readonly status: number; readonly message?: string | undefined }

function outcome(run: RunReport, options: ReportOptions): Outcome {
  const { ending } = run;
  // What was waited for did not come: the guest's own end is not a success then.
  const missed = options.untilGiven ? ', and the console had not printed what --until waits for' : options.runGiven ? ', before the command of --run had ended' : undefined;
  const ended = (what: string, running: boolean): Outcome => (missed === undefined || running
    ? { status: 0, message: what } : { status: STATUS_FAILED, message: `${what}${missed}` });
  switch (ending.kind) {
    case 'exit':
      return options.untilGiven && ending.status === 0 ? { status: STATUS_FAILED, message: `the guest ended${missed!}` } : { status: ending.status & 0xff };
    case 'semihosting-stop': return { status: STATUS_FAILED, message: `the program stopped with semihosting reason 0x${ending.reason.toString(16)}${reasonName(ending.reason)}` };
    case 'until': return { status: 0 };
    case 'limit': return { status: STATUS_LIMIT, message: `stopped after ${run.stats.instructions.toLocaleString('en-US')} instructions (--limit) at ${place(run, options)}` };
    case 'reset': return ended('the guest restarted the board', ending.running && !options.untilGiven);
    case 'power-off': return ended('the guest powered off', ending.running && !options.untilGiven);
    case 'input-end': return ended('the console\'s input has ended', false);
    case 'halted': return ending.status === 0 ? ended(ending.reason, ending.running && !options.untilGiven)
      : { status: ending.status & 0xff, message: `the secure world stopped: ${ending.reason}` };
    case 'vm-stopped': return { status: STATUS_FAILED, message: `the normal world stands still: ${ending.why}` };
    case 'panic': return { status: STATUS_FAILED, message: `the guest's kernel panicked: ${ending.line.replace(/^Kernel panic - not syncing:? ?/, '')}` };
    case 'dead': return { status: STATUS_FAILED, message: `the guest is dead: ${death(run, ending, options)}` };
  }
}

function reasonName(reason: number): string {
  const names: Readonly<Record<number, string>> = {
    0x20020: 'undefined instruction', 0x20021: 'software interrupt', 0x20022: 'prefetch abort', 0x20023: 'run-time error', 0x20024: 'breakpoint',
  };
  const name = names[reason];
  return name === undefined ? '' : ` (${name})`;
}

function at(address: number, options: ReportOptions): string {
  const symbol = options.symbolAt?.(address);
  return symbol === undefined ? hex(address) : `${hex(address)} ${symbol}`;
}

function place({ place: { pc, mode, world, thumb } }: RunReport, options: ReportOptions): string {
  return `PC ${at(pc, options)} (${world} ${mode}, ${thumb ? 'T32' : 'A32'})`;
}

function death(run: RunReport, ending: RunEnding & { kind: 'dead' }, options: ReportOptions): string {
  const { exception } = ending;
  if (exception === undefined) return `${ending.why}; ${place(run, options)}`;
  const details = exception.status === undefined ? ''
    : ` (${exception.kind === 'data-abort' ? 'DFSR' : 'IFSR'} ${hex(exception.status)}: ${fstatusText(exception.status)}; ${exception.kind === 'data-abort' ? 'DFAR' : 'IFAR'} ${hex(exception.address!)})`;
  return `${exceptionName(exception.kind)} at ${at(exception.pc, options)}${details}, and ${ending.why}; now at ${place(run, options)}${exception.kind === 'svc' && options.semihosting === false ? ' (if it was a semihosting call: add --semihosting)' : ''}`;
}

function exceptionName(kind: string): string {
  const names: Readonly<Record<string, string>> = { undefined: 'undefined instruction', svc: 'SVC', smc: 'SMC', irq: 'IRQ', fiq: 'FIQ', 'data-abort': 'data abort', 'prefetch-abort': 'prefetch abort' };
  return names[kind] ?? kind;
}
