/**
 * What the CPU asks of the bus it stands on. The bus itself is the SoC's; the CPU knows only this port.
 *
 * An access is one small integer, so that no call allocates: the attribute bits below, and the master's number in
 * bits 4-7. The world of an access is NONSECURE as the bus sees it (AxPROT[1]).
 */

/** Attributes of a bus access, OR-ed together. */
export type BusAccess = number;

export const WRITE = 1;
export const PRIVILEGED = 2;
export const NONSECURE = 4;
export const FETCH = 8;
/** Bit position of the master's number; the CPU is master 0. */
export const MASTER_SHIFT = 4;

/** Why the bus refuses an access. Any of them is an external abort to the CPU. */
export type BusFault = number;
export const BUS_OK = 0;
/** Nothing answers at the address. */
export const BUS_DECODE = 1;
/** A protection unit (CSU, AIPSTZ, M4IF) refuses it. */
export const BUS_REFUSED = 2;

export interface BusPort {
  /**
   * Offset in the machine's linear memory of the 4 KiB page that holds physical address `pa`, if that page is plain memory
   * which `access` may reach as a whole; -1 otherwise (a device, a hole, a refusal, nothing). Has no side effects.
   * The answer holds until the bus calls the CPU's `protectionChanged`.
   */
  page(pa: number, access: BusAccess): number;
  /**
   * Whether an access of `size` bytes (1, 2, 4 or 8) would be answered. No side effects on devices; a refusal is reported to the
   * event stream here, once for each call.
   */
  check(pa: number, size: number, access: BusAccess): BusFault;
  /** Performs a read that `check` allowed. `pa` is aligned to `size` (1, 2 or 4). The result is zero-extended (uint32). */
  read(pa: number, size: number, access: BusAccess): number;
  /** Performs a write that `check` allowed. Plain memory may be reached this way too. */
  write(pa: number, size: number, value: number, access: BusAccess): void;
}
