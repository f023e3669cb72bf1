import { realpathSync } from 'node:fs';
import { rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findHookConfig, isPithError, readWhole } from '@pith/kernel';
import { writeTypes } from '../hook-files/write-types.ts';
import { addToConfig, newConfig } from './hook-list.ts';
import { readTemplate, writeNewFiles } from './render-template.ts';

const NEW_CONFIG = 'pith.config.ts';

export interface CreatedHook {
  hook: string;
  config: string;
  configState: 'written' | 'changed' | 'unchanged';
  /** What a person has to add to the config, where it could not be changed safely. */
  line: string | null;
  /** What was written so that an editor knows `@pith/kernel`. */
  types: readonly string[];
  /** What a person has to add for that to a tsconfig.json of their own. */
  advice: string | null;
}

/**
 * Writes `hooks/<name>.ts` into a project, and names it in its pith.config.
 * @param templates the folder of the templates
 * @param kind `hook` for a rule, `tool` for a tool
 * @throws PithError FILE_EXISTS
 */
export async function createHook(name: string, { project, templates, kind = 'hook' }: { project: string; templates: string; kind?: 'hook' | 'tool' }): Promise<CreatedHook> {
  const hook = `hooks/${name}.ts`;
  const spelled = `./${hook}`;
  const files = await readTemplate(join(templates, kind), { name });
  const config = findHookConfig(project);
  const hookFile = { path: hook, text: files[0]!.text };
  if (config === undefined) {
    await writeNewFiles(project, [hookFile, { path: NEW_CONFIG, text: newConfig(spelled) }]);
    return { hook, config: NEW_CONFIG, configState: 'written', line: null, ...await addTypes(project) };
  }
  await writeNewFiles(project, [hookFile]);
  const common = { hook, config: basename(config), ...await addTypes(project) };
  const text = addToConfig(readWhole(config)?.bytes.toString() ?? '', spelled);
  if (text === undefined) return { ...common, configState: 'unchanged', line: `'${spelled}'` };
  await replaceFile(realpathSync(config), text);
  return { ...common, configState: 'changed', line: null };
}

async function addTypes(project: string): Promise<Pick<CreatedHook, 'types' | 'advice'>> {
  try {
    const { files, advice = null } = await writeTypes(project);
    return { types: files, advice };
  } catch (error) {
    // A clone whose types were not built. The hook works without them.
    if (isPithError(error) && error.code === 'TYPES_MISSING') return { types: [], advice: error.hint ?? null };
    throw error;
  }
}

/** Old or new, whole, whatever happens meanwhile. */
async function replaceFile(file: string, text: string): Promise<void> {
  const { mode } = await stat(file);
  const aside = `${file}.${process.pid}.new`;
  await writeFile(aside, text, { flag: 'wx', mode });
  await rename(aside, file);
}
