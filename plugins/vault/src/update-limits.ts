import { PithError } from '@pith/kernel';

/** Somebody else may be refreshing the same token over a slow network. */
export const UPDATE_WAIT_MS = 120_000;
/** How often an update begins anew because the value was set meanwhile. */
export const UPDATE_ROUNDS = 5;

export function setAgain(name: string): PithError {
  return new PithError(`The secret ${name} is set again and again while it is updated`, { code: 'VAULT_BUSY', hint: 'Find out which process sets it; it should use update, too.' });
}
