import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestKernel } from '@pith/kernel/testing';
import openai from '../src/index.ts';

const run = promisify(execFile);

describe('the plugin openai', () => {
  it('loads alone, and is chosen only where it has a key', async () => {
    const bare = await createTestKernel({ plugins: [openai], session: { provider: 'openai' } });
    const keyed = await createTestKernel({ plugins: [openai], env: { OPENAI_API_KEY: 'k' } });

    assert.deepEqual(bare.kernel.plugins.map(({ name, state }) => [name, state]), [['openai', 'active']]);
    assert.throws(() => bare.kernel.resolveModel({}), { code: 'PROVIDER_MISSING' });
    assert.deepEqual(keyed.kernel.resolveModel({}), { provider: 'openai', model: 'gpt-6.1-sol' });
    assert.deepEqual(keyed.kernel.resolveModel({ model: 'gpt-7' }), { provider: 'openai', model: 'gpt-7' });
    assert.throws(() => keyed.kernel.resolveModel({ model: 'claude-next' }), { code: 'MODEL_UNKNOWN' });
    await bare.close();
    await keyed.close();
  });

  it('names an option that is wrong', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [openai], options: { openai: { baseURL: 'http://a' } } });

    assert.equal(kernel.plugins[0]!.error?.message, 'The options of plugin openai do not fit: baseURL: is not known; the options are baseUrl, headers, defaultModel, maxOutputTokens, api, openrouter, local');
    await close();
  });

  it('loads neither the client nor the transport before it is asked', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const urls = [];
      registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
      await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
      console.log(JSON.stringify(urls.filter((url) => url.includes('node_modules') || url.includes('provider.ts'))));
    `;
    const { stdout } = await run(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { cwd: fileURLToPath(new URL('..', import.meta.url)) });

    const loaded = (JSON.parse(stdout) as string[]).filter((url) => !/node_modules\/(tapable|semver)\//.test(url));
    assert.deepEqual(loaded, []);
  });
});
