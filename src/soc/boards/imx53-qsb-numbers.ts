/** Numbers of the i.MX53 Quick Start Board that its users need without the board itself. Sizes in bytes. */

/** The two banks of DRAM, as far as the board populates them. */
export const QSB_DRAM = [{ base: 0x70000000, size: 0x20000000 }, { base: 0xb0000000, size: 0x20000000 }] as const;
/** Internal RAM of the chip: its size. */
export const IRAM_SIZE = 0x20000;
/** First part of the boot ROM: its size. */
export const ROM_SIZE = 0x4000;
/** Machine type of the board in the ARM Linux registry. */
export const QSB_MACHINE_TYPE = 3273;
