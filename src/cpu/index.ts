/** A Cortex-A8: state, exceptions, MMU, CP15, and the engine tiers that run `isa`. */
export * from './bus-port.ts';
export { Census, type CensusLine, type Cause, CAUSES } from './census.ts';
export * from './core.ts';
export * from './layout.ts';
export * from './memory.ts';
export { CPU_STATE_VERSION, type CpuState, loadCpu, saveCpu } from './save.ts';
export { GuestMemory, type GuestView } from './guest-memory.ts';
export { Evaluator } from './evaluate/evaluator.ts';
export { type RegionOptions, Regions } from './region/index.ts';
export { EXIT_BUDGET, EXIT_EVALUATED, EXIT_EXCEPTION_RETURN, EXIT_HOT, EXIT_JUMP, EXIT_STEP } from './threaded/record.ts';
export { ThreadedTier } from './threaded/threaded.ts';
export * from './mmu/faults.ts';
export { Mmu } from './mmu/mmu.ts';
export { Walker } from './mmu/walk.ts';
