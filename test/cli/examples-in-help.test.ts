import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { after, before } from 'mocha';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';
import { addAccounts, addClients } from '../../plugins/balancer/test/add-accounts.ts';
import { type Issuer, startIssuer } from '../../plugins/balancer/test/token/issuer.ts';
import { fake } from '../../plugins/voice/test/start-voice.ts';
import { findBringer } from '../../src/host/missing-plugins.ts';
import { pluginFiles } from '../support/fixture.ts';
import { conversation, createPlace, type Place } from '../support/pith.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { tarball } from '../support/tarball.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

interface Manifest { commands: Record<string, { id: string; summary?: string; examples?: (string | { command: string; description?: string })[] }> }

const commands = globSync(['oclif.manifest.json', 'plugins/*/oclif.manifest.json'], { cwd: root })
  .flatMap((file) => Object.values((JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest).commands));

type Example = NonNullable<Manifest['commands'][string]['examples']>[number];

/** Plugins with commands that are there only where somebody wants them. */
const WANTED = ['balancer', 'codemap', 'voice'];
/** The one of them that brings a command. */
const bringersOf = (name: string): string[] => WANTED.filter((plugin) => plugin === findBringer(name.split(' ')[0]!));

/** What opens the chat says without a terminal that it needs one. */
const CHATS = ['chat', 'sessions resume'];

/** What runs until it is told to end, which is once it has said where it listens. */
const SERVERS = ['proxy'];

async function linkWanted(place: Place, names: readonly string[] = WANTED): Promise<void> {
  for (const name of names) {
    const { code, stderr } = await place.pith(['plugins', 'link', join(root, 'plugins', name)]);
    assert.equal(code, 0, stderr);
  }
}

function toLine(example: Example, name: string): string {
  return (typeof example === 'string' ? example : example.command).replaceAll('<%= config.bin %>', 'pith').replaceAll('<%= command.id %>', name);
}

describe('the help of every command', () => {
  let place: Place;
  before(async () => {
    place = await createPlace({ isWarm: true });
    await linkWanted(place);
  });
  after(() => place.remove());

  for (const { id, summary, examples = [] } of commands) {
    const name = id.replaceAll(':', ' ');

    it(`${name}: has a summary and at least one example`, () => {
      assert.ok(summary, 'no summary');
      assert.ok(examples.length > 0, 'no examples');
    });

    it(`${name}: shows each example on one line, to be pasted, on a narrow screen, too`, async () => {
      const { stdout } = await place.pith([...name.split(' '), '--help'], { env: { OCLIF_COLUMNS: '40' } });

      const lines = stdout.split('\n').map((line) => line.trim());
      for (const example of examples) assert.ok(lines.includes(`$ ${toLine(example, name)}`), `${stdout}\n${toLine(example, name)}`);
    });
  }
});

describe('every example in the help', () => {
  let place: Place;
  let registry: Registry;
  let issuer: Issuer;
  let vendor: LoopbackServer;
  let top: string;
  let earlier: string;
  before(async () => {
    registry = await startRegistry();
    issuer = await startIssuer();
    vendor = await startServer((_, response) => void response.setHeader('content-type', 'application/json').end('{"data":[]}'));
    await registry.put(pluginFiles({ name: '@pith/plugin-balancer' }));
    await registry.put(pluginFiles({ name: '@acme/pith-plugin-guard', version: '2.0.0' }));
    place = await createPlace();
    top = dirname(place.folder);
    Object.assign(place.env, registry.env);
    // What the examples assume: a repository with code in it, a skill, a conversation, an earlier session with a call, settings to trust.
    await place.write('README.md', '# A project\n');
    await place.write('src/turn.ts', 'export function runTurn() {}\n');
    await place.write('.pith/settings.json', '{}');
    await place.write('../project2/.pith/settings.json', '{}');
    await place.write('.agents/skills/pdf/SKILL.md', '---\nname: pdf\ndescription: Fills forms.\n---\nFill $1.\n');
    await place.write('policy-test.json', '{"policy":".pith/settings.json","cases":[{"call":"Bash(git push)","expect":"ask"}]}');
    await place.write('hooks/guard.ts', "import { definePlugin } from '@pith/kernel';\nexport default definePlugin({ name: 'guard', setup({ hooks }) { hooks.permission.tap('guard', () => undefined); } });\n");
    await place.write('pith.config.ts', "export default { hooks: ['./hooks/guard.ts'] };\n");
    await place.write('conversation.json', conversation({ text: 'Mended.' }));
    await place.write('key.txt', 'sk-of-an-example\n');
    await place.write('app.pem', '-----BEGIN KEY-----\nabc\n-----END KEY-----\n');
    const bin = join(top, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'pith'), `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'run.js')}' "$@"\n`);
    await chmod(join(bin, 'pith'), 0o755);
    place.env['PATH'] = `${bin}:${place.env['PATH']}`;
    const git = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    await run('sh', ['-c', `git init -q && git add . && git ${git.join(' ')} commit -qm first`], { cwd: place.folder, env: place.env });
    await place.write('earlier.json', conversation({ calls: [{ tool: 'read', input: { path: 'README.md' } }] }, { text: 'It is a project.' }, { text: 'And it goes on.' }));
    await place.pith(['run', '--model', './earlier.json', 'hello']);
    const { stdout } = await place.pith(['sessions', 'list', '--json']);
    earlier = (JSON.parse(stdout) as { id: string }[])[0]!.id;
    await cp(top, `${top}-kept`, { recursive: true, verbatimSymlinks: true });
    await preparePlugins(place);
    await cp(top, `${top}-plugins`, { recursive: true, verbatimSymlinks: true });
  });
  /** Each example finds everything as it was made. */
  const restore = async (kept: string): Promise<void> => {
    for (const name of await readdir(top)) await rm(join(top, name), { recursive: true, force: true });
    await cp(kept, top, { recursive: true, verbatimSymlinks: true });
  };
  after(async () => {
    for (const kept of [`${top}-kept`, `${top}-plugins`]) await rm(kept, { recursive: true, force: true });
    await place.remove();
    for (const server of [registry, issuer, vendor]) await server.close();
  });

  for (const { id, examples = [] } of commands) {
    const name = id.replaceAll(':', ' ');
    for (const example of examples) {
      const line = toLine(example, name);
      it(`runs: ${line}`, async () => {
        await restore(name.startsWith('plugins') ? `${top}-plugins` : `${top}-kept`);
        await linkWanted(place, bringersOf(name));
        if (bringersOf(name).includes('balancer')) await addAccounts(place.env['PITH_HOME']!, ['work'], { baseUrl: vendor.url });
        if (/^proxy (?:keys|agents)/.test(name)) await addClients(place.env['PITH_HOME']!, { keys: ['ci', 'old-laptop'], agent: 'reviewer' });
        if (line.includes('--issuer')) await place.write('../home/pith/config/settings.json', JSON.stringify({ plugins: { balancer: { issuers: { corp: { issuer: issuer.url, clientId: 'pith', provider: 'anthropic' } } } } }));
        // On whatever port is free: another program may have the usual one.
        if (SERVERS.includes(name)) await place.write('../home/pith/config/settings.json', JSON.stringify({ plugins: { balancer: { proxy: { port: 0 } } } }));
        if (name === 'database restore') await place.write('../home/pith/data/database/backups/20261121T101500.000Z-billing-0002-holds.db', '');
        if (name === 'voice') await place.write('../home/pith/config/settings.json', JSON.stringify({ plugins: { voice: { record: fake('whole'), transcribe: [process.execPath, '-e', 'console.log("hello")'] } } }));
        if (name === 'auth remove') await place.pith(['auth', 'set', 'github'], { stdin: 'a token' });

        // Nobody types into the examples, so pith alone shows its help; 3f2a91c0 stands for the id of a session that is there.
        const running = run('sh', ['-c', `exec </dev/null; ${SERVERS.includes(name) ? 'exec ' : ''}${line.replaceAll('../project', '../project2').replaceAll('3f2a91c0', earlier)}`], { cwd: place.folder, env: place.env });
        if (SERVERS.includes(name)) running.child.stdout!.once('data', () => running.child.kill('SIGTERM'));
        if (CHATS.includes(name) && line !== 'pith' && !line.includes('| pith')) await assert.rejects(running, { code: 2, message: /A chat needs a terminal/ });
        else await running;
      });
    }
  }
});

/** What the examples about plugins assume: two that are installed and locked, a folder and a tarball of others. */
async function preparePlugins(place: Place): Promise<void> {
  for (const [file, content] of Object.entries(pluginFiles({ name: 'my-plugin' }))) await place.write(`my-plugin/${file}`, String(content));
  await writeFile(join(place.folder, 'acme-guard-2.0.0.tgz'), tarball(pluginFiles({ name: 'acme-guard', version: '2.0.0' })));
  for (const args of [['install', 'balancer', '@acme/pith-plugin-guard', '--yes'], ['lock']]) {
    const { code, stderr } = await place.pith(['plugins', ...args]);
    assert.equal(code, 0, stderr);
  }
}
