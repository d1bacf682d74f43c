/** Where an image runs, and what QEMU is known to do otherwise, with the manual's word on it. */

/** Which board judges an image; the Cortex-A8 one unless named here. `manual`: each record's name says what it must be. */
export const CASES: { readonly [image: string]: { readonly board: 'secure ram' | 'manual'; /** Data accesses that are refused abort imprecisely. */ readonly imprecise?: true } } = {
  'external': { board: 'secure ram' },
  'external-ea': { board: 'manual' },
  'external-imprecise': { board: 'manual', imprecise: true },
  'fiq-mask': { board: 'manual' },
  'secure-memory': { board: 'secure ram' },
  'table-stores': { board: 'manual' },
};

export interface Known {
  readonly image: string;
  /** Name of the record, or `exception n: kind field`. */
  readonly what: string;
  readonly ours: number | undefined;
  /** Section of DDI 0406C (or its title or pseudocode function, where that is surer) or DDI 0344, and what it says. */
  readonly manual: string;
}

export const KNOWN_CASES: readonly Known[] = [
  { image: 'banked', what: 'spsr_s', ours: 0x000f0000, manual: 'B1.3.3 and SPSRWriteByInstr: SPSR[23:20] are reserved and not written; QEMU has bit 20 (ARMv8: IL)' },
  { image: 'cp15-banking', what: 'SCR bits', ours: 0x3e, manual: 'B4.1.129, and Secure Configuration Register in DDI 0344: SCR[31:7] are reserved; nET is optional; QEMU has ARMv8 bits' },
  { image: 'returns', what: 'orrs to abt cpsr', ours: 0x100001d7, manual: 'B9.3.20 A2: each data-processing instruction with S and PC returns from an exception; QEMU knows SUBS and MOVS only' },
  { image: 'returns', what: 'ands to und cpsr', ours: 0x100001db, manual: 'B9.3.20 A2, as above' },
  { image: 'world-rules', what: 'CPACR with NSACR 0', ours: 0, manual: 'B4.1.40: fields of coprocessors that NSACR withholds read as zero; QEMU sets all other bits' },
  { image: 'world-rules', what: 'CPACR written with NSACR 0', ours: 0, manual: 'B4.1.40, as above' },
  { image: 'world-rules', what: 'FPSID while off', ours: 0x410330c2, manual: 'DDI 0344 13.4.1: revision 2; QEMU has revision 0' },
  { image: 'world-rules', what: 'exception 32: normal prefetch abort cpsr', ours: 0x97, manual: 'B1.9.7: without the Virtualization Extensions an abort in non-secure state sets CPSR.A only if SCR.AW is 1' },
  { image: 'world-rules', what: 'exception 36: normal prefetch abort cpsr', ours: 0xd7, manual: 'B1.9.7, as above' },
  ...[0x37, 0x837, 0x37, 0x837].map((ours, i): Known => ({
    image: 'mmu', what: `exception ${44 + i}: secure data abort dfsr`, ours,
    manual: 'TranslationTableWalkSD: the second-level descriptor is read, and its translation fault taken, before the domain is checked',
  })),
  { image: 'mmu-control', what: 'AF clear, manager', ours: 0x7, manual: 'TranslationTableWalkSD: the access flag is checked in the walk, before the domain; QEMU ignores it in a Manager domain' },
  ...([
    ['fault or all', 0x40312200], ['domain', 0x40312200], ['NS section', 0x40412200],
  ] as const).flatMap(([name, ours]) => ['read', 'write'].map((kind): Known => ({
    image: 'mmu-v2p', what: `secure ${name} other user ${kind}`, ours, manual: 'B4.2.4: ATS12NSOUR and ATS12NSOUW translate in the non-secure state; QEMU uses the secure tables',
  }))),
];
