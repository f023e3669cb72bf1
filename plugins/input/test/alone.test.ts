import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestKernel, testModel } from '@pith/kernel/testing';
import input from '../src/index.ts';

const run = promisify(execFile);

describe('the plugin input', () => {
  it('loads alone, and leaves text as it is', async () => {
    const { kernel, session, close } = await createTestKernel({ plugins: [input, testModel(['fine']).plugin] });

    const { text } = await session.runTurn({ text: 'hello' });

    assert.deepEqual([text, kernel.plugins.map(({ state }) => state)], ['fine', ['active', 'active']]);
    await close();
  });

  it('loads nothing of its work before something is typed that needs it', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const urls = [];
      registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
      await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
      console.log(JSON.stringify(urls.filter((url) => url.includes('/plugins/input/src/'))));
    `;
    const { stdout } = await run(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { cwd: fileURLToPath(new URL('..', import.meta.url)) });

    assert.deepEqual((JSON.parse(stdout) as string[]).map((url) => url.split('/').at(-1)), ['index.ts', 'home.ts', 'last-request.ts', 'long-text.ts']);
  });
});
