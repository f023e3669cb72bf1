import { Args, Command } from '@oclif/core';
import { resolvePaths, type StoredSession } from '@pith/kernel';
import { renderSession } from '../../render.ts';
import { loadSession } from '../../store.ts';

export default class SessionsShow extends Command {
  static override summary = 'Show what was said in a session.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'By the beginning of its id', command: '<%= config.bin %> <%= command.id %> 3f2a91c0' },
    { description: 'Everything, for a program', command: '<%= config.bin %> <%= command.id %> 3f2a91c0 --json' },
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The id, or as much of its beginning as no other session has.' }),
  };

  async run(): Promise<StoredSession> {
    const { args } = await this.parse(SessionsShow);
    const session = await loadSession(resolvePaths(process.env, this.config).data, args.id);
    this.log(renderSession(session));
    return session;
  }
}
