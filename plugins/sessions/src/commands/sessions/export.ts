import { Args, Command, Flags } from '@oclif/core';
import { createSecrets, escapeControl, openCommandKernel, resolvePaths } from '@pith/kernel';
import { EXPORT_FORMATS, exportSession, type ExportFormat } from '../../export/export-session.ts';
import { writeExport } from '../../export/write-export.ts';
import { resolveSession } from '../../store.ts';

export default class SessionsExport extends Command {
  static override summary = 'Write a session as Markdown, JSON, or one HTML page.';
  static override description = 'Everything that was said and done in it, to standard output or into a file. Keys and passwords that are known, or look like some, are left out. The page needs nothing else: it has no script, and asks no address.';
  static override examples = [
    { description: 'Markdown, to standard output', command: '<%= config.bin %> <%= command.id %> 3f2a91c0' },
    { description: 'A page to read in a browser', command: '<%= config.bin %> <%= command.id %> 3f2a91c0 --format html --output session.html' },
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The id, or as much of its beginning as no other session has.' }),
  };
  static override flags = {
    format: Flags.string({ char: 'f', summary: 'What to write.', options: [...EXPORT_FORMATS], default: 'markdown' }),
    json: Flags.boolean({ summary: 'Short for --format json.', exclusive: ['format'] }),
    output: Flags.string({ char: 'o', summary: 'Write into this file.', helpValue: 'FILE' }),
    force: Flags.boolean({ summary: 'Replace the file where it is there already.', dependsOn: ['output'] }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsExport);
    const { file, id } = resolveSession(resolvePaths(process.env, this.config).data, args.id);
    const kernel = await openCommandKernel(this.config, ['vault']);
    try {
      await kernel?.storedSecrets.learn();
      for (const { text } of kernel?.storedSecrets.notices ?? []) this.logToStderr(`! ${escapeControl(text)}`);
      const text = await exportSession(file, { format: flags.json ? 'json' : flags.format as ExportFormat, secrets: kernel?.secrets ?? createSecrets() });
      if (flags.output === undefined) {
        process.stdout.write(text);
        return;
      }
      writeExport(flags.output, text, flags);
      this.logToStderr(`Wrote session ${escapeControl(id)} into ${escapeControl(flags.output)}.`);
    } finally {
      await kernel?.close();
    }
  }
}
