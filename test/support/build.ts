import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

let cache: string | undefined;

/** Tests that start processes run what is built; a stale build would test something else. */
export function mochaGlobalSetup(): void {
  const built = spawnSync(process.execPath, [fileURLToPath(new URL('../../scripts/build.js', import.meta.url)), '--if-changed'], { stdio: ['ignore', 2, 2] });
  if (built.status !== 0) throw new Error('The build failed, see above.');
  // Each test has an empty home: without this, pith would be compiled anew for every one of them.
  if (process.env['NODE_COMPILE_CACHE'] === undefined) process.env['NODE_COMPILE_CACHE'] = cache = mkdtempSync(join(tmpdir(), 'pith-compiled-'));
}

export function mochaGlobalTeardown(): void {
  if (cache !== undefined) rmSync(cache, { recursive: true, force: true });
}
