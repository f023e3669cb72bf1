import { Command, Flags } from '@oclif/core';
import { escapeControl, resolvePaths, type SessionSummary } from '@pith/kernel';
import { withIndex } from '../../command-index.ts';
import { renderList } from '../../render.ts';
import { listSessions } from '../../store.ts';

export default class SessionsList extends Command {
  static override summary = 'List the sessions of this folder, newest first.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'Sessions of the folder you are in', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Sessions of every folder, for a program', command: '<%= config.bin %> <%= command.id %> --all --json' },
  ];
  static override flags = {
    all: Flags.boolean({ char: 'a', summary: 'List the sessions of every folder.' }),
  };

  async run(): Promise<SessionSummary[]> {
    const { flags } = await this.parse(SessionsList);
    const { data } = resolvePaths(process.env, this.config);
    const { sessions, allIds, unreadable, trouble } = await withIndex(this.config, async ({ database, trouble: before }) => {
      const list = await listSessions(data, { database, ...(flags.all ? {} : { cwd: process.cwd() }) });
      return { ...list, trouble: before ?? list.trouble };
    });
    for (const reason of [...unreadable, ...(trouble === undefined ? [] : [trouble])]) this.logToStderr(`! ${escapeControl(reason)}`);
    if (sessions.length > 0) this.log(renderList(sessions, { folders: flags.all, allIds }));
    else this.log(flags.all ? 'There are no sessions yet. Begin one with: pith run "…"' : 'There are no sessions of this folder. Those of every folder: pith sessions list --all');
    return sessions;
  }
}
