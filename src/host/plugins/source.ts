import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { EXIT, PithError } from '@pith/kernel';
import { CATALOGUE } from '../catalogue.ts';
import { nounOf } from './manifest.ts';
import { type NpmRun, runNpm } from './npm.ts';

/** What to hand to npm for a plugin that a person has named, and where it is from. */
export interface Source { spec: string; name?: string; tag?: string; file?: string }

/**
 * Reads what was typed: a name with a version or without, a tarball, or a folder, which is packed. Files are copied into
 * the stage, so that later installs do not need them where they were.
 * @throws PithError PLUGIN_UNKNOWN
 */
export async function readSource(typed: string, config: Interfaces.Config, run: NpmRun): Promise<Source> {
  if (/^[a-z+]+:/i.test(typed) && !isAbsolute(typed)) throw new PithError(`${typed} is an address`, { code: 'PLUGIN_UNKNOWN', exitCode: EXIT.usage, hint: 'Install by name from the registry, or from a tarball or folder on this machine.' });
  return isPath(typed) ? readFileSource(resolve(typed), typed, config, run) : readNameSource(typed, config);
}

/** `balancer` is `@pith/plugin-balancer`, if pith knows that word; anything else is a package of that name. */
export function toPackageName(word: string, config: Interfaces.Config): string {
  if (word.includes('/')) return word;
  const installed = [...config.plugins.keys()].find((name) => nounOf(name) === word);
  return installed ?? (CATALOGUE.includes(word) ? `@pith/plugin-${word}` : word);
}

export function isPath(typed: string): boolean {
  return /^\.{1,2}(?:$|[\\/])/.test(typed) || isAbsolute(typed) || /\.(?:tgz|tar\.gz)$/.test(typed);
}

function readNameSource(typed: string, config: Interfaces.Config): Source {
  const cut = typed.indexOf('@', 1);
  const [word, tag] = cut < 0 ? [typed, 'latest'] : [typed.slice(0, cut), typed.slice(cut + 1) || 'latest'];
  const name = toPackageName(word, config);
  if (!/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name)) throw new PithError(`${JSON.stringify(typed)} is no name of a package`, { code: 'PLUGIN_UNKNOWN', hint: 'A file or a folder is written with a / in it: ./my-plugin' });
  return { spec: `${name}@${tag}`, name, tag };
}

async function readFileSource(path: string, typed: string, config: Interfaces.Config, run: NpmRun): Promise<Source> {
  if (!existsSync(path)) throw new PithError(`There is no file or folder ${typed}`, { code: 'PLUGIN_UNKNOWN' });
  const target = join(run.cwd, 'plugin-files');
  mkdirSync(target, { recursive: true });
  let file = basename(path);
  if (statSync(path).isDirectory()) {
    if (!existsSync(join(path, 'package.json'))) throw new PithError(`There is no package.json in ${typed}`, { code: 'PLUGIN_UNKNOWN', hint: 'Name the folder of a plugin.' });
    file = (await runNpm(config, ['pack', path, '--pack-destination', target], run)).trim().split('\n').at(-1)!;
  } else {
    copyFileSync(path, join(target, file));
  }
  return { spec: `./plugin-files/${file}`, file };
}
