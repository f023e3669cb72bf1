import type { VaultStatus } from '@pith/kernel';
import { findOverride, type KeyUse } from './key-use.ts';
import { vaultPaths } from './vault-file.ts';

/** How the vault is sealed, in one sentence. */
export function describeKey(key: VaultStatus['key'], config: string): string {
  switch (key) {
    case 'keyring': return 'Its key lies in the system’s keyring.';
    case 'passphrase': return 'It is sealed with your passphrase.';
    case 'key file': return `The key that opens it lies beside it, in ${vaultPaths(config).keyFile}: a copy of one of the two opens nothing, whoever reads both reads all. PITH_VAULT_PASSPHRASE seals it with a passphrase instead.`;
    case null: return 'There is none yet.';
  }
}

/** Who uses a key by itself, and what counts before it. */
export function describeUse(use: KeyUse | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (use === undefined) return 'No provider uses a key of this name by itself; plugins ask for it by name.';
  const override = findOverride(use, env);
  return override === undefined ? `Provider ${use.provider} uses it.` : `Provider ${use.provider} would use it, but ${override} is set in the environment and counts before it.`;
}

/** A secret or a provider's key, as `pith auth list` shows it. */
export interface ListedKey {
  name: string;
  /** When it was stored; `null` where it is not. */
  set: string | null;
  /** The provider that uses it by itself. */
  provider: string | null;
  /** What that provider uses now. */
  inUse: 'stored' | 'environment' | null;
  /** The variable that means the same, and the one that is set and counts before what is stored. */
  variable: string | null;
  overriddenBy: string | null;
}

/** Rows as columns, and below each other where the screen is too narrow for them. */
export function formatKeys(keys: readonly ListedKey[], width: number): string {
  const rows = keys.map((key) => [key.name, key.set === null ? 'no' : `${key.set.slice(0, 16).replace('T', ' ')} UTC`, toUseText(key)]);
  const head = ['NAME', 'STORED', 'IN USE'];
  const widths = [0, 1].map((column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const lines = [head, ...rows].map(([name, set, use]) => `${name!.padEnd(widths[0]!)}  ${set!.padEnd(widths[1]!)}  ${use}`);
  if (lines.every((line) => line.length <= width)) return lines.join('\n');
  return rows.map(([name, set, use]) => `${name}\n  stored  ${set}\n  in use  ${use}`).join('\n');
}

function toUseText({ provider, inUse, variable, overriddenBy }: ListedKey): string {
  if (provider === null) return 'by plugins that ask for it';
  if (overriddenBy !== null) return `${overriddenBy} of the environment, by provider ${provider}`;
  return inUse === 'stored' ? `by provider ${provider}` : `no key for provider ${provider} (${variable})`;
}
