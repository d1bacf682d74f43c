/** The system on chip: bus, register-map devices, events, the i.MX53 and its boards. */
export { type MasterName, MASTERS, describeAccess, masterNumber, masterOf } from './access.ts';
export { type Block, type BusOptions, type MasterUnit, type MemoryUnit, type RefusalListener, type SlaveUnit, Bus } from './bus.ts';
export { type Device, type DmaPort, type IgnoredAccess, type IrqLine, type Log, type Plain, NO_IRQ, RegisterDevice } from './device.ts';
export { type Clock, type EventId, type EventQueueState, EventQueue } from './events.ts';
export { type Rate, type TickerState, STOPPED, Ticker, hertz, inHertz, scale } from './ticks.ts';
export { type DramBank, type Imx53, type Imx53Options, type Imx53State, type MemoryPlace, createImx53 } from './imx53.ts';
export { type BlockRow, IMX53_BLOCKS, PMU_IRQ } from './imx53-map.ts';
export {
  type Imx53Qsb, type QsbOptions, type RegisterWrite, QSB_HANDOVER, applyHandover, bootRom,
  createImx53Qsb,
} from './boards/imx53-qsb.ts';
export { IRAM_SIZE, QSB_DRAM, QSB_MACHINE_TYPE, ROM_SIZE } from './boards/imx53-qsb-numbers.ts';
export { type I2cSlave } from './devices/i2c.ts';
export { type IimFuses } from './devices/iim.ts';
export { type ResetCause } from './devices/wdog.ts';
export { TZIC_SOURCES, Tzic } from './devices/tzic.ts';
export { Uart } from './devices/uart.ts';
export type { Cause, CensusLine } from '../cpu/index.ts';
export { type EngineExits, Machine, type Aborts, type MachineOptions, type MachineStats, type RunEnd, type Tier } from './machine.ts';
export { type MemoryImage, type MemoryPage, type RunState, type Snapshot, SNAPSHOT_FORMAT, SNAPSHOT_PAGE_BYTES, SNAPSHOT_VERSION } from './snapshot.ts';
export * from './semihosting/index.ts';
