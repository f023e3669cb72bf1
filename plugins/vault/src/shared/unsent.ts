import { createHash } from 'node:crypto';
import type { SecretValue, Vault } from '@pith/kernel';

/** A value that could not be brought to the database: what it comes after there. */
export interface UnsentValue { value: SecretValue; after: number | null }

/** Values of this machine that the others are to have, in its own vault until the database is back. A crash does not lose them. */
export class Unsent {
  readonly #local: Vault;

  constructor(local: Vault) {
    this.#local = local;
  }

  async keep(name: string, { value, after }: UnsentValue): Promise<void> {
    await this.#local.set(toName(name), { value, after });
  }

  /** Gone once `send` has returned: then the others have it, or a newer one. */
  async send(name: string, send: (unsent: UnsentValue) => Promise<void>): Promise<void> {
    const kept = await this.#local.get(toName(name)) as UnsentValue | undefined;
    if (kept === undefined) return;
    await send(kept);
    await this.forget(name);
  }

  async forget(name: string): Promise<void> {
    await this.#local.remove(toName(name));
  }
}

/** Without a stroke, so that it is this machine's; and short enough, however long the name. */
function toName(name: string): string {
  return `unsent:${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}
