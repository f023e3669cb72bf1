import { Args, Command } from '@oclif/core';
import { EXIT } from '@pith/kernel';
import { formatReplay } from '../host/replay/format-replay.ts';
import { type Replayed, replaySession } from '../host/replay/replay-session.ts';

export default class Replay extends Command {
  static override summary = 'Play a recorded session again, offline, and name the first event that differs.';
  static override description = `Hooks and permission run as they are now, with the options of then; what came from models, tools and people comes from the recording. No model is asked, no tool runs, no connection is made and no process is started.

Exit codes: 0 the same, 1 an event differs, 2 there is no such session, or it was not recorded.`;
  static override examples = [
    { description: 'By the beginning of its id', command: '<%= config.bin %> <%= command.id %> 3f2a91c0' },
    { description: 'With both versions of the event that differs, for a program', command: '<%= config.bin %> <%= command.id %> 3f2a91c0 --json' },
  ];
  static override enableJsonFlag = true;
  static override args = { session: Args.string({ required: true, ignoreStdin: true, description: 'The id, or as much of its beginning as no other session has.' }) };

  async run(): Promise<Replayed> {
    const { args } = await this.parse(Replay);
    const replayed = await replaySession(this.config, args.session);
    this.log(formatReplay(replayed));
    process.exitCode = replayed.same ? EXIT.ok : EXIT.failed;
    return replayed;
  }
}
