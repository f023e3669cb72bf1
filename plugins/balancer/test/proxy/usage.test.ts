import assert from 'node:assert/strict';
import type { Endpoint } from '../../src/proxy/target.ts';
import { JsonScanner, StreamScanner, type UsageScanner } from '../../src/proxy/usage-scanner.ts';
import { chatReply, chatStream, cutInto, messagesReply, messagesStream, responsesReply, responsesStream, toEvent, USAGE } from '../upstream-replies.ts';

const LIMIT = 256 * 1024;

function scan<S extends UsageScanner>(scanner: S, pieces: readonly Buffer[]): S['counted'] {
  for (const piece of pieces) scanner.push(Buffer.from(piece));
  scanner.end();
  return scanner.counted;
}

const STREAMS: readonly [Endpoint, string[]][] = [['messages', messagesStream({ text: 'Say "usage" and {"usage":{"input_tokens":9}} twice' })], ['chat', chatStream()], ['responses', responsesStream()]];

describe('counting tokens as a reply passes', () => {
  for (const [endpoint, stream] of STREAMS) {
    it(`counts a stream of ${endpoint} exactly, cut into pieces of any size`, () => {
      for (const size of [1, 2, 3, 7, 16, 61, 200, 4096]) {
        const counted = scan(new StreamScanner(endpoint, LIMIT), cutInto(stream, size));
        assert.deepEqual([counted.inputTokens, counted.outputTokens, counted.cacheReadTokens], [endpoint === 'messages' ? USAGE.input : USAGE.input - USAGE.cacheRead, USAGE.output, USAGE.cacheRead], `pieces of ${size}`);
        assert.deepEqual([counted.model, counted.isEnded, counted.error], ['test-model', true, null]);
        if (endpoint === 'messages') assert.equal(counted.cacheWriteTokens, USAGE.cacheWrite);
        else assert.equal(counted.reasoningTokens, USAGE.reasoning);
      }
    });

    it(`keeps what was counted of a stream of ${endpoint} that is cut, and says that it has not ended`, () => {
      const bytes = Buffer.from(stream.slice(0, -2).join(''));
      const counted = scan(new StreamScanner(endpoint, LIMIT), [bytes]);
      assert.equal(counted.isEnded, false);
      assert.equal(counted.inputTokens, endpoint === 'messages' ? USAGE.input : null);
    });
  }

  it('leaves unknown what a stream of chat does not say, and finds it under the name that one vendor has for it', () => {
    const untold = chatStream().filter((event) => !event.includes('"usage":{'));
    const { inputTokens, outputTokens, isEnded } = scan(new StreamScanner('chat', LIMIT), cutInto(untold, 50));
    assert.deepEqual([inputTokens, outputTokens, isEnded], [null, null, true]);
    const last = `data: ${JSON.stringify({ model: 'test-model', choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { id: 'req', usage: { prompt_tokens: 18, completion_tokens: 5, total_time: 0.1 } } })}\n\n`;
    const told = scan(new StreamScanner('chat', LIMIT), cutInto([...untold.slice(0, -1), last, untold.at(-1)!], 50));
    assert.deepEqual([told.inputTokens, told.outputTokens, told.isEnded], [18, 5, true]);
  });

  it('replaces counts by later ones, and keeps those that are not said again', () => {
    const stream = [...messagesStream().slice(0, -2), toEvent({ type: 'message_delta', delta: {}, usage: { input_tokens: 30, output_tokens: 44 } })];
    const counted = scan(new StreamScanner('messages', LIMIT), [Buffer.from(stream.join(''))]);
    assert.deepEqual([counted.inputTokens, counted.outputTokens, counted.cacheReadTokens], [30, 44, USAGE.cacheRead]);
  });

  it('finds the usage of a last event that is longer than what is kept', () => {
    const stream = responsesStream({ text: 'word '.repeat(4000) });
    for (const size of [100, 5000]) assert.equal(scan(new StreamScanner('responses', 4096), cutInto(stream, size)).outputTokens, USAGE.output);
  });

  it('counts what stands behind lines of megabytes that come in small pieces', () => {
    const long = `data: {"type":"response.image","b64":"${'A'.repeat(2_000_000)}"}\n\n`;
    const [stream, json] = [new StreamScanner('responses', 64 * 1024), new JsonScanner(64 * 1024)];
    for (const piece of cutInto([long, ...responsesStream()], 40)) stream.push(piece);
    for (const piece of cutInto([`{"b64":"${'A'.repeat(2_000_000)}",${JSON.stringify(responsesReply()).slice(1)}`], 4)) json.push(piece);
    for (const scanner of [stream, json]) {
      scanner.end();
      assert.deepEqual([scanner.counted.outputTokens, scanner.counted.isEnded], [USAGE.output, true]);
    }
  });

  it('notes the error that a stream ends with', () => {
    const failed = [messagesStream()[0]!, toEvent({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })];
    assert.equal(scan(new StreamScanner('messages', LIMIT), cutInto(failed, 10)).error, 'overloaded_error');
    assert.equal(scan(new StreamScanner('chat', LIMIT), [Buffer.from('data: {"error":{"message":"no","type":"server_error"}}\n\n')]).error, 'server_error');
  });

  it('counts replies in one piece of JSON, and not what a tool call calls usage', () => {
    for (const [reply, input] of [[messagesReply(), USAGE.input], [chatReply(), USAGE.input - USAGE.cacheRead], [responsesReply(), USAGE.input - USAGE.cacheRead]] as const) {
      for (const size of [1, 10, 10_000]) {
        const counted = scan(new JsonScanner(LIMIT), cutInto([JSON.stringify(reply, null, 1)], size));
        assert.deepEqual([counted.inputTokens, counted.outputTokens, counted.model], [input, USAGE.output, 'test-model']);
      }
    }
    const sly = { usage: { input_tokens: 5, output_tokens: 6 }, model: 'm', content: [{ type: 'tool_use', input: { usage: { input_tokens: 900, output_tokens: 900 } } }] };
    assert.equal(scan(new JsonScanner(LIMIT), [Buffer.from(JSON.stringify(sly))]).outputTokens, 6);
  });

  it('counts a reply of many times what is kept', () => {
    const reply = { object: 'list', model: 'embed', data: Array.from({ length: 3000 }, () => ({ embedding: [0.1, 0.2, 0.3] })), usage: { prompt_tokens: 77, total_tokens: 77 } };
    const counted = scan(new JsonScanner(8192), cutInto([JSON.stringify(reply)], 1000));
    assert.deepEqual([counted.inputTokens, counted.model], [77, 'embed']);
  });

  it('knows nothing of counts that are no whole numbers, and of what is no JSON', () => {
    const odd = { usage: { input_tokens: -1, output_tokens: '12', cache_read_input_tokens: 1.5, cache_creation_input_tokens: 9_007_199_254_740_991 } };
    assert.deepEqual(Object.values(scan(new JsonScanner(LIMIT), [Buffer.from(JSON.stringify(odd))])).slice(0, 6), [null, null, null, null, null, null]);
    for (const text of ['', '<html>', '{"usage":', '{"usage":{"input_tokens":1']) assert.equal(scan(new JsonScanner(LIMIT), [Buffer.from(text)]).inputTokens, null);
  });
});
