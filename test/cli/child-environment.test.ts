import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { createPlace, type Place } from '../support/pith.ts';

const KEPT = 'Zx9-kept-Q7w-in-the-vault';
const TOKEN = 'tok-5f0e8a7c2b9d4e61';

describe('the environment of commands that a model runs', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());

  /** What a command finds in its environment. Read from a file, since whatever it prints is masked anyway. */
  async function environmentOf(env: Record<string, string>, { command = 'env -0 > seen' } = {}): Promise<Record<string, string>> {
    const { code, stdout, stderr } = await place.pith(['tools', 'call', 'bash', '--mode', 'bypassPermissions', '--input', JSON.stringify({ command })], { env });
    assert.equal(code, 0, stdout + stderr);
    const seen = await readFile(join(place.folder, 'seen'), 'utf8');
    return Object.fromEntries(seen.split('\0').filter((line) => line.includes('=')).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  }

  it('holds no value of the vault, under whatever name and in whatever form, and no passphrase of it', async () => {
    const passphrase = { PITH_VAULT_PASSPHRASE: 'correct horse battery' };
    await place.pith(['auth', 'set', 'github'], { stdin: KEPT, env: passphrase });

    const seen = await environmentOf({
      ...passphrase, PLAIN: KEPT, WITHIN: `before ${KEPT} after`, BASE64: Buffer.from(`x${KEPT}`).toString('base64'), HEX: Buffer.from(KEPT).toString('hex'),
      URL_ENCODED: encodeURIComponent(KEPT).replaceAll('-', '%2D'), JSON_ENCODED: JSON.stringify({ a: KEPT }).replaceAll('-', String.raw`\u002d`), HARMLESS: 'stays', WORDS: 'correct horse',
    });

    assert.deepEqual(['PLAIN', 'WITHIN', 'BASE64', 'HEX', 'URL_ENCODED', 'JSON_ENCODED', 'PITH_VAULT_PASSPHRASE'].filter((name) => name in seen), []);
    assert.deepEqual([seen['HARMLESS'], seen['WORDS']], ['stays', 'correct horse']);
  });

  it('holds what programs need, and what a person names in their own settings', async () => {
    const env = { SERVICE_TOKEN: TOKEN, OTHER_TOKEN: `${TOKEN}-2`, EDITOR: 'vi', SSH_AUTH_SOCK: '/tmp/agent', DISABLE_AUTH: '1', TOKENIZERS_PARALLELISM: 'false' };
    assert.equal('SERVICE_TOKEN' in await environmentOf(env), false);
    const config = join(place.env['PITH_HOME']!, 'config');
    await mkdir(config, { recursive: true });
    await writeFile(join(config, 'settings.json'), JSON.stringify({ passEnv: ['SERVICE_TOKEN'] }));

    const { HOME, PATH, OTHER_TOKEN, ...seen } = await environmentOf(env);
    assert.deepEqual([HOME, PATH, OTHER_TOKEN], [place.env['HOME'], place.env['PATH'], undefined]);
    for (const name of ['SERVICE_TOKEN', 'EDITOR', 'SSH_AUTH_SOCK', 'DISABLE_AUTH', 'TOKENIZERS_PARALLELISM'] as const) assert.equal(seen[name], env[name], name);
  });

  it('is not widened by a project, which cannot be trusted with such a setting', async () => {
    await place.write('.pith/settings.json', JSON.stringify({ passEnv: ['SERVICE_TOKEN'] }));

    const { code, stderr } = await place.pith(['trust', '--yes']);

    assert.equal(code, 2);
    assert.match(stderr, /settings\.json: passEnv stands in a project’s settings; it counts in a person’s own only\.\nTake it out, or say it in .*settings\.json/);
    assert.equal('SERVICE_TOKEN' in await environmentOf({ SERVICE_TOKEN: TOKEN }), false);
  });

  it('does not change what the words of a line mean', async () => {
    await place.write('start.sh', 'ls() { echo taken-over > ran; }\n');
    const env = { BASH_ENV: join(place.folder, 'start.sh'), 'BASH_FUNC_cat%%': '() { echo taken-over > ran; }', SHELLOPTS: 'braceexpand:noexec', CDPATH: '/usr' };

    const seen = await environmentOf(env, { command: 'ls > listed; cat listed > copied; env -0 > seen' });

    await assert.rejects(readFile(join(place.folder, 'ran')), { code: 'ENOENT' });
    assert.match(await readFile(join(place.folder, 'copied'), 'utf8'), /start\.sh/);
    assert.deepEqual(Object.keys(seen).filter((name) => name.startsWith('BASH_') || name === 'CDPATH'), []);
  });
});
