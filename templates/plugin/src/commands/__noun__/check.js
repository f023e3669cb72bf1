import { Args, Command } from '@oclif/core';
import { whyRefused } from '../../policy.js';

export default class Check extends Command {
  static summary = 'Say what the plugin __noun__ thinks of a command line.';
  static examples = ['<%= config.bin %> __noun__ check "git push --force"'];
  static enableJsonFlag = true;
  static args = { command: Args.string({ required: true, ignoreStdin: true, description: 'A line of the shell.' }) };

  async run() {
    const { args } = await this.parse(Check);
    const reason = whyRefused(args.command) ?? null;
    this.log(reason === null ? 'No opinion.' : `Refused: ${reason}.`);
    return { refused: reason !== null, reason };
  }
}
