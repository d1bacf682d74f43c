/** The state of a paused VM as text: every register, and for each that holds an address of code or stack the physical one. */
import type { VmSession } from '../component.ts';
import type { VmRegister } from '../layout.ts';
import { describeException, describePsr, modeName } from './modes.ts';
import { hex32 } from './text.ts';

export interface DumpOptions {
  readonly label: string;
  /** Name of the code at a virtual address, `schedule+0x10`, where one is known. */
  readonly symbolOf?: (va: number) => string | undefined;
}

const BANKS = ['svc', 'abt', 'und', 'irq', 'fiq'] as const;
const SYSTEM: readonly VmRegister[] = ['sctlr', 'vbar', 'ttbr0', 'ttbr1', 'ttbcr', 'dfsr', 'dfar', 'ifsr', 'ifar', 'abort_dfsr', 'abort_dfar', 'abort_ifsr', 'abort_ifar', 'fpexc', 'cpacr', 'irq_injection',
  'dacr', 'prrr', 'nmrr', 'contextidr', 'tpidrurw', 'tpidruro', 'tpidrprw', 'csselr', 'par', 'adfsr', 'aifsr', 'teecr', 'teehbr'];

/** Lines of a dump. */
export function dumpVm(vm: Pick<VmSession, 'get' | 'translate'>, { label, symbolOf }: DumpOptions): string[] {
  const reg = (name: VmRegister): string => `${name.padEnd(8)} ${hex32(vm.get(name))}`;
  const address = (name: VmRegister): string => {
    const va = vm.get(name);
    const result = vm.translate(va, { write: false, user: false });
    const symbol = symbolOf?.(va);
    return `${reg(name)}  ${result.ok ? `PA ${hex32(result.pa)}` : `no PA (fault status 0x${result.status.toString(16)})`}${symbol === undefined ? '' : `  ${symbol}`}`;
  };
  const rows = (names: readonly VmRegister[], columns: number): string[] => {
    const lines: string[] = [];
    for (let i = 0; i < names.length; i += columns) lines.push(`  ${names.slice(i, i + columns).map(reg).join('  ')}`);
    return lines;
  };
  const cpsr = vm.get('cpsr');
  return [
    `VM "${label}": ${describeException(vm.get('exception'))}`,
    `  ${address('ip')}`,
    `  ${reg('cpsr')}  ${describePsr(cpsr)}`,
    ...rows(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12'], 4),
    `  ${address('sp')}`,
    `  ${address('lr')}`,
    ...BANKS.flatMap((bank) => [
      `  ${address(`${bank}_sp`)}`,
      `  ${address(`${bank}_lr`)}`,
      `  ${reg(`${bank}_spsr`)}  ${modeName(vm.get(`${bank}_spsr`))}${modeName(cpsr) === bank ? '  (current)' : ''}`,
    ]),
    ...rows(['fiq_r8', 'fiq_r9', 'fiq_r10', 'fiq_r11', 'fiq_r12'], 5),
    ...rows(SYSTEM, 4),
  ];
}
