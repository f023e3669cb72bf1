import { join } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { type Paths, PithError } from '@pith/kernel';
import { type Consent, describeRequest, TRUSTED_CODE } from './consent.ts';
import { changeGrants, type Grant, readGrants } from './grants.ts';
import { isRecord, readJson } from './manifest.ts';
import { runNpm } from './npm.ts';
import { proveExamples } from './prove.ts';
import { refreshCompletion } from './refresh.ts';
import { type Reviewed, reviewPackage, toGrant } from './review.ts';
import { readSource, type Source } from './source.ts';
import { type Stage, withStage } from './stage.ts';

/** What every change of plugins works with. */
export interface Workplace { config: Interfaces.Config; paths: Paths; consent: Consent; signal: AbortSignal }

export interface InstalledPlugin { name: string; version: string; integrity: string | null; capabilities: string[] }

/**
 * Fetches plugins into the stage, looks at them, asks, and puts them in place: all of them, or none.
 * @throws PithError
 */
export async function installPlugins(typed: readonly string[], place: Workplace): Promise<InstalledPlugin[]> {
  const { config, paths, consent, signal } = place;
  const grants = await readGrants(paths);
  const reviewed = await withStage(config, async (stage) => {
    const fetched = await fetchAll(typed, stage, place);
    await refuseLinked(fetched.map(({ name }) => name), stage);
    const found = await reviewAll(fetched.map(({ name }) => name), stage, config);
    await agree(found, { grants, consent, signal, question: `Install ${found.length === 1 ? 'it' : 'them'}?` });
    await proveExamples(found, signal);
    for (const { name, source: { tag, file } } of fetched) await stage.add({ name, type: 'user', ...(file === undefined ? { tag: tag! } : { url: `file:plugin-files/${file}` }) });
    await stage.commit();
    return found;
  });
  return keepGrants(reviewed, place);
}

async function fetchAll(typed: readonly string[], stage: Stage, { config, consent, signal }: Workplace): Promise<{ name: string; source: Source }[]> {
  const run = { cwd: stage.folder, signal };
  const sources: Source[] = [];
  for (const one of typed) sources.push(await readSource(one, config, run));
  consent.progress(`Fetching ${typed.join(', ')} …`);
  await runNpm(config, ['install', ...sources.map(({ spec }) => spec)], run);
  return sources.map((source) => ({ source, name: source.name ?? nameOfFile(stage.folder, source.file!) }));
}

function nameOfFile(folder: string, file: string): string {
  const found = readJson(join(folder, 'package.json'));
  const dependencies = isRecord(found) && isRecord(found['dependencies']) ? found['dependencies'] : {};
  const name = Object.keys(dependencies).find((key) => dependencies[key] === `file:plugin-files/${file}`);
  if (name === undefined) throw new PithError(`${file} is no package`, { code: 'PLUGIN_INVALID' });
  return name;
}

async function refuseLinked(names: readonly string[], stage: Stage): Promise<void> {
  const linked = (await stage.list()).find(({ name, type }) => type === 'link' && names.includes(name));
  if (linked !== undefined) throw new PithError(`${linked.name} is linked from a folder`, { code: 'PLUGIN_NAME_TAKEN', hint: `First: pith plugins uninstall ${linked.name}` });
}

export async function reviewAll(names: readonly string[], stage: Stage, config: Interfaces.Config): Promise<Reviewed[]> {
  const reviewed: Reviewed[] = [];
  for (const name of names) reviewed.push(await reviewPackage({ name, folder: stage.at(name), integrity: stage.integrityOf(name) }, config));
  return reviewed;
}

/** @throws PithError PLUGIN_NOT_GRANTED */
export async function agree(reviewed: readonly Reviewed[], { grants, consent, signal, question }: { grants: Readonly<Record<string, Grant>>; consent: Consent; signal: AbortSignal; question: string }): Promise<void> {
  for (const one of reviewed) consent.say(`${describeRequest(one, grants[one.name])}\n`);
  consent.say(TRUSTED_CODE);
  if (!await consent.ask(question, signal)) throw new PithError('You said no, so nothing was changed', { code: 'PLUGIN_NOT_GRANTED' });
}

export async function keepGrants(reviewed: readonly Reviewed[], { config, paths }: Workplace): Promise<InstalledPlugin[]> {
  await changeGrants(paths, Object.fromEntries(reviewed.map((one) => [one.name, toGrant({ ...one, folder: join(config.dataDir, 'node_modules', one.name) })])));
  await refreshCompletion(config);
  return reviewed.map(({ name, manifest: { version }, integrity, capabilities }) => ({ name, version, integrity, capabilities }));
}
