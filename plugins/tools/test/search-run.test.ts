import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isPithError } from '@pith/kernel';
import { findRipgrep } from '../src/find-ripgrep.ts';
import type { GlobJob, GrepJob } from '../src/search/job.ts';
import { runWorker } from '../src/search/run.ts';

describe('a search worker', () => {
  let path: string;
  beforeEach(async () => { path = await realpath(await mkdtemp(join(tmpdir(), 'pith-search-'))); });
  afterEach(() => rm(path, { recursive: true }));

  const globJob = (pattern: string): GlobJob => ({ kind: 'glob', folder: { path, anchor: path }, pattern, hidden: false, folders: false, limitMs: 10_000 });
  const grepJob = async (pattern: string): Promise<GrepJob> => ({ kind: 'grep', folder: { path, anchor: path }, ripgrep: await findRipgrep(), pattern, ignoreCase: false, context: 0, filesOnly: false });
  const never = new AbortController().signal;

  it('is ended when a pattern takes for ever on one name', async () => {
    await writeFile(join(path, 'a'.repeat(200)), '');

    await assert.rejects(runWorker(globJob('*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b'), { limitMs: 300, signal: never }), (error) => isPithError(error) && error.code === 'SEARCH_STOPPED');
  });

  it('ends with the call, with the reason of the call', async () => {
    await writeFile(join(path, 'a'.repeat(200)), '');
    const controller = new AbortController();
    const running = runWorker(globJob('*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b'), { limitMs: 60_000, signal: controller.signal });
    controller.abort(new Error('enough'));

    await assert.rejects(running, /enough/);
  });

  if (process.platform === 'linux') {
    it('ends ripgrep with it, and gives it no environment', async () => {
      // In the place of ripgrep a program that waits for ever, for a pipe that nobody writes to.
      execFileSync('mkfifo', [join(path, 'pipe')]);
      await writeFile(join(path, 'rg'), '#!/bin/sh\nread line < pipe\n', { mode: 0o755 });
      const controller = new AbortController();
      const running = runWorker({ ...await grepJob('x'), ripgrep: join(path, 'rg') }, { limitMs: 60_000, signal: controller.signal });
      running.catch(() => undefined);
      const pid = await untilChild('rg');
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      controller.abort(new Error('enough'));

      await assert.rejects(running, /enough/);
      assert.equal(environment, '');
      await assert.rejects(readFile(`/proc/${pid}/stat`));
    });
  }

  it('says in one sentence that ripgrep is not installed for the platform', async () => {
    const script = `
      const { startTools } = await import(${JSON.stringify(fileURLToPath(new URL('start-tools.ts', import.meta.url)))});
      const tools = await startTools();
      const { code, text } = await tools.call('grep', { pattern: 'x' });
      console.log(JSON.stringify({ code, text }));
      await tools.close();
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { env: { ...process.env, npm_config_arch: 'abacus' } });

    const { code, text } = JSON.parse(stdout) as { code: string; text: string };
    assert.equal(code, 'RIPGREP_MISSING');
    assert.match(text, /^grep needs ripgrep, which is not installed for this platform \(.*abacus.*\)\. Install pith again with its optional packages, or search with bash: grep -rn\.$/);
  });
});

/** The number of a child process of this name, when there is one. */
async function untilChild(name: string): Promise<number> {
  for (;;) {
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
      if (stat.includes(`(${name}) `) && Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === process.pid) return Number(entry);
    }
  }
}
