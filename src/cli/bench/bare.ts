/** Programs without an operating system: on the bare board, in the normal world of a whole system, and on QEMU. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATE } from '../../cpu/index.ts';
import { PHYSICAL, System } from '../../secure/index.ts';
import { createSmcTable, createVmm, packBoot } from '../../secure/vmm/index.ts';
import { Machine, type MachineStats, type Tier } from '../../soc/machine.ts';
import { secureSources } from '../assembled.ts';
import type { BenchProgram } from './kernels.ts';
import { spend, type Spent, stopwatch } from './measure.ts';
import { TRAP_DEVICES } from './trap.ts';

export const OUR_RAM = 0x70000000;
export const QEMU_RAM = 0x40000000;
export const SYSTEM_RAM = PHYSICAL.normalRam + 0x8000;
const QEMU = 'qemu-system-arm';
/** The peer's board: a Cortex-A8 that comes out of reset in the secure world, with RAM where ours has some as well. */
export const QEMU_COMMAND = [QEMU, '-M', 'cubieboard', '-cpu', 'cortex-a8', '-m', '1024', '-nographic', '-monitor', 'none', '-serial', 'none', '-semihosting-config', 'enable=on,target=native'];

export interface OurSample extends Spent { readonly stats: MachineStats }

/** Whether QEMU can be run at all. */
export function hasQemu(): boolean {
  return spawnSync(QEMU, ['--version'], { stdio: 'ignore' }).status === 0;
}

function place(machine: Machine, { loads }: BenchProgram): void {
  for (const { address, bytes } of loads) {
    if (!machine.loadBytes(address, bytes)) throw new Error(`there is no RAM for the program at 0x${address.toString(16)}`);
  }
}

/** Runs a program to its semihosting exit on a new machine; only running counts. */
export function runBare(name: string, program: BenchProgram, tier: Tier): OurSample {
  const machine = new Machine({ tier });
  place(machine, program);
  machine.memory.i32[STATE.r + 15] = program.entry & ~1;
  machine.memory.i32[STATE.thumb] = program.entry & 1;
  let done = false;
  machine.core.hooks.supervisorCall = (imm, thumb) => {
    if (imm !== (thumb ? 0xab : 0x123456)) return false;
    // Whatever a program writes is left unread; what ends it is SYS_EXIT (0x18) or SYS_EXIT_EXTENDED (0x20).
    const operation = machine.memory.i32[STATE.r]!;
    if (operation !== 0x18 && operation !== 0x20) return true;
    const reason = operation === 0x18 ? machine.memory.i32[STATE.r + 1]! : 0x20026;
    if (reason !== 0x20026) throw new Error(`bench program ${name} failed: semihosting reason 0x${reason.toString(16)}`);
    done = true;
    machine.stop();
    return true;
  };
  const read = stopwatch();
  while (!done) {
    const end = machine.run(1e9);
    if (end === 'idle' || end === 'reset') throw new Error(`bench program ${name} ended with ${end}`);
  }
  return { ...read(), stats: machine.stats };
}

/** A system with the standard VMM that runs a program in its normal world. */
export function systemWith(name: string, program: BenchProgram, tier: Tier): System {
  const machine = new Machine({ tier });
  machine.applyHandover();
  const boot = packBoot({ loads: program.loads.map((load) => ({ name, ...load })), entry: program.entry, r0: 0, r1: 0, r2: 0 });
  return new System({
    machine, sources: secureSources(),
    configuration: { vms: [{ name: 'normal' }], components: [{ component: createVmm({ smcs: createSmcTable(), devices: TRAP_DEVICES, decoder: machine.evaluator.decoder }), priority: 5, sessions: { vm: 'normal', rom: true } }] },
    roms: new Map([['boot', boot]]),
  });
}

/** Runs a program there, until it switches the system off. */
export function runInSystem(name: string, program: BenchProgram, tier: Tier): OurSample {
  const system = systemWith(name, program, tier);
  const read = stopwatch();
  while (system.run(1e9) === 'budget') { /* goes on */ }
  const spent = read();
  if (system.halted?.status !== 0) throw new Error(`bench program ${name}: ${system.halted?.reason ?? 'it did not end'}`);
  return { ...spent, stats: system.machine.stats };
}

/** Runs a program on QEMU, to the end of the process. */
export function runQemu(program: BenchProgram, folder: string): Spent {
  const file = join(folder, 'qemu.img');
  writeFileSync(file, program.elf ?? program.loads[0]!.bytes);
  return spend([...QEMU_COMMAND, '-device', `loader,file=${file},${program.elf === undefined ? `addr=0x${program.entry.toString(16)},` : ''}cpu-num=0`]);
}
