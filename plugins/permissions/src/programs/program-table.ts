import type { Program } from './program.ts';
import { BUILDERS } from './builders.ts';
import { CHECKERS } from './checkers.ts';
import { FILES } from './files.ts';
import { GIT } from './git.ts';
import { INTERPRETERS } from './interpreters.ts';
import { LAUNCHERS } from './launchers.ts';
import { TOOLS } from './tools.ts';

export { UNKNOWN_OPTIONS } from './kinds.ts';

/** By base name, in lower case, without a version at its end. What is not here is judged by `UNKNOWN_PROGRAM`. */
export const PROGRAMS: Readonly<Record<string, Program>> = { ...TOOLS, ...INTERPRETERS, ...LAUNCHERS, ...GIT, ...BUILDERS, ...CHECKERS, ...FILES };
