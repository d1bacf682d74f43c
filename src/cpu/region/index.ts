/** Hot code as WebAssembly functions. */
export { type RegionOptions, Regions } from './regions.ts';
