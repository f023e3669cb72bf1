import { Command } from '@oclif/core';
import { openCommandKernel } from '@pith/kernel';
import { databaseError } from '../../errors.ts';
import { toSizeText } from '../../size-text.ts';

export default class DatabaseCompact extends Command {
  static override summary = 'Give back the room of what was deleted.';
  static override description = 'Whoever changes something waits meanwhile: of a file a second for each 150 MB, and twice its size is needed on its disk for a while. A PostgreSQL server does it beside everybody.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<{ beforeBytes: number; afterBytes: number }> {
    await this.parse(DatabaseCompact);
    const kernel = await openCommandKernel(this.config, ['database']);
    if (kernel === undefined) throw databaseError('DATABASE_ALONE', 'This command belongs to the plugin database, and was not started by pith', { hint: 'Start it as: pith database compact' });
    try {
      const sizes = await (await kernel.service('database')).compact();
      this.log(`The database had ${toSizeText(sizes.beforeBytes)}, and has ${toSizeText(sizes.afterBytes)} now.`);
      return sizes;
    } finally {
      await kernel.close();
    }
  }
}
