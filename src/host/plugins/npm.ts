import { spawn } from 'node:child_process';
import type { Interfaces } from '@oclif/core';
import { EXIT, PithError } from '@pith/kernel';
import { npmEnvironment } from './npm-environment.ts';

/** Whatever the user has set otherwise: no scripts, no further questions, one folder, and a lock file that holds the integrity. */
const ALWAYS = [
  '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--no-bin-links', '--omit=dev', '--loglevel=error',
  '--location=project', '--save', '--package-lock', '--no-dry-run', '--workspaces=false', '--install-links', '--color=false',
];

export interface NpmRun { cwd: string; signal: AbortSignal }

/**
 * Runs npm, and nothing of the packages that it handles.
 * @throws PithError PLUGIN_UNKNOWN, PLUGIN_INTEGRITY, PLUGIN_INSTALL_FAILED; the signal's reason
 */
export async function runNpm(config: Interfaces.Config, words: readonly string[], { cwd, signal }: NpmRun): Promise<string> {
  const [command, ...before] = await findNpm(config);
  const registry = config.npmRegistry === undefined ? [] : [`--registry=${config.npmRegistry}`];
  signal.throwIfAborted();
  // Its own process group would miss a Ctrl-C at the terminal; in ours it ends with us.
  const child = spawn(command!, [...before, ...words, ...ALWAYS, ...registry], { cwd, env: npmEnvironment(process.env), stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' && !command!.endsWith('.exe') });
  const stop = (): void => { child.kill('SIGTERM'); };
  signal.addEventListener('abort', stop);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve)).finally(() => signal.removeEventListener('abort', stop));
  signal.throwIfAborted();
  if (code !== 0) throw toError(stderr);
  return stdout;
}

/** The npm that oclif's plugin manager would take: one that was installed with it, or else the one that came with Node. */
async function findNpm(config: Interfaces.Config): Promise<string[]> {
  const { Plugins } = await import('./oclif-plugins.ts');
  const { npm } = new Plugins({ config });
  try {
    const found = await (npm as unknown as { findNpm(): Promise<string> }).findNpm();
    return found.endsWith('.js') ? [process.execPath, found] : [found];
  } catch (error) {
    throw new PithError('There is no npm on this machine, which fetches plugins', { code: 'PLUGIN_INSTALL_FAILED', cause: error, hint: 'Install npm; it comes with Node from nodejs.org.' });
  }
}

/** npm's own words, without its decoration, and what to do about them. */
function toError(stderr: string): PithError {
  const lines = stderr.split('\n').filter((line) => line.startsWith('npm error ')).map((line) => line.slice('npm error '.length).trim());
  const code = lines.find((line) => line.startsWith('code '))?.slice('code '.length) ?? '';
  const said = lines.find((line) => line !== '' && !/^(?:code|errno|syscall|path|dest) |^A complete log/.test(line))?.replace(/^(?:\d{3}|notarget) /, '') ?? (stderr.trim().split('\n').at(-1) || 'it said nothing');
  if (code === 'E404') return new PithError(`The registry has no such plugin: ${said}`, { code: 'PLUGIN_UNKNOWN', hint: 'Look at the name. A word of the catalogue, as balancer, stands for @pith/plugin-balancer; a file or folder is written with a / in it.' });
  if (code === 'ETARGET') return new PithError(`The registry has no such version: ${said}`, { code: 'PLUGIN_UNKNOWN', hint: 'npm view NAME versions lists those that there are.' });
  if (code === 'EINTEGRITY') return new PithError(`What was downloaded is not what was promised, so nothing was installed: ${said}`, { code: 'PLUGIN_INTEGRITY', hint: 'Somebody may have changed the package on its way. Ask whoever runs the registry.' });
  const offline = /^(?:ENOTFOUND|ECONN|ETIMEDOUT|EAI_AGAIN|ERR_SOCKET|E5\d\d)/.test(code);
  return new PithError(`npm failed${code === '' ? '' : ` (${code})`}: ${said}`, {
    code: 'PLUGIN_INSTALL_FAILED', ...(offline ? { exitCode: EXIT.provider, hint: 'The registry cannot be reached; npm config get registry shows which one is asked.' } : { hint: 'Nothing was changed.' }),
  });
}
