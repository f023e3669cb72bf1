import { openKernel, readConfig } from '../host.ts';
import { findStored } from '../run/open-session.ts';
import { type CacheReport, reportCache } from './cache-report.ts';
import type { ContextRequest } from './preview-context.ts';
import { readRecord } from './session-record.ts';

/** How well the vendor's cache was used in a session. @throws PithError SESSION_NOT_FOUND */
export async function readCache({ oclif, cwd, settings, resume = 'latest' }: Pick<ContextRequest, 'oclif' | 'cwd' | 'settings' | 'resume'>): Promise<CacheReport> {
  const kernel = await openKernel(oclif, await readConfig(oclif, cwd, settings), { sessions: { record: false } });
  try {
    const { id } = (await findStored(kernel, resume, cwd))!;
    const sessions = await kernel.service('sessions');
    return reportCache(id, await readRecord(sessions.events(id)), await kernel.optionalService('pricing'));
  } finally {
    await kernel.close();
  }
}
