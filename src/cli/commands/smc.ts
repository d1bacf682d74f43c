/** `worldswitch smc`: what answers which call. */
import { RefusedInput, UsageError } from '../errors.ts';

export interface SmcFlags {
  readonly scenario?: string;
  readonly json?: boolean;
}

export async function smc(flags: SmcFlags): Promise<number> {
  // Before any definition is made: handlers' lines are those of the sources.
  process.setSourceMapsEnabled(true);
  const { createSmcTable, describeUnknown, listSmcs } = await import('../../secure/vmm/index.ts');
  const { loadScenario } = await import('../scenario/load.ts');
  const { shortPath } = await import('../scenario/place.ts');
  let scenario;
  try {
    const chosen = flags.scenario === undefined ? {} : await (await import('../scenario/choose.ts')).chooseScenario(flags.scenario);
    scenario = chosen.scenario !== undefined ? await loadScenario(chosen.scenario) : chosen.builtIn === undefined ? {} : (await import('../../secure/scenarios/index.ts')).SCENARIOS[chosen.builtIn]!;
  } catch (error) {
    if (error instanceof RefusedInput) throw new UsageError(error.message);
    throw error;
  }
  let table;
  try {
    table = createSmcTable(scenario.smcs);
  } catch (error) {
    throw new UsageError(`${flags.scenario ?? 'SMCs'}: ${(error as Error).message}`);
  }
  const unknown = scenario.settings?.unknownSmc ?? 'dump';
  process.stdout.on('error', () => undefined); // a reader may have enough of it
  process.stdout.write(`${listSmcs(table, unknown, shortPath).join('\n')}\n`);
  if (flags.json === true) {
    const smcs = table.rows().map(({ key, name, level, owner, source, parameters, calls }) => ({
      key, name, level, owner, handler: source === undefined ? null : `${shortPath(source.file)}:${source.line}`, parameters, calls,
    }));
    process.stderr.write(`${JSON.stringify({ status: 0, smcs, unknown: describeUnknown(unknown) })}\n`);
  }
  return 0;
}
