import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PluginDefinition } from '@pith/kernel';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const manifests = globSync('plugins/*/package.json', { cwd: root }).sort();

/** As the plugin itself says them of an option that it does not know. */
async function optionNames(options: PluginDefinition['options']): Promise<string[]> {
  const checked = await options?.['~standard'].validate({ unheardOf: true });
  const [, list] = /known\b.*?(?: are | is |there is )([\w, ]+)\)?$/.exec(checked?.issues?.[0]?.message ?? '') ?? [];
  return list?.split(', ') ?? [];
}

describe('the words around the code', () => {
  it('list every plugin in the root README, with what its manifest says of it', () => {
    const readme = read('README.md');
    for (const file of manifests) {
      const noun = dirname(file).split('/').at(-1)!;
      const { description } = JSON.parse(read(file)) as { description: string };

      assert.ok(readme.includes(`| [${noun}](plugins/${noun}/README.md) | ${description} |`), noun);
    }
  });

  it('hold a README for every plugin and library', () => {
    for (const file of [...manifests, ...globSync('src/*/package.json', { cwd: root })]) assert.ok(existsSync(join(root, dirname(file), 'README.md')), file);
  });

  it('name every file of the kernel in its reading order', () => {
    const readme = read('src/kernel/README.md');
    const files = globSync('src/kernel/**/*.ts', { cwd: root, exclude: (name) => name === 'dist' }).map((file) => file.replaceAll('\\', '/').slice('src/kernel/'.length)).filter((file) => file !== 'index.ts');

    assert.deepEqual(files.filter((file) => !readme.includes(`[${file}](${file})`)), []);
  });

  for (const folder of ['src/host', 'plugins/balancer/src', 'plugins/permissions/src']) {
    it(`name every room of ${folder}`, () => {
      const readme = read(`${folder}/README.md`);
      const rooms = globSync(`${folder}/*`, { cwd: root }).map((path) => path.replaceAll('\\', '/').slice(folder.length + 1)).filter((name) => name !== 'README.md');

      assert.deepEqual(rooms.filter((name) => !readme.includes(`[${name}`)), []);
    });
  }

  for (const file of manifests) {
    const folder = dirname(file);
    it(`name every option of ${folder}, and none that it does not take`, async () => {
      const { default: { options } } = await import(pathToFileURL(join(root, folder, 'src', 'index.ts')).href) as { default: PluginDefinition };
      const section = /^#+ Options\n([^]*?)(?=^#+ )/m.exec(read(join(folder, 'README.md')))?.[1] ?? '';
      const table = /^\| option[^\n]*\n[^\n]*\n((?:\|[^\n]*\n)*)/m.exec(section)?.[1] ?? '';
      const named = [...table.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`(\w+)/g)].map(([, name]) => name!));

      const taken = await optionNames(options);

      assert.equal(taken.length > 0, options !== undefined);
      assert.deepEqual(taken.filter((name) => !section.includes(`\`${name}`)), []);
      assert.deepEqual(named.filter((name) => !taken.includes(name)), []);
    });
  }

  it('name every shipped plugin twice in the root manifest: under oclif.plugins and under dependencies', () => {
    const { dependencies, oclif } = JSON.parse(read('package.json')) as { dependencies: Record<string, string>; oclif: { plugins: string[] } };

    assert.deepEqual(oclif.plugins.filter((name) => !(name in dependencies)), []);
    assert.deepEqual(Object.keys(dependencies).filter((name) => name.startsWith('@pith/plugin-') && !oclif.plugins.includes(name)), []);
  });

  it('say that a plugin guards in the manifest of every plugin that taps permission', async () => {
    for (const file of manifests) {
      const { pith } = JSON.parse(read(file)) as { pith: { guards?: boolean } };
      const taps = globSync(`${dirname(file)}/src/**/*.ts`, { cwd: root }).some((source) => /\bhooks\.permission\b/.test(read(source)));

      assert.equal(pith.guards ?? false, taps, file);
    }
  });

  it('lead only to files that are there', () => {
    for (const file of ['README.md', 'CHANGELOG.md', ...globSync(['docs/**/*.md', 'plugins/*/README.md', 'plugins/*/src/README.md', 'src/*/README.md'], { cwd: root })]) {
      // Code in them may look like a link.
      const words = read(file).replaceAll(/^```[^]*?^```/gm, '');
      for (const [, target] of words.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) assert.ok(existsSync(join(root, dirname(file), target!)), `${file}: ${target}`);
    }
  });
});
