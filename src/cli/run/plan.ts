/** What the machine's thread is told, and what it tells. Everything is plain data, as it crosses between threads. */
import type { HeapInfo, MachineStats, Tier } from '../../soc/index.ts';

export interface RunPlan {
  readonly tier: Tier;
  /** Leave the chip as the board's boot loader does. */
  readonly handover: boolean;
  /** Bytes for physical memory. */
  readonly loads: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** Core registers by number; R15 with bit 0 set starts in T32. */
  readonly registers: Readonly<Record<number, number>>;
  readonly semihosting?: SemihostingPlan;
  /** What the guest is: it decides how its console is read. */
  readonly guest: 'linux' | 'image';
  /** Ends with 0 once the console has printed a match. */
  readonly until?: string;
  /** The guest marks a command's output and status (normal/run-marker.ts). */
  readonly run: boolean;
  /** Ends after so many instructions. */
  readonly limit?: number;
  /** Sleeps so that virtual time does not run ahead of the wall's. */
  readonly paced: boolean;
  /** Where the console's input comes from. */
  readonly input: 'none' | 'pipe' | 'terminal';
  /** Vector tables without handlers: an exception that goes there is the guest's end. */
  readonly emptyVectors: readonly number[];
}

export interface SemihostingPlan {
  readonly commandLine: Uint8Array;
  readonly heap: HeapInfo;
  /** The folder whose files the guest may use. */
  readonly folder: string;
  readonly startSeconds: number;
  readonly terminals: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
}

/** Where output goes: `stdout` and `stderr` raw; `uart2` and `uart3` by lines on stderr; `log` what the machine says of itself. */
export type OutputStream = 'stdout' | 'stderr' | 'uart2' | 'uart3';

export type FromMachine =
  | { readonly type: 'output'; readonly stream: OutputStream; readonly bytes: Uint8Array }
  | { readonly type: 'log'; readonly line: string }
  /** The guest could take input now. Sent once. */
  | { readonly type: 'wants-input' }
  /** There is room in the ring for which the host waited. */
  | { readonly type: 'room' }
  | { readonly type: 'end'; readonly report: RunReport };

/** The CPU's place when a run ended. */
export interface Place {
  readonly pc: number;
  readonly mode: string;
  readonly world: 'secure' | 'non-secure';
  readonly thumb: boolean;
}

/** The last exception that was taken. */
export interface TakenException {
  readonly kind: string;
  /** Where it came from. */
  readonly pc: number;
  /** Fault status and address as DFSR/DFAR or IFSR/IFAR hold them, for aborts. */
  readonly status?: number;
  readonly address?: number;
}

export type RunEnding =
  /** Semihosting exit, or the end of the `--run` command: `status` is the guest's. */
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'semihosting-stop'; readonly reason: number }
  | { readonly kind: 'until' }
  | { readonly kind: 'limit' }
  /** The guest reset the board; `running` is set while the `--run` command was running. */
  | { readonly kind: 'reset'; readonly running: boolean }
  | { readonly kind: 'power-off'; readonly running: boolean }
  | { readonly kind: 'panic'; readonly line: string }
  | { readonly kind: 'dead'; readonly why: string; readonly exception?: TakenException };

export interface RunReport {
  readonly ending: RunEnding;
  readonly place: Place;
  readonly stats: MachineStats;
  readonly wallSeconds: number;
}
