import { Command } from '@oclif/core';
import { resolvePaths, type StoredSecret } from '@pith/kernel';
import { findKeyUses, findOverride, type KeyUse } from '../../key-use.ts';
import { createVault } from '../../vault.ts';
import { formatKeys, type ListedKey } from '../../words.ts';

export default class AuthList extends Command {
  static override summary = 'List the keys that are kept, who uses which, and where the environment counts before them.';
  static override description = 'Values are never shown, and the vault is not opened for it.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<ListedKey[]> {
    await this.parse(AuthList);
    const stored = await createVault({ config: resolvePaths(process.env, this.config).config, env: process.env }).list();
    const uses = findKeyUses(this.config.plugins.values());
    const names = [...new Set([...uses.map(({ provider }) => provider), ...stored.map(({ name }) => name)])];
    const keys = names.map((name) => toListed(name, stored.find((secret) => secret.name === name), uses.find(({ provider }) => provider === name)));
    this.log(keys.length === 0 ? 'No key is kept, and no plugin would use one. Keep one with: pith auth set NAME' : formatKeys(keys, process.stdout.columns || Number(process.env['COLUMNS']) || 120));
    return keys;
  }
}

function toListed(name: string, secret: StoredSecret | undefined, use: KeyUse | undefined): ListedKey {
  const overriddenBy = (use && findOverride(use, process.env)) ?? null;
  return {
    name, set: secret === undefined ? null : new Date(secret.setMs).toISOString(), provider: use?.provider ?? null,
    inUse: overriddenBy !== null ? 'environment' : secret !== undefined && use !== undefined ? 'stored' : null, variable: use?.variable ?? null, overriddenBy,
  };
}
