import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTerminal, type Terminal } from '../../../test/support/terminal.ts';

const app = fileURLToPath(new URL('input-app.ts', import.meta.url));

describe('terminal: the input in a real terminal', () => {
  let folder: string;
  let terminal: Terminal;
  beforeEach(async () => { folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-input-'))); });
  afterEach(async () => {
    await terminal.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async ({ env = {}, ...options }: { env?: Record<string, string>; columns?: number; rows?: number; kitty?: boolean } = {}): Promise<void> => {
    const project = join(folder, 'project');
    await mkdir(project, { recursive: true });
    terminal = createTerminal({ argv: [process.execPath, '--conditions=pith-source', '--disable-warning=ExperimentalWarning', app, project], cwd: project, env: { PATH: process.env['PATH'], HOME: join(folder, 'home'), PITH_HOME: join(folder, 'home', 'pith'), LANG: 'C.UTF-8', ...env }, columns: 60, rows: 16, recordFrames: true, ...options });
    // The keys are its own from then on.
    await terminal.until((text) => /› Type/.test(text) && terminal.modes()['bracketedPasteMode'] === true);
  };
  /** Where the terminal's own cursor is, in words of the screen. */
  const atCursor = (): string => {
    const { cursor: { row, column }, rows } = terminal.frames().at(-1)!;
    const line = rows[row] ?? '';
    return `${line.slice(0, column)}|${line.slice(column)}`;
  };

  it('takes text, new lines and keys, has the cursor where the next character goes, sends, and leaves the terminal as it was', async () => {
    await start({ kitty: true });

    terminal.type('hello');
    terminal.press('shift+enter');
    terminal.type('wörld');
    terminal.press('alt+b');
    await terminal.until(/wörld/);
    await terminal.until(() => atCursor() === '  |wörld');
    terminal.press('ctrl+e');
    terminal.type('!');
    terminal.press('enter');

    await terminal.until(/sent "hello\\nwörld!"/);
    await terminal.until(/› Type/);
    terminal.press('ctrl+d');
    assert.equal((await terminal.exit).code, 0);
    const { bracketedPasteMode, isCursorHidden, kitty } = terminal.modes();
    assert.deepEqual([bracketedPasteMode, isCursorHidden, kitty], [false, false, 0]);
  });

  it('sends nothing of what is pasted, and lets the cursor jump over it as one', async () => {
    await start();

    terminal.paste('rm -rf x\nls\n');
    await terminal.until(/ls/);
    terminal.press('ctrl+c');
    await terminal.until(/› Type/);
    terminal.type('see ');
    terminal.paste(Array.from({ length: 240 }, (_, line) => `line ${line}`).join('\n'));
    await terminal.until(/\[pasted text #1, 240 lines\]/);
    terminal.press('left');
    await terminal.until(() => atCursor() === '› see |[pasted text #1, 240 lines]');
    terminal.press('enter');

    await terminal.until(/sent "see \[pasted text #1, 240 lines\]"/);
    // Lines that come at once were pasted, though no terminal says so.
    terminal.type('echo one\recho two\r');
    await terminal.until(/› echo one\n {2}echo two/);
    assert.equal(terminal.text().match(/sent/g)!.length, 1);
  });

  it('scrolls at 40 columns and 10 rows, and follows a resize', async () => {
    await start({ columns: 40, rows: 10 });
    const words = Array.from({ length: 60 }, (_, number) => `word${number}`).join(' ');

    for (const word of words.split(/(?= )/)) terminal.type(word);
    await terminal.until(/word59/);
    assert.ok(terminal.screen().length <= 10);
    await terminal.until(() => atCursor().endsWith('word59|'));
    terminal.resize({ columns: 70, rows: 24 });
    await terminal.until(/› word0 word1[^]*word59/);
    await terminal.until(() => atCursor().endsWith('word59|'));
  });

  it('completes a path by keys', async () => {
    await mkdir(join(folder, 'project', 'src'), { recursive: true });
    await writeFile(join(folder, 'project', 'src', 'main file.ts'), '');
    await start();

    terminal.type('@main');
    await terminal.until(/› src\/main file\.ts/);
    terminal.press('tab', 'enter');

    await terminal.until(/sent "@\\"src\/main file\.ts\\""/);
  });

  it('lends the terminal to an editor, and is as it was behind it', async () => {
    const editor = join(folder, 'editor');
    await writeFile(editor, '#!/bin/sh\nprintf "in the editor: "; head -c 40 "$1"; read line; printf "%s" "$line" > "$1"\n');
    await chmod(editor, 0o755);
    await start({ env: { EDITOR: editor } });

    terminal.type('before');
    terminal.press('ctrl+g');
    await terminal.until(/in the editor: before/);
    terminal.type('after\r');
    await terminal.until(/› after/);
    terminal.press('enter');

    await terminal.until(/sent "after"/);
  });
});
