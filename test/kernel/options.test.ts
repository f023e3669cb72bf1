import assert from 'node:assert/strict';
import { defineOptions, isFlag, isListOf, isName, isOneOf, isOptions, isText, isWhole, must } from '@pith/kernel';

interface Options { flag: boolean; text: string; name?: string; word: string; size: string; count: number; share: number; hosts: readonly string[]; inner: { flag?: boolean } }

const schema = defineOptions<Options>({
  flag: isFlag, text: isText, name: isName, word: isOneOf('auto', 'dark', 'light'), size: isOneOf('small', 'big'), count: isWhole(1), share: isWhole(0, 100),
  hosts: isListOf('host names', 2), inner: isOptions({ flag: isFlag }),
}, {
  defaults: { flag: false, count: 3, hosts: [] },
  complete: (value) => (value.count > value.share ? { issues: [{ path: ['count'], message: 'must not be above share' }] } : { value }),
});

async function issuesOf(given: unknown): Promise<string[]> {
  const result = await schema['~standard'].validate(given);
  return (result.issues ?? []).map(({ path = [], message }) => `${path.map(String).join('.')}: ${message}`);
}

describe('the options that a plugin defines', () => {
  it('are those given, and the defaults where nothing is', async () => {
    const all = { flag: true, text: '', name: 'n', word: 'dark', size: 'big', count: 1, share: 100, hosts: ['a', 'b'], inner: { flag: true } };

    assert.deepEqual(await schema['~standard'].validate(all), { value: all });
    assert.deepEqual(await schema['~standard'].validate({ share: 9, flag: undefined }), { value: { share: 9, flag: false, count: 3, hosts: [] } });
    assert.deepEqual(await defineOptions({})['~standard'].validate(undefined), { value: {} });
  });

  it('say of each that does not fit what is allowed and what was found', async () => {
    const wrong = { flag: 1, text: 2, name: ' ', word: 'pink', size: 'mid', count: 0, share: 101, hosts: 'a', inner: { flag: 'no', flog: 1 } };

    assert.deepEqual(await issuesOf(wrong), [
      'flag: must be true or false; found 1', 'text: must be a text; found 2', 'name: must be a name; found " "', 'word: must be one of auto, dark, light; found "pink"',
      'size: must be small or big; found "mid"', 'count: must be a whole number from 1 on; found 0', 'share: must be a whole number from 0 to 100; found 101',
      'hosts: must be a list of at most 2 host names; found "a"', 'inner.flag: must be true or false; found "no"', 'inner.flog: is not known; the option is flag',
    ]);
    assert.deepEqual(await issuesOf({ hosts: ['a', 'b', 'c'] }), ['hosts: must be a list of at most 2 host names; found 3 of them']);
    assert.deepEqual(await issuesOf({ hosts: ['a', ''] }), ['hosts: must be a list of at most 2 host names; found "" in it']);
    for (const given of [7, null, []]) assert.match((await issuesOf(given)).join(), /^: must be an object; found (7|null|an array)$/);
  });

  it('name those that there are for one that is not known, also where it has a name that every object has', async () => {
    assert.deepEqual(await issuesOf({ toString: 1 }), ['toString: is not known; the options are flag, text, name, word, size, count, share, hosts, inner']);
  });

  it('are looked at together once each of them fits', async () => {
    assert.deepEqual(await issuesOf({ count: 5, share: 4 }), ['count: must not be above share']);
    assert.deepEqual(await issuesOf({ count: 5, share: -4 }), ['share: must be a whole number from 0 to 100; found -4']);
  });

  it('can be checked in a plugin’s own words', () => {
    assert.deepEqual(must('an even number', (given) => Number(given) % 2 === 0)(3, ['pair']), [{ path: ['pair'], message: 'must be an even number; found 3' }]);
  });
});
