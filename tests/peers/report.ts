/** Counts by row, disagreements with one example each, and the texts made of them. */
import type { Row } from '../../src/isa/index.ts';
import { type Case, type Outcome, SIGILL } from './case.ts';
import { hex, isDataAbort, wordName } from './compare.ts';
import { rowExclusion } from './excluded.ts';
import type { RowPlan } from './generate.ts';
import { KNOWN_CASES, type KnownCase } from './known-cases.ts';
import type { Tier } from './machine.ts';
import { AT_CPSR } from './layout.ts';

interface Example { readonly c: Case; readonly what: string; readonly lines: readonly string[]; readonly weight: number }

export class RowCounts {
  readonly plan: RowPlan;
  run = 0;
  conditionFailed = 0;
  aborts = 0;
  undefined = 0;
  /** Instructions under test that the evaluate tier executed for each of the others. */
  readonly evaluated: number[];
  /** Cases of which regions executed anything. */
  inRegions = 0;
  disagreements = 0;
  readonly examples = new Map<string, Example>();

  constructor(plan: RowPlan, tiers: number) {
    this.plan = plan;
    this.evaluated = Array<number>(tiers).fill(0);
  }

  executed(c: Case, evaluate: Outcome, others: readonly Outcome[]): void {
    this.run++;
    if (!holds(c)) this.conditionFailed++;
    else if (isDataAbort(evaluate, c.address)) this.aborts++;
    else if (evaluate.signal === SIGILL && evaluate.state[15] === c.address) this.undefined++;
    // The stop is always evaluated; so is each instruction of the prefix, where it is SETEND.
    else others.forEach(({ evaluated }, i) => { if (evaluated > 1 + c.prefix.length) this.evaluated[i]!++; });
    if (others.some(({ inRegions }) => inRegions > 0)) this.inRegions++;
  }
}

/** Whether the condition of the instruction under test holds for the state's flags (A8.3.1). */
function holds(c: Case): boolean {
  const cpsr = c.state[AT_CPSR]!;
  const itInstruction = c.thumb ? c.prefix.find(({ word, length }) => length === 2 && (word & 0xff00) === 0xbf00) : undefined;
  const it = itInstruction !== undefined ? itInstruction.word & 0xff : (cpsr >>> 25 & 3) | (cpsr >>> 8 & 0xfc);
  const condition = c.thumb && it !== 0 ? it >>> 4 : c.instruction.condition;
  const [n, z, carry, v] = [cpsr < 0, (cpsr & 1 << 30) !== 0, (cpsr & 1 << 29) !== 0, (cpsr & 1 << 28) !== 0];
  const base = [z, carry, n, v, carry && !z, n === v, n === v && !z, true][condition >>> 1]!;
  return condition >= 14 || ((condition & 1) === 0 ? base : !base);
}

const name = (row: Row): string => `${row.set} ${row.name}`;

export class Report {
  readonly #rows: ReadonlyMap<RowPlan, RowCounts>;
  readonly #tiers: readonly Tier[];
  readonly #seed: number;
  readonly #peer: string;
  readonly #knownCounts = new Map<KnownCase, number>();
  #elapsedMs = 0;

  constructor(plans: readonly RowPlan[], seed: number, peer: string, tiers: readonly Tier[]) {
    this.#rows = new Map(plans.map((plan) => [plan, new RowCounts(plan, tiers.length)]));
    this.#tiers = tiers;
    this.#seed = seed;
    this.#peer = peer;
  }

  row(plan: RowPlan): RowCounts { return this.#rows.get(plan)!; }

  known(known: KnownCase): void {
    this.#knownCounts.set(known, (this.#knownCounts.get(known) ?? 0) + 1);
  }

  disagree(counts: RowCounts, c: Case, what: string, lines: readonly string[]): void {
    counts.disagreements++;
    const weight = lines.length * 100 + c.prefix.length;
    const before = counts.examples.get(what);
    if (before === undefined || weight < before.weight) counts.examples.set(what, { c, what, lines, weight });
  }

  progress(elapsedMs: number): void { this.#elapsedMs = elapsedMs; }

  get failed(): boolean { return [...this.#rows.values()].some(({ disagreements }) => disagreements > 0); }

  table(): string {
    const lines = [
      `random instructions, seed ${this.#seed}, peer ${this.#peer}`,
      `run: cases compared; of these: failed condition, abort of data, UNDEFINED; executed by the evaluate tier on behalf of ${this.#tiers.join(', of ')}.`,
      'skipped: words that were drawn and left out (UNPREDICTABLE by its reasons; taken by a nested row; not runnable as one case).',
      '',
      `${'row'.padEnd(58)}${'run'.padStart(7)}${'cond'.padStart(7)}${'abort'.padStart(7)}${'undef'.padStart(7)}${this.#tiers.map((tier) => `by ${tier === 'threaded' ? 'thr' : 'reg'}`.padStart(7)).join('')}  skipped`,
    ];
    for (const { plan, run, conditionFailed, aborts, undefined: und, evaluated, disagreements } of this.#rows.values()) {
      const excluded = rowExclusion(plan.row);
      const skipped = [
        ...[...plan.unpredictable].map(([reason, count]) => `${count} ${reason}`),
        ...(plan.otherRow > 0 ? [`${plan.otherRow} of a nested row`] : []), ...(plan.unrunnable > 0 ? [`${plan.unrunnable} not runnable`] : []),
      ];
      const columns = [run, conditionFailed, aborts, und, ...evaluated].map((count) => String(count).padStart(7)).join('');
      lines.push(`${name(plan.row).padEnd(58)}${columns}  ${excluded === undefined ? skipped.join('; ') : `EXCLUDED: ${excluded}`}${disagreements > 0 ? `  DISAGREES ${disagreements}` : ''}`);
    }
    return `${lines.join('\n')}\n`;
  }

  summary(): string {
    const rows = [...this.#rows.values()];
    const sum = (of: (counts: RowCounts) => number): number => rows.reduce((total, counts) => total + of(counts), 0);
    const lines: string[] = [];
    for (const counts of rows.filter(({ disagreements }) => disagreements > 0)) {
      lines.push(`${name(counts.plan.row)}: ${counts.disagreements} of ${counts.run} disagree`);
      for (const { c, what, lines: differing } of counts.examples.values()) lines.push(...example(c, what, differing));
    }
    const excluded = rows.filter(({ plan }) => rowExclusion(plan.row) !== undefined);
    const idle = rows.filter(({ plan, run }) => run === 0 && rowExclusion(plan.row) === undefined);
    for (const { plan } of excluded) lines.push(`excluded: ${name(plan.row)}: ${rowExclusion(plan.row)}`);
    for (const { plan } of idle) lines.push(`no case: ${name(plan.row)}: ${[...plan.unpredictable.keys()].join('; ') || (plan.unrunnable > 0 ? 'not runnable as one case' : 'not drawn')}`);
    for (const known of KNOWN_CASES) {
      const count = this.#knownCounts.get(known) ?? 0;
      if (count > 0) lines.push(`known: ${known.name} (${known.section}): ${count}`);
    }
    const run = sum((c) => c.run);
    const executed = run - sum((c) => c.conditionFailed + c.aborts + c.undefined);
    lines.push(
      `seed ${this.#seed}, ${this.#peer}`,
      `${run} cases of ${rows.filter((c) => c.run > 0).length} rows (of ${rows.length}) on ${['evaluate', ...this.#tiers].join(', ')} and the peer in ${(this.#elapsedMs / 1000).toFixed(1)} s`,
      `  ${executed} executed, ${sum((c) => c.conditionFailed)} failed their condition, ${sum((c) => c.aborts)} aborted, ${sum((c) => c.undefined)} UNDEFINED`,
      ...this.#tiers.map((tier, i) => `  ${sum((c) => c.evaluated[i]!)} executed by the evaluate tier on behalf of ${tier}${tier === 'region' ? `, ${sum((c) => c.inRegions)} cases ran in regions` : ''}`),
      `  ${sum(({ plan }) => [...plan.unpredictable.values()].reduce((a, b) => a + b, 0))} UNPREDICTABLE words drawn and skipped`,
      `${sum((c) => c.disagreements)} disagreements in ${rows.filter((c) => c.disagreements > 0).length} rows`,
    );
    return `${lines.join('\n')}\n`;
  }
}

function example(c: Case, what: string, differing: readonly string[]): string[] {
  const { word, length } = c.instruction;
  const code = [...c.prefix, { word, length }].map((part) => part.length === 2 ? (part.word >>> 0).toString(16).padStart(4, '0') : hex(part.word).slice(2)).join(' ');
  const registers = Object.entries(c.instruction.operation.operands).filter(([, kind]) => kind === 'reg').map(([operand]) => c.instruction.x[operand]!);
  const inputs = [...new Set(registers)].filter((r) => r < 15).map((r) => `${wordName(r)} ${hex(c.state[r]!)}`);
  return [
    `  ${what}: ${code} at ${hex(c.address)}, CPSR ${hex(c.state[AT_CPSR]!)}, FPSCR ${hex(c.state[81]!)}, ${inputs.join(', ')}`,
    `    operands ${JSON.stringify(c.instruction.x)}`,
    ...differing.slice(0, 8).map((line) => `    ${line}`), ...(differing.length > 8 ? [`    and ${differing.length - 8} more`] : []),
  ];
}
