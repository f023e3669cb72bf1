import assert from 'node:assert/strict';
import type { Answer, Question } from '@pith/kernel';
import { type Called, startTools } from './start-tools.ts';

/** What came of a question that a person answers in this way; of `undefined` that nobody is there. */
async function asked(answer: Answer | undefined, input: unknown = { question: 'Which database?', options: ['Postgres', 'SQLite'] }): Promise<{ called: Called; questions: Question[] }> {
  const questions: Question[] = [];
  const asker = async (question: Question): Promise<Answer> => { questions.push(question); return answer!; };
  const tools = await startTools({ session: answer === undefined ? {} : { asker } });
  const called = await tools.call('ask-user', input);
  await tools.close();
  return { called, questions };
}

describe('ask-user', () => {
  it('puts a choice to the person', async () => {
    const { questions, called } = await asked({ verdict: 'allow', text: 'SQLite' });

    const { callId, ...question } = questions[0]!;
    assert.equal(typeof callId, 'string');
    assert.deepEqual(question, { kind: 'choice', title: 'The model asks:', body: 'Which database?', reasons: [], options: ['Postgres', 'SQLite'] });
    assert.equal(called.text, 'The user chose: SQLite');
    assert.deepEqual(called.details, { question: 'Which database?', answer: 'SQLite' });
  });

  it('puts a question without options as one for a text', async () => {
    const { questions, called } = await asked({ verdict: 'allow', text: 'the big one' }, { question: 'Which?' });

    assert.equal(questions[0]!.kind, 'text');
    assert.equal(questions[0]!.body, 'Which?');
    assert.equal(called.text, 'The user said: the big one');
  });

  for (const [title, answer, text] of [
    ['takes the number of an option', { verdict: 'deny', text: '2' }, 'The user chose: SQLite'],
    ['takes an option however it is written', { verdict: 'deny', text: ' postgres ' }, 'The user chose: Postgres'],
    ['hands on what is none of the options', { verdict: 'deny', text: 'neither, use files' }, 'The user chose none of the options and said: neither, use files'],
    ['says that the user said yes', { verdict: 'allow', scope: 'once' }, 'The user said yes.'],
    ['says that the user did not answer', { verdict: 'deny' }, 'The user did not answer. Decide yourself, and say in your answer what you assumed.'],
  ] as const) {
    it(title, async () => {
      const { called } = await asked(answer);

      assert.equal(called.status, 'done');
      assert.equal(called.text, text);
    });
  }

  it('takes an option that is a number by its words first', async () => {
    assert.equal((await asked({ verdict: 'deny', text: '2' }, { question: 'How many?', options: ['2', '1'] })).called.text, 'The user chose: 2');
  });

  it('lets the model decide where nobody can be asked, and calls that no error', async () => {
    const { called } = await asked(undefined);

    assert.equal(called.status, 'done');
    assert.equal(called.text, 'There is no answer: nobody can be asked. Decide yourself, and say in your answer what you assumed.');
    assert.deepEqual(called.details, { question: 'Which database?', answer: null });
  });

  it('asks nobody in a mode that does not ask', async () => {
    let count = 0;
    const tools = await startTools({ session: { mode: 'dontAsk', asker: async () => { count++; return { verdict: 'allow' }; } } });

    assert.match((await tools.call('ask-user', { question: 'Which?' })).text, /^There is no answer: mode dontAsk does not ask\./);
    assert.equal(count, 0);
    await tools.close();
  });

  it('ends with the turn while it waits', async () => {
    const controller = new AbortController();
    const tools = await startTools({ session: { asker: (_question, signal) => new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason as Error)); controller.abort(new Error('enough')); }) } });

    assert.equal((await tools.call('ask-user', { question: 'Which?' }, controller.signal)).status, 'interrupted');
    await tools.close();
  });

  it('refuses what is no question', async () => {
    for (const input of [{}, { question: '' }, { question: 'x', options: [] }, { question: 'x', options: ['only'] }, { question: 'x', options: ['a', 'A'] }, { question: 'x', options: ['a', ''] }, { question: 'x', options: Array.from({ length: 10 }, (_, index) => `${index}`) }]) {
      assert.equal((await asked({ verdict: 'allow' }, input)).called.code, 'TOOL_INPUT_INVALID', JSON.stringify(input));
    }
  });
});
