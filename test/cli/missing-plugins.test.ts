import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { findMissing, toUnreadNotice } from '../../src/host/missing-plugins.ts';

const PACKAGE = '@pith/plugin-';

describe('a plugin that was left out', () => {
  it('is named with what nobody does then, each one that comes with pith', async () => {
    const { oclif } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { oclif: { plugins: string[] } };
    const shipped = oclif.plugins.filter((name) => name.startsWith(PACKAGE)).map((name) => ({ name: name.slice(PACKAGE.length) }));

    assert.deepEqual(findMissing([]).map(({ name }) => name), shipped.map(({ name }) => name).sort());
    assert.deepEqual(findMissing(shipped), []);
    assert.deepEqual(findMissing(shipped.filter(({ name }) => name !== 'web')), [{ name: 'web', lost: 'no page of the web can be read' }]);
  });

  for (const [text, named] of [['/compact the task', '/compact'], ['!npm test', '!npm'], ['Look at @src/a.ts now', '@src/a.ts'], ['@README.md', '@README.md']] as const) {
    it(`is missed where somebody types ${JSON.stringify(text)} and input is not there`, () => {
      assert.ok(toUnreadNotice({ text }, [{ name: 'tools' }])?.startsWith(`${named} is sent to the model as it stands: `));
      assert.equal(toUnreadNotice({ text }, [{ name: 'input' }]), undefined);
      assert.equal(toUnreadNotice({ text, verbatim: true }, []), undefined);
    });
  }

  for (const text of ['/usr/bin/env fails', '// why', 'ada@example.org', '!= is no command', 'plain words']) {
    it(`is not missed by ${JSON.stringify(text)}`, () => {
      assert.equal(toUnreadNotice({ text }, []), undefined);
    });
  }
});
