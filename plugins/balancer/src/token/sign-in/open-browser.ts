import { spawn } from 'node:child_process';
import { childEnvironment } from '@pith/child';

/** What opens an address in the person's browser. No shell reads it: an address may hold what one would run. */
export function browserCommand(url: string, env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): [command: string, ...words: string[]] {
  if (env['BROWSER']) return [env['BROWSER'], url];
  if (platform === 'darwin') return ['open', url];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return [env['WSL_DISTRO_NAME'] ? 'wslview' : 'xdg-open', url];
}

/** Tries to; where there is no browser the person has the address. */
export function openBrowser(url: string, env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform = process.platform): void {
  const [command, ...words] = browserCommand(url, env, platform);
  const child = spawn(command, words, { stdio: 'ignore', detached: true, env: childEnvironment(env) });
  child.on('error', () => undefined);
  child.unref();
}
