/** How a command ends early. */
import type { RefusedImage } from './run/plan.ts';

/** Status of bad usage and bad input. */
export const STATUS_USAGE = 2;
/** Status of a guest that failed. */
export const STATUS_FAILED = 1;
/** Status of a run that reached its `--limit`. */
export const STATUS_LIMIT = 124;

/** One line for the user, and status 2. */
export class UsageError extends Error {}

/** One of a run's inputs cannot be used: in the machine's thread, which knows no file names. */
export class RefusedInput extends Error {
  readonly image: RefusedImage;

  constructor(image: RefusedImage, message: string) {
    super(message);
    this.image = image;
  }
}
