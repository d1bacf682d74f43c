/**
 * Monitor routines: assembly text that is registered by name when a system is built and runs in monitor mode (or in the kernel's), because what it does cannot be
 * done elsewhere: the banked copies of CP15 registers that SCR.NS selects. A component reaches one through its VM session, as a kernel call; an SMC of level `monitor` is answered by one
 * straight from the vector, without the kernel.
 *
 * A routine gets its arguments in r0-r3, keeps sp (the state of the VM, in monitor mode), returns by `bx lr` with its result in r0, and leaves SCR as it found it; other
 * registers are its own to use. It runs on the emulated CPU, instruction by instruction, with interrupts masked. One that faults, switches the MMU off, leaves secure
 * state or does not return halts the kernel with a report.
 *
 * Either way it starts with SCR.NS = 0. One that answers an SMC gets r1 to r4 of the caller in r0 to r3, and finds VFP as the normal world left it: it must not use it.
 */
import { type Core, CPSR_A, CPSR_F, CPSR_I, MODE_SVC, STATE } from '../../cpu/index.ts';
import { allRows, createAssembler, type LineEntry } from '../../isa/index.ts';
import { layoutSymbols, MONITOR_COUNT, PHYSICAL, VIRTUAL } from '../layout.ts';
import { SCR_VM } from './contexts.ts';
import { KernelHalt, mmuIsOff, mmuOffReport } from './mmu-off.ts';
import type { KernelCall } from './smc-level.ts';

export interface MonitorRoutine {
  readonly name: string;
  /** Names of the arguments, at most four. */
  readonly args: readonly string[];
  /** A32, as GNU as takes it; the symbols of src/secure/layout.ts are known. */
  readonly code: string;
  /** Default: monitor mode. */
  readonly mode?: 'monitor' | 'svc';
}

/** An SMC that is answered in monitor mode: its number in r0, and the name of the routine. */
export interface MonitorSmcEntry { readonly number: number; readonly routine: string }

/** The way of an SMC through the page, at its front: from the vector, on to smc_saved where nothing here answers it. */
function smcPath(smcs: readonly MonitorSmcEntry[], symbolOfRoutine: (name: string) => string): string[] {
  if (smcs.length === 0) return [];
  return [
    'monitor_smc: stmia sp, {r0-r14}^', 'str lr, [sp, #VM_IP]',
    ...smcs.flatMap(({ number }, i) => [`ldr r12, =0x${(number >>> 0).toString(16)}`, 'cmp r0, r12', `beq monitor_smc_${i}`]),
    'b SMC_SAVED',
    ...smcs.flatMap(({ routine }, i) => [
      `monitor_smc_${i}: bl monitor_smc_enter`, 'ldmib sp, {r0-r3}', `bl ${symbolOfRoutine(routine)}`, `ldr r4, =${VIRTUAL.monitorCounts + i * MONITOR_COUNT.bytes}`, 'b monitor_smc_leave',
    ]),
    // Secure, and abort and undefined mode with a frame of the kernel's, should the routine fault: theirs is the normal world's stack.
    'monitor_smc_enter: mrs r4, spsr', 'str r4, [sp, #VM_CPSR]', 'mov r5, #0', 'mcr p15, 0, r5, c1, c1, 0', 'isb', 'mov r4, sp', 'ldr r5, =KERNEL_FRAME',
    'cps #27', 'str sp, [r4, #VM_UND_SP]', 'mov sp, r5', 'cps #23', 'str sp, [r4, #VM_ABT_SP]', 'mov sp, r5', 'cps #22', 'bx lr',
    'monitor_smc_leave: ldr r5, [r4]', 'add r5, r5, #1', 'str r5, [r4]', 'ldm sp, {r5-r12}', 'stmib r4, {r5-r12}', 'str r0, [r4, #MONITOR_COUNT_RESULT]', 'str r0, [sp, #VM_R0]',
    'mov r5, #0', 'mcr p15, 0, r5, c1, c1, 0', 'isb', 'mov r4, sp', 'cps #27', 'ldr sp, [r4, #VM_UND_SP]', 'cps #23', 'ldr sp, [r4, #VM_ABT_SP]', 'cps #22',
    `mov r5, #${SCR_VM}`, 'mcr p15, 0, r5, c1, c1, 0', 'isb', 'ldr r5, [sp, #VM_CPSR]', 'msr spsr_cxsf, r5', 'ldr lr, [sp, #VM_IP]', 'ldmia sp, {r0-r14}^', 'movs pc, lr',
    '.ltorg',
  ];
}

export interface RoutinePage { readonly pa: number; readonly va: number; readonly bytes: Uint8Array; readonly symbols: ReadonlyMap<string, number>; readonly lines: readonly LineEntry[] }

/** Instructions after which a routine is given up. */
const LONGEST = 1_000_000;
const PAGE = 4096;
const symbolOf = (i: number): string => `monitor_routine_${i}`;

/**
 * The page of all routines, with the way into and out of their mode in front; with SMCs, theirs comes first. `smcSaved`: where the vector goes on with an SMC. Throws with the assembler's
 * message.
 */
export function assembleRoutines(routines: readonly MonitorRoutine[], smcs: readonly MonitorSmcEntry[] = [], smcSaved = 0): RoutinePage {
  for (const { name, args } of routines) if (args.length > 4) throw new RangeError(`routine ${name} has ${args.length} arguments; there are registers for 4`);
  const symbolOfRoutine = (name: string): string => {
    const i = routines.findIndex((routine) => routine.name === name);
    if (i < 0) throw new TypeError(`no routine ${name} is registered for an SMC of level monitor`);
    if (routines[i]!.mode === 'svc') throw new TypeError(`routine ${name} runs in the kernel's mode: it cannot answer an SMC in monitor mode`);
    return symbolOf(i);
  };
  const text = [
    '.syntax unified', '.arm', ...smcPath(smcs, symbolOfRoutine),
    'enter_monitor: cps #22', 'blx r12', 'cps #19', 'back_from_monitor: b back_from_monitor',
    'enter_svc: blx r12', 'back_from_svc: b back_from_svc',
  ];
  const starts: number[] = [];
  for (const [i, { code }] of routines.entries()) {
    text.push('.align 2', `${symbolOf(i)}:`);
    starts.push(text.length + 1);
    text.push(...code.split('\n'), '.ltorg');
  }
  const result = createAssembler(allRows).assemble(text.join('\n'), { file: 'routines', origin: VIRTUAL.routines, symbols: { ...layoutSymbols(), SMC_SAVED: smcSaved } });
  if (!result.ok) {
    throw new TypeError(result.errors.map(({ line, message }) => {
      const i = starts.findLastIndex((start) => start <= line);
      return `routine ${routines[i]?.name ?? ''}, line ${line - (starts[i] ?? 1) + 1}: ${message}`;
    })[0]);
  }
  const bytes = result.sections[0]?.bytes ?? new Uint8Array(0);
  if (bytes.length > PAGE) throw new RangeError(`the routines have ${bytes.length} bytes of code, more than their page`);
  return { pa: PHYSICAL.routines, va: VIRTUAL.routines, bytes, symbols: new Map([...result.symbols].map(([name, { value }]) => [name, value])), lines: result.lines };
}

export interface RoutinePorts {
  readonly core: Core;
  /** Executes one instruction, apart from the one whose gate is being passed. */
  readonly step: () => void;
  readonly halted: () => boolean;
  /** Ends the system with a report. */
  readonly halt: (lines: readonly string[]) => void;
  readonly describe: (pa: number) => string | undefined;
}

/** The routines as kernel calls. */
export function routineCalls(routines: readonly MonitorRoutine[], page: RoutinePage, ports: RoutinePorts): KernelCall[] {
  return routines.map((routine, i) => ({
    name: routine.name, args: routine.args, charge: 20,
    handle: (_context, args) => run(routine, page, symbolOf(i), args, ports),
  }));
}

function run({ name, mode = 'monitor' }: MonitorRoutine, { symbols }: RoutinePage, symbol: string, args: readonly number[], { core, step, halted, halt, describe }: RoutinePorts): number {
  const s = core.memory.i32;
  const cpsr = core.cpsr;
  const saved = s.slice(STATE.r, STATE.r + 16);
  const back = symbols.get(`back_from_${mode}`)! | 0;
  const end = core.count + LONGEST;
  const die = (lines: readonly string[]): never => {
    halt(lines);
    throw new KernelHalt(lines[0]);
  };

  core.cpsr = MODE_SVC | CPSR_A | CPSR_I | CPSR_F;
  for (let i = 0; i < 4; i++) s[STATE.r + i] = args[i] ?? 0;
  s[STATE.r + 12] = symbols.get(symbol)! | 0;
  s[STATE.r + 15] = symbols.get(`enter_${mode}`)! | 0;
  while (s[STATE.r + 15] !== back || s[STATE.mode] !== MODE_SVC) {
    step();
    const pc = s[STATE.r + 15]!;
    if (halted()) throw new KernelHalt(`routine ${name} did not survive`);
    if (!core.isSecure()) die([`routine ${name} left monitor mode with SCR.NS = 1: the CPU is in the normal world now, at the secure world's address 0x${(pc >>> 0).toString(16)}`]);
    if (mmuIsOff(core)) die(mmuOffReport(core, pc, s[STATE.mode] === MODE_SVC ? 'svc' : 'monitor', describe));
    if (core.count > end) die([`routine ${name} has not returned after ${LONGEST} instructions, at 0x${(pc >>> 0).toString(16)}`]);
  }
  const result = s[STATE.r]! >>> 0;
  s.set(saved, STATE.r);
  core.cpsr = cpsr;
  return result;
}
