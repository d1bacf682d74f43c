/** Interrupts of the disks: that of the TV encoder, which the secure world keeps from the normal one, and sources that no device of the chip has. */
const DISK_INTERRUPTS = [92, 109, 110, 111, 112, 113, 114, 115] as const;
export const MOST_DISKS = DISK_INTERRUPTS.length;

/** Throws RangeError for more disks than there are interrupts. */
export function diskInterrupts(count: number): readonly number[] {
  if (count > MOST_DISKS) throw new RangeError(`${count} disks; there are interrupts for ${MOST_DISKS}`);
  return DISK_INTERRUPTS.slice(0, count);
}
