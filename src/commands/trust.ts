import { Args, Command, Flags } from '@oclif/core';
import { EXIT, escapeControl, PithError, loadConfig, readProjectFiles } from '@pith/kernel';
import { pathsOf, resolveFolder } from '../host.ts';
import { formatTable } from '../table.ts';
import { grantTrust, listTrust, revokeTrust } from '../trust.ts';

interface Trusted { folder: string; grantedMs: number }

export default class Trust extends Command {
  static override summary = 'Let the settings of a folder take effect.';
  static override description = 'Trust belongs to the exact content of the folder’s .pith settings: when a byte of them changes, they are passed over again until you look and say so.';
  static override examples = ['<%= config.bin %> trust', '<%= config.bin %> trust --list', '<%= config.bin %> trust ../project --revoke'];
  static override enableJsonFlag = true;
  static override args = { folder: Args.string({ ignoreStdin: true, description: 'The folder; this one when left away.' }) };
  static override flags = {
    list: Flags.boolean({ summary: 'List the folders that are trusted.', exclusive: ['revoke'] }),
    revoke: Flags.boolean({ summary: 'Take trust back.' }),
  };

  async run(): Promise<{ trusted: Trusted[] } | { folder: string; files?: string[]; revoked?: boolean }> {
    const { args, flags } = await this.parse(Trust);
    const paths = pathsOf(this.config);
    if (flags.list) {
      const trusted = await listTrust(paths);
      this.log(trusted.length === 0 ? 'No folder is trusted.' : formatTable(['FOLDER', 'SINCE'], trusted.map(({ folder, grantedMs }) => [folder, new Date(grantedMs).toISOString().slice(0, 16).replace('T', ' ')])));
      return { trusted };
    }
    if (flags.revoke) {
      const folder = args.folder ?? process.cwd();
      const { project } = await readProjectFiles(folder);
      const revoked = await revokeTrust(paths, project);
      this.log(`${escapeControl(project)} ${revoked ? 'is no longer' : 'was not'} trusted.`);
      return { folder: project, revoked };
    }
    const { project, files } = await readProjectFiles(resolveFolder(args.folder ?? '.', 'The folder'));
    if (files.size === 0) throw new PithError('There is nothing to trust here: no .pith/settings.json in this folder or above it', { code: 'TRUST_NOTHING', exitCode: EXIT.usage, hint: 'Write the settings first; trust is about their content.' });
    for (const [file, text] of files) this.log(`${escapeControl(file)}\n${text.trimEnd().split('\n').map((line) => `  ${escapeControl(line)}`).join('\n')}`);
    // Settings that nobody can use are not trusted: every command would end at them.
    await loadConfig({ cwd: project, paths, env: {}, isTrusted: async () => true });
    await grantTrust(paths, project, files);
    this.log(`${escapeControl(project)} is trusted, with just this content.`);
    return { folder: project, files: [...files.keys()] };
  }
}
