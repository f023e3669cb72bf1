import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '@pith/kernel/testing';
import { afterEach, beforeEach } from 'mocha';
import { bin, createPlace, type Place } from '../support/pith.ts';

const KEY = 'sk-ant-api03-0123456789abcdefghij';

interface Listed { name: string; inUse: string | null; overriddenBy: string | null }

describe('pith auth', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());
  const vaultFile = (name = 'vault.json'): string => join(place.env['PITH_HOME']!, 'config', 'vault', name);
  const list = async (env = {}): Promise<Listed[]> => JSON.parse((await place.pith(['auth', 'list', '--json'], { env })).stdout) as Listed[];
  const inUse = async (name: string, env = {}): Promise<unknown[]> => (await list(env)).filter((key) => key.name === name).map((key) => [key.inUse, key.overriddenBy]);

  it('keeps a key from standard input, sealed and private, and says by what and for whom', async () => {
    const { code, stdout, stderr } = await place.pith(['auth', 'set', 'anthropic'], { stdin: `  ${KEY}\r\n` });

    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^anthropic is stored in .*vault\.json\.\nThe key that opens it lies beside it.*\nProvider anthropic uses it\.\n$/);
    assert.equal((await stat(vaultFile())).mode & 0o777, 0o600);
    assert.ok(!(await readFile(vaultFile(), 'utf8')).includes(KEY));
    assert.deepEqual(await inUse('anthropic'), [['stored', null]]);
  });

  it('says of a value that is too short to be masked that it is not', async () => {
    const [short, enough] = [await place.pith(['auth', 'set', 'x'], { stdin: '1234567' }), await place.pith(['auth', 'set', 'x'], { stdin: '12345678' })];

    assert.deepEqual([short.code, short.stderr, enough.stderr], [0, 'pith: The value has fewer than 8 characters, too few to be recognised: it is not masked where it appears.\n', '']);
  });

  for (const name of ['ANTHROPIC_API_KEY', 'Anthropic']) {
    it(`takes ${name} for the name of the provider, as auth remove does`, async () => {
      await place.pith(['auth', 'set', name], { stdin: KEY });

      assert.deepEqual(await inUse('anthropic'), [['stored', null]]);
      assert.equal((await place.pith(['auth', 'remove', name])).stdout, 'anthropic is forgotten.\n');
      assert.deepEqual(await inUse('anthropic'), [[null, null]]);
    });
  }

  it('says where a variable of the environment counts before what is kept', async () => {
    const env = { ANTHROPIC_AUTH_TOKEN: 'token' };
    const set = await place.pith(['auth', 'set', 'anthropic'], { stdin: KEY, env });

    assert.match(set.stdout, /\nProvider anthropic would use it, but ANTHROPIC_AUTH_TOKEN is set in the environment and counts before it\.\n$/);
    assert.deepEqual([await inUse('anthropic', env), await inUse('openai', { OPENAI_API_KEY: 'k' })], [[['environment', 'ANTHROPIC_AUTH_TOKEN']], [['environment', 'OPENAI_API_KEY']]]);
    assert.match((await place.pith(['auth', 'list'], { env })).stdout, /^anthropic +\d{4}-\d\d-\d\d \d\d:\d\d UTC +ANTHROPIC_AUTH_TOKEN of the environment, by provider anthropic$/m);
    assert.match((await place.pith(['auth', 'remove', 'anthropic'], { env })).stdout, /ANTHROPIC_AUTH_TOKEN is still set/);
  });

  it('is looked at by pith doctor: what opens the vault, and whether others could', async () => {
    const vaultLine = async (env = {}): Promise<[number | null, string]> => {
      const { code, stdout } = await place.pith(['doctor'], { env });
      return [code, /^. vault: .*(?:\n {4}.*)?/m.exec(stdout)![0]];
    };
    assert.deepEqual(await vaultLine(), [0, `✔ vault: nothing is kept yet (${vaultFile()})`]);
    await place.pith(['auth', 'set', 'x'], { stdin: 'y' });
    assert.deepEqual(await vaultLine(), [0, `✔ vault: ${vaultFile()}, opened by a key in a file beside it: whoever reads both reads all`]);

    await chmod(vaultFile('key'), 0o604);
    const [code, line] = await vaultLine();

    assert.equal(code, 1);
    assert.match(line, /^✗ vault: .*\/key is open to other users \(mode 604\), so the keys in it may be known to them\n {4}Close it: chmod 600 '.*\/key'/);
  });

  it('lists below each other what a narrow screen has no room for', async () => {
    await place.pith(['auth', 'set', 'github'], { stdin: 'x' });

    const { stdout } = await place.pith(['auth', 'list'], { env: { COLUMNS: '40' } });
    assert.match(stdout, /^github\n {2}stored {2}\d{4}-.* UTC\n {2}in use {2}by plugins that ask for it$/m);
  });

  for (const words of [['anthropic', KEY], ['anthropic', `--value=${KEY}`], [`--key=${KEY}`, 'anthropic'], [`anthropic=${KEY}`], [KEY], ['anthropic', '--', KEY], ['anthropic', '-v', KEY]]) {
    it(`takes no value from the command line and does not repeat it: ${words.join(' ').replaceAll(KEY, 'KEY')}`, async () => {
      for (const json of [[], ['--json']]) {
        const { code, stdout, stderr } = await place.pith(['auth', 'set', ...words, ...json], { stdin: 'x' });

        assert.equal(code, 2);
        assert.match(stdout + stderr, /never taken from the command line/);
        assert.match(stdout + stderr, /shell’s history/);
        assert.ok(!(stdout + stderr).includes(KEY.slice(0, 20)), stdout + stderr);
      }
      assert.deepEqual((await list()).filter(({ inUse }) => inUse !== null), []);
    });
  }

  for (const [what, stdin, said] of [
    ['nothing', '', 'No value came.'], ['white space', ' \n\n', 'No value came.'], ['several lines', 'a\nb\n', 'The value has several lines.'],
    ['a control character', 'sk-\u001b[2Jx', 'The value holds a character that cannot be seen (U+001B).'], ['a character that turns text around', 'sk-\u202ex', 'The value holds a character that cannot be seen (U+202E).'],
    ['bytes that are no text', Buffer.from([0x73, 0xff, 0xfe]), 'The value is not text (UTF-8).'], ['more than 64 KB', 'x'.repeat(70_000), 'The value takes more than 64 KB.'],
  ] as const) {
    it(`refuses ${what} as a value`, async () => {
      const { code, stderr } = await place.pith(['auth', 'set', 'x'], { stdin });

      assert.deepEqual([code, stderr.split('\n')[0]], [2, `pith: ${said}`]);
      await assert.rejects(stat(vaultFile()), { code: 'ENOENT' });
    });
  }

  it('takes all lines where that is asked for', async () => {
    const { code, stdout } = await place.pith(['auth', 'set', 'app', '--multiline', '--json'], { stdin: '-----BEGIN X-----\r\nabc\r\n-----END X-----\r\n' });

    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { name: 'app', file: vaultFile(), key: 'key file', provider: null, overriddenBy: null });
  });

  it('names what is near a name that is not kept', async () => {
    await place.pith(['auth', 'set', 'github'], { stdin: 'x' });

    const { code, stderr } = await place.pith(['auth', 'remove', 'githib']);
    assert.deepEqual([code, stderr], [2, 'pith: No key of that name is kept.\nDid you mean github?\n']);
  });

  it('seals with a passphrase where one is set, and says which is missing', async () => {
    const env = { PITH_VAULT_PASSPHRASE: 'correct horse' };
    assert.match((await place.pith(['auth', 'set', 'anthropic'], { stdin: KEY, env })).stdout, /It is sealed with your passphrase\./);

    const { code, stderr } = await place.pith(['auth', 'set', 'openai'], { stdin: KEY });
    assert.equal(code, 2);
    assert.match(stderr, /^pith: The vault .*vault\.json is sealed with a passphrase\.\nSet it for this command: PITH_VAULT_PASSPHRASE=…/);
    assert.deepEqual(await readdir(join(place.env['PITH_HOME']!, 'config', 'vault')), ['locks', 'vault.json']);
  });

  describe('in a run', () => {
    const isolated = async (url: string, options: Parameters<Place['pith']>[1] = {}) => place.pith(['run', 'hi'], { ...options, env: { ANTHROPIC_BASE_URL: url, ...options.env } });

    it('has its provider chosen and its key sent, and no file or output of pith shows the key', async () => {
      const seen: unknown[] = [];
      const server = await startServer((request, response) => {
        seen.push(request.headers['x-api-key']);
        response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ type: 'error', error: { type: 'authentication_error', message: `invalid key ${KEY}` } }));
      });
      await place.pith(['auth', 'set', 'anthropic'], { stdin: KEY });

      const { code, stdout, stderr } = await isolated(server.url);

      await server.close();
      assert.deepEqual([code, seen], [5, [KEY]]);
      assert.match(stderr, /Check the key in the vault \(pith auth set anthropic\)/);
      assert.ok(!(stdout + stderr).includes(KEY));
      const home = place.env['PITH_HOME']!;
      for (const file of await readdir(home, { recursive: true, withFileTypes: true })) {
        if (file.isFile()) assert.ok(!(await readFile(join(file.parentPath, file.name), 'latin1')).includes(KEY), file.name);
      }
    });

    it('is not sent to an address that the settings of an untrusted project name', async () => {
      const seen: string[] = [];
      const server = await startServer((request, response) => { seen.push(request.url ?? ''); response.writeHead(401).end(); });
      await place.pith(['auth', 'set', 'anthropic'], { stdin: KEY });
      await place.write('.pith/settings.json', JSON.stringify({ provider: 'anthropic', plugins: { anthropic: { baseUrl: server.url, headers: { 'x-other': server.url } } } }));
      const instead: string[] = [];
      const person = await startServer((request, response) => { instead.push(request.url ?? ''); response.writeHead(401).end(); });

      await isolated(person.url);
      assert.deepEqual([seen.length, instead.length], [0, 1]);
      await place.pith(['trust', '--yes']);
      await isolated(person.url);

      await server.close();
      await person.close();
      assert.deepEqual([seen.length, instead.length], [1, 1]);
    });

    it('says that the vault cannot be used, and runs with what else there is', async () => {
      await place.pith(['auth', 'set', 'anthropic'], { stdin: KEY });
      await chmod(vaultFile(), 0o644);

      const { code, stderr } = await place.pith(['run', 'hi']);
      assert.equal(code, 0);
      assert.match(stderr, /vault\.json is open to other users \(mode 644\).*Close it: chmod 600/s);
    });
  });

  if (process.platform === 'linux') {
    for (const [how, keys] of [
      ['typed', `${KEY}\r`], ['corrected', `wrong\u0015${KEY}x\u007f\r`], ['pasted with its end of line', `\u001b[200~${KEY}\n\u001b[201~\r`], ['with an arrow key pressed', `\u001b[D${KEY}\r`],
    ] as const) {
      it(`asks at a terminal and shows nothing of a key that is ${how}`, async () => {
        const { code, shown } = await runAtTerminal(place, 'auth set anthropic', { prompt: 'not shown): ', keys });

        assert.equal(code, 0, shown);
        for (let start = 0; start + 4 <= KEY.length; start++) assert.ok(!shown.replace(/\/[^\s]*/g, '').includes(KEY.slice(start, start + 4)), shown);
        assert.match(shown, /^The key for anthropic \(it is not shown\): \r\nanthropic is stored in /);
        const seen: unknown[] = [];
        const server = await startServer((request, response) => { seen.push(request.headers['x-api-key']); response.writeHead(401).end(); });
        await place.pith(['run', 'hi'], { env: { ANTHROPIC_BASE_URL: server.url } });
        await server.close();
        assert.deepEqual(seen, [KEY]);
      });
    }

    for (const [how, keys, code, said] of [['Ctrl-C', 'sk-\u0003', 130, 'Nothing was stored'], ['Ctrl-D', '\u0004', 2, 'No value came'], ['an empty line', '\r', 2, 'No value came'], ['several lines', 'sk-1\nrm -rf x\n', 2, 'The value has several lines']] as const) {
      it(`stores nothing at ${how}`, async () => {
        const { shown, code: ended } = await runAtTerminal(place, 'auth set anthropic', { prompt: 'not shown): ', keys });

        assert.equal(ended, code, shown);
        assert.match(shown, new RegExp(said));
        await assert.rejects(stat(vaultFile()), { code: 'ENOENT' });
      });
    }
  }
});

/** Runs pith at a terminal of its own, types the keys once the prompt is there, and waits for the end. */
async function runAtTerminal(place: Place, args: string, { prompt, keys }: { prompt: string; keys: string }): Promise<{ code: number | null; shown: string }> {
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', `'${process.execPath}' '${bin}' ${args}`, '/dev/null'], { cwd: place.folder, env: { ...place.env, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  let typed = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (typed || !shown.includes(prompt)) return;
    typed = true;
    child.stdin.write(keys);
  });
  const [code] = await once(child, 'close') as [number | null];
  return { code, shown };
}
