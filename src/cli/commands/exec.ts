/** `worldswitch exec`: an ELF32 or raw image on the bare board. */
import { readUserFile } from '../../host/index.ts';
import type { ElfImage } from '../../normal/index.ts';
import { UsageError } from '../errors.ts';
import { FLAT_VECTORS } from '../flat.ts';
import { placeImage } from '../image.ts';
import type { RunPlan } from '../run/plan.ts';
import { profileSymbols } from '../run/profile-symbols.ts';
import { report } from '../run/report.ts';
import { inputKind, runSession } from '../run/session.ts';
import { abortsValue, addressValue, countValue, patternValue, tierValue } from '../values.ts';

export interface ExecFlags {
  readonly load?: string;
  readonly entry?: string;
  readonly flat?: boolean;
  readonly semihosting?: boolean;
  readonly until?: string;
  readonly limit?: string;
  readonly tier: string;
  readonly aborts?: string;
  readonly stats?: boolean;
  readonly profile?: string;
  readonly symbols?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export async function exec(file: string, args: readonly string[], flags: ExecFlags): Promise<number> {
  const tier = tierValue(flags.tier);
  const aborts = flags.aborts === undefined ? undefined : abortsValue(flags.aborts);
  const limit = flags.limit === undefined ? undefined : countValue('--limit', flags.limit);
  const until = flags.until === undefined ? undefined : patternValue('--until', flags.until);
  const load = flags.load === undefined ? undefined : addressValue('--load', flags.load);
  const entry = flags.entry === undefined ? undefined : addressValue('--entry', flags.entry);
  if (args.length > 0 && flags.semihosting !== true) throw new UsageError(`arguments (${args[0]!} ...) reach a program by semihosting: add --semihosting`);
  const content = readUserFile(file);
  if (!content.ok) throw new UsageError(content.error);
  const flat = flags.flat === true;
  const image = placeImage(file, content.bytes, { flat, ...(load === undefined ? {} : { load }), ...(entry === undefined ? {} : { entry }) });
  const plan: RunPlan = {
    tier, census: flags.stats === true || flags.profile !== undefined, handover: true, loads: image.loads, registers: image.registers, guest: 'image', run: false, paced: false,
    input: inputKind(flags.semihosting !== true),
    emptyVectors: flat ? [0, FLAT_VECTORS] : [0],
    ...(limit === undefined ? {} : { limit }),
    ...(flags.profile === undefined ? {} : { profile: true }),
    ...(aborts === undefined ? {} : { aborts }),
    ...(until === undefined ? {} : { until }),
    ...(flags.semihosting === true ? {
      semihosting: {
        commandLine: Buffer.from([file, ...args].map(quoted).join(' ')),
        heap: image.heap, folder: '.', startSeconds: Math.floor(Date.now() / 1000),
        terminals: { stdin: process.stdin.isTTY === true, stdout: process.stdout.isTTY === true, stderr: process.stderr.isTTY === true },
      },
    } : {}),
  };
  if (flags.symbols !== undefined && flags.profile === undefined) throw new UsageError('--symbols: only with --profile');
  const named = flags.profile === undefined ? undefined : await profileSymbols({ into: flags.profile, bare: true, ...(flags.symbols === undefined ? {} : { file: flags.symbols }), ...(image.elf === undefined ? {} : { elf: image.elf }) });
  const end = await runSession({ plan, verbose: flags.verbose === true });
  return report(end, {
    json: flags.json === true, stats: flags.stats === true, tier, untilGiven: until !== undefined, runGiven: false, semihosting: flags.semihosting === true,
    ...(image.elf === undefined ? {} : { symbolAt: symbols(image.elf) }),
    ...(named === undefined ? {} : { profile: { file: flags.profile!, symbolOf: named } }),
  });
}

/** An argument as C start-up code splits a command line: by spaces, with double quotes around what has some. */
function quoted(argument: string): string {
  if (!/[\s"']/.test(argument) && argument !== '') return argument;
  return argument.includes('"') ? `'${argument}'` : `"${argument}"`;
}

/** Names an address by the function or label at or before it. */
export function symbols(elf: ElfImage): (address: number) => string | undefined {
  const named = elf.symbols.filter(({ kind }) => kind !== 'object');
  return (address) => {
    if (!elf.segments.some(({ vaddr, memsz, executable }) => executable && address >= vaddr && address < vaddr + memsz)) return undefined;
    let best = -1;
    for (let low = 0, high = named.length - 1; low <= high;) {
      const middle = (low + high) >> 1;
      if (named[middle]!.address <= address) {
        best = middle;
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    const symbol = named[best];
    if (symbol === undefined || (symbol.size > 0 && address >= symbol.address + symbol.size)) return undefined;
    return address === symbol.address ? symbol.name : `${symbol.name}+0x${(address - symbol.address).toString(16)}`;
  };
}
