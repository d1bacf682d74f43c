/** Offsets of the protection units' registers that the secure world programs (i.MX53 reference manual, chapters "TrustZone Aware Interrupt Controller" and "Multi Master Multi Memory Interface"). */

/** A bit a source in words of 32, but for INTCTRL, PRIOMASK, PRIORITY (a byte a source) and SWINT. */
export const TZIC = {
  INTCTRL: 0x00, PRIOMASK: 0x0c, INTSEC: 0x80, ENSET: 0x100, ENCLEAR: 0x180, SRCSET: 0x200, SRCCLEAR: 0x280, PRIORITY: 0x400, HIPND: 0xd80, WAKEUP: 0xe00, SWINT: 0xf00,
} as const;
/** Words of a register with a bit a source. */
export const TZIC_WORDS = 4;

/** Watermarks: START and END of bank 0, that of bank 1 a word behind it; and their status. */
export const M4IF = { START: 0xec, END: 0x10c, STATUS: 0x114 } as const;
