/** `worldswitch bench`: how fast this machine is, and how fast QEMU is on the same work in the same run. */
import { tuneEngine } from '../../host/index.ts';
import { UsageError } from '../errors.ts';
import { hasQemu, QEMU_COMMAND } from '../bench/bare.ts';
import { runBench } from '../bench/bench.ts';
import { coreMark } from '../bench/coremark.ts';
import { QEMU_LINUX } from '../bench/linux.ts';
import { load } from '../bench/measure.ts';
import { benchTable } from '../bench/table.ts';
import { tierValue } from '../values.ts';

export interface BenchFlags {
  readonly against?: string;
  readonly tier: string;
  readonly rounds: string;
  readonly only?: string;
  readonly coremark?: string;
  readonly json?: boolean;
}

/** Above this share of the processors, what else runs disturbs the clock. */
const BUSY = 0.3;

export async function bench(flags: BenchFlags): Promise<number> {
  const rounds = Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 99) throw new UsageError(`--rounds ${flags.rounds}: a number from 1 to 99 is wanted`);
  const peers = flags.against === undefined ? [] : flags.against.split(',');
  const unknown = peers.find((peer) => peer !== 'qemu');
  if (unknown !== undefined) throw new UsageError(`--against ${unknown}: this version compares with qemu`);
  const qemu = peers.includes('qemu');
  if (qemu && !hasQemu()) throw new UsageError(`--against qemu: ${QEMU_COMMAND[0]} cannot be run (Debian: qemu-system-arm)`);
  tuneEngine();
  const terminal = process.stderr.isTTY === true && flags.json !== true;
  const before = load();
  const busy = before.average > before.processors * BUSY;
  if (busy && flags.json !== true) process.stderr.write(`worldswitch: the computer is busy (load ${before.average.toFixed(1)} on ${before.processors} processors): times by the clock are too long\n`);
  const result = await runBench({
    tier: tierValue(flags.tier), qemu, rounds, ...(flags.only === undefined ? {} : { only: flags.only }), ...(flags.coremark === undefined ? {} : { coremark: coreMark(flags.coremark) }),
    progress: (line) => { if (terminal) process.stderr.write(`\r\x1b[K${line}`); },
  });
  if (terminal) process.stderr.write('\r\x1b[K');
  if (result.rows.length === 0) throw new UsageError(result.notes[0] ?? `--only ${flags.only ?? ''}: no row has that in its name`);
  if (flags.json === true) {
    process.stderr.write(`${JSON.stringify({ tier: flags.tier, rounds, load: before.average, ...(qemu ? { qemu: QEMU_COMMAND.join(' '), qemuLinux: QEMU_LINUX.join(' ') } : {}), ...result })}\n`);
    return 0;
  }
  process.stdout.write(`${benchTable(result, qemu)}\n`);
  if (qemu) process.stdout.write(`QEMU: ${QEMU_COMMAND.join(' ')}\nQEMU with Linux: ${QEMU_LINUX.join(' ')} -serial stdio -kernel VMLINUZ -initrd ARCHIVE -append console=ttyAMA0\n`);
  return 0;
}
