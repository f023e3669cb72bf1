import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestKernel } from '@pith/kernel/testing';
import anthropic from '../src/index.ts';

const run = promisify(execFile);

describe('the plugin anthropic', () => {
  it('loads alone, and is chosen only where it has a key', async () => {
    const bare = await createTestKernel({ plugins: [anthropic], session: { provider: 'anthropic' } });
    const keyed = await createTestKernel({ plugins: [anthropic], env: { ANTHROPIC_API_KEY: 'k' } });

    assert.deepEqual(bare.kernel.plugins.map(({ name, state }) => [name, state]), [['anthropic', 'active']]);
    assert.throws(() => bare.kernel.resolveModel({}), { code: 'PROVIDER_MISSING' });
    assert.deepEqual(keyed.kernel.resolveModel({}), { provider: 'anthropic', model: 'claude-sonnet-5-5' });
    assert.deepEqual(keyed.kernel.resolveModel({ model: 'claude-next' }), { provider: 'anthropic', model: 'claude-next' });
    assert.throws(() => keyed.kernel.resolveModel({ model: 'gpt-6' }), { code: 'MODEL_UNKNOWN' });
    await bare.close();
    await keyed.close();
  });

  it('names an option that is wrong', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [anthropic], options: { anthropic: { baseURL: 'http://a' } } });

    assert.equal(kernel.plugins[0]!.error?.message, 'The options of plugin anthropic do not fit: baseURL: is not known; the options are baseUrl, headers, defaultModel, maxOutputTokens, cache');
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
