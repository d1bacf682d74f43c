/**
 * UART. Source: i.MX53 Multimedia Applications Processor Reference Manual, chapter "Universal Asynchronous Receiver/Transmitter".
 *
 * Deviations: a byte written to UTXD leaves at once, so the transmitter is always empty and ready. Bytes come from the host without
 * line errors, breaks or modem signals; a full receive FIFO refuses a byte instead of losing it. IrDA, 9-bit, escape detection and automatic
 * baud detection are tags. The ageing timer starts anew at each FIFO access and at each acknowledgement,
 * and runs only below the trigger level.
 */
import { defineRegisters } from '../../registers/index.ts';
import type { SpecOf } from '../../registers/index.ts';
import type { BusAccess } from '../../cpu/bus-port.ts';
import { RegisterDevice } from '../device.ts';
import type { IrqLine, Log, Plain } from '../device.ts';
import type { Clock, EventId } from '../events.ts';
import type { Rate } from '../ticks.ts';

export const UART_REGISTERS = defineRegisters('UART', 1, {
  URXD: {
    at: 0x00, reserved: '31:16 9:8',
    fields: { CHARRDY: [15, 'ro'], ERR: [14, 'ro'], OVRRUN: [13, 'ro'], FRMERR: [12, 'ro'], BRK: [11, 'ro'], PRERR: [10, 'ro'], RX_DATA: [7, 0, 'ro'] },
  },
  UTXD: { at: 0x40, reserved: '31:8', fields: { TX_DATA: [7, 0, 'wo'] } },
  UCR1: {
    at: 0x80, reserved: '31:16',
    fields: {
      ADEN: [15, 'tag'], ADBR: [14, 'tag'], TRDYEN: [13, 'rw'], IDEN: [12, 'rw'], ICD: [11, 10, 'rw'], RRDYEN: [9, 'rw'], RXDMAEN: [8, 'tag'],
      IREN: [7, 'tag'], TXMPTYEN: [6, 'rw'], RTSDEN: [5, 'rw'], SNDBRK: [4, 'rw'], TXDMAEN: [3, 'tag'], ATDMAEN: [2, 'tag'], DOZE: [1, 'rw'],
      UARTEN: [0, 'rw'],
    },
  },
  UCR2: {
    at: 0x84, reset: 0x0001, reserved: '31:16',
    fields: {
      ESCI: [15, 'tag'], IRTS: [14, 'rw'], CTSC: [13, 'rw'], CTS: [12, 'rw'], ESCEN: [11, 'tag'], RTEC: [10, 9, 'rw'], PREN: [8, 'rw'],
      PROE: [7, 'rw'], STPB: [6, 'rw'], WS: [5, 'rw'], RTSEN: [4, 'rw'], ATEN: [3, 'rw'], TXEN: [2, 'rw'], RXEN: [1, 'rw'], SRST: [0, 'rw'],
    },
  },
  UCR3: {
    at: 0x88, reset: 0x0700, reserved: '31:16',
    fields: {
      DPEC: [15, 14, 'rw'], DTREN: [13, 'rw'], PARERREN: [12, 'rw'], FRAERREN: [11, 'rw'], DSR: [10, 'rw'], DCD: [9, 'rw'], RI: [8, 'rw'],
      ADNIMP: [7, 'rw'], RXDSEN: [6, 'rw'], AIRINTEN: [5, 'rw'], AWAKEN: [4, 'rw'], DTRDEN: [3, 'rw'], RXDMUXSEL: [2, 'rw'], INVT: [1, 'rw'],
      ACIEN: [0, 'rw'],
    },
  },
  UCR4: {
    at: 0x8c, reset: 0x8000, reserved: '31:16',
    fields: {
      CTSTL: [15, 10, 'rw'], INVR: [9, 'rw'], ENIRI: [8, 'rw'], WKEN: [7, 'rw'], IDDMAEN: [6, 'tag'], IRSC: [5, 'rw'], LPBYP: [4, 'rw'],
      TCEN: [3, 'rw'], BKEN: [2, 'rw'], OREN: [1, 'rw'], DREN: [0, 'rw'],
    },
  },
  UFCR: { at: 0x90, reset: 0x0801, reserved: '31:16', fields: { TXTL: [15, 10, 'rw'], RFDIV: [9, 7, 'rw'], DCEDTE: [6, 'rw'], RXTL: [5, 0, 'rw'] } },
  USR1: {
    at: 0x94, reset: 0x2040, reserved: '31:16 3:0',
    fields: {
      PARITYERR: [15, 'w1c'], RTSS: [14, 'ro'], TRDY: [13, 'ro'], RTSD: [12, 'w1c'], ESCF: [11, 'w1c'], FRAMERR: [10, 'w1c'], RRDY: [9, 'ro'],
      AGTIM: [8, 'w1c'], DTRD: [7, 'w1c'], RXDS: [6, 'ro'], AIRINT: [5, 'w1c'], AWAKE: [4, 'w1c'],
    },
  },
  USR2: {
    at: 0x98, reset: 0x4028, reserved: '31:16',
    fields: {
      ADET: [15, 'w1c'], TXFE: [14, 'ro'], DTRF: [13, 'w1c'], IDLE: [12, 'w1c'], ACST: [11, 'w1c'], RIDELT: [10, 'w1c'], RIIN: [9, 'ro'],
      IRINT: [8, 'w1c'], WAKE: [7, 'w1c'], DCDDELT: [6, 'w1c'], DCDIN: [5, 'ro'], RTSF: [4, 'w1c'], TXDC: [3, 'ro'], BRCD: [2, 'w1c'],
      ORE: [1, 'w1c'], RDR: [0, 'ro'],
    },
  },
  UESC: { at: 0x9c, reset: 0x2b, reserved: '31:8', fields: { ESC_CHAR: [7, 0, 'tag'] } },
  UTIM: { at: 0xa0, reserved: '31:12', fields: { TIM: [11, 0, 'tag'] } },
  UBIR: { at: 0xa4, reserved: '31:16', fields: { INC: [15, 0, 'rw'] } },
  UBMR: { at: 0xa8, reserved: '31:16', fields: { MOD: [15, 0, 'rw'] } },
  UBRC: { at: 0xac, reset: 4, reserved: '31:16', fields: { BCNT: [15, 0, 'ro'] } },
  ONEMS: { at: 0xb0, reserved: '31:24', fields: { ONEMS: [23, 0, 'rw'] } },
  UTS: {
    at: 0xb4, reset: 0x60, reserved: '31:14 8:7 2:1',
    fields: {
      FRCPERR: [13, 'tag'], LOOP: [12, 'rw'], DBGEN: [11, 'rw'], LOOPIR: [10, 'tag'], RXDBG: [9, 'rw'], TXEMPTY: [6, 'ro'], RXEMPTY: [5, 'ro'],
      TXFULL: [4, 'ro'], RXFULL: [3, 'ro'], SOFTRST: [0, 'wo'],
    },
  },
});

const { URXD, UCR1, UCR2, UCR3, UCR4, USR1, USR2, UTS } = UART_REGISTERS.masks;
const FIFO_BYTES = 32;
/** The ageing timer runs out after 8 characters of (about) 10 bits. */
const AGEING_BITS = 80;

export interface UartPorts {
  readonly clock: Clock;
  readonly irq: IrqLine;
  /** Rate of the module's clock (`uart_root`) now. */
  readonly rate: () => Rate;
  readonly log: Log;
  /** Takes each byte sent, with the access that wrote it: its world is the byte's world. */
  readonly onTransmit?: (byte: number, access: BusAccess) => void;
  /** Told that a refused byte can be offered again. */
  readonly onReceiveReady?: () => void;
}

type MoreState = { readonly received: readonly number[]; readonly refused: boolean };

export class Uart extends RegisterDevice<SpecOf<typeof UART_REGISTERS>> {
  readonly #ports: UartPorts;
  readonly #ageing: EventId;
  readonly #fifo = new Uint8Array(FIFO_BYTES);
  #head = 0;
  #level = 0;
  /** Whether a byte was refused since there was last room. */
  #refused = false;

  constructor(name: string, ports: UartPorts) {
    super(name, 0x4000, UART_REGISTERS, ports.log);
    this.#ports = ports;
    this.#ageing = ports.clock.register(`${name} ageing`, () => {
      this.#flag('USR1', USR1.AGTIM);
    });
    const update = { onWrite: () => { this.#update(); } };
    this.registers.on('URXD', { onRead: () => this.#receiveRegister() });
    this.registers.on('UTXD', { onWrite: (_old, _value, written, _index, access) => { this.#transmit(written & 0xff, access); } });
    this.registers.on('UCR1', { onWrite: () => { this.#enableChanged(); } });
    this.registers.on('UCR2', { onWrite: (_old, value) => { this.#writeControl2(value); } });
    this.registers.on('UCR3', update);
    this.registers.on('UCR4', update);
    this.registers.on('UFCR', { onWrite: () => { this.#enableChanged(); } });
    this.registers.on('USR1', {
      onWrite: (old, value) => {
        if (((old ^ value) & USR1.AGTIM) !== 0) this.#restartAgeing();
        this.#update();
      },
    });
    this.registers.on('USR2', update);
    this.registers.on('UTS', { onWrite: (_old, _value, written) => { if ((written & UTS.SOFTRST) !== 0) this.#softReset(); } });
  }

  /** Bytes that `receive` would take now. */
  get receiveSpace(): number {
    return this.#receiving ? FIFO_BYTES - this.#level : 0;
  }

  /** Offers a byte from the line. False if the receiver is off or its FIFO is full: offer it again after `onReceiveReady`. */
  receive(byte: number): boolean {
    if (!this.#receiving || this.#level === FIFO_BYTES) {
      this.#refused = true;
      return false;
    }
    this.#fifo[(this.#head + this.#level++) % FIFO_BYTES] = byte;
    this.#restartAgeing();
    this.#update();
    return true;
  }

  get #receiving(): boolean {
    return (this.registers.get('UCR1') & UCR1.UARTEN) !== 0 && (this.registers.get('UCR2') & UCR2.RXEN) !== 0;
  }

  #receiveRegister(): number {
    if (this.#level === 0) return 0;
    const byte = this.#fifo[this.#head]!;
    this.#head = (this.#head + 1) % FIFO_BYTES;
    this.#level--;
    this.#restartAgeing();
    this.#update();
    this.#offerRoom();
    return URXD.CHARRDY | byte;
  }

  #offerRoom(): void {
    if (!this.#refused || this.receiveSpace === 0) return;
    this.#refused = false;
    this.#ports.onReceiveReady?.();
  }

  #transmit(byte: number, access: BusAccess): void {
    if ((this.registers.get('UCR1') & UCR1.UARTEN) === 0 || (this.registers.get('UCR2') & UCR2.TXEN) === 0) return;
    if ((this.registers.get('UTS') & UTS.LOOP) !== 0) this.receive(byte);
    else this.#ports.onTransmit?.(byte, access);
  }

  #writeControl2(value: number): void {
    if ((value & UCR2.SRST) === 0) this.#softReset();
    this.#enableChanged();
  }

  #enableChanged(): void {
    this.#restartAgeing();
    this.#update();
    this.#offerRoom();
  }

  /** SRST: the FIFOs, the status and the baud rate registers are reset, and the bit sets itself again. */
  #softReset(): void {
    this.#level = 0;
    for (const register of ['USR1', 'USR2', 'UBIR', 'UBMR', 'UBRC'] as const) {
      this.registers.set(register, UART_REGISTERS.reset[UART_REGISTERS.slots[register]]!);
    }
    this.registers.set('UCR2', this.registers.get('UCR2') | UCR2.SRST);
    this.#restartAgeing();
    this.#update();
  }

  #flag(register: 'USR1' | 'USR2', bits: number): void {
    this.registers.set(register, this.registers.get(register) | bits);
    this.#update();
  }

  #restartAgeing(): void {
    const { clock } = this.#ports;
    if (this.#level === 0 || this.#level >= this.registers.field('UFCR', 'RXTL') || !this.#receiving) {
      clock.cancel(this.#ageing);
      return;
    }
    clock.schedule(this.#ageing, clock.now + this.#bitTime(AGEING_BITS));
  }

  /** Instructions that a number of bits take on the line: 16 * (UBMR + 1) / (UBIR + 1) cycles of the divided clock a bit. */
  #bitTime(bits: number): number {
    const rate = this.#ports.rate();
    if (rate.num === 0) return Infinity;
    const divider = [6, 5, 4, 3, 2, 1, 7, 1][this.registers.field('UFCR', 'RFDIV')]!;
    const cycles = bits * 16 * divider * (this.registers.get('UBMR') + 1) / (this.registers.get('UBIR') + 1);
    return Math.max(1, Math.ceil(cycles * this.#ports.clock.frequencyHz * rate.den / rate.num));
  }

  /** Derives the status bits that follow the FIFO, and the interrupt line. */
  #update(): void {
    const { registers } = this;
    const trigger = registers.field('UFCR', 'RXTL');
    const ready = this.#level > 0 && this.#level >= trigger;
    const status1 = (registers.get('USR1') & ~USR1.RRDY) | USR1.TRDY | (ready ? USR1.RRDY : 0);
    const status2 = (registers.get('USR2') & ~USR2.RDR) | USR2.TXFE | USR2.TXDC | (this.#level > 0 ? USR2.RDR : 0);
    registers.set('USR1', status1);
    registers.set('USR2', status2);
    const test = registers.get('UTS') & ~(UTS.RXEMPTY | UTS.RXFULL | UTS.SOFTRST);
    registers.set('UTS', test | UTS.TXEMPTY | (this.#level === 0 ? UTS.RXEMPTY : this.#level === FIFO_BYTES ? UTS.RXFULL : 0));
    this.#ports.irq.set(this.#interrupt(status1, status2));
  }

  #interrupt(status1: number, status2: number): boolean {
    const control1 = this.registers.get('UCR1');
    const control2 = this.registers.get('UCR2');
    const control3 = this.registers.get('UCR3');
    const control4 = this.registers.get('UCR4');
    if ((control1 & UCR1.UARTEN) === 0) return false;
    const enabled1 = ((control1 & UCR1.TRDYEN) !== 0 ? USR1.TRDY : 0) | ((control1 & UCR1.RRDYEN) !== 0 ? USR1.RRDY : 0)
      | ((control1 & UCR1.RTSDEN) !== 0 ? USR1.RTSD : 0) | ((control2 & UCR2.ATEN) !== 0 ? USR1.AGTIM : 0)
      | ((control3 & UCR3.AWAKEN) !== 0 ? USR1.AWAKE : 0) | ((control3 & UCR3.AIRINTEN) !== 0 ? USR1.AIRINT : 0)
      | ((control3 & UCR3.DTRDEN) !== 0 ? USR1.DTRD : 0) | ((control3 & UCR3.FRAERREN) !== 0 ? USR1.FRAMERR : 0)
      | ((control3 & UCR3.PARERREN) !== 0 ? USR1.PARITYERR : 0);
    const enabled2 = ((control1 & UCR1.TXMPTYEN) !== 0 ? USR2.TXFE : 0) | ((control1 & UCR1.IDEN) !== 0 ? USR2.IDLE : 0)
      | ((control4 & UCR4.TCEN) !== 0 ? USR2.TXDC : 0) | ((control4 & UCR4.DREN) !== 0 ? USR2.RDR : 0)
      | ((control4 & UCR4.OREN) !== 0 ? USR2.ORE : 0) | ((control4 & UCR4.BKEN) !== 0 ? USR2.BRCD : 0)
      | ((control4 & UCR4.WKEN) !== 0 ? USR2.WAKE : 0);
    return (status1 & enabled1) !== 0 || (status2 & enabled2) !== 0;
  }

  protected override resetMore(): void {
    this.#head = 0;
    this.#level = 0;
    this.#refused = false;
    this.#ports.clock.cancel(this.#ageing);
    this.#update();
  }

  protected override saveMore(): Plain {
    const received = Array.from({ length: this.#level }, (_, place) => this.#fifo[(this.#head + place) % FIFO_BYTES]!);
    return { received, refused: this.#refused } satisfies MoreState;
  }

  protected override loadMore(more: Plain): void {
    const { received, refused } = more as MoreState;
    this.#head = 0;
    this.#level = received.length;
    this.#fifo.set(received);
    this.#refused = refused;
    this.#update();
  }
}
