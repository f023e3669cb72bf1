// Prints the root help without oclif. Only where that would show the same: no plugin of the user's is installed.
const fs = require('node:fs');
const path = require('node:path');

/** @returns whether it was printed */
exports.print = function print() {
  if (hasUserPlugins()) return false;
  let index;
  try {
    index = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'dist', 'root-help.json'), 'utf8'));
  } catch {
    return false; // Not built; main.js says so.
  }
  process.stdout.write(require('./root-help.js').render(index, process.stdout.columns));
  return true;
};

/** oclif keeps the list of installed plugins in a package.json of its data folder. */
function hasUserPlugins() {
  const { env } = process;
  const windows = process.platform === 'win32';
  const data = env.PITH_HOME ? path.join(env.PITH_HOME, 'data') : env.PITH_DATA_DIR || (windows ? path.join(env.LOCALAPPDATA || '', 'pith') : path.join(env.XDG_DATA_HOME || path.join(env.HOME || '', '.local', 'share'), 'pith'));
  return fs.existsSync(path.join(data, 'package.json'));
}
