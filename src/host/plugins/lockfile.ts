import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PithError, readWhole, toMessage } from '@pith/kernel';
import { z } from 'zod';
import { writeWhole } from '../store.ts';

export const LOCK_FILE = 'pith-plugins.lock';

/** Names no host and no file of this machine: it means the same behind every registry. */
const lockSchema = z.strictObject({
  version: z.literal(1),
  plugins: z.record(z.string().regex(/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/), z.strictObject({
    version: z.string().regex(/^\d+\.\d+\.\d+[\w.+-]*$/),
    integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/),
    capabilities: z.array(z.string().min(1)),
  })),
});

export type LockedPlugin = z.output<typeof lockSchema>['plugins'][string];

/**
 * The lock file of a folder or of the nearest one above it. It may be anybody's: nothing happens by reading it.
 * @throws PithError PLUGINS_LOCK_INVALID
 */
export async function readLockFile(cwd: string): Promise<{ file: string; plugins: Record<string, LockedPlugin> }> {
  const file = findLockFile(cwd);
  if (file === undefined) throw new PithError(`There is no ${LOCK_FILE} in this folder or above it`, { code: 'PLUGINS_LOCK_INVALID', hint: 'pith plugins lock writes one of what is installed here.' });
  const invalid = (what: string, cause?: unknown): PithError => new PithError(`${file} cannot be used: ${what}`, { code: 'PLUGINS_LOCK_INVALID', cause, hint: 'pith plugins lock writes it anew.' });
  let content: unknown;
  try {
    content = JSON.parse(readWhole(file)?.bytes.toString() ?? '');
  } catch (error) {
    throw invalid(toMessage(error), error);
  }
  const { data, error } = lockSchema.safeParse(content);
  if (error !== undefined) throw invalid(error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join('; '));
  return { file, plugins: data.plugins };
}

export function findLockFile(cwd: string): string | undefined {
  const file = join(cwd, LOCK_FILE);
  if (existsSync(file)) return file;
  return dirname(cwd) === cwd ? undefined : findLockFile(dirname(cwd));
}

/** Plugins and capabilities in order, so that the same plugins make the same bytes. */
export async function writeLockFile(file: string, plugins: Readonly<Record<string, LockedPlugin>>): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(plugins).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { version, integrity, capabilities }]) => [name, { version, integrity, capabilities: [...capabilities].sort() }]));
  await writeWhole(file, `${JSON.stringify({ version: 1, plugins: sorted }, null, 2)}\n`, 0o644);
}
