import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TraceEntry, TurnTrace } from '@pith/kernel';
import { createTraceKeeper, readLastTrace, readTraces } from '../../src/host/trace-files.ts';

const entry = (more: Partial<TraceEntry> = {}): TraceEntry => ({ hook: 'input', plugin: 'p', tap: 't', step: 1, runId: 'r', outcome: 'passed', ownMs: 0.123456, ...more });
const trace = (sessionId: string, turnId: string, entries: readonly TraceEntry[] = [entry()], cwd = '/a'): TurnTrace => ({ sessionId, turnId, cwd, entries, dropped: 0 });

describe('the traces of a machine', () => {
  let data: string;
  beforeEach(async () => { data = await mkdtemp(join(tmpdir(), 'pith-traces-')); });
  afterEach(() => rm(data, { recursive: true, force: true }));

  it('come back turn by turn, for the user alone', async () => {
    const keep = createTraceKeeper(data, () => 5);
    keep(trace('one', 't1'));
    keep(trace('one', 't2', [entry({ error: 'x' })]));

    assert.deepEqual(readTraces(data, 'on'), [
      { v: 1, atMs: 5, ...trace('one', 't1', [entry({ ownMs: 0.123 })]) },
      { v: 1, atMs: 5, ...trace('one', 't2', [entry({ ownMs: 0.123, error: 'x' })]) },
    ]);
    assert.equal((await stat(join(data, 'traces'))).mode & 0o777, 0o700);
    assert.equal((await stat(join(data, 'traces/one.jsonl'))).mode & 0o777, 0o600);
  });

  it('give the turn that ended last in a folder', async () => {
    const keep = createTraceKeeper(data);
    keep(trace('old', 't1'));
    keep(trace('new', 't2'));
    keep(trace('elsewhere', 't3', [], '/b'));
    for (const [index, id] of ['old', 'new', 'elsewhere'].entries()) await utimes(join(data, 'traces', `${id}.jsonl`), index, index);

    assert.equal(readLastTrace(data, '/a').turnId, 't2');
    assert.throws(() => readLastTrace(data, '/c'), { code: 'TRACE_NOT_FOUND', exitCode: 2, message: 'No turn of /c has left a trace' });
  });

  it('are found by as much of an id as is theirs alone', () => {
    const keep = createTraceKeeper(data);
    for (const id of ['abc-1', 'abc-12', 'def']) keep(trace(id, 't'));
    assert.equal(readTraces(data, 'abc-1')[0]!.sessionId, 'abc-1');
    assert.throws(() => readTraces(data, 'abc'), { code: 'TRACE_NOT_FOUND', hint: 'Write more of one: abc-12, abc-1' });
    assert.throws(() => readTraces(data, 'dex'), { code: 'TRACE_NOT_FOUND', hint: 'Did you mean def?' });
    for (const id of ['', '..', '../traces/def', 'def.jsonl']) assert.throws(() => readTraces(data, id), { code: 'TRACE_NOT_FOUND' }, id);
  });

  it('outlive a line that a crash has torn, and only that line is lost', async () => {
    const keep = createTraceKeeper(data);
    keep(trace('one', 't1'));
    await appendFile(join(data, 'traces/one.jsonl'), '{"v":1,"turn');
    keep(trace('one', 't2'));
    assert.deepEqual(readTraces(data, 'one').map(({ turnId }) => turnId), ['t1', 't2']);
  });

  it('hold no more than a megabyte of a turn, four of a session, and fifty sessions', async () => {
    const keep = createTraceKeeper(data);
    const many = Array.from({ length: 4000 }, (_, step) => entry({ step, error: 'e'.repeat(300) }));
    for (let turn = 0; turn < 9; turn++) keep(trace('one', `t${turn}`, many));
    const kept = readTraces(data, 'one');
    const last = kept.at(-1)!;
    assert.ok((await stat(join(data, 'traces/one.jsonl'))).size <= 4 * 1024 * 1024);
    assert.ok(kept.length >= 2 && last.turnId === 't8');
    assert.ok(Buffer.byteLength(JSON.stringify(last)) <= 1024 * 1024);
    assert.deepEqual([last.entries.at(-1)!.step, last.dropped + last.entries.length], [3999, 4000], 'the newest stay, the others are counted');

    for (let n = 0; n < 60; n++) {
      keep(trace(`s${n}`, 't'));
      await utimes(join(data, 'traces', `s${n}.jsonl`), 1000 + n, 1000 + n);
    }
    const names = await readdir(join(data, 'traces'));
    assert.equal(names.length, 50);
    assert.ok(names.includes('s59.jsonl') && !names.includes('s0.jsonl'));
  });

  it('keep the ends of an input that is too long', () => {
    const call = (text: string) => ({ id: 'c', name: 'write', input: { text } });
    createTraceKeeper(data)(trace('one', 't', [entry({ change: { before: call('short'), after: call(`begin ${'x'.repeat(50_000)} end`) } })]));
    const { before, after } = readTraces(data, 'one')[0]!.entries[0]!.change!;
    assert.deepEqual(before.input, { text: 'short' });
    assert.match(after.input as string, /^\{"text":"begin x+\n… \d+ of \d+ characters left out …\nx+ end"\}$/);
  });

  it('are not kept under an id that could be a path', async () => {
    createTraceKeeper(data)(trace('../escaped', 't'));
    assert.deepEqual(await readdir(data), []);
    assert.equal(await readFile(join(data, '../escaped.jsonl')).catch(() => 'nothing'), 'nothing');
  });
});
