/**
 * Makes calls of `node:fs` fail in this process: those that reach what lies below a folder `data/sessions`, by name or by descriptor.
 * To be imported before what it shall fail for, which may keep the functions that it was given.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

/** Those that a disk can refuse. */
export const FAILING = [
  'openSync', 'writeSync', 'writeFileSync', 'fsyncSync', 'fdatasyncSync', 'fdatasync', 'ftruncateSync', 'renameSync', 'mkdirSync', 'rmSync', 'chmodSync', 'fchmodSync', 'closeSync',
] as const;
export type Failing = (typeof FAILING)[number];

/** `short`: half is written, and no error is given; `torn`: half is written, and then it fails. */
export interface Fault { call: Failing; at: number; code: string; how?: 'short' | 'torn'; forGood?: boolean }

type AnyCall = (...args: unknown[]) => unknown;

const OURS = join('data', 'sessions');
const descriptors = new Set<number>();
const counts = new Map<Failing, number>();
let armed: Fault | undefined;
let failures = 0;

/** From now on this fails, or nothing does. Counts begin anew. */
export function arm(fault: Fault | undefined): void {
  armed = fault;
  failures = 0;
  counts.clear();
}

/** How often each was called since, and how many of the calls failed. */
export function tally(): { calls: Partial<Record<Failing, number>>; failures: number } {
  return { calls: Object.fromEntries(counts), failures };
}

const calls = fs as unknown as Record<Failing, AnyCall>;
for (const name of FAILING) {
  const real = calls[name].bind(fs);
  calls[name] = (...args) => (isOurs(args[0]) ? call(name, real, args) : real(...args));
}
syncBuiltinESMExports();

function isOurs(what: unknown): boolean {
  return typeof what === 'number' ? descriptors.has(what) : String(what).includes(OURS);
}

function call(name: Failing, real: AnyCall, args: unknown[]): unknown {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  const fails = armed?.call === name && (count === armed.at || (armed.forGood === true && count > armed.at));
  if (name === 'closeSync') descriptors.delete(args[0] as number);
  if (fails) return fail(armed!, real, args);
  const given = real(...args);
  if (name === 'openSync') descriptors.add(given as number);
  return given;
}

function fail({ call: name, code, how }: Fault, real: AnyCall, args: unknown[]): unknown {
  failures++;
  const error = Object.assign(new Error(`${code}: the disk failed, ${name}`), { code, syscall: name });
  if (how !== undefined) {
    const [descriptor, bytes, offset = 0] = args as [number, Uint8Array, number?];
    const written = real(descriptor, bytes, offset, Math.max(1, (bytes.length - offset) >> 1));
    if (how === 'short') return written;
  }
  if (name === 'closeSync') real(...args); // Linux has closed it all the same.
  const last = args.at(-1);
  if (typeof last !== 'function') throw error;
  setImmediate(last as AnyCall, error);
  return undefined;
}
