import { defineOptions, isWhole } from '@pith/kernel';

export interface CheckpointOptions {
  /** Checkpoints of a session; the oldest turns go first. */
  keep: number;
  /** After so many days a session's checkpoints go. */
  days: number;
  /** A larger file is not kept. */
  fileBytesMax: number;
  /** A larger file that is no text is not kept. */
  binaryBytesMax: number;
  /** A folder with more files that are not ignored is not kept for commands. */
  filesMax: number;
  /** Nor is one in which more new bytes are to be read at once. */
  bytesMax: number;
  /** A store that has become larger loses its oldest checkpoints. */
  storeBytesMax: number;
}

export const DEFAULTS: CheckpointOptions = { keep: 500, days: 30, fileBytesMax: 10 * 2 ** 20, binaryBytesMax: 2 * 2 ** 20, filesMax: 100_000, bytesMax: 2 ** 30, storeBytesMax: 2 * 2 ** 30 };

const isCount = isWhole(1);

export const optionsSchema = defineOptions<CheckpointOptions>(
  { keep: isCount, days: isCount, fileBytesMax: isCount, binaryBytesMax: isCount, filesMax: isCount, bytesMax: isCount, storeBytesMax: isCount },
  { defaults: DEFAULTS },
);
