import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createPlace, type Place, type Ran } from '../support/pith.ts';

/** No command waits longer for what never comes; a start takes a tenth of it. */
const LIMIT_MS = 5000;

/** What may stand where pith looks for a file of a project, which may be anybody's. */
const KINDS: [kind: string, make: (path: string) => Promise<unknown>][] = [
  ['a pipe', async (path) => execFileSync('mkfifo', [path])],
  ['an endless device', (path) => symlink('/dev/zero', path)],
  ['a terminal', (path) => symlink('/dev/tty', path)],
  ['a folder', (path) => mkdir(path)],
  ['a file of 5 GB', async (path) => { await writeFile(path, ''); await truncate(path, 5e9); }],
];

if (process.platform !== 'win32') {
  describe('a project in which something else stands where pith looks for a file', () => {
    let place: Place;
    beforeEach(async () => { place = await createPlace({ isWarm: true }); });
    afterEach(() => place.remove());

    /** A command that hangs is named. */
    const run = async (args: readonly string[]): Promise<Ran> => {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error(`pith ${args.join(' ')} hangs`)), LIMIT_MS);
      try {
        return await Promise.race([place.pith(args), late.promise]);
      } finally {
        clearTimeout(timer);
      }
    };
    const make = async (file: string, work: (path: string) => Promise<unknown>): Promise<void> => {
      await mkdir(dirname(join(place.folder, file)), { recursive: true });
      await work(join(place.folder, file));
    };

    for (const [kind, work] of KINDS) {
      it(`says so of ${kind} that is to be settings or hook files, and ends`, async () => {
        for (const file of ['.pith/settings.json', '.pith/settings.local.json', 'pith.config.ts']) {
          await make(file, work);
          for (const args of [['run', 'hi'], ['config'], ['tools', 'list'], ['trust'], ['doctor']]) {
            const { code, stdout, stderr } = await run(args);

            assert.ok(`${stdout}${stderr}`.includes(`The settings ${join(place.folder, file)} cannot be read: it is `), `${args.join(' ')}: ${stdout}${stderr}`);
            assert.equal(code, args[0] === 'doctor' ? 1 : 2, args.join(' '));
          }
          await rm(join(place.folder, file), { recursive: true });
        }
      });

      it(`works beside ${kind} that is to be any other file`, async () => {
        for (const file of ['AGENTS.md', 'CLAUDE.md', 'package.json', '.git', '.gitignore', '.rgignore', '.mcp.json', '.env', '.claude/settings.json', '.config/config.js', '.npmrc', 'tsconfig.json', 'bunfig.toml', '.editorconfig']) await make(file, work);

        const ran = await run(['run', 'hi']);
        const called = await run(['tools', 'call', 'list', '--input', '{}', '--json']);

        assert.equal(ran.code, 0, ran.stderr);
        assert.equal(called.code, 0, called.stderr);
      });

      it(`refuses ${kind} that is attached, or is a lock file`, async () => {
        await make('odd', work);
        await make('pith-plugins.lock', work);

        const attached = await run(['run', 'look', '--attach', 'odd']);
        const synced = await run(['plugins', 'sync']);

        assert.equal(attached.code, 2);
        assert.match(attached.stderr, /odd (?:cannot be attached: it is |is larger than 20 MiB)/);
        assert.equal(synced.code, 2);
        assert.match(synced.stderr, /pith-plugins\.lock cannot be used: it is /);
      });
    }

    it('says so of a socket', async () => {
      await mkdir(join(place.folder, '.pith'));
      const server = createServer().listen(join(place.folder, '.pith/settings.json'));
      await new Promise((resolve) => server.once('listening', resolve));

      const { code, stderr } = await run(['run', 'hi']);

      assert.equal(code, 2);
      assert.match(stderr, /settings\.json cannot be read: it is a socket, not a file/);
      await new Promise((resolve) => server.close(resolve));
    });
  });
}
