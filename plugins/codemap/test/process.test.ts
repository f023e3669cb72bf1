import assert from 'node:assert/strict';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'mocha';
import { conversation, createPlace, jsonLines, type Place } from '../../../test/support/pith.ts';

const plugin = fileURLToPath(new URL('..', import.meta.url));

describe('the built pith with the built plugin linked', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace({ isWarm: true });
    const linked = join(place.env['PITH_HOME']!, 'data', 'package.json');
    await mkdir(dirname(linked), { recursive: true });
    await writeFile(linked, JSON.stringify({ oclif: { plugins: [{ type: 'link', name: '@pith/plugin-codemap', root: plugin }] } }));
    await place.write('src/main.ts', 'import { help } from "./help.ts";\nexport function main() {\n  help();\n}\n');
    await place.write('src/help.ts', 'export function help() {}\n');
    await place.write('lib/store.cs', 'class Store { void Open() {} }\n');
  });
  afterEach(() => place.remove());

  it('shows the map of the folder, and keeps what it read', async () => {
    const first = await place.pith(['codemap']);
    const again = await place.pith(['codemap', 'src']);

    assert.deepEqual([first.code, first.stderr, first.stdout], [0, '', 'lib/\n store.cs  Store:1 Open:1\nsrc/\n help.ts  help:1\n main.ts  main:2\n']);
    assert.equal(again.stdout, 'help.ts  help:1\nmain.ts  main:2\n');
    assert.equal((await readdir(join(place.env['PITH_HOME']!, 'data', 'codemap'))).length, 2);
  });

  it('tells where a name is defined and who calls it, for people and for programs', async () => {
    const text = await place.pith(['codemap', '--symbol', 'help']);
    const json = await place.pith(['codemap', '--symbol', 'help', '--json']);

    assert.equal(text.stdout, 'function help  src/help.ts:1  ← src/main.ts:3\n');
    assert.deepEqual((JSON.parse(json.stdout) as { symbols: unknown }).symbols, [{ path: 'src/help.ts', name: 'help', kind: 'function', line: 1, score: 1.355, callers: [{ path: 'src/main.ts', line: 3 }] }]);
  });

  it('says what it knows in the place of a name that nothing defines, and of a folder that is not there', async () => {
    const symbol = await place.pith(['codemap', '--symbol', 'halp']);
    const folder = await place.pith(['codemap', 'missing']);

    assert.equal(symbol.code, 1);
    assert.match(symbol.stderr, /Nothing here defines "halp"[^]*Did you mean help\?/);
    assert.equal(folder.code, 1);
    assert.match(folder.stderr, /There is nothing at .*missing[^]*A map is made of a folder: name one\./);
  });

  it('gives the model the map by the real rules: what may not be read is not in it', async () => {
    await place.write('secret/keys.ts', 'function leaked() { help(); }\n');
    await symlink('secret', join(place.folder, 'link'));
    await place.write('c.json', conversation({ calls: [{ tool: 'map', input: { focus: 'help leaked' } }, { tool: 'map', input: { path: 'link' } }] }, { text: 'done' }));

    const { code, stdout } = await place.pith(['run', '--provider', 'scripted', '--model', 'c.json', '--deny', 'Read(secret/**)', '--output', 'stream-json', 'go']);

    assert.equal(code, 0);
    const [map, link] = (jsonLines(stdout).filter(({ type }) => type === 'tool-end') as { index: number; content: { text: string }[] }[]).sort((a, b) => a.index - b.index);
    assert.equal(map!.content[0]!.text, 'function help  src/help.ts:1  ← src/main.ts:3\n\nlib/\n store.cs  Store:1 Open:1\nsrc/\n help.ts  help:1\n main.ts  main:2\nc.json');
    assert.equal(link!.content[0]!.text, '[no files]');
  });
});
