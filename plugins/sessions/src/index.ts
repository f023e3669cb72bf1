import { type ContributionContext, type Database, definePlugin, isPithError } from '@pith/kernel';
import { optionsSchema } from './options.ts';
import { Recorder } from './recorder.ts';
import { pruneDaily } from './remove.ts';
import { createStore } from './store.ts';

/** A disk that is busy is waited for, even one far away; one that hangs is not. */
const FLUSH_MS_MAX = 60_000;

/** Sessions on disk: an append-only transcript, continue, resume. */
export default definePlugin({
  name: 'sessions',
  options: optionsSchema,
  services: { sessions: (context) => createStore(context.paths.data, () => findDatabase(context)) },
  setup({ hooks, options: { record, keepDays, keepMegabytes }, paths, onClose, service }) {
    if (!record) return;
    const recorder = new Recorder(paths.data);
    hooks.output.tap({ name: 'journal', durable: true, records: true, timeoutMs: FLUSH_MS_MAX, flush: (sessionId) => recorder.flush(sessionId) }, (event, outside) => recorder.record(event, outside));
    onClose(async () => {
      recorder.close();
      if (recorder.hasRecorded) await pruneDaily(paths.data, { days: keepDays, megabytes: keepMegabytes }, { nowMs: Date.now(), findDatabase: () => findDatabase({ service }) });
    });
  },
});

/** Where the index is. Without it files are read, so nothing depends on it. */
async function findDatabase({ service }: Pick<ContributionContext, 'service'>): Promise<Database | undefined> {
  try {
    return await service('database');
  } catch (error) {
    if (!isPithError(error)) throw error;
    return undefined;
  }
}
