import assert from 'node:assert/strict';
import { createSecrets, type Pricing } from '@pith/kernel';
import { createPricing } from '../../../pricing/src/pricing.ts';
import { createLog } from '../../src/books/log.ts';
import { openBooks } from '../../src/books/open.ts';
import { bookDefaults } from '../../src/books/options.ts';
import { readLog } from '../../src/books/read-log.ts';
import { Prices } from '../../src/books/prices.ts';
import { findRequest } from '../../src/books/query/requests.ts';
import { createBooksPlace, makeRow } from './place.ts';

const usage = { input: 1000, output: 100, cacheRead: 500 };

describe('what a request costs', () => {
  it('is what the price list says, with the day that it is of, also under a name with a date behind it', () => {
    const pricing = createPricing({ prices: new Map() });
    const call = { provider: 'anthropic', model: 'claude-sonnet-4-5', usage };

    const { costMicroUsd, priceDate } = new Prices(pricing).of(call);

    assert.equal(costMicroUsd, pricing.costMicroUsd(call));
    assert.ok(costMicroUsd! > 0);
    assert.match(priceDate!, /^\d{4}-\d\d-\d\d$/);
    assert.deepEqual(new Prices(pricing).of({ ...call, model: 'claude-sonnet-4-5-20250929', requestedModel: 'claude-sonnet-4-5' }), { costMicroUsd, priceDate });
  });

  it('is not known where no price is, and never 0; and has no day where nobody says it', () => {
    const own: Pricing = { costMicroUsd: () => 7 };

    assert.deepEqual(new Prices(createPricing({ prices: new Map() })).of({ provider: 'anthropic', model: 'nobody-knows', usage }), { costMicroUsd: null, priceDate: null });
    assert.deepEqual(new Prices(undefined).of({ provider: 'anthropic', model: 'claude-sonnet-4-5', usage }), { costMicroUsd: null, priceDate: null });
    assert.deepEqual(new Prices(own).of({ provider: 'a', model: 'b', usage }), { costMicroUsd: 7, priceDate: null });
  });
});

describe('the books as they are opened', () => {
  it('have prices, payloads and a log, keep secrets out of all of them, and close with nothing left', async () => {
    const place = await createBooksPlace();
    const secrets = createSecrets();
    secrets.add('zyx-Long-And-Secret-98765', 'main');
    const pricing = createPricing({ prices: new Map() });
    const log = createLog({ data: place.data, redact: (text) => secrets.redact(text) });
    const opened = openBooks({ log, database: place.database, data: place.data, pricing, secrets, options: { ...bookDefaults, payloads: { keep: true } }, providerOf: (id) => (id === 'account-1' ? 'anthropic' : undefined) });

    log.info('began with zyx-Long-And-Secret-98765');
    opened.payloads.begin('one')!.end();
    opened.books.write(makeRow('one', { error: 'zyx-Long-And-Secret-98765' }));
    opened.books.write(makeRow('priced', { costMicroUsd: null, priceDate: null, model: 'claude-sonnet-4-5', outputTokens: null }));
    for (const [id, changes] of Object.entries({ cut: { outputTokens: null, end: 'truncated' }, gone: { accountId: 'account-9' }, silent: { inputTokens: null } } as const)) opened.books.write(makeRow(id, { costMicroUsd: null, priceDate: null, ...changes }));
    await opened.close();

    assert.equal((await findRequest(place.database, 'one'))!.error, '[secret:main]');
    const costs = await Promise.all(['one', 'priced', 'cut', 'gone', 'silent'].map(async (id) => (await findRequest(place.database, id))!.costMicroUsd));
    assert.deepEqual(costs, [4200, pricing.costMicroUsd({ provider: 'anthropic', model: 'claude-sonnet-4-5', usage: { input: 1000, output: 0, cacheRead: 500 } }), null, null, null]);
    assert.deepEqual(readLog(place.data).map(({ text }) => text), ['began with [secret:main]']);
    await place.remove();
  });

  it('take other options while they are open', async () => {
    const place = await createBooksPlace();
    const log = createLog({ data: place.data, redact: (text) => text });
    const opened = openBooks({ log, database: place.database, data: place.data, pricing: undefined, secrets: createSecrets(), options: bookDefaults, providerOf: () => undefined });
    opened.books.write(makeRow('old', { atMs: Date.now() - 5 * 86_400_000 }));
    await opened.books.flush();
    const before = [opened.payloads.begin('one'), (await opened.books.cleanUp({ isAsked: true })).removedRequests];

    opened.configure({ requestDays: 3, payloads: { keep: true } });

    assert.deepEqual(before, [undefined, 0]);
    assert.notEqual(opened.payloads.begin('one'), undefined);
    assert.equal((await opened.books.cleanUp({ isAsked: true })).removedRequests, 1);
    await opened.close();
    await place.remove();
  });
});
