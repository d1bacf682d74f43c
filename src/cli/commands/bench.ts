/** `worldswitch bench`: how fast this machine is, and how fast QEMU is on the same work in the same run. */
import { heedBranchHints } from '../../host/index.ts';
import { UsageError } from '../errors.ts';
import { benchTable, hasQemu, QEMU_COMMAND, runBench } from '../bench/bench.ts';
import { tierValue } from '../values.ts';

export interface BenchFlags {
  readonly against?: string;
  readonly tier: string;
  readonly rounds: string;
  readonly only?: string;
  readonly json?: boolean;
}

export function bench(flags: BenchFlags): number {
  const rounds = Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 99) throw new UsageError(`--rounds ${flags.rounds}: a number from 1 to 99 is wanted`);
  const peers = flags.against === undefined ? [] : flags.against.split(',');
  const unknown = peers.find((peer) => peer !== 'qemu');
  if (unknown !== undefined) throw new UsageError(`--against ${unknown}: this version compares with qemu`);
  const qemu = peers.includes('qemu');
  if (qemu && !hasQemu()) throw new UsageError(`--against qemu: ${QEMU_COMMAND[0]} cannot be run (Debian: qemu-system-arm)`);
  heedBranchHints();
  const terminal = process.stderr.isTTY === true && flags.json !== true;
  const rows = runBench({
    tier: tierValue(flags.tier), qemu, rounds, ...(flags.only === undefined ? {} : { only: flags.only }),
    progress: (line) => { if (terminal) process.stderr.write(`\r\x1b[K${line}`); },
  });
  if (terminal) process.stderr.write('\r\x1b[K');
  if (rows.length === 0) throw new UsageError(`--only ${flags.only ?? ''}: no kernel has that in its name`);
  if (flags.json === true) {
    process.stderr.write(`${JSON.stringify({ tier: flags.tier, rounds, ...(qemu ? { qemu: QEMU_COMMAND.join(' ') } : {}), rows })}\n`);
  } else {
    process.stdout.write(`${benchTable(rows, qemu)}\n`);
    if (qemu) process.stdout.write(`QEMU: ${QEMU_COMMAND.join(' ')}\n`);
  }
  return 0;
}
