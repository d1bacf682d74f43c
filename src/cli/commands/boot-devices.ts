/** Flags of `boot` for what the secure world's VMM offers the guest: disks, the serial line, random numbers. */
import { randomBytes } from 'node:crypto';
import { openImage, readUserFile } from '../../host/index.ts';
import { MOST_DISKS } from '../../secure/disk-interrupts.ts';
import { UsageError } from '../errors.ts';
import type { DiskPlan, SecurePlan, SerialPlan } from '../run/plan.ts';

export interface DeviceFlags {
  readonly disk?: readonly string[];
  readonly snapshotDisk?: boolean;
  readonly serial?: string;
  readonly serialInput?: string;
  readonly entropy?: string;
}

const DEVICE_FLAGS = [['disk', '--disk'], ['snapshotDisk', '--snapshot-disk'], ['serial', '--serial'], ['serialInput', '--serial-input'], ['entropy', '--entropy']] as const;

/** Checks them; `tell` is given what must be known to repeat the run. */
export function devicePlan(flags: DeviceFlags, bare: boolean, tell: (line: string) => void): Pick<SecurePlan, 'disks' | 'serial' | 'seed'> {
  const given = DEVICE_FLAGS.find(([name]) => flags[name] !== undefined);
  if (bare && given !== undefined) throw new UsageError(`${given[1]} needs the secure world: not with --bare`);
  const { disk = [], snapshotDisk = false } = flags;
  if (snapshotDisk && disk.length === 0) throw new UsageError('--snapshot-disk needs a --disk');
  if (disk.length > MOST_DISKS) throw new UsageError(`--disk: ${disk.length} disks; there may be ${MOST_DISKS}`);
  const disks = disk.map((text) => diskOf(text, snapshotDisk));
  const twice = disks.find(({ path, mode }, i) => mode === 'write' && disks.some((other, j) => i !== j && other.path === path));
  if (twice !== undefined) throw new UsageError(`--disk ${twice.path}: the same file twice, and one writes it`);
  const serial = serialOf(flags);
  const seed = flags.entropy === undefined ? undefined : seedOf(flags.entropy, tell);
  return { ...(disks.length === 0 ? {} : { disks }), ...(serial === undefined ? {} : { serial }), ...(seed === undefined ? {} : { seed }) };
}

/** `FILE` or `FILE,ro`. The file is tried now, so that a wrong name is told before anything is fetched or built. */
function diskOf(text: string, snapshot: boolean): DiskPlan {
  const readOnly = text.endsWith(',ro');
  const path = readOnly ? text.slice(0, -3) : text;
  if (path === '') throw new UsageError('--disk: no file is named');
  const mode = readOnly ? 'read' : snapshot ? 'memory' : 'write';
  const opened = openImage(path, { writable: mode === 'write' });
  if (!opened.ok) throw new UsageError(`--disk ${opened.error}`);
  opened.file.close();
  return { path, mode };
}

function serialOf({ serial, serialInput }: DeviceFlags): SerialPlan | undefined {
  if (serial === undefined && serialInput === undefined) return undefined;
  if (serial === undefined) throw new UsageError('--serial-input needs --serial, a file for what the line sends');
  if (serial === '') throw new UsageError('--serial: no file is named');
  if (serialInput === undefined) return { output: serial };
  const file = readUserFile(serialInput, 1 << 20);
  if (!file.ok) throw new UsageError(`--serial-input ${file.error}`);
  return { output: serial, input: file.bytes };
}

function seedOf(text: string, tell: (line: string) => void): Uint8Array {
  if (text === 'host') {
    const seed = randomBytes(32);
    tell(`entropy   from this computer; --entropy ${seed.toString('hex')} repeats the run`);
    return new Uint8Array(seed);
  }
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new UsageError(`--entropy ${text}: there are host, and 64 hexadecimal digits`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}
