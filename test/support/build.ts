import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Tests that start processes run what is built; a stale build would test something else. */
export function mochaGlobalSetup(): void {
  const built = spawnSync(process.execPath, [fileURLToPath(new URL('../../scripts/build.js', import.meta.url)), '--if-changed'], { stdio: ['ignore', 2, 2] });
  if (built.status !== 0) throw new Error('The build failed, see above.');
}
