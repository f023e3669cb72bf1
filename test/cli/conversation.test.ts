import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { type Answer, definePlugin, type ERRORS, MODES, type PluginDefinition, type Question, type TurnEvent, type TurnResult } from '@pith/kernel';
import { createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';
import { PipedConversation, WAITING_MAX } from '../../src/host/conversation/piped-conversation.ts';
import { type AnswerLine, LINES, parseLine } from '../../src/host/conversation/input-line.ts';
import { Parent, type ParentLine } from '../../src/host/conversation/parent.ts';
import { LINE_BYTES_MAX, readLines } from '../../src/host/conversation/read-lines.ts';
import { inputSchema } from '../../scripts/input-schema.ts';
import { jsonLines } from '../support/pith.ts';

type Refused = { code: string; message: string; line: number };

/** A conversation in this process: what is written into `stdin` is a line each, `seen` calls back at every event. */
async function open(steps: readonly ScriptStep[] = [], { plugins = [], ask = false, onEvent }: { plugins?: readonly PluginDefinition[]; ask?: boolean; onEvent?: (event: TurnEvent, send: (...lines: object[]) => void) => void } = {}) {
  const stdin = new PassThrough();
  const send = (...lines: (object | string)[]): void => void stdin.write(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
  const { session, events, close } = await createTestKernel({ plugins: [testModel(steps).plugin, ...plugins] });
  const { sink } = session;
  session.sink = (event) => { onEvent?.(event, send); return sink?.(event); };
  const told: ParentLine[] = [];
  const refused: Refused[] = [];
  const parent = ask ? new Parent((line) => void told.push(line)) : undefined;
  session.asker = parent?.ask;
  const stop = new AbortController();
  const conversation = new PipedConversation({ session, stdin, parent, turn: { signal: stop.signal }, refuse: ({ code, message }, line) => void refused.push({ code, message, line }) });
  const run = async (): Promise<TurnResult[]> => {
    try {
      return await collect(conversation.turns());
    } finally {
      await close();
    }
  };
  return { session, events, send, end: () => void stdin.end(), stop, conversation, told, refused, run, stdin };
}

const user = (text: string): object => ({ type: 'user', text });
const INTERRUPT = { type: 'interrupt' };
/** A model call that ends only when it is stopped. */
const hang: ScriptStep = () => ({ async *[Symbol.asyncIterator]() { yield { type: 'alive' as const }; await new Promise(() => undefined); } });
const statuses = (results: readonly TurnResult[]): string[] => results.map(({ status, text }) => (status === 'done' ? text! : status));

describe('a conversation with a parent program', () => {
  it('has one turn for each user line, in order, and ends after those that were sent', async () => {
    const { send, end, run } = await open(['one', 'two', 'three']);
    send(user('a'), user('b'));
    send(user('c'));
    end();
    assert.deepEqual(statuses(await run()), ['one', 'two', 'three']);
  });

  it('reads on only so far ahead, and loses nothing', async () => {
    const count = WAITING_MAX * 2 + 10;
    const { send, end, run, events } = await open();
    send(...Array.from({ length: count }, (_, index) => user(`line ${index}`)));
    end();
    assert.equal((await run()).length, count);
    assert.deepEqual(events.flatMap((event) => (event.type === 'input-accepted' ? [event.text] : [])), Array.from({ length: count }, (_, index) => `line ${index}`));
  });

  it('is interrupted at any moment: before a turn begins, in a model call, and between turns without effect', async () => {
    let calls = 0;
    const { send, run, end, events } = await open([hang, 'two', 'three'], {
      onEvent: (event) => {
        if (event.type === 'model-start' && ++calls === 1) send(INTERRUPT);
        if (event.type === 'turn-end' && event.result === 'two') {
          send(INTERRUPT, user('c'));
          end();
        }
      },
    });
    send(INTERRUPT, user('never asked'), INTERRUPT, user('a'), user('b'));
    assert.deepEqual(statuses(await run()), ['interrupted', 'interrupted', 'two', 'three']);
    assert.equal(events.filter(({ type }) => type === 'turn-end').length, 4);
  });

  it('stops the turn at work and not those that wait, however often it is interrupted', async () => {
    let calls = 0;
    const { send, end, run } = await open([hang, 'two'], { onEvent: (event) => { if (event.type === 'model-start' && ++calls === 1) { send(INTERRUPT, INTERRUPT, INTERRUPT); end(); } } });
    send(user('a'), user('b'));
    assert.deepEqual(statuses(await run()), ['interrupted', 'two']);
  });

  it('stops a line that was sent since, while the turn before comes to its end', async () => {
    let calls = 0;
    const { send, run, end } = await open([hang, 'two'], { onEvent: (event) => { if (event.type === 'model-start' && ++calls === 1) { send(INTERRUPT, user('b'), INTERRUPT, user('c')); end(); } } });
    send(user('a'));
    assert.deepEqual(statuses(await run()), ['interrupted', 'interrupted', 'two']);
  });

  it('takes the end of a turn for its end: an interrupt that answers it is about the line behind', async () => {
    const { send, run, end } = await open(['one', hang], { onEvent: (event) => { if (event.type === 'turn-end' && event.result === 'one') { send(user('b'), INTERRUPT); end(); } } });
    send(user('a'));
    assert.deepEqual(statuses(await run()), ['one', 'interrupted']);
  });

  it('changes the mode at once, and the model in its place in the row', async () => {
    let calls = 0;
    const { send, end, run, events } = await open([hang, 'two', 'three'], { onEvent: (event) => { if (event.type === 'model-start' && ++calls === 1) { send(user('b'), { type: 'set-model', model: 'other' }, user('c'), { type: 'set-mode', mode: 'plan' }, INTERRUPT); end(); } } });
    send(user('a'));
    await run();
    const told = events.flatMap((event) => (event.type === 'model-start' ? [event.model] : event.type === 'mode-changed' || event.type === 'model-changed' || event.type === 'turn-end' ? [event.type] : []));
    assert.deepEqual(told, ['model', 'mode-changed', 'turn-end', 'model', 'turn-end', 'model-changed', 'other', 'turn-end']);
  });

  it('refuses what cannot be done, line by line, and goes on', async () => {
    const { send, end, run, refused, conversation, session } = await open(['one']);
    send('hello', { type: 'set-mode', mode: 'yolo' }, { type: 'set-model', model: 'nobody' }, '', { type: 'answer', id: 'q1', verdict: 'allow' }, user('a'));
    end();
    assert.deepEqual(statuses(await run()), ['one']);
    assert.deepEqual(refused.map(({ line, code, message }) => `${line} ${code} ${message}`).sort(), [
      '1 INPUT_INVALID Line 1 of the input is not JSON',
      '2 INPUT_INVALID Line 2 of the input does not fit: mode is "yolo"; it must be "default" or "acceptEdits" or "plan" or "dontAsk" or "bypassPermissions"',
      '3 MODEL_UNKNOWN Line 3 of the input: No provider serves the model "nobody"',
      '5 ANSWER_UNASKED Line 5 of the input: Nobody asks this program anything',
    ]);
    assert.deepEqual([conversation.hasRefused, session.mode, session.model], [true, 'default', 'model']);
  });

  it('ends with the reason that it is ended with, between turns and in one', async () => {
    const reason = new Error('told to end');
    const idle = await open();
    const waiting = idle.run();
    idle.stop.abort(reason);
    await assert.rejects(waiting, reason);

    const busy = await open([hang], { onEvent: (event) => { if (event.type === 'model-start') busy.stop.abort(reason); } });
    busy.send(user('a'), user('never begun'));
    assert.deepEqual((await busy.run()).map(({ reason: why }) => why), ['told to end']);
    assert.equal(busy.stdin.destroyed, true);
  });

  it('says why standard input cannot be read, after the turns that were sent', async () => {
    const { send, stdin, run, events } = await open(['one'], { onEvent: (event) => { if (event.type === 'turn-end') stdin.destroy(new Error('EIO')); } });
    send(user('a'));
    await assert.rejects(run(), { code: 'INPUT_UNREADABLE', message: 'Standard input cannot be read: EIO' });
    assert.ok(events.some((event) => event.type === 'turn-end' && event.result === 'one'));
  });
});

describe('a parent program that is asked', () => {
  const asking = (question: Partial<Question>, got: Answer[]): PluginDefinition => definePlugin({
    name: 'asking', setup({ hooks }) { hooks.input.tap('asking', async (_, turn) => { got.push(await turn.ask({ kind: 'choice', title: 'Which?', body: 'One of two.', reasons: [], options: ['a', 'b'], ...question })); }); },
  });

  it('answers a choice with a text, whatever its options', async () => {
    const got: Answer[] = [];
    const { send, end, run, told } = await open(['done'], { ask: true, plugins: [asking({}, got)] });
    send(user('go'));
    const results = run();
    await until(() => told.length === 1);
    send({ type: 'answer', id: 'q1', verdict: 'allow', text: 'b' });
    end();
    await results;
    assert.deepEqual(told, [{ type: 'question', id: 'q1', question: { kind: 'choice', title: 'Which?', body: 'One of two.', reasons: [], options: ['a', 'b'] } }]);
    assert.deepEqual(got, [{ verdict: 'allow', text: 'b' }]);
  });

  it('is answered for where it closes its end, and is told of a question that was stopped', async () => {
    const got: Answer[] = [];
    const gone = await open(['done'], { ask: true, plugins: [asking({ kind: 'text' }, got)] });
    gone.send(user('go'));
    gone.end();
    await gone.run();
    assert.deepEqual(got, [{ verdict: 'deny', nobody: true, text: 'the parent program has closed standard input' }]);

    const stopped = await open(['done'], { ask: true, plugins: [asking({}, got)] });
    stopped.send(user('go'));
    const results = stopped.run();
    await until(() => stopped.told.length === 1);
    stopped.send(INTERRUPT, { type: 'answer', id: 'q1', verdict: 'allow', text: 'a' });
    stopped.end();
    await results;
    assert.deepEqual(stopped.told.at(-1), { type: 'question-withdrawn', id: 'q1', reason: 'The turn was interrupted by the parent program' });
    assert.deepEqual(stopped.refused, [{ line: 3, code: 'ANSWER_UNASKED', message: 'Line 3 of the input: Question q1 was withdrawn: what it was about has been stopped' }]);
    assert.equal(stopped.conversation.hasRefused, false);
  });

  const PERMISSION: Question = { kind: 'permission', title: 'Allow edit?', body: 'a', reasons: [], callId: 'c1', always: [['Edit(/a)'], ['Edit(/**)']] };
  for (const [question, given, wrong] of [
    [PERMISSION, { verdict: 'deny', scope: 'session' }, /a deny is for this call alone/],
    [PERMISSION, { verdict: 'allow', scope: 'always' }, /rules that the question does not offer; it offers \["Edit\(\/a\)"\] or \["Edit\(\/\*\*\)"\]/],
    [PERMISSION, { verdict: 'allow', scope: 'always', rules: ['Bash'] }, /rules that the question does not offer/],
    [PERMISSION, { verdict: 'allow', rules: ['Edit(/a)'] }, /only scope always/],
    [{ ...PERMISSION, always: undefined! }, { verdict: 'allow', scope: 'always', rules: ['Edit(/a)'] }, /offers no rules for good/],
    [{ ...PERMISSION, kind: 'choice' }, { verdict: 'allow' }, /has no text/],
    [{ ...PERMISSION, kind: 'text' }, { verdict: 'allow', text: 'x', scope: 'session' }, /nothing is to be permitted/],
    [PERMISSION, { verdict: 'allow', scope: 'always', rules: ['Edit(/**)'] }, undefined],
    [PERMISSION, { verdict: 'deny', text: 'not now' }, undefined],
  ] as [Question, Omit<AnswerLine, 'type'>, RegExp | undefined][]) {
    it(`${wrong === undefined ? 'takes' : 'refuses'} ${JSON.stringify(given)} as the answer to a ${question.kind}`, async () => {
      const parent = new Parent(() => undefined);
      const asked = parent.ask(question, new AbortController().signal);
      const answer = (): void => parent.answer({ type: 'answer', callId: 'c1', ...given });
      if (wrong === undefined) {
        answer();
        assert.deepEqual(await asked, given);
      } else {
        assert.throws(answer, { code: 'ANSWER_INVALID', message: wrong });
        parent.answer({ type: 'answer', id: 'q1', verdict: 'deny' });
        assert.deepEqual(await asked, { verdict: 'deny' });
      }
    });
  }

  it('may answer the event, by its call, before the diff is made: then it is not asked again', async () => {
    let send: (...lines: object[]) => void = () => undefined;
    const said: string[] = [];
    const tool = definePlugin({
      name: 'tool',
      tools: [{
        name: 'change', effect: 'write', description: '', inputSchema: {}, targets: () => [{ family: 'Edit', path: '/a' }], execute: async () => 'changed',
        // The line behind the answer is refused, which says that the answer was taken.
        preview: async () => { await until(() => talking.refused.length > 0); return '+a'; },
      }],
    });
    const talking = await open([{ calls: [{ name: 'change' }] }, 'done'], {
      ask: true, plugins: [tool], onEvent: (event) => {
        if (event.type === 'permission-asked') send({ type: 'answer', callId: event.callId, verdict: 'allow' }, { type: 'answer', callId: event.callId, verdict: 'deny' });
        if (event.type === 'permission-decided') said.push(`${event.verdict} by ${event.by}`);
      },
    });
    ({ send } = talking);
    send(user('go'));
    const results = talking.run();
    await until(() => said.length > 0);
    talking.end();
    await results;
    assert.deepEqual([said, talking.told], [['allow by person'], []]);
    assert.deepEqual(talking.refused.map(({ code }) => code), ['ANSWER_UNASKED']);
  });

  it('answers each question once, and only what was asked', async () => {
    const parent = new Parent(() => undefined);
    const signal = new AbortController().signal;
    const asked = parent.ask(PERMISSION, signal);
    parent.answer({ type: 'answer', id: 'q1', verdict: 'allow' });
    await asked;
    assert.throws(() => parent.answer({ type: 'answer', id: 'q1', verdict: 'allow' }), { code: 'ANSWER_UNASKED', message: 'Question q1 was answered before' });
    assert.throws(() => parent.answer({ type: 'answer', id: 'q7', verdict: 'allow' }), { message: 'No question has the id "q7"' });
    assert.throws(() => parent.answer({ type: 'answer', callId: 'c1', verdict: 'allow' }), { message: 'Nothing is asked about the call "c1"' });
    parent.leave('gone');
    await assert.rejects(parent.ask(PERMISSION, signal), { message: 'gone' });
  });
});

describe('the lines of a stream', () => {
  const all = async (...chunks: string[]): Promise<(string | undefined)[]> => (await collect(readLines((async function* () { for (const chunk of chunks) yield Buffer.from(chunk); })(), 10))).map(({ bytes }) => bytes?.toString());

  it('are the same however the stream is cut', async () => {
    const text = 'one\n\ntwö\r\nthree';
    const bytes = Buffer.from(text);
    for (let at = 0; at <= bytes.length; at++) {
      const cut = readLines((async function* () { yield bytes.subarray(0, at); yield bytes.subarray(at); })());
      assert.deepEqual((await collect(cut)).map(({ number, bytes: line }) => `${number} ${String(line)}`), ['1 one', '2 ', '3 twö\r', '4 three']);
    }
  });

  it('are passed over where they are too long, and counted', async () => {
    assert.deepEqual(await all('0123456789\n0123456789x\nshort', '\n', 'much too ', 'long', 'er still\nend'), ['0123456789', undefined, 'short', undefined, 'end']);
    assert.deepEqual(await all(''), []);
  });
});

describe('a line of the input', () => {
  const parse = (line: string | Uint8Array): unknown => parseLine(typeof line === 'string' ? Buffer.from(line) : line, 7);

  it('is what its type says', () => {
    assert.deepEqual(parse('\ufeff{"type":"user","text":"x","verbatim":true,"attachments":[{"text":"y","name":"log"}]} \r'), { type: 'user', text: 'x', verbatim: true, attachments: [{ type: 'text', text: '<pasted name="log">\ny\n</pasted>', label: { owner: 'pith', name: 'log' } }] });
    for (const line of [{ type: 'interrupt' }, { type: 'answer', callId: 'c', verdict: 'deny' }, { type: 'set-mode', mode: 'plan' }, { type: 'set-model', provider: 'p' }]) assert.deepEqual(parse(JSON.stringify(line)), line);
  });

  for (const [line, said] of [
    ['{"type":"user"', /^Line 7 of the input is not JSON$/], ['[]', /is an array, not an object/], ['null', /is null, not an object/],
    ['{"type":"shout"}', /has the type "shout"; there are user, interrupt, answer, set-mode, set-model$/], ['{}', /has the type nothing/], ['{"type":"__proto__"}', /has the type "__proto__"/],
    ['{"type":"user"}', /text is missing; it must be a text/], ['{"type":"user","text":" "}', /text: there is nothing in it/],
    ['{"type":"user","text":"x","verbatm":true}', /there is no "verbatm"; did you mean verbatim\?/],
    ['{"type":"user","text":"x","attachments":[{"data":"aGVsbG8="}]}', /neither an image nor a PDF/],
    ['{"type":"answer","verdict":"allow"}', /names either the id of a question or a callId/], ['{"type":"answer","id":"a","callId":"b","verdict":"allow"}', /and not both/],
    ['{"type":"answer","id":"a","verdict":"yes"}', /verdict is "yes"; it must be "allow" or "deny"/], ['{"type":"set-model"}', /neither a model nor a provider/],
    [Buffer.from([0x7b, 0xff, 0x7d]), /is no UTF-8/],
  ] as [string | Uint8Array, RegExp][]) {
    it(`is refused where it is ${typeof line === 'string' ? line : 'no text'}`, () => assert.throws(() => parse(line), { code: 'INPUT_INVALID', message: said }));
  }

  it('is refused where its text is longer than a prompt may be', () => {
    assert.throws(() => parse(JSON.stringify({ type: 'user', text: 'x'.repeat(10 * 1024 * 1024 + 1) })), { code: 'INPUT_TOO_LARGE', message: /^Line 7 of the input has a text of more than 10 MiB/ });
  });
});

describe('docs/piping.md', () => {
  const text = readFileSync(new URL('../../docs/piping.md', import.meta.url), 'utf8');
  const examples = (way: 'in' | 'out'): Record<string, unknown>[] => [...text.matchAll(new RegExp(`^\`\`\`json ${way}\\n([^]*?)^\`\`\`$`, 'gm'))].flatMap(([, block]) => jsonLines(block!));

  it('has an example of every line in, which is read as it stands, and names every field', () => {
    const lines = examples('in');
    for (const [index, line] of lines.entries()) assert.equal(parseLine(Buffer.from(JSON.stringify(line)), index).type, line['type']);
    assert.deepEqual([...new Set(lines.map(({ type }) => type))].sort(), Object.keys(LINES).sort());
    const shown = new Set(lines.flatMap((line) => Object.keys(line)));
    for (const { shape } of Object.values(LINES)) for (const field of Object.keys(shape)) assert.ok(shown.has(field), field);
    for (const mode of MODES) assert.match(text, new RegExp(`\`${mode}\``));
  });

  it('has an example of every line out that is no event, with the fields that it has', async () => {
    const { stdin, send, run, told } = await open(['done'], { ask: true, plugins: [definePlugin({ name: 'asking', setup({ hooks }) { hooks.input.tap('asking', async (_, turn) => { await turn.ask({ kind: 'choice', title: '', body: '', reasons: [] }); }); } })] });
    send(user('go'));
    const results = run();
    await until(() => told.length === 1);
    send(INTERRUPT);
    stdin.end();
    await results;

    const fields = new Map(examples('out').map((line) => [line['type'], Object.keys(line)]));
    for (const line of told) assert.deepEqual(fields.get(line.type), Object.keys(line));
    assert.deepEqual([...fields.keys()], ['question', 'question-withdrawn', 'input-error']);
  });

  it('names the limits, and every code of a refused line', () => {
    assert.match(text, new RegExp(`longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB`));
    assert.match(text, new RegExp(`Up to ${WAITING_MAX} lines wait`));
    for (const code of ['INPUT_INVALID', 'INPUT_TOO_LARGE', 'ANSWER_UNASKED', 'ANSWER_INVALID', 'MODE_REFUSED', 'MODEL_UNKNOWN', 'PROVIDER_MISSING'] satisfies (keyof typeof ERRORS)[]) assert.match(text, new RegExp(`^\\|.*\`${code}\``, 'm'));
  });

  it('has a schema beside it that is made of the code', () => {
    assert.equal(readFileSync(new URL('../../docs/schemas/input-line.json', import.meta.url), 'utf8'), inputSchema(), 'run: node --conditions=pith-source scripts/input-schema.ts');
  });
});

async function collect<T>(given: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of given) items.push(item);
  return items;
}

/** Goes round the event loop until something is so; the time limit of the test ends it where it never is. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
