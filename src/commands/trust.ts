import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Args, Command, Flags } from '@oclif/core';
import { EXIT, escapeControl, loadConfig, PithError, readProjectFiles, type Settings } from '@pith/kernel';
import { formatTable } from '@pith/table';
import { type Confirm, createConfirm } from '../host/confirm.ts';
import { CATALOGUE } from '../host/catalogue.ts';
import type { ProjectHooks } from '../host/hook-files/hook-set.ts';
import { pathsOf, resolveFolder, toSources } from '../host/host.ts';
import { findHookedFolder, type FolderTrust, grantTrust, listTrust, readTrust, revokeTrust } from '../host/trust.ts';

interface Trusted { folder: string; grantedMs: number; files: string[] }
type Result = { trusted: Trusted[] } | { folder: string; files: string[] } | { folder: string; revoked: boolean };

export default class Trust extends Command {
  static override summary = 'Let the settings and the hook files of a folder take effect.';
  static override description = `Shows what would take effect: the folder’s .pith settings, pith.config and what it imports, the hook files that it names and what they import, and what plugins would read. Then trusts just that content: when a byte of it changes, it counts no more until you look and say so.

Hook files are code. They run inside pith with all of your rights, whenever pith works in the folder.`;
  static override examples = ['<%= config.bin %> trust', '<%= config.bin %> trust --list', '<%= config.bin %> trust ../project --revoke'];
  static override enableJsonFlag = true;
  static override args = { folder: Args.string({ ignoreStdin: true, description: 'The folder; this one when left away.' }) };
  static override flags = {
    list: Flags.boolean({ summary: 'List the folders that are trusted.', exclusive: ['revoke'] }),
    revoke: Flags.boolean({ summary: 'Take trust back.' }),
    yes: Flags.boolean({ char: 'y', summary: 'Ask nothing. Without a terminal nothing is asked anyway.' }),
  };

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Trust);
    if (flags.list) return this.#list();
    if (flags.revoke) return this.#revoke(args.folder ?? process.cwd());
    const confirm = !flags.yes && !this.jsonEnabled() && process.stdin.isTTY && process.stderr.isTTY ? createConfirm() : undefined;
    try {
      return await this.#grant(resolveFolder(args.folder ?? '.', 'The folder'), confirm);
    } finally {
      confirm?.close();
    }
  }

  async #list(): Promise<Result> {
    const trusted = await listTrust(pathsOf(this.config));
    const rows = trusted.map(({ folder, grantedMs, files }) => [new Date(grantedMs).toISOString().slice(0, 16).replace('T', ' '), files.length === 0 ? 'asks again' : String(files.length), folder]);
    this.log(trusted.length === 0 ? 'No folder is trusted.' : formatTable(['SINCE', 'FILES', 'FOLDER'], rows));
    return { trusted };
  }

  async #revoke(given: string): Promise<Result> {
    const paths = pathsOf(this.config);
    const { project } = await readProjectFiles(given);
    const lost = await findHookedFolder(paths, resolve(given));
    const revoked = await revokeTrust(paths, project) || (lost !== undefined && await revokeTrust(paths, lost));
    const folder = revoked && lost !== undefined && lost.length > project.length ? lost : project;
    this.log(`${escapeControl(folder)} ${revoked ? 'is no longer' : 'was not'} trusted.`);
    return { folder, revoked };
  }

  async #grant(given: string, confirm: Confirm | undefined): Promise<Result> {
    const paths = pathsOf(this.config);
    const { project, hookConfig, files } = await readProjectFiles(given);
    const folder = realpathSync(project);
    const { approved, outdated } = await readTrust(paths, folder, new Map());
    const { reviewProject } = await import('../host/hook-files/review.ts');
    if (outdated) this.log('This folder was trusted by an earlier pith, which did not keep each file apart: look again.');
    // Settings that nobody can use are not trusted: every command would end at them.
    let settings: Settings = {};
    const checkSettings = async (): Promise<void> => { ({ settings } = await loadConfig({ cwd: project, paths, env: {}, isTrusted: async () => true })); };
    const mayRun = async (): Promise<boolean> => {
      this.log('\nWhat names the hook files is code, and so are they: it runs inside pith, with all of your rights.');
      return confirm === undefined || confirm.ask('Run it, to see which hook files it names?');
    };
    const approval = await reviewProject({ root: folder, files: [...files.keys()], hookConfig, plugins: toSources(this.config), approved, say: (text) => this.log(text), checkSettings, mayRun });
    if (approval?.digests.size === 0) throw new PithError('There is nothing to trust here: no .pith/settings.json and no pith.config.ts in this folder or above it', { code: 'TRUST_NOTHING', exitCode: EXIT.usage, hint: 'Write them first; trust is about their content.' });
    if (approval === undefined || (confirm !== undefined && !await confirm.ask(`Trust ${escapeControl(folder)}, with just this content?`))) throw new PithError('Nothing was trusted', { code: 'TRUST_DECLINED', exitCode: EXIT.failed });
    await this.#checkExamples({ hookConfig, trust: { folder, hookConfig: undefined, state: 'trusted', approved: approval.digests, links: approval.links, changes: [], outdated: false } }, settings);
    await grantTrust(paths, folder, approval);
    this.log(`${escapeControl(folder)} is trusted, with just this content: ${approval.digests.size} file(s).`);
    return { folder, files: [...approval.digests.keys()] };
  }

  /**
   * A hook file whose examples fail does not take effect.
   * @throws PithError EXAMPLES_FAILED
   */
  async #checkExamples(project: ProjectHooks & { trust: FolderTrust }, { plugins = {} }: Settings): Promise<void> {
    if (project.hookConfig === undefined) return;
    const { readConfigured } = await import('../host/hook-files/configured.ts');
    const { checkExamples } = await import('../host/hook-files/check-examples.ts');
    for (const { entry, approved } of await readConfigured(pathsOf(this.config), project)) {
      if (approved === undefined) continue; // A person's own hook files are not what is being trusted.
      const problem = await checkExamples(entry, { approved, options: plugins, knownPlugins: CATALOGUE });
      // One that does not load stops every turn and says why; trust is not what it lacks.
      if (problem?.code === 'EXAMPLES_FAILED') throw new PithError(`Nothing was trusted: ${problem.message}`, { code: problem.code, ...(problem.hint === undefined ? {} : { hint: problem.hint }) });
    }
  }
}
