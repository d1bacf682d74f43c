/** A CP15 on a hand-made memory and a bus that is plain RAM, for tests. */
import type { BusPort } from '../bus-port.ts';
import { BUS_DECODE, BUS_OK, BUS_REFUSED, NONSECURE } from '../bus-port.ts';
import { coprocessorKey } from '../../isa/ops.ts';
import { layoutMachine, MODE_MON, MODE_SVC, MODE_USR, STATE } from '../layout.ts';
import { createLinearMemory, type LinearMemory } from '../memory.ts';
import { Mmu } from '../mmu/mmu.ts';
import { Cp15 } from './cp15.ts';

export const RAM = 0x70000000;
const RAM_SIZE = 0x100000;
/** The upper half of RAM refuses non-secure accesses. */
export const SECURE_RAM = RAM + RAM_SIZE / 2;

/** Requesters of an access: mode and SCR.NS. */
export const REQUESTERS = {
  'secure SVC': [MODE_SVC, 0], 'secure USR': [MODE_USR, 0], 'non-secure SVC': [MODE_SVC, 1], 'non-secure USR': [MODE_USR, 1],
  'monitor, NS=0': [MODE_MON, 0], 'monitor, NS=1': [MODE_MON, 1],
} as const;
export type Requester = keyof typeof REQUESTERS;

export class Bench {
  readonly memory: LinearMemory;
  readonly mmu: Mmu;
  readonly cp15: Cp15;
  readonly log: string[] = [];
  now = 0;
  readonly calls = { translation: 0, context: 0, interrupts: 0 };

  constructor() {
    const layout = layoutMachine([{ base: RAM, size: RAM_SIZE }], 4096);
    const memory = createLinearMemory(layout);
    const offset = layout.memories[0]!.offset;
    const refused = (pa: number, access: number): boolean => (access & NONSECURE) !== 0 && pa >= SECURE_RAM;
    const inside = (pa: number): boolean => pa >= RAM && pa < RAM + RAM_SIZE;
    const bus: BusPort = {
      page: (pa, access) => (inside(pa) && !refused(pa, access) ? offset + ((pa - RAM) & ~0xfff) : -1),
      check: (pa, _size, access) => (!inside(pa) ? BUS_DECODE : refused(pa, access) ? BUS_REFUSED : BUS_OK),
      read: () => { throw new Error('all of RAM is pages'); },
      write: () => { throw new Error('all of RAM is pages'); },
    };
    this.memory = memory;
    this.mmu = new Mmu(memory, bus);
    this.cp15 = new Cp15({
      memory, mmu: this.mmu, now: () => this.now,
      translationChanged: () => { this.calls.translation++; },
      contextChanged: () => { this.calls.context++; },
      interruptsChanged: () => { this.calls.interrupts++; },
      log: (line) => { this.log.push(line); },
    });
    this.cp15.reset();
    this.as('secure SVC');
  }

  as(requester: Requester): void {
    const [mode, ns] = REQUESTERS[requester];
    this.memory.i32[STATE.mode] = mode;
    this.memory.i32[STATE.SCR] = ns;
  }

  /** Stores a word at a physical address. */
  poke(pa: number, value: number): void {
    this.memory.u32[(this.memory.layout.memories[0]!.offset + pa - RAM) >> 2] = value;
  }

  mrc(register: string): number {
    assert(this.cp15.allows(key(register), false), `MRC ${register} is undefined`);
    return this.cp15.read(key(register));
  }

  mcr(register: string, value: number): void {
    assert(this.cp15.allows(key(register), true), `MCR ${register} is undefined`);
    this.cp15.write(key(register), value);
  }

  may(register: string, write: boolean): boolean {
    return this.cp15.allows(key(register), write);
  }
}

/** Key of an encoding written as in the manual's tables: `p15 0 c1 c0 2`. */
export function key(register: string): number {
  const [cp, opc1, crn, crm, opc2] = register.replace(/[pc]/g, '').split(' ').map(Number);
  return coprocessorKey(cp!, opc1!, crn!, crm!, opc2!);
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
