import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFile, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createKernel, type Kernel, type ModelRequest, replaySitting } from '@pith/kernel';
import { allowAll, recordedTool, testModel } from '@pith/kernel/testing';
import sessions from '../src/index.ts';
import { findTranscript, makeFolders, readLines } from './helpers.ts';

describe('a fork', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  let parent = '';
  beforeEach(async () => {
    folders = await makeFolders();
    await talk({ id: 'parent', texts: ['first', 'second'] });
    parent = await findTranscript(folders.data);
  });
  afterEach(() => folders.remove());

  const open = (model = testModel()): Promise<Kernel> => createKernel({ plugins: [sessions, model.plugin, recordedTool('look').plugin, allowAll], paths: { config: folders.data, data: folders.data, cache: folders.data }, env: {} });
  const fileOf = (id: string): string => `${dirname(parent)}/${id}.jsonl`;

  /** A sitting with one turn for each text; each asks for a tool. @returns the requests that the model got */
  async function talk({ id, texts, resume = false }: { id: string; texts: readonly string[]; resume?: boolean }): Promise<readonly ModelRequest[]> {
    const model = testModel(texts.flatMap((text) => [{ text: `I look for ${text}.`, calls: [{ name: 'look', input: { text } }] }, `answer to ${text}`]));
    const kernel = await open(model);
    const history = resume ? (await (await kernel.service('sessions')).load(id)).messages : [];
    const session = kernel.openSession({ id, cwd: folders.cwd, history });
    for (const text of texts) assert.equal((await session.runTurn({ text })).status, 'done');
    await kernel.close();
    return model.requests;
  }

  async function fork(options?: { cwd?: string; turns?: number }): Promise<string> {
    const kernel = await open();
    const { id } = await (await kernel.service('sessions')).fork('par', options);
    await kernel.close();
    return id;
  }

  it('is flushed before it has its name: where that fails there is none, in one sentence', async () => {
    const place = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
    const code = `const { arm } = await import(${place('faults.ts')}); const { forkSession } = await import(${place('../src/fork.ts')}); arm({ call: 'fsyncSync', at: 1, code: 'EIO' });
      try { forkSession(${JSON.stringify(folders.data)}, ${JSON.stringify(parent)}); } catch (error) { console.log(error.code, error.message); }`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } });

    assert.equal(stdout, 'SESSION_NOT_KEPT The fork cannot be written: EIO: the disk failed, fsyncSync\n', stderr);
    assert.deepEqual((await readdir(dirname(parent))).filter((name) => name.endsWith('.jsonl') || name.endsWith('.aside')), ['parent.jsonl']);
  });

  it('begins with the entries of the other, byte for byte, under an id of its own, and says where it is from', async () => {
    const before = await readFile(parent, 'utf8');

    const id = await fork();

    const [header, ...entries] = (await readFile(fileOf(id), 'utf8')).split('\n');
    assert.deepEqual(entries, before.split('\n').slice(1));
    const { forkedFrom, cwd } = JSON.parse(header!) as { forkedFrom: unknown; cwd: string };
    assert.deepEqual([forkedFrom, cwd], [{ id: 'parent', turns: 2, entry: (await readLines(parent)).at(-1)!.id }, folders.cwd]);
    assert.equal(await readFile(parent, 'utf8'), before);
    assert.equal((await stat(fileOf(id))).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(dirname(parent))).filter((name) => !/\.(jsonl|tape)$/.test(name)), []);
  });

  it('sends the request that the other would have sent, and leaves it as it was', async () => {
    const id = await fork();
    const before = await readFile(parent, 'utf8');

    const [mine] = await talk({ id, texts: ['third'], resume: true });
    assert.equal(await readFile(parent, 'utf8'), before);
    const [theirs] = await talk({ id: 'parent', texts: ['third'], resume: true });

    assert.equal(JSON.stringify(mine!.messages), JSON.stringify(theirs!.messages));
    assert.equal(mine!.messages.length, 9);
  });

  it('begins with as many turns as it is told', async () => {
    const id = await fork({ turns: 1 });

    const [request] = await talk({ id, texts: ['other'], resume: true });
    assert.deepEqual(request!.messages.map(({ content: [block] }) => (block!.type === 'text' ? block!.text : block!.type)), ['first', 'I look for first.', 'tool-result', 'answer to first', 'other']);
    for (const turns of [0, 3, -1, 1.5]) await assert.rejects(fork({ turns }), { code: 'SESSION_FORK_INVALID', message: `Session parent has 2 turns; a fork cannot begin with ${turns}`, exitCode: 2 });
  });

  it('does without the other, and can be played again', async () => {
    const id = await fork();
    await talk({ id, texts: ['third'], resume: true });
    await rm(parent);
    await rm(parent.replace('.jsonl', '.tape'));

    const kernel = await open();
    const store = await kernel.service('sessions');
    const { sittings, turns, forkedFrom } = await store.recording(id);
    const { difference } = await replaySitting(kernel, sittings[0]!);

    assert.deepEqual([sittings.length, turns, forkedFrom, difference], [1, 3, { id: 'parent', turns: 2 }, null]);
    assert.deepEqual((await store.load(id)).messages.length, 12);
    await kernel.close();
  });

  it('is of the folder that it is made for, and the one that was used last', async () => {
    const id = await fork({ cwd: '/elsewhere' });
    const own = await fork();

    const kernel = await open();
    const store = await kernel.service('sessions');
    assert.deepEqual([(await store.latest('/elsewhere'))?.id, (await store.latest(folders.cwd))?.id], [id, own]);
    assert.deepEqual((await store.list({ cwd: folders.cwd })).map((session) => [session.id, session.title]), [[own, 'first'], ['parent', 'first']]);
    await kernel.close();
  });

  it('of a session that broke off closes its turn, when it is taken up', async () => {
    const lines = (await readFile(parent, 'utf8')).split('\n');
    const cut = lines.findLastIndex((line) => line.includes('"type":"tool-end"'));
    await rm(parent);
    await appendFile(parent, `${lines.slice(0, cut).join('\n')}\n${lines[cut]!.slice(0, 30)}`);

    const id = await fork();
    await talk({ id, texts: ['third'], resume: true });

    const events = (await readLines(fileOf(id))).slice(1).map(({ event }) => event.type);
    assert.equal(events.filter((type) => type === 'turn-end').length, events.filter((type) => type === 'input-accepted').length);
  });
});
