import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDecoder } from '../../src/isa/decode.ts';
import { fieldWidth, insertField, parsePattern } from '../../src/isa/pattern.ts';
import { allRows } from '../../src/isa/rows/index.ts';
import { Random } from '../peers/random.ts';

/**
 * How many handlers the threaded tier can be made to build: for each operation of each instruction set its shapes, times the ways in which its registers can be the PC.
 * Whoever puts an operand (a register's number, an immediate) into a shape breaks these bounds by an order of magnitude.
 */
const MOST_SHAPES = 8_000;
const MOST_HANDLERS = 24_000;
const MOST_SHAPES_OF_ONE_OPERATION = 1_000;
const SEED = 1;
const WORDS_A_ROW = 250;

test(`at most ${MOST_HANDLERS} handlers, in ${MOST_SHAPES} shapes, can be made of the rows`, () => {
  const random = new Random(SEED);
  const decoder = createDecoder(allRows);
  const shapes = new Map<string, { readonly registers: number; readonly seen: Set<string> }>();
  for (const row of allRows) {
    const pattern = parsePattern(row);
    for (let i = 0; i < WORDS_A_ROW; i++) {
      let word = pattern.value;
      for (const [, pieces] of pattern.fields) {
        // Random, or an edge that few random words would have.
        const value = random.chance(0.25) ? random.pick([0, 13, 15, -1]) : random.word();
        word |= insertField(pieces, value & (2 ** fieldWidth(pieces) - 1));
      }
      const { operation, shape } = row.set === 'A32' ? decoder.decodeA32(word)
        : pattern.width === 16 ? decoder.decodeT32(word & 0xffff, 0) : decoder.decodeT32(word >>> 16, word & 0xffff);
      const name = `${row.set} ${operation.name}`;
      let entry = shapes.get(name);
      if (entry === undefined) {
        entry = { registers: Object.values(operation.operands).filter((kind) => kind === 'reg').length, seen: new Set() };
        shapes.set(name, entry);
      }
      entry.seen.add(JSON.stringify(shape));
    }
  }
  let all = 0;
  let handlers = 0;
  for (const [name, { registers, seen }] of shapes) {
    assert.ok(seen.size <= MOST_SHAPES_OF_ONE_OPERATION, `${name}: ${seen.size} shapes`);
    all += seen.size;
    handlers += seen.size * 2 ** registers;
  }
  assert.ok(shapes.size > 150 && decoder.handlerCount > 10_000, `${shapes.size} operations, ${decoder.handlerCount} handlers seen: the words are not as random as they should be`);
  assert.ok(decoder.handlerCount <= handlers, 'a handler depends on more than operation, shape and PCs');
  assert.ok(all <= MOST_SHAPES, `${all} shapes`);
  assert.ok(handlers <= MOST_HANDLERS, `${handlers} handlers`);
  console.log(`${shapes.size} operations, ${all} shapes, at most ${handlers} handlers`);
});
