import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { allowAll } from '@pith/kernel/testing';
import { insideOnly, startTools } from './start-tools.ts';

const soak = process.env['PITH_SOAK'] !== undefined;
const writeOnce = fileURLToPath(new URL('write-once.ts', import.meta.url));
const nodeArguments = ['--conditions=pith-source', '--disable-warning=ExperimentalWarning'];

/**
 * Swaps `notes` between a folder and a link to another one, as fast as it can, until it is killed. In the gaps the tool may make
 * a folder of that name, which is then taken away.
 */
const FLIP = `
  const { renameSync, rmSync, writeSync } = require('node:fs');
  const move = (from, to) => { for (;;) { try { return renameSync(from, to); } catch {} try { rmSync(to, { recursive: true, force: true }); } catch {} } };
  writeSync(1, 'ready');
  for (;;) { move('notes', 'away'); move('link', 'notes'); move('notes', 'link'); move('away', 'notes'); }
`;

/** As above, for one file and a link to another one; `rename` replaces it, so that the name is never missing. */
const FLIP_FILE = `
  const { linkSync, renameSync, rmSync, symlinkSync, writeSync } = require('node:fs');
  const [outside] = process.argv.slice(1);
  writeSync(1, 'ready');
  for (let round = 0; ; round++) {
    rmSync('next', { force: true });
    if (round % 2 === 0) symlinkSync(outside, 'next');
    else linkSync('inside.txt', 'next');
    renameSync('next', 'leaf.txt');
  }
`;

describe('the file tools in hard times', () => {
  if (process.platform !== 'win32') {
    it('reads and writes not one byte outside while a folder flips to a link and back', async () => {
      const outside = await realpath(await mkdtemp(join(tmpdir(), 'pith-outside-')));
      for (const name of ['file.txt', 'only-outside.txt']) await writeFile(join(outside, name), 'OUTSIDE\n');
      const tools = await startTools({ plugins: [allowAll, insideOnly] });
      await tools.put('notes/file.txt', 'inside 0\n');
      await tools.put('inside.txt', 'inside\n');
      await tools.put('leaf.txt', 'inside\n');
      await symlink(outside, join(tools.folder, 'link'));
      const before = await stat(join(outside, 'file.txt'));
      const flippers = [await startFlipper(FLIP, tools.folder), await startFlipper(FLIP_FILE, tools.folder, join(outside, 'file.txt'))];

      const seen = new Map<string, number>();
      let value = 0;
      try {
        for (let round = 0; round < (soak ? 3000 : 100); round++) {
          const calls = [
            await tools.call('read', { path: 'notes/file.txt' }),
            await tools.call('read', { path: 'leaf.txt' }),
            await tools.call('list', { path: 'notes' }),
            await tools.call('edit', { path: 'notes/file.txt', old: `inside ${value}`, new: `inside ${value + 1}` }),
            await tools.call('edit', { path: 'leaf.txt', old: 'OUT', new: 'inside' }),
            await tools.call('write', { path: `notes/new-${round}/a.txt`, content: 'new\n' }),
            await tools.call('apply-patch', { patch: `*** Begin Patch\n*** Add File: notes/patched-${round}.txt\n+new\n*** End Patch` }),
            // A search costs a process and a thread.
            ...(round % 10 === 0 ? [await tools.call('grep', { pattern: 'OUTSIDE', path: '.' }), await tools.call('grep', { pattern: 'S', path: 'notes' }), await tools.call('glob', { pattern: '**/only-*' })] : []),
          ];
          if (calls[3]!.status === 'done') value++;
          for (const { text, code, status } of calls) {
            seen.set(code ?? status, (seen.get(code ?? status) ?? 0) + 1);
            assert.ok(!/OUTSIDE|only-outside/.test(text), text);
          }
        }
      } finally {
        for (const { stop } of flippers) await stop();
      }

      assert.deepEqual(await readdir(outside), ['file.txt', 'only-outside.txt']);
      assert.equal(await readFile(join(outside, 'file.txt'), 'utf8'), 'OUTSIDE\n');
      assert.equal((await stat(join(outside, 'file.txt'))).mtimeMs, before.mtimeMs);
      assert.ok((seen.get('done') ?? 0) > 0, JSON.stringify([...seen]));
      await tools.close();
      await rm(outside, { recursive: true });
    });

    it('leaves the old text or the new one, whole, when it is killed at any instant', async () => {
      const folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-kill-')));
      const texts = ['a', 'b'].map((letter) => `${letter.repeat(79)}\n`.repeat(5000));
      const path = join(folder, 'file.txt');
      await writeFile(path, texts[0]!);
      for (let round = 0; round < (soak ? 25 : 6); round++) {
        const writer = spawn(process.execPath, [...nodeArguments, writeOnce, path, 'forever'], { stdio: ['ignore', 'pipe', 'inherit'] });
        let written = 0;
        // After some writes, in the middle of whatever comes next.
        for await (const chunk of writer.stdout) if ((written += (chunk as Buffer).length) > round) break;
        writer.kill('SIGKILL');
        if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');

        assert.ok(texts.includes(await readFile(path, 'utf8')), 'neither the old text nor the new one');
      }
      const leftovers = (await readdir(folder)).filter((name) => name !== 'file.txt');
      assert.ok(leftovers.every((name) => /^\.pith-\d+-[0-9a-f]{12}\.tmp$/.test(name)), leftovers.join(' '));
      await rm(folder, { recursive: true });
    });

    it('changes nothing and leaves nothing behind when the disk is full', async () => {
      const folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-full-')));
      await writeFile(join(folder, 'file.txt'), `${'a'.repeat(79)}\n`.repeat(5000));
      // A limit on the size of files stands for the full disk: the system refuses the bytes beyond it.
      const limited = async (...given: string[]): Promise<{ code: string; text: string }> => {
        const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -f 100; exec "$@"', 'sh', process.execPath, ...nodeArguments, writeOnce, ...given]);
        return JSON.parse(stdout) as { code: string; text: string };
      };

      const replaced = await limited(join(folder, 'file.txt'), 'once');
      const created = await limited(join(folder, 'new/deep/file.txt'), 'once');

      assert.equal(replaced.code, 'DISK_FULL', replaced.text);
      assert.equal(created.code, 'DISK_FULL', created.text);
      assert.match(created.text, /There is no room to write .*; nothing was changed\./);
      assert.deepEqual(await readdir(folder), ['file.txt']);
      assert.equal((await readFile(join(folder, 'file.txt'), 'utf8'))[0], 'a');
      await rm(folder, { recursive: true });
    });

    it('says what the system does not allow, and changes nothing', async () => {
      const tools = await startTools();
      await tools.put('closed/a.txt', 'one\n');
      await tools.put('secret.txt', 'one\n', 0o000);
      await tools.put('fixed.txt', 'one\n', 0o444);
      await mkdir(join(tools.folder, 'fixed'));
      await tools.put('fixed/a.txt', 'one\n', 0o666);
      // Whatever tool was not loaded yet must be, before this process may see less.
      for (const name of ['read', 'write', 'edit', 'list']) await tools.call(name, { path: 'fixed.txt' });
      await chmod(join(tools.folder, 'closed'), 0o000);
      await chmod(join(tools.folder, 'fixed'), 0o555);
      await chmod(tools.folder, 0o777);

      await asNobody(async () => {
        for (const [name, input] of [
          ['read', { path: 'secret.txt' }], ['edit', { path: 'secret.txt', old: 'one', new: 'two' }], ['write', { path: 'secret.txt', content: 'two' }],
          ['read', { path: 'closed/a.txt' }], ['list', { path: 'closed' }], ['write', { path: 'closed/new.txt', content: 'two' }],
          // An administrator in disguise is still allowed to write, by the word of access(2).
          ...(process.getuid!() === 0 ? [] : [['edit', { path: 'fixed.txt', old: 'one', new: 'two' }] as const]),
          ['edit', { path: 'fixed/a.txt', old: 'one', new: 'two' }], ['write', { path: 'fixed/new/a.txt', content: 'two' }],
        ] as const) {
          const { code, text } = await tools.call(name, input);
          assert.equal(code, 'FILE_DENIED', `${name} ${input.path}: ${text}`);
        }
      });

      await chmod(join(tools.folder, 'closed'), 0o755);
      assert.deepEqual((await readdir(tools.folder, { recursive: true })).sort(), ['closed', 'closed/a.txt', 'fixed', 'fixed.txt', 'fixed/a.txt', 'secret.txt']);
      await chmod(join(tools.folder, 'fixed'), 0o755);
      await tools.close();
    });
  }
});

/** Runs until it is stopped; by then it has begun. */
async function startFlipper(script: string, folder: string, ...given: string[]): Promise<{ stop(): Promise<void> }> {
  const flipper = spawn(process.execPath, ['-e', script, ...given], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(flipper, 'exit');
  await once(flipper.stdout, 'data');
  return {
    stop: async () => {
      flipper.kill('SIGKILL');
      await ended;
    },
  };
}

/** An administrator may read everything, so the test becomes somebody else meanwhile. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(65534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}
