/** What is kept: a text, or an object that JSON can carry. At most 64 KB. */
export type SecretValue = string | Readonly<Record<string, unknown>>;

/** A secret by its name, without its value. */
export interface StoredSecret {
  name: string;
  /** Milliseconds since 1970. */
  setMs: number;
  /** Grows with every change of the vault, and is never given twice. */
  version: number;
}

export interface VaultStatus {
  file: string;
  /** What opens it: a key in the system's keyring, a passphrase, or a key in a file beside it; nothing where it is not there yet. */
  key: 'keyring' | 'passphrase' | 'key file' | null;
  /** Why it cannot be used as it is. */
  trouble?: { code: string; message: string; hint?: string };
}

/** Keys at rest. Every value that is read or stored is hidden from then on (`secrets` of the context). Names: letters, digits and `. _ - / :`, at most 128 of them. */
export interface Vault {
  /** @returns nothing where there is no such name; then nothing is opened, either. @throws PithError VAULT_LOCKED, VAULT_DAMAGED, VAULT_UNSAFE */
  get(name: string): Promise<SecretValue | undefined>;
  /** All of it, for those who keep the values out of what is shown. @throws as `get` */
  values(): Promise<ReadonlyMap<string, SecretValue>>;
  /** @throws PithError SECRET_NAME_INVALID, SECRET_VALUE_INVALID, and as `get` */
  set(name: string, value: SecretValue): Promise<void>;
  /** @returns whether it was there */
  remove(name: string): Promise<boolean>;
  /**
   * A new value that comes of the old one, as a token that is refreshed: `change` runs once at a time for a name, in all processes, and
   * sees what the one before has stored; what it gives is stored. Where it gives nothing, or what it got, all stays as it is. A value
   * that was set meanwhile is never replaced by what came of an older one: then `change` is asked again.
   * @returns what is stored in the end. @throws PithError VAULT_BUSY, the signal's reason, whatever `change` throws, and as `set`
   */
  update(name: string, change: (held: SecretValue | undefined) => SecretValue | undefined | Promise<SecretValue | undefined>, options?: { signal?: AbortSignal }): Promise<SecretValue | undefined>;
  /** By name, without opening it. */
  list(): Promise<readonly StoredSecret[]>;
  /** Opens it, and tells how that went. */
  status(): Promise<VaultStatus>;
}
