import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Starts a process, or a thread that could. */
const STARTS = /\b(?:spawn|spawnSync|execa|execaSync|execFile|execFileSync|execSync|fork)\(|new Worker\(/g;
/** By which a process is started in whatever way; a type starts none. */
const IMPORTS = /^import (?!type ).*from '(?:node:)?(?:child_process|cluster|execa|worker_threads)'|import\('(?:node:)?(?:child_process|cluster|execa|worker_threads)'\)/m;
/** They import it for something else: to forbid it, or to answer from within a thread. */
const START_NOTHING = ['src/host/replay/forbid-outside.ts', 'plugins/codemap/src/worker.ts', 'plugins/database/src/sqlite/compact-worker.ts', 'plugins/tools/src/search/worker.ts'];

/** What is started with an environment of the right kind, by what stands for it in the call. */
const RIGHT: Readonly<Record<string, RegExp>> = {
  'plugins/balancer/src/token/sign-in/open-browser.ts': /\benv: childEnvironment\(env\) \}/,
  'plugins/codemap/src/reader-pool.ts': /\benv: \{\},/,
  'plugins/command-hooks/src/env-file.ts': /\benv: base, extendEnv: false\b/,
  'plugins/command-hooks/src/run-command.ts': /\benv: \{ \.\.\.env, \[MARK\]: mark \}, extendEnv: false\b/,
  'plugins/database/src/sqlite/compact.ts': /\benv: \{\} \}/,
  'plugins/sandbox/src/probe.ts': /\benv: \{ PATH: env\['PATH'\] \?\? '' \}, extendEnv: false\b/,
  'plugins/terminal/src/input/clipboard.ts': /\benv: childEnvironment\(env, childRules\), extendEnv: false\b/,
  'plugins/terminal/src/input/external-editor.ts': /\benv: childEnvironment\(env, childRules\), extendEnv: false\b/,
  'plugins/terminal/src/pager/external.ts': /\benv: childEnvironment\(env, childRules\), cwd \}/,
  'plugins/tools/src/job.ts': /\benv: \{ \.\.\.commandEnvironment\(env, execution\.env, childRules\), .*\}, extendEnv: false\b/,
  'plugins/tools/src/output-pipe.ts': /\benv: \{\}, extendEnv: false\b/,
  // The environment of a thread that has none.
  'plugins/tools/src/search/ripgrep.ts': /\benv: process\.env\b/,
  'plugins/tools/src/search/run.ts': /\benv: process\.platform === 'win32' \? \{ SystemRoot: process\.env\['SystemRoot'\] \} : \{\}/,
  'plugins/tools/src/watchdog.ts': /\benv: \{ LC_ALL: 'C' \}, extendEnv: false\b/,
  'plugins/voice/src/run-program.ts': /\benv: \{ \.\.\.env, \[MARK\]: mark \}, extendEnv: false\b/,
  'src/child/process-tree.ts': /\benv: childEnvironment\(process\.env\), extendEnv: false\b/,
  // That of a `Git`, which quietEnvironment makes.
  'src/git/run-git.ts': /\{ cwd: top, env, /,
  'src/host/hook-files/run-in-child.ts': /\benv: childEnvironment\(folder\)/,
  'src/host/plugins/npm.ts': /\benv: npmEnvironment\(process\.env\)/,
  'src/host/plugins/refresh.ts': /\benv: childEnvironment\(process\.env\)/,
};

describe('every process that pith starts', () => {
  const sources = globSync(['src/**/*.ts', 'plugins/*/src/**/*.ts'], { cwd: root, exclude: (name) => ['node_modules', 'dist', 'test', 'testing'].includes(name) }).sort();
  const starts = sources.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8').replace(/^\s*(?:\/\/|\*).*$/gm, '');
    // Sessions are forked, too, and that starts nothing: whoever starts has imported the means, as the second test says.
    return [...text.matchAll(STARTS)].filter(([word]) => word !== 'fork(' || IMPORTS.test(text)).map(({ index }) => ({ file: file.replaceAll('\\', '/'), call: callAt(text, index) }));
  });

  it('is known here, and no place is left of one that is gone', () => {
    assert.deepEqual([...new Set(starts.map(({ file }) => file))], Object.keys(RIGHT));
  });

  it('is started where the means for it are imported, and nowhere else', () => {
    const importing = sources.filter((file) => IMPORTS.test(readFileSync(join(root, file), 'utf8'))).map((file) => file.replaceAll('\\', '/'));

    assert.deepEqual(importing.filter((file) => !START_NOTHING.includes(file)), Object.keys(RIGHT));
  });

  for (const { file, call } of starts) {
    it(`gets an environment without secrets: ${file}: ${call.split('\n')[0]!.slice(0, 40)}`, () => assert.match(call, RIGHT[file] ?? /no environment is known for this file/));
  }
});

/** From the name of the function to the bracket that closes the call. */
function callAt(text: string, index: number): string {
  let depth = 0;
  for (let end = text.indexOf('(', index); end < text.length; end++) {
    if (text[end] === '(') depth++;
    else if (text[end] === ')' && --depth === 0) return text.slice(index, end + 1);
  }
  return text.slice(index);
}
