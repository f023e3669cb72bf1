import assert from 'node:assert/strict';
import type { Block, Message } from '@pith/kernel';
import { createAnthropicWriter } from '@pith/wire/anthropic';
import { createChatWriter } from '@pith/wire/openai-chat';
import { createResponsesWriter } from '@pith/wire/openai-responses';
import { assistant, call, modelRequest, result, user } from '@pith/wire/testing';

const anthropic = (...messages: Message[]) => createAnthropicWriter({ autoCache: false }).toBody(modelRequest({ messages }))['messages'] as Record<string, unknown>[];
const chat = (...messages: Message[]) => createChatWriter().toBody(modelRequest({ messages }))['messages'] as Record<string, unknown>[];
const responses = (...messages: Message[]) => createResponsesWriter().toBody(modelRequest({ messages }))['input'] as Record<string, unknown>[];

const said = (text: string) => ({ type: 'text', text });
const toolUse = (id: string) => ({ type: 'tool_use', id, name: 'read', input: { path: 'a.txt' } });

describe('the order of a conversation', () => {
  it('gives neighbours of one role as one turn', () => {
    assert.deepEqual(anthropic(user('one'), user('two')), [{ role: 'user', content: [said('one'), said('two')] }]);
    assert.deepEqual(chat(user('one'), user('two')), [{ role: 'user', content: 'one\n\ntwo' }]);
  });

  it('takes thousands of neighbours, and of calls with one id, without copying them again and again', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => user(`${index}`));
    assert.deepEqual((anthropic(...many)[0]!['content'] as unknown[]).length, many.length);
    assert.equal(anthropic(...many.slice(0, 2)).length, 1);
    const calls = Array.from({ length: 10_000 }, () => [assistant(call('same')), user(result('same'))]).flat();
    assert.equal(new Set(chat(...calls).map((message) => message['tool_call_id'])).size, 10_001);
  });

  it('puts results before what the user says, in the order of the calls', () => {
    const messages = [user('go'), assistant(call('a'), call('b')), user('stop it', result('b', 'B'), result('a', 'A'))];

    assert.deepEqual(anthropic(...messages), [
      { role: 'user', content: [said('go')] },
      { role: 'assistant', content: [toolUse('a'), toolUse('b')] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [said('A')] }, { type: 'tool_result', tool_use_id: 'b', content: [said('B')] }, said('stop it')] },
    ]);
    assert.deepEqual(chat(...messages).map(({ role }) => role), ['user', 'assistant', 'tool', 'tool', 'user']);
    assert.deepEqual(responses(...messages).map(({ type, call_id: id }) => id ?? type), ['message', 'a', 'b', 'a', 'b', 'message']);
  });

  it('answers a call that has no result, and leaves out a result that has no call', () => {
    const messages = [assistant(call('a'), call('b')), user(result('b', 'B'), result('lost'), 'go on')];

    assert.deepEqual(anthropic(...messages), [
      { role: 'assistant', content: [toolUse('a'), toolUse('b')] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [said('No result of this call was recorded.')], is_error: true }, { type: 'tool_result', tool_use_id: 'b', content: [said('B')] }, said('go on')] },
    ]);
  });

  it('gives each call an id of its own, and its own result, where a server has one id for many', () => {
    const again = [user('go'), assistant(call('call_0'), call('call_0')), user(result('call_0', 'A'), result('call_0', 'B')), assistant(call('call_0')), user('wait', result('call_0', 'C'))];
    const idsOf = (items: readonly Record<string, unknown>[]): unknown[] => items.flatMap(({ content, tool_calls: calls, tool_call_id: answered, call_id: id }) =>
      id ?? answered ?? [...(calls as { id: string }[] | undefined ?? []), ...(Array.isArray(content) ? content as { id?: string; tool_use_id?: string }[] : [])].flatMap((block: { id?: string; tool_use_id?: string }) => block.id ?? block.tool_use_id ?? []));

    assert.deepEqual(idsOf(anthropic(...again)), ['call_0', 'call_0-2', 'call_0', 'call_0-2', 'call_0-3', 'call_0-3']);
    assert.deepEqual(idsOf(chat(...again)), ['call_0', 'call_0-2', 'call_0', 'call_0-2', 'call_0-3', 'call_0-3']);
    assert.deepEqual(idsOf(responses(...again).filter((item) => item['call_id'] !== undefined)), ['call_0', 'call_0-2', 'call_0', 'call_0-2', 'call_0-3', 'call_0-3']);
    assert.deepEqual(anthropic(...again.slice(0, 3)), anthropic(...again).slice(0, 3));
    assert.match(JSON.stringify(anthropic(...again)[2]), /"A".*"B"/);

    const [go, other] = [user('go'), assistant(call('call_1'))];
    const grown = [[go, other], [go, other, user(result('call_1')), assistant(call('call_1'))], [go, assistant(call('call_1'))], [go, other, user(result('call_1')), assistant(call('call_2'))]];
    assert.deepEqual(grown.map((messages) => idsOf(anthropic(...messages)).at(-1)), ['call_1', 'call_1-2', 'call_1', 'call_2']);
  });

  it('leaves out a turn of which nothing is left, and joins its neighbours', () => {
    assert.deepEqual(anthropic(assistant('one'), user(result('lost')), assistant('two')), [{ role: 'assistant', content: [said('one'), said('two')] }]);
    assert.deepEqual(anthropic(user('one'), assistant(' \n'), user('two')), [{ role: 'user', content: [said('one')] }, { role: 'user', content: [said('two')] }]);
  });

  it('sends a call that did not arrive whole with an empty input', () => {
    const cut: Block = { type: 'tool-call', id: 'a', name: 'read', input: undefined, complete: false, raw: '{"pa' };

    assert.deepEqual(anthropic(assistant(cut), user(result('a')))[0], { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'read', input: {} }] });
    assert.deepEqual(chat(assistant(cut), user(result('a')))[0], { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'read', arguments: '{}' } }] });
    assert.deepEqual(responses(assistant(cut), user(result('a')))[0], { type: 'function_call', call_id: 'a', name: 'read', arguments: '{}' });
  });

  it('gives ids of other vendors a form that the vendor takes, the same for call and result', () => {
    const [asked, answered] = anthropic(assistant(call('functions.read:0')), user(result('functions.read:0'))) as unknown as { content: { id?: string; tool_use_id?: string }[] }[];

    assert.match(asked!.content[0]!.id!, /^[a-zA-Z0-9_-]+$/);
    assert.equal(answered!.content[0]!.tool_use_id, asked!.content[0]!.id);
    const long = `call_${'x'.repeat(60)}`;
    const [made, tool] = chat(assistant(call(long)), user(result(long))) as unknown as { tool_calls?: { id: string }[]; tool_call_id?: string }[];
    assert.equal(made!.tool_calls![0]!.id.length, 40);
    assert.equal(tool!.tool_call_id, made!.tool_calls![0]!.id);
  });
});
