import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { childEnvironment } from '@pith/child/environment';

/** The completion of the shell lists all commands. Whoever has set it up gets the list anew, from a pith that sees the change. */
export async function refreshCompletion(config: Interfaces.Config): Promise<void> {
  if (!existsSync(join(config.cacheDir, 'autocomplete'))) return;
  const child = spawn(process.execPath, [join(config.root, 'bin', 'run.js'), 'autocomplete', '--refresh-cache'], { stdio: 'ignore', env: childEnvironment(process.env) });
  await new Promise((resolve) => child.on('close', resolve).on('error', resolve)); // Without it the old list stays, nothing else.
}
