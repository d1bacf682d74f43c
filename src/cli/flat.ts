/**
 * The set-up of `exec --flat`: what a C library's start-up code expects to find. It lies in internal RAM, and its code runs on the emulated CPU before the program.
 *
 * It leaves: MMU on, with sections (below); caches and branch prediction on; unaligned accesses allowed; VFP and NEON on; VBAR at a table of empty
 * loops (an exception without a handler ends the run with a report); SP at the top of the memory that SYS_HEAPINFO tells; secure SVC mode, interrupts masked.
 *
 *     0x00000000-0x0fffffff  RAM bank 0 from its start, normal memory (programs are commonly linked at 0x8000; boot ROM and TZIC are hidden)
 *     0x70000000-0x8fffffff  RAM bank 0, as it is
 *     0xb0000000-0xcfffffff  RAM bank 1, as it is
 *     0xf8000000-0xf80fffff  internal RAM
 *     everything else        as it is, device memory, never executed
 *
 * Source: DDI 0406C, B3.5.1 (sections), B4.1 (CP15); DDI 0344, chapter 3.
 */
import { IRAM_SIZE, QSB_DRAM } from '../soc/boards/imx53-qsb-numbers.ts';

export const IRAM_BASE = 0xf8000000;
/** RAM bank 0 is seen from address 0 up to here. */
export const FLAT_LOW_SIZE = 0x10000000;
const RAM_BASE = QSB_DRAM[0].base;
/** Empty vectors first; the stub; the table, at its alignment of 16 KiB. */
export const FLAT_VECTORS = IRAM_BASE;
export const FLAT_STUB_BASE = IRAM_BASE + 0x40;
const TABLE_BASE = IRAM_BASE + 0x4000;
const SECTION = 1 << 20;
/** Section, domain 0, full access, normal memory, write-back write-allocate (TEX 001, C, B). */
const NORMAL = 0x1c0e;
/** Section, domain 0, full access, shared device, execute never. */
const DEVICE = 0x0c16;
const BRANCH_TO_SELF = 0xeafffffe;

/** The stub, each word with what it assembles from. The four words behind it are its literals. */
export const FLAT_STUB: readonly (readonly [word: number, text: string])[] = [
  [0xe3a00000, 'mov r0, #0'],
  [0xee080f17, 'mcr p15, 0, r0, c8, c7, 0'], // TLBIALL
  [0xee070f15, 'mcr p15, 0, r0, c7, c5, 0'], // ICIALLU
  [0xee070fd5, 'mcr p15, 0, r0, c7, c5, 6'], // BPIALL
  [0xee020f50, 'mcr p15, 0, r0, c2, c0, 2'], // TTBCR = 0: TTBR0 for all
  [0xe59f104c, 'ldr r1, [pc, #76]'], // the table
  [0xee021f10, 'mcr p15, 0, r1, c2, c0, 0'], // TTBR0
  [0xe59f1048, 'ldr r1, [pc, #72]'], // the vectors
  [0xee0c1f10, 'mcr p15, 0, r1, c12, c0, 0'], // VBAR
  [0xe3a01001, 'mov r1, #1'],
  [0xee031f10, 'mcr p15, 0, r1, c3, c0, 0'], // DACR: client of domain 0
  [0xe3a0160f, 'mov r1, #0xf00000'],
  [0xee011f50, 'mcr p15, 0, r1, c1, c0, 2'], // CPACR: cp10 and cp11 for all
  [0xf57ff06f, 'isb'],
  [0xe3a01101, 'mov r1, #0x40000000'],
  [0xeee81a10, 'vmsr fpexc, r1'], // EN
  [0xee111f10, 'mrc p15, 0, r1, c1, c0, 0'], // SCTLR
  [0xe3c11002, 'bic r1, r1, #0x2'], // A: unaligned accesses may be
  [0xe3811005, 'orr r1, r1, #0x5'], // M, C
  [0xe3811b06, 'orr r1, r1, #0x1800'], // I, Z
  [0xf57ff04f, 'dsb'],
  [0xee011f10, 'mcr p15, 0, r1, c1, c0, 0'],
  [0xf57ff06f, 'isb'],
  [0xe3a01000, 'mov r1, #0'],
  [0xe59fd008, 'ldr sp, [pc, #8]'],
  [0xe59ff008, 'ldr pc, [pc, #8]'], // the entry; bit 0 chooses T32
];

/** Physical address of what the stub's map shows at `address`. */
export function flatPhysical(address: number): number {
  return address < FLAT_LOW_SIZE ? RAM_BASE + address : address;
}

/** The first-level table. */
export function flatTable(): Uint32Array {
  const normal = [{ base: 0, size: FLAT_LOW_SIZE }, ...QSB_DRAM, { base: IRAM_BASE, size: IRAM_SIZE }];
  return Uint32Array.from({ length: 4096 }, (_, index) => {
    const address = index * SECTION;
    const memory = normal.some(({ base, size }) => address + SECTION > base && address < base + size);
    return flatPhysical(address) + (memory ? NORMAL : DEVICE);
  });
}

/** What to load and where to start. `entry` as in an ELF header; `stack` is SP's value. */
export function flatSetup({ entry, stack }: { readonly entry: number; readonly stack: number }): {
  readonly loads: readonly { readonly address: number; readonly bytes: Uint8Array }[]; readonly entry: number;
} {
  const code = [...FLAT_STUB.map(([word]) => word), TABLE_BASE, FLAT_VECTORS, stack, entry];
  return {
    loads: [
      { address: FLAT_VECTORS, bytes: words(Array.from({ length: 8 }, () => BRANCH_TO_SELF)) },
      { address: FLAT_STUB_BASE, bytes: words(code) },
      { address: TABLE_BASE, bytes: words(flatTable()) },
    ],
    entry: FLAT_STUB_BASE,
  };
}

/** Little-endian. */
function words(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) view.setUint32(i * 4, values[i]!, true);
  return new Uint8Array(view.buffer);
}
