/**
 * The privileged suite: every case on every tier and on QEMU; what differs is printed. `node --import tsx tests/conformance/run.ts [case ...]`.
 */
import { readdirSync } from 'node:fs';
import { assemble, assemblerMissing, temporaryFolder } from './assemble.ts';
import { type CpuDriver, type LoggedException, NOT_RECORDED, type Outcome } from './driver.ts';
import { CASES, type Known, KNOWN_CASES } from './known-cases.ts';
import { QEMU_CORTEX_A8, QEMU_SECURE_RAM } from './qemu.ts';
import { ELSEWHERE_LIMIT, shareElsewhere, told } from './tier-shares.ts';
import { TIER_DRIVERS } from './tiers.ts';

const hex = (value: number | undefined): string => (value === undefined ? 'none' : value === NOT_RECORDED ? 'not recorded' : `0x${(value >>> 0).toString(16)}`);

interface Difference { readonly what: string; readonly ours: number | undefined; readonly theirs: number | undefined }

/** What a record must be where its name says so: `... == 0x16`. The manual's word, for what QEMU does not do. */
function expected(name: string): number | undefined {
  const match = / == (0x[0-9a-f]+)$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** Fault registers say something after their own kind of abort only; IFAR is UNKNOWN after a debug event (Exception reporting in a VMSA implementation). */
function isMeaningful(field: keyof LoggedException, { kind, ifsr }: LoggedException): boolean {
  if (field.startsWith('df')) return kind.endsWith('data abort');
  if (field === 'ifsr') return kind.endsWith('prefetch abort');
  return field !== 'ifar' || (kind.endsWith('prefetch abort') && (ifsr & 0x40f) !== DEBUG_EVENT);
}

const DEBUG_EVENT = 2;
/** The bits that IFSR has (B4.1.96); QEMU puts the domain into 7:4. */
const IFSR_DEFINED = 0x140f;

function differences(ours: Outcome, theirs: Outcome): Difference[] {
  const out: Difference[] = [];
  for (const name of ours.records.keys()) {
    const [a, b] = [ours.records.get(name), expected(name) ?? theirs.records.get(name)];
    if (a !== b) out.push({ what: name, ours: a, theirs: b });
  }
  const length = Math.max(ours.log.length, theirs.log.length);
  for (let i = 0; i < length; i++) {
    const [a, b] = [ours.log[i], theirs.log[i]];
    if (a === undefined || b === undefined) {
      out.push({ what: `exception ${i}: ${a?.kind ?? b?.kind ?? ''} on one side only`, ours: a?.lr, theirs: b?.lr });
      break;
    }
    const kind = a.kind === b.kind ? a.kind : `${a.kind}, not ${b.kind},`;
    if (a.kind !== b.kind) out.push({ what: `exception ${i}: ${kind} kind`, ours: 1, theirs: 0 });
    for (const field of ['lr', 'spsr', 'cpsr', 'dfsr', 'dfar', 'ifsr', 'ifar'] as const) {
      if (!isMeaningful(field, a)) continue;
      if (field === 'ifsr' && (a.ifsr & IFSR_DEFINED) === (b.ifsr & IFSR_DEFINED)) continue;
      if (a[field] !== b[field]) out.push({ what: `exception ${i}: ${kind} ${field}`, ours: a[field], theirs: b[field] });
    }
  }
  if (ours.finished !== theirs.finished) out.push({ what: 'finished', ours: Number(ours.finished), theirs: Number(theirs.finished) });
  return out;
}

function main(): void {
  const missing = assemblerMissing() ?? QEMU_CORTEX_A8.unavailable;
  if (missing !== undefined) {
    console.log(`conformance: skipped: ${missing}`);
    return;
  }
  const wanted = process.argv.slice(2);
  const files = readdirSync(new URL('cases/', import.meta.url)).filter((name) => name.endsWith('.s')).map((name) => name.slice(0, -2)).sort();
  const folder = temporaryFolder();
  let failures = 0;
  const used = new Set<Known>();
  try {
    for (const name of files) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const image = assemble(folder, name);
      const reference: CpuDriver = CASES[name]?.board === 'secure ram' ? QEMU_SECURE_RAM : QEMU_CORTEX_A8;
      const byManual = CASES[name]?.board === 'manual';
      const theirs = byManual ? undefined : reference.run(image);
      let first: Outcome | undefined;
      let known = 0;
      let bad = 0;
      const told = new Map<string, string[]>();
      for (const driver of TIER_DRIVERS) {
        const ours = driver.run(image);
        first ??= ours;
        for (const { what, ours: a, theirs: b } of differences(ours, theirs ?? ours)) {
          const row = KNOWN_CASES.find((candidate) => candidate.image === name && candidate.what === what);
          if (row !== undefined && row.ours === a) {
            used.add(row);
            known++;
            continue;
          }
          bad++;
          const line = `${what}: ${hex(a)}; ${byManual ? 'the manual' : reference.name} has ${hex(b)}`;
          told.set(line, [...(told.get(line) ?? []), driver.name]);
        }
      }
      for (const [line, tiers] of told) console.log(`  ${name}, ${tiers.join(' and ')}: ${line}`);
      const missingRecords = [...first!.records].filter(([, value]) => value === NOT_RECORDED).map(([record]) => record);
      if (missingRecords.length > 0) console.log(`  ${name}: not recorded: ${missingRecords.join(', ')}`);
      if (!first!.finished) console.log(`  ${name}: did not come to its end`);
      if (bad > 0 || missingRecords.length > 0 || !first!.finished) failures++;
      console.log(`${name}: ${image.names.length} records, ${first!.log.length} exceptions, ${bad} differences, ${known} known (on ${TIER_DRIVERS.length} tiers, against ${byManual ? 'the manual' : reference.name})`);
    }
  } finally {
    folder.remove();
  }
  for (const { name, figures } of TIER_DRIVERS) {
    if (name === 'evaluate') continue;
    const elsewhere = shareElsewhere(figures, name);
    console.log(`tier ${name}: ${figures.instructions} instructions, ${(elsewhere * 100).toFixed(2)} % of them elsewhere${told(figures, 10)}`);
    // Of single images much may be cold and privileged by nature.
    if (wanted.length > 0 || elsewhere <= ELSEWHERE_LIMIT) continue;
    console.log(`tier ${name}: more than ${ELSEWHERE_LIMIT * 100} % ran elsewhere`);
    failures++;
  }
  for (const row of KNOWN_CASES) {
    if (used.has(row) || (wanted.length > 0 && !wanted.includes(row.image))) continue;
    console.log(`known case that does not occur: ${row.image}: ${row.what}`);
    failures++;
  }
  if (failures > 0) process.exitCode = 1;
}

main();
