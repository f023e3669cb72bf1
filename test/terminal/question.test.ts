import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { type Chat, startChat } from '../support/chat.ts';
import { createPlace, type Place } from '../support/pith.ts';

/** Every sequence that could leave a box: cursor, screen, titles, clipboard, other alphabets, what is not seen at all. */
const HOSTILE = ['\u001b[2J', '\u001b[H', '\u001b[1;1HYES', '\u001b[?1049h', '\u001b]0;title\u0007', '\u001b]52;c;eA==\u0007', '\u001bc', '\u001b[5A', '\u001b[31m', '\u009b2J', '\r', '\b\b\b', '\u0007', '\u202e', '\u2066', '\u200b', '\u00a0', '\u3000', '\u00ad', '\ufeff'];

describe('A question in the chat', () => {
  let chat: Chat;
  afterEach(() => chat.dispose());

  /** A chat whose model wants to run these calls at once. */
  async function ask(calls: object[], options: Parameters<typeof startChat>[0] = {}): Promise<void> {
    chat = await startChat({ args: ['go'], replies: [{ text: 'Let me.', calls }, { text: 'Over now.' }], ...options });
  }

  it('shows at 40 columns and 10 rows every character of a 4 KB command, and a yes counts at its end', async () => {
    const command = `touch done && printf %s ${HOSTILE.map((text, index) => `'${index}${text}'`).join(' ')} ${Array.from({ length: 520 }, (_, index) => `w${index}`).join(' ')}`;
    assert.ok(command.length > 2500);
    await ask([{ tool: 'bash', input: { command: command.padEnd(4096, 'x') } }], { columns: 40, rows: 10 });
    await chat.until(/❯ 1\./);

    const rows: string[] = [];
    for (let read = 0, total = 1; read < total;) {
      const text = await chat.until((screen) => Number(/line \d+–(\d+) of/.exec(screen)?.[1] ?? 0) > read);
      const [, from, to, all] = /line (\d+)–(\d+) of (\d+)/.exec(text)!.map(Number);
      const at = chat.screen().indexOf('Allow bash?') + 1;
      for (let row = from!; row <= to!; row++) rows[row] = chat.screen()[at + row - from!]!.slice(2);
      [read, total] = [to!, all!];
      assert.equal(existsSync(join(chat.place.folder, 'done')), false);
      if (read < total) chat.press('space');
    }
    chat.press('y');
    await chat.until(/Over now/);

    const shown = rows.join('').replaceAll(' ', '');
    assert.ok(shown.includes('w519') && shown.includes('xxxx'));
    for (let index = 0; index < 520; index++) assert.ok(shown.includes(`w${index}`), `w${index}`);
    for (const [index, text] of HOSTILE.entries()) {
      const written = Array.from(text).map((character) => (/[\x21-\x7e]/.test(character) ? character : character.codePointAt(0)! < 0x100 && character !== '\u00a0' ? `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}` : `\\u{${character.codePointAt(0)!.toString(16)}}`)).join('');
      assert.ok(shown.includes(`'${index}${written}'`), `'${index}${written}' in ${shown.slice(0, 900)}`);
    }
    assert.ok(existsSync(join(chat.place.folder, 'done')));
    assert.deepEqual(chat.heard().filter((heard) => !heard.startsWith('answer') && !/^title (?:pith|$)/.test(heard)), []);
  });

  it('is not answered by what was being typed when it came, and none of that is lost', async () => {
    await ask([{ tool: 'bash', input: { command: 'touch done' } }]);
    await chat.until(/Allow bash\?/);
    chat.type('yes 1');
    await chat.until(/❯ 1\./);
    assert.equal(existsSync(join(chat.place.folder, 'done')), false);

    chat.press('n');
    await chat.until(/Over now/);

    await chat.until(/› yes 1/);
    assert.equal(existsSync(join(chat.place.folder, 'done')), false);
  });

  it('tells how many others wait, and is gone with the turn that it was of', async () => {
    await ask(['a', 'b', 'c'].map((name) => ({ tool: 'read', input: { path: `../${name}.txt` } })), { files: { '../a.txt': 'a', '../b.txt': 'b', '../c.txt': 'c' } });
    await chat.until(/2 more wait[^s][^]*/);
    await chat.until(/❯ 1\./);
    chat.press('y');
    await chat.until(/1 more waits/);
    await chat.until(/❯ 1\./);
    chat.press('ctrl+c');

    const text = await chat.until(/Interrupted\./);

    assert.doesNotMatch(text, /Allow read\?/);
  });

  it('opens in the pager, as does all that was said; the screen is as it was afterwards', async () => {
    await ask([{ tool: 'bash', input: { command: `touch done\n${Array.from({ length: 200 }, (_, index) => `echo row-${index}`).join('\n')}` } }]);
    await chat.until(/❯ 1\./);
    const before = chat.text().split('\n').filter((line) => !line.includes('Waits')).join('\n');
    chat.press('v');
    await chat.until(/q back/);
    assert.equal(chat.modes()['buffer'], 'alternate');
    chat.type('/row-150');
    await chat.until(/\/row-150/);
    chat.press('enter');
    await chat.until(/^echo row-150\n/);
    chat.resize({ columns: 40, rows: 12 });
    await chat.until((text) => text.startsWith('echo row-150\n') && text.split('\n').length === 12);
    chat.resize({ columns: 80, rows: 24 });
    await chat.until((text) => text.split('\n').length === 24);
    chat.press('q');
    await chat.until(/❯ 1\./);
    assert.equal(chat.modes()['buffer'], 'normal');
    assert.equal(chat.text().split('\n').filter((line) => !line.includes('Waits')).join('\n'), before);
    chat.press('end');
    await chat.until(/of 202 · /);
    chat.press('n');
    await chat.until(/Over now/);
    chat.press('ctrl+o');

    await chat.until(/command:[^]*Over now[^]*Transcript · END|Over now[^]*Transcript · END/);

    chat.press('g');
    await chat.until(/^> go/);
  });
});

describe('The transcript in the pager', () => {
  let place: Place;
  let chat: Chat;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(async () => {
    await chat.dispose();
    await place.remove();
  });

  it('reads what was said before this chat when its beginning is reached', async () => {
    const replies = [{ text: 'First I look.', calls: [{ tool: 'list', input: { path: '.' } }] }, { text: 'Nothing there.' }, { text: 'Second answer.' }];
    chat = await startChat({ place, args: ['look at it'], replies });
    await chat.until(/Nothing there\./);
    await chat.until((text) => !text.includes('interrupts'));
    chat.press('ctrl+d');
    await chat.exit;
    chat = await startChat({ place, args: ['--continue', 'and now'], replies, columns: 60, rows: 8 });
    await chat.until(/Second answer\./);
    await chat.until((text) => !text.includes('interrupts'));
    chat.press('ctrl+o');
    await chat.until(/Second answer\.[^]*END/);
    // It is short, so its beginning is seen, and what comes before is put above it.
    await chat.until((text) => !text.includes('Reading'));

    chat.press('g');

    await chat.until(/^> look at it/);
  });
});

describe('The chat in plain lines', () => {
  let chat: Chat;
  afterEach(() => chat.dispose());

  for (const [name, options] of [
    ['at a terminal of 40 columns that knows only ASCII', { columns: 40, args: ['--plain'], env: { LANG: 'C', LC_ALL: 'C' } }],
    ['at a terminal that cannot draw', { name: 'dumb', env: { NO_COLOR: '1' } }],
  ] as [string, Parameters<typeof startChat>[0]][]) {
    it(`holds a conversation, with a question, ${name}, and writes not one code`, async () => {
      chat = await startChat({ replies: [{ text: 'Let **me** see, ünïcode.', calls: [{ tool: 'bash', input: { command: 'touch done\u001b[2J' } }] }, { text: 'Over now.' }, { text: 'Once more.' }], ...options });
      await chat.until(/You: ?$/);
      chat.type('go');
      chat.press('enter');
      await chat.until(/4\. no, and tell it what to do/);
      await chat.until(/a no: ?$/);
      chat.type('use other words');
      chat.press('enter');
      await chat.until(/Over now\.[^]*You: ?$/);
      chat.press('up', 'enter');
      await chat.until(/Once more\.[^]*You: ?$/);
      chat.press('ctrl+d');

      assert.equal((await chat.exit).code, 0);
      const raw = chat.raw().toString();
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(raw, /[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
      if (name.includes('ASCII')) assert.match(raw, /^[\x20-\x7e\r\n\b]*$/);
      const text = chat.history().join('\n');
      for (const said of [/Answer: Let me see/, /Question: Allow bash\?/, /touch done\\x1b\[2J/, /Tool refused: bash touch done\\x1b\[2J/, /use other words/, /Answer: Over now\./, /You: go\n/]) assert.match(text, said);
    });
  }

  it('reads out the sessions and models to choose from with numbers, and goes on with a copy that /fork has made', async () => {
    chat = await startChat({ args: ['--plain'], replies: [{ text: 'The first answer.' }, { text: 'The second answer.' }] });
    const send = async (line: string, wanted: RegExp): Promise<void> => {
      await chat.until(/: ?$/);
      chat.type(line);
      chat.press('enter');
      await chat.until(wanted);
    };
    await send('remember me', /The first answer\.[^]*You: ?$/);
    await send('/fork', /begins with what was said here, 1 turn[^]*You: ?$/);
    await send('forget me', /The second answer\.[^]*You: ?$/);
    await send('/resume', /Go on with which session\?\n1\. remember me \(just now, 1 turn, [^]*empty for none: ?$/);
    await send('1', /Answer: What was said in \S+ goes on here, 1 turn:[^]*You: ?$/);
    await send('/model', /Which model\?[^]*empty for none: ?$/);
    await send('', /Nothing was chosen\.[^]*You: ?$/);
    chat.press('ctrl+d');
    assert.equal((await chat.exit).code, 0);
  });

  it('stops a turn with Ctrl-C, and a second one leaves', async () => {
    chat = await startChat({ args: ['--plain'], replies: [{ text: 'Let me.', calls: [{ tool: 'bash', input: { command: 'touch a' } }] }] });
    await chat.until(/You: ?$/);
    chat.type('go');
    chat.press('enter');
    await chat.until(/a no: ?$/);
    chat.press('ctrl+c');
    await chat.until(/Ctrl-C again leaves[^]*Interrupted[^]*You: ?$/);
    chat.press('ctrl+c');
    chat.press('ctrl+c');

    assert.equal((await chat.exit).code, 0);
  });
});
