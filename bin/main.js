// Starts oclif, and turns what comes out of it into an exit code.
const path = require('node:path');
const root = path.dirname(__dirname);

exports.main = async function main(argv) {
  switchOnCompileCache();
  // oclif warns of its own engine range by loading semver; run.js has checked the version already.
  process.env.OCLIF_DISABLE_ENGINE_WARNING = '1';
  const { settings } = require('@oclif/core/settings');
  settings.enableAutoTranspile = false;
  const { exitWith, printError } = await import('../dist/exit.js');
  let config;
  try {
    const { Config } = require('@oclif/core/config');
    config = await Config.load(root);
    await require('@oclif/core/run').run(argv, config);
    await exitWith(process.exitCode ?? 0);
  } catch (error) {
    await exitWith(printError(error, argv, config?.commandIDs ?? []));
  }
};

/** Compiled code is kept with pith's other caches, where only the user writes. */
function switchOnCompileCache() {
  const { env } = process;
  if (env.NODE_DISABLE_COMPILE_CACHE) return;
  const home = env.PITH_HOME ? path.join(env.PITH_HOME, 'cache') : path.join(env.XDG_CACHE_HOME || path.join(env.HOME || env.LOCALAPPDATA || '.', '.cache'), 'pith');
  require('node:module').enableCompileCache(path.join(home, 'compile'));
}
