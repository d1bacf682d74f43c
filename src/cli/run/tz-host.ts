/** What the machine's thread opens for the VMM's devices: image files, and the file that the serial line writes. */
import { openSync, writeSync } from 'node:fs';
import { openImage } from '../../host/index.ts';
import { MemoryStore, Terminal, type BackingStore, type TzDisk, type TzHost } from '../../secure/index.ts';
import { RefusedInput } from '../errors.ts';
import type { DiskPlan, SecurePlan, SerialPlan } from './plan.ts';

export function openHost({ disks = [], serial }: Pick<SecurePlan, 'disks' | 'serial'>): TzHost {
  return { disks: disks.map(openDisk), ...(serial === undefined ? {} : { terminal: openSerial(serial) }) };
}

function openDisk({ path, mode }: DiskPlan): TzDisk {
  const opened = openImage(path, { writable: mode === 'write' });
  if (!opened.ok) throw new RefusedInput('disk', opened.error);
  const { file } = opened;
  if (mode === 'memory') return { store: new MemoryStore({ size: file.size, base: file }) };
  const store: BackingStore = {
    size: file.size, writable: file.writable,
    read: (offset, length) => file.read(offset, length),
    write: (offset, bytes) => { file.write(offset, bytes); },
    save: () => file.save(),
    restore: (saved) => file.restore(saved),
  };
  return { store, readOnly: mode === 'read' };
}

function openSerial({ output, input }: SerialPlan): Terminal {
  let file: number;
  try {
    file = openSync(output, 'w');
  } catch (error) {
    throw new RefusedInput('serial', `${output}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const terminal = new Terminal((bytes) => {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
  });
  if (input !== undefined) terminal.type(input);
  return terminal;
}
