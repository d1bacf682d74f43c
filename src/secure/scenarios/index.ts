/** Scenarios that the library brings, by the name that the command knows them under. */
import type { Scenario } from '../scenario.ts';
import { PROTECTED } from './protected.ts';
import { TWO } from './two.ts';

export const SCENARIOS: { readonly [name: string]: Scenario } = { protected: PROTECTED, two: TWO };
