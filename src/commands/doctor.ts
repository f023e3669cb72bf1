import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from '@oclif/core';
import { EXIT, escapeControl, examinePlugins, type Kernel, toErrorReport } from '@pith/kernel';
import { listHooks, type ShownHooks, toHooksText } from '../host/hook-files/list-hooks.ts';
import { TRUST_HINT } from '../host/hook-files/load-rules.ts';
import { openKernel, pathsOf, readConfig } from '../host/host.ts';
import { findMissing } from '../host/missing-plugins.ts';
import { askForShared } from '../host/run/open-session.ts';

type Level = 'ok' | 'warning' | 'error';
interface Finding { level: Level; about: string; text: string; hint?: string }

export default class Doctor extends Command {
  static override summary = 'Look whether pith can work here, and say what to do where it cannot.';
  static override description = 'Ends with 1 when something is wrong.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];
  static override enableJsonFlag = true;

  async run(): Promise<{ findings: Finding[] }> {
    await this.parse(Doctor);
    const findings: Finding[] = [{ level: 'ok', about: 'runtime', text: `Node ${process.versions.node} on ${process.platform}-${process.arch}` }];
    for (const [name, folder] of Object.entries(pathsOf(this.config))) findings.push(await checkFolder(name, folder));
    const { config, finding } = await checkConfig(() => readConfig(this.config, process.cwd()));
    findings.push(finding);
    if (config !== undefined) {
      for (const shown of await listHooks(config, pathsOf(this.config))) findings.push(checkHooks(shown));
      for (const file of config.untrusted.filter((file) => file !== config.hookConfig)) findings.push({ level: 'warning', about: 'trust', text: `${file} is passed over`, hint: 'Look at it, then: pith trust' });
      const kernel = await openKernel(this.config, config, { sessions: { record: false } });
      await askForShared(kernel, config.settings);
      findings.push(...checkPlugins(kernel), checkProvider(kernel), ...await checkVault(kernel));
      for (const { plugin, ...finding } of await examinePlugins(kernel)) findings.push({ about: `plugin ${plugin}`, ...finding });
      for (const name of Object.keys(config.settings.plugins ?? {})) {
        if (!kernel.plugins.some((plugin) => plugin.name === name)) findings.push({ level: 'warning', about: 'configuration', text: `There are options for the plugin ${name}, which is not installed`, hint: `pith plugins install ${name}, or take the options away.` });
      }
      await kernel.close();
    }
    for (const { level, about, text, hint } of findings) this.log(`${{ ok: '✔', warning: '!', error: '✗' }[level]} ${about}: ${escapeControl(text)}${hint === undefined ? '' : `\n    ${escapeControl(hint, { lines: true })}`}`);
    if (findings.some(({ level }) => level === 'error')) process.exitCode = EXIT.failed;
    return { findings };
  }
}

function checkHooks(shown: ShownHooks): Finding {
  const { level, hint } = { own: { level: 'ok' }, trusted: { level: 'ok' }, untrusted: { level: 'warning', hint: 'Look at them, then: pith trust' }, changed: { level: 'error', hint: TRUST_HINT } }[shown.state] as { level: Level; hint?: string };
  return { level, about: 'hook files', text: toHooksText(shown), ...(hint === undefined ? {} : { hint }) };
}

async function checkConfig<T>(read: () => Promise<T>): Promise<{ config?: T; finding: Finding }> {
  try {
    return { config: await read(), finding: { level: 'ok', about: 'configuration', text: 'all files can be read' } };
  } catch (error) {
    const { message, hint } = toErrorReport(error);
    return { finding: { level: 'error', about: 'configuration', text: message, ...(hint === undefined ? {} : { hint }) } };
  }
}

function checkPlugins(kernel: Kernel): Finding[] {
  if (kernel.plugins.length === 0) return [{ level: 'error', about: 'plugins', text: 'none is installed, so there is no model and no tool', hint: 'pith plugins install tools permissions anthropic' }];
  const there = kernel.plugins.map(({ name, version, state, error, guards }): Finding => (state === 'active'
    ? { level: 'ok', about: `plugin ${name}`, text: `${version ?? ''}${guards ? ', guards' : ''}`.replace(/^, /, '') || 'active' }
    : { level: 'error', about: `plugin ${name}`, text: error!.message, ...(error!.hint === undefined ? {} : { hint: error!.hint }) }));
  return [...there, ...findMissing(kernel.plugins).map(({ name, lost }): Finding => ({ level: 'warning', about: `plugin ${name}`, text: `it is not here, so ${lost}`, hint: `pith plugins install ${name}` }))];
}

function checkProvider(kernel: Kernel): Finding {
  try {
    const { provider, model } = kernel.resolveModel({});
    if (provider === 'scripted') return { level: 'warning', about: 'model', text: 'no model is set up, so the offline provider answers', hint: 'Keep a key with pith auth set anthropic, or set ANTHROPIC_API_KEY or OPENAI_API_KEY, or play a file with --model ./conversation.json' };
    return provider === '' ? { level: 'error', about: 'model', text: 'no provider is installed', hint: 'pith plugins install anthropic' } : { level: 'ok', about: 'model', text: `${provider}/${model}` };
  } catch (error) {
    const { message, hint } = toErrorReport(error);
    return { level: 'error', about: 'model', text: message, ...(hint === undefined ? {} : { hint }) };
  }
}

const KEYS = { keyring: 'opened by a key in the system’s keyring', passphrase: 'opened by PITH_VAULT_PASSPHRASE', 'key file': 'opened by a key in a file beside it: whoever reads both reads all' } as const;

/** Opens it, so that wrong modes, a lost key and damage are found here. */
async function checkVault(kernel: Kernel): Promise<Finding[]> {
  const vault = await kernel.optionalService('vault');
  if (vault === undefined) return [];
  const { file, key, trouble } = await vault.status();
  if (trouble !== undefined) return [{ level: 'error', about: 'vault', text: trouble.message, ...(trouble.hint === undefined ? {} : { hint: trouble.hint }) }];
  return [{ level: 'ok', about: 'vault', text: key === null ? `nothing is kept yet (${file})` : `${file}, ${KEYS[key]}` }];
}

/** A folder that is not there yet is fine when it can be made. */
async function checkFolder(name: string, folder: string): Promise<Finding> {
  const about = `${name} folder`;
  try {
    const found = await stat(folder);
    await access(folder, constants.R_OK | constants.W_OK);
    const open = process.platform !== 'win32' && (found.mode & 0o022) !== 0;
    return open ? { level: 'warning', about, text: `${folder} can be written by other users`, hint: `chmod go-w ${folder}` } : { level: 'ok', about, text: folder };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return { level: 'error', about, text: `${folder} cannot be used: ${toErrorReport(error).message}`, hint: 'Mend its permissions, or set PITH_HOME to another folder.' };
    return firstExisting(dirname(folder)).then((parent) => access(parent, constants.W_OK)).then(
      () => ({ level: 'ok', about, text: `${folder} (will be made when needed)` }),
      () => ({ level: 'error', about, text: `${folder} cannot be made`, hint: 'Set PITH_HOME to a folder that can be written.' }),
    );
  }
}

async function firstExisting(folder: string): Promise<string> {
  return stat(folder).then(() => folder, () => (dirname(folder) === folder ? folder : firstExisting(dirname(folder))));
}

