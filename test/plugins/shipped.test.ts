import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startServer } from '@pith/kernel/testing';
import { after, before } from 'mocha';
import { addAccounts } from '../../plugins/balancer/test/add-accounts.ts';
import { broughtPlugins, hostWithout, packed, root, shippedPlugins } from '../support/packed.ts';
import { createPlace, jsonLines, type Place } from '../support/pith.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { createTerminal } from '../support/terminal.ts';

/** What shows that a plugin does its work; the plugin is the only one of its kind there. */
const PROOFS: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  anthropic: (place) => asksProvider(place, 'anthropic', 'ANTHROPIC'),
  openai: (place) => asksProvider(place, 'openai', 'OPENAI'),
  balancer: async (place) => {
    assert.equal((await place.pith(['accounts', 'list', '--json'])).stdout.trim(), '[]');
    await addAccounts(place.env['PITH_HOME']!, ['work']);
    assert.match((await place.pith(['accounts'])).stdout, /^work +active /m);
  },
  checkpoints: async (place) => {
    await place.pith(['tools', 'call', 'write', '--mode', 'bypassPermissions', '--input', '{"path":"made.txt","content":"x"}']);
    assert.match((await place.pith(['doctor'])).stdout, /kept of 1 work tree/);
  },
  classifier: async (place) => assert.match((await place.pith(['hooks', 'list'])).stdout, /classifier/),
  codemap: async (place) => {
    await place.write('a.ts', 'function found() {}');
    assert.equal((await place.pith(['codemap'])).stdout.trim(), 'a.ts  found:1');
  },
  'command-hooks': async (place) => assert.match((await place.pith(['hooks', 'list'])).stdout, /command-hooks/),
  compaction: async (place) => {
    await place.pith(['run', 'explain'], { stdin: 'a line of a log that fills the window\n'.repeat(18_000) });
    const { stdout } = await place.pith(['run', '--continue', '--output', 'stream-json', 'and then?']);
    assert.ok(jsonLines(stdout).some(({ type, plugin }) => type === 'compaction' && plugin === 'compaction'));
  },
  context: async (place) => {
    const { stdout } = await place.pith(['run', '--output', 'stream-json', 'hello']);
    const ready = jsonLines(stdout).find(({ type }) => type === 'context-ready') as { sections: { owner: string }[] };
    assert.deepEqual(ready.sections.map(({ owner }) => owner), ['context']);
  },
  input: async (place) => assert.match((await place.pith(['run', '/help'])).stdout, /^\/clear /m),
  database: async (place) => assert.match((await place.pith(['doctor'])).stdout, /^✔ plugin database: SQLite, nothing is kept yet/m),
  permissions: async (place) => {
    assert.equal((await place.pith(['tools', 'call', 'bash', '--mode', 'bypassPermissions', '--input', '{"command":"echo by-mode"}'])).stdout.trim(), 'by-mode');
  },
  pricing: async (place) => assert.match((await place.pith(['models'])).stdout, /claude/),
  resilience: (place) => asksProvider(place, 'anthropic', 'ANTHROPIC', [529, 401]),
  sandbox: async (place) => {
    const { stdout, stderr } = await place.pith(['tools', 'call', 'bash', '--mode', 'bypassPermissions', '--input', '{"command":"echo $TMPDIR"}']);
    assert.match(stdout + stderr, /pith-sandbox-|Commands run without a sandbox/);
  },
  scripted: async (place) => assert.match((await place.pith(['run', 'hello'])).stdout, /offline provider/),
  sessions: async (place) => {
    await place.pith(['run', 'remember this']);
    assert.match((await place.pith(['sessions', 'list'])).stdout, /remember this/);
  },
  skills: async (place) => {
    await place.write('.agents/skills/pdf/SKILL.md', '---\nname: pdf\ndescription: Fills forms.\n---\nFill.\n');
    assert.match((await place.pith(['skills', 'list'])).stdout, /^pdf +\d+ +\.agents\/skills\/pdf +Fills forms\.$/m);
  },
  terminal: async (place) => {
    const chat = createTerminal({ argv: [process.execPath, place.command, 'chat'], cwd: place.folder, env: place.env });
    try {
      await chat.until(/shows the keys[^]*\? keys/);
      chat.press('ctrl+d');
      assert.equal((await chat.exit).code, 0);
    } finally {
      await chat.dispose();
    }
  },
  tools: async (place) => {
    const file = await place.write('note.txt', 'what the note says');
    assert.match((await place.pith(['tools', 'call', 'grep', '--input', JSON.stringify({ pattern: 'note says', path: file })])).stdout, /note/);
  },
  vault: async (place) => {
    await place.pith(['auth', 'set', 'github'], { stdin: 'a token' });
    assert.match((await place.pith(['auth', 'list'])).stdout, /^github /m);
  },
  voice: async (place) => assert.match((await place.pith(['doctor'])).stdout, /^. plugin voice: .*(?: records|to record with)/m),
  web: async (place) => assert.match((await place.pith(['tools', 'list'])).stdout, /^web-fetch +network +web /m),
};

/** @param answers statuses, each of which must be come to */
async function asksProvider(place: Place, provider: string, prefix: string, answers: readonly number[] = [401]): Promise<void> {
  const asked: string[] = [];
  const server = await startServer((request, response) => { response.writeHead(answers[asked.push(request.url ?? '') - 1] ?? 401, { 'content-type': 'application/json', 'retry-after-ms': '1' }).end('{"error":{"type":"authentication_error","message":"no"}}'); });
  try {
    await place.pith(['run', '--provider', provider, 'hello'], { env: { [`${prefix}_API_KEY`]: 'sk-test', [`${prefix}_BASE_URL`]: server.url } });
    assert.equal(asked.length, answers.length);
  } finally {
    await server.close();
  }
}

/** By default those that do not come with pith, and every third of the others; in soak, all. */
const TRIED = shippedPlugins.filter((name, index) => process.env['PITH_SOAK'] !== undefined || index % 3 === 0 || !broughtPlugins.includes(name));

describe('a plugin of this repository, installed from a registry into an empty home', () => {
  let registry: Registry;
  before(async function () {
    this.timeout(60_000);
    registry = await startRegistry();
    await registry.putInstalled(join(root, 'node_modules/@vscode/ripgrep'));
    for (const name of shippedPlugins) await registry.put(packed(`plugins/${name}`));
  });
  after(() => registry.close());

  it('has a proof here that it works', () => {
    assert.deepEqual(shippedPlugins.filter((name) => PROOFS[name] === undefined), []);
  });

  for (const name of TRIED) {
    it(`${name}: installs, works in a run, and goes without leaving anything`, async () => {
      const packageName = `@pith/plugin-${name}`;
      const host = hostWithout(packageName);
      const place = await createPlace({ command: host.command });
      Object.assign(place.env, registry.env);
      const home = place.env['PITH_HOME']!;
      try {
        await mkdir(join(home, 'config'), { recursive: true });
        await writeFile(join(home, 'config', 'settings.json'), JSON.stringify({ maxSteps: 9, plugins: { [name]: {} } }));

        const installed = await place.pith(['plugins', 'install', packageName, '--yes', '--json']);
        assert.equal(installed.code, 0, installed.stderr);
        assert.equal(await stateOf(place, name), 'active, installed');
        await PROOFS[name]!(place);
        const gone = await place.pith(['plugins', 'uninstall', name, '--purge']);

        assert.equal(gone.code, 0, gone.stderr);
        assert.equal(await stateOf(place, name), 'not there');
        assert.deepEqual(readdirSync(join(home, 'data')).filter((file) => !['sessions', 'traces', 'pith.db', 'database'].includes(file)), []);
        assert.deepEqual(tablesOf(join(home, 'data', 'pith.db')).filter((table) => table.startsWith(name.replaceAll('-', '_'))), []);
        assert.deepEqual(JSON.parse(readFileSync(join(home, 'config', 'plugins.json'), 'utf8')), { plugins: {} });
        assert.deepEqual(JSON.parse(readFileSync(join(home, 'config', 'settings.json'), 'utf8')), { maxSteps: 9 });
      } finally {
        await place.remove();
        host.remove();
      }
    });
  }

  /** The file is that of the plugin database, which comes with pith. */
  function tablesOf(file: string): string[] {
    if (!existsSync(file)) return [];
    const database = new DatabaseSync(file, { readOnly: true });
    const rows = database.prepare('SELECT name FROM sqlite_schema').all() as unknown as { name: string }[];
    database.close();
    return rows.map((row) => row.name);
  }

  async function stateOf(place: Place, name: string): Promise<string> {
    const { stdout } = await place.pith(['plugins', '--json']);
    const found = (JSON.parse(stdout) as { name: string; state: string; kind: string }[]).find((plugin) => plugin.name === name);
    return found === undefined ? 'not there' : `${found.state}, ${found.kind}`;
  }
});
