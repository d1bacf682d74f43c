import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createAssembler } from '../../isa/assembler.ts';
import { allRows } from '../../isa/rows/index.ts';
import { createFlatMachine, TIERS } from '../flat-machine.testing.ts';
import { MODE_MON, MODE_SVC, MODE_USR, STATE } from '../layout.ts';
import { CONSTANT_REGISTERS, IDLE_OPERATIONS, PLAIN_REGISTERS } from './system-context.ts';

test('a register that handlers move as a word is just that word to CP15', () => {
  const { core, memory } = createFlatMachine();
  const { i32 } = memory;
  const values = [0, -1, 0x5a5a5a5a, 0xa5a5a5a5 | 0, 0x12345678];
  for (const [key, { word, banked, writable, secureOnly }] of PLAIN_REGISTERS) {
    for (const nonsecure of secureOnly === true ? [0] : [0, 1]) {
      // In monitor mode SCR.NS chooses the copy, and translation stays the secure world's.
      core.switchMode(MODE_MON);
      i32[STATE.SCR] = nonsecure;
      const at = word + (banked ? nonsecure : 0);
      for (const value of writable === undefined ? [] : values) {
        core.cp15.write(key, value >>> 0);
        assert.equal(i32[at], value & writable!, `write of 0x${key.toString(16)}, NS ${nonsecure}`);
      }
      for (const value of values) {
        if (writable !== undefined) core.cp15.write(key, value >>> 0);
        assert.equal(core.cp15.read(key) | 0, i32[at], `read of 0x${key.toString(16)}, NS ${nonsecure}`);
      }
    }
  }
});

test('a register that handlers take for constant reads so in each mode and world that may read it', () => {
  const { core, memory } = createFlatMachine();
  for (const [key, value] of CONSTANT_REGISTERS) {
    for (const mode of [MODE_MON, MODE_SVC, MODE_USR]) {
      memory.i32[STATE.mode] = mode;
      assert.equal(core.cp15.allows(key, false), mode !== MODE_USR, `0x${key.toString(16)} in mode ${mode.toString(16)}`);
    }
    for (const nonsecure of [0, 1]) {
      memory.i32[STATE.SCR] = nonsecure;
      memory.i32[STATE.mode] = MODE_SVC;
      assert.equal(core.cp15.read(key) | 0, value | 0);
      assert.equal(core.cp15.allows(key, true), false, 'read-only');
    }
  }
});

test('an operation that handlers take for idle changes nothing in CP15 and asks for nothing', () => {
  const { core, memory } = createFlatMachine();
  core.contextChanged = false;
  core.attention = false;
  const before = memory.i32.slice(0, STATE.words);
  for (const [key, user] of IDLE_OPERATIONS) {
    for (const mode of [MODE_MON, MODE_SVC, MODE_USR]) {
      memory.i32[STATE.mode] = mode;
      assert.equal(core.cp15.allows(key, true), user || mode !== MODE_USR, `0x${key.toString(16)} in mode ${mode.toString(16)}`);
    }
    core.cp15.write(key, 0xffffffff);
  }
  memory.i32[STATE.mode] = before[STATE.mode]!;
  assert.deepEqual([core.contextChanged, core.attention], [false, false]);
  assert.deepEqual(memory.i32.subarray(0, STATE.words), before);
});

test('a register that handlers take for constant reads as that in CP15, to privileged code alone, and cannot be written', () => {
  const { core, memory } = createFlatMachine();
  for (const [key, value] of CONSTANT_REGISTERS) {
    for (const mode of [MODE_MON, MODE_SVC]) {
      memory.i32[STATE.mode] = mode;
      assert.deepEqual([core.cp15.allows(key, false), core.cp15.allows(key, true)], [true, false]);
      assert.equal(core.cp15.read(key) | 0, value);
    }
    memory.i32[STATE.mode] = MODE_USR;
    assert.equal(core.cp15.allows(key, false), false);
    memory.i32[STATE.mode] = MODE_SVC;
  }
});

test('a monitor that saves and restores the whole context does so alike on every tier', () => {
  const folder = new URL('../../../bench/kernels/', import.meta.url);
  const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
  const base = 0x00100000;
  const program = createAssembler(allRows).assemble(read('world-switch.s'), { origin: base, symbols: { BASE: base, ITERATIONS: 200 }, readInclude: read });
  assert.ok(program.ok);
  const states = TIERS.map((tier) => {
    const machine = createFlatMachine(16 << 20);
    machine.load(base, program.sections[0]!.bytes);
    const { core, memory } = machine;
    memory.i32[STATE.r + 15] = base;
    for (let i = 0; i < 21; i++) memory.i32[STATE.banked + i] = 0x1000 + i;
    let done = false;
    core.hooks.supervisorCall = () => {
      done = true;
      core.requestStop();
      return true;
    };
    while (!done) machine.run(tier, 1009);
    if (tier === 'threaded') assert.ok(machine.threaded.evaluated < core.count * 0.1, `${tier}: ${machine.threaded.evaluated} of ${core.count} were evaluated`);
    return { count: core.count, cpsr: core.cpsr, words: [...memory.i32.subarray(0, STATE.vf + 1), ...memory.i32.subarray(STATE.banked, STATE.banked + 31)] };
  });
  for (const state of states) assert.deepEqual(state, states[0]);
  // 200 calls: 20 instructions of start, 4,096 * 4 of the table, and 62 or so for each round trip.
  assert.ok(states[0]!.count > 200 * 60);
});
