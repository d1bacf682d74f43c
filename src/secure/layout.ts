/**
 * Layout records that ARM assembly and TypeScript share: frames by word, the kernel's memory map, gate numbers. The assembler imports them as symbols
 * (`layoutSymbols`), so no offset is counted by hand.
 *
 * The VM state's first 49 words are those of the TrustZone VMM interface that guests' tools know: r0-r12, sp, lr, ip, cpsr, exception; five banks; FIQ's own
 * registers; DFAR, TTBR0, TTBR1, TTBCR, irq_injection. What follows is ours.
 */

const USER_FRAME = [
  'r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12', 'sp', 'lr', 'ip', 'cpsr', 'exception',
] as const;

const VM_FRAME = [
  ...USER_FRAME,
  'und_spsr', 'und_sp', 'und_lr', 'svc_spsr', 'svc_sp', 'svc_lr', 'abt_spsr', 'abt_sp', 'abt_lr', 'irq_spsr', 'irq_sp', 'irq_lr', 'fiq_spsr', 'fiq_sp', 'fiq_lr',
  'fiq_r8', 'fiq_r9', 'fiq_r10', 'fiq_r11', 'fiq_r12',
  'dfar', 'ttbr0', 'ttbr1', 'ttbcr', 'irq_injection',
  'dfsr', 'ifsr', 'ifar', 'vbar', 'sctlr',
  // Secure copies: an external abort that SCR.EA brought here is reported in them.
  'abort_dfsr', 'abort_dfar', 'abort_ifsr', 'abort_ifar',
  // VFP access as the normal world left it.
  'fpexc', 'cpacr',
  // What is banked by world besides, or by nothing: saved and loaded when another VM gets the CPU, with what stands above from `ttbr0` on.
  'dacr', 'prrr', 'nmrr', 'contextidr', 'tpidrurw', 'tpidruro', 'tpidrprw', 'csselr', 'par', 'adfsr', 'aifsr', 'teecr', 'teehbr',
] as const;

export type UserRegister = (typeof USER_FRAME)[number];
export type VmRegister = (typeof VM_FRAME)[number];

function offsets<const Names extends readonly string[]>(names: Names): { readonly [N in Names[number]]: number } {
  return Object.fromEntries(names.map((name, i) => [name, i * 4])) as { [N in Names[number]]: number };
}

/** Byte offsets in a thread's frame. */
export const THREAD = offsets(USER_FRAME);
export const THREAD_BYTES = USER_FRAME.length * 4;
/** Values of a VM's registers at reset that are not zero: CPSR (SVC, A32, interrupts masked) and system registers (DDI 0344, 3.2.25, 3.2.40). */
export const VM_RESET: { readonly [N in VmRegister]?: number } = { cpsr: 0xd3, sctlr: 0x00c50078, prrr: 0x00098aa4, nmrr: 0x44e048e0 };
/** Bytes from one context's frame to the next. */
export const FRAME_STRIDE = 0x200;
/** Byte offsets in a VM's state. */
export const VM = offsets(VM_FRAME);
export const VM_BYTES = VM_FRAME.length * 4;
export const VM_REGISTERS: readonly VmRegister[] = VM_FRAME;

/** Exception numbers in frames (they count from 1; vector offsets are 4 times one less). */
export const EXCEPTION = {
  reset: 1, undefined: 2, supervisorCall: 3, prefetchAbort: 4, dataAbort: 5, irq: 6, fiq: 7,
} as const;
export type ExceptionNumber = (typeof EXCEPTION)[keyof typeof EXCEPTION];

/** Physical memory of the system. */
export const PHYSICAL = {
  secureRam: 0x70000000, secureRamSize: 0x10000000,
  normalRam: 0x80000000, normalRamSize: 0x10000000,
  /** The kernel's image: reset entry, entry and exit code; then a page each of supervisor vector, monitor vector and component stub. */
  image: 0x70001000,
  supervisorVector: 0x70002000,
  monitorVector: 0x70003000,
  /** Core's first-level table; its second-level tables follow. */
  coreTable: 0x70004000,
  coreTables2: 0x70008000,
  /** The page that components execute. */
  stub: 0x7000f000,
  /** The page of monitor routines. */
  routines: 0x70010000,
  heap: 0x70100000,
  /** Counts of the SMCs that are answered in monitor mode: see MONITOR_COUNT. */
  monitorCounts: 0x701e0000,
  stacks: 0x70200000,
  /** Page tables of components. */
  pageTables: 0x70300000,
  /** What core gives to sessions. */
  sessions: 0x71000000,
} as const;

/** The kernel's virtual memory. Each area is 256 MiB where no size is given. */
export const VIRTUAL = {
  userEnd: 0x80000000,
  /** PHYSICAL.image is mapped here: the kernel is linked at an address that differs from where it is loaded. */
  image: 0x80001000,
  heap: 0xa0000000,
  monitorCounts: 0xa00e0000,
  stacks: 0xb0000000,
  pageTables: 0xc0000000,
  mmio: 0xd0000000,
  /** Temporary and attached mappings of foreign memory (kernel calls). */
  windows: 0xe0000000,
  monitorVector: 0xfff00000,
  routines: 0xfff01000,
  bootInfo: 0xfffe0000,
  supervisorVector: 0xffff0000,
  /** In every component's address space. */
  stub: 0x00001000,
} as const;

/** Top of the kernel's stack: TypeScript does the kernel's work, so only the stubs' words are ever on it. */
export const KERNEL_STACK = VIRTUAL.stacks + 0x10000;

/** Where an abort of the kernel itself puts the registers: while no thread runs, the other modes' sp hold no frame of one. */
export const KERNEL_FRAME = VIRTUAL.stacks + 0x20000;

/** What the monitor notes of an SMC that is answered there: calls; r0 to r7 of the last one; its result. */
export const MONITOR_COUNT = { calls: 0, registers: 4, result: 36, bytes: 64 } as const;

/** Gates: the comment field of a UDF that hands over to TypeScript. */
export const GATE = { bootstrap: 0x5700, start: 0x5701, kernel: 0x5702, panic: 0x5703, component: 0x5704 } as const;

/** All of the above as assembler symbols: FRAME_R0 ..., VM_UND_SPSR ..., GATE_KERNEL ... */
export function layoutSymbols(): Record<string, number> {
  const symbols: Record<string, number> = {};
  const add = (prefix: string, record: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(record)) symbols[`${prefix}_${name.replace(/([A-Z])/g, '_$1').toUpperCase()}`] = value;
  };
  add('FRAME', THREAD);
  add('VM', VM);
  add('EXCEPTION', EXCEPTION);
  add('PHYSICAL', PHYSICAL);
  add('VIRTUAL', VIRTUAL);
  add('GATE', GATE);
  add('MONITOR_COUNT', MONITOR_COUNT);
  symbols.KERNEL_STACK = KERNEL_STACK;
  symbols.KERNEL_FRAME = KERNEL_FRAME;
  symbols.FRAME_BYTES = THREAD_BYTES;
  symbols.VM_BYTES = VM_BYTES;
  return symbols;
}
