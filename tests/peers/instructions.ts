/**
 * Random instructions drawn from the rows, on our tiers and on `qemu-arm -cpu cortex-a8`.
 *
 * Options: --count N (100000), --large (1000000), --seed N, --rows PATTERN (only rows whose set and name match), --table (print the whole table),
 * --tiers LIST (evaluate,threaded,region: those that are compared with the evaluate tier, which always runs).
 * The table of counts for each row is always written to dist/peers/instructions.txt. Ends with 1 where a disagreement is not a known case.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Case, Outcome } from './case.ts';
import { describe, type Difference, differences } from './compare.ts';
import { rowExclusion } from './excluded.ts';
import { Generator, isUnallocated, planRow, planUnallocated, type RowPlan, waits } from './generate.ts';
import { KNOWN_CASES } from './known-cases.ts';
import { BATCH } from './layout.ts';
import { PeerMachine, type Tier, TIERS } from './machine.ts';
import { Peer } from './qemu-user.ts';
import { Random } from './random.ts';
import { Report } from './report.ts';
import { randomWindow } from './values.ts';

interface Options { readonly count: number; readonly seed: number; readonly rows: RegExp | undefined; readonly table: boolean; readonly tiers: readonly Tier[] }

function options(): Options {
  const { values } = parseArgs({
    options: { count: { type: 'string' }, large: { type: 'boolean' }, seed: { type: 'string' }, rows: { type: 'string' }, table: { type: 'boolean' }, tiers: { type: 'string' } },
  });
  const number = (text: string | undefined, otherwise: number): number => {
    const value = text === undefined ? otherwise : Number(text);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`not a count: ${text}`);
    return value;
  };
  const tiers = values.tiers?.split(',').map((name) => TIERS.find((tier) => tier === name)) ?? TIERS;
  if (!tiers.every((tier) => tier !== undefined)) throw new Error(`--tiers: of ${TIERS.join(', ')}`);
  return {
    count: number(values.count, values.large === true ? 1_000_000 : 100_000),
    seed: number(values.seed, 0x5eed0001),
    rows: values.rows === undefined ? undefined : new RegExp(values.rows),
    table: values.table === true,
    tiers: TIERS.filter((tier) => tier !== 'evaluate' && tiers.includes(tier)),
  };
}

interface Batch { readonly cases: readonly Case[]; readonly plans: readonly RowPlan[]; readonly peer: Promise<Outcome[]>; readonly code: readonly [Int32Array, Int32Array] }

const { count, seed, rows, table, tiers } = options();
const random = new Random(seed);
const pristine = randomWindow(random);
const machine = new PeerMachine(pristine);
/** The engine keeps a module's functions as long as the table that they stand in: the machine with regions is made anew now and then. */
const REGION_BATCHES = 10;
let regionMachine: PeerMachine | undefined;
let regionBatches = 0;
const peer = new Peer(pristine);
const generator = new Generator(random, machine);
const plans = [...machine.decoder.patterns.map(planRow), planUnallocated('A32', 32), planUnallocated('T32', 16), planUnallocated('T32', 32)];
/** What no row takes stands for a large part of all words. */
const UNALLOCATED_TURNS = 10;
const drawn = plans.flatMap((plan) => isUnallocated(plan) ? Array<RowPlan>(UNALLOCATED_TURNS).fill(plan) : [plan]).filter(({ row }) => rowExclusion(row) === undefined && (rows === undefined || rows.test(`${row.set} ${row.name}`)));
const report = new Report(plans, seed, peer.version, tiers);
const started = Date.now();

/** Rows in turn, so that each gets its share; one that yields no case gives way. */
let turn = 0;
function makeBatch(size: number): Batch {
  generator.image.clear();
  machine.loadCode(generator.image.a32, generator.image.t32);
  const cases: Case[] = [];
  const from: RowPlan[] = [];
  let failures = 0;
  while (cases.length < size && failures < drawn.length) {
    const plan = drawn[turn++ % drawn.length]!;
    const made = generator.generate(plan, cases.length);
    if (made === undefined) {
      failures++;
      continue;
    }
    failures = 0;
    cases.push(made);
    from.push(plan);
  }
  return { cases, plans: from, peer: peer.run(cases, generator.image), code: [generator.image.a32.slice(), generator.image.t32.slice()] };
}

/** The differences that no known case explains. */
function unexplained(c: Case, ours: Outcome, theirs: Outcome): Difference[] {
  const all = differences(c, ours, theirs);
  return all.filter((difference) => {
    const known = KNOWN_CASES.find((k) => k.explains(c, ours, theirs, difference));
    if (known === undefined) return true;
    report.known(known);
    return false;
  });
}

function machineWithRegions(): PeerMachine {
  if (regionMachine === undefined || regionBatches++ % REGION_BATCHES === 0) regionMachine = new PeerMachine(pristine, true);
  return regionMachine;
}

async function finish(batch: Batch): Promise<void> {
  // All code of the batch is in place now, as it is in the peer.
  const machines: Readonly<Record<Tier, PeerMachine>> = { evaluate: machine, threaded: machine, region: tiers.includes('region') ? machineWithRegions() : machine };
  for (const one of new Set(Object.values(machines))) one.loadCode(...batch.code);
  if (tiers.includes('region')) machines.region.compile(batch.cases.map(({ state }) => state));
  const ours = batch.cases.map((c) => {
    const interrupt = waits(c.instruction);
    return { evaluate: machine.run('evaluate', c.state, interrupt), others: tiers.map((tier) => machines[tier].run(tier, c.state, interrupt)) };
  });
  const theirs = await batch.peer;
  batch.cases.forEach((c, i) => {
    const { evaluate, others } = ours[i]!;
    const their = theirs[i]!;
    const counts = report.row(batch.plans[i]!);
    if (evaluate === undefined || !others.every((outcome) => outcome !== undefined)) {
      report.disagree(counts, c, 'one of our tiers loops', []);
      return;
    }
    counts.executed(c, evaluate, others);
    others.forEach((outcome, t) => {
      const tier = tiers[t]!;
      const between = differences(c, evaluate, outcome);
      if (evaluate.count !== outcome.count) between.push({ what: 'count', ours: evaluate.count, theirs: outcome.count });
      if (between.length > 0) report.disagree(counts, c, `evaluate and ${tier}`, between.map((d) => describe(d, ['evaluate', tier])));
    });
    const found = unexplained(c, evaluate, their);
    if (found.length > 0) report.disagree(counts, c, 'ours and the peer', found.map((d) => describe(d, ['ours', 'peer'])));
  });
  report.progress(Date.now() - started);
}

let made = 0;
let previous: Batch | undefined;
try {
  while (made < count) {
    const batch = makeBatch(Math.min(BATCH, count - made));
    if (batch.cases.length === 0) break;
    made += batch.cases.length;
    if (previous !== undefined) await finish(previous);
    previous = batch;
  }
  if (previous !== undefined) await finish(previous);
} finally {
  peer.dispose();
}
mkdirSync('dist/peers', { recursive: true });
writeFileSync('dist/peers/instructions.txt', report.table());
if (table) process.stdout.write(report.table());
process.stdout.write(report.summary());
process.exitCode = report.failed ? 1 : 0;
