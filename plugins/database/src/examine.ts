import { type ContributionContext, type Finding, toErrorReport } from '@pith/kernel';
import { createDatabase } from './database.ts';
import type { Engine } from './engine.ts';
import { createEngine } from './open.ts';
import { toSizeText } from './size-text.ts';

/** A larger file is looked through for longer than `pith doctor` takes. */
const CHECKED_BYTES_MAX = 512 * 1024 * 1024;

/** Where the database is, how large, and whether it is whole. Nothing is made where there is none. */
export async function examine(context: ContributionContext): Promise<readonly Finding[]> {
  let engine: Engine | undefined;
  try {
    engine = await createEngine(context);
    const { place } = engine;
    if (!engine.exists()) return [{ level: 'ok', text: `SQLite, nothing is kept yet (${place})` }];
    const { sizeBytes, owners } = await createDatabase(engine).status();
    const what = `${engine.name === 'sqlite' ? 'SQLite' : 'PostgreSQL'} at ${place}, ${toSizeText(sizeBytes ?? 0)}, tables of ${owners.map(({ owner }) => owner).join(', ') || 'nobody yet'}`;
    if (engine.check === undefined) return [{ level: 'ok', text: what }];
    if ((sizeBytes ?? 0) > CHECKED_BYTES_MAX) return [{ level: 'ok', text: `${what}; too large to be looked through here` }];
    await engine.check();
    return [{ level: 'ok', text: `${what}, whole` }];
  } catch (error) {
    const { message, hint } = toErrorReport(error);
    return [{ level: 'error', text: message, ...(hint === undefined ? {} : { hint }) }];
  } finally {
    await engine?.close();
  }
}
