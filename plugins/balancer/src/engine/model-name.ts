import type { Account } from '../account/account.ts';

/** What an account calls a model that is asked for: its own name for exactly that, else for the longest beginning, else the same. */
export function toAccountModel({ models }: Pick<Account, 'models'>, model: string): string {
  return findModel(models, model) ?? model;
}

/**
 * The accounts that a model can be asked of. Where some are surely meant, because their map names it or their vendor has such models,
 * the others are left out: a server that has never heard of a model says so to the client.
 */
export function serving(accounts: readonly Account[], model: string | null): readonly Account[] {
  if (model === null || accounts.length < 2) return accounts;
  const sure = accounts.filter((account) => findModel(account.models, model) !== undefined || VENDOR_MODELS[account.provider]?.test(model) === true);
  return sure.length === 0 ? accounts : sure;
}

/** How the names of a vendor's own models begin. */
const VENDOR_MODELS: Readonly<Record<string, RegExp>> = {
  anthropic: /^claude-/, openai: /^(?:gpt-|chatgpt-|codex-|o[1-4](?:-|$)|text-embedding-|ft:)/, openrouter: /\//,
};

function findModel(models: Account['models'], model: string): string | undefined {
  if (Object.hasOwn(models, model)) return models[model];
  let found: string | undefined;
  let longest = -1;
  for (const name in models) {
    if (!name.endsWith('*') || name.length <= longest || !model.startsWith(name.slice(0, -1))) continue;
    longest = name.length;
    const own = models[name]!;
    found = own.endsWith('*') ? own.slice(0, -1) + model.slice(name.length - 1) : own;
  }
  return found;
}
