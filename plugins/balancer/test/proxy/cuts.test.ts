import assert from 'node:assert/strict';
import { judgeBeginning } from '../../src/proxy/sniff.ts';
import type { Endpoint } from '../../src/proxy/target.ts';
import { type Counted, nothingCounted } from '../../src/proxy/usage.ts';
import { StreamScanner } from '../../src/proxy/usage-scanner.ts';
import { chatStream, messagesError, messagesStream, responsesStream, toEvent, USAGE } from '../upstream-replies.ts';

const TEXT = 'Hé 漢字 🎉 message_stop [DONE] data: [DONE]';
const STREAMS: readonly [string, Endpoint, string][] = [
  ['messages', 'messages', messagesStream({ text: TEXT }).join('')],
  ['chat', 'chat', chatStream({ text: TEXT }).join('')],
  ['responses', 'responses', responsesStream({ text: TEXT }).join('')],
];
const FORMS: readonly [string, (stream: string) => string][] = [
  ['as it is', (stream) => stream],
  ['with CRLF', (stream) => stream.replaceAll('\n', '\r\n')],
  ['with CR', (stream) => stream.replaceAll('\n', '\r')],
  ['without spaces behind colons', (stream) => stream.replaceAll('data: ', 'data:')],
  ['without names of events', (stream) => stream.replaceAll(/^event: .*\n/gm, '')],
  ['with comments and pings between', (stream) => stream.replaceAll('\n\n', '\n\n: alive\n\nevent: ping\ndata: {"type": "ping"}\n\n')],
  ['with spaces in its JSON', (stream) => stream.replaceAll('":', '": ')],
];

function scan(endpoint: Endpoint, pieces: readonly Buffer[], maxBytes = 256 * 1024): Counted {
  const scanner = new StreamScanner(endpoint, maxBytes);
  for (const piece of pieces) scanner.push(piece);
  scanner.end();
  return { ...scanner.counted };
}

describe('a stream, however it is written and cut', () => {
  for (const [family, endpoint, stream] of STREAMS) {
    for (const [how, toForm] of FORMS) {
      it(`of the kind ${family} is counted the same: ${how}`, () => {
        const bytes = Buffer.from(toForm(stream));
        const whole = scan(endpoint, [Buffer.from(stream)]);
        assert.deepEqual([whole.outputTokens, whole.isEnded, whole.error], [USAGE.output, true, null]);
        for (let at = 0; at <= bytes.length; at++) assert.deepEqual(scan(endpoint, [bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`);
        for (const size of [1, 2, 5]) assert.deepEqual(scan(endpoint, Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))), whole, `pieces of ${size}`);
      });
    }

    it(`of the kind ${family} that ends before its last event is not taken for whole, wherever it ends`, () => {
      const bytes = Buffer.from(stream);
      const lastLine = stream.trimEnd().lastIndexOf('\ndata:');
      for (let at = 0; at <= Buffer.byteLength(stream.slice(0, lastLine)); at++) assert.equal(scan(endpoint, [bytes.subarray(0, at)]).isEnded, false, `ends at ${at}`);
    });
  }

  it('with a last event that is longer than what is kept is known to be whole, and its usage is counted', () => {
    const stream = Buffer.from(responsesStream({ text: 'word '.repeat(2000) }).join(''));
    for (const size of [100, 1000, 5000]) {
      const counted = scan('responses', Array.from({ length: Math.ceil(stream.length / size) }, (_, index) => stream.subarray(index * size, (index + 1) * size)), 2048);
      assert.deepEqual([counted.isEnded, counted.outputTokens], [true, USAGE.output]);
    }
  });

  it('that begins with an error is known by it, however its lines end', () => {
    const error = toEvent(messagesError('rate_limit_error'));
    for (const [how, toForm] of FORMS.slice(0, 5)) {
      const text = toForm(`: hello\n\nevent: ping\ndata: {"type":"ping"}\n\n${error}`);
      assert.equal(judgeBeginning(text).kind, 'error', how);
      for (let at = 0; at < text.length; at++) assert.notEqual(judgeBeginning(text.slice(0, at)).kind, 'good', `${how}, ${at}`);
    }
    for (const end of ['\n\r\n', '\r\n\n']) assert.equal(judgeBeginning(`data: ${JSON.stringify(messagesError('overloaded_error'))}${end}`).kind, 'error', JSON.stringify(end));
  });

  it('counts nothing of what is no usage', () => {
    const counted = scan('messages', [Buffer.from('data: {"usage":7}\n\ndata: {"usage":[1]}\n\ndata: {"usage":{"output_tokens":-3,"input_tokens":"9"}}\n\ndata: "usage"\n\ndata: {"usage"\n\n')]);
    assert.deepEqual(counted, nothingCounted());
  });
});
