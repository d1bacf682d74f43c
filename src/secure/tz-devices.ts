/**
 * What the host lends to a VM through the TrustZone VMM's calls: disks and a serial line, as components, sessions, and the VMM's routes to them.
 */
import type { BackingStore, Terminal } from './core/host-ports.ts';
import type { ComponentRow } from './core/init.ts';
import { createBlock, createSerial, type BlockOptions } from './components/index.ts';
import { diskInterrupts } from './disk-interrupts.ts';
import type { TzDevices } from './vmm/index.ts';

/** A disk of the VM's. */
export interface TzDisk extends Pick<BlockOptions, 'readOnly' | 'latencyUs' | 'blockSize'> {
  readonly store: BackingStore;
}

export interface TzHost {
  readonly disks?: readonly TzDisk[];
  /** Where the serial line leads; left out: its lines go to the log. */
  readonly terminal?: Terminal;
}

export interface TzParts {
  readonly components: readonly ComponentRow[];
  /** Of the VMM. */
  readonly routes: Readonly<Record<string, string>>;
  readonly tz: TzDevices;
  readonly stores: ReadonlyMap<string, BackingStore>;
  readonly terminals: ReadonlyMap<string, Terminal>;
}

const PRIORITY = 4;

export function tzParts({ disks = [], terminal }: TzHost, vmm: string): TzParts {
  const blocks = diskInterrupts(disks.length).map((interrupt, i) => ({ service: `disk${i}`, component: `block${i}`, name: `disk${i}`, interrupt }));
  const components: ComponentRow[] = disks.map(({ store: _, ...options }, i) => ({
    component: createBlock({ name: `block${i}`, client: vmm, ...options }), priority: PRIORITY, notifies: [vmm, `block${i}`],
    sessions: { store: `disk${i}`, ...(options.latencyUs === undefined || options.latencyUs === 0 ? {} : { timer: true }) },
  }));
  if (terminal !== undefined) components.push({ component: createSerial(), priority: PRIORITY, sessions: { terminal: 'serial' } });
  return {
    components,
    routes: { ...Object.fromEntries(blocks.map(({ service, component }) => [service, component])), ...(terminal === undefined ? {} : { serial: 'serial' }) },
    tz: { blocks, ...(terminal === undefined ? {} : { serial: 'serial' }) },
    stores: new Map(disks.map(({ store }, i) => [`disk${i}`, store])),
    terminals: new Map(terminal === undefined ? [] : [['serial', terminal]]),
  };
}
