import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TurnEvent } from '@pith/kernel';
import { RECORDED } from '../src/format.ts';
import { findFile } from '../src/store.ts';
import { makeFolders } from './helpers.ts';
import { readMarks } from './marking-tools.ts';
import { type ModelServer, startStrictModel } from './strict-model.ts';

const CHILD = fileURLToPath(new URL('kill-child.ts', import.meta.url));
const soak = process.env['PITH_SOAK'] !== undefined;
const KILLS = soak ? 500 : 40;
const LANES = 4;
/** About as many events as two turns have, so that a kill comes in any part of one. */
const EVENTS = 150;

interface Told { seq?: number; type?: TurnEvent['type']; turnId?: string; status?: string; reason?: string | null }

describe('a session whose process is killed', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  let model: ModelServer;
  const running = new Set<ChildProcessByStdio<null, Readable, Readable>>();
  before(async () => {
    folders = await makeFolders();
    model = await startStrictModel();
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await model.close();
    await folders.remove();
  });

  /** Runs the session until so many events were told of, and a moment longer; without a number until its turns are done. */
  async function run(id: string, killAfter = Infinity): Promise<Told[]> {
    const child = spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', CHILD, folders.data, folders.cwd, id, model.url, killAfter === Infinity ? '1' : '1000'], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: join(folders.cwd, 'compiled') } });
    running.add(child);
    let stderr = '';
    child.stderr.on('data', (part: Buffer) => { stderr += part.toString(); });
    const told: Told[] = [];
    const lines = createInterface(child.stdout);
    lines.on('line', (line) => {
      told.push(JSON.parse(line) as Told);
      // The moment itself is by chance, down to a part of a write.
      if (told.length === killAfter) setTimeout(() => child.kill('SIGKILL'), Math.random() * 4);
    });
    await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    running.delete(child);
    assert.equal(stderr, '');
    return told;
  }

  const eventsOf = (id: string): TurnEvent[] => {
    const text = readFileSync(findFile(folders.data, id)!, 'utf8');
    return text.slice(0, text.lastIndexOf('\n')).split('\n').slice(1).map((line) => (JSON.parse(line) as { event: TurnEvent }).event);
  };

  async function goThrough(id: string, kills: number): Promise<void> {
    const told: Told[] = [];
    for (let kill = 0; kill < kills; kill++) told.push(...await run(id, 1 + Math.floor(Math.random() * EVENTS)));
    const last = await run(id);
    assert.deepEqual(last.flatMap(({ status, reason }) => (status === undefined ? [] : [[status, reason]])), [['done', null]]);
    const events = eventsOf(id);

    const kept = new Set(events.map(({ turnId, seq, type }) => `${turnId} ${seq} ${type}`));
    const acknowledged = [...told, ...last].filter(({ type }) => type !== undefined && RECORDED.has(type));
    assert.deepEqual(acknowledged.map(({ turnId, seq, type }) => `${turnId} ${seq} ${type}`).filter((key) => !kept.has(key)), []);

    const own = events.filter(({ parentRunId }) => parentRunId === undefined);
    const turns = own.filter(({ type }) => type === 'input-accepted').map(({ turnId }) => turnId);
    assert.deepEqual(own.filter(({ type }) => type === 'turn-end').map(({ turnId }) => turnId), turns);

    const done = readMarks(join(folders.cwd, `${id}.did`));
    assert.equal(new Set(done).size, done.length, 'a call had its effect twice');
    const ended = events.flatMap((event) => (event.type === 'tool-end' && event.status === 'done' ? [event.callId] : []));
    assert.deepEqual(ended.filter((callId) => !done.includes(callId)), []);
    const starts = events.flatMap((event) => (event.type === 'tool-start' ? [event.callId] : []));
    const ends = events.flatMap((event) => (event.type === 'tool-end' ? [event.callId] : []));
    assert.deepEqual([starts.filter((callId) => !ends.includes(callId)), ends.length - new Set(ends).size], [[], 0]);
    const runs = (type: 'run-start' | 'run-end'): string[] => events.filter((event) => event.type === type).map(({ runId }) => runId).sort();
    assert.deepEqual(runs('run-end'), runs('run-start'));
  }

  it(`${KILLS} times by kill -9 loses nothing that was confirmed, goes on each time with what it had sent, does nothing twice, and ends each turn once`, async function () {
    this.timeout(soak ? 900_000 : 120_000);
    await run('first'); // It leaves the compiled code to the others: what is killed leaves none.

    await Promise.all(Array.from({ length: LANES }, (_, lane) => goThrough(`lane-${lane}`, KILLS / LANES)));

    assert.deepEqual(model.refused, []);
  });
});
