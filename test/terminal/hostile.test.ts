import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HOSTILE } from '../../src/screen/test/hostile-text.ts';
import { type Chat, type ChatOptions, startChat } from '../support/chat.ts';
import { strangeOutput } from '../support/controls.ts';
import { type HeldModel, startHeldModel } from '../support/held-model.ts';
import { linkPlugins } from '../support/link-plugins.ts';
import { createPlace } from '../support/pith.ts';

/** Each of the very long ones is looked at for itself in the tests of `@pith/screen`. */
const TEXTS = HOSTILE.map((text) => text.slice(0, 300));
const ALL = TEXTS.join(' ');
/** What a program may print: bytes that are no UTF-8, and controls of eight bits among them. */
const RAW = Buffer.concat([...TEXTS.map((text) => Buffer.from(`${text}\n`)), Buffer.from([0x9b, 0x32, 0x4a, 0x9d, 0x30, 0x3b, 0x78, 0x07, 0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 0xe2, 0x80, 0x0a])]);
/** What the pager does besides: a screen of its own, from its corner on, without rows that run on. */
const PAGER = /\[\?(?:1049|7)[hl]|\[H"/;

describe('Foreign text in the chat', () => {
  let model: HeldModel;
  let chat: Chat;
  beforeEach(async () => { model = await startHeldModel(); });
  afterEach(async () => {
    await chat.dispose();
    await model.close();
  });

  const open = async (options: ChatOptions = {}): Promise<void> => {
    chat = await startChat({ model, columns: 70, rows: 24, ...options });
    await chat.until(/^› Type/m);
    await chat.say('begin');
  };
  const lastReply = async (): Promise<void> => {
    const reply = await model.next();
    reply.text('OVER');
    reply.end();
  };
  /** All that a terminal keeps is as it was: what was written to it, what was heard of it, its modes, and the rows of the chat itself. */
  const isUnharmed = async ({ mode = 'default' } = {}): Promise<void> => {
    await chat.until((text) => text.includes('OVER') && !text.includes('Esc interrupts') && !chat.modes().synchronizedOutputMode);
    assert.deepEqual(strangeOutput(chat.raw()), []);
    assert.deepEqual(chat.overflows(), [], 'no row is longer than the terminal is wide');
    assert.deepEqual(chat.heard().filter((what) => !what.startsWith('answer \x1b]11;')), ['title pith project'], 'its own title, and no answer to what somebody else asked');
    assert.partialDeepStrictEqual(chat.modes(), { buffer: 'normal', mouseTrackingMode: 'none', originMode: false, insertMode: false, wraparoundMode: true, bracketedPasteMode: true, applicationCursorKeysMode: false, synchronizedOutputMode: false });
    const rows = chat.text().split('\n');
    assert.match(rows.at(-2)!, /^› Type;/, 'nothing came into the input line');
    assert.ok(rows.at(-1)!.startsWith(`${mode} · claude-held`), rows.at(-1));
    chat.type('still here');
    await chat.until(/^› still here$/m);
  };
  /** Everything that was said and done, unfolded: its beginning, its middle and its end. */
  const readTranscript = async (): Promise<void> => {
    chat.press('ctrl+o');
    await chat.until(() => chat.modes()['buffer'] === 'alternate');
    chat.press('g');
    await chat.until(/ 0%/);
    chat.press('space');
    await chat.until((text) => !/ 0%/.test(text));
    chat.press('G');
    await chat.until(/END/);
    await chat.until(/OVER/);
    chat.press('q');
    await chat.until(() => chat.modes()['buffer'] === 'normal');
  };

  it('does nothing when a model says it or thinks it', async () => {
    await open();
    const reply = await model.next();
    for (const text of TEXTS) reply.thinking(`${text}\n\n`);
    for (const text of TEXTS) reply.text(`- ${text}\n\n  **${text}** and \`${text}\`\n\n`);
    for (const text of TEXTS) reply.text(`\`\`\`${text.slice(0, 20)}\n${text}\n\`\`\`\n\n`);
    reply.text('OVER');
    reply.end();

    await isUnharmed();
  });

  it('does nothing in the name, the input and the output of a tool, in the name of a file and in a diff', async () => {
    await open({ args: ['--mode', 'acceptEdits'] });
    await writeFile(join(chat.place.folder, 'output.bin'), RAW);
    const asked = await model.next();
    for (const [index, text] of TEXTS.slice(0, 30).entries()) asked.call(text.slice(0, 40), { [text]: text, index });
    asked.call('bash', { command: 'cat output.bin', description: ALL.slice(0, 300) });
    for (const text of TEXTS.filter((each) => !each.includes('\0') && !each.includes('/')).slice(0, 60)) asked.call('write', { path: `f-${text.toWellFormed().slice(0, 60)}`, content: `${text}\n` });
    asked.call('read', { path: 'output.bin' });
    asked.call('todo', { items: TEXTS.slice(0, 10).map((text) => ({ text, state: 'open' })) });
    asked.end();
    await lastReply();

    await chat.until(/OVER/);
    await isUnharmed({ mode: 'acceptEdits' });
  });

  it('does nothing in a question, nor in the pager', async () => {
    await open();
    const asked = await model.next();
    asked.call('bash', { command: `curl https://a.example '${ALL.toWellFormed().replaceAll('\'', '').replaceAll('\0', '')}'` });
    asked.end();
    // Keys are the question's own as soon as an answer is pointed at.
    await chat.until(/❯ 1\./);
    chat.press('space');
    await chat.until(/line 1\d–/);
    chat.press('G');
    await chat.until(/line \d+–(\d+) of \1 ·/);
    chat.press('n');
    await lastReply();
    await isUnharmed();
    await readTranscript();

    assert.deepEqual(strangeOutput(chat.raw()).filter((found) => !PAGER.test(found)), [], 'in the pager');
    assert.deepEqual([...new Set(chat.heard().filter((what) => !what.startsWith('answer \x1b]11;')))], ['title pith project', 'title ']);
  });

  it('does nothing in the name of a branch, the error of a plugin and that of a server', async () => {
    const place = await createPlace();
    try {
      await linkPlugins(place, [{ name: 'loud', entry: `import { definePlugin } from '@pith/kernel'; export default definePlugin({ name: 'loud', setup({ hooks }) { hooks.output.tap('loud', () => { throw new Error(${JSON.stringify(ALL)}); }); } });` }]);
      await open({ place, files: { '.git/HEAD': `ref: refs/heads/${ALL.replaceAll('\n', ' ').slice(0, 3000)}\n` } });
      (await model.next()).fail(ALL);
      await chat.until((text) => !text.includes('Esc interrupts'));
      await chat.say('again');
      await lastReply();

      await isUnharmed();
      assert.match(chat.history().join('\n'), /loud/);
    } finally {
      await place.remove();
    }
  });

  it('does nothing in what is pasted, nor in an answer of the terminal that comes late, in the pager neither', async () => {
    chat = await startChat({ model, columns: 70, rows: 24 });
    await chat.until(/^› Type/m);
    chat.type(`\x1b[200~one\x1b[201~\r!touch pwned\r\x1b[201~${'\r'.repeat(3000)}\x1b[201~`);
    await chat.until(/pasted text #1, 3002 lines/);
    chat.press('ctrl+c');
    await chat.until(/^› Type/m);
    chat.press('?');
    await chat.until(() => chat.modes()['buffer'] === 'alternate');
    for (const answer of ['\x1b]11;rgb:1a1a/1b1b/2626\x1b\\', '\x1bP>|xterm(390)\x1b\\', '\x1b[?64;1;9c']) chat.type(answer);
    chat.press('G');
    await chat.until(/END/);
    chat.press('q');
    await chat.until(() => chat.modes()['buffer'] === 'normal');

    await chat.say('begin');
    assert.equal(JSON.stringify((await model.next()).request.messages).includes('touch pwned'), false, 'nothing of it was sent');
  });
});
