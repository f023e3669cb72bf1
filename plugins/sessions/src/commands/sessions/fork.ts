import { Args, Command, Flags } from '@oclif/core';
import { escapeControl, resolvePaths, type SessionSummary } from '@pith/kernel';
import { forkSession } from '../../fork.ts';
import { resolveSession } from '../../store.ts';

export default class SessionsFork extends Command {
  static override summary = 'Make a session that begins with what was said in another one.';
  static override description = 'The other stays as it is, byte for byte, and may be deleted: the new one holds a copy. Files are not touched. pith run --continue --fork does the same and goes on at once.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'By the beginning of its id', command: '<%= config.bin %> <%= command.id %> 3f2a91c0' },
    { description: 'Only with its first turn', command: '<%= config.bin %> <%= command.id %> 3f2a91c0 --at 1' },
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The id, or as much of its beginning as no other session has.' }),
  };
  static override flags = {
    at: Flags.integer({ summary: 'Begin with this many of its turns. Default: all.', helpValue: 'N' }),
  };

  async run(): Promise<SessionSummary> {
    const { args, flags } = await this.parse(SessionsFork);
    const { data } = resolvePaths(process.env, this.config);
    const { file } = resolveSession(data, args.id);
    const fork = forkSession(data, file, flags.at === undefined ? {} : { turns: flags.at });
    const { turns, id: parent } = fork.forkedFrom!;
    this.log(`Session ${escapeControl(fork.id)} begins with ${turns} turn${turns === 1 ? '' : 's'} of ${escapeControl(parent)}.\nGo on with it: pith --resume ${escapeControl(fork.id)}, or: pith run --resume ${escapeControl(fork.id)} "…"`);
    return fork;
  }
}
