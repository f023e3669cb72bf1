import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, isKept } from './entry.ts';
import { sizeOf } from './examine.ts';
import { type Git, runGit } from './git.ts';
import type { CheckpointOptions } from './options.ts';
import type { Recorded, Records } from './records.ts';

const DAY_MS = 86_400_000;
/** What is younger may belong to a checkpoint that another process just writes. */
const SAFE_MS = 3_600_000;
const PACKS_MAX = 50;
const LOOSE_MAX = 5000;

export interface TidySetting {
  records: Records;
  /** The store, and under which name records know it. */
  store: string;
  name: string;
  /** Without it what was packed stays. */
  git: Git | undefined;
  options: CheckpointOptions;
  /** Goes through the store whether or not there is much to win. */
  isAsked?: boolean;
  /** By the clock of the records. */
  atMs: number;
  /** By the clock of the disk. */
  nowMs: number;
}

/** Takes old checkpoints away, and what only they needed. With the lock of the store. @returns whether the store was gone through */
export async function tidyStore(setting: TidySetting): Promise<boolean> {
  const { records, store, name, options, isAsked = false, atMs } = setting;
  const all = records.all().filter((record) => record.owner === undefined);
  for (const record of all) if (record.atMs < atMs - options.days * DAY_MS) records.remove(record);
  const isFull = sizeOf(store) > options.storeBytesMax;
  if (isFull) {
    const own = records.all().filter((record) => record.owner === undefined && record.store === name);
    const half = Math.ceil(own.length / 2);
    // A turn goes whole, where there is another one.
    const next = own.findIndex(({ turnId }, index) => index >= half && turnId !== own[half - 1]!.turnId);
    for (const record of own.slice(0, next < 0 ? half : next)) records.remove(record);
  }
  if (!isAsked && !isFull && countPacks(store) <= PACKS_MAX && listLoose(store).length <= LOOSE_MAX) return false;
  await collect(setting, records.all().filter((record) => record.store === name));
  return true;
}

/** One pack of what is needed in the place of all that there is. */
async function collect({ store, git, nowMs }: TidySetting, records: readonly Recorded[]): Promise<void> {
  const needed = new Set<string>();
  const need = (entry: Entry | undefined): void => { if (entry !== undefined && isKept(entry)) needed.add(entry.id); };
  for (const { changes } of records) for (const { before, after } of changes) { need(before); need(after); }
  const packs = join(store, 'objects', 'pack');
  const old = existsSync(packs) ? readdirSync(packs) : [];
  if (git !== undefined) {
    for (const index of listIndexes(store)) for (const id of await readIndex(git, index)) needed.add(id);
    const { stdout } = await runGit(git, ['-c', 'pack.threads=1', 'pack-objects', '-q', '--window=0', join(packs, 'pack')], { input: [...needed].map((id) => `${id}\n`).join('') });
    const made = `pack-${stdout.toString().trim()}.`;
    for (const file of old) if (!file.startsWith(made)) rmSync(join(packs, file), { force: true });
  }
  for (const { id, path } of listLoose(store)) {
    const isYoung = (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs) > nowMs - SAFE_MS;
    if (!isYoung && (git !== undefined || !needed.has(id))) rmSync(path, { force: true });
  }
}

async function readIndex(git: Git, index: string): Promise<string[]> {
  const { stdout } = await runGit(git, ['ls-files', '--stage', '-z'], { env: { GIT_INDEX_FILE: index } });
  return stdout.toString().split('\0').filter((line) => line !== '').map((line) => line.slice(7, line.indexOf(' ', 7)));
}

function listIndexes(store: string): string[] {
  const trees = join(store, 'trees');
  return existsSync(trees) ? readdirSync(trees).map((name) => join(trees, name, 'index')).filter((index) => existsSync(index)) : [];
}

function listLoose(store: string): { id: string; path: string }[] {
  const objects = join(store, 'objects');
  const folders = readdirSync(objects).filter((name) => /^[0-9a-f]{2}$/.test(name));
  return folders.flatMap((folder) => readdirSync(join(objects, folder)).map((name) => ({ id: folder + name, path: join(objects, folder, name) })));
}

function countPacks(store: string): number {
  const packs = join(store, 'objects', 'pack');
  return existsSync(packs) ? readdirSync(packs).filter((name) => name.endsWith('.pack')).length : 0;
}
