/**
 * Where everything lives in a machine's one linear memory: CPU state, translation tables, records of the threaded tier, page flags, then the
 * board's memories. TypeScript and generated WebAssembly both take their offsets from here.
 */

/** Names words of the CPU state, in order; a number is a count of words. */
const STATE_WORDS = {
  /** R0-R15 of the current mode. R15 is the address of the next instruction to execute, between instructions. */
  r: 16,
  /** N is bit 31 of `nf`, Z is `zf === 0`, C is `cf` (0 or 1), V is bit 31 of `vf`. */
  nf: 1, zf: 1, cf: 1, vf: 1,
  /** Q as 0 or 1; GE[3:0]. */
  qf: 1, ge: 1,
  /** CPSR.M; CPSR.A, I, F at their CPSR positions; T, E, J as 0 or 1; IT[7:0]. */
  mode: 1, masks: 1, thumb: 1, bigEndian: 1, jazelle: 1, it: 1,
  /** SP, LR, SPSR of each bank (see `Bank`), valid for the banks that are not current. */
  banked: 21,
  /** R8-R12 of all modes but FIQ, and of FIQ; the set that is not current is valid. */
  r8user: 5, r8fiq: 5,
  pad0: 1,
  /** D0-D31. */
  d: 64,
  fpscr: 1, fpexc: 1,
  /** Exclusive monitor: 1 while tagged; the tag (linear-memory offset, or physical address of a device | 1); size in bytes. */
  exclusive: 1, exclusiveTag: 1, exclusiveSize: 1,
  /** Interrupt inputs: level of nIRQ and nFIQ (1 = asserted); a pending imprecise abort's fault status + 1. */
  irqLine: 1, fiqLine: 1, asyncAbort: 1,
  /** 1 while the CPU waits in WFI or WFE (2); the event register of WFE. */
  waiting: 1, eventRegister: 1,
  /** Instructions left before the run must stop, as seen by generated code at an exit. */
  budget: 1,
  /** Why generated code came back, and the record it came back from. */
  exitReason: 1, exitRecord: 1,
  /** Offset of the current translation table for data, and the one for LDRT and STRT. */
  tlb: 1, tlbUser: 1,
  /** The context that blocks are translated for (see threaded/context). */
  context: 1,
  /** CP15 registers, world-banked ones as [secure, non-secure]. */
  SCTLR: 2, TTBR0: 2, TTBR1: 2, TTBCR: 2, DACR: 2, DFSR: 2, IFSR: 2, ADFSR: 2, AIFSR: 2, DFAR: 2, IFAR: 2, PAR: 2, PRRR: 2, NMRR: 2, VBAR: 2,
  CONTEXTIDR: 2, TPIDRURW: 2, TPIDRURO: 2, TPIDRPRW: 2, CSSELR: 2, FCSEIDR: 2,
  ACTLR: 1, CPACR: 1, SCR: 1, SDER: 1, NSACR: 1, MVBAR: 1, TEECR: 1, TEEHBR: 1,
  /** Storage of the CP15 registers that only CP15 itself looks at. */
  cp15: 96,
  /**
   * Offset of the last of the places where regions' calls wait for their return: the address with the instruction set in bit 0, and what must be in force
   * there, `tlb | context`. The first is NO_RETURN.
   */
  returnTop: 1, returnStack: 256,
  /** Who wants to see exceptions outside (CoreHooks): 0 nobody, 1 all but calls to where the last of their kind went, 3 all. */
  watched: 1,
  /** Where the last SVC and the last SMC went; how many SMCs were taken, modulo 2^32. */
  callVector: 2, smcs: 1,
  /** Where generated code stores what is not wanted. */
  discarded: 1,
  /** Instructions executed in regions, modulo 2^32. */
  regionCount: 1,
  /**
   * The region tier's page caches, one for each world and privilege (see `tables`): for loads, then for stores, an entry {tag as in the TLB, addend} for each
   * base register and one for the rest; and the same for loads by sections, whose tags are those of sections (see NO_SECTION). Each copies entries of the table
   * in `pageCacheOf`, and is cleared when that becomes another or an entry loses a right.
   */
  pageCache: 384, pageCacheOf: 4,
  /** What speaks against VFP and Advanced SIMD in generated code, as a region last found it (threaded/wasm-vfp-ops.ts). */
  vfpRefusals: 1,
  /** Offset of the table in force for each world and privilege, at world | privileged << 1; 0 where it is not chosen yet. */
  tables: 4,
  /**
   * What is in force for a world's TTBR0 and DACR, by a hash of both, as long as its other registers stay: {TTBR0, DACR, table of unprivileged accesses, table
   * of privileged ones}; the secure world's entries, then the other's. 0 where a table is not known.
   */
  regimes: 256,
} as const;


type StateName = keyof typeof STATE_WORDS;

function place(): { readonly [Name in StateName]: number } & { readonly words: number } {
  const offsets: Record<string, number> = {};
  let next = 0;
  for (const [name, words] of Object.entries(STATE_WORDS)) {
    offsets[name] = next;
    next += words;
  }
  return { ...(offsets as { [Name in StateName]: number }), words: next };
}

/** Word index of each piece of state (multiply by 4 for the byte offset). */
export const STATE = place();

/** No return address: in neither instruction set can code stand there. */
export const NO_RETURN = 2;
/** STATE.returnTop where no call waits, and where no more may. */
export const RETURN_BASE = STATE.returnStack * 4;
export const RETURN_BYTES = 8;
export const RETURN_LIMIT = RETURN_BASE + 100 * RETURN_BYTES;

/** Banks of SP, LR and SPSR. User and System share bank 0, which has no SPSR. */
export const BANK_USER = 0;
export const BANK_FIQ = 1;
export const BANK_IRQ = 2;
export const BANK_SVC = 3;
export const BANK_ABT = 4;
export const BANK_UND = 5;
export const BANK_MON = 6;

export const MODE_USR = 0x10;
export const MODE_FIQ = 0x11;
export const MODE_IRQ = 0x12;
export const MODE_SVC = 0x13;
export const MODE_MON = 0x16;
export const MODE_ABT = 0x17;
export const MODE_UND = 0x1b;
export const MODE_SYS = 0x1f;

/** Bank of a mode, or -1 where the mode number is no mode of this CPU. */
export function bankOf(mode: number): number {
  switch (mode) {
    case MODE_USR: case MODE_SYS: return BANK_USER;
    case MODE_FIQ: return BANK_FIQ;
    case MODE_IRQ: return BANK_IRQ;
    case MODE_SVC: return BANK_SVC;
    case MODE_ABT: return BANK_ABT;
    case MODE_UND: return BANK_UND;
    case MODE_MON: return BANK_MON;
    default: return -1;
  }
}

export const CPSR_A = 1 << 8;
export const CPSR_I = 1 << 7;
export const CPSR_F = 1 << 6;

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;

/** Translation tables: each regime's table has this many direct-mapped entries of four words. */
export const TLB_ENTRIES = 4096;
export const TLB_ENTRY_BYTES = 16;
export const TLB_TABLES = 64;
/** Word positions in an entry. A tag is the virtual page where the access may go straight to memory, NO_TAG otherwise. */
export const TLB_READ = 0;
export const TLB_WRITE = 1;
export const TLB_FETCH = 2;
/** Added to a virtual address of the page, gives its offset in linear memory. */
export const TLB_ADDEND = 3;
/** Equals no page: bit 11 is set. */
export const NO_TAG = 0x800;

export const SECTION_SIZE = 1 << 20;
/**
 * Beside each entry of the TLB stands a byte: 0 where loads from all of the section (1 MB) around its page may go straight to memory, with the entry's addend;
 * else this, which added to the section's address equals no section.
 */
export const NO_SECTION = 0x80;

/** Words of one world's and privilege's page cache, and where in it are the entries for stores, and those for loads by sections. */
export const PAGE_CACHE_WORDS = 96;
export const PAGE_CACHE_STORES = 32;
export const PAGE_CACHE_SECTIONS = 64;
/** Words of one world's entries of STATE.regimes, and how many entries they are: a power of two. */
export const REGIME_WORDS = 128;
export const REGIME_ENTRIES = 32;
/** Factors of the hash of TTBR0 and DACR, of whose sum the upper bits count. */
export const REGIME_HASH_TTBR0 = 0x9e3779b1 | 0;
export const REGIME_HASH_DACR = 0x85ebca6b | 0;

/** Where `tables` has a world and privilege. */
export const tableSlot = (world: number, privileged: boolean): number => world | (privileged ? 2 : 0);

/** Bytes of the jump cache (threaded/record.ts says what is in it). */
export const JUMP_CACHE_BYTES = 1 << 18;

/** Flags of a 4 KiB page of linear memory, one byte each: stores to a page with flags take the slow path. */
export const PAGE_HAS_CODE = 1;
export const PAGE_HAS_WALKS = 2;

/** Room in the tables of TypeScript's own: for each entry of a translation table, each page, each so many bytes of records, and besides. */
const TABLE_BYTES_AN_ENTRY = 44;
const TABLE_BYTES_A_PAGE = 44;
const TABLE_BYTES_OF_RECORDS = 48;
const TABLE_BYTES_BESIDES = 1 << 19;

const align = (offset: number, to: number): number => Math.ceil(offset / to) * to;

export interface MemoryRegion { readonly base: number; readonly size: number }

/** The layout of one machine's linear memory. All numbers are byte offsets. */
export interface MachineLayout {
  readonly state: number;
  readonly tlb: number;
  /** A byte for each entry of the TLB (NO_SECTION). */
  readonly sections: number;
  /** Added to a sixteenth of the offset of an entry of the TLB, gives that of its byte. */
  readonly sectionBytes: number;
  /** The threaded tier's jump cache. */
  readonly jumpCache: number;
  readonly records: number;
  readonly recordBytes: number;
  /** What TypeScript keeps beside them (LinearMemory.table). */
  readonly tables: { readonly offset: number; readonly size: number };
  readonly pageFlags: number;
  readonly memories: readonly { readonly base: number; readonly size: number; readonly offset: number }[];
  readonly total: number;
}

/** Places the given physical memories (RAM banks, IRAM, ROM) behind the CPU's own tables. */
export function layoutMachine(memories: readonly MemoryRegion[], recordBytes = 24 << 20): MachineLayout {
  const tlb = align(STATE.words * 4, PAGE_SIZE);
  const sections = tlb + TLB_TABLES * TLB_ENTRIES * TLB_ENTRY_BYTES;
  const jumpCache = sections + TLB_TABLES * TLB_ENTRIES;
  const records = jumpCache + JUMP_CACHE_BYTES;
  const tables = records + recordBytes;
  const bytes = memories.reduce((sum, { size }) => sum + align(size, PAGE_SIZE), 0);
  const besidePages = TLB_TABLES * TLB_ENTRIES * TABLE_BYTES_AN_ENTRY + TABLE_BYTES_BESIDES + recordBytes / TABLE_BYTES_OF_RECORDS;
  // Each page has its flags and its words in the tables, the pages that these are in too.
  const pages = Math.ceil((tables + besidePages + bytes) / (PAGE_SIZE - 1 - TABLE_BYTES_A_PAGE)) + 2;
  const tableBytes = align(besidePages + pages * TABLE_BYTES_A_PAGE, PAGE_SIZE);
  const pageFlags = tables + tableBytes;
  let next = align(pageFlags + pages, PAGE_SIZE);
  const placed = memories.map(({ base, size }) => {
    const offset = next;
    next += align(size, PAGE_SIZE);
    return { base, size, offset };
  });
  return { state: 0, tlb, sections, sectionBytes: sections - tlb / TLB_ENTRY_BYTES, jumpCache, records, recordBytes, tables: { offset: tables, size: tableBytes }, pageFlags, memories: placed, total: align(next, 65536) };
}
