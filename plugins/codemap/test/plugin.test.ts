import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { CODES } from '../src/errors.ts';
import codemap from '../src/index.ts';
import { startCodemap } from './start-codemap.ts';

const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));

describe('the plugin codemap', () => {
  it('loads alone, with only the kernel beside it', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [codemap] });

    assert.deepEqual(kernel.plugins.map(({ name, state, absent }) => ({ name, state, absent })), [{ name: 'codemap', state: 'active', absent: [] }]);
    await close();
  });

  it('costs a request less than 500 bytes, and loads nothing before it is asked', async () => {
    const model = testModel();
    const { session, close } = await createTestKernel({ plugins: [codemap, model.plugin, allowAll] });

    await session.runTurn({ text: 'hi' });

    const { name, description, inputSchema } = model.requests[0]!.tools[0]!;
    assert.ok(JSON.stringify({ name, description, inputSchema }).length < 500);
    assert.deepEqual(model.requests[0]!.system, []);
    await close();
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      await import(${JSON.stringify(entry)});
      console.log(JSON.stringify(loaded));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script]);
    const own = (JSON.parse(stdout) as string[]).filter((url) => url.includes('/plugins/codemap/') || /\/(zod|ignore|web-tree-sitter)\//.test(url)).map((url) => url.split('/').at(-1));
    assert.deepEqual(own.sort(), ['index.ts', 'options.ts', 'section.ts']);
  });

  it('refuses options that it does not know', async () => {
    for (const [options, message] of [[{ sectionTokens: -1 }, 'sectionTokens'], [{ sectionTokens: '5' }, 'sectionTokens'], [{ tokens: 5 }, 'tokens'], [[], 'object']] as const) {
      const { kernel, close } = await createTestKernel({ plugins: [codemap], options: { codemap: options } });

      const [status] = kernel.plugins;
      assert.equal(status!.state, 'failed');
      assert.match(JSON.stringify(status!.error), new RegExp(message));
      await close();
    }
  });

  it('explains each of its error codes in the README', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map(([, code, text]) => [code, text]);
    assert.deepEqual(rows, Object.entries(CODES));
  });
});

describe('the map in the system prompt', () => {
  it('is made once in a session and stays as it is, whatever changes in the folder', async () => {
    const model = testModel();
    const { session, put, close } = await startCodemap({ plugins: [allowAll, model.plugin], options: { codemap: { sectionTokens: 500 } } });
    await put('a.ts', 'function first() {}');

    await session.runTurn({ text: 'one' });
    await put('b.ts', 'function second() {}');
    await session.runTurn({ text: 'two' });

    const [one, two] = model.requests.map(({ system }) => system);
    assert.equal(one!.length, 1);
    assert.deepEqual([one![0]!.id, one![0]!.owner, one![0]!.stability], ['codemap', 'codemap', 'stable']);
    assert.match(one![0]!.text, /a\.ts {2}first:1/);
    assert.deepEqual(two, one);
    await close();
  });

  it('is not there where permission does not let it be read', async () => {
    const model = testModel();
    const { session, events, close } = await startCodemap({ plugins: [model.plugin], options: { codemap: { sectionTokens: 500 } } });

    const { status } = await session.runTurn({ text: 'one' });

    assert.equal(status, 'done');
    assert.deepEqual(model.requests[0]!.system, []);
    assert.ok(events.some((event) => event.type === 'tool-end' && event.tool === 'map' && event.status === 'refused'));
    await close();
  });
});
