import assert from 'node:assert/strict';
import { cp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'mocha';
import { conversation, createPlace, type Place } from '../support/pith.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CONFIG = `import { defineConfig } from '@pith/kernel';\nexport default defineConfig({ hooks: ['./tools/note.ts'] });\n`;

/** A tool that checks its input with zod, and says which file it touches. */
const toolText = (effect: 'read' | 'write' = 'write'): string => `import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, defineTool } from '@pith/kernel';
import { z } from 'zod';
const input = z.strictObject({ file: z.string().regex(/^[a-z]+\\.md$/, 'expected a name like notes.md'), line: z.string() });
const note = defineTool({
  name: 'note', description: 'Add a line to a file of notes.', effect: '${effect}', inputSchema: z.toJSONSchema(input), input,
  targets: ({ file }, { cwd }) => [{ family: 'Edit', path: join(cwd, file) }],
  execute: async ({ line }, { targets }) => { await appendFile(targets[0]!.path!, line + '\\n'); return 'noted'; },
});
export default definePlugin({ name: 'notes', tools: [note] });
`;

describe('a tool of the project, in a hook file', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace({ isWarm: true });
    // Links lead out of the project, so its packages lie in it.
    await cp(join(root, 'node_modules', 'zod'), join(place.folder, 'node_modules', 'zod'), { recursive: true, filter: async (path) => /\.(?:js|json)$/.test(path) || (await stat(path)).isDirectory() });
    await place.write('pith.config.ts', CONFIG);
    await place.write('tools/note.ts', toolText());
    await place.write('c.json', conversation({ calls: [{ tool: 'note', input: { file: 'notes.md', line: 'said' } }] }, { text: 'Done.' }));
  });
  afterEach(() => place.remove());

  const call = (input: object, ...more: string[]) => place.pith(['tools', 'call', 'note', '--input', JSON.stringify(input), ...more]);
  const line = { file: 'notes.md', line: 'x' };

  it('is not there before the folder is trusted: neither listed, nor offered, nor run', async () => {
    const listed = await place.pith(['tools', 'list']);
    const called = await call(line, '--mode', 'bypassPermissions');

    assert.doesNotMatch(listed.stdout, /note/);
    assert.equal(called.code, 1);
    assert.match(called.stderr, /There is no tool "note"/);
  });

  it('once trusted is listed with its owner, checks its input with zod, and obeys modes and rules, whoever calls it', async () => {
    const trusted = await place.pith(['trust', '--yes']);
    assert.equal(trusted.code, 0, trusted.stderr);

    const [listed, asks, edits, denied, wrong] = [
      await place.pith(['tools', 'list']), await call(line), await call(line, '--mode', 'acceptEdits'),
      await call(line, '--mode', 'bypassPermissions', '--deny', 'Edit(notes.md)'), await call({ ...line, file: '../up.md' }, '--mode', 'acceptEdits'),
    ];
    const run = await place.pith(['run', '--model', 'c.json', '--json', 'note it']);

    assert.match(listed.stdout, /^note +write +notes +Add a line to a file of notes\.$/m);
    assert.deepEqual([asks.code, edits.code, edits.stdout, denied.code, run.code], [3, 0, 'noted\n', 3, 3]);
    assert.match(denied.stderr, /rule Edit\(notes\.md\)/);
    assert.match(wrong.stderr, /^The input of note does not fit: file: expected a name like notes\.md/);
    assert.deepEqual((JSON.parse(run.stdout) as { refusals: { tool: string }[] }).refusals.map(({ tool }) => tool), ['note']);
  });

  it('counts no more when a byte of it has changed', async () => {
    await place.pith(['trust', '--yes']);
    await place.write('tools/note.ts', toolText('read'));

    const { code, stderr } = await place.pith(['run', '--model', 'c.json', 'note it']);

    assert.equal(code, 2);
    assert.match(stderr, /tools\/note\.ts has changed since this folder was trusted/);
  });
});

describe('pith hooks create --tool', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace({ isWarm: true }); });
  afterEach(() => place.remove());

  it('makes a tool that works once the folder is trusted', async () => {
    await place.write('README.md', '# It\n\n## Install\n\nType npm install.\n\n## Use\n\nUse it.\n');
    const made = await place.pith(['hooks', 'create', 'readme-part', '--tool']);
    await place.pith(['trust', '--yes']);

    const found = await place.pith(['tools', 'call', 'readme-part', '--input', '{"heading":"Install"}']);
    const wrong = await place.pith(['tools', 'call', 'readme-part', '--input', '{"heading":""}']);
    const denied = await place.pith(['tools', 'call', 'readme-part', '--input', '{"heading":"Install"}', '--deny', 'Read(README.md)']);

    assert.match(made.stdout, /hooks\/readme-part\.ts was written: the tool, what it takes, and what it touches/);
    assert.deepEqual([found.stdout, wrong.code, denied.code], ['Type npm install.\n', 1, 3]);
    assert.match(wrong.stderr, /The input of readme-part does not fit: heading: expected the words of a heading/);
  });
});
