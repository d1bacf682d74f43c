/**
 * The i.MX53 around its CPU: every device model, wired as the chip wires them, on a bus with every hole named.
 *
 * The chip knows nothing of the board: what hangs on pins and buses is given to it (DRAM, I2C chips, the UARTs' other ends).
 */
import { WRITE, PRIVILEGED } from '../cpu/bus-port.ts';
import type { BusAccess } from '../cpu/bus-port.ts';
import type { MapSpec } from '../registers/index.ts';
import { masterNumber } from './access.ts';
import { Bus } from './bus.ts';
import type { Block, RefusalListener } from './bus.ts';
import { RegisterDevice } from './device.ts';
import type { DmaPort, IrqLine, Log, Plain } from './device.ts';
import { Aipstz, AIPSTZ_ITSELF, AIPSTZ_PERIPHERALS, AipstzPair } from './devices/aipstz.ts';
import { Ccm } from './devices/ccm.ts';
import type { ClockGate } from './devices/ccm.ts';
import { Csu, CSU_ITSELF, slaveIndex } from './devices/csu.ts';
import { Dpll } from './devices/dpll.ts';
import { Epit } from './devices/epit.ts';
import { Gpio } from './devices/gpio.ts';
import { Gpt } from './devices/gpt.ts';
import type { TimerPorts } from './devices/gpt.ts';
import { I2c } from './devices/i2c.ts';
import type { I2cSlave } from './devices/i2c.ts';
import { Iim, SREV_TO2_1 } from './devices/iim.ts';
import type { IimFuses } from './devices/iim.ts';
import { Iomuxc } from './devices/iomuxc.ts';
import { M4if } from './devices/m4if.ts';
import { Sdma } from './devices/sdma.ts';
import { Src } from './devices/src.ts';
import { Tzic } from './devices/tzic.ts';
import { Uart } from './devices/uart.ts';
import { Wdog } from './devices/wdog.ts';
import type { ResetCause } from './devices/wdog.ts';
import type { Clock } from './events.ts';
import { IMX53_BLOCKS, PMU_IRQ } from './imx53-map.ts';
import type { BlockRow } from './imx53-map.ts';

export interface MemoryPlace {
  /** Offset in the machine's linear memory, in whole pages. */
  readonly offset: number;
}

/** One bank of DRAM. */
export interface DramBank extends MemoryPlace {
  readonly base: number;
  readonly size: number;
}

export interface Imx53Options {
  /** The machine's linear memory, of fixed size. */
  readonly memory: ArrayBufferLike;
  readonly dram: readonly DramBank[];
  readonly iram: MemoryPlace;
  /** The first 16 KiB of boot ROM; a hole if left out. */
  readonly rom?: MemoryPlace;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of the levels of the CPU's interrupt inputs when one changes, and after a load. */
  readonly cpuLines: (irq: boolean, fiq: boolean) => void;
  /** Told of each refused access, and of each non-secure access that a device ignored. */
  readonly onRefusal?: RefusalListener;
  /** Told that what `Bus.page` answered may hold no longer. */
  readonly onProtectionChange?: () => void;
  /** Told of bytes in plain memory that a DMA master has written. */
  readonly onDmaWrite?: (address: number, size: number) => void;
  /** Told that a watchdog asks for a reset. The machine ends its run and calls `reset` of chip and CPU. */
  readonly onReset?: (watchdog: string, cause: ResetCause) => void;
  /** Takes each byte that UART `number` sends, with the access that wrote it. */
  readonly onTransmit?: (uart: number, byte: number, access: BusAccess) => void;
  /** Told that UART `number` would take a byte that it refused. */
  readonly onReceiveReady?: (uart: number) => void;
  readonly i2c?: { readonly i2c1?: readonly I2cSlave[]; readonly i2c2?: readonly I2cSlave[]; readonly i2c3?: readonly I2cSlave[] };
  readonly fuses?: IimFuses;
  /** Non-secure reads of the TZIC's INTSEC give zero, as the board (probably) does. */
  readonly tzicStrict?: boolean;
}

export type Imx53State = { readonly version: 1; readonly devices: { readonly [name: string]: Plain } };

/** Locally administered. */
const DEFAULT_FUSES: IimFuses = { srev: SREV_TO2_1, mac: [0x02, 0x53, 0x51, 0x53, 0x42, 0x01] };

const AIPS1 = 0x53f00000;
const AIPS2 = 0x63f00000;
const AIPS1_PERIPHERALS = 0x53f80000;
const AIPS2_PERIPHERALS = 0x63f80000;
const SPBA = 0x50000000;
const SPBA_PERIPHERAL = 32;

/** Index of the peripheral behind the bridges, or undefined. */
function peripheralOf(base: number): number | undefined {
  if (base === AIPS1) return AIPSTZ_ITSELF;
  if (base === AIPS2) return AIPSTZ_PERIPHERALS + AIPSTZ_ITSELF;
  if (base >= SPBA && base < SPBA + 0x40000) return SPBA_PERIPHERAL;
  if (base >= AIPS1_PERIPHERALS && base < AIPS1_PERIPHERALS + 0x80000) return (base - AIPS1_PERIPHERALS) >>> 14;
  if (base >= AIPS2_PERIPHERALS && base < AIPS2_PERIPHERALS + 0x80000) return AIPSTZ_PERIPHERALS + ((base - AIPS2_PERIPHERALS) >>> 14);
  return undefined;
}

function namesOfSlave(index: number): string {
  const names = IMX53_BLOCKS.filter((row) => row.csl !== undefined && slaveIndex(row.csl) === index).map((row) => row.name);
  return names.length === 0 ? 'no block known' : names.join(', ');
}

function rowOf(name: string): BlockRow {
  const row = IMX53_BLOCKS.find((candidate) => candidate.name === name);
  if (row === undefined) throw new RangeError(`the i.MX53 has no block ${name}`);
  return row;
}

/** The chip's devices, for callers that know what they want of one. */
export interface Imx53 {
  readonly bus: Bus;
  readonly tzic: Tzic;
  /** UART1 to UART3. */
  readonly uarts: readonly [Uart, Uart, Uart];
  readonly gpt: Gpt;
  readonly epit1: Epit;
  readonly epit2: Epit;
  readonly ccm: Ccm;
  readonly dplls: readonly [Dpll, Dpll, Dpll, Dpll];
  readonly csu: Csu;
  readonly aipstz1: Aipstz;
  readonly aipstz2: Aipstz;
  readonly m4if: M4if;
  readonly iomuxc: Iomuxc;
  /** GPIO1 to GPIO7. */
  readonly gpios: readonly Gpio[];
  readonly src: Src;
  readonly iim: Iim;
  readonly wdogs: readonly [Wdog, Wdog];
  /** I2C1 to I2C3. */
  readonly i2cs: readonly I2c[];
  readonly sdma: Sdma;
  /** The line of the CPU's performance monitor to the TZIC. */
  readonly pmuIrq: IrqLine;
  /** Every modelled device by the name of its block. */
  readonly devices: ReadonlyMap<string, RegisterDevice<MapSpec>>;
  /** Writes a register by name, as the CPU would from secure privileged state; `index` is the element of an array. */
  writeRegister(device: string, register: string, value: number, index?: number): void;
  /** Resets every device (memory keeps its content). */
  reset(): void;
  save(): Imx53State;
  /** Takes saved state back; load the event queue afterwards. */
  load(state: Imx53State): void;
}

/** Builds the chip, in its reset state. */
export function createImx53(options: Imx53Options): Imx53 {
  const { clock, log } = options;
  const devices = new Map<string, RegisterDevice<MapSpec>>();
  const add = <D extends { readonly name: string }>(device: D): D => {
    devices.set(device.name, device as unknown as RegisterDevice<MapSpec>);
    return device;
  };
  const ignored = (block: string) => (rule: string, offset: number, access: BusAccess): void => {
    options.onRefusal?.(rule, rowOf(block).base + offset, access);
  };

  const tzic = add(new Tzic({ log, onLines: options.cpuLines, onIgnored: ignored('TZIC'), strict: options.tzicStrict ?? false }));
  const irq = (block: string, line = 0): IrqLine => tzic.line(rowOf(block).irq?.[line] ?? 0);

  const clocksChanged = (): void => {
    gpt.clockChanged();
    epit1.clockChanged();
    epit2.clockChanged();
  };
  const dpll = (name: string): Dpll => add(new Dpll(name, { log, onChange: clocksChanged }));
  const dplls = [dpll('DPLL1'), dpll('DPLL2'), dpll('DPLL3'), dpll('DPLL4')] as const;
  const ccm = add(new Ccm({ log, plls: dplls, onChange: clocksChanged }));

  const timerPorts = (block: string, ipgBit: number): TimerPorts => {
    const ipgGate: ClockGate = { ccgr: 2, bit: ipgBit };
    const perGate: ClockGate = { ccgr: 2, bit: ipgBit + 2 };
    return {
      clock, log, irq: irq(block),
      rates: { ipg: () => ccm.gated(ipgGate, ccm.ipg()), per: () => ccm.gated(perGate, ccm.perRoot()), low: () => ccm.gated(ipgGate, ccm.ckil()) },
    };
  };
  const gpt = add(new Gpt('GPT', timerPorts('GPT', 18)));
  const epit1 = add(new Epit('EPIT1', timerPorts('EPIT1', 2)));
  const epit2 = add(new Epit('EPIT2', timerPorts('EPIT2', 6)));

  const uart = (number: number): Uart => add(new Uart(`UART${number}`, {
    clock, log, irq: irq(`UART${number}`), rate: () => ccm.uartRoot(),
    onTransmit: (byte, access) => { options.onTransmit?.(number, byte, access); },
    onReceiveReady: () => { options.onReceiveReady?.(number); },
  }));
  const uarts = [uart(1), uart(2), uart(3)] as const;

  const csu = add(new Csu(log, namesOfSlave));
  const aipstz1 = add(new Aipstz('AIPSTZ1', log));
  const aipstz2 = add(new Aipstz('AIPSTZ2', log));
  const m4if = add(new M4if({ log, irq: irq('M4IF'), onProtectionChange: options.onProtectionChange ?? (() => undefined), onIgnored: ignored('M4IF') }));

  const src = add(new Src(log));
  const watchdog = (name: string): Wdog => add(new Wdog(name, {
    clock, log, irq: irq(name),
    onReset: (which, cause) => {
      src.noteReset(cause);
      options.onReset?.(which, cause);
    },
  }));
  const wdogs = [watchdog('WDOG1'), watchdog('WDOG2')] as const;
  const iomuxc = add(new Iomuxc(log));
  const gpios = [1, 2, 3, 4, 5, 6, 7].map((number) => add(new Gpio(`GPIO${number}`, {
    log, irqLow: irq(`GPIO${number}`, 0), irqHigh: irq(`GPIO${number}`, 1),
  })));
  const iim = add(new Iim(log, options.fuses ?? DEFAULT_FUSES));
  const i2cs = [options.i2c?.i2c1, options.i2c?.i2c2, options.i2c?.i2c3].map((slaves, place) => add(new I2c(`I2C${place + 1}`, {
    log, irq: irq(`I2C${place + 1}`), slaves: slaves ?? [],
  })));
  // The bus exists only once its devices do.
  let sdmaBus: DmaPort | undefined;
  const sdma = add(new Sdma({
    log, irq: irq('SDMA'),
    dma: { read: (address, size) => sdmaBus?.read(address, size) ?? -1, write: (address, size, value) => sdmaBus?.write(address, size, value) ?? false },
  }));

  const bus = new Bus({
    memory: options.memory, blocks: blocksOf(options, devices), slaves: csu, peripherals: new AipstzPair(aipstz1, aipstz2), dram: m4if, masters: csu, log,
    ...(options.onRefusal === undefined ? {} : { onRefusal: options.onRefusal }),
    ...(options.onDmaWrite === undefined ? {} : { onDmaWrite: options.onDmaWrite }),
  });
  sdmaBus = bus.dmaPort(masterNumber('SDMA'));

  const chip: Imx53 = {
    bus, tzic, uarts, gpt, epit1, epit2, ccm, dplls, csu, aipstz1, aipstz2, m4if, iomuxc, gpios, src, iim, wdogs, i2cs, sdma,
    pmuIrq: tzic.line(PMU_IRQ), devices,
    writeRegister: (name, register, value, index = 0) => {
      const device = devices.get(name);
      const info = device?.registers.map.registers.find((candidate) => candidate.name === register);
      if (device === undefined || info === undefined || index >= info.count) throw new RangeError(`the i.MX53 has no register ${name}.${register}[${index}]`);
      device.write(info.at + index * info.stride, info.width / 8, value, WRITE | PRIVILEGED);
    },
    reset: () => {
      for (const device of devices.values()) device.reset();
    },
    save: () => ({ version: 1, devices: Object.fromEntries([...devices].map(([name, device]) => [name, device.save()])) }),
    load: (state) => {
      if (state.version !== 1) throw new Error('saved state is not i.MX53 version 1');
      for (const [name, device] of devices) {
        const saved = state.devices[name];
        if (saved === undefined) throw new Error(`saved state lacks device ${name}`);
        device.load(saved);
      }
    },
  };
  chip.reset();
  return chip;
}

function blocksOf(options: Imx53Options, devices: ReadonlyMap<string, RegisterDevice<MapSpec>>): Block[] {
  const blocks = IMX53_BLOCKS.map((row): Block => {
    const peripheral = peripheralOf(row.base);
    const place = {
      name: row.name, base: row.base, size: row.size,
      ...(row.name === 'CSU' ? { slave: CSU_ITSELF } : row.csl === undefined ? {} : { slave: slaveIndex(row.csl) }),
      ...(peripheral === undefined ? {} : { peripheral }),
    };
    const device = devices.get(row.name);
    if (device !== undefined) return { ...place, kind: 'device', device };
    if (row.name === 'IRAM') return { ...place, kind: 'memory', offset: options.iram.offset, guarded: false };
    if (row.name === 'boot ROM' && options.rom !== undefined) return { ...place, kind: 'rom', offset: options.rom.offset };
    return { ...place, kind: 'hole' };
  });
  options.dram.forEach(({ base, size, offset }, bank) => {
    blocks.push({ name: `DRAM bank ${bank}`, base, size, kind: 'memory', offset, guarded: true });
  });
  return blocks;
}
