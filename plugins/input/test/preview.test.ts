import assert from 'node:assert/strict';
import { type Assembled, isPithError, type Message, textMessage, type TurnEvent } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import { type Input, startInput, textsOf } from './start-input.ts';

describe('a preview of what is typed', () => {
  let test: Input;
  beforeEach(async () => { test = await startInput(); });
  afterEach(() => test.close());

  const history: Message[] = [textMessage('user', 'before'), textMessage('assistant', 'yes')];
  const preview = async (text: string, more: { verbatim?: true } = {}) => {
    const events: TurnEvent[] = [];
    const session = test.kernel.openSession({ cwd: test.folder, preview: true, provider: 'test', model: 'model', history, sink: (event) => { events.push(event); } });
    const made = await session.assemble({ text, ...more }).catch((error: unknown): Assembled & { code?: string } => {
      if (!isPithError(error)) throw error;
      return { code: error.code };
    });
    return { ...made, session, notices: events.flatMap((event) => (event.type === 'notice' ? [[event.level, event.text]] : [])), types: events.map(({ type }) => type) };
  };

  for (const typed of ['!touch a', '/help', '/clear', '/model test/other', '/undo']) {
    it(`does not run ${typed}, and says so`, async () => {
      const { code, session, types } = await preview(typed) as Awaited<ReturnType<typeof preview>> & { code: string };

      assert.equal(code, 'PREVIEW_ONLY');
      assert.deepEqual([session.messages, session.model, session.modelChanged, test.calls], [history, 'model', undefined, []]);
      assert.ok(types.every((type) => type !== 'history-changed' && type !== 'model-changed'));
    });
  }

  it('is of text that was piped in as it stands', async () => {
    const { request } = await preview('!touch a @b.ts', { verbatim: true });

    assert.deepEqual(textsOf(request!.messages.slice(-1)), ['!touch a @b.ts']);
  });

  it('knows a command that there is not', async () => {
    assert.equal((await preview('/hepl') as { code?: string }).code, 'SLASH_UNKNOWN');
  });

  it('reads the files that are mentioned, fetches no address, and says so', async () => {
    await test.put('a.ts');

    const { request, notices } = await preview('@a.ts @https://a.test/b');

    assert.deepEqual(textsOf(request!.messages.slice(-1)), ['@a.ts @https://a.test/b', '<file path="a.ts">\nread of a.ts\n</file>']);
    assert.deepEqual(notices, [['warning', '@https://a.test/b is not shown: it is fetched when the input is sent.']]);
    assert.deepEqual(test.calls, ['read {"path":"a.ts"}']);
  });
});
