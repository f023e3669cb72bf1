import type { Level } from './places.ts';

/** What one file says to the model. */
export interface Instruction {
  path: string;
  /** As people see it, in one line. */
  name: string;
  level: Level;
  /** Without comments; what cannot be seen is written out. */
  text: string;
  /** The path with all links resolved. */
  place: string;
  digest: string;
  /** The name of the file that asked for it. */
  importedBy?: string;
}

/** A rule that holds once a file that its patterns mean is read or changed. */
export interface WaitingRule extends Instruction {
  patterns: readonly string[];
  /** The folder that they are relative to. */
  base: string;
}

/** All of it as JSON carries it: it is recorded, so that a replay reads no file. */
export interface Instructions {
  /** What comes later is stronger. */
  files: readonly Instruction[];
  waiting: readonly WaitingRule[];
  /** A sentence for each thing that could not be used. */
  notices: readonly string[];
}
