import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODE_SVC, MODE_USR, STATE } from '../../cpu/index.ts';
import { allRows, createAssembler } from '../../isa/index.ts';
import { Machine } from '../../soc/index.ts';
import { parseSystemMap } from './profile-symbols.ts';
import { profileText } from './profile-text.ts';
import { type RunProfile, RunProfiler, sorted } from './profile.ts';

const BASE = 0x70000000;

function looping(): Machine {
  const machine = new Machine({ tier: 'region' });
  const result = createAssembler(allRows).assemble('start: mov r0, #0\nloop: add r0, r0, #1\n eor r1, r0, r1\n b loop\n', { origin: BASE });
  assert.ok(result.ok);
  machine.loadBytes(BASE, result.sections[0]!.bytes);
  machine.memory.i32[STATE.r + 15] = BASE;
  return machine;
}

test('a profile tells where the guest is, in which world and mode, and that the region tier ran it', () => {
  const machine = looping();
  const profiler = new RunProfiler(machine);
  let instructions = 0;
  const until = performance.now() + 200;
  while (performance.now() < until) {
    profiler.begin();
    const slice = profiler.slice;
    assert.ok(slice >= 20_000 && slice < 60_000);
    machine.run(slice);
    instructions += slice;
    profiler.end();
  }
  const { code, regions, parts, exits } = profiler.finish();
  assert.equal(code.reduce((sum, line) => sum + line.instructions, 0), instructions);
  for (const line of code) {
    assert.ok(line.address >= BASE + 4 && line.address <= BASE + 12, `PC ${line.address.toString(16)}`);
    assert.deepEqual([line.world, line.mode, line.thumb], ['secure', MODE_SVC, false]);
  }
  assert.ok(code.reduce((sum, line) => sum + line.outsideRegions, 0) < instructions / 100);
  assert.ok(regions.length > 0 && regions[0]!.address >= BASE && regions[0]!.address < BASE + 16, 'the loop is among the compiled code');
  assert.deepEqual([regions[0]!.world, regions[0]!.mode], ['secure', MODE_SVC]);
  assert.ok(parts.some(({ name }) => name === 'region code'));
  assert.ok(exits.budget > 0);
});

test('samples are sorted by the innermost frame that is known', () => {
  const frame = (functionName: string, url: string) => ({ functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0 });
  const node = (id: number, functionName: string, url: string, children: number[] = []) => ({ id, callFrame: frame(functionName, url), children });
  const { parts, regions } = sorted({
    startTime: 0, endTime: 0,
    nodes: [
      node(1, '(root)', '', [2, 9]), node(2, 'run', 'file:///x/dist/cpu/threaded/threaded.js', [3, 4, 5, 7]), node(3, 'region 80008000 9c', 'wasm://wasm/1'),
      node(4, 'wasm-function[3]', 'wasm://wasm/2'), node(5, 'step', 'file:///x/dist/cpu/evaluate/evaluator.js', [6]), node(6, 'decodeA32', 'file:///x/dist/isa/decode.js'),
      node(7, 'hot', 'file:///x/dist/cpu/region/regions.js', [8]), node(8, 'Module', ''), node(9, '(garbage collector)', ''),
    ],
    samples: [3, 3, 4, 6, 8, 9, 2], timeDeltas: [1e6, 2e6, 4e6, 8e6, 16e6, 32e6, 64e6],
  });
  assert.deepEqual(Object.fromEntries(parts.map(({ name, seconds }) => [name, seconds])), {
    'region code': 3, 'threaded code': 4, 'evaluate tier': 8, 'making regions': 16, 'garbage collection': 32, 'between blocks: look-up, links': 64,
  });
  // Context 0x9c: A32, little-endian, SCR.NS, mode 0x13.
  assert.deepEqual(regions, [{ address: 0x80008000, world: 'non-secure', mode: MODE_SVC, thumb: false, seconds: 3 }]);
});

test('the text sums up functions, and pages where no name is known', () => {
  const at = (address: number, mode: number, seconds: number) => ({ address, world: 'non-secure' as const, mode, thumb: false, seconds, instructions: seconds * 1e6, outsideRegions: 0, evaluated: 0 });
  const profile: RunProfile = {
    parts: [{ name: 'region code', seconds: 3 }, { name: 'waiting', seconds: 100 }], regions: [], exits: { evaluated: 1234567, jump: 0, budget: 0, hot: 0, exceptionReturn: 0 },
    code: [at(0xc0001000, MODE_SVC, 1), at(0xc0001008, MODE_SVC, 2), at(0x10010, MODE_USR, 0.5), at(0x10ff0, MODE_USR, 0.5)],
  };
  const text = profileText({ stats: { instructions: 4e6, evaluated: 0, inRegions: 4e6, seconds: 0 }, wallSeconds: 4, census: [{ cause: 'given up', instruction: 'LDR (register)', count: 7654321 }] }, profile, 'auto', ({ address }) => (address >= 0xc0000000 ? `memcpy+0x${(address - 0xc0001000).toString(16)}` : undefined));
  assert.match(text, /100\.00 % {2}region code/);
  assert.doesNotMatch(text, /waiting/);
  assert.match(text, /75\.00 % {2}normal svc .* memcpy$/m);
  assert.match(text, /25\.00 % {2}normal usr .* 0x00010000 \(page\)$/m);
  assert.match(text, /1,234,567 {2}an instruction/);
  assert.match(text, /7,654,321 {2}given up {6}LDR \(register\)$/m);
});

test('names come from the lines of System.map and /proc/kallsyms', () => {
  assert.deepEqual(parseSystemMap('c0008000 T stext\nc0008040 t __create_page_tables\nc0100000 D data\nbf000000 t init_module\t[worldswitch]\nc0008044 t $a\nc0200000 W weak\n'), [
    [0xc0008000, 'stext'], [0xc0008040, '__create_page_tables'], [0xbf000000, 'init_module'], [0xc0200000, 'weak'],
  ]);
});
