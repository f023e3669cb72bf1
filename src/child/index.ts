/** Child processes: what they may know, where their programs are, and how all that they started is ended. It taps nothing. */
export { drainPipes } from './drain.ts';
export { childEnvironment, type ChildRules, commandEnvironment, isKeyVariable, QUIET } from './environment.ts';
export { findProgram } from './find-program.ts';
export { findMembers, isGroup, killTree, type ProcessTree, stopTree } from './process-tree.ts';
