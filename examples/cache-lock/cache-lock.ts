/**
 * An SMC that works on memory of the normal world in its caller's name: `smc 4` with a virtual address and a length. It is answered in the kernel, before user level.
 *
 *     npx worldswitch boot --guest mini --scenario examples/cache-lock/cache-lock.ts --run 'lock 0x80100000 4096'
 *
 * Each page is translated with the rights of the caller's user mode, for writing (ATS12NSOUW), and must be RAM of the VM. Nothing is touched before all pages are
 * known to be good. A page is then mapped into core with NS = 1 in its descriptor, so that accesses and cache lines are non-secure ones, each of its lines is
 * touched, and it is unmapped again.
 */
import { smc } from 'worldswitch';

const PAGE = 4096;
const LINE = 64;
const LONGEST = 64 * PAGE;
const STATUS = { OK: 0, TOO_LONG: -2, NO_ACCESS: -3, NOT_YOURS: -4 } as const;

export default smc({ number: 4, name: 'cache-lock', args: { va: 'va', length: 'u32' }, result: 'status', level: 'kernel', rights: 'user' }, ({ vm, args: { va, length } }) => {
  const { kernel } = vm;
  if (length === 0 || length > LONGEST || va + length > 2 ** 32) return vm.refuse(`${length} bytes`, STATUS.TOO_LONG);

  const pages: number[] = [];
  for (let at = va - va % PAGE; at < va + length; at += PAGE) {
    const page = kernel.translate(at, { write: true, user: true });
    if (!page.ok) return vm.refuse(`the caller may not write 0x${at.toString(16)}`, STATUS.NO_ACCESS);
    if (!kernel.isVmRam(page.pa, PAGE)) return vm.refuse(`0x${at.toString(16)} leads to 0x${page.pa.toString(16)}, which is not its RAM`, STATUS.NOT_YOURS);
    pages.push(page.pa);
  }

  let lines = 0;
  for (const pa of pages) {
    const window = kernel.map(pa, PAGE, { nonsecure: true, write: true });
    for (let line = 0; line < PAGE; line += LINE) {
      kernel.write32(window + line, kernel.read32(window + line));
      lines++;
    }
    kernel.unmap(window, PAGE);
  }
  vm.log(`${lines} lines of ${pages.length} page(s) touched: VA 0x${va.toString(16)} is PA 0x${pages[0]!.toString(16)}`);
  return STATUS.OK;
});
