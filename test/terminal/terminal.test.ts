import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { createTerminal, type Terminal, type TerminalOptions } from '../support/terminal.ts';
import { toBytes } from '../support/terminal-keys.ts';
import { startChat } from '../support/chat.ts';

describe('The terminal of the tests', () => {
  let terminal: Terminal | undefined;
  afterEach(async () => { await terminal?.dispose(); terminal = undefined; });

  /** A small program of Node in a terminal. */
  const start = (program: string, options: Partial<TerminalOptions> = {}): Terminal =>
    (terminal = createTerminal({ argv: [process.execPath, '-e', program], cwd: tmpdir(), env: { PATH: process.env['PATH'] }, columns: 40, rows: 6, ...options }));

  it('shows what a program writes, with its looks, its size and how it ended', async () => {
    const it = start(String.raw`process.stdout.write('\x1b]0;name\x07\x1b[1;31mred\x1b[0m 你\x1b[3;5H\x1b[38;2;1;2;3mx\x1b[0m' + process.stdout.columns + 'x' + process.stdout.rows); process.exitCode = 3;`);

    assert.deepEqual(await it.exit, { code: 3, signal: undefined });
    assert.deepEqual(it.screen(), ['red 你', '', '    x40x6', '', '', '']);
    const rows = it.cells();
    const [red, x] = [rows[0]![0]!, rows[2]![4]!];
    assert.deepEqual([red.text, red.foreground, red.bold, x.foreground], ['r', 1, true, '#010203']);
    assert.deepEqual(it.heard(), ['title name']);
  });

  it('sends keys and pasted text as the program asked for them, and a new size', async () => {
    const it = start(String.raw`process.stdin.setRawMode(true); process.stdout.write('\x1b[?2004h\x1b[?1hready\r\n');
      process.stdout.on('resize', () => process.stdout.write('size ' + process.stdout.columns + '\r\n'));
      process.stdin.on('data', (data) => { process.stdout.write(JSON.stringify(String(data)) + '\r\n'); if (String(data) === 'q') process.exit(); });`);
    await it.until(/ready/);
    it.press('up');
    await it.until(/"\\u001bOA"/);
    it.paste('a\nb');
    await it.until((text) => text.includes(JSON.stringify('\x1b[200~a\rb\x1b[201~')));
    it.resize({ columns: 60, rows: 6 });
    await it.until(/size 60/);
    it.press('q');

    assert.equal((await it.exit).code, 0);
  });

  it('knows the keys of old terminals and of the kitty protocol', () => {
    const legacy = { applicationCursor: false, kitty: false };
    const bytes = (keys: string[], modes = legacy): string[] => keys.map((key) => toBytes(key, modes));
    assert.deepEqual(bytes(['a', 'ctrl+c', 'alt+b', 'shift+tab', 'enter', 'shift+enter', 'alt+enter', 'ctrl+j', 'ctrl+left', 'escape', 'pageup', '?', 'ctrl+_', '+', 'ctrl+space']),
      ['a', '\x03', '\x1bb', '\x1b[Z', '\r', '\r', '\x1b\r', '\n', '\x1b[1;5D', '\x1b', '\x1b[5~', '?', '\x1f', '+', '\0']);
    assert.deepEqual(bytes(['shift+enter', 'ctrl+c', 'a', 'escape', 'enter'], { ...legacy, kitty: true }), ['\x1b[13;2u', '\x1b[99;5u', 'a', '\x1b[27u', '\r']);
    assert.throws(() => toBytes('hyper+x', legacy), /No keyboard/);
    assert.throws(() => toBytes('entre', legacy), /No keyboard/);
  });

  it('keeps the screen of each update, whole where the program marks them', async () => {
    const it = start(String.raw`process.stdout.write('\x1b[?2026hone'); setImmediate(() => process.stdout.write(' two\x1b[?2026l\x1b[?2026h\rthree\x1b[?2026l'));`, { recordFrames: true });
    await it.exit;

    const seen = it.frames().map(({ rows: [first] }) => first);
    assert.ok(!seen.includes('one'), seen.join(', '));
    assert.deepEqual([...new Set(seen)], ['one two', 'threewo']);
  });

  it('says what stood on the screen when what was wanted did not come', async () => {
    const it = start(`console.log('something else');`);

    await assert.rejects(it.until(/wanted/), /program ended[^]*wanted[^]*1│something else/);
  });

  it('answers a program as terminals do, and says that it did', async () => {
    const it = start(String.raw`process.stdin.setRawMode(true); process.stdin.once('data', (data) => { process.stdout.write(JSON.stringify(String(data))); process.exit(); }); process.stdout.write('\x1b[?u');`, { kitty: true });
    await it.exit;

    assert.deepEqual([it.text().endsWith(JSON.stringify('\x1b[?0u')), it.heard()], [true, ['answer \x1b[?0u']], it.text());
  });
});

describe('The chat in a terminal', () => {
  it('opens, and Ctrl-C leaves it and the terminal as it was', async () => {
    const chat = await startChat();
    try {
      await chat.until(/pith/);
      chat.press('ctrl+c', 'ctrl+c');

      assert.equal((await chat.exit).code, 0);
      assert.partialDeepStrictEqual(chat.modes(), { bracketedPasteMode: false, isCursorHidden: false, mouseTrackingMode: 'none', buffer: 'normal', kitty: 0 });
    } finally {
      await chat.dispose();
    }
  });
});
