import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type Owner } from './lock.ts';
import { toName, type TreePlace, writeWhole } from './place.ts';
import type { Recorded } from './records.ts';

/** How a call under way is told to whoever looks at the same tree. */
export interface OpenCall extends Owner { sessionId: string; seq: number; startMs: number; place: TreePlace }

type Name = Pick<OpenCall, 'sessionId' | 'seq'>;

export function writeOpenCall(place: TreePlace, { sessionId, seq, owner }: Recorded, startMs: number): void {
  writeWhole(join(place.open, toFile({ sessionId, seq })), JSON.stringify({ ...owner!, sessionId, seq, startMs, place } satisfies OpenCall));
}

export function removeOpenCall(place: TreePlace, name: Name): void {
  rmSync(join(place.open, toFile(name)), { force: true });
}

/** @param folder `open` of a tree's place */
export function readOpenCalls(folder: string): OpenCall[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^[0-9a-f]+\.\d+$/.test(name));
  } catch {
    return []; // None yet.
  }
  return names.flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as OpenCall];
    } catch {
      return []; // It has just gone.
    }
  });
}

/** Of all trees of a store, the calls whose process has gone. */
export function readDeadCalls(store: string): OpenCall[] {
  const trees = join(store, 'trees');
  try {
    return readdirSync(trees).flatMap((name) => readOpenCalls(join(trees, name, 'open'))).filter((call) => !isAlive(call));
  } catch {
    return []; // No tree was looked at yet.
  }
}

const toFile = ({ sessionId, seq }: Name): string => `${toName(sessionId)}.${seq}`;
