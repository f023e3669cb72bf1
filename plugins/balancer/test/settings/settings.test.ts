import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { PASSWORD, type PostgresServer, startPostgres } from '../../../database/test/postgres-server.ts';
import { createHome, type Home } from '../start-balancer.ts';
import type { Balancer } from '../../src/service.ts';
import { HotSettings } from '../../src/settings/settings.ts';
import { type Api, startApi } from '../api/start-api.ts';
import { ask } from '../../../../src/http/test/start-host.ts';
import { startProxy } from '../../src/proxy/server.ts';
import ProxyToken from '../../src/commands/proxy/token.ts';
import { tokenOf, toTokenCheck } from '../../src/settings/token.ts';
import { runCommand } from '../run-command.ts';

describe('settings that are changed while it runs', () => {
  let api: Api;
  before(async () => { api = await startApi(); });
  after(() => api.close());

  const entry = async (name: string): Promise<{ value: unknown; layer: string; source: string | null }> => {
    const { settings } = (await api.ask('/api/config')).json as unknown as { settings: { name: string; value: unknown; layer: string; source: string | null }[] };
    return settings.find((found) => found.name === name)!;
  };

  it('are shown with where each comes from', async () => {
    const { json } = await api.ask('/api/config');
    assert.deepEqual([json['lb_strategy'], json['sessionDurationMs'], json['default_agent_model'], json['port']], ['session', 18_000_000, null, api.port]);
    assert.deepEqual(await entry('strategy'), { name: 'strategy', value: 'session', layer: 'default', source: null, variable: 'PITH_BALANCER_STRATEGY', byDefault: 'session' });
  });

  it('hold from the next request on, and are kept for the user alone', async () => {
    const reply = await api.ask('/api/config/strategy', { method: 'POST', body: { strategy: 'round-robin' } });
    assert.equal(reply.status, 200);
    assert.deepEqual((await api.ask('/api/config/strategy')).json, { strategy: 'round-robin' });
    assert.equal(api.balancer.routing.strategy, 'round-robin');
    const from = api.upstream.requests.length;
    for (let n = 0; n < 4; n++) await api.request();
    const asked = api.upstream.requests.slice(from).map(({ account }) => account);
    assert.notEqual(asked[0], asked[1]);
    assert.equal(asked[0], asked[2]);
    const file = join(api.home.folder, 'config', 'balancer.json');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual({ ...await entry('strategy'), source: '' }, { name: 'strategy', value: 'round-robin', layer: 'api', source: '', variable: 'PITH_BALANCER_STRATEGY', byDefault: 'session' });
  });

  it('hold in other processes, too', async () => {
    const other = await (await api.home.open()).service('balancer');
    await api.balancer.settings.change({ strategy: 'priority', sessionDurationMs: 60_000 });
    while (other.routing.strategy !== 'priority') await new Promise(setImmediate);
    assert.equal(other.routing.sessionMs, 60_000);
    await other.settings.change({ strategy: 'weighted' });
    while (api.balancer.routing.strategy !== 'weighted') await new Promise(setImmediate);
    assert.equal(api.balancer.routing.sessionMs, 60_000, 'what one process has changed, another does not take back');
  });

  it('are given back to the layers below', async () => {
    await api.ask('/api/config', { method: 'PATCH', body: { strategy: null, sessionDurationMs: null } });
    assert.equal((await entry('strategy')).layer, 'default');
    assert.equal(api.balancer.routing.sessionMs, 18_000_000);
  });

  const BAD: [string, string, object, RegExp][] = [
    ['POST', '/api/config/strategy', { strategy: 'fair' }, /strategy must be one of session, .*; found "fair"/], ['PATCH', '/api/config', { strategy: 'weighted', sessionDurationMs: 5 }, /sessionDurationMs must be a whole number from 60000 to/],
    ['PATCH', '/api/config', { port: 5 }, /port is no setting that can be changed/], ['PATCH', '/api/config', { constructor: 'x' }, /constructor is no setting/], ['POST', '/api/config/retention', { payloadDays: 0 }, /payloadDays must be a whole number from 1 to 365; found 0/],
    ['POST', '/api/config/retention', { requestDays: 3651 }, /requestDays must be a whole number from 1 to 3650/], ['POST', '/api/config/model', { model: 'a b' }, /defaultAgentModel must be the name of a model/], ['PATCH', '/api/config', { keepPayloads: 'yes' }, /keepPayloads must be true or false/],
  ];
  for (const [method, path, body, says] of BAD) {
    it(`are not changed by ${JSON.stringify(body)}, which is answered 400 with a sentence`, async () => {
      const before = (await api.ask('/api/config')).text;
      const reply = await api.ask(path, { method, body });
      assert.equal(reply.status, 400);
      assert.match(reply.json.error!.message, says);
      assert.equal((await api.ask('/api/config')).text, before);
    });
  }

  it('keep requests and payloads for as long as it is said', async () => {
    await api.ask('/api/config/retention', { method: 'POST', body: { payloadDays: 3, requestDays: 90 } });
    assert.deepEqual((await api.ask('/api/config/retention')).json, { payloadDays: 3, requestDays: 90 });
    assert.equal(api.balancer.options.requestDays, 90);
    assert.equal(api.balancer.options.payloads.days, 3);
  });

  it('name the strategies that there are', async () => {
    assert.deepEqual((await api.ask('/api/strategies')).json, ['session', 'priority', 'round-robin', 'least-used', 'weighted', 'drain-soonest']);
  });
});

describe('the layers of a setting', () => {
  let home: Home;
  before(async () => { home = await createHome(); });
  after(() => home.remove());

  const exclusive = <T>(_name: string, work: (held: AbortSignal) => Promise<T>): Promise<T> => work(new AbortController().signal);
  const open = (env: Record<string, string>, options: object = {}, layer?: 'managed' | 'user', now = Date.now): HotSettings => new HotSettings({
    context: { env, options: { strategy: 'session', sessionMs: 18_000_000, requestDays: 365, payloads: {}, defaultAgentModel: null, openMetrics: false, ...options }, layerOf: () => layer, paths: { config: join(home.folder, 'config'), data: home.folder, cache: home.folder } },
    database: async () => ({ exclusive }), now,
  });

  it('are the environment before the API, and the API before a settings file', async () => {
    const settings = open({}, { strategy: 'weighted' }, 'user');
    assert.deepEqual(settings.entries()[0]!.layer, 'user');
    await settings.change({ strategy: 'priority' });
    assert.deepEqual([settings.values.strategy, settings.entries()[0]!.layer], ['priority', 'api']);
    const withVariable = open({ PITH_BALANCER_STRATEGY: 'least-used', PITH_BALANCER_KEEP_PAYLOADS: '1', PITH_BALANCER_SESSION_DURATION_MS: '120000' });
    assert.deepEqual([withVariable.values.strategy, withVariable.values.keepPayloads, withVariable.values.sessionDurationMs], ['least-used', true, 120_000]);
    assert.deepEqual([withVariable.entries()[0]!.layer, withVariable.entries()[0]!.source], ['environment', 'PITH_BALANCER_STRATEGY']);
    await assert.rejects(withVariable.change({ strategy: 'session' }), { code: 'BALANCER_SETTING_FIXED', message: /because of PITH_BALANCER_STRATEGY/ });
  });

  it('begin with the administrator, whom nothing comes before', async () => {
    const settings = open({ PITH_BALANCER_STRATEGY: 'least-used' }, { strategy: 'weighted' }, 'managed');
    assert.equal(settings.values.strategy, 'weighted');
    await assert.rejects(settings.change({ strategy: 'session' }), { code: 'BALANCER_SETTING_FIXED' });
  });

  for (const [variable, value] of [['PITH_BALANCER_STRATEGY', 'fair'], ['PITH_BALANCER_SESSION_DURATION_MS', '5 h'], ['PITH_BALANCER_KEEP_PAYLOADS', 'maybe'], ['PITH_BALANCER_REQUEST_RETENTION_DAYS', '-1']] as const) {
    it(`are refused with a sentence where a variable is wrong: ${variable}=${value}`, () => {
      assert.throws(() => open({ [variable]: value }), { code: 'BALANCER_SETTING_INVALID', message: new RegExp(`^${variable} must be .*; found`), hint: 'Unset it, or give it such a value.' });
    });
  }

  it('refuse a file that cannot be read, and hold on to what was there where it comes to be so', async () => {
    let nowMs = 0;
    const settings = open({}, {}, undefined, () => nowMs);
    const file = join(home.folder, 'config', 'balancer.json');
    await mkdir(join(home.folder, 'config'), { recursive: true });
    await writeFile(`${file}.new`, '{"settings": [');
    await rename(`${file}.new`, file);
    const warned = new Promise<Error>((resolve) => { process.once('warning', resolve); });
    nowMs = 1000;
    assert.equal(settings.values.strategy, 'priority');
    assert.match((await warned).message, /cannot be read/);
    assert.throws(() => open({}), { code: 'BALANCER_SETTINGS_UNREADABLE' });
    await writeFile(file, '{}');
  });
});

describe('a person’s settings file', () => {
  let home: Home;
  before(async () => { home = await createHome(); });
  after(() => home.remove());

  const write = async (text: string): Promise<void> => {
    const file = join(home.folder, 'config', 'settings.json');
    await mkdir(join(home.folder, 'config'), { recursive: true });
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  /** `look` lets time pass. */
  const open = (layer: 'user' | 'project' | undefined, options: object = {}): { settings: HotSettings; look(): HotSettings['values'] } => {
    let nowMs = 0;
    const settings = new HotSettings({
      context: { env: {}, options: { strategy: 'session', sessionMs: 18_000_000, requestDays: 365, payloads: {}, defaultAgentModel: null, openMetrics: false, ...options }, layerOf: () => layer, paths: { config: join(home.folder, 'config'), data: home.folder, cache: home.folder } },
      database: () => assert.fail('asked'), now: () => nowMs,
    });
    return { settings, look: () => { nowMs += 1000; return settings.values; } };
  };

  it('counts at once when it is edited, and falls back where a value is taken out', async () => {
    const { settings, look } = open(undefined);
    const heard: string[] = [];
    settings.onChange(({ strategy }) => heard.push(strategy));
    await write('\uFEFF{ "plugins": { "balancer": { "strategy": "weighted", "payloads": { "keep": true, "days": 3 }, "eventDays": 9 } } }');

    const { strategy, keepPayloads, payloadDays, payloadMaxBytes } = look();
    const { layer } = settings.entries()[0]!;
    await write('{}');

    assert.deepEqual([strategy, keepPayloads, payloadDays, payloadMaxBytes, layer], ['weighted', true, 3, 262_144, 'user']);
    assert.deepEqual([look().strategy, look().keepPayloads, heard], ['session', false, ['weighted', 'session']]);
  });

  it('changes nothing that a project, or whoever made the kernel, has said', async () => {
    const [ofProject, ofHost] = [open('project', { strategy: 'priority' }), open(undefined, { strategy: 'least-used' })];
    await write('{ "plugins": { "balancer": { "strategy": "weighted", "sessionMs": 60000 } } }');

    assert.deepEqual([ofProject.look().strategy, ofHost.look().strategy, ofHost.look().sessionDurationMs], ['priority', 'least-used', 60_000]);
    await write('{}');
  });

  for (const [what, text, says] of [['no JSON', '{', /settings\.json cannot be read/], ['a value that does not fit', '{ "plugins": { "balancer": { "strategy": "fair" } } }', /^strategy in .*settings\.json must be one of session, .*; found "fair"\. What held before holds on\.$/], ['options that are none', '{ "plugins": { "balancer": [] } }', /plugins\.balancer is no object/]] as const) {
    it(`leaves all as it was where it comes to hold ${what}, and says so once`, async () => {
      const { look } = open('user', { strategy: 'weighted' });
      const warnings: string[] = [];
      const warn = ({ message }: Error): void => void warnings.push(message);
      process.on('warning', warn);
      await write(text);

      assert.deepEqual([look().strategy, look().strategy], ['weighted', 'weighted']);
      await new Promise(setImmediate);
      process.off('warning', warn);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, says);
      await write('{}');
    });
  }
});

describe('settings of machines with one PostgreSQL', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  let homes: Home[];
  let one: Balancer;
  let other: Balancer;
  before(async () => {
    server = await startPostgres();
    const { word: databaseUrl } = await server.createPlace();
    homes = await Promise.all(['', '120000'].map((sessionMs) => createHome({ databaseUrl, env: { PITH_DATABASE_PASSWORD: PASSWORD, PITH_BALANCER_SESSION_DURATION_MS: sessionMs } })));
    await mkdir(join(homes[1]!.folder, 'config'), { recursive: true });
    await writeFile(join(homes[1]!.folder, 'config', 'balancer.json'), '{ "settings": { "strategy": "least-used", "requestDays": 5 } }');
    [one, other] = await Promise.all(homes.map(async (home) => (await home.open()).service('balancer'))) as [Balancer, Balancer];
    await Promise.all([one.database(), other.database()]);
  });
  after(async () => {
    for (const home of homes) await home.remove();
    await server.stop();
  });

  /** When it is so; as long as the test has time. */
  const until = async (isSo: () => boolean): Promise<void> => { while (!isSo()) await new Promise(setImmediate); };
  const entry = ({ settings }: Balancer, name: string): unknown[] => settings.entries().filter((each) => each.name === name).map(({ value, layer, source }) => [value, layer, source]).flat();

  it('hold on all of them once one is told, before what each was told while it was alone', async () => {
    assert.deepEqual([one.routing.strategy, other.routing.strategy], ['session', 'least-used']);
    await one.settings.change({ strategy: 'weighted', payloadDays: 3 });
    await until(() => other.routing.strategy === 'weighted');

    assert.deepEqual(entry(other, 'strategy'), ['weighted', 'api', 'PostgreSQL']);
    assert.deepEqual([other.options.payloads.days, other.options.requestDays], [3, 5]);
  });

  it('are known to a machine that comes later, from its first request on', async () => {
    const late = await (await homes[0]!.open()).service('balancer');
    await late.engine();

    assert.equal(late.routing.strategy, 'weighted');
  });

  it('leave what a machine’s own environment says, and cannot be changed there', async () => {
    await one.settings.change({ sessionDurationMs: 60_000, strategy: 'priority' });
    await until(() => other.routing.strategy === 'priority');

    assert.deepEqual([one.routing.sessionMs, other.routing.sessionMs], [60_000, 120_000]);
    await assert.rejects(other.settings.change({ sessionDurationMs: 60_000 }), { code: 'BALANCER_SETTING_FIXED' });
  });

  it('are given back to the layers below, also to what this machine was told while it was alone', async () => {
    await other.settings.change({ strategy: null, payloadDays: null });
    await until(() => one.routing.strategy === 'session');

    assert.deepEqual(entry(other, 'strategy'), ['session', 'default', null]);
    assert.deepEqual(JSON.parse(await readFile(join(homes[1]!.folder, 'config', 'balancer.json'), 'utf8')), { settings: { requestDays: 5 } });
  });

  it('pass over what another version has told, and say so once', async () => {
    const warned = once(process, 'warning');
    await (await other.database()).transaction('write', async ({ sql, notify }) => {
      await sql`INSERT INTO balancer_settings (name, value) VALUES (${'newSetting'}, ${'1'}), (${'strategy'}, ${'"by-moon"'}), (${'openMetrics'}, ${'true'})`;
      await notify('balancer-settings', 'changed');
    });
    const [{ message }] = await warned as [Error];
    await until(() => one.settings.values.openMetrics);

    assert.match(message, /^What the API was told on another machine does not count here: newSetting is no setting .*; strategy must be one of/);
    assert.equal(one.routing.strategy, 'session');
    await one.settings.change({ strategy: 'round-robin' });
    await until(() => other.routing.strategy === 'round-robin');
  });

  it('hold on while the server is away, when nothing can be changed, and are heard of again after it', async () => {
    await server.crash();
    await assert.rejects(one.settings.change({ strategy: 'weighted' }), { code: 'DATABASE_UNREACHABLE' });
    assert.deepEqual([one.routing.strategy, other.routing.strategy], ['round-robin', 'round-robin']);

    await server.start();
    await one.settings.change({ strategy: 'drain-soonest' });
    await until(() => other.routing.strategy === 'drain-soonest');
  });
});

describe('the token of the management API', () => {
  let home: Home;
  before(async () => { home = await createHome(); });
  after(() => home.remove());

  it('is made by pith proxy token, shown once, kept as a hash, and counts at once', async () => {
    const kernel = await home.open();
    const balancer = await kernel.service('balancer');
    const management = await balancer.management({ listensOn: '127.0.0.1' });
    const [engine, { books }] = [await balancer.engine(), await balancer.books()];
    const proxy = await startProxy({ engine, books, other: management.other }, { port: 0, host: '127.0.0.1' });
    assert.equal((await ask(proxy, '/api/strategies', { token: 'anything-of-some-length' })).status, 401);

    const { out, result } = await runCommand(ProxyToken, [], () => home.open());
    const { value: token } = result as { value: string };
    assert.equal(out, `${token}\n`);
    while ((await ask(proxy, '/api/strategies', { token })).status !== 200) await new Promise(setImmediate);
    assert.doesNotMatch(await readFile(join(home.folder, 'config', 'balancer.json'), 'utf8'), new RegExp(token));

    const again = await runCommand(ProxyToken, [], () => home.open());
    assert.equal(again.error!.code, 'PROXY_TOKEN_THERE');
    const renewed = (await runCommand(ProxyToken, ['--new'], () => home.open())).result as { value: string };
    while ((await ask(proxy, '/api/strategies', { token: renewed.value })).status !== 200) await new Promise(setImmediate);
    assert.equal((await ask(proxy, '/api/strategies', { token })).status, 401);
    management.close();
    await proxy.close();
  });

  it('may come from the environment, and is refused where it can be guessed', async () => {
    const settings = (await (await home.open()).service('balancer')).settings;
    const check = toTokenCheck(settings, { PITH_PROXY_TOKEN: 'a-token-of-twenty-four-ch' });
    assert.deepEqual([await check('a-token-of-twenty-four-ch'), await check('another')], [true, false]);
    for (const token of ['short', 'with a blank but quite long enough']) assert.throws(() => tokenOf({ PITH_PROXY_TOKEN: token }), { code: 'PROXY_TOKEN_WEAK', message: /PITH_PROXY_TOKEN can be guessed/ });
  });
});
