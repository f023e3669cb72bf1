import assert from 'node:assert/strict';
import { isFlag, isOneOf, isOptions, PROVIDER_CHECKS, toSchema } from '@pith/wire/options';

const schema = toSchema(isOptions({ ...PROVIDER_CHECKS, api: isOneOf('chat', 'responses'), cache: isFlag, local: isOptions(PROVIDER_CHECKS) }));

async function issuesOf(value: unknown): Promise<string[]> {
  const result = await schema['~standard'].validate(value);
  return (result.issues ?? []).map(({ path = [], message }) => `${path.map(String).join('.')} ${message}`);
}

describe('the options of a provider', () => {
  it('may all be absent, and are taken as they are', async () => {
    const value = { baseUrl: 'http://127.0.0.1:11434/v1', headers: { 'X-Team': 'a' }, defaultModel: 'm', maxOutputTokens: 5, api: 'chat', cache: false, local: { defaultModel: 'n' } };

    assert.deepEqual(await issuesOf({}), []);
    assert.deepEqual(await schema['~standard'].validate(value), { value });
  });

  it('say what was found and what is allowed', async () => {
    assert.deepEqual(await issuesOf({ baseUrl: 'localhost', maxOutputTokens: 0, api: 'rest', cache: 'yes', local: { headers: { 'a b': 'c' } } }), [
      'baseUrl expected an address beginning with http:// or https://, found "localhost"', 'maxOutputTokens expected a whole number above 0, found 0',
      'api expected chat or responses, found "rest"', 'cache expected true or false, found "yes"', 'local.headers expected header names with texts, found an object',
    ]);
    assert.deepEqual(await issuesOf(7), [' expected a set of options, found 7']);
  });

  it('name what is near to an unknown key', async () => {
    assert.deepEqual(await issuesOf({ baseURL: 'http://a' }), ['baseURL not known (near is baseUrl)']);
    assert.deepEqual(await issuesOf({ local: { zzzzzzzzzzzz: 1 } }), ['local.zzzzzzzzzzzz not known (known are baseUrl, headers, defaultModel, maxOutputTokens)']);
  });
});
