import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Question } from '@pith/kernel';
import { createTerminalAsker } from '../../src/run/asker.ts';
import { Out } from '../../src/run/out.ts';

const QUESTION: Question = { kind: 'permission', callId: 'c', title: 'Allow bash?', body: 'make \u001b[2J', reasons: ['nothing allows it'] };

describe('the question at the terminal', () => {
  /** A terminal whose keys are typed by the test. */
  function start() {
    const keys = new PassThrough();
    const screen = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: 80 });
    let shown = '';
    screen.on('data', (text: string) => { shown += text; });
    const asker = createTerminalAsker(new Out(screen as unknown as NodeJS.WriteStream), keys as unknown as NodeJS.ReadStream, async () => undefined);
    const untilAsked = async (): Promise<void> => { while (!shown.includes('type a reason: ')) await once(screen, 'data'); };
    return { keys, asker, untilAsked, shown: () => shown };
  }

  for (const [typed, answer] of [
    ['y', { verdict: 'allow', scope: 'once' }],
    ['s', { verdict: 'allow', scope: 'session' }],
    ['n', { verdict: 'deny', text: 'the user said no' }],
    ['not that file', { verdict: 'deny', text: 'not that file' }],
  ] as const) {
    it(`takes ${typed} for an answer`, async () => {
      const { keys, asker, untilAsked } = start();
      const asked = Promise.resolve(asker(QUESTION, new AbortController().signal));
      await untilAsked();

      keys.write(`${typed}\r`);

      assert.deepEqual(await asked, answer);
    });
  }

  it('shows control characters of the command', async () => {
    const { keys, asker, untilAsked, shown } = start();
    const asked = Promise.resolve(asker(QUESTION, new AbortController().signal));
    await untilAsked();
    keys.write('n\r');
    await asked;

    assert.match(shown(), /make \\x1b\[2J/);
  });

  it('takes Ctrl-C for an interrupt, not for a no', async () => {
    const { keys, asker, untilAsked } = start();
    const turn = new AbortController();
    const stop = (): void => turn.abort(new Error('interrupted'));
    process.once('SIGINT', stop);
    try {
      const asked = Promise.resolve(asker(QUESTION, turn.signal));
      await untilAsked();

      keys.write('\u0003');

      await assert.rejects(asked);
      assert.equal(turn.signal.aborted, true);
    } finally {
      process.off('SIGINT', stop);
    }
  });
});
