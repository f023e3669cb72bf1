import assert from 'node:assert/strict';
import { type SseEvent, SseReader } from '@pith/wire';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(text: string | Uint8Array, maxBytes?: number): SseEvent[] {
  const reader = new SseReader(maxBytes);
  const events: SseEvent[] = [];
  reader.push(typeof text === 'string' ? bytes(text) : text, events);
  reader.end(events);
  return events;
}

describe('the reader of server-sent events', () => {
  it('joins the data lines of an event with line feeds', () => {
    assert.deepEqual(read('data: a\ndata:b\ndata\n\n'), [{ event: '', data: 'a\nb\n' }]);
  });

  it('takes away one space after the colon, and no more', () => {
    assert.deepEqual(read('event:  x\ndata:  y\n\n'), [{ event: ' x', data: ' y' }]);
  });

  it('forgets the name of an event that had no data', () => {
    assert.deepEqual(read('event: lost\n\ndata: kept\n\n'), [{ event: '', data: 'kept' }]);
  });

  it('marks what was pending when the bytes ended', () => {
    assert.deepEqual(read('data: whole\n\ndata: half'), [{ event: '', data: 'whole' }, { event: '', data: 'half', cut: true }]);
    assert.deepEqual(read('data: half\n'), [{ event: '', data: 'half', cut: true }]);
    assert.deepEqual(read('event: named'), []);
  });

  it('takes CR, LF and CR LF for line ends, mixed and cut between the two', () => {
    const reader = new SseReader();
    const events: SseEvent[] = [];
    for (const piece of ['data: a\r', '\n', '\r', '\ndata: b\r', '\rdata: c\n', '\n']) reader.push(bytes(piece), events);
    assert.deepEqual(events.map(({ data }) => data), ['a', 'b', 'c']);
  });

  it('replaces bytes that are no UTF-8, the same however they are cut', () => {
    const broken = new Uint8Array([...bytes('data: a'), 0xe2, 0x82, ...bytes('b'), 0xff, ...bytes('\n\n')]);
    const reader = new SseReader();
    const events: SseEvent[] = [];
    for (const byte of broken) reader.push(new Uint8Array([byte]), events);

    assert.deepEqual(events, read(broken));
    assert.deepEqual(events, [{ event: '', data: 'a\uFFFDb\uFFFD' }]);
  });

  it('says clearly that a line is too long, whether it ends or not', () => {
    const wrong = { code: 'PROVIDER_PROTOCOL', origin: 'provider', message: 'The provider sent a line longer than 16 bytes' };
    assert.throws(() => read(`data: ${'x'.repeat(20)}\n\n`, 16), wrong);
    assert.throws(() => read('x'.repeat(20), 16), wrong);
    assert.throws(() => read('data: 123456\n'.repeat(4), 16), { message: 'The provider sent an event longer than 16 bytes' });
  });
});
