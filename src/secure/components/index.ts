/** Components beside the VMM. */
export { BLOCK_QUEUE, createBlock, type BlockOptions, type BlockState } from './block.ts';
export { createLog, type LogState } from './log.ts';
export { createSerial, type SerialState } from './serial.ts';
export { createSpin, createVfpSpin } from './spin.ts';
export { createTimer, type TimerOptions, type TimerState } from './timer.ts';
