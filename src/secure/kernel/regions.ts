/**
 * RAM within a quota, and where it stands in a component's address space: what the RAM session and the region map are made of, and the syscalls of ARM code.
 *
 * RAM is attached when it is allocated. A region is one more place of it: elsewhere, or read only; it goes when it is detached, and an access to where it was is the component's data abort.
 */
import type { Rights } from '../bootstrap/page-tables.ts';
import type { Kernel } from './kernel.ts';
import type { ContextState } from './state.ts';

/** Where a component may choose addresses of its own; a region begins at a megabyte. */
export const CHOSEN_REGIONS = { from: 0x08000000, to: 0x10000000 } as const;
const MIB = 1 << 20;
const PAGE = 4096;
const DATA: Rights = { user: true, write: true, execute: false, memory: 'cached' };

/** Allocates and attaches; the number of the dataspace. Throws RangeError over the quota. */
export function allocateRam(kernel: Kernel, owner: ContextState, bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes <= 0) throw new RangeError(`${bytes} is no size`);
  const size = Math.ceil(bytes / PAGE) * PAGE;
  if (size > owner.ramLeft) throw new RangeError(`its quota is overrun: ${size} bytes asked for, ${owner.ramLeft} left`);
  const again = owner.freed.findIndex((freed) => freed.bytes === size);
  if (again >= 0) {
    const [{ va, pa }] = owner.freed.splice(again, 1) as [{ va: number; bytes: number; pa: number }];
    kernel.modes.inSpaceOf(owner, () => { kernel.memory.fill(va, size, 0); });
    owner.ramLeft -= size;
    return owner.dataspaces.push({ va, bytes, pa }) - 1;
  }
  const pa = kernel.spaces.allocatePhysical(size);
  const va = kernel.modes.privileged(() => kernel.spaces.attach(owner, pa, size, DATA));
  owner.ramLeft -= size;
  return owner.dataspaces.push({ va, bytes, pa }) - 1;
}

/** Attaches a dataspace once more; `at` 0: at the next free address. Returns the address. Throws RangeError where that does not fit. */
export function attachRegion(kernel: Kernel, owner: ContextState, dataspace: number, at: number, write: boolean): number {
  const space = owner.dataspaces[dataspace];
  if (space === undefined) throw new RangeError(`it has no dataspace ${dataspace}`);
  const size = Math.ceil(space.bytes / PAGE) * PAGE;
  const rights = { ...DATA, write };
  const va = kernel.modes.privileged(() => {
    if (at === 0) return kernel.spaces.attach(owner, space.pa, size, rights);
    if (at % MIB !== 0 || at < CHOSEN_REGIONS.from || at + size > CHOSEN_REGIONS.to) {
      throw new RangeError(`0x${at.toString(16)} is no address for a region: megabytes from 0x${CHOSEN_REGIONS.from.toString(16)} to 0x${CHOSEN_REGIONS.to.toString(16)} are`);
    }
    kernel.spaces.of(owner).map(at, space.pa, size, rights);
    return at;
  });
  owner.regions.push({ va, bytes: space.bytes, write });
  return va;
}

/** Before a component starts anew: its regions go, and its RAM, attached as it is, may be given out again. */
export function freeRam(kernel: Kernel, owner: ContextState): void {
  for (const { va } of [...owner.regions]) detachRegion(kernel, owner, va);
  owner.freed.push(...owner.dataspaces.splice(0).map(({ va, bytes, pa }) => ({ va, bytes: Math.ceil(bytes / PAGE) * PAGE, pa })));
}

/** Takes a region away. Throws RangeError where none begins. */
export function detachRegion(kernel: Kernel, owner: ContextState, va: number): void {
  const region = owner.regions.find((candidate) => candidate.va === va);
  if (region === undefined) throw new RangeError(`no region begins at 0x${va.toString(16)}`);
  owner.regions.splice(owner.regions.indexOf(region), 1);
  kernel.modes.privileged(() => { kernel.spaces.of(owner).unmap(va, Math.ceil(region.bytes / PAGE) * PAGE); });
}
