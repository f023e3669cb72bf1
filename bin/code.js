// Loads the large files of pith together with what V8 made of them in an earlier process. Node's compile cache has only what
// is compiled as a file is loaded; most functions are when they are first called, and that is half of what a start does.
const fs = require('node:fs');
const module_ = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const ENDING = '.code.cjs';
/** Whoever needs this one looks at plugins: most of what a start calls has been called. */
const LAST = 'shipped.code.cjs';
/** Later, V8 may have thrown away the code of what was not called again. */
const YOUNG_MS = 30_000;
/** What the first line of a source says of the rest, see scripts/join-chunks.js. */
const STAMP_LENGTH = '// 0123456789abcdef'.length;
/** What kept code begins with: the stamp of its source, and whether a turn has run. V8 wants what follows at a multiple of eight. */
const [HEAD_BYTES, RUNS] = [24, ' run'];

/**
 * Keeps code where Node keeps its own; without that place, nothing is different from any other file.
 * @param isOurs tells pith's own files: what is loaded here passes no hook, and nobody has looked at its content
 * @param runs whether a turn is going to run: nothing else calls as much, so that what others have kept is then made anew
 */
exports.keepCode = function keepCode({ isOurs, runs }) {
  const folder = module_.getCompileCacheDir();
  if (folder === undefined) return;
  const wanted = [];
  let isWarm = false;
  process.once('exit', () => isWarm && performance.now() < YOUNG_MS && wanted.forEach(keep));
  require.extensions[ENDING] = (module, file) => {
    if (!isOurs(file)) return require.extensions['.js'](module, file);
    const { script, ...kept } = compile(file, folder);
    if (script.cachedDataRejected !== false || (runs && !kept.runs)) wanted.push({ ...kept, script, runs });
    script.runInThisContext().call(module.exports, module.exports, module_.createRequire(file), module, file, path.dirname(file));
    isWarm ||= path.basename(file) === LAST;
  };
};

function compile(file, folder) {
  const text = fs.readFileSync(file, 'latin1'); // The build writes ASCII only.
  const stamp = text.slice(0, STAMP_LENGTH);
  const place = path.join(folder, `${path.basename(file, ENDING)}-${hash(file)}`);
  const kept = readKept(place, stamp);
  return { stamp, place, runs: kept?.runs, script: new vm.Script(`${module_.wrapper[0]}${text}${module_.wrapper[1]}`, { filename: file, cachedData: kept?.code }) };
}

/** V8 itself does not look further than at the length of a source. */
function readKept(place, stamp) {
  try {
    const bytes = fs.readFileSync(place);
    const head = bytes.toString('latin1', 0, HEAD_BYTES);
    return head.startsWith(stamp) ? { runs: head.startsWith(RUNS, STAMP_LENGTH), code: bytes.subarray(HEAD_BYTES) } : undefined;
  } catch {
    return undefined; // The first time, or a place that cannot be read: it is compiled.
  }
}

/** Nobody ever sees half a file, not even after the power failed: V8 would run what is in it. */
function keep({ place, stamp, runs, script }) {
  const beside = `${place}.${process.pid}`;
  try {
    const opened = fs.openSync(beside, 'wx', 0o600);
    try {
      fs.writeFileSync(opened, Buffer.concat([Buffer.from(`${stamp}${runs ? RUNS : ''}`.padEnd(HEAD_BYTES), 'latin1'), script.createCachedData()]));
      fs.fsyncSync(opened);
    } finally {
      fs.closeSync(opened);
    }
    fs.renameSync(beside, place);
  } catch {
    fs.rmSync(beside, { force: true }); // A full disk or a folder that is read only: the next start compiles again.
  }
}

/** One name for each file that was loaded, so that a newer one takes its place. */
function hash(text) {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) >>> 0;
  return sum.toString(16);
}
