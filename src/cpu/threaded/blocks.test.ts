/** Blocks as a whole: full records, handlers that wait to be compiled, counted entries, stores. SEED and PROGRAMS override the random part. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlatMachine, type FlatMachine } from '../flat-machine.testing.ts';
import { STATE } from '../layout.ts';
import { lockstep, Random } from '../region/lockstep.testing.ts';
import { CODE, randomProgram } from '../region/random-code.testing.ts';

const SEED = Number(process.env['SEED'] ?? 9000);
const PROGRAMS = Number(process.env['PROGRAMS'] ?? 20);
/** For one region's exits and some 100 blocks. */
const FEW_RECORDS = 1 << 15;

for (const thumb of [false, true]) {
  test(`${PROGRAMS} random ${thumb ? 'T32' : 'A32'} programs that become hot late, with room for few records, seeds from ${SEED}`, () => {
    for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
      const random = new Random(seed);
      const prepare = randomProgram(random, thumb);
      lockstep(prepare, random, 3000, random.chance(50) ? 30 : 400, `seed ${seed}`, { threshold: 5, recordBytes: FEW_RECORDS });
    }
  });
}

/** Blocks of two instructions in pages of their own, each of which goes on with the next, and the last with the first: add r0, r0, #1; b. */
function ring(blocks: number): (machine: FlatMachine) => void {
  const stride = 0x440;
  return (machine) => {
    for (let i = 0; i < blocks; i++) {
      const distance = i === blocks - 1 ? -stride * (blocks - 1) : stride;
      machine.load(CODE + i * stride, [0xe2800001, (0xea000000 | ((distance - 12) >> 2 & 0xffffff)) >>> 0]);
    }
    machine.memory.i32[STATE.r + 15] = CODE;
  };
}

test('blocks for which there is no room make all others go, and are linked again', () => {
  for (const slice of [7, 500, 5000]) {
    const machine = lockstep(ring(400), new Random(slice), 20_000, slice, `slices of ${slice}`, { threshold: 1000, recordBytes: FEW_RECORDS });
    assert.ok(machine.threaded.blocks.size < 400, 'there was room for all');
  }
});

test('where there is room, blocks stay and lead to each other', () => {
  const machine = createFlatMachine(undefined, { threshold: 1000 });
  ring(400)(machine);
  machine.run('region', 1600);
  const { blocks, exits } = machine.threaded;
  assert.ok(blocks.size >= 400 && blocks.size < 500, `${blocks.size} blocks`);
  const before = exits.reduce((sum, count) => sum + count);
  machine.run('region', 80_000);
  const after = exits.reduce((sum, count) => sum + count);
  assert.equal(after - before, 1, 'ways back to TypeScript');
  blocks.assertInvariants();
});

test('a store beside code drops nothing, one to code its blocks and no others', () => {
  const machine = createFlatMachine();
  ring(8)(machine);
  machine.run('threaded', 16);
  const { threaded: { blocks }, core: { mmu }, ram } = machine;
  const { size } = blocks;
  const store = (address: number): boolean => {
    mmu.dropped = false;
    mmu.stored(ram + address, 4);
    blocks.assertInvariants();
    return mmu.dropped;
  };
  assert.equal(store(CODE + 8), false);
  assert.equal(blocks.size, size);
  assert.equal(store(CODE + 4), true);
  assert.equal(blocks.size, size - 1);
  assert.equal(store(CODE + 4), false);
  machine.run('threaded', 16);
  assert.equal(blocks.size, size);
  blocks.assertInvariants();
  machine.threaded.clear();
  assert.equal(blocks.size, 0);
  blocks.assertInvariants();
});
