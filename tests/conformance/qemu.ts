/** QEMU's boards as drivers. The image writes its results to a file by semihosting, named in memory by the prelude's ending, in the working folder. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CpuDriver, type Image, type Outcome, readOutcome } from './driver.ts';

const QEMU = 'qemu-system-arm';
const RESULT_FILE = 'results.bin';
const SECONDS = 20;

function driver(name: string, board: readonly string[]): CpuDriver {
  return {
    name,
    get unavailable() { return spawnSync(QEMU, ['--version']).status === 0 ? undefined : `${QEMU} is not installed`; },
    run: (image: Image): Outcome => {
      const folder = dirname(image.elf);
      const results = join(folder, RESULT_FILE);
      rmSync(results, { force: true });
      const { stderr } = spawnSync(QEMU, [
        ...board, '-display', 'none', '-serial', 'none', '-monitor', 'none', '-nodefaults', '-semihosting-config', 'enable=on,target=native', '-kernel', image.elf,
      ], { cwd: folder, timeout: SECONDS * 1000, encoding: 'utf8' });
      if (!existsSync(results)) throw new Error(`${image.name} did not end on ${name}: ${stderr}`);
      return readOutcome(image, readFileSync(results));
    },
  };
}

/** The board with this project's CPU; it has no memory for the secure world only. */
export const QEMU_CORTEX_A8 = driver('qemu cubieboard cortex-a8', ['-M', 'cubieboard', '-cpu', 'cortex-a8', '-m', '512M']);
/** A board with memory for the secure world only. */
export const QEMU_SECURE_RAM = driver('qemu virt cortex-a15', ['-M', 'virt,secure=on,virtualization=off', '-cpu', 'cortex-a15', '-m', '512M']);
