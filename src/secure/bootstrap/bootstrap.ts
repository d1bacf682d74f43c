/**
 * Bootstrap: from reset in secure SVC with the MMU off to a kernel at its virtual addresses. Runs once, behind the first gate.
 *
 * Physical addresses are used while the MMU is off (they are virtual ones then); what it builds stands in `PHYSICAL` and `VIRTUAL`.
 */
import { type Core, STATE } from '../../cpu/index.ts';
import { coprocessorKey } from '../../isa/index.ts';
import type { GateMemory } from '../kernel/memory.ts';
import { DOORBELL_INTERRUPT } from '../kernel/vm-hardware.ts';
import { PHYSICAL, VIRTUAL } from '../layout.ts';
import { type CoreMmio, CSU_SA, cslValues, type SecureBoard } from './imx53-qsb.ts';
import { L1_BYTES, L2_BYTES, MIB, PageTable, type Rights } from './page-tables.ts';
import { M4IF, TZIC, TZIC_WORDS } from '../registers.ts';

export const CP15 = {
  SCTLR: coprocessorKey(15, 0, 1, 0, 0), CPACR: coprocessorKey(15, 0, 1, 0, 2), SCR: coprocessorKey(15, 0, 1, 1, 0), NSACR: coprocessorKey(15, 0, 1, 1, 2),
  TTBR0: coprocessorKey(15, 0, 2, 0, 0), TTBCR: coprocessorKey(15, 0, 2, 0, 2), DACR: coprocessorKey(15, 0, 3, 0, 0), MVBAR: coprocessorKey(15, 0, 12, 0, 1),
  PAR: coprocessorKey(15, 0, 7, 4, 0),
} as const;

/** NSACR: cp10 and cp11 to the normal world; lockdown, preload engine and the rest not. */
const NSACR_VALUE = 3 << 10;
const CPACR_VFP = 0xf << 20;
const SCTLR_M = 1 << 0;
const SCTLR_C = 1 << 2;
const SCTLR_Z = 1 << 11;
const SCTLR_I = 1 << 12;
const SCTLR_V = 1 << 13;

const KERNEL_CODE: Rights = { user: false, write: false, execute: true, memory: 'cached' };
const KERNEL_DATA: Rights = { user: false, write: true, execute: false, memory: 'cached' };
const KERNEL_DEVICE: Rights = { user: false, write: true, execute: false, memory: 'device' };

const AIPSTZ = [0x53f00000, 0x63f00000] as const;
/** Each master's field in MPR: not forced to user mode, trusted for reads and writes; and the same without trust. */
const BRIDGE = { MPR: [0x04, 0x00], OPACR: [0x40, 0x44, 0x48, 0x4c, 0x50], TRUSTED: 0x77777777, UNTRUSTED: 0x11111111 } as const;

/** Core's second-level tables come one after another from PHYSICAL.coreTables2 on. */
export class CoreTables {
  #next: number = PHYSICAL.coreTables2;
  readonly #shift: number;

  /** `shift`: what is added to a table's physical address to reach it. */
  constructor(shift: number) {
    this.#shift = shift;
  }

  allocateL2(): number {
    const table = this.#next;
    if (table + L2_BYTES > PHYSICAL.stub) throw new RangeError('core has no room for another second-level table');
    this.#next += L2_BYTES;
    return table;
  }

  virtual(pa: number): number { return pa + this.#shift; }
}

/** Virtual address of each of core's static mappings. */
export function mmioAddresses(mmio: readonly CoreMmio[]): ReadonlyMap<string, number> {
  const addresses = new Map<string, number>();
  let next: number = VIRTUAL.mmio;
  for (const { name, size } of mmio) {
    addresses.set(name, next);
    next += size;
  }
  return addresses;
}

/** Refuses a static mapping that cannot be made, with the reason. */
export function checkCoreMmio(mmio: readonly CoreMmio[]): void {
  let total = 0;
  for (const { name, base, size } of mmio) {
    if (base % 4096 !== 0 || size % 4096 !== 0 || size <= 0) throw new RangeError(`core_mmio ${name}: 0x${base.toString(16)}, 0x${size.toString(16)} bytes is not made of 4 KiB pages`);
    if (base + size > 2 ** 32) throw new RangeError(`core_mmio ${name} runs past the end of the physical address space`);
    total += size;
    if (total > 0x10000000) throw new RangeError(`core_mmio ${name} does not fit: the area at 0x${VIRTUAL.mmio.toString(16)} holds 256 MiB`);
  }
}

/** The bootstrap gate's work. Leaves r0 = SCTLR with the MMU on and r1 = where to go on, for the code behind the gate. `routines`: map their page. */
export function bootstrap(core: Core, memory: GateMemory, board: SecureBoard, kernelStart: number, routines = false): void {
  checkCoreMmio(board.coreMmio);
  memory.fill(PHYSICAL.coreTable, L1_BYTES, 0);
  const table = new PageTable(memory, new CoreTables(0), PHYSICAL.coreTable);
  table.map(VIRTUAL.image, PHYSICAL.image, 0x1000, KERNEL_CODE);
  // The instructions that switch the MMU on run at their physical address: mapped the same until the kernel has started.
  table.map(PHYSICAL.image, PHYSICAL.image, 0x1000, KERNEL_CODE);
  table.map(VIRTUAL.monitorVector, PHYSICAL.monitorVector, 0x1000, KERNEL_CODE);
  if (routines) table.map(VIRTUAL.routines, PHYSICAL.routines, 0x1000, KERNEL_CODE);
  table.map(VIRTUAL.supervisorVector, PHYSICAL.supervisorVector, 0x1000, KERNEL_CODE);
  // Core's own tables, to be written later on: their pages follow one another behind VIRTUAL.image.
  table.map(tableWindow(PHYSICAL.coreTable), PHYSICAL.coreTable, PHYSICAL.stub - PHYSICAL.coreTable, KERNEL_DATA);
  table.map(VIRTUAL.heap, PHYSICAL.heap, MIB, KERNEL_DATA);
  table.map(VIRTUAL.stacks, PHYSICAL.stacks, MIB, KERNEL_DATA);
  table.map(VIRTUAL.pageTables, PHYSICAL.pageTables, MIB, KERNEL_DATA);
  const mmio = mmioAddresses(board.coreMmio);
  for (const { name, base, size } of board.coreMmio) table.map(mmio.get(name)!, base, size, KERNEL_DEVICE);

  partition(memory, board);

  const { cp15 } = core;
  cp15.write(CP15.MVBAR, VIRTUAL.monitorVector);
  cp15.write(CP15.NSACR, NSACR_VALUE);
  cp15.write(CP15.CPACR, CPACR_VFP);
  cp15.write(CP15.TTBR0, PHYSICAL.coreTable);
  cp15.write(CP15.TTBCR, 0);
  cp15.write(CP15.DACR, 1); // domain 0: client
  const s = core.memory.i32;
  s[STATE.r] = cp15.read(CP15.SCTLR) | SCTLR_M | SCTLR_C | SCTLR_Z | SCTLR_I | SCTLR_V;
  s[STATE.r + 1] = kernelStart;
}

/** Virtual address at which the kernel writes core's tables. */
export function tableWindow(pa: number): number {
  return VIRTUAL.image - PHYSICAL.image + pa;
}

/** Devices and memory: what the normal world may not have. At physical addresses. */
function partition(memory: GateMemory, board: SecureBoard): void {
  const base = (name: string): number => {
    const found = board.coreMmio.find((row) => row.name === name);
    if (found === undefined) throw new RangeError(`core_mmio lacks ${name}, which bootstrap programs`);
    return found.base;
  };
  // The bridges let every master through, trusted or not; who may reach a slave is the CSU's matter. Their own registers have no slave there, but answer to trusted masters only: with none
  // left, the normal world cannot shut the kernel out of its devices. The CPU's own field goes last.
  for (const bridge of AIPSTZ) {
    for (const register of BRIDGE.OPACR) memory.write32(bridge + register, 0);
    for (const register of BRIDGE.MPR) memory.write32(bridge + register, board.lockBridges === false ? BRIDGE.TRUSTED : BRIDGE.UNTRUSTED);
  }
  const csu = base('CSU');
  cslValues(board).forEach((value, n) => { memory.write32(csu + n * 4, value); });
  memory.write32(csu + CSU_SA, board.nonsecureMasters.reduce((bits, { bit }) => bits | 1 << bit, 0));

  const m4if = base('M4IF');
  const { base: from, size } = board.protectedRam;
  memory.write32(m4if + M4IF.END, (from + size - 1) >>> 12);
  memory.write32(m4if + M4IF.START, (from >>> 12) | 1 << 31);
  memory.write32(m4if + M4IF.STATUS, 1 << 31);

  const tzic = base('TZIC');
  for (let n = 0; n < TZIC_WORDS; n++) {
    const secure = [...board.secureInterrupts, DOORBELL_INTERRUPT].filter((irq) => irq >>> 5 === n).reduce((bits, irq) => bits | 1 << (irq & 31), 0);
    memory.write32(tzic + TZIC.INTSEC + n * 4, ~secure);
  }
  memory.write32(tzic + TZIC.PRIOMASK, 0xff);
  memory.write32(tzic + TZIC.INTCTRL, 0x80010001 | 0);
}
