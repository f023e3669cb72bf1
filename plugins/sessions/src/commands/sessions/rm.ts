import { Args, Command } from '@oclif/core';
import { escapeControl, resolvePaths } from '@pith/kernel';
import { withIndex } from '../../command-index.ts';
import { forgetCheckpoints } from '../../forget-checkpoints.ts';
import { forgetFiles, removeSession } from '../../remove.ts';
import { resolveFiles } from '../../store.ts';

export default class SessionsRm extends Command {
  static override summary = 'Delete sessions: what was said in them, their recordings and their checkpoints.';
  static override description = 'Nothing else is touched: files that a session has changed stay as they are. A session that a process is writing is not deleted.';
  static override enableJsonFlag = true;
  static override strict = false;
  static override examples = [
    { description: 'By the beginning of its id', command: '<%= config.bin %> <%= command.id %> 3f2a91c0' },
    { description: 'For a program', command: '<%= config.bin %> <%= command.id %> 3f2a91c0 --json' },
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The id, or as much of its beginning as no other session has. Several may be given.' }),
  };

  async run(): Promise<{ removed: string[] }> {
    const { argv } = await this.parse(SessionsRm);
    // All are found before the first is deleted, so a mistyped id deletes nothing.
    const found = resolveFiles(resolvePaths(process.env, this.config).data, argv as string[]);
    const deleted: typeof found = [];
    try {
      for (const session of found) {
        removeSession(session.file);
        deleted.push(session);
        this.log(`Deleted session ${escapeControl(session.id)}.`);
      }
    } finally {
      const trouble = await withIndex(this.config, async ({ database, trouble: before }) => before ?? forgetFiles(database, deleted));
      for (const text of [trouble, await forgetCheckpoints(this.config, deleted)]) if (text !== undefined) this.logToStderr(`! ${escapeControl(text)}`);
    }
    return { removed: found.map(({ id }) => id) };
  }
}
