import assert from 'node:assert/strict';
import { createTheme, textOf, widthOf } from '@pith/screen';
import * as fc from 'fast-check';
import { atWork } from '../src/ink/agent-tree.ts';
import { layoutAgents } from '../src/ink/agents.ts';
import { layoutTodo } from '../src/ink/todo.ts';
import type { AgentView, CallView, TodoItem } from '../src/view.ts';

const look = { width: 60, theme: createTheme({ level: 0, background: 'dark', words: false, unicode: true, links: false }) };
const texts = (lines: ReturnType<typeof layoutTodo>): string[] => lines.map(textOf);

describe('terminal: the list of what is to do', () => {
  const items = (...states: TodoItem['state'][]): TodoItem[] => states.map((state, index) => ({ text: `step ${index}`, state }));
  const MANY = items('done', 'done', 'done', 'done', 'active', 'open', 'open', 'open', 'open', 'open');

  it('shows each with its state, and how far it is', () => {
    assert.deepEqual(texts(layoutTodo(items('done', 'active', 'open'), 9, look)), ['1 of 3 done', '☑ step 0', '▸ step 1', '☐ step 2']);
  });

  it('shows in few rows what is being done and what comes next, and how many others there are', () => {
    assert.deepEqual(texts(layoutTodo(MANY, 6, look)), ['4 of 10 done', '☑ step 3', '▸ step 4', '☐ step 5', '☐ step 6', '  … 6 more, 3 of them above']);
    assert.deepEqual(texts(layoutTodo(MANY, 2, look)), ['4 of 10 done', '▸ step 4']);
    assert.deepEqual(texts(layoutTodo(MANY, 1, look)), ['4 of 10 done: step 4']);
    assert.deepEqual([layoutTodo(MANY, 0, look), layoutTodo([], 5, look)], [[], []]);
  });

  it('takes no more rows and columns than it is given', () => {
    const todo = fc.array(fc.record({ text: fc.string({ maxLength: 80 }), state: fc.constantFrom('done' as const, 'active' as const, 'open' as const) }), { maxLength: 20 });
    fc.assert(fc.property(todo, fc.integer({ min: 0, max: 12 }), fc.integer({ min: 20, max: 80 }), (given, rows, width) => {
      const lines = texts(layoutTodo(given, rows, { ...look, width }));
      assert.ok(lines.length <= rows);
      for (const line of lines) assert.ok(widthOf(line) <= width, line);
      const active = given.find(({ state }) => state === 'active');
      if (active !== undefined && /^[a-z]{1,9}$/.test(active.text) && rows >= 3) assert.ok(lines.some((line) => line === `▸ ${active.text}`));
    }));
  });
});

describe('terminal: sub-agents as a tree', () => {
  const call = (tool: string, durationMs: number | null): CallView => ({ callId: tool, tool, target: 'x.ts', effect: 'read', input: {}, state: durationMs === null ? 'running' : 'done', startedMs: 0, durationMs, progress: undefined, result: '', content: [], changes: [], diff: undefined });
  const agent = (runId: string, parentRunId = 'turn', more: Partial<AgentView> = {}): AgentView => ({ runId, parentRunId, callId: runId, name: `agent-${runId}`, task: `task of ${runId}\nmore`, state: 'running', reason: null, startedMs: 0, durationMs: null, calls: [], callsGone: 0, tokens: 0, costMicroUsd: 0, text: '', ...more });
  const layout = (agents: readonly AgentView[], rows: number, width = 60): string[] => texts(layoutAgents(agents, { rows, nowMs: 12_000 }, { ...look, width }));

  it('shows each below the one that began it, with state, time, calls, tokens and cost', () => {
    assert.deepEqual(layout([
      agent('a', 'turn', { calls: [call('read', 5), call('grep', null)], callsGone: 2, tokens: 12_300, costMicroUsd: 31_000 }),
      agent('b', 'a', { state: 'done', durationMs: 3000, calls: [call('read', 5)] }), agent('c', 'a'), agent('d', 'turn', { state: 'error', reason: 'no luck', durationMs: 1000 }),
    ], 9, 90), [
      '· agent-a task of a  12 s, 4 calls, 12k tok, $0.0310', '  grep x.ts', '├ ✓ agent-b task of b  3.0 s, 1 call, 0 tok', '└ · agent-c task of c  12 s, 0 calls, 0 tok', '✗ agent-d error: no luck  1.0 s, 0 calls, 0 tok',
    ]);
  });

  it('shows at 40 columns the name, and of the facts as many as there is room for', () => {
    assert.deepEqual(layout([agent('a', 'turn', { tokens: 12_300, costMicroUsd: 31_000, task: 'a long task that goes on and on' })], 3, 40), ['· agent-a a long task th…  12 s, 0 calls']);
  });

  it('shows in few rows those that are at work, and how many others there are', () => {
    const agents = [agent('a', 'turn', { state: 'done', durationMs: 1 }), agent('b', 'turn', { state: 'done', durationMs: 1 }), agent('c'), agent('d')];
    assert.deepEqual(layout(agents, 3).map((line) => line.slice(0, 9)), ['· agent-c', '· agent-d', '… 2 more ']);
    assert.deepEqual([layout(agents, 0), layout([], 5)], [[], []]);
    assert.match(layout(agents, 1)[0]!, /^… 4 more agents, 2 of 4 at work$/);
  });

  it('takes no more rows and columns than it is given, and shows nobody twice', () => {
    const trees = fc.array(fc.record({ parent: fc.nat(12), isRunning: fc.boolean(), task: fc.string({ maxLength: 60 }) }), { maxLength: 12 }).map((nodes) => nodes.map(({ parent, isRunning, task }, index) => agent(`n${index}`, parent < index ? `n${parent}` : 'turn', { task, ...(isRunning ? { calls: [call('bash', null)] } : { state: 'done', durationMs: 5 }) })));
    fc.assert(fc.property(trees, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 30, max: 80 }), (agents, rows, width) => {
      const lines = layout(agents, rows, width);
      assert.ok(lines.length <= rows);
      for (const line of lines) assert.ok(widthOf(line) <= width, line);
      if (rows >= agents.length) for (const { name } of agents) assert.ok(lines.filter((line) => new RegExp(`${name}(?!\\d)`).test(line)).length <= 1, lines.join('\n'));
    }));
  });

  it('is of those that have not ended, and what these have begun', () => {
    const ended = { state: 'done' as const, durationMs: 1 };
    assert.deepEqual(atWork([agent('a'), agent('b', 'a', ended), agent('c', 'turn', ended), agent('d', 'c', ended)]).map(({ runId }) => runId), ['a', 'b']);
  });
});
