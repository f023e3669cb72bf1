import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npmEnvironment } from '../../src/host/plugins/npm-environment.ts';

describe('what npm gets of the environment', () => {
  it('are its own variables, those that .npmrc names, and no other credential', async () => {
    const home = await mkdtemp(join(tmpdir(), 'pith-npmrc-'));
    await writeFile(join(home, '.npmrc'), '//npm.example.org/:_authToken=${ACME_TOKEN}\n//b.example.org/:_password=${OTHER_PASSWORD?}\n');
    const stays = { HOME: home, PATH: '/bin', NPM_TOKEN: 'npm-secret-1', 'npm_config_//r/:_authToken': 'npm-secret-2', NODE_AUTH_TOKEN: 'npm-secret-3', ACME_TOKEN: 'acme-secret', OTHER_PASSWORD: 'other-secret', HTTPS_PROXY: 'http://me:word@proxy:3128' };

    const seen = npmEnvironment({ ...stays, ANTHROPIC_API_KEY: 'sk-1', PITH_VAULT_PASSPHRASE: 'p', GITHUB_TOKEN: 'gh-secret', DATABASE_URL: 'postgres://a:b@c/d' });

    assert.deepEqual(seen, stays);
    await rm(home, { recursive: true });
  });

  it('are its own variables only, where there is no .npmrc', () => {
    assert.deepEqual(npmEnvironment({ HOME: '/nowhere', NPM_TOKEN: 'npm-secret-1', ACME_TOKEN: 'acme-secret' }), { HOME: '/nowhere', NPM_TOKEN: 'npm-secret-1' });
  });
});
