import assert from 'node:assert/strict';
import { toText, type UserInput } from '@pith/kernel';
import { LONG_CHARACTERS, partLongText } from '../src/long-text.ts';
import { startInput, textsOf } from './start-input.ts';

const log = Array.from({ length: 2000 }, (_, index) => `line ${index}`).join('\n');
const person = (text: string): UserInput => ({ text, origin: 'person' });

describe('a long text', () => {
  it('is parted between lines: what was said about it stays, its middle is a block with a label, and the model reads the same', async () => {
    const text = `Why does this fail?\n${log}\nBe brief.`;
    const input = await startInput();
    await input.put('a.ts');

    await input.run(`@a.ts ${text}`);
    await input.close();

    const content = input.last();
    assert.deepEqual(content.map(({ label }) => label?.name), [undefined, 'pasted text', undefined, '@a.ts']);
    const [head, middle, tail] = textsOf(input.model.requests[0]!.messages);
    assert.equal([head, middle, tail].join('\n'), `@a.ts ${text}`);
    assert.ok(head!.startsWith('@a.ts Why does this fail?\nline 0\n') && head!.length <= 2000 && tail!.endsWith('\nBe brief.') && tail!.length <= 1000);
    assert.equal(input.events.find((event) => event.type === 'input-accepted')?.text, `@a.ts ${text}`);
  });

  it('ends with its middle where the end is one long line', () => {
    const parted = partLongText(person(`Why?\n${'x'.repeat(LONG_CHARACTERS)}\n`));

    assert.deepEqual([parted?.text, toText(parted?.attachments ?? []).length], ['Why?', LONG_CHARACTERS + 1]);
  });

  for (const [what, given] of [
    ['shorter than that', person(log.slice(0, LONG_CHARACTERS))],
    ['one line', person('x'.repeat(LONG_CHARACTERS + 1))],
    ['of an agent', { text: log, origin: 'agent' }],
    ['answered already', { ...person(log), handled: { reply: '' } }],
  ] as const) {
    it(`stays whole when it is ${what}`, () => assert.equal(partLongText(given), undefined));
  }
});
