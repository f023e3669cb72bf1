import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { toSchemas } from '../scripts/to-schemas.ts';
import { CODES } from '../src/errors.ts';
import tools from '../src/index.ts';
import schemas from '../src/schemas.json' with { type: 'json' };

const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));

describe('the plugin tools', () => {
  it('loads alone, with only the kernel beside it, and refuses what nobody allows', async () => {
    const { kernel, session, folder, close } = await createTestKernel({ plugins: [tools] });

    const { status, reason } = await session.callTool({ name: 'write', input: { path: 'a.txt', content: 'x' } });

    assert.deepEqual(kernel.plugins.map(({ name, state, absent }) => ({ name, state, absent })), [{ name: 'tools', state: 'active', absent: [] }]);
    assert.equal(status, 'refused');
    assert.equal(reason, 'no plugin allows it; this needs a person’s yes, and nobody can be asked');
    await assert.rejects(readFile(join(folder, 'a.txt')));
    await close();
  });

  it('costs every request less than 5 kB, with everything switched on', async () => {
    const model = testModel();
    const { session, close } = await createTestKernel({ plugins: [tools, model.plugin, allowAll], options: { tools: { webSearch: ['search', '{query}'] } } });

    await session.runTurn({ text: 'hi' });

    const specs = model.requests[0]!.tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    assert.deepEqual(specs.map(({ name }) => name), ['apply-patch', 'ask-user', 'bash', 'edit', 'glob', 'grep', 'jobs', 'list', 'read', 'todo', 'web-search', 'write']);
    assert.ok(JSON.stringify(specs).length < 5000, `${JSON.stringify(specs).length} bytes`);
    await close();
  });

  it('tells the model of the inputs that the tools check', () => {
    assert.deepEqual(schemas, JSON.parse(JSON.stringify(toSchemas())), 'run: npm run schemas -w @pith/plugin-tools');
  });

  it('loads nothing but its heads before a tool is called', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      await import(${JSON.stringify(entry)});
      console.log(JSON.stringify(loaded));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script]);
    const own = (JSON.parse(stdout) as string[]).filter((url) => url.includes('/plugins/tools/') || /\/(zod|execa|fast-glob|ripgrep-wrapper)\//.test(url)).map((url) => url.split('/').at(-1));

    assert.deepEqual(own.sort(), ['index.ts', 'options.ts', 'schemas.json', 'web-search.ts']);
  });

  it('explains each of its error codes in the README', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map(([, code, text]) => [code, text]);
    assert.deepEqual(rows, Object.entries(CODES));
  });
});
