import assert from 'node:assert/strict';
import { defineOptions } from '@pith/kernel';
import { PROVIDER_CHECKS, type ProviderOptions } from '@pith/wire/options';

const schema = defineOptions<ProviderOptions>(PROVIDER_CHECKS);

describe('the options of a provider', () => {
  it('may all be absent, and are taken as they are', async () => {
    const value = { baseUrl: 'http://127.0.0.1:11434/v1', headers: { 'X-Team': 'a' }, defaultModel: 'm', maxOutputTokens: 5 };

    assert.deepEqual(await schema['~standard'].validate({}), { value: {} });
    assert.deepEqual(await schema['~standard'].validate(value), { value });
  });

  it('say what was found and what is allowed', async () => {
    const { issues = [] } = await schema['~standard'].validate({ baseUrl: 'localhost', maxOutputTokens: 0, defaultModel: '', headers: { 'a b': 'c' } });

    assert.deepEqual(issues.map(({ path = [], message }) => `${path.map(String).join('.')}: ${message}`), [
      'baseUrl: must be an address beginning with http:// or https://; found "localhost"', 'maxOutputTokens: must be a whole number from 1 on; found 0',
      'defaultModel: must be a name; found ""', 'headers: must be header names with texts; found an object',
    ]);
  });
});
