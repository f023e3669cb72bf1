import assert from 'node:assert/strict';
import { allow, definePlugin } from '@pith/kernel';
import { startTools, type Called, type Tools } from './start-tools.ts';

describe('jobs', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  const start = (command: string): Promise<Called> => tools.call('bash', { command, background: true });
  const jobs = (input: unknown): Promise<Called> => tools.call('jobs', input);

  /** What `job-1` says when it has said this; each look waits a little for its end. */
  const lookFor = async (words: string): Promise<string> => {
    for (;;) {
      const { text } = await jobs({ job: 'job-1', waitMs: 10 });
      if (text.includes(words)) return text;
    }
  };

  it('starts a command in the background and gives its name at once', async () => {
    const { status, text, details } = await start('sleep 300');

    assert.equal(status, 'done');
    assert.equal(text, 'Started job-1. Look at its output, wait for it or stop it with jobs.');
    assert.deepEqual(details, { job: 'job-1' });
  });

  it('waits for the end and gives the output', async () => {
    await start('echo one; sleep 0.05; echo two; exit 7');

    const { text, details } = await jobs({ job: 'job-1', waitMs: 20_000 });

    assert.match(text, /^one\ntwo\n\[job-1 ended after 0\.\d s: exit code 7\]$/);
    assert.deepEqual(details, { job: 'job-1', alive: false, exitCode: 7, signal: null });
  });

  it('gives each part of the output once', async () => {
    await start('echo one; sleep 300');

    const text = await lookFor('one');

    assert.match(text, /^one\n\[job-1 has run for \d+\.\d s\]$/);
    assert.match((await jobs({ job: 'job-1' })).text, /^\[job-1 has run for/);
  });

  it('waits no longer than it is told', async () => {
    await start('sleep 300');

    const { text } = await jobs({ job: 'job-1', waitMs: 20 });

    assert.match(text, /^\[job-1 has run for \d+\.\d s\]$/);
  });

  it('stops waiting when the call is cancelled, and leaves the job running', async () => {
    await start('sleep 300');
    const cancel = new AbortController();
    const waiting = tools.call('jobs', { job: 'job-1', waitMs: 600_000 }, cancel.signal);

    cancel.abort(new Error('enough'));

    assert.equal((await waiting).status, 'interrupted');
    assert.match((await jobs({})).text, /^job-1 {2}has run for/);
  });

  it('stops a job and gives the rest of its output', async () => {
    await start('trap "echo bye; exit" TERM; echo ready; while :; do sleep 0.01; done');
    await lookFor('ready');

    const stopped = await jobs({ job: 'job-1', action: 'stop' });

    assert.match(stopped.text, /bye\n\[job-1 was stopped\]$/);
    assert.equal((await jobs({})).text, '[no background jobs]');
  });

  it('is judged as an effect where it stops a job, and only there', async () => {
    const asking = await startTools({ plugins: [definePlugin({ name: 'start-only', capabilities: ['permission:allow'], setup({ hooks }) { hooks.permission.tap('start-only', ({ name, effect }) => (name === 'bash' || effect === 'read' ? allow('test') : undefined)); } })] });
    await asking.call('bash', { command: 'sleep 300', background: true });

    const listed = await asking.call('jobs', {});
    const looked = await asking.call('jobs', { job: 'job-1' });
    const stopped = await asking.call('jobs', { job: 'job-1', action: 'stop' });
    const after = await asking.call('jobs', {});

    assert.deepEqual([listed.status, looked.status, stopped.status], ['done', 'done', 'refused']);
    assert.match(after.text, /^job-1 {2}has run for/);
    await asking.close();
  });

  it('names the job that it is to stop, and calls that exec', async () => {
    await start('sleep 300');
    await jobs({ job: 'job-1', action: 'stop' });
    await jobs({ action: 'stop' });

    const starts = tools.events.flatMap((event) => (event.type === 'tool-start' && event.tool === 'jobs' ? [[event.effect, event.targets]] : []));
    assert.deepEqual(starts, [['exec', [{ family: 'jobs', name: 'stop job-1' }]], ['read', []]]);
  });

  it('lists jobs with what became of them', async () => {
    await start('sleep 300');
    await start('exit 3');
    await start('exit 4');
    await jobs({ job: 'job-3', waitMs: 20_000 });
    let text = '';
    while (!text.includes('exit code')) ({ text } = await tools.call('bash', { command: 'true' }).then(() => jobs({})));

    assert.match(text, /^job-1 {2}has run for \d+\.\d s {2}sleep 300\njob-2 {2}ended after \d+\.\d s: exit code 3 {2}exit 3$/);
  });

  it('says which jobs there are when another one is asked for', async () => {
    assert.match((await jobs({ job: 'job-9' })).text, /^There is no background job "job-9"\. None was started\.$/);
    await start('sleep 300');
    const { code, text } = await jobs({ job: 'job-9' });
    assert.equal(code, 'JOB_UNKNOWN');
    assert.match(text, /There are: job-1\./);
  });

  it('runs 16 at a time and no more', async () => {
    for (let index = 0; index < 16; index++) await start('sleep 300');

    const { code, text } = await start('sleep 300');

    assert.equal(code, 'JOB_LIMIT');
    assert.match(text, /^16 commands run in this session already, which is the most\. Stop one of them with jobs: job-1, /);
    await jobs({ job: 'job-3', action: 'stop' });
    assert.equal((await start('sleep 300')).status, 'done');
  });

  it('bounds the output of a job that nobody looks at', async () => {
    await start('seq 1 100000');

    const { text } = await jobs({ job: 'job-1', waitMs: 20_000 });

    assert.match(text, /^1\n2\n[^]*bytes left out[^]*100000\n\[job-1 ended/);
    assert.ok(text.length < 31_000);
  });
});
