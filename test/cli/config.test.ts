import assert from 'node:assert/strict';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { createPlace, type Place } from '../support/pith.ts';

interface Shown { values: { key: string; value: unknown; layer: string; file: string | null }[]; untrusted: string[] }

describe('configuration', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace({ isWarm: true }); });
  afterEach(() => place.remove());

  const userSettings = async (content: string): Promise<string> => {
    const folder = join(place.env['PITH_HOME']!, 'config');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'settings.json'), content);
    return join(folder, 'settings.json');
  };
  const showAll = async (env: Record<string, string> = {}): Promise<Shown> => JSON.parse((await place.pith(['config', '--json'], { env })).stdout) as Shown;
  /** What somebody has set. */
  const show = async (env: Record<string, string> = {}): Promise<Shown> => {
    const shown = await showAll(env);
    return { ...shown, values: shown.values.filter(({ layer }) => layer !== 'default') };
  };

  it('shows of all that nobody has set what holds', async () => {
    await userSettings('{"maxSteps":3,"plugins":{"web":{"allowHttp":true}}}');

    const values = new Map((await showAll()).values.map(({ key, value, layer }) => [key, [value, layer]]));

    assert.deepEqual(values.get('maxSteps'), [3, 'user']);
    assert.deepEqual(values.get('mode'), ['default', 'default']);
    assert.deepEqual(values.get('timeout'), [null, 'default']);
    assert.deepEqual([values.get('plugins.web.allowHttp'), values.get('plugins.web.allowLoopback'), values.get('plugins.sessions.record')], [[true, 'user'], [false, 'default'], [true, 'default']]);
    assert.match((await place.pith(['config'])).stdout, /^mode +default +default$[^]*^timeout +\(no limit\) +default$/m);
  });

  it('takes the address of the database from the environment before all files, and never its password', async () => {
    await userSettings('{"plugins":{"database":{"url":"postgres://files.example.org/x","backups":3}}}');

    for (const [given, shown] of [['postgres://me:hunter2:@x@db.example.org:5433/pool', 'postgres://me@db.example.org:5433/pool'], ['postgres://me@db.example.org/pool', 'postgres://me@db.example.org/pool']] as const) {
      const { values } = await show({ PITH_DATABASE_URL: given });

      assert.deepEqual(values.map(({ key, value, layer }) => [key, value, layer]), [['plugins.database.url', shown, 'environment'], ['plugins.database.backups', 3, 'user']]);
    }
  });

  it('shows each value and the layer it came from, the strongest first', async () => {
    const user = await userSettings('{"model":"user","mode":"plan","maxSteps":3}');
    const project = await place.write('.pith/settings.json', '{"model":"project","mode":"acceptEdits"}');
    const local = await place.write('.pith/settings.local.json', '{"model":"local"}');
    await place.pith(['trust']);

    const { values } = await show({ PITH_MODE: 'dontAsk' });

    assert.deepEqual(Object.fromEntries(values.map(({ key, value, layer, file }) => [key, [value, layer, file]])), {
      mode: ['dontAsk', 'environment', null],
      model: ['local', 'local', local],
      maxSteps: [3, 'user', user],
    });
    assert.ok(project);
  });

  it('joins the rules of all layers', async () => {
    await userSettings('{"permissions":{"deny":["Bash(rm:*)"]}}');
    await place.write('.pith/settings.json', '{"permissions":{"deny":["WebFetch"],"allow":["Bash(make)"]}}');
    await place.pith(['trust']);

    const { values } = await show();

    assert.deepEqual(values.map(({ key, value, layer }) => [key, value, layer]), [['permissions.deny', 'WebFetch', 'project'], ['permissions.deny', 'Bash(rm:*)', 'user'], ['permissions.allow', 'Bash(make)', 'project']]);
  });

  it('passes over the settings of a folder that is not trusted, and names them', async () => {
    const file = await place.write('.pith/settings.json', '{"mode":"bypassPermissions"}');

    assert.deepEqual(await show(), { project: place.folder, values: [], hooks: [], untrusted: [file] });
  });

  it('asks for trust again after a byte has changed', async () => {
    await place.write('.pith/settings.json', '{"mode":"plan"}');
    await place.pith(['trust']);
    assert.equal((await show()).values.length, 1);

    await place.write('.pith/settings.json', '{"mode":"plan" }');

    assert.equal((await show()).values.length, 0);
  });

  it('shows the hidden characters of the settings that are to be trusted', async () => {
    await place.write('.pith/settings.json', '{"model":"a\u202eb"}\n\u001b[2J');

    const { stdout } = await place.pith(['trust']);

    assert.match(stdout, /\{"model":"a\\u\{202e\}b"\}\n  \\x1b\[2J\n/);
  });

  it('shows control characters in the name of a folder', async () => {
    await place.write('\u001b[2J/.pith/settings.json', '{"mode":"plan"}');
    const cwd = join(place.folder, '\u001b[2J');

    for (const args of [['config'], ['doctor'], ['run', 'hi'], ['trust'], ['trust', '--revoke']]) {
      const { stdout, stderr } = await place.pith(args, { cwd });

      assert.match(stdout + stderr, /\\x1b\[2J/, args.join(' '));
      assert.equal((stdout + stderr).includes('\u001b'), false, args.join(' '));
    }
  });

  it('trusts no settings that cannot be used', async () => {
    await place.write('.pith/settings.json', '{"modle":1}');

    const { code, stderr } = await place.pith(['trust']);

    assert.equal(code, 2);
    assert.match(stderr, /there is no setting "modle"/);
    assert.equal((await place.pith(['config'])).code, 0);
  });

  it('takes trust back', async () => {
    await place.write('.pith/settings.json', '{"mode":"plan"}');
    await place.pith(['trust']);
    await place.pith(['trust', '--revoke']);

    assert.equal((await show()).values.length, 0);
  });

  it('keeps the list of trusted folders for the user alone', async () => {
    await place.write('.pith/settings.json', '{"mode":"plan"}');
    await place.pith(['trust']);

    assert.equal((await stat(join(place.env['PITH_HOME']!, 'config', 'trust.json'))).mode & 0o777, 0o600);
    assert.equal((await stat(join(place.env['PITH_HOME']!, 'config'))).mode & 0o777, 0o700);
  });

  it('keeps every folder that is trusted at the same time by several processes', async () => {
    const folders = await Promise.all(Array.from({ length: 6 }, async (_, index) => {
      await place.write(`p${index}/.pith/settings.json`, '{}');
      return join(place.folder, `p${index}`);
    }));

    await Promise.all(folders.map((folder) => place.pith(['trust', folder])));

    const { stdout } = await place.pith(['trust', '--list', '--json']);
    assert.deepEqual((JSON.parse(stdout) as { trusted: { folder: string }[] }).trusted.map(({ folder }) => folder), folders);
  });

  for (const [title, content, said] of [
    ['an unknown key, with the nearest', '{"modle":"x"}', /settings\.json: there is no setting "modle"[^]*Did you mean .*model/],
    ['a value of the wrong kind', '{"maxSteps":"ten"}', /settings\.json: maxSteps is "ten"; it must be a number/],
    ['an unknown key of the rules, with the nearest of them', '{"permissions":{"alow":[]}}', /there is no setting "permissions\.alow"[^]*Did you mean allow/],
    ['a rule where a list of them belongs', '{"permissions":{"allow":"Read"}}', /permissions\.allow is "Read"; it must be a list\./],
    ['a number that is too small', '{"maxSteps":0}', /maxSteps is 0; it must be more than 0\./],
    ['a value that is not allowed', '{"mode":"yolo"}', /mode is "yolo"; allowed are default, acceptEdits, plan/],
    ['text that is no JSON', '{"mode":', /settings\.json are not JSON/],
    ['an unknown key further in', '{"permissions":{"alow":[]}}', /there is no setting "permissions\.alow"/],
  ] as const) {
    it(`refuses ${title}, naming the file, with exit 2`, async () => {
      await userSettings(content);

      for (const command of [['config'], ['run', 'hi'], ['tools', 'list']]) {
        const { code, stdout, stderr } = await place.pith(command);

        assert.equal(code, 2, command.join(' '));
        assert.match(stderr, said);
        assert.equal(stdout, '');
      }
    });
  }

  it('gives a file that cannot be read as JSON a code of its own', async () => {
    await userSettings('{"mode":');

    const { stdout } = await place.pith(['config', '--json']);

    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'CONFIG_UNREADABLE');
  });

  it('refuses a value of the environment that is not allowed', async () => {
    const { code, stderr } = await place.pith(['config'], { env: { PITH_MAX_STEPS: 'many' } });

    assert.equal(code, 2);
    assert.match(stderr, /the environment: maxSteps is "many"/);
  });
});
