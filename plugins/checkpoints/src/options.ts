import { describe, type Schema } from '@pith/kernel';

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

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<CheckpointOptions> = {
  '~standard': {
    version: 1, vendor: 'pith',
    validate: (value = {}) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return { issues: [{ path: [], message: `must be an object; found ${describe(value)}` }] };
      for (const [key, given] of Object.entries(value)) {
        if (!Object.hasOwn(DEFAULTS, key)) return { issues: [{ path: [key], message: `is not known; the options are ${Object.keys(DEFAULTS).join(', ')}` }] };
        if (!Number.isSafeInteger(given) || (given as number) < 1) return { issues: [{ path: [key], message: `must be a whole number from 1 on; found ${describe(given)}` }] };
      }
      return { value: { ...DEFAULTS, ...value } };
    },
  },
};
