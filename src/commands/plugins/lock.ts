import { join } from 'node:path';
import { Command } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { pathsOf, readConfig } from '../../host/host.ts';
import { findLockFile, LOCK_FILE, type LockedPlugin, writeLockFile } from '../../host/plugins/lockfile.ts';
import { lockedNow } from '../../host/plugins/sync.ts';

export default class PluginsLock extends Command {
  static override summary = 'Write down which plugins are installed, so that others get the very same.';
  static override description = 'Writes pith-plugins.lock into the project: version, integrity and granted capabilities of each plugin that you have installed. Others run: pith plugins sync';
  static override examples = ['<%= config.bin %> plugins lock'];
  static override enableJsonFlag = true;

  async run(): Promise<{ file: string; plugins: Record<string, LockedPlugin> }> {
    await this.parse(PluginsLock);
    const { plugins, linked } = await lockedNow({ config: this.config, paths: pathsOf(this.config) });
    const file = findLockFile(process.cwd()) ?? join((await readConfig(this.config, process.cwd())).project, LOCK_FILE);
    await writeLockFile(file, plugins);
    const count = Object.keys(plugins).length;
    this.log(`${escapeControl(file)} holds ${count} plugin${count === 1 ? '' : 's'}.`);
    for (const name of linked) this.log(`${escapeControl(name)} is linked from a folder, which cannot be locked.`);
    return { file, plugins };
  }
}
