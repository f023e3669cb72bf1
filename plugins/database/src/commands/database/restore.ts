import { Args, Command } from '@oclif/core';
import { escapeControl, resolvePaths } from '@pith/kernel';
import { fileHome } from '../../open.ts';
import { restore } from '../../sqlite/set-aside.ts';

export default class DatabaseRestore extends Command {
  static override summary = 'Put a copy from before a migration in the place of the database file.';
  static override description = 'What is in its place now is set aside, and nothing is thrown away. What came after the copy was made is not in it. Another pith that has the file open writes nothing into it any more; start it anew.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> 20261121T101500.000Z-billing-0002-holds.db'];
  static override args = { copy: Args.string({ description: 'As pith database copies shows it. Default: the newest.' }) };

  async run(): Promise<{ copy: string; aside: string | null }> {
    const { args } = await this.parse(DatabaseRestore);
    const { copy, aside } = await restore(fileHome(resolvePaths(process.env, this.config).data), args.copy);
    this.log(`${copy} is in place.`);
    if (aside !== undefined) this.log(`What was there is in ${escapeControl(aside)}`);
    return { copy, aside: aside ?? null };
  }
}
