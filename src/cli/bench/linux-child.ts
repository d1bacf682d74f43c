/** The bench's Linux on our machine, in a process of its own: `linux-child.js TIER ARCHIVE` prints what linux.ts calls OurLinux. */
import { readFileSync } from 'node:fs';
import { cachedDebianGuest, tuneEngine } from '../../host/index.ts';
import { Machine } from '../../soc/index.ts';
import { SecureWorld } from '../run/secure-world.ts';
import { tierValue } from '../values.ts';
import { LAST_MARK, MarkFinder, OUR_CONSOLE, type OurLinux, type OurMark } from './linux.ts';
import { stopwatch } from './measure.ts';

const SLICE = 10_000_000;

tuneEngine();
const [, , tier, archive] = process.argv;
const debian = cachedDebianGuest();
if (debian === undefined) throw new Error('Debian\'s kernel has not been fetched');
const marks: OurMark[] = [];
const finder = new MarkFinder((name) => {
  marks.push({ name, ...read(), stats: machine.stats });
  if (name === LAST_MARK) machine.stop();
});
const machine = new Machine({ tier: tierValue(tier!), onTransmit: (uart, byte, secure) => { if (uart === 1 && !secure) finder.push(byte); } });
machine.applyHandover();
const { system } = new SecureWorld({
  machine, scenario: undefined, log: () => undefined, watch: { name: () => 0, enter: () => 0, leave: () => undefined },
  plan: { label: 'linux', boot: { kind: 'linux', kernel: debian.vmlinuz.bytes, dtb: debian.dtb.bytes, initrd: readFileSync(archive!), append: OUR_CONSOLE } },
});
const read = stopwatch();
for (;;) {
  const end = system.run(SLICE);
  if (marks.at(-1)?.name === LAST_MARK) break;
  if (end !== 'budget' && end !== 'stopped') throw new Error(`it ended with ${end}: ${system.halted?.reason ?? ''}`);
}
const resident = process.resourceUsage().maxRSS * 1024;
const saving = stopwatch();
const snapshot = system.save();
const save = saving();
const loading = stopwatch();
system.load(snapshot);
const load = loading();
const touched = snapshot.machine.memories.reduce((sum, { pages }) => sum + pages.length * 4096, 0);
const result: OurLinux = { marks, resident, touched, save, load };
process.stdout.write(JSON.stringify(result));
