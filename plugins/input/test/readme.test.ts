import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { definePlugin, type SessionStore } from '@pith/kernel';
import { afterEach } from 'mocha';
import { CODES } from '../src/errors.ts';
import { type Input, startInput } from './start-input.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const rows = (head: string): string[][] => readme.split(`\n${head}\n`)[1]!.split('\n\n')[0]!.split('\n').slice(1).map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
/** What stands in the first column; a backtick stands in two of them. */
const typed = rows('| typed | what becomes of it |').flatMap(([cell]) => Array.from(cell!.matchAll(/`` (.+?) ``|`([^`]+)`/g), ([, twice, once]) => twice ?? once!));

/** What each must come to: a call of a tool, words of the reply, or the text that the model gets, alone. */
const BECOMES: Record<string, { calls: string } | { reply: RegExp } | { text: string } | { prompt: string }> = {
  '@notes.md': { calls: 'read {"path":"notes.md"}' },
  '@notes.md:1-2': { calls: 'read {"path":"notes.md","offset":1,"limit":2}' },
  '@notes.md:2': { calls: 'read {"path":"notes.md","offset":2,"limit":1}' },
  '@notes.md#L1-L2': { calls: 'read {"path":"notes.md","offset":1,"limit":2}' },
  '@"my notes.md"': { calls: 'read {"path":"my notes.md"}' },
  '@my\\ notes.md': { calls: 'read {"path":"my notes.md"}' },
  '@~/notes.md': { reply: /There is nothing at @~\/notes\.md/ },
  '@/srv/notes.md': { reply: /There is nothing at @\/srv\/notes\.md/ },
  '@docs/': { calls: 'list {"path":"docs/"}' },
  '@docs': { calls: 'list {"path":"docs"}' },
  '@shot.png': { calls: 'read {"path":"shot.png"}' },
  '@paper.pdf': { calls: 'read {"path":"paper.pdf"}' },
  '@https://example.org/page': { calls: 'web-fetch {"url":"https://example.org/page"}' },
  '@parseLine': { calls: 'read {"path":"src/parse.ts","offset":7,"limit":60}' },
  '@Parser.next()': { calls: 'read {"path":"src/parser.ts","offset":3,"limit":60}' },
  '!ls -l': { calls: 'bash {"command":"ls -l"}' },
  '/clear': { reply: /cleared|nothing to clear/ },
  '/context': { reply: /about so many tokens/ },
  '/cost': { reply: /has cost nothing/ },
  '/fork': { reply: /nothing to copy/ },
  '/help': { reply: /\/undo {2}Take back/ },
  '/help undo': { reply: /Takes back the last/ },
  '/model': { reply: /test\/model answers/ },
  '/model other': { reply: /test\/other answers/ },
  '/resume': { reply: /no other session/ },
  '/resume 0mx': { reply: /goes on here/ },
  '/undo': { reply: /nothing to take back/ },
  '/undo 2': { reply: /There are 0 steps to take back, and not 2/ },
  '/undo code': { reply: /Files are not kept/ },
  '/undo chat': { reply: /nothing to take back/ },
  '/undo preview': { reply: /nothing to take back/ },
  '/undo force': { reply: /nothing to take back/ },
  '/undo list': { reply: /nothing to take back/ },
  '/redo': { reply: /nothing to bring again/ },
  '/review src': { prompt: 'Review src' },
  '\\@notes.md': { text: '\\@notes.md' }, '\\/clear': { text: '/clear' }, '\\!ls': { text: '!ls' },
  '/usr/bin/env fails': { text: '/usr/bin/env fails' }, '// why': { text: '// why' }, '/tmp is full': { text: '/tmp is full' },
  'ada@example.org': { text: 'ada@example.org' }, '@types/node': { text: '@types/node' }, '@ada': { text: '@ada' }, '"@notes.md"': { text: '"@notes.md"' }, '`@notes.md`': { text: '`@notes.md`' },
};

const others = definePlugin({
  name: 'others',
  services: {
    codemap: () => ({}),
    sessions: (): SessionStore => ({
      list: async () => [], steps: async () => ({ done: [], undone: [], turnIds: [] }), events: async function* none() { /* nothing was kept */ },
      load: async (id) => ({ id: `${id}abc`, cwd: '/', startedMs: 0, updatedMs: 0, turns: 1, title: 'x', provider: null, model: null, repairs: [], messages: [] }),
    } as Partial<SessionStore> as SessionStore),
  } as object,
  tools: [{ name: 'map', description: '', effect: 'read', inputSchema: {}, execute: async ({ focus }: { focus: string }) => (focus === 'parseLine' ? 'function parseLine  src/parse.ts:7' : focus === 'Parser.next' ? 'method next  src/parser.ts:3' : '[no symbol fits the focus]') }],
  slashCommands: [{ name: 'review', summary: '', run: async (argument) => ({ prompt: `Review ${argument}` }) }],
});

describe('the README of input', () => {
  let input: Input | undefined;
  afterEach(() => input?.close());

  it('has no row that is not tried here', () => assert.deepEqual(typed.toSorted(), Object.keys(BECOMES).toSorted()));

  for (const text of typed) {
    it(`is right about ${text}`, async () => {
      input = await startInput({ plugins: [others] });
      for (const name of ['notes.md', 'my notes.md', 'docs/a.md', 'shot.png', 'paper.pdf']) await input.put(name);

      const { text: reply, reason } = await input.run(text);

      const becomes = BECOMES[text]!;
      const sent = input.model.requests[0]?.messages.at(-1)?.content ?? [];
      if ('calls' in becomes) assert.deepEqual(input.calls, [becomes.calls]);
      if ('reply' in becomes) assert.match(reply ?? reason!, becomes.reply);
      if ('prompt' in becomes) assert.deepEqual(sent, [{ type: 'text', text: becomes.prompt }]);
      if ('text' in becomes) assert.deepEqual([sent, input.calls], [[{ type: 'text', text: becomes.text }], []]);
    });
  }

  it('lists the error codes', () => {
    assert.deepEqual(rows('| code | exit | meaning |'), Object.entries(CODES).map(([code, [exit, meaning]]) => [`\`${code}\``, String(exit), meaning]));
  });
});
