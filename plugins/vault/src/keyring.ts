import { toMessage } from '@pith/kernel';

/** The system's store for passwords, as far as it is used: one short text an account. */
export interface Keyring {
  read(account: string): Promise<string | undefined>;
  write(account: string, text: string): Promise<void>;
}

/** A keyring, or why there is none. */
export type FoundKeyring = { keyring: Keyring } | { missing: string };

export type FindKeyring = () => Promise<FoundKeyring>;

const SERVICE = 'pith';
/** A person may have to unlock it first. */
const LIMIT_MS = 50_000;

/**
 * The keyring of macOS or Windows, or the Secret Service of a Linux desktop. Linux has another one in the kernel's memory, which
 * the library would take in silence; it forgets everything when the machine is switched off, so it is not taken.
 */
export async function findSystemKeyring(env: Readonly<Record<string, string | undefined>>): Promise<FoundKeyring> {
  if (env['PITH_VAULT_KEYRING'] === 'off') return { missing: 'PITH_VAULT_KEYRING is off' };
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    const open = (account: string) => new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
    open('probe'); // Says at once where there is none.
    return {
      keyring: {
        read: async (account) => (await open(account).getPassword(AbortSignal.timeout(LIMIT_MS))) ?? undefined,
        write: (account, text) => open(account).setPassword(text, AbortSignal.timeout(LIMIT_MS)),
      },
    };
  } catch (error) {
    return { missing: toMessage(error) };
  }
}
