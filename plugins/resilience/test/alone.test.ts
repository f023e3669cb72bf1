import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestKernel } from '@pith/kernel/testing';
import resilience from '../src/index.ts';

const run = promisify(execFile);

describe('the plugin resilience', () => {
  it('loads alone', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [resilience] });

    assert.deepEqual(kernel.plugins.map(({ name, state }) => [name, state]), [['resilience', 'active']]);
    await close();
  });

  it('loads nothing of its work before a model is called', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const urls = [];
      registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
      await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
      console.log(JSON.stringify(urls.filter((url) => url.includes('/plugins/resilience/src/'))));
    `;
    const { stdout } = await run(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { cwd: fileURLToPath(new URL('..', import.meta.url)) });

    assert.deepEqual((JSON.parse(stdout) as string[]).map((url) => url.split('/').at(-1)), ['index.ts', 'options.ts']);
  });
});
