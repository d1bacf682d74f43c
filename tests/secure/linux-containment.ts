/**
 * The rows of the containment table from inside Linux: a process (busybox's devmem) for what user code tries, our test module for what only privileged code can. One boot: the script
 * makes each access with all rules as they are, then each again with its own rule switched off. The module marks the beginning of each row by UART2, which the machine tells at once.
 */
import assert from 'node:assert/strict';
import { NONSECURE, STATE } from '../../src/cpu/index.ts';
import { kernelModule, linuxExtras, readPackageFile, type DebianGuest } from '../../src/host/index.ts';
import { appendArchive, buildInitramfs, placeLinux, runArchive } from '../../src/normal/index.ts';
import { PHYSICAL, QSB_SECURE } from '../../src/secure/index.ts';
import { prepareLinux } from '../../src/secure/vmm/index.ts';
import { cslValues } from '../../src/secure/bootstrap/imx53-qsb.ts';
import { Machine, masterOf, QSB_DRAM } from '../../src/soc/index.ts';
import { changed, containmentCalls as calls, FAULT, faultStatus, FRAMES, prepare, securePages, TABLES, uncheckedCalls, withInjection } from './containment.ts';
import { CALLS, containmentRows, CONTROL_IN_SECURE_RAM, DMA_WORDS, DONE, GET_DATA, memoryMark, REFUSED, SDMA_DATA, secretOf, SET_DATA, type ContainmentRow } from './containment-rows.ts';
import { createWorld, hex, runTo, words, wordAt, type World } from './harness.ts';
import type { Operation } from './probe.ts';

const { secureRam, normalRam, normalRamSize } = PHYSICAL;
/** The module's page, from 0x100 on ours: words that SDMA takes, and where it puts what it has. */
const PAGE = { words: 0x100, mark: 0x140, spare: 0x200, copies: 0x400 } as const;
const APPEND = 'console=ttymxc0,115200 quiet';
const LIMIT = 15_000_000_000;

/** Pages behind the addresses of SMC arguments, in the order of the script's `map`. */
const pageOf = (address: number): number => (address & ~0xfff) >>> 0;

/** Why Linux does not make a row's access; undefined where it does. */
export function notFromLinux({ operation: { kind, address, value }, group, access }: ContainmentRow): string | undefined {
  switch (kind) {
    case 'fetch': return 'the same mapping, never executable';
    case 'vfpRead': case 'vfpWrite': return 'the kernel has no VFP of its own';
    case 'read32': return address >= 0xe0000000 || access.startsWith('unaligned') ? 'a mapping of the program\'s own' : undefined;
    // The RAM's last page is Linux's own, and what follows it is not contiguous there.
    case 'smc': return group === 'Arguments of SMCs' && (/over the end of RAM|and on into/.test(access) || value! >= 0xe0000000 && value! < 0xf0000000) ? 'not contiguous in the kernel\'s mapping' : undefined;
    default: return undefined;
  }
}

/** Lines of shell for an access; `maps` numbers the shell variables with the kernel addresses of pages. What came of it is in $a. */
function command({ access, dmaSource, off }: ContainmentRow, { kind, address, value = 0, more = 0 }: Operation, control: boolean, maps: ReadonlyMap<number, number>): string {
  const at = hex(address);
  const bits = /\d+$/.exec(kind)?.[0];
  switch (kind) {
    case 'read32': case 'read16': case 'read8': return `p read ${Number(bits) / 8} ${at}`;
    case 'write32': case 'write16': case 'write8': return `p write ${Number(bits) / 8} ${at} ${hex(value)}`;
    case 'exclusive': return `p exclusive ${at}`;
    case 'readPair': return `p pair ${at}`;
    case 'writePair': return `p write-pair ${at} ${hex(value)}`;
    case 'userRead': return `u ${at} 32`;
    case 'userWrite': return `u ${at} 32 ${hex(value)}`;
    case 'sdma': {
      const before = dmaSource === undefined ? '' : `p sdma ${hex(SET_DATA | DONE | 2)} $((pa + ${PAGE.words + (dmaSource === DMA_WORDS.ones ? 0 : 4)})) ${hex(more)}; `;
      // What SDMA has of it afterwards goes to the module's page.
      const after = access.startsWith('C0_SETDM of') ? `; b=$a; p sdma ${hex(GET_DATA | DONE | 8)} $((pa + ${copyOf(more)})) ${hex(more)}; a=$b` : '';
      return `${before}p sdma ${at} ${hex(value)} ${hex(more)}${after}`;
    }
    case 'sdmaControl': return `p sdma-control ${at}`;
    case 'smc': {
      if (control && off.kind === 'inside' && address !== CALLS.physicalLoad) return `s ${at} $((va + ${PAGE.spare})) ${hex(more)}`;
      const page = takesVa(address) ? maps.get(pageOf(value)) : undefined;
      return `s ${at} ${page === undefined ? hex(value) : `$((m${page} + ${value & 0xfff}))`} ${hex(more)}`;
    }
    default: throw new Error(`${kind} is not for Linux`);
  }
}

/** Where in the module's page the copy of SDMA's memory from `local` on goes. */
const copyOf = (local: number): number => PAGE.copies + (local - SDMA_DATA - 0x100) / 0x10 * 0x40;

/** Whether a call's first argument is a virtual address, for which Linux needs a mapping. */
const takesVa = (call: number): boolean => call === CALLS.hello || call === CALLS.store || call === CALLS.kernelLoad || call === CALLS.kernelStore;
const isMapped = ({ kind, address, value = 0 }: Operation): boolean => kind === 'smc' && takesVa(address) && (value < normalRam || value >= normalRam + normalRamSize) && value < 0xf0000000;

export interface LinuxCell { readonly row: ContainmentRow; readonly result: string }

interface Step { readonly row: ContainmentRow; readonly index: number; readonly operation: Operation; readonly control: boolean }

/** What the script printed of a step: `ok VALUE`, `fault STATUS`, `user STATUS TEXT`. */
type Printed = { readonly how: 'ok'; readonly value: number } | { readonly how: 'fault'; readonly status: number } | { readonly how: 'user'; readonly status: number; readonly text: string };

interface Notes { readonly refusals: { readonly rule: string; readonly address: number; readonly access: number }[]; readonly lines: string[]; before?: number | undefined; after?: number | undefined }

function initramfs(guest: DebianGuest, modules: Parameters<typeof linuxExtras>[0], script: string): Uint8Array {
  const archive = buildInitramfs({ busybox: guest.busybox.bytes, init: Buffer.from(readPackageFile('guest/linux/init')).toString('utf8'), extra: linuxExtras(modules) });
  return appendArchive(archive, runArchive(script));
}

const HEAD = (secure: boolean): string[] => [
  'insmod /lib/worldswitch_probe.ko || exit 9',
  `exec 3<> /dev/worldswitch-probe${secure ? ' 4<> /dev/smc' : ''}`,
  'p() { echo "$*" >&3 || echo refused; read -r a <&3; }',
  's() { echo "$*" >&4; read -r x a <&4; a="ok ${a#= }"; }',
  'u() { x=$(devmem "$@" 2>&1); a="user $? $x"; }',
  'p page; a=${a#ok }; va=$((${a% *})) pa=$((${a#* }))',
];

function scriptOf(steps: readonly Step[], secure: boolean): string {
  const pages = [...new Set(steps.filter(({ operation }) => isMapped(operation)).map(({ operation: { value = 0 } }) => pageOf(value)))];
  const maps = new Map(pages.map((page, i) => [page, i]));
  return [
    ...HEAD(secure),
    ...pages.flatMap((page, i) => [`p map ${hex(page)}; m${i}=$((\${a#ok }))`]),
    // Any mark that is no number of a step is the physical address of the module's page.
    'p mark $pa',
    `p sdma ${hex(SET_DATA | DONE | 8)} $((pa + ${PAGE.mark})) ${hex(SDMA_DATA + 0x200)}`,
    ...steps.flatMap(({ row, operation, control }, i) => [`p mark ${i}`, `${command(row, operation, control, maps)}; echo "${i} $a" >> /tmp/out`]),
    `p mark ${steps.length}`,
    secure ? 's 0x84000000; echo "alive $a" >> /tmp/out' : 'true',
    'dmesg -n 1; sleep 1; echo; cat /tmp/out; echo "done"',
  ].join('\n');
}

function parse(output: string): { readonly printed: Map<number, Printed>; readonly alive: string | undefined } {
  const printed = new Map<number, Printed>();
  for (const [, number, how, rest] of output.matchAll(/^(\d+) (ok|fault|user) (.*)$/gm)) {
    const [first = '', ...text] = rest!.trim().split(' ');
    printed.set(Number(number), how === 'user' ? { how, status: Number(first), text: text.join(' ') } : how === 'ok' ? { how, value: Number(first) >>> 0 } : { how: 'fault', status: Number(first) >>> 0 });
  }
  return { printed, alive: /^alive (.*)$/m.exec(output)?.[1] };
}

/** Switches a row's rule off, as the board record of its control has it, and on again. */
function switchRule({ machine, system: { kernel } }: World, { off }: ContainmentRow, on: boolean): void {
  if (off.kind !== 'board') return;
  const board = on ? QSB_SECURE : off.board;
  const { chip } = machine;
  cslValues(board).forEach((value, n) => { chip.writeRegister('CSU', 'CSL', value, n); });
  const { base, size } = board.protectedRam;
  chip.writeRegister('M4IF', 'WM_DDR0_START', size === 0 ? 0 : (base >>> 12) | 1 << 31);
  for (let word = 0; word < 4; word++) {
    const secure = board.secureInterrupts.filter((number) => number >>> 5 === word).reduce((bits, number) => bits | 1 << (number & 31), 0);
    chip.writeRegister('TZIC', 'INTSEC', ~secure >>> 0, word);
  }
  // The kernel refuses to inject what its board record calls secure.
  Object.assign(kernel, { board });
  for (const bridge of ['AIPSTZ1', 'AIPSTZ2']) for (const n of [1, 0]) chip.writeRegister(bridge, 'MPR', board.lockBridges === false ? 0x77777777 : 0x11111111, n);
}

/** What a row would change; copies of SDMA's memory lie in the module's page rather than in the program's buffer. */
function effectOf({ access, operation: { more = 0 }, effect }: ContainmentRow, machine: Machine, page: number): number | undefined {
  return access.startsWith('C0_SETDM of') ? wordAt(machine, page + copyOf(more)) : effect?.(machine);
}

/** What SDMA is given in the module's page. */
function preparePage(machine: Machine, page: number): void {
  machine.loadBytes(page + PAGE.words, words(0xffffffff, 40));
  machine.loadBytes(page + PAGE.mark, words(memoryMark, memoryMark, memoryMark, memoryMark));
  machine.loadBytes(CONTROL_IN_SECURE_RAM + 0x100, words(GET_DATA | DONE | 2, page + PAGE.spare, SDMA_DATA + 0x200));
}

/** The operation of a row in its control. */
function controlOperation({ off, address, operation }: ContainmentRow): Operation {
  switch (off.kind) {
    case 'unchecked': return { kind: 'smc', address: off.call, value: address };
    case 'inside': return off.operation;
    default: return operation;
  }
}

/** Makes all rows from Linux beside the secure world, then their controls; those without a switch from Linux in secure state on the bare board. Throws on the first that is not as it should be. */
export async function runLinuxContainment(guest: DebianGuest): Promise<LinuxCell[]> {
  const built = await kernelModule({ kernelVersion: guest.kernelVersion });
  assert.ok(built.ok, built.ok ? '' : built.error.message);
  const rows = containmentRows().filter((row) => notFromLinux(row) === undefined);
  const attempts = rows.map((row, index): Step => ({ row, index, operation: row.operation, control: false }));
  const controls = rows.flatMap((row, index): Step[] => (row.off.kind === 'secure' ? [] : [{ row, index, operation: controlOperation(row), control: true }]));
  const steps = [...attempts, ...controls];
  const images = { kernel: guest.vmlinuz.bytes, dtb: guest.dtb.bytes, append: APPEND };

  // ---- beside the secure world
  const prepared = prepareLinux({ ...images, initrd: initramfs(guest, built.module, scriptOf(steps, true)), partition: QSB_SECURE });
  assert.ok(prepared.ok, prepared.ok ? '' : prepared.error);
  const notes = steps.map((): Notes => ({ refusals: [], lines: [] }));
  let current = -1;
  let text = '';
  let pages: Map<number, Uint8Array> | undefined;
  let leaked: number[] | undefined;
  let world: World | undefined;
  let page = 0;
  const begin = (number: number): void => {
    const { machine } = world!;
    if (number > steps.length) {
      page = number;
      preparePage(machine, page);
      return;
    }
    const last = steps[current];
    if (last !== undefined) {
      notes[current]!.after = effectOf(last.row, machine, page);
      if (last.control) switchRule(world!, last.row, true);
    }
    if (number === 0) pages = securePages(machine);
    if (number === attempts.length) leaked = changed(pages!, securePages(machine));
    current = number;
    const next = steps[number];
    if (next === undefined) return;
    if (next.control) {
      switchRule(world!, next.row, false);
      // What another row's control has written is not what this one writes.
      const at = (next.row.address & ~3) >>> 0;
      if (at >= secureRam && at < normalRam && next.row.operation.kind !== 'sdmaControl') machine.loadBytes(at, words(secretOf(at)));
    }
    notes[number]!.before = effectOf(next.row, machine, page);
  };
  world = createWorld({
    boot: prepared.boot, tier: 'auto', own: calls, kernelSmcs: uncheckedCalls, wrapVmm: withInjection,
    onRefusal: (rule, address, access) => { notes[current]?.refusals.push({ rule, address: address >>> 0, access }); },
    onLog: (_who, line) => { notes[current]?.lines.push(line); },
    onByte: (uart, byte) => {
      if (uart !== 2) return;
      if (byte !== 0x0a) text += String.fromCharCode(byte);
      else {
        begin(Number(text));
        text = '';
      }
    },
  });
  const { machine, system } = world;
  prepare(machine, rows);
  while (!/^done\r?$/m.test(world.output()) && machine.core.count < LIMIT && system.halted === undefined) runTo(world, machine.core.count + 20_000_000);
  const { printed, alive } = parse(world.output().replaceAll('\r', ''));
  assert.equal(alive, 'ok 0x00010001', `the secure world answers PSCI_VERSION afterwards; step ${current}\n${world.output().slice(-3000)}\n${world.log.slice(-20).join('\n')}`);
  assert.equal(current, steps.length, `the script stopped at step ${current}\n${world.output().slice(-2000)}`);
  const cells = attempts.map((step, i) => ({ row: step.row, result: contained(step, notes[i]!, printed.get(i)) }));
  assert.deepEqual(leaked!.filter((at) => ![FRAMES, TABLES].some(({ from, to }) => at >= from && at < to)).map(hex), [], 'secure RAM is unchanged, but for the frames of contexts and core\'s tables');
  controls.forEach((step, i) => { controlled(step.row, notes[attempts.length + i]!, printed.get(attempts.length + i)); });

  // ---- in secure state, where there is no switch
  const bareSteps = rows.flatMap((row, index): Step[] => (row.off.kind === 'secure' ? [{ row, index, operation: row.operation, control: true }] : []));
  await runBare(guest, built.module, bareSteps, images);
  return cells;
}

async function runBare(guest: DebianGuest, modules: Parameters<typeof linuxExtras>[0], steps: readonly Step[], images: { readonly kernel: Uint8Array; readonly dtb: Uint8Array; readonly append: string }): Promise<void> {
  const notes = steps.map((): Notes => ({ refusals: [], lines: [] }));
  const placed = placeLinux({ ...images, initrd: initramfs(guest, modules, scriptOf(steps, false)), ram: [...QSB_DRAM] });
  assert.ok(placed.ok, placed.ok ? '' : placed.error);
  let output = '';
  let text = '';
  let current = -1;
  const machine: Machine = new Machine({
    tier: 'auto',
    onTransmit: (uart, byte) => {
      if (uart === 1) output += String.fromCharCode(byte);
      if (uart !== 2) return;
      if (byte !== 0x0a) {
        text += String.fromCharCode(byte);
        return;
      }
      if (steps[current] !== undefined) notes[current]!.after = steps[current]!.row.effect?.(machine);
      const number = Number(text);
      text = '';
      if (number > steps.length) {
        preparePage(machine, number);
        return;
      }
      current = number;
      // As bootstrap leaves it, so that what the row writes shows; Linux has made all of them non-secure.
      for (let word = 0; word < 4; word++) {
        const secure = QSB_SECURE.secureInterrupts.filter((number) => number >>> 5 === word).reduce((bits, number) => bits | 1 << (number & 31), 0);
        machine.chip.writeRegister('TZIC', 'INTSEC', ~secure >>> 0, word);
      }
      machine.chip.writeRegister('TZIC', 'INTCTRL', 0x80010001);
      if (steps[current] !== undefined) notes[current]!.before = steps[current]!.row.effect?.(machine);
    },
  });
  machine.applyHandover();
  const { loads, entry, r0, r1, r2 } = placed.boot;
  for (const { address, bytes } of loads) machine.loadBytes(address, bytes);
  [r0, r1, r2].forEach((value, i) => { machine.memory.u32[STATE.r + i] = value; });
  machine.memory.u32[STATE.r + 15] = entry;
  while (!/^done\r?$/m.test(output) && machine.core.count < LIMIT) machine.run(20_000_000);
  const { printed } = parse(output.replaceAll('\r', ''));
  steps.forEach((step, i) => { controlled(step.row, notes[i]!, printed.get(i)); });
}

/** What a refused row looks like from Linux; throws where it is not refused as it should be. */
function contained({ row }: Step, { refusals, lines, before, after }: Notes, printed: Printed | undefined): string {
  const what = `${row.group}: ${row.access}, from Linux`;
  assert.ok(printed !== undefined, `${what}: it did not run`);
  assert.equal(after, before, `${what}: nothing is changed`);
  if (row.expected === 'refused') {
    assert.ok(lines.some((line) => line.includes('refused') && line.includes(row.rule)), `${what}: the refusal is reported\n${lines.join('\n')}`);
    assert.ok(printed.how === 'ok');
    if (!row.access.includes('irq_injection')) assert.equal(printed.value, REFUSED, what);
    return `refused: r0 = ${printed.value | 0}`;
  }
  const refusal = refusals.find(({ rule, address }) => rule === row.rule && address === row.address);
  assert.ok(refusal !== undefined, `${what}: refused by ${row.rule} at ${hex(row.address)}; ${JSON.stringify(printed)}\n${JSON.stringify(refusals)}`);
  assert.equal(masterOf(refusal.access), row.master, what);
  assert.notEqual(refusal.access & NONSECURE, 0, what);
  switch (row.expected) {
    case 'abort':
      if (row.operation.kind.startsWith('user')) {
        // 128 + SIGBUS, as a shell has it (Linux on ARM: 7).
        assert.ok(printed.how === 'user' && printed.status === 135, `${what}: ${JSON.stringify(printed)}`);
        return 'SIGBUS';
      }
      assert.ok(printed.how === 'fault', `${what}: ${JSON.stringify(printed)}`);
      assert.equal(faultStatus(printed.status), FAULT.external, what);
      return `external abort, DFSR ${hex(printed.status)}`;
    case 'ignored':
      assert.equal(printed.how, 'ok', what);
      return 'ignored';
    case 'dma':
      assert.ok(printed.how === 'ok' && (printed.value >>> 20 & 1) === 1, `${what}: the descriptor tells of an error`);
      return `descriptor ${hex(printed.value)} (ERROR)`;
    case 'walk': throw new Error(`${what}: Linux's tables are its own`);
  }
}

/** Whether the access works from Linux with its rule switched off; throws where it does not. */
function controlled(row: ContainmentRow, { before, after, refusals, lines }: Notes, printed: Printed | undefined): void {
  const what = `${row.group}: ${row.access}, from Linux with the rule off`;
  assert.ok(printed !== undefined, `${what}: it did not run`);
  assert.ok(printed.how !== 'fault' && (printed.how === 'ok' || printed.status === 0), `${what}: ${JSON.stringify(printed)} ${JSON.stringify(refusals)}\n${lines.join('\n')}`);
  const value = printed.how === 'ok' ? printed.value : Number(printed.text) >>> 0;
  if (row.secret !== undefined && /read|exclusive/i.test(row.operation.kind)) assert.equal(value, row.secret, `${what}: it is read`);
  if (row.expected === 'dma') assert.equal(value >>> 20 & 1, 0, what);
  if (row.operation.kind === 'smc') assert.notEqual(value, REFUSED, what);
  if (before !== undefined) assert.notEqual(after, before, `${what}: it has its effect`);
  if (row.access.startsWith('C0_SETDM of')) assert.equal(after, secretOf(row.address), `${what}: the secret has arrived`);
}
