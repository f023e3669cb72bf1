import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Chat, startChat } from '../support/chat.ts';
import { bin, conversation, createPlace } from '../support/pith.ts';
import { createTerminal, type Frame } from '../support/terminal.ts';

/** An image of 8×60 pixels, as whole as it must be to be shown to a model. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAA8CAAAAAB+j6TsAAAAEklEQVR4nGNogAKGUcYoA5UBADDv8AHmC5d2AAAAAElFTkSuQmCC', 'base64');

/** A terminal in which nothing was left behind. */
const CLEAN = { bracketedPasteMode: false, sendFocusMode: false, isCursorHidden: false, synchronizedOutputMode: false, buffer: 'normal', kitty: 0 };

describe('The chat', function () {
  this.timeout(60_000);
  let chat: Chat | undefined;
  afterEach(async () => { await chat?.dispose(); chat = undefined; });

  const start = async (options: Parameters<typeof startChat>[0]): Promise<Chat> => {
    chat = await startChat(options);
    await chat.until(/shows the keys[^]*\? keys/);
    return chat;
  };
  const say = (it: Chat, text: string): void => { it.type(text); it.press('enter'); };
  const leftClean = (it: Chat): void => {
    const modes = it.modes();
    assert.deepEqual(Object.fromEntries(Object.keys(CLEAN).map((key) => [key, modes[key]])), CLEAN);
  };
  const count = (it: Chat, text: string): number => it.history().filter((row) => row.includes(text)).length;

  it('says what was said once, with calls in a row and their changes, and leaves the terminal as it was', async () => {
    const it = await start({
      columns: 80, rows: 24, args: ['--mode', 'acceptEdits'], replies: [
        { thinking: 'hm', text: '# A title\n\nI **look** at it.', calls: [{ tool: 'write', input: { path: 'new.txt', content: 'one\ntwo\n' } }] },
        { text: `It is done.\n\n${Array.from({ length: 30 }, (_, index) => `- item ${index} of the list`).join('\n')}\n\nTHE END` },
      ],
    });
    assert.match(it.text(), /pith \d+\.\d+\.\d+ · \S+\n\/\S+\n\? shows the keys/);
    say(it, 'Write it.');
    await it.until(/THE END/);
    await it.until((text) => !text.includes('Esc interrupts'));

    for (const once of ['› Write it.', 'A title', 'I look at it.', '✓ write new.txt · +2 -0', '+ one', '∴ Thought', 'It is done.', ...Array.from({ length: 30 }, (_, index) => `item ${index} of`)]) assert.equal(count(it, once), 1, `${once}\n${it.history().join('\n')}`);
    it.press('ctrl+d');
    assert.deepEqual(await it.exit, { code: 0, signal: undefined });
    assert.match(it.text(), /THE END\n+Go on with: pith --continue$/);
    leftClean(it);
    assert.ok(it.heard().includes('title pith project'));
    assert.equal(it.heard().findLast((each) => each.startsWith('title')), 'title ');
  });

  it('goes on with a session, and shows the end of what was said', async () => {
    const first = await start({ replies: [{ text: 'I am the first answer.' }, { text: 'I am the second answer.' }] });
    say(first, 'Who are you?');
    await first.until(/first answer/);
    await first.until((text) => !text.includes('Esc interrupts'));
    first.press('ctrl+c', 'ctrl+c');
    assert.deepEqual((await first.exit).code, 0);
    const it = await startChat({ place: first.place, args: ['--continue'], replies: [{ text: 'I am the first answer.' }, { text: 'I am the second answer.' }] });
    try {
      await it.until(/Goes on with:[^]*› Who are you\?[^]*I am the first answer\./);
      say(it, 'And now?');
      await it.until(/I am the second answer\./);
    } finally {
      await it.dispose();
    }
  });

  it('says at once that another one has the session open, though nothing was typed there yet', async () => {
    const first = await start({ replies: [{ text: 'I am the first answer.' }] });
    await first.place.pith(['run', '--model', await first.place.write('../c.json', '{"v":1,"replies":[{"text":"Yes."}]}'), 'Are you there?']);
    const idle = await startChat({ place: first.place, args: ['--continue'] });
    await idle.until(/Yes\.[^]*\? keys/);
    const other = await startChat({ place: first.place, args: ['--continue'] });
    try {
      assert.equal((await other.exit).code, 1);
      assert.match(other.text().replaceAll('\n', ''), new RegExp(`is being written by process ${idle.pid}; two writers of one session would mix\\.End that process, go on in a copy \\(--fork\\)`));
      leftClean(other);
    } finally {
      await Promise.all([idle.dispose(), other.dispose()]);
    }
  });

  it('stops a turn with Escape, sends what waited, and leaves with two Ctrl-C', async () => {
    const slow = { text: Array.from({ length: 400 }, (_, index) => `word${index}`).join(' '), delayMs: 25 };
    const it = await start({ replies: [slow, { text: 'Here I am again.' }, { text: 'And again.' }] });
    say(it, 'Begin.');
    await it.until(/word3/);
    say(it, 'Something else.');
    await it.until(/› Something else\./);
    it.press('escape');
    await it.until(/Interrupted\.[^]*› Something else\.[^]*Here I am again\./);
    await it.until((text) => !text.includes('Esc interrupts'));

    it.press('ctrl+c');
    await it.until(/Ctrl-C again leaves/);
    it.press('ctrl+c');
    assert.equal((await it.exit).code, 0);
    leftClean(it);
  });

  it('ends with the code of the signal, and leaves the terminal as it was', async () => {
    const it = await start({ kitty: true, replies: [{ text: 'one two three four five six seven eight nine ten eleven', delayMs: 200 }] });
    say(it, 'Begin.');
    await it.until(/one two/);
    await it.until(() => it.modes()['kitty'] === 1);
    process.kill(it.pid, 'SIGTERM');
    assert.equal((await it.exit).code, 143);
    leftClean(it);
  });

  it('draws every frame whole: the status is always there, and what was finished never goes away', async () => {
    const paragraphs = Array.from({ length: 12 }, (_, index) => `Paragraph ${index}: ${'some words that are long enough to need more than one row of the screen, '.repeat(2)}end${index}.`).join('\n\n');
    const it = await start({ columns: 70, rows: 20, recordFrames: true, replies: [{ text: `${paragraphs}\n\nFINISHED`, delayMs: 2 }] });
    say(it, 'Begin.');
    await it.until(/FINISHED/);
    await it.until((text) => !text.includes('Esc interrupts'));

    const frames = it.frames().filter(({ rows, scrolled }) => rows.some((row) => row.includes('default')) || scrolled > 0);
    assert.ok(frames.length > 20, String(frames.length));
    let seen = '';
    for (const frame of frames) {
      assert.ok(frame.rows.some((row) => row.startsWith('default')), frame.rows.join('\n'));
      const written = above(frame);
      assert.ok(written.startsWith(seen) || seen.startsWith(written), `${seen}\n----\n${written}`);
      if (written.length > seen.length) seen = written;
    }
    assert.doesNotMatch(it.raw().toString(), /\u001b\[[23]J/); // oxlint-disable-line no-control-regex
  });

  it('is whole at 40 columns and 10 rows, in a window that gets narrower and wider, and in ASCII', async () => {
    const it = await start({ columns: 100, rows: 12, env: { LANG: 'C', NO_COLOR: '1', COLORTERM: undefined }, replies: [{ text: 'A long sentence that has more words than a narrow window can show in one row, so that it is broken.' }] });
    say(it, 'Begin.');
    await it.until(/broken\./);
    await it.until((text) => !text.includes('Esc interrupts'));
    for (const columns of [40, 23, 40, 120]) {
      it.resize({ columns, rows: 10 });
      // Until it is drawn for this width, and nothing is on the way any more.
      await it.until((text) => new RegExp(columns > 100 ? '\\ndefault \\| /tmp.*$' : columns > 23 ? '\\ndefault \\| \\.\\.\\..*$' : '\\ndefault$').test(text));
      await settled(it);
    }
    assert.equal(count(it, 'default |'), 1, it.history().join('\n'));
    assert.doesNotMatch(it.raw().toString().replaceAll(/\u001b\[[\d;?]*[a-zA-Z]/g, ''), /[^\u0000-\u007f]/); // oxlint-disable-line no-control-regex
    assert.doesNotMatch(it.raw().toString(), /\u001b\[[\d;]*3[0-9]m/); // oxlint-disable-line no-control-regex
  });

  it('rings when it is done and the window is not in front', async () => {
    const it = await start({ args: ['--mode', 'default'], replies: [{ text: 'I ask.', calls: [{ tool: 'bash', input: { command: 'echo hi > out.txt' } }] }, { text: 'Done.' }] });
    it.type('\u001b[O');
    say(it, 'Begin.');
    await it.until(/out\.txt/);
    await it.until(() => it.heard().includes('bell'));
    it.press('ctrl+c');
    await it.until(/Interrupted/);
  });

  it('draws a picture only where the terminal has said that it can, and tells of it everywhere else', async () => {
    const shot = { calls: [{ tool: 'read', input: { path: 'shot.png' } }] };
    const it = await start({ name: 'xterm-kitty', columns: 60, replies: [{ text: 'One.' }, shot, { text: 'Two.' }] });
    await it.until(() => it.raw().includes('\u001b[>q'));
    await writeFile(join(it.place.folder, 'shot.png'), PNG);
    say(it, 'Look at @shot.png');
    await it.until(/› Look at @shot\.png\n\n✓ read shot\.png · \[a PNG image[^\n]*\n {4}└ image\/png 8×60\n\nOne\./);
    assert.ok(!it.raw().includes(PNG.toString('base64')), 'the name of a terminal in TERM is not enough');

    it.type('\u001bP>|kitty(0.36.4)\u001b\\');
    it.paste(join(it.place.folder, 'shot.png'));
    await it.until(/\[image #1 shot\.png 8×60\]/);
    it.press('enter');
    await it.until(/› \[image #1[^\n]*\n{4} {2}└ image #1 shot\.png 8×60 · image\/png 8×60\n[^]*Two\./);
    await it.until(/\n{4} {4}└ image\/png 8×60\n\nTwo\./); // What still streams stands without the blank line.
    const drawn = it.raw().toString().split(`\u001b7\u001b[3A\u001b_Ga=T,f=100,t=d,C=1,r=3,q=2,m=0;${PNG.toString('base64')}\u001b\\\u001b8`);
    assert.equal(drawn.length, 3, 'what was attached, and what the tool read');
    assert.match(it.text(), /✓ read shot\.png · \[a PNG image[^\n]*\n{4} {4}└ image\/png 8×60\n\nTwo\./);
    assert.doesNotMatch(it.text(), /<[0-9a-f]{12}:/);
  });
});

describe('pith run at a terminal', () => {
  it('wraps the answer of a command between words, as wide as the terminal is, and not for a pipe', async () => {
    const place = await createPlace();
    const argv = ['run', '--model', await place.write('../conversation.json', conversation()), '/help undo'];
    const terminal = createTerminal({ argv: [process.execPath, bin, ...argv], cwd: place.folder, env: place.env, columns: 40 });
    try {
      assert.equal((await terminal.exit).code, 0);
      assert.deepEqual(terminal.overflows(), []);
      const piped = (await place.pith(argv)).stdout;
      assert.ok(piped.split('\n').some((line) => line.length > 200), piped);
      assert.equal(terminal.history().join(' ').replaceAll(/\s+/g, ' ').trim(), piped.replaceAll(/\s+/g, ' ').trim());
    } finally {
      await terminal.dispose();
      await place.remove();
    }
  });
});

/** Once the program has nothing more to say: it answers what it is asked. */
async function settled(it: Chat): Promise<void> {
  it.type('x');
  await it.until(/^> x$/m);
  it.press('backspace');
  await it.until(/^> Type/m);
}

/** What stands above the small region at the bottom, without the rows that may still change. */
function above({ rows, scrolled }: Frame): string {
  return scrolled > 0 ? '' : rows.slice(0, 2).join('\n');
}
