/** Git as a program that only looks: found outside of the project, told nothing, and ended with all that it started. It taps nothing. */
export { quietEnvironment } from './environment.ts';
export { findGit } from './find-git.ts';
export { type Git, type GitEnd, runGit } from './run-git.ts';
