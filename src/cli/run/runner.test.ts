import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRows, createAssembler } from '../../isa/index.ts';
import type { Tier } from '../../soc/index.ts';
import type { RunPlan, RunReport } from './plan.ts';
import { Runner } from './runner.ts';

const assembler = createAssembler(allRows);
const TIERS: readonly Tier[] = ['evaluate', 'threaded'];
const LOAD = 0x70008000;

interface Ran extends RunReport { readonly output: Readonly<Record<string, string>>; readonly wanted: number }

/** Runs a program on the bare board. `input`: what a pipe on standard input gives. */
function run(source: string, options: Partial<RunPlan> & { readonly typed?: string } = {}): Ran {
  const assembled = assembler.assemble(source, { origin: LOAD });
  assert.ok(assembled.ok, assembled.ok ? '' : JSON.stringify(assembled.errors));
  const { typed = '', ...rest } = options;
  const thumb = source.startsWith('.thumb') ? 1 : 0;
  const input = [...typed].map((character) => character.charCodeAt(0));
  const output: Record<string, string> = {};
  let wanted = 0;
  const runner = new Runner({
    tier: 'auto', handover: true, guest: 'image', run: false, paced: false, input: 'pipe', emptyVectors: [0], limit: 50_000_000,
    loads: assembled.sections.map(({ address, bytes }) => ({ address, bytes })), registers: { 15: LOAD + thumb },
    ...rest,
  }, {
    output: (stream, bytes) => { output[stream] = (output[stream] ?? '') + String.fromCharCode(...bytes); },
    log: () => undefined,
    input: { get ended() { return input.length === 0; }, peekByte: () => input[0], takeByte: () => { input.shift(); } },
    waitForInput: () => undefined,
    wantsInput: () => { wanted++; },
    inputTaken: () => undefined,
  });
  return { ...runner.run(), output, wanted };
}

const UART1 = 'ldr r10, =0x53fbc000';
const put = (character: string): string => `mov r0, #${character.charCodeAt(0)}\nstr r0, [r10, #0x40]`;

test('what UART1 transmits is stdout; other UARTs are apart', () => {
  for (const tier of TIERS) {
    const { output, ending } = run(`${UART1}\n${put('h')}\n${put('i')}\nldr r10, =0x53fc0000\nmov r0, #1\nstr r0, [r10, #0x80]\nmov r0, #5\nstr r0, [r10, #0x84]\n${put('2')}\nb .`, { tier });
    assert.equal(output['stdout'], 'hi');
    assert.equal(output['uart2'], '2');
    assert.equal(ending.kind, 'dead');
  }
});

test('a program without an end is stopped exactly at its limit, and a pattern ends it at its byte', () => {
  for (const tier of TIERS) {
    const source = `${UART1}\nmov r1, #0\n1: add r1, r1, #1\nand r0, r1, #31\nadd r0, r0, #65\nstr r0, [r10, #0x40]\nb 1b`;
    const limited = run(source, { tier, limit: 1234 });
    assert.equal(limited.ending.kind, 'limit');
    assert.equal(limited.stats.instructions, 1234);
    const met = run(source, { tier, until: 'DEF' });
    assert.equal(met.ending.kind, 'until');
    assert.equal(met.output['stdout'], 'BCDEF');
    assert.equal(met.stats.instructions, 2 + 4 * 5 + 4, 'up to the store of the last byte');
  }
});

test('piped input arrives in order, as fast as the guest reads it', () => {
  const typed = 'a longer text than any FIFO holds: 0123456789 0123456789 0123456789 0123456789 0123456789!';
  for (const tier of TIERS) {
    // Echo until '!'.
    const { output, ending, wanted } = run(`${UART1}\n1: ldr r0, [r10]\ntst r0, #0x8000\nbeq 1b\nand r0, r0, #0xff\nstr r0, [r10, #0x40]\ncmp r0, #33\nbne 1b\nb .`, { tier, typed });
    assert.equal(output['stdout'], typed);
    assert.equal(wanted, 1);
    assert.equal(ending.kind, 'dead');
  }
});

test('a guest that can do nothing any more is dead, and says where and why', () => {
  const cases: readonly (readonly [name: string, source: string, why: RegExp, pc: number, exception?: string])[] = [
    ['branch to self', 'mov r0, r0\nb .', /loops in place with interrupts masked/, LOAD + 4],
    ['branch to self, T32', '.thumb\nb .', /loops in place/, LOAD],
    ['unmasked, but nothing can come', 'cpsie if\nb .', /loops in place with no interrupt to come/, LOAD + 4],
    ['a loop of two', '1: nop\nb 1b', /loops in place/, LOAD],
    ['WFI', 'nop\nwfi\nb .', /waits for an interrupt/, LOAD + 8],
    ['SVC without a vector', 'nop\nsvc #0', /no handler is installed at its vector 0x00000008/, 8, 'svc'],
    ['undefined', '.word 0xe7f000f0', /no handler is installed at its vector 0x00000004/, 4, 'undefined'],
    ['data abort', 'mov r0, #0x90000000\nldr r0, [r0]', /no handler is installed at its vector 0x00000010/, 16, 'data-abort'],
    ['prefetch abort', 'mov pc, #0x90000000', /no handler is installed at its vector 0x0000000c/, 12, 'prefetch-abort'],
    ['vector loop', 'ldr r0, =0x70010000\nmcr p15, 0, r0, c12, c0, 0\nldr r1, =0xe7f000f0\nstr r1, [r0, #4]\n.word 0xe7f000f0', /a vector that raises an exception/, 0x70010004, 'undefined'],
    ['vectors in nothing', 'mov r0, #0x90000000\nmcr p15, 0, r0, c12, c0, 0\nsvc #0', /a vector that raises an exception/, 0x9000000c, 'svc'],
    ['the boot ROM', 'mov pc, #0x100', /ran in the boot ROM/, 12, 'prefetch-abort'],
  ];
  for (const tier of TIERS) {
    for (const [name, source, why, pc, exception] of cases) {
      const { ending, place } = run(source, { tier, input: 'none' });
      assert.equal(ending.kind, 'dead', `${name}: ${ending.kind}`);
      assert.match(ending.why, why, name);
      assert.equal(ending.exception?.kind, exception, name);
      if (name === 'a loop of two') assert.ok(place.pc === LOAD || place.pc === LOAD + 4);
      else assert.equal(place.pc, pc, name);
      assert.equal(place.world, 'secure');
    }
  }
});

test('an abort\'s report has its address and status', () => {
  const { ending } = run('mov r0, #0x90000000\nstr r0, [r0, #4]');
  assert.equal(ending.kind, 'dead');
  assert.equal(ending.exception?.pc, LOAD + 4);
  assert.equal(ending.exception?.address, 0x90000004);
  // DDI 0406C, table B3-23: a synchronous external abort is 0b01000; bit 11 says that it was a write. (Bit 12 is IMPLEMENTATION DEFINED.)
  assert.equal(ending.exception!.status! & 0xc0f, 0x808);
});

test('a handler that works is no death', () => {
  // SVC handler at its vector: MOVS pc, lr.
  const source = `ldr r0, =0x70010000\nmcr p15, 0, r0, c12, c0, 0\nldr r1, =0xe1b0f00e\nstr r1, [r0, #8]\nmov r4, #200\n1: svc #0\nsubs r4, r4, #1\nbne 1b\n${UART1}\n${put('k')}\nb .`;
  assert.equal(run(source).output['stdout'], 'k');
});

test('the watchdog\'s reset ends the run', () => {
  // WDOG1 WCR (0x53f98000): SRS = 0 resets at once.
  const { ending } = run('ldr r0, =0x53f98000\nmov r1, #0\nstrh r1, [r0]\nb .');
  assert.deepEqual(ending, { kind: 'reset', running: false });
});

test('a timer keeps a waiting guest alive', () => {
  // EPIT1 from the 32 kHz clock, interrupts masked: WFI wakes; then a byte, and the end.
  const source = `ldr r0, =0x53fac000
    ldr r1, =0x0fffc000
    mov r2, #1
    orr r2, r2, #0x10000
    str r2, [r1]              @ TZIC: enabled
    mov r2, #0xff
    str r2, [r1, #0x0c]       @ PRIOMASK
    mov r2, #0x100
    str r2, [r1, #0x104]      @ ENSET1, source 40
    ldr r2, =100
    str r2, [r0, #8]          @ EPITLR
    ldr r2, =0x0302000f       @ 32 kHz, IOVW, OCIEN, RLD, ENMOD, EN
    str r2, [r0]
    wfi
    ${UART1}
    ${put('w')}
    b .`;
  const { output, stats } = run(source, { limit: 20_000_000 });
  assert.equal(output['stdout'], 'w');
  assert.ok(stats.seconds > 0.002, `${stats.seconds} s of virtual time`);
  assert.ok(stats.instructions < stats.seconds * 1e9 - 2_000_000, 'waiting is no executing');
});
