import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBringer, findMissing, toUnreadNotice } from '../../src/host/missing-plugins.ts';
import { createPlace } from '../support/pith.ts';

const PACKAGE = '@pith/plugin-';
const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a plugin that was left out', () => {
  it('is named with what nobody does then, each one that comes with pith', () => {
    const { oclif } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { oclif: { plugins: string[] } };
    const shipped = oclif.plugins.filter((name) => name.startsWith(PACKAGE)).map((name) => ({ name: name.slice(PACKAGE.length) }));

    assert.deepEqual(findMissing([]).map(({ name }) => name), shipped.map(({ name }) => name).sort());
    assert.deepEqual(findMissing(shipped), []);
    assert.deepEqual(findMissing(shipped.filter(({ name }) => name !== 'web')), [{ name: 'web', lost: 'no page of the web can be read' }]);
  });

  it('is named for a command that it would bring, as each plugin with commands is', () => {
    const brought = globSync('plugins/*/package.json', { cwd: root }).flatMap((file) => {
      const { oclif } = JSON.parse(readFileSync(join(root, file), 'utf8')) as { oclif?: { commands?: object } };
      return oclif?.commands === undefined ? [] : globSync('src/commands/*', { cwd: join(root, dirname(file)) }).map((path) => [basename(path, '.ts'), basename(dirname(file))] as const);
    });

    assert.ok(brought.length > 5);
    for (const [word, noun] of brought) assert.equal(findBringer(word), noun, word);
    assert.equal(findBringer('constructor'), undefined);
    assert.deepEqual([findBringer('sessions', ['sessions rewind']), findBringer('sessions', ['sessions rewind', 'sessions list'])], ['sessions', undefined]);
  });

  it('is not named for a word that no plugin brings', async () => {
    const place = await createPlace();
    const [known, unknown] = await Promise.all([place.pith(['codemap']), place.pith(['frobnicate'])]);
    await place.remove();

    assert.deepEqual([known.code, known.stderr], [2, 'pith: There is no command "codemap" here: the plugin codemap brings it.\npith plugins install codemap\n']);
    assert.deepEqual([unknown.code, unknown.stderr], [2, 'pith: There is no command "frobnicate".\nTo have it done: pith run "frobnicate". To talk about it: pith chat "frobnicate". pith --help lists all commands.\n']);
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
