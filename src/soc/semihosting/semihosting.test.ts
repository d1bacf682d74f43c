import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlatMachine, TIERS } from '../../cpu/flat-machine.testing.ts';
import { STATE } from '../../cpu/index.ts';
import { ERRNO, type OpenMode, type SemihostExit, type SemihostFiles } from './ports.ts';
import { Semihosting } from './semihosting.ts';

/** Files in a map, with the errors of a real file system. */
class MapFiles implements SemihostFiles {
  readonly content = new Map<string, number[]>();
  readonly opened: { name: string; mode: OpenMode; position: number }[] = [];
  open(name: Uint8Array, mode: OpenMode): number {
    const key = String.fromCharCode(...name);
    if (mode.kind === 'read' && !this.content.has(key)) return -ERRNO.ENOENT;
    if (mode.kind === 'write') this.content.set(key, []);
    return this.opened.push({ name: key, mode, position: 0 }) - 1;
  }
  close(): number { return 0; }
  read(handle: number, target: Uint8Array): number {
    const file = this.opened[handle]!;
    const bytes = this.content.get(file.name)!.slice(file.position, file.position + target.length);
    target.set(bytes);
    file.position += bytes.length;
    return bytes.length;
  }
  write(handle: number, bytes: Uint8Array): number {
    const file = this.opened[handle]!;
    if (file.mode.kind === 'read') return -ERRNO.EBADF;
    this.content.get(file.name)!.push(...bytes);
    return bytes.length;
  }
  seek(handle: number, position: number): number {
    this.opened[handle]!.position = position;
    return 0;
  }
  length(handle: number): number { return this.content.get(this.opened[handle]!.name)!.length; }
  remove(name: Uint8Array): number { return this.content.delete(String.fromCharCode(...name)) ? 0 : -ERRNO.ENOENT; }
  rename(from: Uint8Array, to: Uint8Array): number {
    const bytes = this.content.get(String.fromCharCode(...from));
    if (bytes === undefined) return -ERRNO.ENOENT;
    this.content.set(String.fromCharCode(...to), bytes);
    return this.remove(from);
  }
}

const BLOCK = 0x8000;
const BUFFER = 0x9000;
const SIZE = 1 << 16;

function setUp() {
  const machine = createFlatMachine(SIZE);
  const files = new MapFiles();
  const written = { stdout: '', stderr: '' };
  const exits: SemihostExit[] = [];
  const log: string[] = [];
  let input: number[] = [];
  const semihosting = new Semihosting({
    core: machine.core, files,
    console: {
      read: (target) => {
        const bytes = input.splice(0, target.length);
        target.set(bytes);
        return bytes.length;
      },
      write: (stream, bytes) => { written[stream] += String.fromCharCode(...bytes); },
      isTerminal: (stream) => stream === 'stdin',
    },
    commandLine: Uint8Array.from('prog a b', (c) => c.charCodeAt(0)),
    heap: { heapBase: 0xa000, heapLimit: 0xe000, stackBase: 0x10000, stackLimit: 0xf000 },
    frequencyHz: 1_000_000_000, startSeconds: 1_700_000_000,
    onExit: (exit) => { exits.push(exit); machine.core.requestStop(); },
    log: (line) => { log.push(line); },
  });
  semihosting.attach();
  return {
    machine, files, written, exits, log, semihosting,
    type: (text: string) => { input = Array.from(text, (c) => c.charCodeAt(0)); },
    /** A call with its block at BLOCK. */
    call: (operation: number, ...words: number[]) => {
      machine.load(BLOCK, words);
      return semihosting.call(operation, BLOCK);
    },
    text: (address: number, text: string) => {
      machine.load(address, Uint8Array.from(`${text}\0`, (c) => c.charCodeAt(0)));
      return text.length;
    },
    at: (address: number, length: number) => String.fromCharCode(...machine.memory.u8.subarray(machine.ram + address, machine.ram + address + length)),
  };
}

test('both SVC forms reach the host and go on behind; other numbers are taken as exceptions', () => {
  for (const tier of TIERS) {
    const { machine, written } = setUp();
    const { i32 } = machine.memory;
    machine.load(BUFFER, Uint8Array.of(0x41));
    machine.load(0x1000, [0xef123456, 0xe3a05001, 0xef000000]); // svc #0x123456; mov r5, #1; svc #0
    i32[STATE.r] = 0x03;
    i32[STATE.r + 1] = BUFFER;
    i32[STATE.r + 15] = 0x1000;
    machine.run(tier, 3);
    assert.equal(written.stdout, 'A');
    assert.equal(i32[STATE.r + 5], 1);
    assert.equal(i32[STATE.r + 15], 8, 'svc #0 goes to the vector');

    machine.load(0x2000, [0xdfabdfab, 0xdf002601]); // T32: svc #0xab twice; movs r6, #1; svc #0
    machine.core.cpsr = 0x1f3;
    i32[STATE.r] = 0x03;
    i32[STATE.r + 15] = 0x2000;
    machine.run(tier, 1);
    i32[STATE.r] = 0x03;
    machine.run(tier, 2);
    assert.equal(written.stdout, 'AAA');
    assert.equal(i32[STATE.r + 6], 1);
  }
});

test('the exit stops the run at its instruction, with the status that the guest gives', () => {
  for (const tier of TIERS) {
    const { machine, exits } = setUp();
    const { i32 } = machine.memory;
    machine.load(BLOCK, [0x20026, 42]);
    machine.load(0x1000, [0xef123456, 0xe3a05001]);
    i32[STATE.r] = 0x20;
    i32[STATE.r + 1] = BLOCK;
    i32[STATE.r + 15] = 0x1000;
    assert.equal(machine.run(tier, 10), 1);
    assert.deepEqual(exits, [{ reason: 0x20026, status: 42 }]);
    assert.equal(i32[STATE.r + 5], 0);
  }
  const { semihosting, exits, call } = setUp();
  semihosting.call(0x18, 0x20026); // in AArch32, r1 is the reason itself
  semihosting.call(0x18, 0x20023);
  call(0x20, 0x20023, 0);
  assert.deepEqual(exits.map(({ status }) => status), [0, 1, 1]);
});

test('the console: three handles on :tt, characters, strings, and what is a terminal', () => {
  const { call, text, written, type, at, semihosting } = setUp();
  const length = text(BUFFER, ':tt');
  const stdin = call(0x01, BUFFER, 0, length);
  const stdout = call(0x01, BUFFER, 4, length);
  const stderr = call(0x01, BUFFER, 8, length);
  assert.ok(stdin > 0 && stdout > 0 && stderr > 0 && new Set([stdin, stdout, stderr]).size === 3);
  text(BUFFER, 'hello');
  assert.equal(call(0x05, stdout, BUFFER, 5), 0);
  assert.equal(call(0x05, stderr, BUFFER, 4), 0);
  assert.equal(semihosting.call(0x04, BUFFER), 0);
  assert.deepEqual(written, { stdout: 'hellohello', stderr: 'hell' });
  assert.deepEqual([stdin, stdout].map((handle) => call(0x09, handle)), [1, 0]);
  type('line\nmore');
  assert.equal(call(0x06, stdin, BUFFER, 100), 100 - 9, 'what there is, as the number of bytes that are missing');
  assert.equal(at(BUFFER, 9), 'line\nmore');
  assert.equal(call(0x06, stdin, BUFFER, 100), 100, 'the end');
  assert.equal(call(0x07), -1);
  type('x');
  assert.equal(call(0x07), 0x78);
  assert.equal(call(0x0c, stdout), -1);
  assert.equal(call(0x13), ERRNO.ESPIPE);
});

test('files: write, length, seek, read back, rename, remove', () => {
  const { call, text, at, files } = setUp();
  const name = text(BUFFER, 'data');
  const out = call(0x01, BUFFER, 5, name);
  assert.deepEqual(files.opened[0], { name: 'data', mode: { kind: 'write', update: false }, position: 0 });
  text(BUFFER + 0x100, '0123456789');
  assert.equal(call(0x05, out, BUFFER + 0x100, 10), 0);
  assert.equal(call(0x02, out), 0);
  assert.equal(call(0x02, out), -1);
  assert.equal(call(0x13), ERRNO.EBADF);
  const back = call(0x01, BUFFER, 3, name);
  assert.deepEqual(files.opened[1]!.mode, { kind: 'read', update: true });
  assert.equal(call(0x0c, back), 10);
  assert.equal(call(0x0a, back, 7), 0);
  assert.equal(call(0x06, back, BUFFER + 0x200, 8), 5);
  assert.equal(at(BUFFER + 0x200, 3), '789');
  assert.equal(call(0x09, back), 0);
  text(BUFFER + 0x100, 'other');
  assert.equal(call(0x0f, BUFFER, name, BUFFER + 0x100, 5), 0);
  assert.deepEqual([...files.content.keys()], ['other']);
  assert.equal(call(0x01, BUFFER, 0, name), -1);
  assert.equal(call(0x13), ERRNO.ENOENT);
  assert.equal(call(0x0e, BUFFER + 0x100, 5), 0);
  assert.equal(call(0x0e, BUFFER + 0x100, 5), -1);
});

test('the features file tells that EXIT_EXTENDED works and that stderr is apart', () => {
  const { call, text, machine } = setUp();
  const length = text(BUFFER, ':semihosting-features');
  assert.equal(call(0x01, BUFFER, 4, length), -1);
  const handle = call(0x01, BUFFER, 0, length);
  assert.equal(call(0x0c, handle), 5);
  assert.equal(call(0x06, handle, BUFFER, 4), 0);
  assert.equal(machine.memory.i32[(machine.ram + BUFFER) >> 2], 0x42464853); // 'SHFB'
  assert.equal(call(0x06, handle, BUFFER, 1), 0);
  assert.equal(machine.memory.u8[machine.ram + BUFFER], 3);
  assert.equal(call(0x06, handle, BUFFER, 1), 1);
});

test('time, arguments, heap, temporary names', () => {
  const { call, machine, semihosting, at } = setUp();
  machine.core.count = 2_340_000_000;
  assert.equal(semihosting.call(0x10, 0), 234);
  assert.equal(semihosting.call(0x11, 0), 1_700_000_002);
  assert.equal(semihosting.call(0x31, 0), 1_000_000_000);
  machine.core.count = 5 * 2 ** 32 + 7;
  assert.equal(call(0x30, 0, 0), 0);
  assert.deepEqual([...machine.memory.i32.subarray((machine.ram + BLOCK) >> 2, ((machine.ram + BLOCK) >> 2) + 2)], [7, 5]);
  assert.equal(call(0x15, BUFFER, 8), -1, 'there is no room for the NUL');
  assert.equal(call(0x15, BUFFER, 9), 0);
  assert.equal(at(BUFFER, 9), 'prog a b\0');
  assert.equal(machine.memory.i32[(machine.ram + BLOCK + 4) >> 2], 8);
  assert.equal(call(0x16, BUFFER), 0);
  assert.deepEqual([...machine.memory.i32.subarray((machine.ram + BUFFER) >> 2, ((machine.ram + BUFFER) >> 2) + 4)], [0xa000, 0xe000, 0x10000, 0xf000]);
  assert.equal(call(0x0d, BUFFER, 7, 20), 0);
  const first = at(BUFFER, 20).split('\0')[0];
  assert.equal(call(0x0d, BUFFER, 8, 20), 0);
  assert.notEqual(at(BUFFER, 20).split('\0')[0], first);
  assert.equal(call(0x08, 0xffffffff), 1);
  assert.equal(call(0x08, 0), 0);
});

test('memory that the caller cannot reach: -1 and EFAULT, whatever the call', () => {
  const { call, semihosting, text, written } = setUp();
  const far = 0x40000000;
  for (const operation of [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x0e, 0x0f, 0x15, 0x16, 0x20, 0x30]) {
    semihosting.errno = 0;
    assert.equal(semihosting.call(operation, far), -1, `operation 0x${operation.toString(16)}`);
    assert.equal(semihosting.errno, ERRNO.EFAULT, `operation 0x${operation.toString(16)}`);
    assert.equal(semihosting.call(operation, 0xfffffffe), -1);
  }
  const length = text(BUFFER, ':tt');
  const stdout = call(0x01, BUFFER, 4, length);
  const stdin = call(0x01, BUFFER, 0, length);
  assert.equal(call(0x05, stdout, SIZE - 2, 4), -1);
  assert.equal(call(0x05, stdout, 0, 0xffffffff), -1);
  assert.equal(call(0x06, stdin, SIZE - 2, 4), -1);
  assert.equal(call(0x01, far, 0, 3), -1);
  assert.equal(call(0x16, far), -1);
  assert.equal(written.stdout, '');
});

test('what does not exist is refused: SYS_SYSTEM, unknown operations, bad modes and handles; each refusal is told once', () => {
  const { call, log, semihosting } = setUp();
  assert.equal(call(0x12, BUFFER, 2), -1);
  assert.equal(semihosting.errno, ERRNO.ENOSYS);
  assert.equal(call(0x12, BUFFER, 2), -1);
  assert.equal(call(0x0b), -1);
  assert.equal(log.length, 2);
  assert.equal(call(0x01, BUFFER, 12, 1), -1);
  assert.equal(semihosting.errno, ERRNO.EINVAL);
  assert.equal(call(0x05, 99, BUFFER, 1), -1);
  assert.equal(semihosting.errno, ERRNO.EBADF);
});
