import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { splitCommand } from '../src/input/external-editor.ts';
import { PNG, startInput, type StartedInput } from './start-input.ts';

/** Programs in the place of a person's editor and clipboard. */
describe('terminal: programs beside the input', () => {
  let started: StartedInput | undefined;
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'pith-outside-')); });
  afterEach(async () => {
    await started?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const program = async (name: string, script: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };
  const start = async (options: Parameters<typeof startInput>[0] = {}): Promise<StartedInput> => {
    started = await startInput({ ...options, env: { PATH: `${folder}:/usr/bin:/bin`, ...options.env } });
    return started;
  };

  it('opens the text in the editor of VISUAL, with its arguments and no shell, and takes what comes back', async () => {
    await program('my-editor', `printf '%s\\n' "$@" > "${folder}/arguments"; stat -c %a "$3" > "${folder}/mode"; cat "$3" > "${folder}/before"; printf 'new text\\nof it\\n' > "$3"`);
    const it = await start({ env: { VISUAL: 'my-editor --wait "two words; $(touch x)"', EDITOR: 'false' } });
    it.type('old');
    it.press('alt+enter');

    it.press('ctrl+g');
    it.type('lost, because another program has the keys');
    await it.until(() => it.written() === 'new text\nof it\n|');

    const [first, second, file = ''] = (await readFile(join(folder, 'arguments'), 'utf8')).split('\n');
    assert.deepEqual([first, second], ['--wait', 'two words; $(touch x)']);
    assert.equal(await readFile(join(folder, 'before'), 'utf8'), 'old\n');
    assert.equal((await readFile(join(folder, 'mode'), 'utf8')).trim(), '600');
    assert.throws(() => readdirSync(join(file, '..')), /ENOENT/);
    it.press('ctrl+_');
    assert.equal(it.written(), 'old\n|');
  });

  it('keeps what is attached through the editor, where its label stays', async () => {
    await program('append', 'printf " and more" >> "$1"');
    const it = await start({ env: { EDITOR: 'append' } });
    it.input.paste(Array.from({ length: 20 }, (_, line) => `line ${line}`).join('\n'));

    it.press('ctrl+g');
    await it.until(() => it.written().includes('more'));

    assert.equal(it.written(), '[pasted text #1, 20 lines] and more|');
    assert.equal(it.input.units.toInput(it.input.snapshot().editor.text).attachments.length, 1);
  });

  it('loses nothing by an editor that fails, or is not there', async () => {
    await program('broken', 'echo rubbish > "$1"; exit 3');
    for (const [editor, said] of [['broken', /broken did not work: it ended with 3/], ['no-such-editor', /EDITOR names "no-such-editor", and there is no such program/], ['./broken', /there is no such program/]] as const) {
      const it = await start({ env: { EDITOR: editor } });
      it.type('my text');

      it.press('ctrl+g');
      await it.until(() => it.notices().length > 0);

      assert.equal(it.written(), 'my text|');
      assert.match(it.notices()[0]!, said);
      await it.close();
    }
    started = undefined;
  });

  it('gives the editor no key of the environment', async () => {
    await program('spy', `env > "${folder}/environment"; echo seen >> "$1"`);
    const it = await start({ env: { EDITOR: 'spy', ANTHROPIC_API_KEY: 'sk-ant-api03-secret-secret', EDITOR_STYLE: 'dark' } });

    it.press('ctrl+g');
    await it.until(() => it.written().includes('seen'));

    const environment = await readFile(join(folder, 'environment'), 'utf8');
    assert.match(environment, /EDITOR_STYLE=dark/);
    assert.doesNotMatch(environment, /secret/);
  });

  it('takes an image from the clipboard by the first program that has one', async () => {
    await writeFile(join(folder, 'image.png'), PNG);
    await program('wl-paste', `[ "$*" = "--no-newline --type image/png" ] && cat "${folder}/image.png"`);
    const it = await start({ env: { WAYLAND_DISPLAY: 'wayland-0' }, options: { platform: 'linux' } });

    it.type('see ');
    it.press('ctrl+v');
    assert.ok(it.screen().includes('looking into the clipboard'));
    it.press('enter');
    await it.until(() => it.model.requests.length > 0);

    assert.deepEqual(it.session.messages[0]!.content.map(({ type }) => type), ['text', 'image']);
  });

  it('reads the clipboards of macOS and Windows as their programs write them', async () => {
    await program('osascript', `echo '«data PNGf${PNG.toString('hex').toUpperCase()}»'`);
    await program('powershell', `echo ${PNG.toString('base64')}`);
    for (const platform of ['darwin', 'win32'] as const) {
      const it = await start({ options: { platform } });

      it.press('ctrl+v');
      await it.until(() => it.written() !== '|');

      assert.equal(it.written(), '[image #1 clipboard 2×3] |');
      await it.close();
    }
    started = undefined;
  });

  it('says in one line that there is no image, or no program', async () => {
    const nothing = await start({ env: { PATH: folder }, options: { platform: 'linux' } });
    nothing.press('ctrl+v');
    await nothing.until(() => nothing.notices().length > 0);
    await nothing.close();
    await program('xclip', 'echo "Error: target image/png not available" >&2; exit 1');
    const empty = await start({ options: { platform: 'linux' } });
    empty.press('ctrl+v');
    await empty.until(() => empty.notices().length > 0);

    assert.deepEqual(nothing.notices(), ['No program is there that reads images from the clipboard. Install xclip, or drop the file here: its path is enough.']);
    assert.deepEqual(empty.notices(), ['There is no image in the clipboard']);
  });

  it('looks for an image where a terminal pastes nothing, and says nothing where there is none', async () => {
    await writeFile(join(folder, 'image.png'), PNG);
    await program('xclip', `cat "${folder}/image.png"`);
    const it = await start({ options: { platform: 'linux' } });

    it.input.paste('');
    await it.until(() => it.written() !== '|');

    assert.equal(it.written(), '[image #1 clipboard 2×3] |');
  });
});

describe('terminal: the command of an editor', () => {
  it('is parted as a shell would, and read by none', () => {
    assert.deepEqual(splitCommand('code --wait'), ['code', '--wait']);
    assert.deepEqual(splitCommand(`"/opt/my editor/bin" -c 'a b' x\\ y $HOME`), ['/opt/my editor/bin', '-c', 'a b', 'x y', '$HOME']);
    assert.deepEqual(splitCommand('"C:\\Program Files\\ed.exe" -n', { isWindows: true }), ['C:\\Program Files\\ed.exe', '-n']);
  });
});
