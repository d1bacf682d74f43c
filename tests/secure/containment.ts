/**
 * Makes each row's access from a program in the normal world and looks at what came of it. A row counts only with the refusal that this project's own rule reported (rule, master, address),
 * with nothing read and nothing written, and when its control succeeds: the same access with that rule switched off.
 */
import assert from 'node:assert/strict';
import hello from '../../examples/hello/hello.ts';
import { NONSECURE, STATE } from '../../src/cpu/index.ts';
import { PHYSICAL, QSB_SECURE, type KernelSmc, type SecureBoard } from '../../src/secure/index.ts';
import { smc, type Smc } from '../../src/secure/vmm/index.ts';
import { describeAccess, Machine, masterOf, type Tier } from '../../src/soc/index.ts';
import { BUFFER, CALLS, containmentRows, CONTROL_IN_SECURE_RAM, DMA_WORDS, DONE, GET_DATA, INJECT, MARK_AT, memoryMark, REFUSED, SDMA_DATA, secretOf, SET_DATA, type ContainmentRow, type Off } from './containment-rows.ts';
import { createWorld, hex, PROGRAM, runTo, words, type VmmComponent, type World } from './harness.ts';
import { currentOperation, outcomes, probeBoot, TABLE_IN_SECURE_RAM, UNREAD, type Operation, type Outcome } from './probe.ts';

const { secureRam, secureRamSize } = PHYSICAL;

export const containmentCalls: readonly Smc[] = [
  hello,
  smc({ number: CALLS.store, name: 'store', args: { va: 'va', length: 'u32' }, result: 'u32' }, ({ vm, args }) => {
    vm.writeBytes(args.va, new Uint8Array(args.length).fill(0x77));
    return args.length;
  }),
  smc({ number: CALLS.kernelLoad, name: 'kernel-load', level: 'kernel', args: { va: 'va', length: 'u32' }, result: 'u32' }, ({ vm, args }) => vm.readBytes(args.va, args.length).length),
  smc({ number: CALLS.kernelStore, name: 'kernel-store', level: 'kernel', args: { va: 'va', length: 'u32' }, result: 'u32' }, ({ vm, args }) => {
    vm.writeBytes(args.va, new Uint8Array(args.length).fill(0x77));
    return args.length;
  }),
  smc({ number: CALLS.physicalLoad, name: 'physical-load', args: { pa: 'pa', length: 'u32' }, result: 'u32' }, ({ vm, args }) => vm.readPhysical(args.pa, args.length).length),
];

/** Calls that do what the helpers refuse: the control of their checks. They map what they are told, and look at nothing. */
export const uncheckedCalls: readonly KernelSmc[] = [
  {
    name: 'unchecked-load', charge: 1, matches: (r0) => r0 === CALLS.uncheckedLoad,
    handle: (kernel, [, pa]) => {
      const va = kernel.map(pa!, 4, { nonsecure: false, write: false });
      const value = kernel.read32(va);
      kernel.unmap(va, 4);
      return [value];
    },
  },
  {
    name: 'unchecked-store', charge: 1, matches: (r0) => r0 === CALLS.uncheckedStore,
    handle: (kernel, [, pa]) => {
      const va = kernel.map(pa!, 4, { nonsecure: false, write: true });
      kernel.write32(va, 0x77777777);
      kernel.unmap(va, 4);
      return [4];
    },
  },
];

/** The VMM with a call that injects: r1 is the interrupt, r2 how. */
export function withInjection(vmm: VmmComponent): VmmComponent {
  return {
    ...vmm,
    on: {
      ...vmm.on,
      signal: (state, env, event) => {
        const { vm } = env;
        if (vm === undefined || vm.get('exception') !== 3 || vm.get('r0') !== INJECT) {
          vmm.on.signal?.(state, env, event);
          return;
        }
        const number = vm.get('r1');
        let result = 0;
        switch (vm.get('r2')) {
          case 0: {
            const outcome = vm.inject(number);
            if (!outcome.ok) {
              env.log.write(`refused: ${outcome.error}: secure interrupt`);
              result = REFUSED;
            }
            break;
          }
          case 1:
            if (env.syscall(7, 0, number) !== 0) {
              env.log.write(`refused: injection of secure interrupt ${number} by syscall`);
              result = REFUSED;
            }
            break;
          default:
            vm.set('irq_injection', number);
        }
        vm.set('r0', result);
        vm.run();
      },
    },
  };
}

/** What was noted while an operation was under way. */
interface Notes { readonly refusals: { readonly rule: string; readonly address: number; readonly access: number }[]; readonly lines: string[] }

interface ProbeRun {
  readonly outcomes: readonly Outcome[];
  readonly notes: readonly Notes[];
  readonly before: readonly (number | undefined)[];
  readonly after: readonly (number | undefined)[];
  readonly world: World | undefined;
  readonly machine: Machine;
  /** Pages of secure RAM that differ. */
  readonly changedPages: readonly number[];
}

const WAIT: Operation = { kind: 'wait', address: 20_000 };
const ALIVE: Operation = { kind: 'smc', address: 0x84000000 };
const LIMIT = 30_000_000;

/** Secrets and marks, where the rows look for them. */
export function prepare(machine: Machine, rows: readonly ContainmentRow[]): void {
  const put = (address: number, value: number): void => { assert.ok(machine.loadBytes(address, words(value))); };
  for (const { address, secret, operation } of rows) {
    if (operation.kind === 'sdma') {
      if (address >= secureRam && address < secureRam + secureRamSize) for (let at = 0; at < 16; at += 4) put(address + at, secretOf(address + at));
    } else if (address >= secureRam && address < secureRam + secureRamSize && secret !== undefined) {
      const word = (address & ~3) >>> 0;
      put(word, secretOf(word));
    }
  }
  const code = rows.find(({ operation }) => operation.kind === 'fetch');
  if (code !== undefined) machine.loadBytes(code.address, words(0xe3a07001, 0xe12fff1e)); // mov r7, #1; bx lr
  put(TABLE_IN_SECURE_RAM, (MARK_AT & 0xfffff000) | 0x3e);
  for (let at = 0; at < 16; at += 4) put(MARK_AT + at, memoryMark);
  put(DMA_WORDS.ones, 0xffffffff);
  put(DMA_WORDS.interrupt40, 40);
  const descriptor = CONTROL_IN_SECURE_RAM + 0x100;
  [descriptor, descriptor, 0, 0].forEach((value, i) => { put(CONTROL_IN_SECURE_RAM + i * 4, value); });
  [GET_DATA | DONE | 2, BUFFER + 0x200, SDMA_DATA + 0x200].forEach((value, i) => { put(descriptor + i * 4, value); });
  // Text up to the last byte of RAM: a string there does not end.
  for (let at = 16; at > 0; at -= 4) put(PHYSICAL.normalRam + PHYSICAL.normalRamSize - at, 0x61616161);
  put(PHYSICAL.normalRam, secretOf(PHYSICAL.normalRam));
}

/** The rows' operations; before those of SDMA something that it can write, behind each SDMA read the copy of what SDMA has now to the normal world's RAM. */
function expand(rows: readonly ContainmentRow[]): { readonly operations: Operation[]; readonly places: number[] } {
  const operations: Operation[] = [WAIT];
  const places: number[] = [];
  if (rows.some(({ expected }) => expected === 'dma')) operations.push({ kind: 'sdma', address: SET_DATA | DONE | 8, value: MARK_AT, more: SDMA_DATA + 0x200 });
  for (const { operation, access, dmaSource } of rows) {
    if (dmaSource !== undefined) operations.push({ kind: 'sdma', address: SET_DATA | DONE | 2, value: dmaSource, more: operation.more! });
    places.push(operations.length);
    operations.push(operation);
    const { more = 0 } = operation;
    if (access.startsWith('C0_SETDM of')) operations.push({ kind: 'sdma', address: GET_DATA | DONE | 8, value: BUFFER + (more - SDMA_DATA - 0x100) / 0x10 * 0x40, more });
  }
  return { operations, places };
}

/** Secure RAM as pages that are not all zero. */
export function securePages(machine: Machine): Map<number, Uint8Array> {
  const pages = new Map<number, Uint8Array>();
  const bytes = machine.bytes(secureRam, secureRamSize)!;
  const values = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  for (let at = 0; at < values.length; at += 512) {
    for (let i = at; i < at + 512; i++) {
      if (values[i] === 0n) continue;
      pages.set(at * 8, bytes.slice(at * 8, at * 8 + 4096));
      break;
    }
  }
  return pages;
}

export function changed(before: ReadonlyMap<number, Uint8Array>, after: ReadonlyMap<number, Uint8Array>): number[] {
  const zero = new Uint8Array(4096);
  return [...new Set([...before.keys(), ...after.keys()])].filter((page) => Buffer.compare(before.get(page) ?? zero, after.get(page) ?? zero) !== 0).map((page) => secureRam + page).sort((a, b) => a - b);
}

interface ProbeOptions { readonly rows: readonly ContainmentRow[]; readonly operations: readonly Operation[]; readonly board?: SecureBoard; readonly tier: Tier; readonly hashes?: boolean }

/** Runs the probe beside a secure world, which must answer a call at the end. */
function runProbe({ rows, operations, board = QSB_SECURE, tier, hashes = false }: ProbeOptions): ProbeRun {
  const all = [...operations, ALIVE];
  const notes: Notes[] = all.map(() => ({ refusals: [], lines: [] }));
  let current = (): number => -1;
  const world = createWorld({
    boot: probeBoot(all), board, tier, own: containmentCalls, kernelSmcs: uncheckedCalls, wrapVmm: withInjection,
    onRefusal: (rule, address, access) => { notes[current()]?.refusals.push({ rule, address: address >>> 0, access }); },
    onLog: (_who, line) => { notes[current()]?.lines.push(line); },
  });
  const { machine, system } = world;
  current = () => currentOperation(machine);
  prepare(machine, rows);
  while (currentOperation(machine) < 0 && machine.core.count < LIMIT && system.run(5000) === 'budget') { /* not there yet */ }
  for (const { ready } of rows) ready?.(machine);
  const effects = (): (number | undefined)[] => rows.map(({ effect }) => effect?.(machine));
  const before = effects();
  const pages = hashes ? securePages(machine) : undefined;
  assert.equal(currentOperation(machine), 0, 'the state is kept before the first access');
  runTo(world, LIMIT);
  const results = outcomes(machine, all.length);
  assert.equal(results.at(-1)!.result, 0x00010001, `the secure world answers PSCI_VERSION afterwards\n${world.log.join('\n')}`);
  assert.equal(system.halted?.reason, 'the normal world switched the system off', world.log.join('\n'));
  return { outcomes: results, notes, before, after: effects(), world, machine, changedPages: pages === undefined ? [] : changed(pages, securePages(machine)) };
}

/** The same program in secure state on the bare board. */
function runSecure(rows: readonly ContainmentRow[], operations: readonly Operation[]): ProbeRun {
  const machine = new Machine({ tier: 'threaded' });
  machine.applyHandover();
  prepare(machine, rows);
  for (const { address, bytes } of probeBoot(operations).loads) machine.loadBytes(address, bytes);
  // As bootstrap leaves them: what the rows write shows.
  machine.chip.writeRegister('TZIC', 'INTCTRL', 0x80010001);
  machine.chip.writeRegister('TZIC', 'INTSEC', 0xffffffff, 2);
  machine.memory.u32[STATE.r + 15] = PROGRAM;
  const effects = (): (number | undefined)[] => rows.map(({ effect }) => effect?.(machine));
  while (currentOperation(machine) < 0 && machine.core.count < LIMIT) machine.run(5000);
  const before = effects();
  machine.run(2_000_000);
  return { outcomes: outcomes(machine, operations.length), notes: [], before, after: effects(), world: undefined, machine, changedPages: [] };
}

export interface ContainmentResult { readonly row: ContainmentRow; readonly access: string; readonly result: string; readonly control: string }

export const FAULT = { external: 0x008, walk2: 0x00e } as const;
export const faultStatus = (fsr: number): number => (fsr & 15) | (fsr >>> 6 & 16);
/** Frames of contexts: the only secure memory that running the normal world changes. */
export const FRAMES = { from: PHYSICAL.heap, to: PHYSICAL.heap + 0x1000 } as const;
/** Core's tables, with the windows of kernel calls. */
export const TABLES = { from: PHYSICAL.coreTable, to: PHYSICAL.stub } as const;

/** What a refused row looks like; throws where it is not refused as it should be. */
function contained(row: ContainmentRow, i: number, place: number, run: ProbeRun): { readonly access: string; readonly result: string } {
  const what = `${row.group}: ${row.access}`;
  const outcome = run.outcomes[place]!;
  const { refusals, lines } = run.notes[place]!;
  if (row.effect !== undefined) assert.equal(run.after[i], run.before[i], `${what}: nothing is changed`);
  if (row.expected === 'refused') {
    const line = lines.find((candidate) => candidate.includes('refused') && candidate.includes(row.rule));
    assert.ok(line !== undefined, `${what}: the refusal is reported\n${lines.join('\n')}`);
    // What is set in the VM's state is looked at when the VM runs next: the call itself has succeeded.
    if (!row.access.includes('irq_injection')) assert.equal(outcome.result, REFUSED, what);
    return { access: 'call', result: `refused: r0 = ${outcome.result | 0}` };
  }
  const refusal = refusals.find(({ rule, address }) => rule === row.rule && address === row.address);
  assert.ok(refusal !== undefined, `${what}: refused by ${row.rule} at ${hex(row.address)}; ${JSON.stringify(outcome)}\n${JSON.stringify(refusals)}`);
  assert.equal(masterOf(refusal.access), row.master, what);
  assert.notEqual(refusal.access & NONSECURE, 0, what);
  const access = describeAccess(refusal.access).replace(/ by .*/, '');
  switch (row.expected) {
    case 'abort': case 'walk': {
      const fetch = row.operation.kind === 'fetch';
      assert.equal(outcome.how, fetch ? 'prefetch abort' : 'data abort', what);
      assert.equal(faultStatus(outcome.status), row.expected === 'walk' ? FAULT.walk2 : FAULT.external, `${what}: FSR ${hex(outcome.status)}`);
      assert.equal(outcome.result, UNREAD, `${what}: the destination is unchanged`);
      if (row.access.startsWith('unaligned')) assert.ok(outcome.address === row.operation.address || outcome.address === row.address, what);
      else assert.equal(outcome.address, row.operation.address, `${what}: fault address`);
      return { access, result: `${outcome.how}, ${fetch ? 'IFSR' : 'DFSR'} ${hex(outcome.status)}` };
    }
    case 'ignored':
      assert.equal(outcome.how, 'done', what);
      return { access, result: 'ignored' };
    case 'dma':
      // The descriptor's ERROR bit (20).
      assert.equal(outcome.result >>> 20 & 1, 1, `${what}: the descriptor tells of an error, ${hex(outcome.result)}`);
      return { access, result: `descriptor ${hex(outcome.result)} (ERROR)` };
  }
}

/** Whether the access works with its rule switched off; throws where it does not. */
function controlled(row: ContainmentRow, i: number, place: number, run: ProbeRun): void {
  const what = `${row.group}: ${row.access}, with the rule off`;
  const outcome = run.outcomes[place]!;
  assert.equal(outcome.how, 'done', `${what}: ${JSON.stringify(outcome)}\n${JSON.stringify(run.notes[place])}`);
  if (row.secret !== undefined) assert.equal(outcome.result, row.secret, `${what}: it is read`);
  else if (/read/i.test(row.operation.kind)) assert.notEqual(outcome.result, UNREAD, what);
  if (row.expected === 'dma') assert.equal(outcome.result >>> 20 & 1, 0, what);
  if (row.operation.kind === 'smc') assert.ok(outcome.result !== REFUSED, what);
  if (row.effect !== undefined) assert.notEqual(run.after[i], run.before[i], `${what}: it has its effect`);
  if (row.access.startsWith('C0_SETDM of')) assert.equal(run.after[i], secretOf(row.address), `${what}: the secret has arrived`);
}

export function describeOff(off: Off): string {
  switch (off.kind) {
    case 'board': return off.name;
    case 'secure': return 'the same program in secure state';
    case 'unchecked': return 'a call without the check';
    case 'inside': return 'the same call inside RAM';
  }
}

/** Makes all rows, contained and with each rule switched off. Throws on the first that is not as it should be. */
export function runContainment(tier: Tier): ContainmentResult[] {
  const rows = containmentRows();
  const { operations, places } = expand(rows);
  const run = runProbe({ rows, operations, tier, hashes: true });
  const results = rows.map((row, i) => ({ row, ...contained(row, i, places[i]!, run), control: describeOff(row.off) }));
  const leaked = run.changedPages.filter((page) => ![FRAMES, TABLES].some(({ from, to }) => page >= from && page < to));
  assert.deepEqual(leaked.map(hex), [], 'secure RAM is unchanged, but for the frames of contexts and core\'s tables');
  assert.deepEqual(run.notes.at(-1)!.refusals, []);
  return results;
}

/** The control of every row. */
export function runControls(tier: Tier): void {
  const rows = containmentRows();
  const kinds = new Map<string, { readonly rows: ContainmentRow[]; readonly off: Off }>();
  for (const row of rows) {
    const key = describeOff(row.off);
    const group = kinds.get(key) ?? { rows: [], off: row.off };
    group.rows.push(row);
    kinds.set(key, group);
  }
  for (const { rows: group, off } of kinds.values()) {
    const changedRows = group.map((row): ContainmentRow => {
      switch (row.off.kind) {
        case 'unchecked': return { ...row, operation: { kind: 'smc', address: row.off.call, value: row.address } };
        case 'inside': return { ...row, operation: row.off.operation };
        default: return row;
      }
    });
    const { operations, places } = expand(changedRows);
    const run = off.kind === 'secure' ? runSecure(changedRows, operations) : runProbe({ rows: changedRows, operations, tier, board: off.kind === 'board' ? off.board : QSB_SECURE });
    changedRows.forEach((row, i) => { controlled(row, i, places[i]!, run); });
  }
}

/** Runs operations beside the secure world of the board as it is. */
export function runOperations(operations: readonly Operation[], tier: Tier): Pick<ProbeRun, 'outcomes' | 'notes' | 'machine'> {
  return runProbe({ rows: [], operations: [WAIT, ...operations], tier });
}
