import { type ContributionContext, isPithError } from '@pith/kernel';
import { checkKey } from './headers.ts';

/** Where a kept key is from, for sentences that say “the key in …”. */
export const storedKeyPlace = (name: string): string => `the vault (pith auth set ${name})`;

/**
 * The key that a person keeps for a provider; nothing where none is kept, or no plugin keeps any.
 * @throws PithError PROVIDER_KEY_INVALID, and as the service `vault` does where it holds the key and cannot be opened
 */
export async function readStoredKey(service: ContributionContext['service'], name: string): Promise<string | undefined> {
  try {
    const value = await (await service('vault')).get(name);
    return typeof value === 'string' ? checkKey(value, storedKeyPlace(name)) : undefined;
  } catch (error) {
    if (isPithError(error) && error.code === 'SERVICE_MISSING') return undefined;
    throw error;
  }
}
