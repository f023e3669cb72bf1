import type { Program } from './program.ts';
import { BUILDERS } from './programs/builders.ts';
import { CHECKERS } from './programs/checkers.ts';
import { FILES } from './programs/files.ts';
import { GIT } from './programs/git.ts';
import { INTERPRETERS } from './programs/interpreters.ts';
import { LAUNCHERS } from './programs/launchers.ts';
import { TOOLS } from './programs/tools.ts';

export { UNKNOWN_OPTIONS } from './programs/kinds.ts';

/** By base name, in lower case, without a version at its end. What is not here is judged by `UNKNOWN_PROGRAM`. */
export const PROGRAMS: Readonly<Record<string, Program>> = { ...TOOLS, ...INTERPRETERS, ...LAUNCHERS, ...GIT, ...BUILDERS, ...CHECKERS, ...FILES };
