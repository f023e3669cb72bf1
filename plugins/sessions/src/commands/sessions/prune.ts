import { Command, Flags } from '@oclif/core';
import { escapeControl, resolvePaths } from '@pith/kernel';
import { withIndex } from '../../command-index.ts';
import { forgetCheckpoints } from '../../forget-checkpoints.ts';
import { forgetFiles, KEEP_DAYS, KEEP_MEGABYTES, pruneSessions, type Pruned } from '../../remove.ts';

const MEGABYTE = 1024 * 1024;

export default class SessionsPrune extends Command {
  static override summary = 'Delete old sessions, and the oldest of those that take too much room.';
  static override description = 'The session that was used last stays, whatever its size, unless it is too old; one that a process is writing stays, too. The same is done by itself once a day, with the options keepDays and keepMegabytes of the plugin.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'What would go', command: '<%= config.bin %> <%= command.id %> --dry-run' },
    { description: 'All that was not used for a month', command: '<%= config.bin %> <%= command.id %> --days 30' },
  ];
  static override flags = {
    days: Flags.integer({ summary: 'Delete what was last used longer ago, in days.', default: KEEP_DAYS, min: 0 }),
    megabytes: Flags.integer({ summary: 'Room for all sessions together, recordings included.', default: KEEP_MEGABYTES, min: 0 }),
    'dry-run': Flags.boolean({ summary: 'Only say what would be deleted.' }),
  };

  async run(): Promise<Pruned> {
    const { flags } = await this.parse(SessionsPrune);
    const pruned = pruneSessions(resolvePaths(process.env, this.config).data, flags, { nowMs: Date.now(), isTrial: flags['dry-run'] });
    if (!flags['dry-run'] && pruned.removed.length > 0) {
      const trouble = await withIndex(this.config, async ({ database, trouble: before }) => before ?? forgetFiles(database, pruned.removed));
      for (const text of [trouble, await forgetCheckpoints(this.config, pruned.removed)]) if (text !== undefined) this.logToStderr(`! ${escapeControl(text)}`);
    }
    const bytes = pruned.removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { id } of pruned.removed) this.log(`${flags['dry-run'] ? 'Would delete' : 'Deleted'} session ${escapeControl(id)}.`);
    for (const { id } of pruned.busy) this.warn(`Session ${escapeControl(id)} is being written, so it stays.`);
    this.log(`${pruned.removed.length} session(s), ${toMegabytes(bytes)}, ${flags['dry-run'] ? 'would go' : 'deleted'}; ${pruned.kept}, ${toMegabytes(pruned.keptBytes)}, stay.`);
    return pruned;
  }
}

function toMegabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
