import { existsSync, realpathSync } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { addToConfig, newConfig } from './hook-list.ts';
import { readTemplate, writeNewFiles } from './render-template.ts';

const CONFIG_NAMES = ['pith.config.ts', 'pith.config.mts', 'pith.config.js', 'pith.config.mjs'];

/** What was made. `line` is what a person has to add to the config, where it could not be changed safely. */
export interface CreatedHook { hook: string; config: string; configState: 'written' | 'changed' | 'unchanged'; line: string | null }

/**
 * Writes `hooks/<name>.ts` into a project, and names it in its pith.config.
 * @param templates the folder of the templates
 * @throws PithError FILE_EXISTS
 */
export async function createHook(name: string, { project, templates }: { project: string; templates: string }): Promise<CreatedHook> {
  const hook = `hooks/${name}.ts`;
  const spelled = `./${hook}`;
  const files = await readTemplate(join(templates, 'hook'), { name });
  const config = CONFIG_NAMES.map((file) => join(project, file)).find((file) => existsSync(file));
  const hookFile = { path: hook, text: files[0]!.text };
  if (config === undefined) {
    await writeNewFiles(project, [hookFile, { path: CONFIG_NAMES[0]!, text: newConfig(spelled) }]);
    return { hook, config: CONFIG_NAMES[0]!, configState: 'written', line: null };
  }
  await writeNewFiles(project, [hookFile]);
  const text = addToConfig(await readFile(config, 'utf8'), spelled);
  if (text === undefined) return { hook, config: basename(config), configState: 'unchanged', line: `'${spelled}'` };
  await replaceFile(realpathSync(config), text);
  return { hook, config: basename(config), configState: 'changed', line: null };
}

/** Old or new, whole, whatever happens meanwhile. */
async function replaceFile(file: string, text: string): Promise<void> {
  const { mode } = await stat(file);
  const aside = `${file}.${process.pid}.new`;
  await writeFile(aside, text, { flag: 'wx', mode });
  await rename(aside, file);
}
