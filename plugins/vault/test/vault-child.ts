// One process among others that use a vault: vault-child.ts CONFIG JOB WORDS…
import { setTimeout as wait } from 'node:timers/promises';
import { createVault } from '../src/vault.ts';

const [config = '', job = '', ...words] = process.argv.slice(2);
const vault = createVault({ config, env: { PITH_VAULT_KEYRING: 'off' } });

const JOBS: Readonly<Record<string, () => Promise<void>>> = {
  /** Names of its own, one after the other. */
  set: async () => {
    const [prefix, count] = words;
    for (let index = 0; index < Number(count); index++) await vault.set(`${prefix}-${index}`, `value of ${prefix}-${index}`);
  },
  /** One number that all count up. */
  count: async () => {
    for (let index = 0; index < Number(words[0]); index++) await vault.update('counter', (held) => String(Number(held ?? '0') + 1));
  },
  /** A token that has expired, and an issuer that gives a new one. */
  refresh: async () => {
    await vault.update('token', async (held) => {
      const { expired } = held as { expired: boolean };
      return expired ? await (await fetch(words[0]!)).json() as Record<string, unknown> : undefined;
    });
  },
  /** The same two values again and again, saying which are stored, until it is killed. */
  forever: async () => {
    for (let index = 0; ; index++) {
      await vault.set('a', `a${index}`);
      process.stdout.write(`${index}\n`);
    }
  },
  /** Takes the lock of a name and goes to sleep. */
  hold: async () => {
    await vault.update('token', async () => {
      process.stdout.write('held\n');
      await wait(600_000);
      return 'late';
    });
  },
};

await JOBS[job]!().catch((error: Error & { code?: string }) => {
  process.stdout.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
});
