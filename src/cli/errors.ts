/** How a command ends early. */

/** Status of bad usage and bad input. */
export const STATUS_USAGE = 2;
/** Status of a guest that failed. */
export const STATUS_FAILED = 1;
/** Status of a run that reached its `--limit`. */
export const STATUS_LIMIT = 124;

/** One line for the user, and status 2. */
export class UsageError extends Error {}
