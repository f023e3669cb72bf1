import { Args, Command } from '@oclif/core';
import { EXIT, nearest, PithError, resolvePaths } from '@pith/kernel';
import { findKeyUses, findOverride, toSecretName } from '../../key-use.ts';
import { createVault } from '../../vault.ts';

export default class AuthRemove extends Command {
  static override summary = 'Forget a key that is kept.';
  static override description = 'It stays valid where it is from: revoke it there if others may know it.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> github'];
  static override args = {
    name: Args.string({ required: true, description: 'As pith auth list shows it.' }),
  };

  async run(): Promise<{ name: string; removed: true; overriddenBy: string | null }> {
    const { args } = await this.parse(AuthRemove);
    const uses = findKeyUses(this.config.plugins.values());
    const name = toSecretName(args.name, uses);
    const vault = createVault({ config: resolvePaths(process.env, this.config).config, env: process.env });
    if (!await vault.remove(name)) throw notFound(nearest(name, (await vault.list()).map((secret) => secret.name)));
    const use = uses.find(({ provider }) => provider === name);
    const override = use && findOverride(use, process.env);
    this.log(`${name} is forgotten.`);
    if (override !== undefined) this.log(`${override} is still set in the environment, and provider ${name} uses it.`);
    return { name, removed: true, overriddenBy: override ?? null };
  }
}

function notFound(near: readonly string[]): PithError {
  return new PithError('No key of that name is kept', {
    code: 'SECRET_NOT_FOUND', exitCode: EXIT.usage, hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'pith auth list shows those that are.',
  });
}
