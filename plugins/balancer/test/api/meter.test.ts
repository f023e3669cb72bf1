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
});
