/** What `--scenario` names: one that the library brings, or a module of the user's. */
import { SCENARIOS } from '../../secure/scenarios/index.ts';
import type { SecurePlan } from '../run/plan.ts';
import { bundleScenario } from './bundle.ts';

/** A name without a dot or a slash is one of the library's; throws UsageError where a file is none. */
export async function chooseScenario(name: string): Promise<Pick<SecurePlan, 'scenario' | 'builtIn'>> {
  return Object.hasOwn(SCENARIOS, name) ? { builtIn: name } : { scenario: await bundleScenario(name) };
}
