import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Block, createKernel, createSecrets, definePlugin, isPithError, type Message } from '@pith/kernel';
import { allowAll, testHost, testModel } from '@pith/kernel/testing';
import { toDocument } from '../src/export/document.ts';
import { exportSession } from '../src/export/export-session.ts';
import { toMarkdown } from '../src/export/markdown.ts';
import { projectFolder, sessionFile } from '../src/files.ts';
import sessions from '../src/index.ts';
import { rebuild } from '../src/rebuild.ts';
import { renderSession } from '../src/render.ts';
import { findSteps } from '../src/steps.ts';
import { createStore, readTranscript } from '../src/store.ts';
import { parseSkeleton, parseTranscript } from '../src/transcript.ts';
import { makeFolders } from './helpers.ts';

/** Every byte with `npm run soak`. */
const STEP = process.env['PITH_SOAK'] === undefined ? 23 : 1;

describe('a transcript of which bytes were spoilt', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  let file = '';
  let whole: Buffer = Buffer.alloc(0);
  before(async () => {
    folders = await makeFolders();
    const tools = definePlugin({
      name: 'tools',
      tools: [
        { name: 'edit', effect: 'read', description: '', inputSchema: {}, execute: async () => ({ content: [{ type: 'text', text: 'edited' }], changes: [{ path: 'a.ts', kind: 'update' }], details: { diff: '-a\n+b' } }) },
        { name: 'agent', effect: 'agent', description: '', inputSchema: {}, targets: () => [{ family: 'Agent', name: 'a' }], execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'helper', text: 'a task' })).text },
      ],
      setup({ hooks }) {
        hooks.input.tap('shorten', async (input, turn) => {
          if (input.text !== '/shorten') return undefined;
          await turn.setHistory(turn.messages.slice(0, 4), { reason: 'shorten' });
          return { ...input, handled: { reply: 'done' } };
        });
      },
    });
    const calls = ['edit', 'agent'].map((name, index): Block => ({ type: 'tool-call', id: `c${index}`, name, input: { text: 'x' }, complete: true }));
    const model = testModel([{ blocks: [{ type: 'thinking', text: 'well' }, { type: 'text', text: 'I look.' }, ...calls] }, 'from the agent', 'first answer', 'second answer', 'third answer']);
    const kernel = await createKernel({ plugins: [sessions, model.plugin, tools, allowAll], paths: { config: folders.data, data: folders.data, cache: folders.data }, env: {}, host: testHost() });
    const session = kernel.openSession({ id: 'one', cwd: '/a' });
    await session.runTurn({ text: 'first', attachments: [{ type: 'text', text: 'a file', label: { owner: 'input', name: '@a' } }] });
    for (const text of ['second', '/shorten', 'third']) await session.runTurn({ text });
    await kernel.close();
    file = sessionFile(projectFolder(folders.data, '/a'), 'one');
    whole = await readFile(file);
  });
  after(() => folders.remove());

  it('at any place is read without what they stood in, as a history that a vendor takes, or refused in one sentence', function () {
    this.timeout(300_000);
    const entries = parseTranscript(file, whole).entries.length;
    for (let at = 0; at < whole.length; at += STEP) {
      const spoilt = Buffer.from(whole);
      spoilt[at] = spoilt[at] === 0x78 ? 0x79 : 0x78;
      try {
        const { session, events, repairs } = readTranscript(file, spoilt);
        const { messages } = rebuild(events);
        assert.equal(whatIsWrong(messages), undefined, `byte ${at}`);
        assert.ok(events.length === entries || repairs.length > 0, `byte ${at} is told`);
        renderSession({ ...session, messages, repairs });
        findSteps(events);
        parseSkeleton(file, spoilt);
        toMarkdown(toDocument(session, { events, repairs }));
      } catch (error) {
        if (!isPithError(error) || error.code !== 'SESSION_UNREADABLE') throw new Error(`byte ${at}: ${(error as Error).stack}`, { cause: error });
      }
    }
  });

  it('torn at any place holds what stands before, and nothing else', () => {
    const all = parseTranscript(file, whole).entries;
    const first = whole.indexOf(10) + 1;
    for (let length = first; length < whole.length; length += STEP) {
      const { entries } = parseTranscript(file, whole.subarray(0, length));
      assert.deepEqual(entries, all.slice(0, entries.length));
      assert.equal(whatIsWrong(rebuild(entries.map(({ event }) => event)).messages), undefined);
    }
  });

  it('begins with what a person said, where the line of the first input is lost, and says that something was left out', async () => {
    const lines = whole.toString().split('\n');
    const without = lines.filter((line) => !line.includes('"text":"first"')).join('\n');
    const { messages, repairs } = rebuild(parseTranscript(file, Buffer.from(without)).entries.map(({ event }) => event));

    assert.equal(messages[0]?.role, 'user');
    assert.equal(whatIsWrong(messages), undefined);
    assert.match(repairs[0] ?? '', /^\d+ parts of what was said had lost what belongs to them, and were left out or closed\.$/);
  });

  it('goes on with what was mended, and reads the same in the next process', async () => {
    const place = { data: join(folders.cwd, 'mended') };
    const lost = whole.toString().split('\n').filter((line) => !line.includes('"text":"first"')).join('\n').replaceAll('"one"', '"two"');
    const { file: copy } = await copyTo(place.data, lost);
    const store = createStore(place.data);
    const before = await store.load('two');
    const model = testModel(['fourth answer']);
    const kernel = await createKernel({ plugins: [sessions, model.plugin, allowAll], paths: { config: place.data, data: place.data, cache: place.data }, env: {}, host: testHost() });
    const session = kernel.openSession({ id: 'two', cwd: '/a', history: before.messages, historyIsKept: true });
    const { status } = await session.runTurn({ text: 'fourth' });
    const kept = JSON.stringify(session.messages);
    await kernel.close();

    assert.equal(status, 'done');
    assert.equal(JSON.stringify((await store.load('two')).messages), kept);
    await exportSession(copy, { format: 'html', secrets: createSecrets() });
  });

  async function copyTo(data: string, text: string): Promise<{ file: string }> {
    const copy = sessionFile(projectFolder(data, '/a'), 'two');
    await mkdir(projectFolder(data, '/a'), { recursive: true });
    await writeFile(copy, text);
    return { file: copy };
  }
});

/** As a strict vendor sees it. */
function whatIsWrong(messages: readonly Message[]): string | undefined {
  let open: string[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    if (index === 0 && role !== 'user') return 'it begins with the assistant';
    const answered = content.flatMap((block) => (block.type === 'tool-result' ? [block.toolCallId] : []));
    if (open.toSorted().join() !== answered.toSorted().join()) return `message ${index} answers ${answered.join() || 'nothing'}, and ${open.join() || 'nothing'} is open`;
    open = role === 'user' ? [] : content.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []));
  }
  return open.length === 0 ? undefined : `${open.join()} is left open`;
}
