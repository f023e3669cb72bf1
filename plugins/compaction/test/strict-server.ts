import assert from 'node:assert/strict';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';
import { dataEvents, namedEvents } from '@pith/wire/testing';

type Json = Record<string, unknown>;

/** What the model says: a text, and the call of a tool after it. */
export interface Said { text: string; call?: { name: string; input: object } }

/** One vendor's format: how a reply is streamed, and everything of a request that the vendor refuses. */
export interface Dialect {
  name: string;
  /** @param number makes ids */
  stream(said: Said, number: number, tokens: number): string;
  /** @param sealed what was sent as thinking, which must come back as it was. @throws AssertionError */
  check(body: Json, sealed: ReadonlySet<string>): void;
  /** What the body holds as the conversation, byte for byte. */
  conversation(body: string): string;
}

const asList = (value: unknown): Json[] => value as Json[];

/** The very bytes of a list in a body, without its end and without marks of the cache. */
function bytesOf(body: string, field: string): string {
  const plain = body.replaceAll(',"cache_control":{"type":"ephemeral"}', '');
  const text = JSON.stringify((JSON.parse(plain) as Json)[field]);
  assert.ok(plain.includes(text));
  return text.slice(0, -1);
}

const signatureOf = (number: number): string => `c2lnbmVk${number}`;

export const ANTHROPIC: Dialect = {
  name: 'anthropic',
  stream({ text, call }, number, tokens) {
    const block = (index: number, start: object, delta?: object): (Json & { type: string })[] => [
      { type: 'content_block_start', index, content_block: start }, ...(delta === undefined ? [] : [{ type: 'content_block_delta', index, delta }]), { type: 'content_block_stop', index },
    ];
    return namedEvents(
      { type: 'message_start', message: { id: `msg_${number}`, model: 'claude-test', usage: { input_tokens: tokens, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }, { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: `thought ${number}` } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: signatureOf(number) } }, { type: 'content_block_stop', index: 0 },
      ...block(1, { type: 'text', text: '' }, { type: 'text_delta', text }),
      ...(call === undefined ? [] : block(2, { type: 'tool_use', id: `toolu_${number}`, name: call.name, input: {} }, { type: 'input_json_delta', partial_json: JSON.stringify(call.input) })),
      { type: 'message_delta', delta: { stop_reason: call === undefined ? 'end_turn' : 'tool_use' }, usage: { output_tokens: 20 } }, { type: 'message_stop' },
    );
  },
  check({ messages }, sealed) {
    let open: unknown[] = [];
    for (const [index, { role, content }] of asList(messages).entries()) {
      assert.equal(role, index % 2 === 0 ? 'user' : 'assistant', `role of message ${index}`);
      assert.ok(asList(content).length > 0, `message ${index} is empty`);
      const results = asList(content).filter(({ type }) => type === 'tool_result').map(({ tool_use_id }) => tool_use_id);
      assert.deepEqual(results, open, `results of message ${index}`);
      assert.ok(asList(content).slice(0, results.length).every(({ type }) => type === 'tool_result'), 'results come first');
      open = asList(content).filter(({ type }) => type === 'tool_use').map(({ id }) => id);
      for (const block of asList(content)) if (block['type'] === 'thinking') assert.ok(sealed.has(`${String(block['thinking'])} ${String(block['signature'])}`), 'thinking was changed');
      if (role === 'assistant') assert.equal(asList(content)[0]!['type'], 'thinking', 'a reply lost its thinking');
    }
    assert.deepEqual(open, []);
  },
  conversation: (body) => bytesOf(body, 'messages'),
};

export const CHAT: Dialect = {
  name: 'chat',
  stream({ text, call }, number, tokens) {
    const chunk = (delta: object, finish: string | null = null): object => ({ id: `chatcmpl-${number}`, object: 'chat.completion.chunk', created: 1, model: 'gpt-test', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null });
    return dataEvents(
      chunk({ role: 'assistant', content: text }),
      ...(call === undefined ? [] : [chunk({ tool_calls: [{ index: 0, id: `call_${number}`, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.input) } }] })]),
      chunk({}, call === undefined ? 'stop' : 'tool_calls'), { id: 'x', object: 'chat.completion.chunk', choices: [], usage: { prompt_tokens: tokens, completion_tokens: 20, total_tokens: tokens + 20 } }, '[DONE]',
    );
  },
  check({ messages }) {
    let open: unknown[] = [];
    for (const [index, { role, content, tool_calls: calls, tool_call_id: answered }] of asList(messages).entries()) {
      if (role === 'tool') {
        assert.ok(open.includes(answered), `message ${index} answers no call`);
        open.splice(open.indexOf(answered), 1);
        continue;
      }
      assert.deepEqual(open, [], `message ${index} comes before the results`);
      assert.ok((typeof content === 'string' ? content : asList(content) ?? []).length > 0 || calls !== undefined, `message ${index} is empty`);
      open = calls === undefined ? [] : asList(calls).map(({ id }) => id);
    }
    assert.deepEqual(open, []);
    assert.equal(asList(messages).find(({ role }) => role !== 'system' && role !== 'developer')?.['role'], 'user');
  },
  conversation: (body) => bytesOf(body, 'messages'),
};

const reasoning = (number: number): Json => ({ id: `rs_${number}`, type: 'reasoning', summary: [], encrypted_content: signatureOf(number) });

export const RESPONSES: Dialect = {
  name: 'responses',
  stream({ text, call }, number, tokens) {
    const response = (more: object): object => ({ id: `resp_${number}`, object: 'response', model: 'gpt-test', status: 'in_progress', error: null, incomplete_details: null, output: [], usage: null, ...more });
    const output = [
      reasoning(number), { id: `msg_${number}`, type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] },
      ...(call === undefined ? [] : [{ id: `fc_${number}`, type: 'function_call', status: 'completed', call_id: `call_${number}`, name: call.name, arguments: JSON.stringify(call.input) }]),
    ];
    return namedEvents({ type: 'response.created', response: response({}) }, { type: 'response.completed', response: response({ status: 'completed', output, usage: { input_tokens: tokens, input_tokens_details: { cached_tokens: 0 }, output_tokens: 20, output_tokens_details: { reasoning_tokens: 2 }, total_tokens: tokens + 20 } }) });
  },
  check({ input }, sealed) {
    const open: unknown[] = [];
    for (const [index, item] of asList(input).entries()) {
      if (item['type'] === 'function_call') open.push(item['call_id']);
      else if (item['type'] === 'function_call_output') {
        assert.ok(open.includes(item['call_id']), `item ${index} answers no call`);
        open.splice(open.indexOf(item['call_id']), 1);
      } else assert.deepEqual(open, [], `item ${index} comes before the results`);
      if (item['type'] !== 'reasoning') continue;
      assert.ok(sealed.has(JSON.stringify(item)), 'reasoning was changed');
      assert.ok(['message', 'function_call'].includes(asList(input)[index + 1]?.['type'] as string) && asList(input)[index + 1]!['role'] !== 'user', 'reasoning lost what it led to');
    }
    assert.deepEqual(open, []);
    assert.equal(asList(input)[0]!['role'], 'user');
  },
  conversation: (body) => bytesOf(body, 'input'),
};

/** What the adapters put in the place of a result that is not there: nobody may come to need it. */
const UNANSWERED = 'No result of this call was recorded';

export interface StrictServer extends LoopbackServer {
  /** What was wrong with requests; each of them was refused. */
  refused: string[];
}

/** A vendor that refuses what the real one refuses, and counts four characters of the body as a token. */
export async function startStrict(dialect: Dialect, say: (body: string) => Said): Promise<StrictServer> {
  const sealed = new Set<string>();
  const refused: string[] = [];
  let number = 0;
  const server = await startServer((request, response) => {
    try {
      dialect.check(JSON.parse(request.text) as Json, sealed);
      assert.ok(!request.text.includes(UNANSWERED), 'a result was lost');
    } catch (error) {
      refused.push((error as Error).message);
      return void response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { type: 'invalid_request_error', message: (error as Error).message } }));
    }
    number++;
    sealed.add(`thought ${number} ${signatureOf(number)}`).add(JSON.stringify(reasoning(number)));
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(dialect.stream(say(request.text), number, Math.ceil(request.text.length / 4)));
  });
  return { ...server, refused };
}
