/**
 * Restart: a component that is marked so is started anew where it was stopped, with its guest where it is a VMM; others do not notice. Expected values are what
 * the programs put into memory and on the disk themselves.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Component, ComponentRow, Plain } from '../../src/secure/index.ts';
import { MemoryStore } from '../../src/secure/index.ts';
import { smc } from '../../src/secure/vmm/index.ts';
import { contextOf, FIRST, FIRST_VMM, FULL, program, randoms, run, SECOND, SECOND_VMM, twoVms, wordAt, type TwoVms } from './world.ts';

const KILLS = FULL ? 1000 : 60;
const ALWAYS = { times: 1_000_000, withinUs: 1 } as const;
const SLOW = 5_000_000;
const RESULTS = 0x20000;

/** Calls PSCI_VERSION for ever, and keeps patterns in its registers: counts rounds, and notes a difference. */
const steady = (ram: { readonly base: number; readonly size: number }) => program(ram, `
        ldr     r9, =RAM + ${RESULTS}
        mov     r8, #0
        ldr     r10, =0x12345678
        ldr     r11, =0x9abcdef0
1:      ldr     r0, =0x84000000
        smc     #0
        ldr     r1, =0x00010001
        cmp     r0, r1
        ldreq   r1, =0x12345678
        cmpeq   r10, r1
        ldreq   r1, =0x9abcdef0
        cmpeq   r11, r1
        movne   r1, #1
        strne   r1, [r9, #4]
        add     r8, r8, #1
        str     r8, [r9]
        mov     r1, #300
2:      subs    r1, r1, #1
        bne     2b
        b       1b`);

const rounds = ({ machine }: TwoVms, ram: { readonly base: number }): number => wordAt(machine, ram.base + RESULTS);

test(`a VMM stopped ${KILLS} times at random counts of instructions: the kernel, the other VM and its VMM go on, the guest begins anew`, () => {
  const seed = 0x0badcafe;
  const next = randoms(seed);
  const world = twoVms({ first: steady(FIRST), second: 'echo here I am; banks 1000 3000', restart: ALWAYS, frequencyHz: SLOW, tier: 'auto' });
  run(world, 300_000);
  const running = new Map<string, number>();
  const memory = () => { const { nextFrame, nextTable, nextSession, nextWindow } = world.system.kernel.state; return { nextFrame, nextTable, nextSession, nextWindow }; };
  const before = memory();
  let last = rounds(world, FIRST);
  for (let i = 0; i < KILLS; i++) {
    run(world, world.machine.core.count + 1 + next(300_000));
    const { current, contexts } = world.system.kernel.state;
    const name = current < 0 ? 'idle' : contexts[current]!.name;
    running.set(name, (running.get(name) ?? 0) + 1);
    world.system.kill(SECOND_VMM);
    // Within a quantum of each the other VM has made progress.
    run(world, world.machine.core.count + 120_000);
    const now = rounds(world, FIRST);
    assert.ok(now > last, `no progress of the other VM after kill ${i}, seed 0x${seed.toString(16)}:\n${world.log.slice(-10).join('\n')}`);
    last = now;
    assert.equal(world.system.halted, undefined, world.log.slice(-10).join('\n'));
  }
  run(world, world.machine.core.count + 2_000_000);
  assert.equal(wordAt(world.machine, FIRST.base + RESULTS + 4), 0, 'registers and results of the other VM');
  assert.equal(contextOf(world, FIRST_VMM).restarts.length, 0);
  assert.equal(world.log.filter((line) => line.startsWith(`kernel component "${SECOND_VMM}" is started again`)).length, KILLS);
  assert.equal(world.log.filter((line) => /VM "second" starts at/.test(line)).length, KILLS + 1);
  assert.match(world.second().slice(world.second().lastIndexOf('begin')), /here I am/, 'the last guest came to its work');
  assert.deepEqual(memory(), before, 'nothing is used up');
  assert.ok(running.size >= 2, `it was stopped while these ran: ${[...running.keys()].join(', ')}`);
});

test('the VM of a VMM that dies stands still until it is started anew; without a restart it stays so, and the other goes on', () => {
  const world = twoVms({ first: steady(FIRST), second: steady(SECOND), frequencyHz: SLOW });
  run(world, 1_000_000);
  world.system.kill(SECOND_VMM);
  run(world, world.machine.core.count + 100_000);
  assert.equal(contextOf(world, 'second').ready, false);
  const [one, two] = [rounds(world, FIRST), rounds(world, SECOND)];
  run(world, world.machine.core.count + 1_000_000);
  assert.ok(rounds(world, FIRST) > one);
  assert.equal(rounds(world, SECOND), two);
});

test('a restart starts the guest with nothing of what the CPU held for the last one', () => {
  // The MMU on, VFP on, vectors and thread registers set, interrupts enabled: then it asks for its VMM's end. The next one finds registers as at reset, and itself whole.
  const dirty = program(SECOND, `
        ldr     r9, =RAM + ${RESULTS}
        ldr     r0, =0x0fffc100
        ldr     r1, [r0]
        str     r1, [r9, #4]
        mrc     p15, 0, r1, c1, c0, 0
        str     r1, [r9, #8]
        mrc     p15, 0, r1, c13, c0, 4
        str     r1, [r9, #12]
        mrc     p15, 0, r1, c12, c0, 0
        str     r1, [r9, #16]
        mrc     p15, 0, r1, c1, c0, 2
        str     r1, [r9, #20]
        mrs     r1, cpsr
        str     r1, [r9, #24]
        str     sp, [r9, #28]
        ldr     r1, [r9]
        add     r1, r1, #1
        str     r1, [r9]
        mov     r1, #0xf00000
        mcr     p15, 0, r1, c1, c0, 2
        isb
        mov     r1, #0x40000000
        vmsr    fpexc, r1
        vmov    d0, r1, r1
        mvn     r1, #0
        str     r1, [r0]
        mcr     p15, 0, r1, c13, c0, 4
        mcr     p15, 0, r1, c12, c0, 0
        mcr     p15, 0, r1, c3, c0, 0
        mov     sp, r1
        ldr     r2, =RAM + 0x4000
        mov     r3, #0
        ldr     r4, =0xc0e
1:      orr     r5, r4, r3, lsl #20
        str     r5, [r2, r3, lsl #2]
        add     r3, r3, #1
        cmp     r3, #4096
        bne     1b
        mcr     p15, 0, r2, c2, c0, 0
        mrc     p15, 0, r1, c1, c0, 0
        orr     r1, r1, #1
        mcr     p15, 0, r1, c1, c0, 0
        isb
        mov     r0, #6
        smc     #0
2:      b       2b`);
  const world = twoVms({ first: steady(FIRST), second: dirty, restart: { times: 3, withinUs: 10_000_000 }, secondSmcs: [smc({ number: 6, name: 'end' }, () => { throw new Error('as asked'); })], secondPlace: { interrupts: [30] }, frequencyHz: SLOW });
  run(world, 5_000_000);
  const at = (offset: number): number => wordAt(world.machine, SECOND.base + RESULTS + offset);
  assert.equal(at(0), 4, 'started once, and three times anew');
  // ENSET; SCTLR (DDI 0344, 3.2.25); TPIDRPRW; VBAR; CPACR; CPSR: SVC, IRQs masked; SP_svc
  assert.deepEqual([at(4), at(8), at(12), at(16), at(20) & 0xf00000, at(24) & 0x1ff, at(28)], [0, 0x00c50078, 0, 0, 0, 0x93, 0]);
  assert.ok(world.log.some((line) => /component "vmm-second" is not started again: 3 time\(s\) within 10000000 us is its limit/.test(line)), world.log.join('\n'));
  assert.equal(contextOf(world, SECOND_VMM).stopped, 'its handler threw: as asked');
});

/** Fails every so often; a peer asks it, and its RAM shows whether it is fresh. */
const moody: Component<{ ticks: number; dirty: boolean }> = {
  name: 'moody', initial: () => ({ ticks: 0, dirty: false }),
  on: {
    start: (state, env) => {
      const ram = env.ram!.alloc(5000);
      state.dirty = ram.read8(4321) !== 0;
      ram.write8(4321, 1);
      env.timer!.triggerOnceUs(50);
    },
    signal: (state, env) => {
      if (++state.ticks === 3) throw new Error('the third tick');
      env.timer!.triggerOnceUs(50);
    },
    call: (state, _env, method): Plain => {
      if (method === 'fail') throw new RangeError('asked to');
      return { ...state, here: true };
    },
  },
};
const observer: Component<{ answers: number; failures: number; dirty: boolean }> = {
  name: 'observer', initial: () => ({ answers: 0, failures: 0, dirty: false }),
  on: {
    start: (_state, env) => { env.timer!.triggerOnceUs(30); },
    signal: (state, env) => {
      env.timer!.triggerOnceUs(30);
      try {
        state.dirty ||= (env.peer('moody').call('state') as { dirty: boolean }).dirty;
        state.answers++;
      } catch {
        state.failures++;
      }
    },
  },
};

test('a component that throws is started anew, with first state and clean RAM of the same quota; its peers find it again', () => {
  const rows: ComponentRow[] = [
    { component: moody as unknown as Component, priority: 4, sessions: { timer: true, ram: 8192 }, restart: { times: 1_000_000, withinUs: 1_000_000 } },
    { component: observer as unknown as Component, priority: 5, sessions: { timer: true }, routes: { moody: 'moody' } },
  ];
  const world = twoVms({ first: steady(FIRST), second: steady(SECOND), components: rows, frequencyHz: 100_000_000 });
  run(world, 1_000_000);
  const { nextSession } = world.system.kernel.state;
  run(world, 5_000_000);
  const { restarts, ramLeft } = contextOf(world, 'moody');
  assert.ok(restarts.length > 50, `${restarts.length} restarts\n${world.log.slice(-20).join('\n')}`);
  const { answers, failures, dirty } = contextOf(world, 'observer').component as { answers: number; failures: number; dirty: boolean };
  assert.ok(answers > 500 && failures < answers / 10, `${answers} answers, ${failures} failures`);
  assert.equal(dirty, false);
  assert.equal(ramLeft, 0);
  assert.equal(world.system.kernel.state.nextSession, nextSession);
});

test('what ends by its own wish stays ended; a limit is one of a time', () => {
  const exits: ComponentRow = { component: { name: 'exits', code: '        mov r0, #11\n        svc #0\n1:      b 1b\n' }, priority: 4, restart: ALWAYS };
  const faults: ComponentRow = { component: { name: 'faults', code: '        mov r0, #0\n        ldr r0, [r0]\n' }, priority: 4, restart: { times: 5, withinUs: 1_000_000_000 } };
  const world = twoVms({ first: steady(FIRST), second: steady(SECOND), components: [exits, faults], frequencyHz: SLOW });
  run(world, 1_000_000);
  assert.deepEqual([contextOf(world, 'exits').restarts.length, contextOf(world, 'exits').stopped], [0, 'it asked to']);
  assert.equal(contextOf(world, 'faults').restarts.length, 5);
  assert.match(contextOf(world, 'faults').stopped!, /data abort/);
  assert.ok(rounds(world, FIRST) > 10);
});

test('a snapshot between a kill and the restart goes on in the same way', () => {
  const make = () => twoVms({ first: steady(FIRST), second: steady(SECOND), restart: ALWAYS, frequencyHz: SLOW });
  const [a, b] = [make(), make()];
  run(a, 1_000_000);
  a.system.kill(SECOND_VMM);
  const snapshot = structuredClone(a.system.save());
  assert.equal(snapshot.kernel.kills.length, 1);
  b.system.load(snapshot);
  run(a, 2_000_000);
  run(b, 2_000_000);
  assert.deepEqual(b.system.save().kernel, a.system.save().kernel);
  assert.deepEqual(b.system.save().machine.cpu, a.system.save().machine.cpu);
  assert.ok(a.log.some((line) => /started again/.test(line)));
});

// ---- the block image

const BLOCK = 512;
const BLOCKS = 16;

/** Writes block after block, all of its words the number of the pass and the block, for ever; what cannot be done is tried again. Functions 6, 7, 8, 9, 10 of the block device. */
const writer = (ram: { readonly base: number; readonly size: number }) => program(ram, `
        ldr     r9, =RAM + ${RESULTS}
        mov     r0, #3
        mov     r1, #10                         @ buffer
        ldr     r2, =RAM + 0x40000
        ldr     r3, =0x10000
        smc     #0
        mov     r0, #3
        mov     r1, #6                          @ start
        mov     r2, #0
        smc     #0
        ldr     r10, [r9]                       @ passes, from the last guest on
        mov     r11, #0                         @ block
1:      mov     r0, #3
        mov     r1, #7                          @ request
        mov     r2, #0
        mov     r3, #${BLOCK}
        mov     r4, #77
        smc     #0
        cmp     r0, #0
        beq     5f
        mov     r8, r0                          @ handle
        ldr     r2, =RAM + 0x40000
        add     r2, r2, r1                      @ where its data stand in the buffer
        mov     r3, r1
        orr     r4, r11, r10, lsl #8
        mov     r5, #${BLOCK / 4}
2:      str     r4, [r2], #4
        subs    r5, r5, #1
        bne     2b
        mov     r0, #3
        mov     r1, #8                          @ submit
        mov     r2, #0
        mov     r4, #${BLOCK}
        mov     r5, #0
        lsl     r6, r11, #9
        mov     r7, #1
        smc     #0
        cmp     r0, #0
        strne   r0, [r9, #12]
        mov     r5, #200
3:      subs    r5, r5, #1
        beq     5f
        mov     r0, #3
        mov     r1, #9                          @ collect
        mov     r2, #0
        smc     #0
        cmp     r0, #1
        bne     3b
        ldr     r0, [r9, #4]
        add     r0, r0, #1
        str     r0, [r9, #4]
5:      add     r11, r11, #1
        cmp     r11, #${BLOCKS}
        bne     1b
        mov     r11, #0
        add     r10, r10, #1
        str     r10, [r9]
        b       1b`);

test(`a VMM stopped ${KILLS} times while its guest writes to a disk: each block is whole, and the disk works on`, () => {
  const image = new Uint8Array(BLOCK * BLOCKS);
  const store = new MemoryStore({ size: image.length });
  const world = twoVms({
    first: writer(FIRST), second: steady(SECOND), firstRestart: ALWAYS, frequencyHz: SLOW, host: { disks: [{ store, latencyUs: 20 }] }, tier: 'auto',
  });
  const next = randoms(0x51ab51ab);
  const replies = (): number => wordAt(world.machine, FIRST.base + RESULTS + 4);
  run(world, 1_000_000);
  assert.ok(replies() > 10, `${replies()} replies; ${world.log.join('\n')}`);
  const check = (when: string): void => {
    const bytes = store.read(0, image.length);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    for (let block = 0; block < BLOCKS; block++) {
      const first = words[block * BLOCK / 4]!;
      assert.ok(first === 0 || (first & 0xff) === block, `block ${block} ${when} holds 0x${first.toString(16)}`);
      for (let i = 0; i < BLOCK / 4; i++) assert.equal(words[block * BLOCK / 4 + i], first, `block ${block}, word ${i} ${when}`);
    }
  };
  for (let i = 0; i < KILLS; i++) {
    run(world, world.machine.core.count + 1 + next(100_000));
    world.system.kill(FIRST_VMM);
    run(world, world.machine.core.count + 1 + next(20_000));
    check(`after kill ${i}`);
  }
  const before = replies();
  run(world, world.machine.core.count + 1_000_000);
  check('at the end');
  assert.ok(replies() > before + 5, `${replies()} replies, ${before} before\n${world.log.slice(-10).join('\n')}`);
  assert.equal(wordAt(world.machine, SECOND.base + RESULTS + 4), 0);
  assert.equal(contextOf(world, 'block0').restarts.length + contextOf(world, SECOND_VMM).restarts.length, 0);
});
