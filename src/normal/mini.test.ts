/**
 * The embedded guest on the bare board (secure SVC mode) and in a normal world behind a small monitor of this test's own, on both tiers. Expected words and fault
 * statuses are those of DDI 0406C; PSCI's numbers those of DEN0022.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { STATE } from '../cpu/index.ts';
import { allRows, createAssembler } from '../isa/index.ts';
import { Machine, type Tier } from '../soc/index.ts';
import { buildMini, MINI_SOURCES, placeMini, type MiniImage } from './mini.ts';
import { RunFilter } from './run-marker.ts';

const sources = Object.fromEntries(MINI_SOURCES.map((name) => [name, readFileSync(new URL(`../../guest/mini/${name}`, import.meta.url), 'utf8')]));
const ram = [{ base: 0x80000000, size: 0x800000 }];
const TIERS: readonly Tier[] = ['evaluate', 'threaded'];

function build(): MiniImage {
  const result = buildMini(sources);
  assert.ok(result.ok, result.ok ? '' : result.errors.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
  return result.image;
}
const image = build();

/**
 * A monitor: PSCI_VERSION gives 1.1; SYSTEM_OFF stores a mark; the serial call collects characters; 0xc1 to 0xc5 make each later PSCI_VERSION spoil a register; 0x55 returns its
 * arguments changed; all else is NOT_SUPPORTED.
 */
const MONITOR = `
    .equ OFF, 0x70002000
    .equ TEXT, 0x70002010
    .equ SPOIL, 0x70002004
start:
    ldr   r0, =vectors
    mcr   p15, 0, r0, c12, c0, 1
    mov   r0, #0xc00
    mcr   p15, 0, r0, c1, c1, 2       @ NSACR: cp10 and cp11
    ldr   r0, =TEXT + 8
    ldr   r3, =TEXT
    str   r0, [r3]
    cps   #22
    ldr   sp, =0x70004000
    mov   r0, #1
    mcr   p15, 0, r0, c1, c1, 0       @ SCR.NS
    isb
    mov   r0, #0xd3
    msr   spsr_cxsf, r0
    mov   r0, #0
    mov   lr, r1
    movs  pc, lr
    .balign 32
vectors:
    b .
    b .
    b smc
    b .
    b .
    b .
    b .
    b .
smc:
    push  {r4-r6}
    mov   r4, #0
    mcr   p15, 0, r4, c1, c1, 0
    isb
    ldr   r4, =0x84000000
    cmp   r0, r4
    beq   version
    ldr   r4, =0x84000008
    cmp   r0, r4
    beq   off
    cmp   r0, #2
    beq   serial
    cmp   r0, #0x55
    beq   changed
    sub   r4, r0, #0xc0
    cmp   r4, #6
    ldrlo r5, =SPOIL
    strlo r4, [r5]
    mvn   r0, #0
back:
    mov   r4, #1
    mcr   p15, 0, r4, c1, c1, 0
    isb
    pop   {r4-r6}
    movs  pc, lr
off:
    ldr   r4, =OFF
    str   r0, [r4]
    wfi
    b     off
serial:
    ldr   r5, =TEXT
    ldr   r4, [r5]
    strb  r2, [r4], #1
    str   r4, [r5]
    mov   r0, #0
    b     back
changed:
    mvn   r0, r7
    add   r1, r1, #1
    add   r2, r2, #2
    add   r3, r3, #3
    b     back
version:
    ldr   r0, =0x10001
    ldr   r4, =SPOIL
    ldr   r4, [r4]
    cmp   r4, #1
    moveq r7, #0
    cmp   r4, #2
    bne   1f
    cps   #17
    mov   r11, #2
    cps   #22
1:  cmp   r4, #3
    bne   1f
    cps   #27
    mov   r4, #0x1b
    msr   spsr_cxsf, r4
    cps   #22
    mov   r4, #3
1:  cmp   r4, #4
    bne   1f
    mov   r4, #0xf00000
    mcr   p15, 0, r4, c1, c0, 2
    isb
    mov   r4, #5
    vmov  d29[1], r4
    mov   r4, #4
1:  cmp   r4, #5
    bne   1f
    mov   r4, #1
    mcr   p15, 0, r4, c1, c1, 0
    isb
    mcr   p15, 0, r4, c6, c0, 0       @ DFAR of the normal world
1:  b     back
`;

class Board {
  readonly machine: Machine;
  output = '';
  readonly bytes: number[] = [];

  constructor(tier: Tier, world: 'bare' | 'normal', options: { command?: string; serialCall?: boolean; marks?: boolean } = {}) {
    this.machine = new Machine({
      tier, dramBankBytes: 0x10800000,
      onTransmit: (uart, byte, secure) => {
        assert.equal(uart, 1);
        assert.equal(secure, world === 'bare');
        this.output += String.fromCharCode(byte);
        this.bytes.push(byte);
      },
    });
    this.machine.applyHandover();
    const placed = placeMini({ image, ram, ...options });
    assert.ok(placed.ok, placed.ok ? '' : placed.error);
    const { boot } = placed;
    for (const load of boot.loads) assert.ok(this.machine.loadBytes(load.address, load.bytes));
    const { i32 } = this.machine.memory;
    i32[STATE.r + 0] = boot.r0;
    i32[STATE.r + 1] = boot.r1;
    i32[STATE.r + 2] = boot.r2;
    i32[STATE.r + 15] = boot.entry;
    if (world === 'bare') return;
    const monitor = createAssembler(allRows).assemble(MONITOR, { origin: 0x70001000 });
    assert.ok(monitor.ok, monitor.ok ? '' : monitor.errors[0]!.message);
    for (const section of monitor.sections) assert.ok(this.machine.loadBytes(section.address, section.bytes));
    i32[STATE.r + 1] = boot.entry;
    i32[STATE.r + 15] = 0x70001000;
    for (let index = 0; index < 4; index++) this.machine.chip.writeRegister('TZIC', 'INTSEC', 0xffffffff, index);
    this.machine.chip.writeRegister('TZIC', 'PRIOMASK', 0xff);
    for (let index = 0; index < 32; index++) this.machine.chip.writeRegister('CSU', 'CSL', 0x00ff00ff, index);
  }

  /** Runs until the guest waits for input. */
  settle(budget = 4_000_000): void {
    for (let spent = 0; spent < budget; spent += 10_000) {
      this.machine.run(10_000);
      if (this.machine.memory.i32[STATE.waiting] !== 0) return;
    }
    assert.fail(`it still runs; so far: ${this.output}`);
  }

  boot(): this {
    this.settle(100_000);
    return this;
  }

  /** Types text; the output since. */
  type(text: string): string {
    const before = this.output.length;
    for (const character of text) {
      while (!this.machine.chip.uarts[0]!.receive(character.charCodeAt(0))) this.machine.run(1000);
      this.machine.run(5000);
    }
    this.settle();
    return this.output.slice(before);
  }

  /** The lines that a command prints. */
  command(line: string): string[] {
    const lines = this.type(`${line}\r`).split('\r\n');
    assert.equal(lines[0], line);
    assert.equal(lines.at(-1), 'mini> ');
    return lines.slice(1, -1);
  }

  text(address: number, length: number): string {
    return Buffer.from(this.machine.bytes(address, length)!).toString('latin1');
  }
}

const BARE = "mini: the embedded guest, on the bare board (secure svc mode); 'help' lists the commands\r\nmini> ";
const NORMAL = "mini: the embedded guest, in the normal world (non-secure svc mode); 'help' lists the commands\r\nmini> ";

/** Address of a symbol of the guest, as it prints addresses. */
function at(name: string, offset = 0): string {
  return `0x${((image.symbols.get(name)?.value ?? NaN) + offset).toString(16).padStart(8, '0')}`;
}

for (const tier of TIERS) {
  for (const world of ['bare', 'normal'] as const) {
    test(`${world}, ${tier}: the prompt comes in less than 100,000 instructions, and reads lines`, () => {
      const board = new Board(tier, world).boot();
      assert.equal(board.output, world === 'bare' ? BARE : NORMAL);
      assert.deepEqual(board.command('echo a b'), ['a b']);
      assert.equal(board.type('echo abd\x7fc\x08cd\r'), 'echo abd\b \bc\b \bcd\r\nabcd\r\nmini> ');
      assert.equal(board.type('nonsense\x15echo 1\n'), `nonsense${'\b \b'.repeat(8)}echo 1\r\n1\r\nmini> `);
      assert.equal(board.type('\x7f\x15echo 2\r\n'), 'echo 2\r\n2\r\nmini> ');
      assert.equal(board.type('abc\x03'), 'abc^C\r\nmini> ');
      assert.equal(board.type('\x1b[A\x1b[15~\x1bOPecho 3\t4\x01\r'), 'echo 34\r\n34\r\nmini> ');
      const long = `echo ${'x'.repeat(1018)}`;
      assert.equal(board.type(`${long}yz\r`), `${long}\x07\x07\r\n${'x'.repeat(1018)}\r\nmini> `);
      assert.deepEqual(board.command('  '), []);
      assert.deepEqual(board.command('echo 1; echo 2 ;;echo "a;b"'), ['1', '2', '"a;b"']);
    });

    test(`${world}, ${tier}: exceptions are told, and the prompt comes back`, () => {
      const board = new Board(tier, world).boot();
      const abort = (place: string, what: string, status: string): string[] => [`data abort at ${place} in svc mode: ${what}`, `  DFSR ${status}`];
      assert.deepEqual(board.command('fault undef'), [`undefined instruction at ${at('fault_undef')} in svc mode: 0xe7f000f0`]);
      assert.deepEqual(board.command('fault svc'), [`supervisor call at ${at('fault_svc', 4)} in svc mode: svc #66`]);
      assert.deepEqual(board.command('fault bkpt'), [`prefetch abort at ${at('fault_bkpt')} in svc mode`, '  IFSR 0x00000002: debug event']);
      assert.deepEqual(board.command('fault data'), abort(at('fault_data', 4), 'reading 0xe0000000', '0x00000005: translation fault, section (level 1)'));
      assert.deepEqual(board.command('fault page'), abort(at('fault_page', 4), 'reading 0x80104000', '0x00000007: translation fault, page (level 2)'));
      assert.deepEqual(board.command('fault readonly'), abort(at('fault_read_only', 4), 'writing 0x80101000', '0x0000080f: permission fault, page (level 2)'));
      assert.deepEqual(board.command('fault align'), abort(at('fault_align', 4), 'reading 0x80100001', '0x00000001: alignment fault'));
      assert.deepEqual(board.command('fault prefetch'), ['prefetch abort at 0xe0000000 in svc mode', '  IFSR 0x00000005: translation fault, section (level 1)']);
      assert.deepEqual(board.command('fault never'), ['prefetch abort at 0x80100000 in svc mode', '  IFSR 0x0000000f: permission fault, page (level 2)']);
      assert.deepEqual(board.command('fault user'), ['data abort at 0x80102000 in usr mode: reading 0x80103000', '  DFSR 0x0000000f: permission fault, page (level 2)']);
      assert.deepEqual(board.command('fault user-smc'), ['undefined instruction at 0x80102008 in usr mode: 0xe1600070']);
      assert.deepEqual(board.command('fault user-cps'), ['supervisor call at 0x80102014 in usr mode: svc #3']);
      assert.deepEqual(board.command('fault x').slice(0, 3), ['error: KIND is one of', '  undef       an undefined instruction', '  svc         a supervisor call']);
      assert.deepEqual(board.command('read 0x100000; echo on')[1], '  DFSR 0x00000008: synchronous external abort', 'below the TZIC nothing decodes');
      assert.deepEqual(board.command('write 0xe0000004 1'), abort(at('write_access'), 'writing 0xe0000004', '0x00000805: translation fault, section (level 1)'));
    });

    test(`${world}, ${tier}: memory, translation and time`, () => {
      const board = new Board(tier, world).boot();
      assert.deepEqual(board.command('read 0x80008000'), ['0x80008000: 0xf10e00d3'], 'CPSID if, #19');
      assert.deepEqual(board.command('write 0x80200000 0x12345678; write 2149580804 -2; read 0x80200000 2'), ['0x80200000: 0x12345678 0xfffffffe']);
      assert.deepEqual(board.command('fill 0x80200004 4 0xab; read 0x80200000 6'), [
        '0x80200000: 0x12345678 0x000000ab 0x000000ab 0x000000ab', '0x80200010: 0x000000ab 0x00000000',
      ]);
      assert.deepEqual([...board.machine.bytes(0x80200000, 8)!], [0x78, 0x56, 0x34, 0x12, 0xab, 0, 0, 0]);
      assert.deepEqual(board.command('read 0x80200001'), ['0x80200001: 0xab123456'], 'unaligned words of normal memory');
      assert.deepEqual(board.command('read 0x80103ff8 4'), [
        '0x80103ff8: 0x00000000 0x00000000', `data abort at ${at('read_access')} in svc mode: reading 0x80104000`, '  DFSR 0x00000007: translation fault, page (level 2)',
      ]);
      const v2p = (address: string) => board.command(`v2p ${address}`).map((line) => line.slice(14));
      const refused = 'fault: permission fault, page (level 2)';
      assert.deepEqual(v2p('0x80100123'), ['0x80100123', '0x80100123', '0x80100123', '0x80100123']);
      assert.deepEqual(v2p('0x80101fff'), ['0x80101fff', refused, refused, refused]);
      assert.deepEqual(v2p('0x80102000'), ['0x80102000', '0x80102000', '0x80102000', refused]);
      assert.deepEqual(v2p('0x80103000'), ['0x80103000', '0x80103000', refused, refused]);
      assert.deepEqual(v2p('0x80104000'), Array.from({ length: 4 }, () => 'fault: translation fault, page (level 2)'));
      assert.deepEqual(v2p('0x53fbc080'), ['0x53fbc080', '0x53fbc080', ...Array.from({ length: 2 }, () => 'fault: permission fault, section (level 1)')]);
      board.command('time');
      const [first, second] = [0, 1].map(() => /^GPT (\d+) ticks, (\d+) cycles, (\d+) instructions$/.exec(board.command('time')[0]!)!.slice(1).map(Number));
      assert.ok(second![0]! > first![0]! && second![1]! > first![1]! && second![2]! > first![2]!);
    });
  }

  test(`normal, ${tier}: calls, by number and by name`, () => {
    const board = new Board(tier, 'normal').boot();
    const zeros = 'r1 = 0x00000000  r2 = 0x00000000  r3 = 0x00000000';
    assert.deepEqual(board.command('smc 0x84000000'), ['r0 = 0x00010001   PSCI_VERSION', zeros]);
    assert.deepEqual(board.command('smc PSCI_VERSION'), ['r0 = 0x00010001   PSCI_VERSION', zeros]);
    assert.deepEqual(board.command('smc 0x8400000a 7'), ['r0 = 0xffffffff   PSCI_FEATURES: NOT_SUPPORTED', 'r1 = 0x00000007  r2 = 0x00000000  r3 = 0x00000000']);
    assert.deepEqual(board.command('smc 0x8400ff00'), ['r0 = 0xffffffff: NOT_SUPPORTED', zeros]);
    assert.deepEqual(board.command('smc 99'), ['r0 = 0xffffffff', zeros]);
    assert.deepEqual(board.command('smc 0x55 1 0x10 -1 4 5 6 7'), ['r0 = 0xfffffff8', 'r1 = 0x00000002  r2 = 0x00000012  r3 = 0x00000002']);
    assert.deepEqual(board.command('smc 99 @"it works" @"a;b"'), ['r0 = 0xffffffff', 'r1 = 0x80100000  r2 = 0x80100009  r3 = 0x00000000']);
    assert.equal(board.text(0x80100000, 13), 'it works\0a;b\0');
    assert.deepEqual(board.command('lock 0x80100000 64'), ['r0 = 0xffffffff   cache-lock', 'r1 = 0x80100000  r2 = 0x00000040  r3 = 0x00000000']);
    const [trips] = board.command('worlds 500');
    const [, count, all, each] = /^(\d+) round trips: (\d+) instructions, (\d+) each; \d+ GPT ticks$/.exec(trips!)!.map(Number);
    assert.equal(count, 500);
    assert.ok(each! > 20 && each! < 60, `${each} instructions`);
    assert.equal(Math.floor(all! / 500), each);
    assert.equal(board.type('console smc\recho through the call\rconsole uart\r').endsWith('\r\nmini> '), true);
    assert.match(board.text(0x70002018, 70), /^mini> echo through the call\r\nthrough the call\r\nmini> console uart\r\n\0/);
    assert.match(board.command('storm 2000')[0]!, /^2000 calls: \d+ returned 0, \d+ another value, \d+ NOT_SUPPORTED, 0 INVALID_PARAMETERS, 0 DENIED, 0 other errors$/);
    assert.deepEqual(board.command('worlds 0'), ['error: COUNT is 1 to 1000000']);
    board.machine.run(1000);
    board.machine.chip.uarts[0]!.receive(0x0d);
    const before = board.output.length;
    for (const character of 'poweroff\r') {
      board.machine.chip.uarts[0]!.receive(character.charCodeAt(0));
      board.machine.run(5000);
    }
    assert.equal(board.output.slice(before), '\r\nmini> poweroff\r\n');
    assert.equal(board.machine.bytes(0x70002000, 4)![3], 0x84, 'SYSTEM_OFF has arrived');
  });

  test(`normal, ${tier}: banks tells what an SMC has changed`, () => {
    const board = new Board(tier, 'normal').boot();
    assert.deepEqual(board.command('banks'), ['banks: ok, 115 registers, 1 times']);
    assert.deepEqual(board.command('banks 20 0'), ['banks: ok, 115 registers, 20 times']);
    const spoilt = ['r7 is 0x00000000', 'r11_fiq is 0x00000002', 'spsr_und is 0x0000001b', 'd29 bits 32-63 is 0x00000005', 'DFAR is 0x00000001'];
    for (const [i, name] of spoilt.entries()) {
      board.command(`smc ${0xc1 + i}`);
      assert.match(board.command('banks')[0]!, new RegExp(`^banks: ${name}, it was 0x[0-9a-f]{8}$`));
    }
    board.command('smc 0xc0');
    assert.deepEqual(board.command('banks'), ['banks: ok, 115 registers, 1 times']);
  });
}

test('bad input is refused in one line', () => {
  const board = new Board('threaded', 'normal').boot();
  for (const [line, error] of [
    ['hlep', "no command 'hlep'; 'help' lists them"],
    ['read', 'usage: read ADDR [COUNT]'],
    ['read 1 2 3', 'usage: read ADDR [COUNT]'],
    ['write 1', 'usage: write ADDR VALUE'],
    ['smc', 'usage: smc N [r1 ... r7]'],
    ['smc 1 2 3 4 5 6 7 8 9', 'usage: smc N [r1 ... r7]'],
    ['smc PSCI', '\'PSCI\' is not a number (decimal, 0x hexadecimal, or @"text" for the address of a text)'],
    ...['0x', '1x', '0xg', '-', '1/', '0x1:', 'a'].map((text) => [`read ${text}`, `'${text}' is not a number (decimal, 0x hexadecimal, or @"text" for the address of a text)`]),
    ['read 4294967296', "'4294967296' has more than 32 bits"],
    ['read 0x100000000', "'0x100000000' has more than 32 bits"],
    ['smc 1 "a', 'a text without its closing quote'],
    ['smc 1 @x', "'@x': a text is written @\"text\""],
    ['smc 1 @"x"y', "'@\"x\"y': a text is written @\"text\""],
    ['echo 1 2 3 4 5 6 7 8 9 10 11 12', 'more than 12 words'],
    ['console x', "'x': the console is uart or smc"],
  ] as const) assert.deepEqual(board.command(line!), [`error: ${error}`], line);
  const bare = new Board('threaded', 'bare').boot();
  for (const line of ['smc 1', 'lock 0 1', 'worlds', 'banks', 'storm 1', 'console smc', 'poweroff', 'reboot']) {
    assert.deepEqual(bare.command(line), ['error: there is no secure world behind this one: the guest runs in secure state on the bare board'], line);
  }
});

test('a command line from the host: marks, bare line ends, status', () => {
  const run = (world: 'bare' | 'normal', command: string) => {
    const board = new Board('threaded', world, { command });
    board.settle();
    let [log, output, status] = ['', '', -1];
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
    const filter = new RunFilter({ log: (bytes) => { log += text(bytes); }, output: (bytes) => { output += text(bytes); }, status: (value) => { status = value; } });
    filter.push(Uint8Array.from(board.bytes));
    filter.flush();
    const off = board.machine.bytes(0x70002000, 4)!;
    assert.equal(off[0]! | off[3]! << 8, world === 'bare' ? 0 : 0x8408, 'SYSTEM_OFF is called in a normal world');
    return { log, output, status };
  };
  assert.deepEqual(run('normal', 'smc PSCI_VERSION'), { log: '', output: 'r0 = 0x00010001   PSCI_VERSION\nr1 = 0x00000000  r2 = 0x00000000  r3 = 0x00000000\n', status: 0 });
  assert.deepEqual(run('bare', 'echo ä; status 258'), { log: '', output: 'ä\n', status: 2 });
  assert.deepEqual(run('bare', 'fault svc; echo on'), { log: '', output: `supervisor call at ${at('fault_svc', 4)} in svc mode: svc #66\non\n`, status: 0 });
  assert.equal(run('bare', 'read 0xe0000000').status, 1);
  assert.equal(run('bare', 'x').status, 2);
});

test('a command without marks', () => {
  const board = new Board('threaded', 'bare', { command: 'echo one; echo two', marks: false });
  board.settle();
  assert.equal(board.output, 'one\ntwo\n');
});

test('output through the serial call from the start', () => {
  const board = new Board('threaded', 'normal', { serialCall: true }).boot();
  assert.equal(board.output, '');
  assert.equal(board.text(0x70002018, NORMAL.length), NORMAL);
});

test('what cannot be placed or built is refused', () => {
  const refused = (changes: Partial<Parameters<typeof placeMini>[0]>): string => {
    const result = placeMini({ image, ram, ...changes });
    assert.ok(!result.ok);
    return `${result.image}: ${result.error}`;
  };
  assert.match(refused({ ram: [] }), /^ram: no RAM bank/);
  assert.match(refused({ ram: [{ base: 0x70000000, size: 0x10100000 }] }), /^ram: the bank at 0x70000000 of 0x10100000 bytes does not hold the 2 MiB from 0x80000000/);
  assert.match(refused({ command: 'a\nb' }), /^append: character "\\n" at 1/);
  assert.match(refused({ command: 'ä'.repeat(2001) }), /^append: a command of 4002 bytes; there is room for 4000/);
  const missing = buildMini({ ...sources, 'smc.s': undefined as unknown as string });
  assert.ok(!missing.ok);
  assert.equal(missing.errors[0]!.message, 'cannot read "smc.s"');
  const wrong = buildMini({ ...sources, 'faults.s': `${sources['faults.s']!}\n mov r0\n` });
  assert.ok(!wrong.ok && wrong.errors[0]!.file === 'faults.s');
});

test('the machine type and the place of the mailbox are as documented', () => {
  const placed = placeMini({ image, ram, command: 'echo x' });
  assert.ok(placed.ok);
  const [load] = placed.boot.loads;
  assert.deepEqual([placed.boot.entry, placed.boot.r0, placed.boot.r1, load!.address], [0x80008000, 0, 0xffffffff, 0x80008000]);
  assert.equal(placed.boot.r2 % 4, 0);
  assert.equal(Buffer.from(load!.bytes.subarray(placed.boot.r2 - load!.address)).toString('latin1'), 'MINI\0\0\0\0echo x\0');
});
