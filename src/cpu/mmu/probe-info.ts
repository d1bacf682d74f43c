/**
 * What generated code says of a memory access that its page cache and table do not answer: one word, so that a call has two parameters.
 */
export const PROBE_STORE = 1;
/** Alignment in bytes, less 1. */
export const PROBE_LOW_SHIFT = 1;
export const PROBE_LOW = 7;
/** An unaligned access is a fault whatever SCTLR.A says. */
export const PROBE_ALIGNED = 1 << 4;
/** Bytes less those of the alignment. */
export const PROBE_REST_SHIFT = 5;
export const PROBE_REST = 0x3ff;
/** A load by sections: where it goes, all of the section's may (fixed-handlers.ts: lookupFunction). */
export const PROBE_SECTION = 1 << 15;
/** An LDRT or STRT. */
export const PROBE_UNPRIVILEGED = 1 << 31;

/** `bytes` is a multiple of `unit`, which is 1, 2, 4 or 8. */
export function probeInfo(store: boolean, unit: number, bytes: number, aligned: boolean, unprivileged: boolean): number {
  return (store ? PROBE_STORE : 0) | (unit - 1) << PROBE_LOW_SHIFT | (aligned ? PROBE_ALIGNED : 0) | (bytes - unit) << PROBE_REST_SHIFT
    | (unprivileged ? PROBE_UNPRIVILEGED : 0);
}
