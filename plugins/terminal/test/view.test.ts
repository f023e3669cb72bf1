import assert from 'node:assert/strict';
import type { EventBody, EventStamp, Message, TurnEvent } from '@pith/kernel';
import { createView, takeEvent, type View } from '../src/view.ts';

const cwd = '/srv';
const empty = (messages: readonly Message[] = []): View => createView({ cwd, provider: 'p', model: 'm', mode: 'default', messages, atMs: 0 });
const usage = { input: 100, output: 20, cacheRead: 300 };
const reply = (text: string): Extract<EventBody, { type: 'model-end' }>['reply'] => ({ status: 'complete', id: null, model: 'm', stop: 'end', blocks: text === '' ? [] : [{ type: 'text', text }], usage });
const modelEnd = (text: string, more: Partial<Extract<EventBody, { type: 'model-end' }>> = {}): EventBody => ({ type: 'model-end', step: 1, attemptId: 'a', purpose: 'turn', provider: 'p', model: 'm', reply: reply(text), usage, costMicroUsd: 5, durationMs: 1, firstEventMs: 1, ...more });
const turnEnd = (more: Partial<Extract<EventBody, { type: 'turn-end' }>> = {}): EventBody => ({ type: 'turn-end', status: 'done', reason: null, exitCode: 0, result: null, steps: 1, usage, costMicroUsd: 5, durationMs: 10, refusals: [], ...more });
const toolEnd = (callId: string, more: Partial<Extract<EventBody, { type: 'tool-end' }>> = {}): EventBody => ({ type: 'tool-end', callId, tool: 'bash', status: 'done', content: [{ type: 'text', text: 'a\nb' }], changes: [], durationMs: 5, ...more });
const toolStart = (callId: string, more: Partial<Extract<EventBody, { type: 'tool-start' }>> = {}): EventBody => ({ type: 'tool-start', callId, tool: 'bash', effect: 'exec', owner: 'tools', input: { command: 'ls' }, targets: [{ family: 'Bash', command: 'ls' }], ...more });

/** The view after these events, a millisecond after each other; every view on the way stays as it was. */
function after(bodies: readonly (EventBody & Partial<EventStamp>)[], view = empty()): View {
  let now = view;
  for (const [index, body] of bodies.entries()) {
    const before = structuredClone(now);
    const kept = now;
    now = takeEvent(now, { seq: index, atMs: index, sessionId: 's', turnId: 't', runId: 't', ...body } as TurnEvent);
    assert.deepEqual(kept, before, body.type);
    assert.deepEqual(now.items.slice(0, before.items.length), before.items, `${body.type} changed what was finished`);
  }
  return now;
}
const kinds = ({ items }: View): string[] => items.map((item) => item.kind);

describe('What there is to show', () => {
  it('grows what is said, and finishes it when something else comes', () => {
    const open = after([{ type: 'turn-start' }, { type: 'thinking-delta', text: 'h' }, { type: 'thinking-delta', text: 'm' }, { type: 'text-delta', text: 'He' }, { type: 'text-delta', text: 'llo' }]);
    assert.deepEqual([kinds(open), open.open?.text, open.status.phase], [['thinking'], 'Hello', 'answering']);

    const done = after([modelEnd('Hello'), turnEnd()], open);
    assert.deepEqual([kinds(done), done.open, done.status.phase, done.items[1]], [['thinking', 'text', 'end'], undefined, 'idle', { id: open.open!.id, atMs: 0, kind: 'text', text: 'Hello' }]);
    assert.equal(new Set(done.items.map(({ id }) => id)).size, done.items.length);
  });

  it('shows what came without a stream, and a refusal of the model', () => {
    const refused = reply('All at once.');
    const view = after([modelEnd('', { reply: { ...refused, blocks: [{ type: 'thinking', text: 'why' }, ...refused.blocks, { type: 'refusal', text: 'No.' }] } })]);
    assert.deepEqual(kinds(view), ['thinking', 'text', 'refusal']);
    // A provider that streams shows it as it comes.
    assert.deepEqual(kinds(after([{ type: 'text-delta', text: 'No.' }, modelEnd('', { reply: { ...refused, blocks: [{ type: 'refusal', text: 'No.' }] } })])), ['text']);
  });

  it('keeps what was shown of an attempt that failed, and shows the next one, and a wait only where there is one', () => {
    const view = after([{ type: 'text-delta', text: 'Half' }, modelEnd('Half', { reply: { ...reply('Half'), status: 'truncated' } }), { type: 'retry', attempt: 1, waitMs: 0, reason: 'Another account' }, { type: 'retry', attempt: 1, waitMs: 2000, reason: 'it broke off' }, { type: 'model-start', step: 1, attemptId: 'b', provider: 'p', model: 'm', purpose: 'turn' }, { type: 'text-delta', text: 'Whole' }, modelEnd('Whole')]);
    assert.deepEqual(view.items.map((item) => ('text' in item ? item.text : '')), ['Half', 'Trying again in 2.0 s: it broke off', 'Whole']);
  });

  it('counts tokens, cost and the share of the cache, and never takes an unknown cost for none', () => {
    const { status } = after([modelEnd('a'), modelEnd('', { purpose: 'compaction', usage: null, costMicroUsd: 7 })]);
    assert.deepEqual([status.contextTokens, status.cacheShare, status.costMicroUsd], [420, 0.75, 12]);
    assert.equal(after([modelEnd('a', { costMicroUsd: null }), modelEnd('b')]).status.costMicroUsd, null);
  });

  it('folds a call to its tool, target and result, and keeps its diff', () => {
    const running = after([{ type: 'tool-call', callId: '1', tool: 'edit', input: { path: '/srv/a.ts' }, complete: true, path: 'reply' }, toolStart('1', { tool: 'edit', targets: [{ family: 'Edit', path: '/srv/src/a.ts' }] }), { type: 'tool-progress', callId: '1', tool: 'edit', text: 'one\ntwo\n' }]);
    assert.deepEqual(running.calls.map(({ target, state, progress }) => [target, state, progress]), [['src/a.ts', 'running', 'two']]);

    const { calls, items: [item] } = after([toolEnd('1', { tool: 'edit', details: { diff: '--- a\n+++ b\n@@ -1 +1,2 @@\n-x\n+y\n+z\n' } })], running);
    assert.deepEqual([calls, item?.kind === 'call' && [item.call.result, item.call.state, item.call.diff?.split('\n').length]], [[], ['+2 -1', 'done', 7]]);
  });

  it('counts every line of a result, and of the time of a call only its own', () => {
    const waiting = after([{ type: 'tool-call', callId: '1', tool: 'bash', input: { command: 'ls' }, complete: true, path: 'reply' }]);
    const running = takeEvent(waiting, { seq: 1, atMs: 60_000, sessionId: 's', turnId: 't', runId: 't', ...toolStart('1') } as TurnEvent);
    const { items: [item] } = takeEvent(running, { seq: 2, atMs: 60_250, sessionId: 's', turnId: 't', runId: 't', ...toolEnd('1', { durationMs: 60_250, content: [{ type: 'text', text: 'a\n\nb\n' }] }) } as TurnEvent);
    assert.deepEqual(item?.kind === 'call' && [item.call.result, item.call.durationMs], ['3 lines', 250]);
  });

  it('tells how a call failed, was refused or was stopped', () => {
    const view = after([
      toolStart('1'), toolEnd('1', { status: 'error', content: [{ type: 'text', text: 'boom\nno such file' }], details: { exitCode: 2 } }),
      toolStart('2'), toolEnd('2', { status: 'refused', content: [{ type: 'text', text: 'a rule says no' }] }), toolStart('3'), turnEnd({ status: 'interrupted' }),
    ]);
    assert.deepEqual(view.items.flatMap((item) => (item.kind === 'call' ? [[item.call.state, item.call.result]] : [])), [['error', 'exit 2: no such file'], ['refused', 'a rule says no'], ['interrupted', '']]);
  });

  it('keeps a sub-turn apart, with its calls and what it took, and tells of it in one place', () => {
    const nested = { runId: 'r', parentRunId: 't', ancestorRunIds: ['t'] };
    const view = after([
      toolStart('9', { tool: 'agent', effect: 'agent' }), { type: 'run-start', name: 'helper', callId: '9', task: 'look', ...nested }, { type: 'text-delta', text: 'I look', ...nested },
      { ...toolStart('1'), ...nested }, { ...toolEnd('1'), ...nested }, { ...modelEnd('found'), ...nested },
    ]);
    assert.deepEqual([view.items, view.open, view.agents.map(({ name, tokens, calls, state }) => [name, tokens, calls.length, state])], [[], undefined, [['helper', 420, 1, 'running']]]);

    const done = after([{ type: 'run-end', name: 'helper', callId: '9', status: 'done', reason: null, result: 'found', usage, costMicroUsd: 5, steps: 1, durationMs: 9, ...nested }, toolEnd('9', { tool: 'agent' })], view);
    assert.deepEqual(kinds(done), ['agent']);
  });

  it('forgets the first calls of an agent that makes very many, and counts them', () => {
    const nested = { runId: 'r', parentRunId: 't' };
    const calls = Array.from({ length: 70 }, (_, index) => [{ ...toolStart(String(index)), ...nested }, { ...toolEnd(String(index)), ...nested }]).flat();
    const [agent] = after([{ type: 'run-start', name: 'a', task: '', ...nested }, ...calls]).agents;
    assert.deepEqual([agent?.calls.length, agent?.callsGone], [50, 20]);
  });

  it('tells what the turn ended with: the error and its hint, the refusal and its rule, the answer of a command', () => {
    const of = (end: Parameters<typeof turnEnd>[0]): unknown => after([turnEnd(end)]).items.map((item) => [item.kind, 'text' in item ? item.text : '', 'hint' in item ? item.hint : '']);
    const error = { code: 'LIMIT_STEPS', message: 'It stopped', hint: 'Allow more with --max-steps, or go on with: pith run --continue "go on"', origin: 'kernel', exitCode: 4 } as unknown as NonNullable<Extract<EventBody, { type: 'turn-end' }>['error']>;
    assert.deepEqual(of({ status: 'limit', error }), [['notice', 'It stopped', 'Allow more with --max-steps, or go on with: go on'], ['end', '', '']]);
    assert.deepEqual(of({ status: 'refused', reason: 'bash was refused', refusals: [{ callId: '1', tool: 'bash', kind: 'denied', by: 'permissions', reason: 'no', rule: 'Bash' }] }), [['notice', 'bash was refused (rule Bash)', 'pith hooks explain bash tells who decided.'], ['end', '', '']]);
    assert.deepEqual(of({ steps: 0, result: 'the list' }), [['answer', 'the list', ''], ['end', '', '']]);
  });

  it('leaves it to a command to say what it did to the conversation, and otherwise says it once', () => {
    const changed = (before: number, after: number): EventBody => ({ type: 'history-changed', plugin: 'input', reason: 'undo', messages: [], before, after });
    const ready: EventBody = { type: 'context-ready', reason: 'step', step: 1, tokens: { system: 1, tools: 1, messages: 1 }, sections: [], dropped: [], prefix: null } as unknown as EventBody;
    const texts = (view: View): unknown[] => view.items.flatMap((item) => ('text' in item ? [item.text] : []));

    assert.deepEqual(texts(after([changed(20, 4), changed(4, 4), turnEnd({ steps: 0, result: 'Taken back' })])), ['Taken back']);
    assert.deepEqual(texts(after([changed(20, 6), changed(6, 4), ready, turnEnd()])), ['input changed the conversation (undo): 20 messages before, 4 after']);
    assert.deepEqual(texts(after([changed(20, 4), turnEnd({ status: 'interrupted' })])), ['input changed the conversation (undo): 20 messages before, 4 after', 'Interrupted. Say what to do instead, or how to go on.']);
  });

  it('says the stages of one pass that made room once', () => {
    const room = (stage: string, tokensBefore: number, tokensAfter: number): EventBody => ({ type: 'compaction', stage, tokensBefore, tokensAfter, dropped: [], plugin: 'compaction' });
    const view = after([room('snip', 900, 500), room('summary', 500, 100), { type: 'mode-changed', from: 'default', mode: 'plan' }, { type: 'notice', level: 'warning', text: 'look' }]);
    assert.deepEqual(view.items.map((item) => item.kind === 'notice' && item.text), ['Made room (snip, summary): 900 → 100 tokens', 'look']);
    assert.equal(view.status.mode, 'plan');
  });

  it('takes the list of steps from its tool, and nothing else from what is none', () => {
    const view = after([toolStart('1', { tool: 'todo' }), toolEnd('1', { tool: 'todo', details: { items: [{ text: 'one', status: 'done' }, { text: 'two', status: 'active' }, { text: 3, status: 'open' }, null] } })]);
    assert.deepEqual(view.todo, [{ text: 'one', state: 'done' }, { text: 'two', state: 'active' }]);
  });

  it('begins with the last exchanges of a session that is gone on with, and holds none of its texts twice', () => {
    const long = 'x'.repeat(1000);
    const messages = Array.from({ length: 10 }, (_, index): Message[] => [
      { role: 'user', content: [{ type: 'text', text: `ask ${index}` }, { type: 'text', text: 'a file', label: { owner: 'input', name: '@a.ts' } }, { type: 'text', text: 'Monday', label: { owner: 'context', name: 'date' } }] },
      { role: 'assistant', content: [{ type: 'tool-call', id: `c${index}`, name: 'read', input: { path: '/srv/a.ts' }, complete: true }] },
      { role: 'user', content: [{ type: 'tool-result', toolCallId: `c${index}`, content: [{ type: 'text', text: long }] }, { type: 'text', text: 'Tuesday', label: { owner: 'context', name: 'date' } }] },
      { role: 'assistant', content: [{ type: 'text', text: 'answer' }] },
    ]).flat();
    const view = empty(messages);
    assert.deepEqual([view.earlier, kinds(view)], [{ messages: 28, exchanges: 7 }, Array.from({ length: 3 }, () => ['input', 'call', 'text']).flat()]);
    const [input, call] = view.items;
    assert.deepEqual(input?.kind === 'input' && [input.text, input.attachments], ['ask 7', ['@a.ts']]);
    const result = messages[30]!.content[0];
    assert.equal(call?.kind === 'call' && call.call.content, result?.type === 'tool-result' && result.content);
  });
});
