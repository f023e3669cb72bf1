import assert from 'node:assert/strict';
import { readSecrets } from '../../src/host/process-secrets.ts';

describe('what a process hides of its environment', () => {
  const shown = (env: Record<string, string>, text: string): string => readSecrets(env).redact(text);

  it('is every value of a variable that is one of a key by its name', () => {
    assert.equal(shown({ DB_PASSWORD: 'tr0ub4dor', HOME: '/home/tr0ub', EDITOR: 'tr0ub4dor-2' }, 'a tr0ub4dor b'), 'a [secret:DB_PASSWORD] b');
    assert.equal(shown({ EDITOR: 'tr0ub4dor' }, 'a tr0ub4dor b'), 'a tr0ub4dor b');
  });

  it('is a value that is a key, whatever the variable is called', () => {
    const key = 'glpat-k7Rw2ZpXq9LmB4vTn8Jc';
    assert.equal(shown({ INNOCENT: key }, `a ${Buffer.from(key).toString('base64')} b`), 'a [secret:INNOCENT] b');
  });

  it('is the password of an address, as it is written there and as it is meant, and nothing else of it', () => {
    const env = { DATABASE_URL: 'postgres://app:S3cr3t%2Fpw@db.internal:5432/app' };
    assert.equal(shown(env, 'db.internal:5432/app S3cr3t/pw S3cr3t%2Fpw'), 'db.internal:5432/app [secret:DATABASE_URL] [secret:DATABASE_URL]');
  });

  it('is what looks like a key in a value of JSON, and not the words around it', () => {
    const env = { GOOGLE_CREDENTIALS: JSON.stringify({ type: 'service_account', private_key_id: 'c9f1a3d7e5b2908f4c6d', token_uri: 'https://oauth2.googleapis.com/token' }) };
    assert.equal(shown(env, '"type":"service_account" https://oauth2.googleapis.com/token c9f1a3d7e5b2908f4c6d'), '"type":"service_account" https://oauth2.googleapis.com/token [secret:GOOGLE_CREDENTIALS]');
  });

  it('is no path, no word and no address of a service', () => {
    const env = { SSH_KEY: '/home/me/.ssh/id_ed25519', TOKEN_KIND: 'installation', ANTHROPIC_BASE_URL: 'https://api.example.org', AUTH_URL: 'https://login.example.org/auth' };
    const text = Object.values(env).join(' ');
    assert.equal(shown(env, text), text);
  });
});
