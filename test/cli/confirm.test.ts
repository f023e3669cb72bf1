import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { createConfirm } from '../../src/host/confirm.ts';

describe('a question that takes yes or no', () => {
  const typed = async (text: string, questions: number): Promise<{ answers: boolean[]; shown: string }> => {
    const keys = new PassThrough();
    const screen = new PassThrough({ encoding: 'utf8' });
    let shown = '';
    screen.on('data', (part: string) => { shown += part; });
    const { ask, close } = createConfirm(keys, screen);
    keys.end(text);
    const answers: boolean[] = [];
    for (let index = 0; index < questions; index++) answers.push(await ask(`Question ${index + 1}?`));
    close();
    return { answers, shown };
  };

  it('takes a clear yes only', async () => {
    assert.deepEqual((await typed('y\nYES\nn\n\nyesterday\n', 5)).answers, [true, true, false, false, false]);
  });

  it('is answered by what was typed ahead, and by the end of the input with no', async () => {
    const { answers, shown } = await typed('y\ny\n', 3);

    assert.deepEqual(answers, [true, true, false]);
    assert.match(shown, /Question 1\? \[y\/N\] [^]*Question 2\?/);
  });
});
