import { Args, Command, Flags } from '@oclif/core';
import { EXIT, PithError, resolvePaths } from '@pith/kernel';
import { resolveSession } from '../../store.ts';

export default class SessionsResume extends Command {
  static override summary = 'Open the chat on a session, and go on with it.';
  static override description = 'The same as pith --resume ID. With --json it opens nothing, and prints what a program types instead.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'By the beginning of its id', command: '<%= config.bin %> <%= command.id %> 3f2a91c0' },
    { description: 'In a copy, so that the session stays as it is', command: '<%= config.bin %> <%= command.id %> 3f2a91c0 --fork' },
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The id, or as much of its beginning as no other session has.' }),
  };
  static override flags = {
    fork: Flags.boolean({ summary: 'Go on in a copy, and leave that session as it is.' }),
  };

  async run(): Promise<{ id: string; run: string[] }> {
    const { args, flags } = await this.parse(SessionsResume);
    const { id } = resolveSession(resolvePaths(process.env, this.config).data, args.id);
    const words = ['--resume', id, ...(flags.fork ? ['--fork'] : [])];
    if (this.jsonEnabled()) return { id, run: ['pith', 'run', ...words] };
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
      throw new PithError('A chat needs a terminal, and here is none', { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: `Without one: pith run ${words.join(' ')} "…"; what was said: pith sessions show ${id}` });
    }
    await this.config.runCommand('chat', words);
    return { id, run: ['pith', 'run', ...words] };
  }
}
