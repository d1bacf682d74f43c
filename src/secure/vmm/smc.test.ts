import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeArguments, describeResults, smc, type SmcArguments, type SmcResultType, type VmmSmc, type VmmSmcVm } from './smc.ts';
import { createVmmSmcVm } from './smc-vm.ts';
import { FakeVm } from './fake-vm.testing.ts';

const INVALID_PARAMETER = 0xfffffffd;

function call(definition: VmmSmc, ...registers: readonly number[]) {
  return definition.invoke([...registers, ...new Array<number>(8 - registers.length).fill(0)], view(), {});
}

function view(vm = new FakeVm(), log: string[] = []): VmmSmcVm {
  return createVmmSmcVm({ label: 'linux', rights: 'kernel', log: (line) => { log.push(line); } }, vm, () => { throw new RangeError('no peers'); }, () => undefined);
}

/** What a handler is given for one argument of a type. */
function given(type: SmcArguments[string], value: number): unknown {
  let seen: unknown = 'not called';
  const reply = call(smc({ number: 9, name: 'probe', args: { x: type } }, ({ args }) => { seen = args.x; }), 9, value);
  return reply.refusal === undefined ? seen : { refused: reply.results[0] };
}

test('arguments reach the handler as their types say, or it is not called', () => {
  assert.equal(given('u32', 0xffffffff), 0xffffffff);
  assert.equal(given('i32', 0xffffffff), -1);
  assert.equal(given('i32', 0x7fffffff), 0x7fffffff);
  assert.equal(given('va', 0), 0);
  assert.equal(given('va', 0xfffffffc), 0xfffffffc);
  assert.equal(given('bool', 0), false);
  assert.equal(given('bool', 1), true);
  assert.deepEqual(given('bool', 2), { refused: INVALID_PARAMETER });
  assert.equal(given({ lock: 0, unlock: 7 }, 7), 'unlock');
  assert.deepEqual(given({ lock: 0, unlock: 7 }, 1), { refused: INVALID_PARAMETER });
  assert.equal(given({ last: 0xffffffff }, 0xffffffff), 'last');
});

test('a pa must lie in the normal world\'s RAM: secure RAM and the bytes around its ends are refused', () => {
  assert.equal(given('pa', 0x80000000), 0x80000000);
  assert.equal(given('pa', 0x8000ffff), 0x8000ffff);
  for (const pa of [0x7fffffff, 0x80010000, 0x70000000, 0, 0xffffffff]) assert.deepEqual(given('pa', pa), { refused: INVALID_PARAMETER }, pa.toString(16));
});

test('arguments begin in r1, and behind device and function in r2', () => {
  const order: number[][] = [];
  const args = { a: 'u32', b: 'u32', c: 'u32', d: 'u32', e: 'u32', f: 'u32' } as const;
  const keep = (context: { args: Record<string, number> }): void => { order.push(Object.values(context.args)); };
  call(smc({ number: 4, name: 'plain', args }, keep), 4, 1, 2, 3, 4, 5, 6, 7);
  call(smc({ number: 3, function: 1, name: 'device', args }, keep), 3, 1, 2, 3, 4, 5, 6, 7);
  assert.deepEqual(order, [[1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7]]);
});

test('results become register words', () => {
  const result = <R extends SmcResultType>(type: R, value: unknown) => call(smc({ number: 9, name: 'probe', result: type }, (() => value) as never), 9).results;
  assert.deepEqual(result('status', -3), [0xfffffffd]);
  assert.deepEqual(result('i32', -0x80000000), [0x80000000]);
  assert.deepEqual(result('u32', 0xffffffff), [0xffffffff]);
  assert.deepEqual(result('bool', true), [1]);
  assert.deepEqual(result('none', undefined), [0]);
  assert.deepEqual(result('words', [1, 2, 3, 0xffffffff]), [1, 2, 3, 0xffffffff]);
  assert.deepEqual(result({ free: 4, taken: 5 }, 'taken'), [5]);
});

test('a handler that returns what its definition does not allow is at fault itself', () => {
  const result = <R extends SmcResultType>(type: R, value: unknown) => () => call(smc({ number: 9, name: 'probe', result: type }, (() => value) as never), 9);
  for (const [type, value] of [['u32', -1], ['u32', 0.5], ['u32', NaN], ['u32', undefined], ['status', 0x80000000], ['bool', 1], ['words', []], ['words', [1, 2, 3, 4, 5]], ['words', [-1]]] as const) {
    assert.throws(result(type, value), /^TypeError: the handler of SMC probe returned/, `${type} ${String(value)}`);
  }
  assert.throws(result({ toString: 1 } as never, 'valueOf'), TypeError);
});

test('a refusal of the handler gives its own status, or the definition\'s; any other exception goes through', () => {
  const refusing = smc({ number: 9, name: 'refusing', args: { status: 'i32' }, result: 'status', invalid: -9 }, ({ vm, args }) => vm.refuse('so it is', args.status === 0 ? undefined : args.status));
  assert.deepEqual(call(refusing, 9, 0), { results: [0xfffffff7], refusal: 'so it is' });
  assert.deepEqual(call(refusing, 9, 0xfffffffe), { results: [0xfffffffe], refusal: 'so it is' });
  assert.throws(() => call(smc({ number: 9, name: 'broken' }, () => { throw new Error('a bug'); }), 9), /a bug/);
});

test('a kernel call that is refused ends the SMC', () => {
  const definition = smc({ number: 9, name: 'asks', result: 'u32' }, ({ vm }) => vm.call('count', 5));
  const vm = new FakeVm();
  assert.deepEqual(definition.invoke([9], view(vm), {}), { results: [INVALID_PARAMETER], refusal: 'count: no kernel call count' });
  vm.callResults.count = { ok: true, value: 12 };
  assert.deepEqual(definition.invoke([9], view(vm), {}).results, [12]);
  assert.deepEqual(vm.calls, ['count 0x5', 'count 0x5']);
});

test('a monitor-level SMC names its routine, or has it; nothing that would have to be checked', () => {
  const named = smc({ number: 9, name: 'in-monitor', level: 'monitor', routine: 'peek', args: { va: 'va', how: 'i32' } });
  assert.deepEqual([named.routine, named.code], ['peek', undefined]);
  const own = smc({ number: 9, name: 'in-monitor', level: 'monitor', code: 'bx lr' });
  assert.deepEqual([own.routine, own.code, own.result], ['in-monitor', 'bx lr', 'u32']);
  const make = (definition: object) => () => smc({ name: 'x', number: 9, level: 'monitor', code: 'bx lr', ...definition } as never);
  assert.throws(make({ number: 2 }), /the devices 0 to 3 are not for level 'monitor'/);
  assert.throws(make({ routine: 'peek' }), /needs the name of its routine, or its code/);
  assert.throws(make({ args: { pa: 'pa' } }), /pa: in monitor mode nothing is checked before the routine/);
  assert.throws(make({ args: { on: { no: 0, yes: 1 } } }), /on: in monitor mode/);
  assert.throws(make({ args: { a: 'u32', b: 'u32', c: 'u32', d: 'u32', e: 'u32' } }), /5 arguments; a routine has registers for 4/);
  assert.throws(make({ result: 'words' }), /a routine's result is/);
  assert.throws(make({ rights: 'user' }), /are not for level 'monitor'/);
});

test('definitions that cannot work are refused', () => {
  const make = (definition: object) => () => smc({ name: 'x', number: 9, ...definition } as never, () => undefined);
  assert.throws(make({ number: -1 }), /no 32-bit function identifier/);
  assert.throws(make({ number: 2 ** 32 }), /no 32-bit function identifier/);
  assert.throws(make({ number: 1.5 }), /no 32-bit function identifier/);
  assert.throws(make({ number: 0xc4000003 }), /64-bit call/);
  assert.throws(make({ name: '' }), /no name/);
  assert.throws(make({ name: 'two words' }), /no name/);
  assert.throws(make({ function: 1 }), /only the devices 0 to 3 have functions/);
  assert.throws(make({ number: 2, function: -1 }), /does not fit r1/);
  const eight = Object.fromEntries([...'abcdefgh'].map((name) => [name, 'u32']));
  assert.throws(make({ args: eight }), /8 arguments; there are registers for 7/);
  const { h: _, ...seven } = eight;
  assert.throws(make({ number: 2, args: eight }), /8 arguments; there are registers for 7/);
  assert.throws(make({ number: 2, args: seven, level: 'kernel' }), /7 arguments; there are registers for 6/);
  assert.throws(make({ level: 'monitor' }), /needs the name of its routine/);
});

test('a definition knows its file and line', () => {
  const here = smc({ number: 9, name: 'here' }, () => undefined);
  assert.match(here.source?.file ?? '', /smc\.test\.ts$/);
  assert.ok(here.source!.line > 100 && here.source!.line < 160, String(here.source!.line));
});

test('state is a copy for each call site, and the definition keeps its own', () => {
  const definition = smc({ number: 9, name: 'counter', result: 'u32', state: { count: 5, seen: [] as string[] } }, ({ state }) => ++state.count);
  const state = structuredClone(definition.initialState);
  definition.invoke([9], view(), state);
  assert.deepEqual(definition.invoke([9], view(), state).results, [7]);
  assert.deepEqual(definition.initialState, { count: 5, seen: [] });
});

test('arguments and results in words', () => {
  const definition = smc({ number: 4, name: 'x', args: { va: 'va', length: 'u32', how: { read: 0, write: 1 }, by: 'i32' }, result: 'status' }, () => 0);
  assert.equal(describeArguments(definition, [4, 0xb6f2a000, 4096, 1, 0xffffffff]), 'va = 0xb6f2a000, length = 4096, how = write, by = -1');
  assert.equal(describeResults(definition, [0xfffffffd]), '-3');
});

test('a log line of the guest\'s cannot drive a terminal', () => {
  const log: string[] = [];
  view(new FakeVm(), log).log('a\x1b[2Jb\u009b\r\n');
  assert.deepEqual(log, ['a\\x1b[2Jb\\x9b\\x0d\\x0a']);
});
