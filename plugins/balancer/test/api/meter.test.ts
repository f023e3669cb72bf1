import assert from 'node:assert/strict';
import { Meter } from '../../src/api/meter.ts';
import { FakePool } from '../engine/fake-pool.ts';
import { createBooksPlace, makeRow } from '../books/place.ts';

describe('the metrics', () => {
  it('hold no request as under way that the disk could not take', async () => {
    const place = await createBooksPlace();
    const books = place.openBooks({ disk: { cut: () => undefined, write: () => { throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }); } } });
    const meter = new Meter({ books, pool: Object.assign(new FakePool([]), { onChange: () => () => undefined }) });
    const under = (): string => /^pith_requests_in_flight (\d+)$/m.exec(meter.render(0))![1]!;
    books.started(makeRow('waiting'));
    for (let index = 0; index < 100; index++) {
      const row = makeRow(`row-${index}`);
      books.started(row);
      assert.throws(() => books.write(row), { code: 'BOOKS_UNWRITABLE' });
    }

    assert.deepEqual([under(), /^pith_requests_unwritten_total (\d+)$/m.exec(meter.render(0))?.[1]], ['1', '100']);
    meter.close();
    await place.remove();
  });

  it('have a series of its own for a model that an account has answered for; whatever else clients call their models is one together', async () => {
    const place = await createBooksPlace();
    const books = place.openBooks();
    const meter = new Meter({ books, pool: Object.assign(new FakePool([]), { onChange: () => () => undefined }) });
    for (let index = 0; index < 1000; index++) books.write(makeRow(`junk-${index}`, { model: null, sentModel: null, askedModel: `junk-${index}`, status: index % 2 === 0 ? 404 : 200, inputTokens: null, outputTokens: null }));
    books.write(makeRow('before', { model: null, askedModel: 'real', status: 429, inputTokens: null, outputTokens: null }));
    for (const id of ['one', 'two']) books.write(makeRow(id, { model: 'real', inputTokens: 3, outputTokens: 4, status: 200 }));
    books.write(makeRow('after', { model: null, sentModel: null, askedModel: 'real', status: 529, inputTokens: null, outputTokens: null }));

    const counted = [...meter.render(0).matchAll(/^pith_requests_total\{status="(\d+)".*model="(.*)"\} (\d+)$/gm)].map(([, ...found]) => found.join(' '));
    assert.deepEqual(counted.sort(), ['200 other 500', '200 real 2', '404 other 500', '429 other 1', '529 real 1']);
    meter.close();
    await place.remove();
  });
});
