import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKernel, definePlugin } from '@pith/kernel';
import { allowAll, testHost, testModel } from '@pith/kernel/testing';
import { projectFolder } from '../src/files.ts';
import sessions from '../src/index.ts';
import { renderFound } from '../src/render-search.ts';
import { parseTerms } from '../src/search-terms.ts';
import { type FoundSession, searchSessions } from '../src/search-sessions.ts';
import { listSessions } from '../src/store.ts';
import { makeFolders } from './helpers.ts';

describe('what is searched for', () => {
  it('is words, and phrases in quotes', () => {
    for (const [text, terms] of [
      ['flaky  test', ['flaky', 'test']], ['"cannot find  module" x', ['cannot find  module', 'x']], ['say "hi', ['say', '"hi']], ['a"b c"', ['a"b', 'c"']],
      ['"type":"x"', ['type":"x']], ['""', ['""']], ['  ', []], ['"a" "b"', ['a', 'b']], ['u\u0308ber', ['\u00fcber']],
    ] as const) assert.deepEqual(parseTerms(text), terms, text);
  });
});

describe('a search', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  before(async () => {
    folders = await makeFolders();
    await keep('calls', 'Where is it?', [{ text: 'I look.', calls: [{ name: 'look', input: { path: 'src/Zebra "quoted" \\ back.ts', deep: { list: ['inner giraffe', 7] } } }] }, 'It is in stra\u00dfe 12.']);
    await keep('words', 'A flaky\n\ttest of \u00dcber-Kr\u00e4fte and \u65e5\u672c\u8a9e, 50% + (parens) [x] $5', ['The cause is a race.']);
    await keep('thinks', 'Nothing here', [{ blocks: [{ type: 'thinking', text: 'a secret elephant' }, { type: 'text', text: 'Done \u001b[2J\u202e now' }] }]);
  });
  after(() => folders.remove());

  async function keep(id: string, text: string, replies: Parameters<typeof testModel>[0]): Promise<void> {
    const tools = definePlugin({ name: 'tools', tools: [{ name: 'look', effect: 'read', description: '', inputSchema: {}, execute: async () => 'found the OKAPI here' }] });
    const kernel = await createKernel({ plugins: [sessions, testModel(replies).plugin, tools, allowAll], paths: { config: folders.data, data: folders.data, cache: folders.data }, env: {}, host: testHost() });
    await kernel.openSession({ id, cwd: '/a' }).runTurn({ text });
    await kernel.close();
  }

  const search = async (text: string, limit = 10): Promise<FoundSession[]> => searchSessions(await listSessions(folders.data), { text, limit }).sessions;
  const places = async (text: string): Promise<string[]> => (await search(text)).flatMap(({ id, places: all }) => all.map(({ kind, tool, turn, text: line, marks }) => `${id} ${turn} ${kind}${tool === undefined ? '' : ` ${tool}`}: ${marks.map(([start, end]) => line.slice(start, end)).join('|')}`));

  it('finds inputs, answers, calls and results, whatever their case, and names the place', async () => {
    assert.deepEqual(await places('WHERE'), ['calls 1 input: Where']);
    assert.deepEqual(await places('race'), ['words 1 answer: race']);
    assert.deepEqual(await places('zebra'), ['calls 1 tool-call look: Zebra']);
    assert.deepEqual(await places('giraffe'), ['calls 1 tool-call look: giraffe']);
    assert.deepEqual(await places('okapi'), ['calls 1 tool-result look: OKAPI']);
  });

  it('finds what JSON writes in another way, letters of any script, and characters that mean something in patterns', async () => {
    for (const text of ['"quoted"', '\\ back']) assert.deepEqual((await search(text)).map(({ id }) => id), ['calls'], text);
    for (const text of ['\u00fcber-kr\u00c4fte', 'u\u0308ber', '\u65e5\u672c', '50%', '(parens)', '[x]', '$5', '+']) assert.deepEqual((await search(text)).map(({ id }) => id), ['words'], text);
    assert.deepEqual(await places('STRA\u00dfE'), ['calls 1 answer: stra\u00dfe']);
  });

  it('wants every word, in whatever place, and a phrase in one', async () => {
    assert.deepEqual((await search('race flaky')).map(({ id }) => id), ['words']);
    assert.deepEqual(await search('race zebra'), []);
    assert.deepEqual(await places('"flaky test"'), ['words 1 input: flaky test']);
    assert.deepEqual(await search('"test flaky"'), []);
  });

  it('does not find what nobody has said: names of fields, thinking, a line that is not whole', async () => {
    await appendFile(join(projectFolder(folders.data, '/a'), 'words.jsonl'), '{"id":"99","parent":null,"event":{"type":"input-accepted","text":"walrus');

    for (const text of ['durationMs', 'input-accepted', 'elephant', 'walrus', 'nothing-such']) assert.deepEqual(await search(text), [], text);
  });

  it('stops when enough was found, and says how many were not looked at', async () => {
    const list = await listSessions(folders.data);

    assert.equal(list.sessions.length, 3);
    const { sessions: found, notSearched } = searchSessions(list, { text: 'e', limit: 2 });
    assert.deepEqual([found.length, notSearched], [2, 1]);
    for (const text of ['', '  ', 'x'.repeat(1001)]) assert.throws(() => searchSessions(list, { text, limit: 1 }), { code: 'FLAG_INVALID', exitCode: 2 });
  });

  it('is shown with the words marked, and with nothing in it that could steer the terminal', async () => {
    const shown = renderFound(await search('now'), { allIds: ['thinks'], folders: true, mark: (text) => `[${text}]` });

    assert.equal(shown.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, 'TIME'), 'thinks  TIME  /a  Nothing here\n  turn 1, answer: Done \\x1b[2J\\u{202e} [now]');
  });
});
