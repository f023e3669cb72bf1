import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { toId } from './entry.ts';
import { checkpointError } from './errors.ts';
import { type Git, runGit } from './git.ts';

/** As many as are held in memory at once. */
const BATCH = 50;

/** Keeps bytes in a git store as git would, without starting it. @returns their id */
export function keepBlob(store: string, bytes: Buffer): string {
  const id = toId(bytes);
  const file = looseFile(store, id);
  if (existsSync(file)) {
    const now = new Date();
    utimesSync(file, now, now); // It is needed anew: whoever tidies leaves what is young.
    return id;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = join(store, 'objects', `aside-${randomUUID()}`);
  writeFileSync(aside, deflateSync(Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]), { level: 1 }), { mode: 0o400, flag: 'wx' });
  renameSync(aside, file);
  return id;
}

/**
 * What was kept, a few at a time.
 * @param git for what it has packed; without it only what was kept file by file is found
 * @throws PithError CHECKPOINT_FAILED where one is missing or damaged
 */
export async function* readBlobs(store: string, ids: readonly string[], git: Git | undefined): AsyncGenerator<ReadonlyMap<string, Buffer>> {
  const wanted = [...new Set(ids)];
  for (let start = 0; start < wanted.length; start += BATCH) {
    const batch = wanted.slice(start, start + BATCH);
    const found = new Map(batch.flatMap((id) => { const bytes = readLoose(store, id); return bytes === undefined ? [] : [[id, bytes] as const]; }));
    const packed = batch.filter((id) => !found.has(id));
    if (packed.length > 0 && git !== undefined) for (const [id, bytes] of await readPacked(git, packed)) found.set(id, bytes);
    for (const id of batch) {
      const bytes = found.get(id);
      if (bytes === undefined || toId(bytes) !== id) throw checkpointError(`The store of checkpoints has lost what it kept as ${id}`, 'CHECKPOINT_FAILED', { hint: `Nothing was changed for it. The store is ${store}` });
    }
    yield found;
  }
}

function readLoose(store: string, id: string): Buffer | undefined {
  try {
    const bytes = inflateSync(readFileSync(looseFile(store, id)));
    return bytes.subarray(bytes.indexOf(0) + 1);
  } catch {
    return undefined; // Not there, or damaged: git may have it in a pack.
  }
}

async function readPacked(git: Git, ids: readonly string[]): Promise<Map<string, Buffer>> {
  const { stdout } = await runGit(git, ['cat-file', '--batch'], { input: `${ids.join('\n')}\n`, limitBytes: Infinity });
  const found = new Map<string, Buffer>();
  for (let at = 0; at < stdout.length;) {
    const end = stdout.indexOf(10, at);
    const [id = '', kind, size] = stdout.toString('utf8', at, end).split(' ');
    at = end + 1;
    if (kind !== 'blob') continue;
    found.set(id, stdout.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return found;
}

function looseFile(store: string, id: string): string {
  return join(store, 'objects', id.slice(0, 2), id.slice(2));
}
