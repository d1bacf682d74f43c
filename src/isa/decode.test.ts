import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDecoder } from './decode.ts';
import { dataProcessingRows } from './rows/a32-data-processing.ts';
import { a32, operation } from './operation.ts';

// Words from arm-none-eabi-as.
test('data processing decodes to its operation, shape and operands', () => {
  const decoder = createDecoder(dataProcessingRows);
  const adds = decoder.decodeA32(0xe0912003); // adds r2, r1, r3
  assert.equal(adds.row.name, 'ADD (register)');
  assert.deepEqual(adds.shape, { alu: 'ADD', S: true, shift: 'none' });
  assert.deepEqual(adds.x, { d: 2, n: 1, m: 3, amount: 0 });
  assert.equal(adds.condition, 14);
  const mov = decoder.decodeA32(0x03a0443f); // moveq r4, #0x3f000000
  assert.equal(mov.row.name, 'MOV (immediate)');
  assert.equal(mov.condition, 0);
  assert.equal(mov.x.imm, 0x3f000000);
  assert.equal(decoder.decodeA32(0xe7f000f0).row.name, 'UNDEFINED');
});

test('one handler serves all registers but the PC', () => {
  const decoder = createDecoder(dataProcessingRows);
  const a = decoder.decodeA32(0xe0812003); // add r2, r1, r3
  const b = decoder.decodeA32(0xe0887009); // add r7, r8, r9
  const c = decoder.decodeA32(0xe081f003); // add pc, r1, r3
  assert.equal(a.handler, b.handler);
  assert.notEqual(a.handler, c.handler);
});

test('rows that overlap without nesting are refused by name', () => {
  const op = operation('x', { d: 'reg' }, () => undefined);
  const decode = (): { shape: {}; x: { d: number } } => ({ shape: {}, x: { d: 0 } });
  const row = (name: string, bits: string) => a32(op, { name, bits, syntax: '', ref: '', decode });
  const first = row('FIRST', 'cccc0000iiiiiiiiiiiiiiii1111dddd');
  const second = row('SECOND', 'cccciiii1111iiiiiiiiiiiiiiiidddd');
  assert.throws(() => createDecoder([first, second]), /FIRST.*SECOND/);
  const shared = row('SHARED', 'cccc00001111iiiiiiiiiiii1111dddd');
  assert.doesNotThrow(() => createDecoder([first, second, shared]));
});
