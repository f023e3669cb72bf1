// Starts oclif, and turns what comes out of it into an exit code.
const fs = require('node:fs');
const { pathToFileURL } = require('node:url');
const module_ = require('node:module');
const path = require('node:path');
const { keepCode } = require('./code.js');
const root = path.dirname(__dirname);
const dist = path.join(root, 'dist');
/** By then a command that goes on has started. */
const SETTLED_MS = 2000;
/** Where the kernel lies. Searched for when it is first asked for, which a command may never do. */
let kernel;

exports.main = async function main(words) {
  sayUnbuilt();
  sayUnfinished();
  moveFolders();
  switchOnCompileCache();
  keepCode({ isOurs, runs: toCommand(words)[0] === 'run' });
  const code = await prepare()(words);
  const { exitWith } = await import('../dist/exit.js');
  await exitWith(code);
};

// Also for a process that runs one command after the other, as tests do.
exports.prepare = prepare;
exports.moveFolders = moveFolders;
exports.mapHostImports = mapHostImports;

/** Makes this process pith, once. @returns what runs a command and gives the exit code */
function prepare() {
  mapHostImports();
  // oclif warns of its own engine range by loading semver; run.js has checked the version already.
  process.env.OCLIF_DISABLE_ENGINE_WARNING = '1';
  const { Command, Config, run, settings } = require('../dist/oclif.code.cjs');
  delete process.env.OCLIF_DISABLE_ENGINE_WARNING; // Programs that pith starts have nothing to do with it.
  settings.enableAutoTranspile = false;
  Command.prototype.toErrorJson = toErrorJson;
  printJsonPlainly(Command.prototype);
  guardOutput();
  const { load } = Config;
  return async function runCommand(words) {
    const argv = toCommand(words);
    let config;
    try {
      config = new Config({ root });
      require('../dist/gate.cjs').gateUserPlugins(config);
      await config.load();
      // For commands of plugins that reach services: `openCommandKernel` of the kernel finds it.
      config[Symbol.for('pith.openKernel')] = async (services) => (await import('../dist/command-kernel.js')).openForCommand(config, services);
      // oclif would load it a second time, past the gate.
      Config.load = (given) => (given === config ? Promise.resolve(config) : load.call(Config, given));
      await run(argv, config);
      return process.exitCode ?? 0;
    } catch (error) {
      return (await import('../dist/exit.js')).printError(error, argv, config?.commandIDs ?? []);
    }
  };
}

/** At a terminal `pith` alone opens a chat, and so does `pith` with nothing but options. */
function toCommand(words) {
  if (words[0] === 'help') return [...words.slice(1), '--help'];
  if (words.length === 0) return process.stdin.isTTY && process.stdout.isTTY ? ['chat'] : words;
  return words[0].startsWith('-') && !['-h', '--help', '-v', '--version', '--'].includes(words[0]) ? ['chat', ...words] : words;
}

function sayUnbuilt() {
  if (fs.existsSync(path.join(dist, 'oclif.code.cjs'))) return;
  process.stderr.write('pith is not built here. Run: npm run build\n');
  process.exit(1);
}

/** What `--json` prints of an error; oclif would print everything that hangs on it. */
function toErrorJson(error) {
  process.exitCode = error.exitCode ?? error.oclif?.exit ?? 1;
  const { code = error.oclif === undefined ? 'COMMAND_FAILED' : 'FLAG_INVALID', hint = null } = error;
  return { error: { code, message: error.oclif === undefined ? error.message : require('../dist/exit.js').toFlagSentence(error.message), hint } };
}

/** What JSON may hold as it is and a terminal obeys: controls beyond ASCII, direction marks, what is invisible. Emoji and several scripts need joiners. */
const STEERING = /(?![\u200c\u200d])[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;
const toEscape = (text) => text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** oclif takes the text apart to colour it, also where there is nothing to colour: a quarter of the time of a long list. */
function printJsonPlainly(prototype) {
  const { logJson } = prototype;
  prototype.logJson = function logPlainJson(value) {
    let text;
    try {
      text = this.config.theme?.json === undefined ? JSON.stringify(value, null, 2).replace(STEERING, toEscape) : undefined;
    } catch {
      // Of a value that holds itself oclif can say something.
    }
    if (text === undefined) return logJson.call(this, value);
    process.stdout.write(`${text}\n`);
  };
}

/** Nothing that pith or a plugin prints holds a secret. What is too short to be one is not looked at. */
function guardOutput() {
  let mask;
  for (const stream of [process.stdout, process.stderr]) {
    const { write } = stream;
    stream.write = function guarded(chunk, ...rest) {
      const isText = (typeof chunk === 'string' && (typeof rest[0] !== 'string' || /^utf-?8$/i.test(rest[0]))) || chunk instanceof Uint8Array;
      if (!isText || chunk.length < 8) return write.call(this, chunk, ...rest);
      mask ??= require('../dist/output-guard.js').maskOutput;
      return write.call(this, mask(chunk), ...rest);
    };
  }
}

/** A process that runs out of things to wait for, before exitWith ended it, has not done what was asked. */
function sayUnfinished() {
  process.once('beforeExit', () => {
    process.stderr.write('pith: nothing is left to wait for, but the command has not ended. This is a bug of pith or of a plugin.\n');
    process.exitCode = 1;
  });
}

/** PITH_HOME moves oclif's folders, too: plugins that the user installs live in one of them. */
function moveFolders() {
  const { env } = process;
  if (!env.PITH_HOME) return;
  for (const [name, folder] of [['PITH_CONFIG_DIR', 'config'], ['PITH_DATA_DIR', 'data'], ['PITH_CACHE_DIR', 'cache']]) env[name] ||= path.resolve(env.PITH_HOME, folder);
}

/** Compiled code is kept with pith's other caches, where only the user writes. */
function switchOnCompileCache() {
  const { env } = process;
  if (env.NODE_DISABLE_COMPILE_CACHE) return;
  const own = env.HOME || env.LOCALAPPDATA; // Never the folder we happen to stand in.
  if (!env.PITH_CACHE_DIR && !env.XDG_CACHE_HOME && !own) return;
  const home = env.PITH_CACHE_DIR || path.join(env.XDG_CACHE_HOME || path.join(own, '.cache'), 'pith');
  module_.enableCompileCache(path.join(home, 'compile'));
  // Node writes it down at the end, which a server that is killed never sees.
  setTimeout(() => module_.flushCompileCache(), SETTLED_MS).unref();
}

function isOurs(file) {
  const folder = path.dirname(file);
  return folder === dist || folder === kernel;
}

/** One kernel and one oclif in a process, the host's: whatever a plugin has beside it is not loaded. */
function mapHostImports() {
  const toUrl = (file) => pathToFileURL(file).href;
  const inKernel = (file) => toUrl(path.join((kernel ??= path.dirname(require.resolve('@pith/kernel'))), file));
  const hosts = new Map([
    ['@oclif/core', (isRequire) => toUrl(path.join(dist, isRequire ? 'oclif.code.cjs' : 'oclif.mjs'))],
    ['@pith/kernel', (isRequire) => inKernel(isRequire ? 'index.code.cjs' : 'index.js')],
    ['@pith/kernel/testing', () => inKernel('testing.js')],
  ]);
  let isAsked = false;
  module_.registerHooks({
    resolve: (specifier, context, next) => {
      const host = isAsked ? undefined : hosts.get(specifier);
      if (host === undefined) return next(specifier, context);
      isAsked = true;
      try {
        // Node 22 gives a set for some and a list for others.
        return { url: host([...context.conditions].includes('require')), shortCircuit: true };
      } finally {
        isAsked = false;
      }
    },
  });
}
