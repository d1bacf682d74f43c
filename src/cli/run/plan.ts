/** What the machine's thread is told, and what it tells. Everything is plain data, as it crosses between threads. */
import type { SmcLevel, UnknownSmc } from '../../secure/vmm/index.ts';
import type { Aborts, CensusLine, EngineExits, HeapInfo, MachineStats, Tier } from '../../soc/index.ts';
import type { RunProfile } from './profile.ts';

export interface RunPlan {
  readonly tier: Tier;
  /** How refused data accesses abort; left out: the scenario's setting, or precise. */
  readonly aborts?: Aborts;
  /** Count what the evaluate tier executes for the others by cause. */
  readonly census?: boolean;
  /** Leave the chip as the board's boot loader does. */
  readonly handover: boolean;
  /** Bytes for physical memory. */
  readonly loads: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** Core registers by number; R15 with bit 0 set starts in T32. */
  readonly registers: Readonly<Record<number, number>>;
  readonly semihosting?: SemihostingPlan;
  /** The secure world runs, and the guest beside it in the normal one; `loads` and `registers` are empty then. */
  readonly secure?: SecurePlan;
  /** What the guest is: it decides how its console is read. */
  readonly guest: 'linux' | 'image';
  /** Ends with 0 once the console has printed a match. */
  readonly until?: string;
  /** The guest marks a command's output and status (normal/run-marker.ts). */
  readonly run: boolean;
  /** A pipe that has ended ends the run, once the guest waits for more of it. */
  readonly endsWithInput?: boolean;
  /** Ends after so many instructions. */
  readonly limit?: number;
  /** Samples where the time goes. */
  readonly profile?: boolean;
  /** Sleeps so that virtual time does not run ahead of the wall's. */
  readonly paced: boolean;
  /** Where the console's input comes from. */
  readonly input: 'none' | 'pipe' | 'terminal';
  /** Vector tables without handlers: an exception that goes there is the guest's end. */
  readonly emptyVectors: readonly number[];
}

export interface SecurePlan {
  /** Name of the VM. */
  readonly label: string;
  readonly boot: NormalWorld;
  readonly scenario?: BundledScenario;
  /** Name of a scenario that the library brings, instead of one of a file. */
  readonly builtIn?: string;
  /** Disks of the guest, in their order. */
  readonly disks?: readonly DiskPlan[];
  readonly serial?: SerialPlan;
  /** For the random numbers that the guest is given: 32 bytes. */
  readonly seed?: Uint8Array;
  /** What becomes of an SMC that nothing answers, over the scenario's setting. */
  readonly unknownSmc?: UnknownSmc;
}

/** An image file: written, only read, or with what is written kept in memory. */
export interface DiskPlan { readonly path: string; readonly mode: 'write' | 'read' | 'memory' }

/** The VMM's serial line: the file that it writes, and what it is given to read. */
export interface SerialPlan { readonly output: string; readonly input?: Uint8Array }

/** What runs in the normal world; the machine's thread places it, as the scenario's board decides what it finds there. */
export type NormalWorld =
  | { readonly kind: 'linux'; readonly kernel: Uint8Array; /** Left out: the kernel gets ATAGs. */ readonly dtb?: Uint8Array; readonly initrd?: Uint8Array; readonly append: string }
  | { readonly kind: 'mini'; readonly command?: string; /** Marks around the command's output; default yes. */ readonly marks?: boolean };

/** A scenario's module as one module of JavaScript, with its source map in it. */
export interface BundledScenario {
  /** The file that the user named. */
  readonly file: string;
  readonly code: string;
}

export interface SemihostingPlan {
  readonly commandLine: Uint8Array;
  readonly heap: HeapInfo;
  /** The folder whose files the guest may use. */
  readonly folder: string;
  readonly startSeconds: number;
  readonly terminals: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
}

/** Where output goes: `stdout` and `stderr` raw; by lines on stderr: `uart2`, `uart3`, and of the secure world its UART1 bytes (`uart1s`) and its log (`secure`). */
export type OutputStream = 'stdout' | 'stderr' | 'uart2' | 'uart3' | 'uart1s' | 'secure';

export type FromMachine =
  | { readonly type: 'output'; readonly stream: OutputStream; readonly bytes: Uint8Array }
  | { readonly type: 'log'; readonly line: string }
  /** The plan's inputs are good, and the machine is about to run. */
  | { readonly type: 'started' }
  /** The guest could take input now. Sent once. */
  | { readonly type: 'wants-input' }
  /** What the watched handler of a number is, for the report where it never returns (Shared.enter). */
  | { readonly type: 'watched'; readonly number: number; readonly name: string }
  /** The plan cannot be run: `image` says which of the user's files is at fault. Sent instead of `end`. */
  | { readonly type: 'refused'; readonly image: RefusedImage; readonly error: string }
  /** There is room in the ring for which the host waited. */
  | { readonly type: 'room' }
  | { readonly type: 'end'; readonly report: RunReport };

export type RefusedImage = 'kernel' | 'dtb' | 'initrd' | 'append' | 'ram' | 'scenario' | 'disk' | 'serial';

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
  /** The guest reset the board, or Linux said that it would; `running` is set while the `--run` command was running. */
  | { readonly kind: 'reset'; readonly running: boolean }
  | { readonly kind: 'power-off'; readonly running: boolean }
  /** A pipe on standard input has ended, and the guest waits for more. */
  | { readonly kind: 'input-end' }
  /** The secure world ended the run; `running` as above. */
  | { readonly kind: 'halted'; readonly reason: string; readonly status: number; readonly running: boolean }
  /** The normal world stands still and nobody will resume it. */
  | { readonly kind: 'vm-stopped'; readonly why: string }
  | { readonly kind: 'panic'; readonly line: string }
  | { readonly kind: 'dead'; readonly why: string; readonly exception?: TakenException };

export interface RunReport {
  readonly ending: RunEnding;
  readonly place: Place;
  readonly stats: MachineStats;
  /** Empty where the plan did not ask for it. */
  readonly census: readonly CensusLine[];
  readonly wallSeconds: number;
  readonly exits: EngineExits;
  /** Bytes: guest RAM that is not zero, what this process has resident, generated modules. Where the plan asks for figures. */
  readonly memory?: { readonly touched: number; readonly resident: number; readonly modules: number; readonly generated: number };
  readonly secure?: SecureFigures;
  readonly profile?: RunProfile;
}

export interface SecureFigures {
  /** Entries of the monitor; each has its way back. */
  readonly worldSwitches: number;
  /** Why the normal world was left: SMC, secure interrupt, refused access. */
  readonly exits: { readonly smc: number; readonly fiq: number; readonly abort: number };
  /** Those that were called. */
  readonly smcs: readonly { readonly key: string; readonly name: string; readonly level: SmcLevel; readonly calls: number; readonly refusals: number }[];
  readonly unknownSmcs: number;
}
