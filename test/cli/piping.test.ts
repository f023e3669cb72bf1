import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@pith/kernel';
import { bin, conversation, createPlace, jsonLines, type Place } from '../support/pith.ts';
import { type Line, type Talk, talk, user } from '../support/talk.ts';

const write = (path: string, content = 'hello\n'): object => ({ calls: [{ tool: 'write', input: { path, content } }] });
const bash = (command: string): object => ({ calls: [{ tool: 'bash', input: { command } }] });
const INTERRUPT = { type: 'interrupt' };

describe('a parent program and pith', () => {
  let place: Place;
  const talks: Talk[] = [];
  beforeEach(async () => { place = await createPlace(); });
  afterEach(async () => {
    for (const { child } of talks.splice(0)) child.kill('SIGKILL');
    await place.remove();
  });

  const start = (args: readonly string[], env?: Record<string, string>): Talk => {
    const talking = talk(place, ['--model', 'c.json', ...args], env);
    talks.push(talking);
    return talking;
  };
  const script = (...replies: object[]): Promise<string> => place.write('c.json', conversation(...replies));
  const decisions = ({ lines }: Talk): string[] => lines.flatMap((line) => (line.type === 'permission-decided' ? [`${String(line['verdict'])} by ${String(line['by'])}`] : []));
  const ends = ({ lines }: Talk): unknown[] => lines.flatMap((line) => (line.type === 'turn-end' ? [line['status']] : []));
  const shownFile = (name: string): string => readFileSync(join(place.folder, name), 'utf8');

  it('are asked and answer: with the diff, once, no with a reason, for the session, and a mode ends the questions', async () => {
    await script(write('a.txt'), write('b.txt'), write('b.txt', 'two\n'), write('b.txt', 'three\n'), { text: 'stop' }, write('c.txt'), write('d.txt'), { text: 'done' });
    const parent = start(['--ask-parent']);
    parent.send(user('go'));

    const first = await parent.next('question') as Line & { id: string; question: { kind: string; diff: string; callId: string; body: string; always: string[][] } };
    assert.deepEqual([first.question.kind, first.question.diff, first.question.body], ['permission', '@@ -0,0 +1 @@\n+hello', join(place.folder, 'a.txt')]);
    parent.send({ type: 'answer', id: first.id, verdict: 'deny', text: 'not that file' }, { type: 'answer', id: first.id, verdict: 'allow' });
    assert.match(String((await parent.next('input-error'))['message']), /^Line 3 of the input: Question q1 was answered before$/);
    const { question } = await parent.next('question') as unknown as { question: { callId: string } };
    parent.send({ type: 'answer', callId: question.callId, verdict: 'allow', scope: 'session' });
    await parent.next('turn-end');
    parent.send(user('and on'));
    await parent.next('question');
    parent.send({ type: 'set-mode', mode: 'acceptEdits' }, { type: 'answer', id: 'q3', verdict: 'allow' });

    assert.equal(await parent.end(), EXIT.ok);
    assert.deepEqual(decisions(parent), ['deny by person', 'allow by person', 'allow by permissions', 'allow by permissions', 'allow by person', 'allow by permissions']);
    assert.deepEqual([shownFile('b.txt'), shownFile('c.txt'), shownFile('d.txt')], ['three\n', 'hello\n', 'hello\n']);
    assert.match(JSON.stringify(parent.lines.find(({ type }) => type === 'tool-end')), /The user did not allow this write call: not that file/);
    assert.ok(parent.lines.every((line) => line.type === 'question' || !JSON.stringify(line['question'] ?? '').includes('+hello')), 'an event carries the diff');
  });

  it('play again as they were: questions, a mode and a model that changed in the middle', async () => {
    await script(write('a.txt'), write('b.txt'), { text: 'one' }, { text: 'two' }, { text: 'three' });
    await place.write('d.json', conversation({ text: 'x' }, { text: 'y' }, { text: 'z' }, { text: 'another model' }));
    const parent = start(['--ask-parent']);
    parent.send(user('go'));
    await parent.next('question');
    parent.send({ type: 'set-mode', mode: 'plan' }, { type: 'set-model', model: 'd.json' }, { type: 'answer', id: 'q1', verdict: 'allow' }, user('next'));
    assert.equal(await parent.end(), EXIT.ok);
    assert.deepEqual(decisions(parent), ['allow by person', 'deny by permissions']);
    assert.deepEqual(parent.lines.filter(({ type }) => type === 'turn-end').map(({ result }) => result), ['one', 'another model']);

    const { stdout, code } = await place.pith(['replay', String(parent.lines[0]!['sessionId'])]);
    assert.equal(code, EXIT.ok, stdout);
  });

  it('begin again in the mode of the settings when a session that had come to bypassPermissions is taken up', async () => {
    await script({ text: 'one' }, { text: 'two' });
    const parent = start([]);
    parent.send({ type: 'set-mode', mode: 'bypassPermissions' }, user('go'));
    assert.equal((await parent.next('session-start'))['mode'], 'bypassPermissions');
    await parent.end();
    const resumed = start(['--continue']);
    resumed.send(user('again'));
    assert.equal((await resumed.next('session-start'))['mode'], 'default');
    assert.equal(await resumed.end(), EXIT.ok);
  });

  it('interrupt a running command and leave no process behind, and the line that waits has its turn', async () => {
    await script(bash('echo $$ > pid; sleep 30'), { text: 'two' });
    const parent = start(['--mode', 'bypassPermissions']);
    parent.send(user('sleep'), user('next'));
    const { callId } = await parent.next('tool-start');
    await until(() => existsFilled(join(place.folder, 'pid')));
    parent.send(INTERRUPT);
    assert.deepEqual(await parent.until((line) => line.type === 'tool-end' && line['callId'] === callId).then(({ status }) => status), 'interrupted');
    assert.throws(() => process.kill(Number(shownFile('pid')), 0), { code: 'ESRCH' });

    assert.equal(await parent.end(), EXIT.ok);
    assert.deepEqual(ends(parent), ['interrupted', 'done']);
  });

  it('interrupt a question, which is withdrawn, and an answer that comes too late harms nothing', async () => {
    await script(write('a.txt'), { text: 'two' });
    const parent = start(['--ask-parent']);
    parent.send(user('go'));
    const { id } = await parent.next('question');
    parent.send(INTERRUPT, { type: 'answer', id, verdict: 'allow' }, user('next'));
    assert.equal((await parent.next('question-withdrawn'))['id'], id);

    assert.equal(await parent.end(), EXIT.ok);
    assert.deepEqual([ends(parent), decisions(parent)], [['interrupted', 'done'], []]);
    assert.throws(() => shownFile('a.txt'), { code: 'ENOENT' });
  });

  it('end together: where the parent is killed while a tool is silent, the turn is stopped', async () => {
    await script(bash('sleep 611'), { text: 'never said' });
    const args = [bin, 'run', '--model', 'c.json', '--input', 'stream-json', '--output', 'stream-json', '--ask-parent', '--allow', 'Bash(sleep:*)'];
    const program = `const pith = require('node:child_process').spawn(process.execPath, ${JSON.stringify(args)}, { stdio: ['pipe', 'pipe', 'inherit'] });
      pith.stdin.write('{"type":"user","text":"go"}\\n');
      pith.stdout.on('data', (data) => { if (String(data).includes('"tool-start"')) process.kill(process.pid, 'SIGKILL'); });`;
    const parent = spawn(process.execPath, ['-e', program], { cwd: place.folder, env: place.env, stdio: ['ignore', 'ignore', 'pipe'] });
    parent.stderr.resume();
    await once(parent, 'exit');
    await once(parent.stderr, 'close'); // It is pith's as well, so pith has ended, too.

    const [session] = JSON.parse((await place.pith(['sessions', 'list', '--json'])).stdout) as { id: string }[];
    const { stdout } = await place.pith(['sessions', 'export', session!.id, '--format', 'json']);
    assert.match(stdout, /"status": ?"interrupted"/);
    assert.doesNotMatch(stdout, /never said/);
  });

  it('are asked nothing without --ask-parent, and nothing waits for an answer that cannot come', async () => {
    await script(write('a.txt'), { text: 'one' }, write('a.txt'), { text: 'two' });
    const silent = start([]);
    silent.send(user('go'));
    assert.equal((await silent.next('permission-decided'))['kind'], 'nobody-to-ask');
    assert.equal(await silent.end(), EXIT.refused);

    const gone = start(['--ask-parent']);
    gone.send(user('go'));
    await gone.next('question');
    assert.equal(await gone.end(), EXIT.refused);
    assert.match(JSON.stringify(gone.lines.find(({ type }) => type === 'turn-end')), /asking failed: the parent program has closed standard input/);
  });

  it('answer a question of a plugin, which is about no call', async () => {
    const config = join(place.env['PITH_HOME']!, 'config');
    await mkdir(config, { recursive: true });
    await writeFile(join(config, 'pith.config.ts'), "import { defineConfig } from '@pith/kernel';\nexport default defineConfig({ hooks: ['./which.ts'] });\n");
    await writeFile(join(config, 'which.ts'), "import { definePlugin } from '@pith/kernel';\nexport default definePlugin({ name: 'which', setup({ hooks }) { hooks.input.tap('which', async (input, turn) => { const { verdict, text } = await turn.ask({ kind: 'choice', title: 'Which?', body: 'branch', reasons: [], options: ['main', 'next'] }); return { ...input, handled: { reply: `${verdict} ${text}` } }; }); } });\n");
    const parent = start(['--ask-parent']);
    parent.send(user('go'));
    const { id, question } = await parent.next('question') as unknown as { id: string; question: object };
    assert.deepEqual(question, { kind: 'choice', title: 'Which?', body: 'branch', reasons: [], options: ['main', 'next'] });
    parent.send({ type: 'answer', id, verdict: 'allow', text: 'next' });
    assert.equal((await parent.next('turn-end'))['result'], 'allow next');
    assert.equal(await parent.end(), EXIT.ok);
  });

  it('have the line named that nothing is done for, go on, and read of it in the exit code', async () => {
    await script({ text: 'one' });
    const parent = start([]);
    parent.send('{"type":"user"', { type: 'shout' }, `{"type":"user","text":"${'x'.repeat(33 * 1024 * 1024)}"}`, user('go'));
    await parent.next('turn-end');
    assert.equal(await parent.end(), EXIT.usage);
    assert.deepEqual(parent.lines.filter(({ type }) => type === 'input-error').map(({ line, code, message }) => [line, code, message]), [
      [1, 'INPUT_INVALID', 'Line 1 of the input is not JSON'],
      [2, 'INPUT_INVALID', 'Line 2 of the input has the type "shout"; there are user, interrupt, answer, set-mode, set-model'],
      [3, 'INPUT_TOO_LARGE', 'Line 3 of the input is longer than 32 MiB'],
    ]);
    assert.deepEqual(Object.keys(parent.lines.find(({ type }) => type === 'input-error')!), ['type', 'line', 'code', 'message', 'hint']);
    assert.deepEqual(ends(parent), ['done']);
  });

  it('are told to end with one end of the turn at work, with a question open and lines waiting', async () => {
    await script(write('a.txt'), { text: 'never' });
    const parent = start(['--ask-parent']);
    parent.send(user('go'), user('waits'), user('waits, too'));
    await parent.next('question');
    parent.child.kill('SIGTERM');
    const [code] = await once(parent.child, 'close') as [number];
    assert.deepEqual([code, ends(parent)], [EXIT.terminated, ['interrupted']]);
  });

  it('are refused a command line that makes no conversation', async () => {
    for (const [args, said] of [
      [['--ask-parent', 'hi'], /--ask-parent puts questions to the program at the other end/],
      [['--ask-parent', '--input', 'stream-json'], /--ask-parent puts questions/],
      [['--input', 'stream-json', 'hello'], /takes what is said from standard input alone/],
    ] as const) {
      const { code, stderr } = await place.pith(['run', ...args], { stdin: '' });
      assert.equal(code, EXIT.usage);
      assert.match(stderr, said);
    }
  });

  it('lose nothing where two write at once and the reader is slow', async () => {
    const COUNT = 40;
    await script(...Array.from({ length: COUNT * 2 }, (_, index) => ({ text: `reply ${index} ${'word '.repeat(40)}` })));
    const lines = (who: string): string => `i=0; while [ $i -lt ${COUNT} ]; do printf '{"type":"user","text":"${who} %d"}\\n' $i; i=$((i+1)); done`;
    // The reader begins only once the pipe to it has been full for long, and then reads in small pieces.
    const reader = `const { openSync, readSync } = require('node:fs'); const buffer = Buffer.alloc(512); let out = []; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400); for (let n; (n = readSync(0, buffer)) > 0;) out.push(Buffer.from(buffer.subarray(0, n))); process.stdout.write(Buffer.concat(out));`;
    const child = spawn('sh', ['-c', `{ { ${lines('a')}; } & { ${lines('b')}; } & wait; } | "$0" "$1" run --model c.json --input stream-json --output stream-json | "$0" -e "$2"`, process.execPath, bin, reader], { cwd: place.folder, env: place.env, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    assert.deepEqual(await once(child, 'close'), [0, null]);

    const events = jsonLines(stdout);
    assert.deepEqual(events.map(({ seq }) => seq), events.map((_, index) => index));
    const texts = events.flatMap(({ type, text }) => (type === 'input-accepted' ? [String(text)] : []));
    for (const who of ['a', 'b']) assert.deepEqual(texts.filter((text) => text.startsWith(who)), Array.from({ length: COUNT }, (_, index) => `${who} ${index}`));
    assert.equal(events.filter(({ type }) => type === 'turn-end').length, COUNT * 2);
  });

  if (process.env['PITH_SOAK'] !== undefined && process.platform === 'linux') {
    it('hold 1000 turns without growing by more than what was said', async function () {
      this.timeout(300_000);
      await script({ text: 'Hello.' });
      const parent = start([]);
      const memory = (): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${parent.child.pid}/status`, 'utf8'))![1]) / 1024;
      const sizes: number[] = [];
      for (let turn = 0; turn < 1000; turn++) {
        parent.send(user(turn % 2 === 0 ? 'hello' : '/clear'), { type: 'set-mode', mode: turn % 2 === 0 ? 'plan' : 'default' });
        await parent.next('turn-end');
        if (turn % 200 === 199) sizes.push(memory());
      }
      assert.equal(await parent.end(), EXIT.ok);
      assert.ok(sizes.at(-1)! - sizes[0]! < 40, `${sizes.map((size) => size.toFixed(0)).join(', ')} MiB`);
    });
  }
});

function existsFilled(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').trim() !== '';
  } catch {
    return false;
  }
}

/** Goes round the event loop until something is so; the time limit of the test ends it where it never is. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
