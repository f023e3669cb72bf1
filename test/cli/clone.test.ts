import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bin, conversation, createPlace, type Place, type Ran } from '../support/pith.ts';
import { trapClone, type TrappedClone } from '../support/trapped-clone.ts';

/** A server that only counts who comes. */
interface Listener { server: Server; address: string; connections: number }

async function listen(): Promise<Listener> {
  const server = createServer((_, response) => { response.writeHead(500).end(); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const listener = { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: 0 };
  server.on('connection', () => { listener.connections++; });
  return listener;
}

/** All that pith does without being told to run something of this very folder. */
const COMMANDS: readonly (readonly string[])[] = [
  ['--version'], ['--help'], ['config'], ['config', '--json'], ['doctor'], ['doctor', '--json'], ['models'], ['trust', '--list'],
  ...(process.env['PITH_SOAK'] === undefined ? [] : [['run', 'hi'], ['run', 'hi', '--output', 'stream-json']]), ['run', 'hi', '--output', 'json'], ['run', '--continue', 'hi'], ['run', 'look at @AGENTS.md and !ls'],
  ['hooks', 'list'], ['hooks', 'trace'], ['hooks', 'explain', 'bash'], ['hooks', 'test'],
  ['permissions', 'check'], ['plugins'], ['plugins', 'inspect', '@pith/plugin-tools'], ['plugins', 'sync'], ['sessions', 'list'], ['sessions', 'show', 'x'], ['replay', 'x'],
  ['tools', 'list'], ['tools', 'list', '--json'], ['autocomplete', 'bash'],
];

/** What a model may ask for, with a person’s own settings and nobody there to say yes. */
const CALLS: readonly { tool: string; input: Record<string, unknown> }[] = [
  { tool: 'read', input: { path: 'AGENTS.md' } }, { tool: 'list', input: {} }, { tool: 'glob', input: { pattern: '**/*.md' } }, { tool: 'grep', input: { pattern: 'trap' } },
  ...['ls', 'cat tracked.txt', 'git status', 'git status --short', 'git diff', 'git diff --stat', 'git log -1', 'git log -p -1', 'git show HEAD', 'git branch', 'git ls-files', 'rg trap', 'grep -r trap .', 'pwd', 'git st', 'make', 'npm test', './web-search.sh', 'node index.js', '. ./.envrc'].map((command) => ({ tool: 'bash', input: { command } })),
  { tool: 'edit', input: { path: '.envrc', old: 'touch', new: 'rm' } }, { tool: 'write', input: { path: '.git/hooks/pre-push', content: '#!/bin/sh\n' } }, { tool: 'web-search', input: { query: 'x' } },
];

if (process.platform !== 'win32') {
  describe('a clone with every known booby trap', () => {
    let place: Place;
    let clone: TrappedClone;
    let trap: Listener;
    let own: Listener;
    before(async function prepare() {
      place = await createPlace();
      [trap, own] = [await listen(), await listen()];
      clone = trapClone(place.folder, trap.address);
      await writeFile(join(place.folder, '..', 'outside.txt'), 'OUTSIDE\n');
    });
    after(async () => {
      for (const { server } of [trap, own]) {
        server.closeAllConnections();
        server.close();
      }
      await place.remove();
    });

    /** As a person has it whose tools put the project's programs first, and who has a key and a server of their own. */
    const env = (): Record<string, string> => ({
      PATH: [join(place.folder, 'node_modules/.bin'), 'node_modules/.bin', '.', place.env['PATH']!].join(delimiter),
      OPENAI_API_KEY: 'sk-own', OPENAI_BASE_URL: own.address, npm_config_registry: own.address, npm_config_fetch_retries: '0',
    });
    const pith = (args: readonly string[], more: Record<string, string> = {}): Promise<Ran> => place.pith(args, { stdin: '', env: { ...env(), ...more } });
    const untouched = (what: string): void => {
      assert.deepEqual(clone.sprung(), [], what);
      assert.equal(trap.connections, 0, what);
    };

    for (const args of COMMANDS) {
      it(`runs nothing and connects to nobody by pith ${args.join(' ')}`, async () => {
        const before = own.connections;

        const { signal, stderr } = await pith(args);

        assert.equal(signal, null, stderr);
        untouched(stderr);
        // Only a turn has somebody to talk to.
        if (args[0] !== 'run') assert.equal(own.connections, before);
      });
    }

    for (const [title, path] of [['its own programs first on the path', () => env()['PATH']!], ['the system’s programs', () => place.env['PATH']!]] as const) {
      it(`does not get a turn to run anything of it, with ${title}`, async () => {
        const talk = join(place.folder, '..', 'talk.json');
        await writeFile(talk, conversation(...CALLS.map((call) => ({ calls: [call] })), { text: 'done' }));

        const { code, stdout, stderr } = await pith(['run', 'go', '--model', talk, '--output', 'json', '--no-session'], { PATH: path() });

        assert.ok(code === 0 || code === 3, stderr);
        const { steps, refusals } = JSON.parse(stdout) as { steps: number; refusals: { tool: string }[] };
        assert.equal(steps, CALLS.length + 1);
        assert.ok(['edit', 'write', 'bash'].every((name) => refusals.some(({ tool }) => tool === name)));
        untouched(stdout);
      });
    }

    it('sends the prompt to the person’s own server, and nothing else', async () => {
      const before = own.connections;

      await pith(['run', 'hi']);

      assert.ok(own.connections > before);
      untouched('run');
    });

    it('starts none of the hooks that it brings for another agent, where the plugin for them is installed', async () => {
      const data = join(place.env['PITH_HOME']!, 'data');
      await mkdir(data, { recursive: true });
      await writeFile(join(data, 'package.json'), JSON.stringify({ private: true, oclif: { schema: 1, plugins: [{ name: '@pith/plugin-command-hooks', root: fileURLToPath(new URL('../../plugins/command-hooks', import.meta.url)), type: 'link' }] } }));
      try {
        const { stdout } = await pith(['plugins', '--json']);
        await pith(['run', 'hi']);
        await pith(['tools', 'call', 'list', '--input', '{}']);

        assert.match(stdout, /command-hooks/);
        untouched('with command-hooks');
      } finally {
        await writeFile(join(data, 'package.json'), JSON.stringify({ private: true }));
      }
    });

    if (process.platform === 'linux') it('is shown at a terminal, and nothing of it is run, until a person says yes', async () => {
      const { shown, code } = await atTerminal(['trust'], 'n\r');

      assert.ok(shown.includes('"mode": "bypassPermissions"'), shown);
      assert.ok(shown.includes('it runs inside pith, with all of your rights'), shown);
      assert.match(shown, /Run it, to see which hook files it names\? \[y\/N\]/);
      assert.equal(code, 1);
      untouched(shown);
    });

    it('shows that its traps are real once it is trusted', async () => {
      for (const name of ['pith.config.mts', 'pith.config.js', 'pith.config.mjs']) await writeFile(join(place.folder, name), '');
      const trusted = await pith(['trust', '--yes']);
      assert.equal(trusted.code, 0, trusted.stderr);
      const hooked = await pith(['run', 'hi']);
      const { stdout } = await pith(['config', '--json']);
      await writeFile(join(place.folder, 'hooks/trap.ts'), (await readFile(join(place.folder, 'hooks/trap.ts'), 'utf8')).replace(', handled: { reply: \'trapped\' }', ''));
      await pith(['trust', '--yes']);
      await pith(['run', 'hi']);

      assert.equal(hooked.stdout, 'trapped\n', hooked.stderr);
      assert.match(stdout, /bypassPermissions/);
      assert.deepEqual(clone.sprung(), ['hooks+trap.ts', 'pith.config.ts']);
      assert.ok(trap.connections > 0);
    }).timeout(120_000);

    it('is asked about again when a byte of it changes', async () => {
      const before = trap.connections;
      await writeFile(join(place.folder, '.pith/settings.json'), `${await readFile(join(place.folder, '.pith/settings.json'), 'utf8')} `);

      const { code, stderr } = await pith(['run', 'hi']);

      assert.equal(code, 2);
      assert.match(stderr, /\.pith\/settings\.json has changed since this folder was trusted/);
      assert.equal(trap.connections, before);
    });

    /** Types at a real terminal, which util-linux's `script` makes, as soon as something is asked. */
    async function atTerminal(args: readonly string[], keys: string): Promise<{ shown: string; code: number | null }> {
      const line = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
      const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: place.folder, env: { ...place.env, ...env(), PATH: place.env['PATH'], TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'inherit'] });
      let shown = '';
      let answered = 0;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
        if (shown.split('[y/N] ').length - 2 !== answered) return;
        answered++;
        child.stdin.write(keys);
      });
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
      return { shown, code };
    }
  });
}
