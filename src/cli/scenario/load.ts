/** Loads a bundled scenario into this thread, and looks whether it is one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from '../../secure/scenario.ts';
import { RefusedInput } from '../errors.ts';
import type { BundledScenario } from '../run/plan.ts';
import type { HandlerWatch } from '../run/secure-world.ts';
import { placeOf } from './place.ts';

const LISTS = ['smcs', 'kernelSmcs', 'kernelCalls', 'routines', 'components', 'devices', 'vms'] as const;
const OBJECTS = ['board', 'settings', 'guest'] as const;
const SHAPE = `an smc(...) or device(...), or an object with ${[...LISTS, ...OBJECTS].join(', ')}`;

/** Throws RefusedInput where the module cannot be loaded or is none. Its source map counts for what is loaded from now on. */
export async function loadScenario({ file, code }: BundledScenario, watch?: HandlerWatch): Promise<Scenario> {
  // A module that loops at its top level is watched, too.
  const outer = watch?.enter(watch.name(`the module ${file}`)) ?? 0;
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-'));
  const path = join(folder, 'scenario.mjs');
  try {
    writeFileSync(path, code);
    const { default: value } = (await import(pathToFileURL(path).href)) as { default?: unknown };
    return scenarioOf(value, file);
  } catch (error) {
    if (error instanceof RefusedInput) throw error;
    throw new RefusedInput('scenario', `${placeOf(error) ?? file}: ${messageOf(error)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    watch?.leave(outer);
  }
}

function scenarioOf(value: unknown, file: string): Scenario {
  const refuse = (why: string): never => { throw new RefusedInput('scenario', `${file}: ${why}`); };
  if (value === undefined) return refuse(`no default export; it should be ${SHAPE}`);
  if (!isRecord(value)) return refuse(`its default export is ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}; it should be ${SHAPE}`);
  if (typeof value['number'] === 'number' && isSmc(value)) return { smcs: [value as never] };
  if (typeof value['read'] === 'function' && typeof value['base'] === 'number') return { devices: [value as never] };
  for (const key of Object.keys(value)) {
    if (!([...LISTS, ...OBJECTS] as readonly string[]).includes(key)) return refuse(`its default export has ${key}; it should be ${SHAPE}`);
  }
  for (const key of LISTS) {
    const list = value[key];
    if (list === undefined) continue;
    if (!Array.isArray(list)) return refuse(`${key} is no list`);
    for (const [i, entry] of list.entries()) {
      const lack = isRecord(entry) ? lacks(key, entry) : 'an object';
      if (lack !== undefined) return refuse(`${key}[${i}] lacks ${lack}`);
    }
  }
  for (const key of OBJECTS) if (value[key] !== undefined && !isRecord(value[key])) return refuse(`${key} is no object`);
  return value as Scenario;
}

/** What `smc` made: a handler, or the name of a routine. */
function isSmc(entry: Readonly<Record<string, unknown>>): boolean {
  return typeof entry['invoke'] === 'function' || entry['level'] === 'monitor' && typeof entry['routine'] === 'string';
}

/** What an entry of a list needs and does not have. */
function lacks(key: (typeof LISTS)[number], entry: Readonly<Record<string, unknown>>): string | undefined {
  const text = (name: string): string | undefined => (typeof entry[name] === 'string' ? undefined : `a ${name}`);
  const method = (name: string): string | undefined => (typeof entry[name] === 'function' ? undefined : `a function ${name}`);
  switch (key) {
    case 'smcs': return isSmc(entry) ? undefined : 'what smc(...) makes';
    case 'vms': return text('name') ?? (isRecord(entry['ram']) ? undefined : 'ram') ?? (isRecord(entry['boot']) ? undefined : 'boot');
    case 'devices': return text('name') ?? method('read') ?? method('write') ?? (typeof entry['base'] === 'number' ? undefined : 'what device(...) makes');
    case 'kernelSmcs': return text('name') ?? method('matches') ?? method('handle');
    case 'kernelCalls': return text('name') ?? method('handle') ?? (Array.isArray(entry['args']) ? undefined : 'args');
    case 'routines': return text('name') ?? text('code') ?? (Array.isArray(entry['args']) ? undefined : 'args');
    case 'components': {
      const { component, priority } = entry;
      if (!isRecord(component) || typeof component['name'] !== 'string') return 'a component with a name';
      if (typeof component['code'] !== 'string' && (typeof component['initial'] !== 'function' || !isRecord(component['on']))) return 'a component with code, or with initial and on';
      return typeof priority === 'number' ? undefined : 'a priority';
    }
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
