/** The row of accesses that trap: the kernel, and the device that its system emulates, where the board has nothing. */
import { device, type EmulatedDevice } from '../../secure/vmm/index.ts';
import type { BenchKernel } from './kernels.ts';

const DEVICE = 0x60000000;

/** Iterations have two accesses. */
export const TRAP_KERNEL: BenchKernel = {
  name: 'load and store of an emulated device', file: 'trap.s', unit: 'pairs', iterations: 50_000, base: 500, symbols: { DEVICE }, system: true,
};

export const TRAP_DEVICES: readonly EmulatedDevice[] = [
  device({ name: 'bench', base: DEVICE, size: 0x1000, state: { value: 0 }, read: ({ state }) => state.value, write: ({ state, value }) => { state.value = (value + 1) >>> 0; } }),
];
