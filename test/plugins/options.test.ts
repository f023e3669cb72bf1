import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import type { PluginDefinition } from '@pith/kernel';

const root = new URL('../../', import.meta.url);
const plugins = globSync('plugins/*/src/index.ts', { cwd: root }).map((file) => file.split(/[/\\]/)[1]!).sort();

/** As the plugin itself tells them to whoever gives another. */
async function optionsOf(plugin: string): Promise<string[]> {
  const { default: definition } = await import(new URL(`plugins/${plugin}/src/index.ts`, root).href) as { default: PluginDefinition };
  const result = await definition.options?.['~standard'].validate({ 'no option': 1 });
  const known = result?.issues?.map(({ message }) => /^is not known; the options? (?:is|are) (.+)$/.exec(message)?.[1]).find((list) => list !== undefined);
  return known?.split(', ') ?? [];
}

describe('the README of each plugin', () => {
  it('names every option that the plugin takes, in the section for them', async () => {
    const missing: string[] = [];
    let count = 0;
    for (const plugin of plugins.filter((name) => existsSync(new URL(`plugins/${name}/README.md`, root)))) {
      const section = /^## Options$([^]*?)(?=^## |$(?![^]))/m.exec(readFileSync(new URL(`plugins/${plugin}/README.md`, root), 'utf8'))?.[1] ?? '';
      for (const option of await optionsOf(plugin)) {
        count++;
        if (!section.includes(`\`${option}\``)) missing.push(`${plugin}: ${option}`);
      }
    }

    assert.deepEqual(missing, []);
    assert.ok(count > 60, `${count} options were looked for`);
  });
});
