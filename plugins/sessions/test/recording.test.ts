import assert from 'node:assert/strict';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { createKernel, definePlugin, type Kernel, type PluginDefinition, replaySitting, type RecordedSession, type TurnEvent } from '@pith/kernel';
import { allowAll, testModel } from '@pith/kernel/testing';
import { hardAsker, hardPlugins, INPUTS, nothingReached } from '../../../test/support/long-session.ts';
import sessions from '../src/index.ts';
import { Tape } from '../src/tape.ts';
import { findTranscript, makeFolders } from './helpers.ts';

interface Kept { id: string; events: TurnEvent[]; recording(): Promise<RecordedSession>; tape: string; transcript: string }

describe('a recording', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  beforeEach(async () => { folders = await makeFolders(); });
  afterEach(() => folders.remove());

  const open = (plugins: readonly PluginDefinition[]): Promise<Kernel> =>
    createKernel({ plugins: [sessions, ...plugins], paths: { config: folders.data, data: folders.data, cache: folders.data }, env: {} });

  async function keep(texts: readonly string[], plugins: readonly PluginDefinition[], { id = 'kept', resume = false } = {}): Promise<Kept> {
    const kernel = await open(plugins);
    const events: TurnEvent[] = [];
    const history = resume ? (await (await kernel.service('sessions')).load(id)).messages : [];
    const session = kernel.openSession({ id, cwd: folders.cwd, history, sink: (event) => { events.push(event); }, asker: hardAsker(nothingReached()) });
    for (const text of texts) await session.runTurn({ text });
    await kernel.close();
    const transcript = await findTranscript(folders.data);
    return {
      id, events, transcript, tape: transcript.replace(/\.jsonl$/, '.tape'),
      recording: async () => {
        const reader = await open([]);
        const recording = await (await reader.service('sessions')).recording(id);
        await reader.close();
        return recording;
      },
    };
  }

  it('holds every event as it was, and plays again without a model or a tool', async () => {
    const { events, recording, tape } = await keep(INPUTS, hardPlugins(nothingReached()));
    const { sittings: [sitting] } = await recording();

    assert.deepEqual(sitting!.events.map((event) => JSON.stringify(event)), events.map((event) => JSON.stringify(event)));
    const reached = nothingReached();
    const kernel = await open(hardPlugins(reached));
    const { difference } = await replaySitting(kernel, sitting!);
    await kernel.close();
    assert.deepEqual([difference, reached], [null, nothingReached()]);
    assert.equal((await stat(tape)).mode & 0o777, 0o600);
  });

  it('holds also what gave nothing', async () => {
    const silent = definePlugin({ name: 'silent', setup: ({ hooks }) => hooks.input.tap('silent', async (_input, turn) => void await turn.recorded('nothing', () => undefined)) });
    const { recording } = await keep(['one'], [silent, testModel(['answer']).plugin, allowAll]);

    const { sittings: [sitting] } = await recording();
    const kernel = await open([silent, testModel().plugin, allowAll]);
    const { difference } = await replaySitting(kernel, sitting!);
    await kernel.close();

    assert.deepEqual([sitting!.missing, difference], [undefined, null]);
  });

  it('goes on in every process that goes on with the session, with the history of before', async () => {
    await keep(['one'], [testModel([{ text: 'first answer', usage: { input: 1, output: 1 } }], { deltas: 3 }).plugin, allowAll]);
    const { recording } = await keep(['two'], [testModel(['second answer']).plugin, allowAll], { resume: true });

    const { sittings } = await recording();
    const kernel = await open([testModel().plugin, allowAll]);
    const heard = [];
    for (const sitting of sittings) heard.push((await replaySitting(kernel, sitting)).difference);
    await kernel.close();

    assert.deepEqual(heard, [null, null]);
    assert.equal((sittings[1]!.events[0] as { history?: number }).history, 2);
  });

  it('says where it ends when a line was spoilt, and plays as far as that', async () => {
    const { recording, tape } = await keep(['one', 'two'], [testModel(['first', 'second']).plugin, allowAll]);
    const lines = (await readFile(tape, 'utf8')).split('\n');
    const at = lines.findLastIndex((line) => line.includes('"model-start"'));
    await writeFile(tape, [...lines.slice(0, at), '{"event":{"type":"mod', ...lines.slice(at + 1)].join('\n'));

    const { sittings: [sitting] } = await recording();
    const kernel = await open([testModel().plugin, allowAll]);
    const { difference, events } = await replaySitting(kernel, sitting!);
    await kernel.close();

    assert.equal(sitting!.ended, 'something after it was not kept');
    assert.deepEqual([difference, events], [null, sitting!.events.length]);
    assert.equal(sitting!.events.at(-1)!.type, 'context-ready');
    assert.deepEqual(sitting!.rest!.map(({ type }) => type), ['model-end', 'turn-end']);
  });

  it('plays nothing of what is not as it writes it, and names the line', async () => {
    const { tape, recording } = await keep(['one'], [testModel([{ text: 'answer', usage: { input: 1, output: 1 } }], { deltas: 3 }).plugin, allowAll]);
    const lines = (await readFile(tape, 'utf8')).trimEnd().split('\n');
    const kinds = new Map(lines.map((line, index) => [Object.keys(JSON.parse(line) as object)[0]!, index]));
    assert.ok(['event', 'model', 'outside'].every((kind) => kinds.has(kind)), [...kinds.keys()].join(' '));
    const spoil = async (index: number, line: string): Promise<void> => {
      await writeFile(tape, `${lines.with(index, line).join('\n')}\n`);
      const { sittings: [sitting] } = await recording();
      assert.deepEqual([sitting!.missing, sitting!.outside], [`line ${index + 1} of ${tape} is not as pith writes it`, []], line);
    };

    for (const line of ['{}', '{"full":1}', '{"event":{"seq":-1}}', '{"deltas":{"list":[[0]]}}', '{"outside":{"kind":"none","at":0}}', '{"outside":{"kind":"tool","at":0,"key":"k"}}']) await spoil(1, line);
    for (const [kind, index] of kinds) {
      if (kind !== 'tape') await spoil(index, lines[index]!.replace(/^(\{"\w+":)\{/, '$1{"seq":"x","at":"x",').replace(/"(?:at|seq)":\d+/g, '"gone":0'));
    }
  });

  it('says what is missing of a session that was kept without it, or by another version', async () => {
    const { recording, tape } = await keep(['one'], [testModel(['first']).plugin, allowAll]);
    const text = await readFile(tape, 'utf8');
    await writeFile(tape, text.replace('{"tape":1', '{"tape":9'));
    assert.equal((await recording()).sittings[0]!.missing, 'its recording is of version 9, and this pith plays version 1');
    await writeFile(tape, '');
    assert.equal((await recording()).sittings[0]!.missing, 'it was not recorded so that it could be played again');
  });

  it('goes on behind what a crash has left of a line', async () => {
    const { tape } = await keep(['one'], [testModel(['first']).plugin, allowAll]);
    await appendFile(tape, '{"event":');
    const { recording } = await keep(['two'], [testModel(['second']).plugin, allowAll], { resume: true });
    assert.deepEqual((await recording()).sittings.map(({ missing, ended }) => [missing, ended]), [[undefined, undefined], [undefined, undefined]]);
  });

  it('stops growing at its limit, and says so', async () => {
    const { events, tape, transcript, recording } = await keep(['one', 'two'], [testModel(['first', 'second']).plugin, allowAll]);
    await writeFile(tape, '');
    const small = new Tape(transcript, { limit: 1000 });
    for (const event of events) small.take(event, []);
    small.close();

    const { sittings: [sitting] } = await recording();

    assert.equal(sitting!.ended, 'it had grown to its limit');
    assert.ok((await stat(tape)).size < 1100);
  });

  it('is small beside what was said: a stream stands in it once', async () => {
    const text = 'word '.repeat(4000);
    const { tape } = await keep(['go'], [testModel([text], { deltas: 4000 }).plugin, allowAll]);
    const size = (await stat(tape)).size;
    assert.ok(size < 4000 * 24, `${size} bytes for 4000 deltas`);
  });
});
