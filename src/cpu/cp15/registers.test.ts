import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coprocessorKey } from '../../isa/ops.ts';
import { STATE } from '../layout.ts';
import { Bench, key, type Requester } from './bench.testing.ts';
import { locationOf, nameOfKey } from './encoding.ts';
import { OPERATIONS } from './operations.ts';
import { SYSTEM_REGISTERS } from './system-registers.ts';

test('an encoding has one location; MRC of other coprocessors, and MRRC, have none', () => {
  assert.equal(nameOfKey(coprocessorKey(15, 0, 1, 0, 2)), 'p15, 0, c1, c0, 2');
  const seen = new Set<number>();
  for (const cp of [14, 15]) {
    for (let rest = 0; rest < 0x4000; rest++) seen.add(locationOf(coprocessorKey(cp, rest >>> 11, rest >>> 7 & 15, rest >>> 3 & 15, rest & 7)));
  }
  assert.equal(seen.size, 0x8000);
  assert.ok(!seen.has(-1));
  assert.equal(locationOf(coprocessorKey(10, 0, 1, 0, 2)), -1);
  assert.equal(locationOf(coprocessorKey(13, 0, 1, 0, 2)), -1);
  assert.equal(locationOf(coprocessorKey(15, 8, 1, 0, 2)), -1);
});

/** DDI 0406C, table B3-42 and following, and DDI 0344, table 3-3. */
const ENCODINGS: { readonly [register: string]: string } = {
  MIDR: 'p15 0 c0 c0 0', CTR: 'p15 0 c0 c0 1', TCMTR: 'p15 0 c0 c0 2', TLBTR: 'p15 0 c0 c0 3', MPIDR: 'p15 0 c0 c0 5',
  ID_PFR0: 'p15 0 c0 c1 0', ID_PFR1: 'p15 0 c0 c1 1', ID_DFR0: 'p15 0 c0 c1 2', ID_AFR0: 'p15 0 c0 c1 3', ID_MMFR0: 'p15 0 c0 c1 4',
  ID_MMFR1: 'p15 0 c0 c1 5', ID_MMFR2: 'p15 0 c0 c1 6', ID_MMFR3: 'p15 0 c0 c1 7', ID_ISAR0: 'p15 0 c0 c2 0', ID_ISAR1: 'p15 0 c0 c2 1',
  ID_ISAR2: 'p15 0 c0 c2 2', ID_ISAR3: 'p15 0 c0 c2 3', ID_ISAR4: 'p15 0 c0 c2 4', CCSIDR: 'p15 1 c0 c0 0', CLIDR: 'p15 1 c0 c0 1',
  AIDR: 'p15 1 c0 c0 7', CSSELR: 'p15 2 c0 c0 0', SCTLR: 'p15 0 c1 c0 0', ACTLR: 'p15 0 c1 c0 1', CPACR: 'p15 0 c1 c0 2', SCR: 'p15 0 c1 c1 0',
  SDER: 'p15 0 c1 c1 1', NSACR: 'p15 0 c1 c1 2', TTBR0: 'p15 0 c2 c0 0', TTBR1: 'p15 0 c2 c0 1', TTBCR: 'p15 0 c2 c0 2', DACR: 'p15 0 c3 c0 0',
  DFSR: 'p15 0 c5 c0 0', IFSR: 'p15 0 c5 c0 1', ADFSR: 'p15 0 c5 c1 0', AIFSR: 'p15 0 c5 c1 1', DFAR: 'p15 0 c6 c0 0', IFAR: 'p15 0 c6 c0 2',
  PAR: 'p15 0 c7 c4 0', ICIALLU: 'p15 0 c7 c5 0', ICIMVAU: 'p15 0 c7 c5 1', CP15ISB: 'p15 0 c7 c5 4', BPIALL: 'p15 0 c7 c5 6',
  BPIMVA: 'p15 0 c7 c5 7', DCIMVAC: 'p15 0 c7 c6 1', DCISW: 'p15 0 c7 c6 2', ATS1C: 'p15 0 c7 c8 0', ATS12NSO: 'p15 0 c7 c8 4',
  DCCMVAC: 'p15 0 c7 c10 1', DCCSW: 'p15 0 c7 c10 2', CP15DSB: 'p15 0 c7 c10 4', CP15DMB: 'p15 0 c7 c10 5', DCCMVAU: 'p15 0 c7 c11 1',
  DCCIMVAC: 'p15 0 c7 c14 1', DCCISW: 'p15 0 c7 c14 2', ITLBI: 'p15 0 c8 c5 0', DTLBI: 'p15 0 c8 c6 0', TLBI: 'p15 0 c8 c7 0',
  PMCR: 'p15 0 c9 c12 0', PMCNTENSET: 'p15 0 c9 c12 1', PMCNTENCLR: 'p15 0 c9 c12 2', PMOVSR: 'p15 0 c9 c12 3', PMSWINC: 'p15 0 c9 c12 4',
  PMSELR: 'p15 0 c9 c12 5', PMCCNTR: 'p15 0 c9 c13 0', PMXEVTYPER: 'p15 0 c9 c13 1', PMXEVCNTR: 'p15 0 c9 c13 2', PMUSERENR: 'p15 0 c9 c14 0',
  PMINTENSET: 'p15 0 c9 c14 1', PMINTENCLR: 'p15 0 c9 c14 2', L2LOCKDOWN: 'p15 1 c9 c0 0', L2AUXCR: 'p15 1 c9 c0 2',
  DTLBLOCKDOWN: 'p15 0 c10 c0 0', ITLBLOCKDOWN: 'p15 0 c10 c0 1', PRRR: 'p15 0 c10 c2 0', NMRR: 'p15 0 c10 c2 1', VBAR: 'p15 0 c12 c0 0',
  MVBAR: 'p15 0 c12 c0 1', ISR: 'p15 0 c12 c1 0', FCSEIDR: 'p15 0 c13 c0 0', CONTEXTIDR: 'p15 0 c13 c0 1', TPIDRURW: 'p15 0 c13 c0 2',
  TPIDRURO: 'p15 0 c13 c0 3', TPIDRPRW: 'p15 0 c13 c0 4', L2DATA: 'p15 0 c15 c8 0', L2DATA2: 'p15 0 c15 c8 5',
  TEECR: 'p14 6 c0 c0 0', TEEHBR: 'p14 6 c1 c0 0', DBGDIDR: 'p14 0 c0 c0 0', DBGDSCRint: 'p14 0 c0 c1 0', DBGDRAR: 'p14 0 c1 c0 0',
  DBGDSAR: 'p14 0 c2 c0 0', JIDR: 'p14 7 c0 c0 0', JOSCR: 'p14 7 c1 c0 0', JMCR: 'p14 7 c2 c0 0',
};

test('registers stand at the encodings of the manual', () => {
  for (const [register, encoding] of Object.entries(ENCODINGS)) {
    const location = locationOf(key(encoding));
    const map = register in SYSTEM_REGISTERS.slots ? SYSTEM_REGISTERS : OPERATIONS;
    assert.equal(map.nameOf(map.locate(location)).replace(/\[0\]$/, ''), register);
  }
});

test('reset values are those of DDI 0344, and of the i.MX53 for what its integrator chose', () => {
  const bench = new Bench();
  const values: { readonly [register: string]: number } = {
    MIDR: 0x412fc085, CTR: 0x82048004, TCMTR: 0, TLBTR: 0x00202001, MPIDR: 0, ID_PFR0: 0x1031, ID_PFR1: 0x11, ID_DFR0: 0x400, ID_AFR0: 0,
    ID_MMFR0: 0x31100003, ID_MMFR1: 0x20000000, ID_MMFR2: 0x01202000, ID_MMFR3: 0x11, ID_ISAR0: 0x00101111, ID_ISAR1: 0x12112111,
    ID_ISAR2: 0x21232031, ID_ISAR3: 0x11112131, ID_ISAR4: 0x00111142, CLIDR: 0x0a000023, CCSIDR: 0xe00fe01a,
    SCTLR: 0x00c50078, ACTLR: 2, CPACR: 0, SCR: 0, SDER: 0, NSACR: 0, TTBCR: 0, PRRR: 0x00098aa4, NMRR: 0x44e048e0, PMCR: 0x41002000,
    L2AUXCR: 0x42, VBAR: 0, DBGDIDR: 0x15141000, JIDR: 0,
  };
  for (const [register, value] of Object.entries(values)) assert.equal(bench.mrc(ENCODINGS[register]!), value, register);
  for (const alias of [4, 6, 7]) assert.equal(bench.mrc(`p15 0 c0 c0 ${alias}`), 0x412fc085);
  for (let crm = 3; crm < 8; crm++) for (let opc2 = 0; opc2 < 8; opc2++) assert.equal(bench.mrc(`p15 0 c0 c${crm} ${opc2}`), 0);
});

test('CCSIDR shows the cache that the CSSELR of the world selects', () => {
  const bench = new Bench();
  bench.mcr(ENCODINGS['CSSELR']!, 2);
  assert.equal(bench.mrc(ENCODINGS['CCSIDR']!), 0xf03fe03a);
  bench.as('non-secure SVC');
  assert.equal(bench.mrc(ENCODINGS['CCSIDR']!), 0xe00fe01a);
  bench.mcr(ENCODINGS['CSSELR']!, 1);
  assert.equal(bench.mrc(ENCODINGS['CCSIDR']!), 0x200fe01a);
  bench.mcr(ENCODINGS['CSSELR']!, 4);
  assert.equal(bench.mrc(ENCODINGS['CCSIDR']!), 0);
});

test('fixed bits: what a write of ones and of zeros leaves', () => {
  const cases: { readonly [register: string]: readonly [ones: number, zeros: number] } = {
    SCTLR: [0x72c5387f, 0x00c50078], TTBR0: [0xffffff9b, 0], TTBR1: [0xffffc01b, 0], TTBCR: [0x37, 0], DACR: [0xffffffff, 0],
    DFSR: [0x1cff, 0], IFSR: [0x140f, 0], ADFSR: [0, 0], AIFSR: [0, 0], DFAR: [0xffffffff, 0], IFAR: [0xffffffff, 0],
    PRRR: [0x000fffff, 0], NMRR: [0xffffffff, 0], VBAR: [0xffffffe0, 0], MVBAR: [0xffffffe0, 0], CONTEXTIDR: [0xffffffff, 0],
    TPIDRURW: [0xffffffff, 0], CSSELR: [0xf, 0], FCSEIDR: [0, 0], CPACR: [0x00f00000, 0], SDER: [3, 0], NSACR: [0x00070c00, 0],
    TEECR: [1, 0], TEEHBR: [0xfffffffc, 0], L2LOCKDOWN: [0xff, 0], L2AUXCR: [0xffffffff, 0], DTLBLOCKDOWN: [0xffc00001, 0], PMUSERENR: [1, 0],
    PMSELR: [0x1f, 0], L2DATA2: [0xffffffff, 0], JOSCR: [0, 0], JMCR: [0, 0],
  };
  for (const [register, [ones, zeros]] of Object.entries(cases)) {
    const bench = new Bench();
    bench.mcr(ENCODINGS[register]!, 0xffffffff);
    assert.equal(bench.mrc(ENCODINGS[register]!), ones, `${register} after ones`);
    bench.mcr(ENCODINGS[register]!, 0);
    assert.equal(bench.mrc(ENCODINGS[register]!), zeros, `${register} after zeros`);
  }
});

test('SCR keeps NS, IRQ, FIQ, EA, FW and AW', () => {
  const bench = new Bench();
  bench.as('monitor, NS=0');
  bench.mcr(ENCODINGS['SCR']!, 0xffffffff);
  assert.equal(bench.mrc(ENCODINGS['SCR']!), 0x3f);
});

test('banked registers: MRC and MCR reach the copy that SCR.NS names, in monitor mode too', () => {
  const banked = [
    'TTBR0', 'TTBR1', 'DACR', 'DFAR', 'IFAR', 'PAR', 'NMRR', 'VBAR', 'CONTEXTIDR', 'TPIDRURW', 'TPIDRURO', 'TPIDRPRW', 'SCTLR', 'TTBCR', 'DFSR', 'IFSR',
    'PRRR', 'CSSELR',
  ];
  for (const register of banked) {
    const bench = new Bench();
    const encoding = ENCODINGS[register]!;
    bench.as('secure SVC');
    bench.mcr(encoding, 0x00004000);
    const secure = bench.mrc(encoding);
    bench.as('monitor, NS=1');
    bench.mcr(encoding, 0xffffffff);
    const other = bench.mrc(encoding);
    assert.notEqual(secure, other, register);
    const seen: { readonly [R in Requester]?: number } = {
      'secure SVC': secure, 'monitor, NS=0': secure, 'monitor, NS=1': other, 'non-secure SVC': other,
    };
    for (const [requester, value] of Object.entries(seen)) {
      bench.as(requester as Requester);
      assert.equal(bench.mrc(encoding), value, `${register}, ${requester}`);
    }
    const word = STATE[register as 'DACR'];
    assert.deepEqual([...bench.memory.u32.subarray(word, word + 2)], [secure, other], `${register} in the CPU state`);
  }
});

test('registers common to both worlds have one copy', () => {
  const bench = new Bench();
  for (const register of ['CPACR', 'TEEHBR', 'PMSELR', 'PMUSERENR']) {
    bench.as('secure SVC');
    bench.mcr(ENCODINGS['NSACR']!, 0xc00);
    bench.mcr(ENCODINGS[register]!, register === 'CPACR' ? 0x00500000 : 1 << 2 | 1);
    const value = bench.mrc(ENCODINGS[register]!);
    assert.notEqual(value, 0);
    bench.as('non-secure SVC');
    assert.equal(bench.mrc(ENCODINGS[register]!), value, register);
  }
});

/**
 * Reads and writes that are defined, in the order secure PL1, secure PL0, non-secure PL1, non-secure PL0: r, w, or - for neither
 * (DDI 0344, table 3-3 and the "results of access" tables; DDI 0406C, B3.15).
 */
const ACCESS: { readonly [rights: string]: readonly string[] } = {
  'rw - rw -': [
    'SCTLR', 'CPACR', 'TTBR0', 'TTBR1', 'TTBCR', 'DACR', 'DFSR', 'IFSR', 'ADFSR', 'AIFSR', 'DFAR', 'IFAR', 'PAR', 'PRRR', 'NMRR', 'VBAR',
    'CONTEXTIDR', 'TPIDRPRW', 'CSSELR', 'FCSEIDR', 'PMINTENSET', 'PMINTENCLR', 'PMCR', 'PMCCNTR', 'PMCNTENSET', 'PMCNTENCLR', 'PMOVSR', 'PMSELR',
    'PMXEVTYPER', 'PMXEVCNTR', 'JOSCR', 'JMCR',
  ],
  'rw - r -': ['ACTLR', 'NSACR', 'L2AUXCR'],
  'rw - - -': ['SCR', 'SDER', 'MVBAR', 'L2LOCKDOWN', 'DTLBLOCKDOWN', 'ITLBLOCKDOWN', 'L2DATA', 'L2DATA2'],
  'r - r -': ['MIDR', 'CTR', 'TCMTR', 'TLBTR', 'MPIDR', 'ID_PFR0', 'ID_MMFR3', 'ID_ISAR4', 'CCSIDR', 'CLIDR', 'AIDR', 'ISR', 'JIDR'],
  'rw rw rw rw': ['TPIDRURW', 'TEEHBR'],
  'rw r rw r': ['TPIDRURO', 'PMUSERENR', 'TEECR'],
  'r r r r': ['DBGDIDR', 'DBGDSCRint', 'DBGDRAR', 'DBGDSAR'],
  'w w w w': ['CP15ISB', 'CP15DSB', 'CP15DMB'],
  'w - w -': [
    'ICIALLU', 'ICIMVAU', 'BPIALL', 'BPIMVA', 'DCIMVAC', 'DCISW', 'DCCMVAC', 'DCCSW', 'DCCMVAU', 'DCCIMVAC', 'DCCISW', 'ITLBI', 'DTLBI', 'TLBI',
    'ATS1C', 'PMSWINC',
  ],
  'w - - -': ['ATS12NSO'],
};

test('who may read and write what', () => {
  const bench = new Bench();
  const columns: readonly Requester[] = ['secure SVC', 'secure USR', 'non-secure SVC', 'non-secure USR'];
  for (const [rights, registers] of Object.entries(ACCESS)) {
    const granted = rights.split(' ');
    for (const register of registers) {
      columns.forEach((requester, column) => {
        bench.as(requester);
        const seen = (bench.may(ENCODINGS[register]!, false) ? 'r' : '') + (bench.may(ENCODINGS[register]!, true) ? 'w' : '');
        assert.equal(seen || '-', granted[column], `${register}, ${requester}`);
      });
      for (const requester of ['monitor, NS=0', 'monitor, NS=1'] as const) {
        bench.as(requester);
        const seen = (bench.may(ENCODINGS[register]!, false) ? 'r' : '') + (bench.may(ENCODINGS[register]!, true) ? 'w' : '');
        assert.equal(seen || '-', granted[0], `${register}, ${requester}`);
      }
    }
  }
  const covered = Object.values(ACCESS).flat();
  assert.equal(new Set(covered).size, covered.length);
});

test('NSACR.CL and TL open the lockdown registers to the non-secure state', () => {
  const bench = new Bench();
  bench.mcr(ENCODINGS['NSACR']!, 1 << 16);
  bench.as('non-secure SVC');
  assert.ok(bench.may(ENCODINGS['L2LOCKDOWN']!, true));
  assert.ok(!bench.may(ENCODINGS['DTLBLOCKDOWN']!, true));
  bench.as('non-secure USR');
  assert.ok(!bench.may(ENCODINGS['L2LOCKDOWN']!, true));
  bench.as('secure SVC');
  bench.mcr(ENCODINGS['NSACR']!, 1 << 17);
  bench.as('non-secure SVC');
  assert.ok(!bench.may(ENCODINGS['L2LOCKDOWN']!, false));
  assert.ok(bench.may(ENCODINGS['ITLBLOCKDOWN']!, false));
});

test('PMUSERENR.EN and TEECR.XED decide what User mode may reach', () => {
  const bench = new Bench();
  bench.mcr(ENCODINGS['PMUSERENR']!, 1);
  bench.mcr(ENCODINGS['TEECR']!, 1);
  bench.as('non-secure USR');
  for (const register of ['PMCR', 'PMCNTENSET', 'PMCNTENCLR', 'PMOVSR', 'PMSELR', 'PMCCNTR', 'PMXEVTYPER', 'PMXEVCNTR']) {
    assert.ok(bench.may(ENCODINGS[register]!, false) && bench.may(ENCODINGS[register]!, true), register);
  }
  assert.ok(bench.may(ENCODINGS['PMSWINC']!, true));
  assert.ok(!bench.may(ENCODINGS['PMINTENSET']!, false));
  assert.ok(!bench.may(ENCODINGS['PMUSERENR']!, true));
  assert.ok(!bench.may(ENCODINGS['TEEHBR']!, false));
  bench.as('non-secure SVC');
  assert.ok(bench.may(ENCODINGS['TEEHBR']!, true));
});

test('CPACR in non-secure state shows and takes only the coprocessors that NSACR gives', () => {
  const bench = new Bench();
  const CPACR = ENCODINGS['CPACR']!;
  bench.mcr(CPACR, 0x00f00000);
  bench.as('non-secure SVC');
  assert.equal(bench.mrc(CPACR), 0);
  bench.mcr(CPACR, 0);
  bench.as('secure SVC');
  assert.equal(bench.mrc(CPACR), 0x00f00000, 'the non-secure write was ignored');
  bench.mcr(ENCODINGS['NSACR']!, 0x800);
  bench.as('non-secure SVC');
  assert.equal(bench.mrc(CPACR), 0x00c00000);
  bench.mcr(CPACR, 0);
  bench.as('monitor, NS=1');
  assert.equal(bench.mrc(CPACR), 0x00300000, 'monitor mode is secure state: NSACR does not restrict it');
});

test('ISR shows what is pending', () => {
  const bench = new Bench();
  assert.equal(bench.mrc(ENCODINGS['ISR']!), 0);
  bench.memory.i32[STATE.fiqLine] = 1;
  assert.equal(bench.mrc(ENCODINGS['ISR']!), 0x40);
  bench.memory.i32[STATE.irqLine] = 1;
  bench.memory.i32[STATE.asyncAbort] = 0x407;
  assert.equal(bench.mrc(ENCODINGS['ISR']!), 0x1c0);
});

test('the host hears of changes, and only of changes', () => {
  const bench = new Bench();
  const calls = (register: string, value: number): readonly number[] => {
    Object.assign(bench.calls, { translation: 0, context: 0, interrupts: 0 });
    bench.mcr(ENCODINGS[register]!, value);
    return [bench.calls.translation, bench.calls.context, bench.calls.interrupts].map((n) => Math.min(n, 1));
  };
  for (const register of ['TTBR0', 'TTBR1', 'DACR', 'NMRR', 'PRRR']) {
    assert.deepEqual(calls(register, 0x4000), [1, 0, 0], register);
    assert.deepEqual(calls(register, 0x4000), [0, 0, 0], register);
  }
  assert.deepEqual(calls('TTBCR', 1), [1, 0, 0]);
  assert.deepEqual(calls('SCTLR', 0x00c50079), [1, 1, 0]);
  assert.deepEqual(calls('SCTLR', 0x00c5007b), [0, 1, 0], 'SCTLR.A');
  assert.deepEqual(calls('SCTLR', 0), [1, 1, 0]);
  for (const register of ['VBAR', 'MVBAR']) assert.deepEqual(calls(register, 0x100), [0, 1, 0], register);
  assert.deepEqual(calls('CPACR', 0x00f00000), [0, 1, 0]);
  assert.deepEqual(calls('NSACR', 0xc00), [0, 1, 0]);
  for (const register of ['CONTEXTIDR', 'TPIDRPRW', 'TEEHBR', 'CSSELR']) assert.deepEqual(calls(register, 4), [0, 0, 0], register);
  for (const register of ['PMCR', 'PMCNTENSET', 'PMINTENSET', 'PMOVSR', 'PMCCNTR', 'PMSWINC']) assert.deepEqual(calls(register, 1), [0, 0, 1], register);
  bench.as('monitor, NS=0');
  assert.deepEqual(calls('SCR', 4), [0, 1, 1]);
  assert.deepEqual(calls('SCR', 5), [1, 1, 1]);
});

test('FCSE and the preload engine are refused by name, once', () => {
  const bench = new Bench();
  bench.mcr(ENCODINGS['FCSEIDR']!, 0);
  assert.deepEqual(bench.log, []);
  bench.mcr(ENCODINGS['FCSEIDR']!, 0x02000000);
  bench.mcr(ENCODINGS['FCSEIDR']!, 0x04000000);
  assert.equal(bench.mrc(ENCODINGS['FCSEIDR']!), 0);
  for (const register of ['p15 0 c11 c0 0', 'p15 0 c11 c15 0']) for (const write of [false, true]) assert.ok(!bench.may(register, write));
  assert.equal(bench.log.length, 2);
  assert.match(bench.log[0]!, /FCSE/);
  assert.match(bench.log[1]!, /preload engine/);
});

test('encodings of later extensions are undefined and logged once', () => {
  const bench = new Bench();
  const absent = [
    'p15 0 c7 c1 0', 'p15 0 c7 c1 6', 'p15 0 c8 c3 0', 'p15 0 c8 c7 3', 'p15 0 c14 c0 0', 'p15 4 c1 c1 0', 'p15 0 c9 c12 6', 'p14 0 c0 c2 2', 'p15 0 c4 c0 0',
  ];
  for (const register of [...absent, ...absent]) assert.ok(!bench.may(register, false) && !bench.may(register, true), register);
  assert.equal(bench.log.length, 2 * absent.length);
  assert.equal(bench.log[0], 'CP15: MRC p15, 0, c7, c1, 0 names no register: UNDEFINED');
});

/** What Linux for multi-platform ARMv7 executes on a Cortex-A8, from entry to a shell. */
test('a Linux kernel finds every register it touches, in both worlds', () => {
  const reads = [
    'MIDR', 'CTR', 'TCMTR', 'TLBTR', 'MPIDR', 'ID_PFR0', 'ID_PFR1', 'ID_DFR0', 'ID_AFR0', 'ID_MMFR0', 'ID_MMFR1', 'ID_MMFR2', 'ID_MMFR3',
    'ID_ISAR0', 'ID_ISAR1', 'ID_ISAR2', 'ID_ISAR3', 'ID_ISAR4', 'CLIDR', 'CCSIDR', 'SCTLR', 'ACTLR', 'CPACR', 'TTBR0', 'TTBR1', 'TTBCR', 'DACR',
    'DFSR', 'IFSR', 'DFAR', 'IFAR', 'PAR', 'PMCR', 'PMOVSR', 'PMCCNTR', 'PMXEVCNTR', 'PRRR', 'NMRR', 'FCSEIDR', 'CONTEXTIDR', 'TPIDRURO', 'TPIDRPRW',
    'TPIDRURW', 'L2AUXCR', 'DBGDIDR', 'TEECR', 'TEEHBR',
  ];
  const writes = [
    'SCTLR', 'CPACR', 'TTBR0', 'TTBR1', 'TTBCR', 'DACR', 'DFSR', 'CSSELR', 'ICIALLU', 'ICIMVAU', 'BPIALL', 'CP15ISB', 'DCIMVAC', 'DCISW', 'DCCMVAC',
    'DCCSW', 'CP15DSB', 'CP15DMB', 'DCCMVAU', 'DCCIMVAC', 'DCCISW', 'TLBI', 'ITLBI', 'DTLBI', 'PMCR', 'PMCNTENSET', 'PMCNTENCLR', 'PMOVSR', 'PMSELR',
    'PMCCNTR', 'PMXEVTYPER', 'PMXEVCNTR', 'PMINTENSET', 'PMINTENCLR', 'PMUSERENR', 'PRRR', 'NMRR', 'VBAR', 'FCSEIDR', 'CONTEXTIDR', 'TPIDRURO', 'TPIDRPRW',
    'TPIDRURW', 'TEECR', 'TEEHBR', 'ATS1C',
  ];
  const bench = new Bench();
  for (const requester of ['secure SVC', 'non-secure SVC'] as const) {
    bench.as(requester);
    for (const register of reads) assert.ok(bench.may(ENCODINGS[register]!, false), `${requester} reads ${register}`);
    for (const register of writes) assert.ok(bench.may(ENCODINGS[register]!, true), `${requester} writes ${register}`);
    for (let opc2 = 0; opc2 < 3; opc2++) for (const crm of [5, 6, 7]) bench.mcr(`p15 0 c8 c${crm} ${opc2}`, 0x12345678);
  }
  assert.deepEqual(bench.log, []);
});

