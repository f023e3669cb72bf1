import { Args, Command, Flags } from '@oclif/core';
import { executeChat } from '../host/chat/execute-chat.ts';
import { chatFlags, toSettings } from '../host/run/flags.ts';

export default class Chat extends Command {
  static override summary = 'Talk with it at the terminal; pith alone does the same.';
  static override description = 'Type what is to be done and press Enter; ? shows the keys, / the commands, and Ctrl-C twice leaves.';
  static override examples = [
    { description: 'In this folder', command: '<%= config.bin %>' },
    { description: 'Begin with something to do', command: '<%= config.bin %> <%= command.id %> "What does this project do?"' },
    { description: 'Go on where the last session of this folder stopped', command: '<%= config.bin %> --continue' },
    { description: 'With a screen reader, or on a very simple terminal', command: '<%= config.bin %> <%= command.id %> --plain' },
  ];
  static override strict = false;
  static override args = { prompt: Args.string({ ignoreStdin: true, description: 'What to begin with; several words are joined.' }) };
  static override flags = { ...chatFlags, plain: Flags.boolean({ summary: 'Plain lines in their order, for screen readers: nothing is drawn over.' }) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Chat);
    process.exitCode = await executeChat({
      oclif: this.config, words: argv as string[], settings: toSettings(flags), cwd: flags.cwd, attach: flags.attach ?? [], plain: flags.plain,
      resume: flags.continue ? 'latest' : flags.resume === undefined ? undefined : { id: flags.resume }, fork: flags.fork, record: !flags['no-session'],
    });
  }
}
