import { Command } from '@oclif/core';
import { resolvePaths } from '@pith/kernel';
import { fileHome } from '../../open.ts';
import { listBackups } from '../../sqlite/back-up.ts';

export default class DatabaseCopies extends Command {
  static override summary = 'List the copies of the database file, newest first.';
  static override description = 'One is made before each migration that changes what is there, named after when it was made, the plugin and the migration; the newest ten are kept.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<string[]> {
    await this.parse(DatabaseCopies);
    const copies = listBackups(fileHome(resolvePaths(process.env, this.config).data).backups);
    this.log(copies.length > 0 ? copies.join('\n') : 'There are no copies yet.');
    return copies;
  }
}
