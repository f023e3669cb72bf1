import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Kernel } from '@pith/kernel';
import { after, afterEach, before } from 'mocha';
import { type PostgresServer, startPostgres } from '../../../../test/support/postgres.ts';
import type { SharedPool } from '../../src/account/shared-pool.ts';
import { type OauthSecret, toSecretValue } from '../../src/token/oauth-secret.ts';
import { added } from '../start-balancer.ts';
import { type Issuer, startIssuer } from '../token/issuer.ts';
import { startUpstream, type Upstream } from '../upstream.ts';
import { messagesReply } from '../upstream-replies.ts';
import { API_TOKEN, createMachine, type Machine } from './machines.ts';

const MACHINES = 4;
const REQUESTS_EACH = process.env['PITH_SOAK'] === undefined ? 40 : 200;

describe('four proxies on four machines with one PostgreSQL', function () {
  this.timeout(120_000);
  let server: PostgresServer;
  let upstream: Upstream;
  let issuer: Issuer;
  let machines: Machine[];
  let kernel: Kernel;
  let pool: SharedPool;
  let schema: string;
  before(async () => {
    [server, upstream, issuer] = await Promise.all([startPostgres(), startUpstream(), startIssuer()]);
    const url = await server.createUser('team');
    schema = new URL(url).username;
    machines = Array.from({ length: MACHINES }, () => createMachine(url));
    const balancer = await (kernel = await machines[0]!.open()).service('balancer');
    pool = await balancer.pool();
    const vault = await kernel.service('vault');
    for (const name of ['a', 'b', 'c']) {
      await vault.set(`anthropic/id-${name}`, keyOf(name));
      await pool.append(added(name, { baseUrl: upstream.url, atMs: Date.now() }));
    }
    const secret: OauthSecret = { kind: 'oauth', access: 'access-of-before', refresh: issuer.issue(), version: 1, receivedMs: 0, expiresAtMs: 1, issuer: 'test', header: 'bearer', tokenUrl: `${issuer.url}/token`, clientId: 'pith' };
    await vault.set('openai/id-oauth', toSecretValue(secret));
    await pool.append(added('oauth', { baseUrl: upstream.url, atMs: Date.now(), provider: 'openai', family: 'openai', credential: 'oauth' }));
    await Promise.all(machines.map((machine) => machine.start()));
  });
  after(async () => {
    for (const machine of machines) await machine.remove();
    await Promise.all([upstream.close(), issuer.close()]);
    await server.stop();
  });
  afterEach(() => { upstream.requests.length = 0; });

  const keyOf = (name: string): string => `sk-ant-of-${name}-in-a-test`;

  interface Answered { status: number; text: string; /** The key of the account that gave it. */ key: string | undefined }
  async function ask({ url }: Machine, { text = randomUUID() as string, model = 'claude-test', path = '/v1/messages', secret = 'none' } = {}): Promise<Answered> {
    const id = randomUUID();
    const response = await fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-test': id, 'x-api-key': secret }, body: JSON.stringify({ model, max_tokens: 10, messages: [{ role: 'user', content: text }] }) });
    return { status: response.status, text: await response.text(), key: upstream.requests.findLast(({ headers }) => headers['x-test'] === id)?.account };
  }

  async function count(model: string): Promise<number> {
    const [row] = await server.administer(`SELECT count(*)::int AS rows FROM ${schema}.balancer_requests r JOIN ${schema}.balancer_names n ON n.id = r.asked_model WHERE n.name = '${model}'`);
    return row!['rows'] as number;
  }
  /** As long as the test has time. */
  async function untilCounted(model: string, rows: number): Promise<void> {
    while (await count(model) < rows) await wait(20);
  }

  it('keep each conversation on one account, whichever of them is asked, and use all accounts', async () => {
    const used = await Promise.all(Array.from({ length: 12 }, async (_, index) => {
      const keys = await Promise.all(machines.map(async (machine) => (await ask(machine, { text: `conversation ${index}` })).key));
      return new Set(keys);
    }));

    assert.deepEqual(used.map(({ size }) => size), Array(12).fill(1));
    assert.deepEqual(new Set(used.flatMap((keys) => [...keys])), new Set(['a', 'b', 'c'].map(keyOf)));
  });

  it('refresh a token once when all of them meet its end', async () => {
    const answers = await Promise.all(Array.from({ length: 5 * MACHINES }, (_, index) => ask(machines[index % MACHINES]!, { path: '/v1/chat/completions', model: 'gpt-test' })));

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(issuer.asked.length, 1);
    assert.deepEqual([...new Set(answers.map(({ key }) => key))].map((key) => issuer.isGood(key!)), [true]);
  });

  it(`leave exactly ${MACHINES * REQUESTS_EACH} rows of ${MACHINES} times ${REQUESTS_EACH} requests`, async () => {
    const statuses = await Promise.all(machines.map(async (machine) => {
      const given: number[] = [];
      for (let index = 0; index < REQUESTS_EACH; index += 10) given.push(...(await Promise.all(Array.from({ length: 10 }, () => ask(machine, { model: 'counted' })))).map(({ status }) => status));
      return given;
    }));

    assert.deepEqual(statuses.flat(), Array(MACHINES * REQUESTS_EACH).fill(200));
    await untilCounted('counted', MACHINES * REQUESTS_EACH);
    const [ids] = await server.administer(`SELECT count(DISTINCT r.id)::int AS ids, count(*)::int AS rows FROM ${schema}.balancer_requests r JOIN ${schema}.balancer_names n ON n.id = r.asked_model WHERE n.name = 'counted' AND r.input_tokens > 0`);
    assert.deepEqual(ids, { ids: MACHINES * REQUESTS_EACH, rows: MACHINES * REQUESTS_EACH });
  });

  it('leave an account alone that another of them found at its limit', async () => {
    const limit = { status: 429, headers: { 'retry-after': '600' }, body: { type: 'error', error: { type: 'rate_limit_error', message: 'enough' } } };
    upstream.script(keyOf('a'), limit);
    const heard = new Promise<void>((resolve) => { pool.onChange((event) => { if (event.type === 'limited') resolve(); }); });
    for (let isFound = false; !isFound; isFound = upstream.of(keyOf('a')).length > 0) await ask(machines[0]!);
    await heard;
    // Who has not heard by now asks it once, and then knows it.
    for (let asked = Infinity; asked > 0; asked = upstream.of(keyOf('a')).length) {
      upstream.requests.length = 0;
      for (const machine of [...machines, ...machines, ...machines]) await ask(machine);
    }
    upstream.requests.length = 0;

    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => ask(machines[index % MACHINES]!)));

    assert.deepEqual(new Set(answers.map(({ status, key }) => `${status} ${key}`)), new Set([`200 ${keyOf('b')}`, `200 ${keyOf('c')}`]));
    assert.deepEqual(upstream.of(keyOf('a')), []);
  });

  it('let a client key spend its budget once, whichever of them are asked at once, and hear of keys that come and go', async () => {
    const [budget, cost] = [13_000, 3150]; // Millionths of a dollar; before it is asked a request may cost up to 4000.
    upstream.script(undefined, { body: { ...messagesReply({ model: 'claude-sonnet-4-5' }), usage: { input_tokens: 1000, output_tokens: 10 } } });
    const { store } = await (await kernel.service('balancer')).keys();
    const { key, secret } = await store.add('ci', { accounts: null, models: null, budgets: [{ amountMicroUsd: budget, per: 'total' }], expiresMs: null });
    for (const machine of machines) while ((await ask(machine)).status !== 401) await wait(5);

    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(machines[index % MACHINES]!, { secret, model: 'claude-sonnet-4-5' })));

    const answered = answers.filter(({ status }) => status === 200).length;
    assert.ok(answered >= 1 && answered * cost <= budget, `${answered} were answered`);
    for (const { status, text } of answers) if (status !== 200) assert.match(`${status} ${text}`, /^403 .*The key ci has a budget of \$0\.013 in all, of which .* are left; this request may cost up to \$0\.004/);
    while ((await store.spending(key.id)).get('total') !== answered * cost) await wait(20);
    await store.remove(key.id);
    upstream.script(undefined, {});
    for (const machine of machines) while ((await ask(machine)).status !== 200) await wait(5);
  });

  it('choose accounts all in the way that the API of one of them was told', async () => {
    const strategy = async ({ url }: Machine, said?: string): Promise<string> => {
      const told = said === undefined ? {} : { method: 'POST', body: JSON.stringify({ strategy: said }) };
      const response = await fetch(`${url}/api/config/strategy`, { ...told, headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' } });
      return (await response.json() as { strategy: string }).strategy;
    };

    for (const [index, said] of (['round-robin', 'session'] as const).entries()) {
      await strategy(machines[index]!, said);
      for (const machine of machines) while (await strategy(machine) !== said) await wait(5);
    }
  });

  it('fold what one of them had left when it was killed, once it is started again on its machine', async () => {
    const [killed, other] = [machines[3]!, machines[1]!];
    await Promise.all(Array.from({ length: 20 }, () => ask(killed, { model: 'killed' })));
    await killed.kill();
    await Promise.all(Array.from({ length: 20 }, () => ask(other, { model: 'killed' })));

    await killed.start();

    await untilCounted('killed', 40);
    assert.equal(await count('killed'), 40);
  });

  it('refuse a client key whose budget nobody can look up while the database is away, and take it again after', async () => {
    const { store } = await (await kernel.service('balancer')).keys();
    const { key, secret } = await store.add('ci', { accounts: null, models: null, budgets: [{ amountMicroUsd: 1_000_000, per: 'total' }], expiresMs: null });
    const asked = { secret, model: 'claude-sonnet-4-5' };
    while ((await ask(machines[0]!)).status !== 401) await wait(5);
    assert.equal((await ask(machines[0]!, asked)).status, 200);
    await server.crash();
    let refused: Answered;
    do refused = await ask(machines[0]!, asked); while (refused.status === 200);
    await server.start();

    assert.match(`${refused.status} ${refused.text}`, /^503 .*"type":"api_error".*The budget of the key ci cannot be looked up at the moment; try again/);
    while ((await ask(machines[0]!, asked)).status !== 200) await wait(5);
    for (;;) if (await store.remove(key.id).then(() => true, () => false)) break;
    for (const machine of machines) while ((await ask(machine)).status !== 200) await wait(5);
  });

  it('go on where the database is started anew in the middle, and bring the rows of that time, and hear of accounts again', async () => {
    const before = await Promise.all(machines.map((machine) => ask(machine, { model: 'outage' })));
    await server.crash();
    const without = await Promise.all(Array.from({ length: 5 * MACHINES }, (_, index) => ask(machines[index % MACHINES]!, { model: 'outage' })));
    await server.start();
    const afterwards = await Promise.all(machines.map((machine) => ask(machine, { model: 'outage' })));

    assert.deepEqual([...before, ...without, ...afterwards].map(({ status }) => status), Array(7 * MACHINES).fill(200));
    await untilCounted('outage', 7 * MACHINES);
    upstream.script(keyOf('a'), {});
    await pool.append({ type: 'recovered', accountId: 'id-a', atMs: Date.now(), by: 'a test', reason: 'a person says so', byPerson: true });
    for (const machine of machines) while ((await ask(machine)).key !== keyOf('a')) await wait(1);
    assert.equal(await count('outage'), 7 * MACHINES);
  });

  it('serve pith itself on a machine that has no key of its own, and nothing named', async () => {
    const { code, stdout, stderr } = await machines[3]!.run('run', 'hi');

    assert.deepEqual([code, stderr, upstream.requests.length], [0, '', 1], stdout);
    assert.match(upstream.requests[0]!.account ?? '', /^sk-ant-of-[abc]-in-a-test$/);
  });

  it('wait for a database that is not there yet, say so once, and begin then', async () => {
    const late = machines[2]!;
    await late.end();
    await server.crash();
    const started = late.start();
    while (!late.said.includes('waits')) await wait(5);

    await server.start();
    await started;

    assert.match(late.said, /^The PostgreSQL server at 127\.0\.0\.1:\d+\/postgres cannot be reached: .*ECONNREFUSED.*\. The proxy waits for it, at most 60 s\npith proxy listens on /);
    assert.equal((await ask(late)).status, 200);
  });

  it('end when they are told to, with every row in the database', async () => {
    const codes = await Promise.all(machines.map(async (machine) => {
      await ask(machine, { model: 'last' });
      return machine.end();
    }));

    assert.deepEqual([codes, await count('last')], [Array(MACHINES).fill(0), MACHINES]);
  });
});
