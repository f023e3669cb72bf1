import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile, mkdir } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { toText } from '@pith/kernel';
import * as fc from 'fast-check';
import { toPaths } from '../src/input/pasted.ts';
import { Units } from '../src/input/units.ts';
import { PNG, startInput, type StartedInput } from './start-input.ts';

const LONG = Array.from({ length: 240 }, (_, line) => `line ${line}`).join('\n');

describe('terminal: what is pasted', () => {
  let started: StartedInput | undefined;
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'pith-pasted-')); });
  afterEach(async () => {
    await started?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (options?: Parameters<typeof startInput>[0]): Promise<StartedInput> => { started = await startInput(options); return started; };

  it('is not sent by its line ends, and a short text stands as it is', async () => {
    const { input, written, model } = await start();

    input.paste('rm -rf build\r\nls\r');

    assert.deepEqual([written(), model.requests.length], ['rm -rf build\nls\n|', 0]);
  });

  it('stands as one unit where it is long, and is sent whole as an attachment', async () => {
    const { input, written, press, type, idle, model, session } = await start();

    type('why? ');
    input.paste(`${LONG}\n`);
    type(' thanks');
    assert.equal(written(), 'why? [pasted text #1, 240 lines] thanks|');
    for (let times = 0; times < 8; times++) press('left');
    press('left');
    assert.equal(written(), 'why?| [pasted text #1, 240 lines] thanks');
    press('enter');
    await idle();

    const [message] = model.requests[0]!.messages;
    assert.equal(message!.content.slice(0, 1).map((block) => block.type === 'text' && block.text)[0], 'why? [pasted text #1, 240 lines] thanks');
    assert.ok(toText(message!.content).includes(`<pasted name="pasted text #1">\n${LONG}\n</pasted>`));
    assert.deepEqual(session.messages[0]!.content[1]!.label, { owner: 'terminal', name: 'pasted text #1' });
  });

  it('counts the characters of one long line', async () => {
    const { input, written } = await start();

    input.paste('x'.repeat(1001));

    assert.equal(written(), '[pasted text #1, 1001 characters]|');
  });

  it('goes into the line of a command, as that reads no attachments', async () => {
    const { input } = await start();

    const unit = input.units.addText('a\nb');

    assert.deepEqual(input.units.toInput(`!wc -l <<< "${unit}"`), { text: '!wc -l <<< "a\nb"', attachments: [] });
  });

  it('loses the marks of the terminal, and a mark inside it ends nothing', async () => {
    const { input, written } = await start();

    input.paste('one\u001b[201~two\u001b[200~');

    assert.equal(written(), 'onetwo|');
  });

  it('is taken for no unit, whatever characters it holds', async () => {
    const { input, written } = await start();
    input.paste(LONG);

    input.paste('\udc00 and \ud800');

    assert.equal(written(), '[pasted text #1, 240 lines]\ufffd and \ufffd|');
  });

  it('comes back by yank and undo, as what it was', async () => {
    const { input, press, written } = await start();

    input.paste(LONG);
    press('backspace', 'ctrl+_', 'ctrl+w');
    assert.equal(written(), '|');
    press('ctrl+y');

    assert.equal(input.units.toInput(input.snapshot().editor.text).attachments.length, 1);
  });

  it('is refused where it is larger than a pipe may bring', async () => {
    const { input, written, notices } = await start();

    input.paste('x'.repeat(10 * 1024 * 1024 + 1));

    assert.equal(written(), '|');
    assert.match(notices()[0]!, /longer than 10 MiB/);
  });

  it('is an image or a document, where it is the path of one, however it is written', async () => {
    const { input, written, press, idle, session } = await start();
    const image = join(folder, 'a shot.png');
    await writeFile(image, PNG);
    await writeFile(join(folder, 'paper.pdf'), '%PDF-1.7 ');

    for (const [number, pasted] of [image, `'${image}'`, `"${image}"`, image.replaceAll(' ', '\\ '), `${image}\n`, pathToFileURL(image).href].entries()) {
      input.paste(pasted);
      assert.equal(written(), `[image #${number + 1} a shot.png 2×3] |`, pasted);
      press('ctrl+u');
    }
    input.paste(`'${image}' ${join(folder, 'paper.pdf')}`);
    assert.equal(written(), '[image #7 a shot.png 2×3] [document #8 paper.pdf] |');
    press('enter');
    await idle();

    assert.deepEqual(session.messages[0]!.content.map(({ type, label }) => [type, label?.name]), [['text', undefined], ['image', 'image #7 a shot.png 2×3'], ['document', 'document #8 paper.pdf']]);
  });

  it('stays a text where nothing is there, or something else', async () => {
    const { input, written } = await start();
    await writeFile(join(folder, 'fake.png'), 'no image');

    for (const text of [join(folder, 'gone.png'), join(folder, 'fake.png'), 'see shot.png', 'https://example.org/a.png', '//host/share/a.png', 'file://host/a.png']) {
      input.paste(text);
      assert.equal(written(), `${text}|`);
      input.press({ key: 'ctrl+u' }, async (work) => work());
    }
  });

  it('does not hang on a pipe, and says that a file is too large', async () => {
    const { input, notices, written } = await start();
    execFileSync('mkfifo', [join(folder, 'pipe.png')]);
    await writeFile(join(folder, 'huge.png'), Buffer.concat([PNG, Buffer.alloc(6 * 1024 * 1024)]));

    input.paste(join(folder, 'pipe.png'));
    input.paste(` ${join(folder, 'huge.png')}`);

    assert.match(notices().join('\n'), /pipe\.png is a pipe, not a file.*\n.*huge\.png is an image of 6\.3 MB/s);
    assert.match(written(), /pipe\.png .*huge\.png\|$/);
  });

  it('lets no name of a file be a mention, or break its label', async () => {
    const { input, written } = await start();
    const image = join(folder, 'x @~ `]\u202e.png');
    await writeFile(image, PNG);

    input.paste(`"${image}"`);

    assert.equal(written(), '[image #1 x __ ___u_202e_.png 2×3] |');
  });

  it('follows links to an image, as --attach does', async () => {
    const { input, written } = await start();
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'deep', 'real.png'), PNG);
    await symlink(join('deep', 'real.png'), join(folder, 'link.png'));

    input.paste(join(folder, 'link.png'));

    assert.equal(written(), '[image #1 link.png 2×3] |');
  });
});

describe('terminal: paths as terminals write them', () => {
  it('comes back from every way to quote it', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '\'', '"', '(', '&', 'é', '漢', '-', '.'), minLength: 1, maxLength: 12 }).map((text) => `/tmp/x${text}x.png`);
    fc.assert(fc.property(name, (path) => {
      const escaped = path.replaceAll(/[^\w/.\u0080-\uffff]/g, '\\$&');
      assert.deepEqual(toPaths(escaped, { cwd: '/', home: undefined, platform: 'linux' }), [path]);
      if (!path.includes("'")) assert.deepEqual(toPaths(`'${path}'`, { cwd: '/', home: undefined, platform: 'linux' }), [path]);
      if (!path.includes('"')) assert.deepEqual(toPaths(`"${path}"`, { cwd: '/', home: undefined, platform: 'linux' }), [path]);
    }));
  });

  it('takes a tilde for the home folder, and a name for one of this folder', () => {
    assert.deepEqual(toPaths('~/a.png', { cwd: '/srv', home: '/home/ada', platform: 'linux' }), ['/home/ada/a.png']);
    assert.deepEqual(toPaths('a.png b.jpg', { cwd: '/srv', home: undefined, platform: 'linux' }), ['/srv/a.png', '/srv/b.jpg']);
    assert.equal(toPaths('look at a.png', { cwd: '/srv', home: undefined, platform: 'linux' }), undefined);
  });
});

describe('terminal: units', () => {
  it('keeps no more than it may, and says of the oldest that it is gone', () => {
    const units = new Units();

    const first = units.addText('x'.repeat(30 * 1024 * 1024));
    units.addText('y'.repeat(30 * 1024 * 1024));

    assert.equal(units.labelOf(first), '[gone]');
    assert.deepEqual(units.toInput(`a ${first}`), { text: 'a [gone]', attachments: [] });
  });

  it('knows its labels again, and its texts come back whole', () => {
    const units = new Units();
    const text = `one ${units.addText('a\nb\nc')} two ${units.addText('d')}`;

    assert.equal(units.toText(text), 'one [pasted text #1, 3 lines] two [pasted text #2, 1 characters]');
    assert.equal(units.fromText(units.toText(text)), text);
  });
});
