/**
 * The `worldswitch` command. Here stand its commands and flags; what they do is loaded when it is needed, so that help is quick.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import type { BootFlags } from './commands/boot.ts';
import type { ExecFlags } from './commands/exec.ts';
import type { BenchFlags } from './commands/bench.ts';
import type { SmcFlags } from './commands/smc.ts';
import { STATUS_FAILED, STATUS_USAGE, UsageError } from './errors.ts';

/** Spellings that QEMU's users type, and what they mean here. */
const QEMU_SPELLINGS: Readonly<Record<string, string | undefined>> = {
  '-kernel': '--kernel', '-dtb': '--dtb', '-initrd': '--initrd', '-append': '--append', '-semihosting': '--semihosting', '-nographic': undefined,
};

/** Flags of `boot` and `exec` whose time comes later. */
const LATER_FLAGS = [
  ['--detailed', 'run with the cache model'],
  ['--trace <file>', 'write the event stream'],
] as const;
const LATER_COMMANDS = [
  ['follow', 'one SMC, step by step through both worlds'],
  ['explain', 'decode a number: exceptions, fault status, PSR, SCR, addresses'],
  ['gdb', 'a debugger\'s server for both worlds'],
] as const;

/** Runs a command line (without the program's own two words). The result is the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let status = 0;
  const program = new Command('worldswitch');
  const version = (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
  program
    .description('TrustZone, both worlds: an emulated i.MX53 board with a Cortex-A8 and its Security Extensions.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .configureHelp({ sortSubcommands: false })
    .exitOverride()
    .configureOutput({
      // One line: commander's own has its hint on a second one.
      outputError: (text, write) => { write(`worldswitch: ${text.replace(/^error: /, '').trim().replace(/\s*\n\s*/g, ' ')}\n`); },
    });

  const boot = program.command('boot')
    .description('boot the secure world, and in the normal world Linux: Debian\'s kernel (fetched on first use) or your own')
    .option('--kernel <file>', 'a zImage instead of Debian\'s')
    .option('--dtb <file>', 'a device tree blob instead of Debian\'s imx53-qsb.dtb')
    .option('--initrd <file>', 'an initial root file system instead of busybox')
    .option('--no-initrd', 'no initial root file system at all')
    .option('--atags', 'for a kernel without device trees: a tagged list instead (a tree appended to the zImage stays with it)')
    .option('--append <text>', 'more for the kernel\'s command line (console=ttymxc0,115200 stands there already)')
    .option('--guest <name>', 'linux, or mini, the embedded guest (default: linux; mini where Debian\'s packages cannot be had)')
    .option('--bare', 'no secure world: the kernel starts on the bare board, in secure state')
    .option('--scenario <file>', 'a TypeScript or JavaScript module that adds SMCs, components, routines, board settings')
    .option('--unknown-smc <what>', 'a call of tz_vmm\'s shape that nothing answers: dump (and pause the VM) or not-supported (default: dump)')
    .option('--disk <file[,ro]>', 'a disk of the guest\'s, /dev/tzblk0, from an image file; may be repeated', (file: string, files: string[] | undefined) => [...files ?? [], file])
    .option('--snapshot-disk', 'keep what is written to disks in memory')
    .option('--serial <file>', 'a file for what /dev/ttyTZ0 sends (default: the secure world\'s log)')
    .option('--serial-input <file>', 'what /dev/ttyTZ0 receives')
    .option('--entropy <what>', 'random numbers for the guest: host, or a seed of 64 hexadecimal digits (default: the same in each run)')
    .option('--run <command>', 'run a command in the guest\'s shell; its output alone on stdout, its status as ours')
    .option('--until <regexp>', 'stop with status 0 once a line of the console matches');
  common(boot);
  later(boot, LATER_FLAGS);
  boot.action(async (flags: BootFlags) => {
    refuseLater(boot, LATER_FLAGS);
    status = await (await import('./commands/boot.ts')).boot(flags, version);
  });

  const exec = program.command('exec')
    .description('run an ELF32 ARM or raw image on the bare board, in secure SVC mode with the MMU off')
    .argument('<image>', 'the file')
    .argument('[args...]', 'arguments for the program (behind --, with --semihosting)')
    .option('--load <address>', 'where a raw image goes (default: 0x70008000, with --flat 0x8000)')
    .option('--entry <address>', 'where to start (default: the ELF file\'s entry, or the load address); odd: in T32')
    .option('--flat', 'first set up flat normal memory with RAM at 0, caches and VFP, as C programs expect it')
    .option('--semihosting', 'answer semihosting calls: console, files below this folder, arguments, exit status')
    .option('--until <regexp>', 'stop with status 0 once a line of the console matches');
  common(exec);
  later(exec, LATER_FLAGS);
  exec.action(async (image: string, args: string[], flags: ExecFlags) => {
    refuseLater(exec, LATER_FLAGS);
    status = await (await import('./commands/exec.ts')).exec(image, args, flags);
  });

  program.command('smc')
    .description('list the SMCs of a system: number, name, level, handler')
    .option('--scenario <file>', 'a module that adds some')
    .option('--json', 'one JSON object on stderr, too')
    .action(async (flags: SmcFlags) => {
      status = await (await import('./commands/smc.ts')).smc(flags);
    });

  program.command('doctor')
    .description('what this computer has and lacks for all of this, and what to do')
    .option('--json', 'one JSON object on stderr instead of prose')
    .action(async (flags: { json?: boolean }) => {
      status = (await import('./commands/doctor.ts')).doctor(flags);
    });

  program.command('bench')
    .description('measure the engine: integer work, memory, world switches, SMCs')
    .option('--against <peers>', 'measure these on the same work in the same run: qemu')
    .option('--tier <name>', 'evaluate, threaded, region or auto', 'auto')
    .option('--rounds <count>', 'medians of so many alternating runs', '3')
    .option('--coremark <path>', 'real CoreMark too: its source folder, or a bare-metal ELF file')
    .option('--only <text>', 'only rows whose name contains this')
    .option('--json', 'one JSON object on stderr instead of a table')
    .action(async (flags: BenchFlags) => {
      status = await (await import('./commands/bench.ts')).bench(flags);
    });

  for (const [name, description] of LATER_COMMANDS) {
    program.command(name)
      .description(`${description} (comes later)`)
      .argument('[arguments...]')
      .allowUnknownOption()
      .action(() => { throw new UsageError(`${name} comes later: this version has boot, exec, smc, bench and doctor`); });
  }

  try {
    await program.parseAsync(translated(args), { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : STATUS_USAGE;
    if (error instanceof UsageError) {
      process.stderr.write(`worldswitch: ${error.message}\n`);
      return STATUS_USAGE;
    }
    process.stderr.write(`worldswitch: internal error: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
    return STATUS_FAILED;
  }
}

function common(command: Command): void {
  command
    .option('--limit <count>', 'stop with status 124 after so many guest instructions (k, M, G)')
    .option('--tier <name>', 'evaluate, threaded, region or auto', 'auto')
    .option('--aborts <kind>', 'how a refused data access aborts: precise (synchronous, with its address) or board (imprecise, as the CPU manual says)')
    .option('--stats', 'tell instructions, time and speed at the end')
    .option('--profile <file>', 'write where the time goes: guest functions, regions, tiers, ways back')
    .option('--symbols <file>', 'names for the profile: System.map, /proc/kallsyms, or an ELF file')
    .option('--json', 'one JSON object on stderr\'s last line instead of prose')
    .option('--verbose', 'tell what the machine meets: holes in the memory map, refusals');
}

function later(command: Command, flags: readonly (readonly [string, string])[]): void {
  for (const [flag, description] of flags) command.addOption(new Option(flag, description).hideHelp());
}

function refuseLater(command: Command, flags: readonly (readonly [string, string])[]): void {
  for (const [flag] of flags) {
    const option = command.options.find((candidate) => candidate.flags === flag);
    if (option !== undefined && command.getOptionValue(option.attributeName()) !== undefined) throw new UsageError(`${option.long!} comes later: this version does not have it`);
  }
}

/** The command line with QEMU's spellings replaced, up to `--`. */
function translated(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const rest = end < 0 ? [] : args.slice(end);
  return [...own.flatMap((arg) => {
    if (!Object.hasOwn(QEMU_SPELLINGS, arg)) return [arg];
    const meaning = QEMU_SPELLINGS[arg];
    return meaning === undefined ? [] : [meaning];
  }), ...rest];
}
