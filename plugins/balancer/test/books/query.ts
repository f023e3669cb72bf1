import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '@pith/kernel';
import { after, before } from 'mocha';
import { findAll, type Finding } from '../../src/books/analyze/find.ts';
import { readFacts } from '../../src/books/analyze/facts.ts';
import { linesFolder, RequestBooks } from '../../src/books/books.ts';
import { cleanUp } from '../../src/books/clean-up.ts';
import { payloadFolder } from '../../src/books/payloads.ts';
import { followRequests } from '../../src/books/follow.ts';
import { readAnalytics, readP95 } from '../../src/books/query/analytics.ts';
import { findRequest, lastSeq, listRequests } from '../../src/books/query/requests.ts';
import { firstMs, readStats } from '../../src/books/query/stats.ts';
import type { RequestRow } from '../../src/books/row.ts';
import { BEGIN_MS, makeRow } from './place.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOW_MS = BEGIN_MS + 30 * MINUTE_MS;

/** Of the last half hour: 40 that went well on one model, 9 on another account and model, one that failed, one whose client left; and one of last month. */
const ROWS: readonly RequestRow[] = [
  ...Array.from({ length: 40 }, (_, index) => makeRow(`good-${String(index).padStart(2, '0')}`, { atMs: BEGIN_MS + (index % 20) * MINUTE_MS, durationMs: (index + 1) * 10, agent: index < 10 ? 'reviewer' : null })),
  ...Array.from({ length: 9 }, (_, index) => makeRow(`other-${index}`, {
    atMs: BEGIN_MS + 5 * MINUTE_MS, accountId: 'account-2', model: null, sentModel: 'gpt-5', family: 'openai', path: '/v1/chat/completions', costMicroUsd: null, priceDate: null, tokensPerSecond: null, attempts: 2, cacheReadTokens: 0,
  })),
  makeRow('failed', { atMs: BEGIN_MS + 6 * MINUTE_MS, accountId: 'account-2', model: null, sentModel: 'gpt-5', status: 500, end: 'error', error: 'server_error: it broke', inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null, costMicroUsd: null, tokensPerSecond: null }),
  makeRow('left', { atMs: BEGIN_MS + 7 * MINUTE_MS, end: 'aborted', project: 'pith', clientKeyId: 'key-1', conversation: 'talk' }),
  makeRow('old', { atMs: NOW_MS - 40 * DAY_MS }),
];

/** What is asked of the books, the same on every engine. */
export function itAnswers(createPlace: () => Promise<{ database: Database; data: string; remove(): Promise<void> }>): void {
  let place: Awaited<ReturnType<typeof createPlace>>;
  let database: Database;
  const write = async (rows: readonly RequestRow[]): Promise<void> => {
    const opened = new RequestBooks({ database, data: place.data, redact: (text) => text });
    for (const row of rows) opened.write(row);
    await opened.close();
  };
  before(async () => {
    place = await createPlace();
    ({ database } = place);
    await write(ROWS);
  });
  after(() => place.remove());

  it('have each row once where three fold the same files at the same time', async () => {
    const open = (): RequestBooks => new RequestBooks({ database, data: place.data, redact: (text) => text });
    const [first, second, third] = [open(), open(), open()];
    for (let index = 0; index < 500; index++) (index % 2 === 0 ? first : second).write(makeRow(`shared-${index}`, { atMs: NOW_MS - 45 * DAY_MS, accountId: 'shared', conversation: `c ${index % 20}` }));

    await Promise.all([first.flush(), third.foldAll(), second.foldAll(), first.foldAll()]);
    await Promise.all([first.close(), second.close(), third.close()]);

    const { requests } = await listRequests(database, { accounts: ['shared'] }, { limit: 1000 });
    assert.deepEqual([requests.length, new Set(requests.map(({ id }) => id)).size], [500, 500]);
    assert.deepEqual(readdirSync(linesFolder(place.data)), []);
  });

  it('gives a row back as it was written', async () => {
    const row = makeRow('whole', {
      via: 'turn', method: 'GET', path: '/v1/models?limit=1 2', status: null, end: 'truncated', error: 'cut', firstByteMs: null, attempts: 3, route: 'failover', askedModel: 'a', sentModel: 'b', model: 'c', isStream: false, reasoningTokens: 5,
      agent: 'a', project: 'p', conversation: 'c', clientKeyId: 'k', costMicroUsd: 9_000_000_000_000, requestBytes: 5_000_000_000, atMs: NOW_MS - 50 * DAY_MS,
    });
    await write([row]);

    const { seq, ...found } = (await findRequest(database, 'whole'))!;

    assert.deepEqual(found, row);
    assert.ok(seq > 0);
    assert.equal(await findRequest(database, 'who'), undefined);
  });

  it('lists page by page, newest first, each once', async () => {
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listRequests(database, { fromMs: BEGIN_MS }, { limit: 7, ...(cursor == null ? {} : { cursor }) });
      seen.push(...page.requests.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null);

    assert.equal(seen.length, 51);
    assert.equal(new Set(seen).size, 51);
    const times = await listRequests(database, {}, { limit: 1000 });
    assert.deepEqual(times.requests.map(({ atMs }) => atMs), times.requests.map(({ atMs }) => atMs).sort((a, b) => b - a));
  });

  it('filters by account, model, agent, key, conversation, time and how it went', async () => {
    const count = async (filter: Parameters<typeof listRequests>[1]): Promise<number> => (await listRequests(database, { fromMs: BEGIN_MS, ...filter }, { limit: 1000 })).requests.length;

    assert.deepEqual(await Promise.all([
      count({ accounts: ['account-2'] }), count({ accounts: ['account-1', 'account-2'] }), count({ accounts: ["x' OR 1=1 --"] }), count({ models: ['gpt-5'] }), count({ models: ['claude-sonnet-4-5-20250929'] }), count({ agents: ['reviewer'] }),
      count({ clientKeys: ['key-1'] }), count({ projects: ['pith'] }), count({ conversation: 'talk' }), count({ status: 'error' }), count({ status: 'success' }), count({ toMs: BEGIN_MS + MINUTE_MS }),
    ]), [10, 51, 0, 10, 41, 10, 1, 1, 1, 1, 50, 2]);
  });

  it('sums everything at a glance', async () => {
    const { models, accounts, clientKeys, errors, ...stats } = await readStats(database, { fromMs: BEGIN_MS, toMs: NOW_MS });

    assert.deepEqual(stats, {
      fromMs: BEGIN_MS, toMs: NOW_MS, requests: 51, successShare: 50 / 51, activeAccounts: 2, failovers: 9, averageMs: (8200 + 9 * 800 + 800 + 800) / 51, tokens: 41 * 1700 + 9 * 1200, inputTokens: 50_000, outputTokens: 10_000,
      cacheReadTokens: 20_500, cacheWriteTokens: 0, cacheShare: 20_500 / 70_500, costMicroUsd: 41 * 4200, unknownCosts: 9, tokensPerSecond: 62.5,
    });
    assert.deepEqual(models.map(({ model, requests }) => [model, requests]), [['claude-sonnet-4-5-20250929', 41], ['gpt-5', 10]]);
    assert.deepEqual(accounts.map(({ accountId, requests, successShare }) => [accountId, requests, successShare]), [['account-1', 41, 1], ['account-2', 10, 0.9]]);
    assert.deepEqual(clientKeys, [{ clientKeyId: 'key-1', requests: 1, successShare: 1, tokens: 1700, costMicroUsd: 4200 }]);
    assert.deepEqual(errors, [{ atMs: BEGIN_MS + 6 * MINUTE_MS, accountId: 'account-2', status: 500, error: 'server_error: it broke' }]);
    assert.equal(await firstMs(database), NOW_MS - 50 * DAY_MS);
  });

  it('has the same totals in every range that holds the requests, and a point for each step', async () => {
    const points: number[] = [];
    for (const [range, count] of [['1h', 60], ['6h', 72], ['24h', 24], ['7d', 168], ['30d', 30]] as const) {
      const { meta, totals, timeSeries } = await readAnalytics(database, { range }, { nowMs: NOW_MS });

      assert.deepEqual([totals.requests, totals.costMicroUsd, timeSeries.reduce((sum, { requests }) => sum + requests, 0)], [51, 172_200, 51], range);
      assert.deepEqual(timeSeries.map(({ atMs }) => atMs), Array.from({ length: count }, (_, index) => meta.fromMs + index * meta.bucketMs), range);
      assert.ok(meta.toMs > NOW_MS && meta.toMs - NOW_MS <= meta.bucketMs);
      points.push(timeSeries.length);
    }
    assert.deepEqual(points, [60, 72, 24, 168, 30]);
  });

  it('shows models, accounts, agents, tokens and costs of a range', async () => {
    const { tokenBreakdown, modelDistribution, accountPerformance, costByModel, modelPerformance, agentUsage, clientKeyUsage } = await readAnalytics(database, { range: '1h' }, { nowMs: NOW_MS });

    assert.deepEqual(tokenBreakdown, { input: 50_000, cacheRead: 20_500, cacheWrite: 0, output: 10_000, reasoning: 0 });
    assert.deepEqual(modelDistribution, [{ model: 'claude-sonnet-4-5-20250929', count: 41 }, { model: 'gpt-5', count: 10 }]);
    assert.deepEqual(accountPerformance.map(({ accountId, averageMs, tokensPerSecond }) => [accountId, averageMs, tokensPerSecond]), [['account-1', 9000 / 41, 62.5], ['account-2', 800, null]]);
    assert.deepEqual(costByModel.map(({ model, costMicroUsd }) => [model, costMicroUsd]), [['claude-sonnet-4-5-20250929', 172_200], ['gpt-5', 0]]);
    assert.deepEqual(modelPerformance.map(({ model, p95Ms, errorShare, tokensPerSecondMin, tokensPerSecondMax }) => [model, p95Ms, errorShare, tokensPerSecondMin, tokensPerSecondMax]), [['claude-sonnet-4-5-20250929', 390, 0, 62.5, 62.5], ['gpt-5', 800, 0.1, null, null]]);
    assert.deepEqual(agentUsage, [{ agent: 'reviewer', requests: 10, tokens: 17_000, costMicroUsd: 42_000, errorShare: 0 }]);
    assert.deepEqual(clientKeyUsage, [{ clientKeyId: 'key-1', requests: 1, tokens: 1700, costMicroUsd: 4200, errorShare: 0 }]);
  });

  it('adds up over time where it is asked to, by model or of all', async () => {
    const all = await readAnalytics(database, { range: '1h', mode: 'cumulative' }, { nowMs: NOW_MS });
    const byModel = await readAnalytics(database, { range: '1h', mode: 'cumulative', modelBreakdown: true }, { nowMs: NOW_MS });

    assert.deepEqual([all.timeSeries.at(-1)!.requests, all.timeSeries.at(-1)!.errorShare, all.timeSeries.length], [51, 1 / 51, 60]);
    assert.ok(all.timeSeries.every((point, index) => index === 0 || point.requests >= all.timeSeries[index - 1]!.requests));
    assert.equal(byModel.timeSeries.findLast(({ model }) => model === 'gpt-5')!.requests, 10);
    assert.equal(byModel.timeSeries.findLast(({ model }) => model?.startsWith('claude'))!.requests, 41);
  });

  it('keeps filters in analytics, and days where people live', async () => {
    const filtered = await readAnalytics(database, { range: '1h', accounts: ['account-2'], status: 'error' }, { nowMs: NOW_MS });
    const days = await readAnalytics(database, { range: '30d', offsetMs: 9 * 3_600_000 }, { nowMs: NOW_MS });

    assert.deepEqual([filtered.totals.requests, filtered.totals.successShare], [1, 0]);
    assert.deepEqual([new Date(days.timeSeries.at(-1)!.atMs).toISOString(), days.timeSeries.at(-1)!.requests], ['2026-11-21T15:00:00.000Z', 51]);
  });

  it('takes for the 95th of a hundred one that was measured: the nearest rank', async () => {
    assert.deepEqual([...await readP95(database, { fromMs: BEGIN_MS, toMs: NOW_MS })].sort(), [['claude-sonnet-4-5-20250929', 390], ['gpt-5', 800]]);
  });

  it('says what is unusual: failing accounts, slow models, caches that are not used, conversations in circles, requests beyond all others, and what costs most', async () => {
    const atMs = NOW_MS - 90 * DAY_MS;
    await write([
      ...Array.from({ length: 40 }, (_, index) => makeRow(`an-${index}`, { atMs: atMs + index * MINUTE_MS, accountId: 'good', agent: index < 5 ? 'reviewer' : null })),
      ...Array.from({ length: 20 }, (_, index) => makeRow(`slow-${index}`, { atMs, accountId: 'bad', model: 'snail', durationMs: 30_000, inputTokens: 10_000, cacheReadTokens: 0, costMicroUsd: null, ...(index < 5 ? { status: 529, end: 'error', error: 'overloaded_error' } : index < 8 ? { attempts: 2, durationMs: 40_000 } : {}) })),
      ...Array.from({ length: 60 }, (_, index) => makeRow(`circle-${index}`, { atMs: atMs - (atMs % 600_000) + index, accountId: 'good', conversation: 'round and round', agent: 'looper' })),
      makeRow('untold', { atMs, accountId: 'good', model: 'gpt-5', path: '/v1/chat/completions', inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null, reasoningTokens: null, tokensPerSecond: null, costMicroUsd: null }), makeRow('beyond', { atMs, accountId: 'good', inputTokens: 900_000, costMicroUsd: 2_700_000 }), makeRow('nobody', { atMs, accountId: null, status: 429, end: 'refused', model: null, sentModel: null, askedModel: null, inputTokens: null, outputTokens: null, cacheReadTokens: null, costMicroUsd: null }),
    ]);

    const facts = await readFacts(database, { fromMs: atMs - DAY_MS, toMs: atMs + DAY_MS });
    const findings = findAll(facts, { nameOf: (id) => `the ${id}`, nowMs: atMs });

    const texts = (kind: Finding['kind']): string[] => findings.filter((finding) => finding.kind === kind).map(({ text }) => text);
    assert.deepEqual(texts('refused'), ['pith refused 1 request itself: no account could take it, or a client key did not allow it.']);
    assert.deepEqual(texts('failing-account'), ['Account the bad failed in 25.0 % of its 20 requests, mostly with: overloaded_error.']);
    assert.match(texts('slow-model').join(), /^snail takes 31\.5 s on average, other models 800 ms; 95 of 100 end within 40\.0 s\.$/);
    assert.deepEqual(texts('low-cache'), ['Of the 200.0k tokens that went into snail, none came from the vendor’s cache, which costs a tenth.', 'Of the 1.1M tokens that went into claude-sonnet-4-5-20250929, only 4.8 % came from the vendor’s cache, which costs a tenth.'].reverse());
    assert.match(texts('busy').join(), /^Conversation round and round of agent looper made 60 requests within ten minutes, from .* on: it may be going in circles\.$/);
    assert.match(texts('unusual').join(), /^Request beyond had 900\.7k tokens, where claude-sonnet-4-5-20250929 has \d+\.\dk on average; it cost 2\.70 USD\.$/);
    assert.deepEqual(texts('uncounted'), ['1 stream said nothing of tokens, of gpt-5 for one: what they used and cost is not known.']);
    assert.deepEqual(texts('unknown-price'), ['The price of 20 requests is not known, of snail: sums of costs leave them out.']);
    assert.match(texts('failover').join(), /^3 requests of 117 went well only at another attempt, and took .* longer on average, .* in all\.$/);
    assert.match(texts('cost').join(), /^claude-sonnet-4-5-20250929 cost 3\.12 USD, 100 % of all\.$/);
    assert.match(texts('agent-cost').join(), /^Agent looper cost 0\.2520 USD, mostly with claude-sonnet-4-5-20250929\.$/);
    assert.deepEqual(findings.map(({ level }) => level), findings.map(({ level }) => level).sort().reverse());
    assert.deepEqual(findAll(await readFacts(database, { fromMs: BEGIN_MS - 2, toMs: BEGIN_MS - 1 }), { nameOf: (id) => id, nowMs: atMs }), []);
  });

  it('shows what comes from now on, of all processes, in its order', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const afterSeq = await lastSeq(database);
    const following = (async () => {
      for await (const { id } of followRequests(database, { accounts: ['account-9'] }, { signal: stop.signal, afterSeq, lookMs: 5 })) {
        seen.push(id);
        if (seen.length === 4) stop.abort();
      }
    })();

    await write(['new-1', 'new-2'].map((id) => makeRow(id, { accountId: 'account-9', atMs: NOW_MS - 60 * DAY_MS })));
    await write([makeRow('another', { atMs: NOW_MS - 60 * DAY_MS }), ...['new-3', 'new-4'].map((id) => makeRow(id, { accountId: 'account-9', atMs: NOW_MS - 60 * DAY_MS }))]);
    await following;

    assert.deepEqual(seen, ['new-1', 'new-2', 'new-3', 'new-4']);
  });

  it('takes requests away that are older than they are kept, in small parts, and the names that none has any more', async () => {
    const many = Array.from({ length: 450 }, (_, index) => makeRow(`ancient-${index}`, { atMs: NOW_MS - 500 * DAY_MS }));
    await write(many);
    await database.transaction('write', ({ sql }) => sql`INSERT INTO balancer_names (name, seen_day) VALUES (${'nobody'}, ${1})`);
    let [batches, largest] = [0, 0];
    const watched: Database = { ...database, engine: database.engine, transaction: async (mode, work, options) => database.transaction(mode, async (queries) => {
      const result = await work(queries);
      batches++;
      largest = Math.max(largest, (result as { changes?: number } | undefined)?.changes ?? 0);
      return result;
    }, options) };

    const cleaned = await cleanUp(watched, { data: place.data, retention: { requestDays: 100, payloadDays: 7, payloadBytes: 0 }, nowMs: NOW_MS });

    assert.deepEqual(cleaned, { removedRequests: 450, removedPayloads: 0, cutoffMs: NOW_MS - 100 * DAY_MS });
    assert.ok(batches >= 3 && largest <= 200);
    const { rows } = await database.transaction('read', ({ sql }) => sql`SELECT (SELECT count(*) FROM balancer_requests WHERE at_ms < ${cleaned.cutoffMs}) AS old, (SELECT count(*) FROM balancer_names WHERE name = ${'nobody'}) AS names`);
    assert.deepEqual(rows, [{ old: 0, names: 0 }]);
    assert.equal((await findRequest(database, 'good-00'))?.askedModel, 'claude-sonnet-4-5');
  });

  it('leave it to one of many machines to take rows away, once a day, and to each to take away its payloads', async () => {
    const retention = { requestDays: 100, payloadDays: 7, payloadBytes: 0 };
    const folders = Array.from({ length: 4 }, (_, index) => join(place.data, `machine-${index}`));
    const clean = (nowMs: number, isAsked = false): Promise<[number, number][]> => Promise.all(folders.map(async (data) => {
      const { removedRequests, removedPayloads } = await cleanUp(database, { data, retention, nowMs, isAsked });
      return [removedRequests, removedPayloads] as [number, number];
    }));
    for (const data of folders) {
      mkdirSync(join(payloadFolder(data), '2026-11-01'), { recursive: true });
      writeFileSync(join(payloadFolder(data), '2026-11-01', 'one.json'), '{}');
    }
    const writeOld = (count: number): Promise<void> => write(Array.from({ length: count }, (_, index) => makeRow(`stale-${count}-${index}`, { atMs: NOW_MS - 400 * DAY_MS })));
    await writeOld(30);
    await database.transaction('write', ({ sql }) => sql`DELETE FROM balancer_done`);

    const atOnce = await clean(NOW_MS);
    await writeOld(20);
    const soonAfter = await clean(NOW_MS + DAY_MS - 1);
    const nextDay = await clean(NOW_MS + DAY_MS);
    await writeOld(10);
    const asked = await clean(NOW_MS + DAY_MS, true);

    const toSum = (cleaned: [number, number][]): number[] => [cleaned.reduce((sum, [requests]) => sum + requests, 0), cleaned.filter(([requests]) => requests > 0).length];
    assert.deepEqual([toSum(atOnce), toSum(soonAfter), toSum(nextDay), toSum(asked)], [[30, 1], [0, 0], [20, 1], [10, 1]]);
    assert.deepEqual(atOnce.map(([, payloads]) => payloads), [1, 1, 1, 1]);
  });
}
