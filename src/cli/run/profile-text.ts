/** A run's profile as text, in the manner of `perf report`. */
import { hex } from '../values.ts';
import { MODE_NAMES } from './mode-names.ts';
import type { RunReport } from './plan.ts';
import type { GuestPlace, RunProfile } from './profile.ts';

export type SymbolOf = (place: GuestPlace) => string | undefined;

const LEAST_SHARE = 0.001;
const MOST_LINES = 60;
const MOST_CAUSES = 25;
const PAGE = 4096;

interface Line { seconds: number; instructions: number; outsideRegions: number; evaluated: number }

/** A function's name without the place in it. */
function functionName(symbol: string): string { return symbol.replace(/\+0x[0-9a-f]+$/, ''); }

function worldAndMode({ world, mode }: GuestPlace): string {
  return `${world === 'secure' ? 'secure' : 'normal'} ${MODE_NAMES[mode] ?? mode}`;
}

function codeName(place: GuestPlace, symbolOf: SymbolOf): string {
  const symbol = symbolOf(place);
  // What has no name is told by its page.
  return symbol === undefined ? `${hex(Math.floor(place.address / PAGE) * PAGE)} (page)` : functionName(symbol);
}

export function profileText({ stats, wallSeconds, census }: Pick<RunReport, 'stats' | 'wallSeconds' | 'census'>, profile: RunProfile, tier: string, symbolOf: SymbolOf): string {
  const count = (value: number): string => Math.round(value).toLocaleString('en-US');
  const share = (value: number, all: number): string => `${(all === 0 ? 0 : value / all * 100).toFixed(2)} %`.padStart(9);
  const parts = profile.parts.filter(({ name }) => name !== 'waiting');
  const all = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  const out = [
    `# worldswitch profile: ${count(stats.instructions)} instructions in ${wallSeconds.toFixed(3)} s (tier ${tier}), ${count(stats.inRegions)} of them in regions, ${count(stats.evaluated)} evaluated`,
    '', '# Where the time goes', '#    time  what',
    ...parts.filter(({ seconds }) => seconds >= all * LEAST_SHARE).map(({ name, seconds }) => `${share(seconds, all)}  ${name}`),
  ];

  const code = new Map<string, Line & { place: GuestPlace; name: string }>();
  for (const sample of profile.code) {
    const name = codeName(sample, symbolOf);
    const key = `${worldAndMode(sample)} ${name}`;
    const line = code.get(key) ?? { place: sample, name, seconds: 0, instructions: 0, outsideRegions: 0, evaluated: 0 };
    line.seconds += sample.seconds;
    line.instructions += sample.instructions;
    line.outsideRegions += sample.outsideRegions;
    line.evaluated += sample.evaluated;
    code.set(key, line);
  }
  const time = [...code.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  out.push(
    '', '# Guest code, by the PC at the end of slices of about 40,000 instructions; a line has the slices that ended in it',
    '#    time  world mode   MIPS      region    threaded    evaluate  function, or page',
    ...[...code.values()].sort((a, b) => b.seconds - a.seconds).filter(({ seconds }) => seconds >= time * LEAST_SHARE).slice(0, MOST_LINES).map(({ place, name, seconds, instructions, outsideRegions, evaluated }) =>
      `${share(seconds, time)}  ${worldAndMode(place).padEnd(10)} ${(seconds === 0 ? 0 : instructions / seconds / 1e6).toFixed(0).padStart(6)}   ${share(instructions - outsideRegions, instructions)}   ${share(outsideRegions - evaluated, instructions)}   ${share(evaluated, instructions)}  ${name}`),
  );
  if (profile.regions.length > 0) {
    out.push(
      '', '# Regions: compiled code, by the address where it is entered', '#    time  world mode  entry       function',
      ...profile.regions.filter(({ seconds }) => seconds >= all * LEAST_SHARE).slice(0, MOST_LINES).map((region) =>
        `${share(region.seconds, all)}  ${worldAndMode(region).padEnd(10)}  ${hex(region.address)}  ${symbolOf(region) ?? ''}`.trimEnd()),
    );
  }
  const { evaluated, jump, budget, hot, exceptionReturn } = profile.exits;
  out.push(
    '', '# Ways back from generated code to TypeScript', '#          count',
    ...([['an instruction was left to the evaluate tier, and the block could not go on', evaluated], ['a jump without a link', jump], ['an event was due, or a slice ended', budget], ['an exception return', exceptionReturn], ['code became hot', hot]] as const)
      .map(([what, times]) => `${count(times).padStart(16)}  ${what}`),
  );
  if (census.length > 0) {
    out.push(
      '', '# Instructions that the evaluate tier executed for the others, by cause', '#          count  cause         instruction',
      ...census.slice(0, MOST_CAUSES).map(({ cause, instruction, count: times }) => `${count(times).padStart(16)}  ${cause.padEnd(12)}  ${instruction}`),
    );
  }
  out.push('');
  return out.join('\n');
}
