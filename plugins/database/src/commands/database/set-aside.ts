import { Command } from '@oclif/core';
import { escapeControl, resolvePaths } from '@pith/kernel';
import { fileHome } from '../../open.ts';
import { setAside } from '../../sqlite/set-aside.ts';

export default class DatabaseSetAside extends Command {
  static override summary = 'Move the database file away, so that pith begins with an empty one.';
  static override description = 'For a file that is damaged. Nothing is thrown away. Another pith that has the file open writes nothing into it any more; start it anew.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<{ aside: string | null }> {
    await this.parse(DatabaseSetAside);
    const home = fileHome(resolvePaths(process.env, this.config).data);
    const aside = await setAside(home);
    this.log(aside === undefined ? `There is no database yet (${escapeControl(home.file)})` : `The database is in ${escapeControl(aside)} from now on.`);
    return { aside: aside ?? null };
  }
}
