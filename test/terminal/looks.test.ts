/* oxlint-disable no-control-regex */
import assert from 'node:assert/strict';
import { type Chat, type ChatOptions, startChat } from '../support/chat.ts';

const REPLY = { text: '# Title\n\n**bold** and `code`\n\n```ts\nconst a = "ü"; // why\n```\n\n| a | b |\n|---|---|\n| ü | 你 |\n\n- item\n\nTHE END' };

describe('The chat on simple terminals', () => {
  let chat: Chat;
  afterEach(() => chat.dispose());
  const answerIn = async (options: ChatOptions): Promise<string> => {
    chat = await startChat({ replies: [REPLY], columns: 40, rows: 24, ...options });
    await chat.until(/^[›>] /m);
    await chat.say('begin');
    await chat.until((text) => text.includes('THE END') && !text.includes('Esc interrupts'));
    return chat.raw().toString('latin1');
  };
  const looks = (raw: string): string[] => [...new Set(raw.match(/\x1b\[[\d;]*m/g))];

  it('has no colours with NO_COLOR', async () => {
    assert.deepEqual(looks(await answerIn({ env: { NO_COLOR: '1' } })), []);
  });

  it('has only the sixteen of the terminal where there are no others', async () => {
    const colors = looks(await answerIn({ name: 'xterm', env: { COLORTERM: undefined } }));

    assert.ok(colors.includes('\x1b[36m'), JSON.stringify(colors));
    assert.deepEqual(colors.filter((color) => /[34]8;/.test(color)), []);
  });

  it('writes ASCII alone where the locale is not UTF-8, and every character of the answer', async () => {
    const raw = await answerIn({ env: { LANG: 'C' } });

    assert.doesNotMatch(raw, /[\x80-\xff]/);
    assert.match(chat.text(), /\\u\{fc\}[^]*\\u\{4f60\}/);
  });
});
