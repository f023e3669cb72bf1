import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kernel } from '@pith/kernel';
import { after, before, beforeEach } from 'mocha';
import type { Agent } from '../../src/agents/agent.ts';
import { choicesFile } from '../../src/agents/agent-store.ts';
import { findWorkspaces } from '../../src/agents/find-workspaces.ts';
import { newestModel } from '../../src/agents/open-agents.ts';
import { PromptIndex } from '../../src/agents/prompt-index.ts';
import { readAgent } from '../../src/agents/read-agent.ts';
import { AgentRegistry } from '../../src/agents/registry.ts';
import ProxyAgentsForget from '../../src/commands/proxy/agents/forget.ts';
import ProxyAgents from '../../src/commands/proxy/agents/index.ts';
import ProxyAgentsList from '../../src/commands/proxy/agents/list.ts';
import ProxyAgentsPrefer from '../../src/commands/proxy/agents/prefer.ts';
import type { AgentFacts } from '../../src/proxy/parts.ts';
import { ask, testProxy } from '../proxy/start-proxy.ts';
import { runCommand } from '../run-command.ts';
import { createHome, type Home } from '../start-balancer.ts';

const PROMPT = 'You review changes with care, and say “no” in one sentence.\nNothing else.';
const file = (name: string, prompt = PROMPT, more = ''): string => `---\nname: ${name}\ndescription: Use this when: code changed\n${more}---\n\n${prompt}\n`;

describe('An agent file', () => {
  it('is read as its programs read it, with a colon in a value', () => {
    assert.deepEqual(readAgent(file('reviewer', PROMPT, 'model: opus\ncolor: "red"\ntools: Read, Bash(git log:*)\n').replaceAll('\n', '\r\n')), {
      name: 'reviewer', description: 'Use this when: code changed', color: 'red', model: 'opus', tools: ['Read', 'Bash(git log:*)'], prompt: PROMPT,
    });
  });

  it('may have lists, texts of several lines, and inherit its model', () => {
    const text = '\uFEFF---\nname: \'it\'\'s\'\ntools:\n  - Read\n  - "Grep"\nmodel: inherit\ndescription: |\n  one\n  two\n---\nbody';

    assert.equal(readAgent(text), 'has a name that is not one of letters, digits, blanks and . _ @ + -');
    assert.deepEqual(readAgent(text.replace("'it''s'", 'plain')), { name: 'plain', description: 'one\ntwo', color: null, model: null, tools: ['Read', 'Grep'], prompt: 'body' });
  });

  it('says what is wrong with it', () => {
    assert.match(readAgent('# Notes') as string, /^does not begin/);
    assert.match(readAgent('---\nname: x\nbody') as string, /never ends/);
    assert.match(readAgent('---\ndescription: x\n---\nbody') as string, /^says no name/);
  });
});

describe('Prompts in a text', () => {
  const agent = (id: string, prompt: string, workspace: string | null = null): Agent => ({ id, name: id, description: '', color: null, model: null, tools: null, file: `${id}.md`, workspace, prompt });
  const all = (): boolean => true;

  it('are found wherever they stand, and the longest counts', () => {
    const [short, long] = [agent('short', 'You are an agent that reads the code of others.'), agent('long', 'You are an agent that reads the code of others.\nAnd more.')];
    const index = new PromptIndex([short, long]);

    assert.equal(index.find(`Before. ${short.prompt}`, all), short);
    assert.equal(index.find(`Before. ${long.prompt}\nAfter`, all), long);
    assert.equal(index.find(long.prompt.replaceAll('\n', '\r\n'), all), long);
    assert.equal(index.find(short.prompt.slice(0, -1), all), undefined);
    assert.equal(index.find('', all), undefined);
    assert.equal(new PromptIndex([]).find(short.prompt, all), undefined);
  });

  it('are the workspace’s own where two are the same, and only where that is named', () => {
    const [own, shared] = [agent('w:a', PROMPT, '/w'), agent('a', PROMPT)];

    for (const agents of [[own, shared], [shared, own]]) {
      assert.equal(new PromptIndex(agents).find(PROMPT, all), own);
      assert.equal(new PromptIndex(agents).find(PROMPT, ({ workspace }) => workspace === null), shared);
    }
  });

  it('are found among 200 in 100 KB as by looking for each', () => {
    const agents = Array.from({ length: 200 }, (_, index) => agent(`a${index}`, `You are agent number ${index} of the team, ${'and your work is to look. '.repeat(20)}${index}`));
    const index = new PromptIndex(agents);
    const filler = 'You are agent number 7 of the team, and your work is to do something else. '.repeat(700);

    for (const each of [agents[0]!, agents[77]!, agents[199]!]) assert.equal(index.find(`${filler}${each.prompt} ${filler}`, all), each);
    assert.equal(index.find(filler, all), undefined);
  });
});

describe('Folders that a text names', () => {
  it('are those with a CLAUDE.md', () => {
    assert.deepEqual(findWorkspaces('Contents of /srv/shop/CLAUDE.md (instructions), see `/srv/a/.claude/CLAUDE.md`', '/home/x'), ['/srv/shop', '/srv/a']);
    assert.deepEqual(findWorkspaces('at C:\\work\\shop\\CLAUDE.md', '/home/x'), ['C:\\work\\shop']);
  });

  it('may have blanks in them, and other paths before them', () => {
    assert.deepEqual(findWorkspaces('/etc/x and /srv/my shop/CLAUDE.md', '/home/x'), ['/etc/x and /srv/my shop', '/srv/my shop']);
  });

  it('are not the root, the home folder, or a way up', () => {
    assert.deepEqual(findWorkspaces('/CLAUDE.md /home/x/CLAUDE.md /home/x/.claude/CLAUDE.md /srv/../etc/CLAUDE.md NOT-CLAUDE.md', '/home/x').filter((path) => path === '/' || path === '/home/x' || path === '/etc'), []);
  });

  it('are found at once in texts that are written to take long', () => {
    const long = 500_000;
    for (const text of ['/a'.repeat(long), '/a '.repeat(long), 'C:\\a'.repeat(long), 'CLAUDE.md /'.repeat(long / 10), '/'.repeat(long)]) findWorkspaces(`${text}CLAUDE.md`, '/home/x');
    assert.deepEqual(findWorkspaces(`${'/a'.repeat(long)} and /srv/shop/CLAUDE.md`, '/home/x'), ['/srv/shop']);
  });

  it('are few', () => {
    assert.equal(findWorkspaces(Array.from({ length: 500 }, (_, index) => `"/srv/${index}/CLAUDE.md"`).join('\n'), '/home/x').length, 20);
  });
});

describe('The newest model of a word', () => {
  it('is that of the highest version', () => {
    const names = ['claude-opus-4-20250514', 'claude-opus-4-1', 'claude-opus-4-10', 'claude-opus-4-6', 'claude-sonnet-5', 'claude-3-opus'];

    assert.deepEqual(['opus', 'Sonnet', 'haiku'].map((word) => newestModel(word, names)), ['claude-opus-4-10', 'claude-sonnet-5', undefined]);
  });
});

describe('Agents of this person', () => {
  let home: Home;
  let kernel: Kernel;
  let folder = '';
  let config = '';
  let shop = '';
  let nowMs = 1_000_000;
  let said: string[] = [];
  before(async () => {
    home = await createHome();
    kernel = await home.open();
  });
  after(() => home.remove());
  beforeEach(async () => {
    said = [];
    folder = await mkdtemp(join(tmpdir(), 'pith-agents-'));
    [config, shop] = [join(folder, 'config'), join(folder, 'shop')];
    await mkdir(join(config, 'agents'), { recursive: true });
    await mkdir(join(shop, '.claude', 'agents'), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = async (): Promise<AgentRegistry> => new AgentRegistry({ config, database: await (await kernel.service('balancer')).database(), now: () => nowMs, log: (line) => said.push(line), newestOf: (word) => (word === 'opus' ? 'claude-opus-9' : undefined), home: '/home/nobody' });
  const recognise = (registry: AgentRegistry, system: string, own: Record<string, string> = {}): AgentFacts | undefined => registry.recognise({ system: () => system, own, model: 'claude-x' });
  const write = (path: string, text: string): Promise<void> => writeFile(path, text);

  it('are recognised by their prompt, and asked of the model that their file names', async () => {
    await write(join(config, 'agents', 'a.md'), file('reviewer', PROMPT, 'model: opus\n'));
    const registry = await open();

    assert.deepEqual(recognise(registry, `You are a program.\n${PROMPT}\nThe date is …`), { agent: 'reviewer', model: 'claude-opus-9' });
    assert.deepEqual(recognise(registry, 'Something else'), {});
  });

  it('that name no model get the one that is said for all of them, as it is at that moment', async () => {
    await write(join(config, 'agents', 'a.md'), file('reviewer', PROMPT));
    let model: string | undefined;
    const registry = new AgentRegistry({ config, database: await (await kernel.service('balancer')).database(), now: () => nowMs, defaultModel: () => model, home: '/home/nobody' });

    const before = recognise(registry, PROMPT);
    model = 'claude-for-all';
    const said = recognise(registry, PROMPT);
    await registry.prefer('reviewer', 'claude-own');

    assert.deepEqual([before, said, recognise(registry, PROMPT)].map((facts) => facts?.model), [undefined, 'claude-for-all', 'claude-own']);
  });

  it('are named by pith’s own header, known or not', async () => {
    await write(join(config, 'agents', 'a.md'), file('reviewer', PROMPT, 'model: claude-one\n'));
    const registry = await open();

    assert.deepEqual(recognise(registry, '', { agent: 'reviewer', project: 'p' }), { agent: 'reviewer', project: 'p', model: 'claude-one' });
    assert.deepEqual(recognise(registry, PROMPT, { agent: 'other' }), { agent: 'other' });
  });

  it('of a workspace count where a request names it, and their wish for a model is none before a person says so', async () => {
    await write(join(shop, '.claude', 'agents', 'a.md'), file('clerk', PROMPT, 'model: claude-dear\n'));
    const registry = await open();

    const before = recognise(registry, PROMPT);
    const named = recognise(registry, `Contents of ${shop}/CLAUDE.md\n${PROMPT}`);
    await registry.prefer('shop:clerk', 'claude-cheap');
    const preferred = recognise(registry, `Contents of ${shop}/CLAUDE.md\n${PROMPT}`);
    const elsewhere = recognise(registry, PROMPT);

    assert.deepEqual([before, named, elsewhere], [{}, { agent: 'shop:clerk', project: shop }, {}]);
    assert.deepEqual(preferred, { agent: 'shop:clerk', project: shop, model: 'claude-cheap' });
    await registry.close();
    assert.deepEqual((await open()).workspaces, [shop]);
  });

  it('of two workspaces with one name are told apart', async () => {
    const other = join(folder, 'other', 'shop');
    await mkdir(join(other, '.agents'), { recursive: true });
    await write(join(other, '.agents', 'a.md'), file('clerk', PROMPT));
    await write(join(shop, '.claude', 'agents', 'a.md'), file('clerk', PROMPT));
    const registry = await open();

    const ids = [shop, other].map((path) => recognise(registry, `${path}/CLAUDE.md ${PROMPT}`)?.agent);

    assert.equal(ids[0], 'shop:clerk');
    assert.match(ids[1]!, /^shop-[\da-f]{6}:clerk$/);
    await registry.close();
  });

  it('are registered only where a folder is there', async () => {
    const registry = await open();
    recognise(registry, `${folder}/nothing/CLAUDE.md "/dev/null/CLAUDE.md"`);

    assert.deepEqual(registry.workspaces, []);
  });

  it('are read again when a file has changed, after half a minute', async () => {
    const path = join(config, 'agents', 'a.md');
    await write(path, file('old'));
    const registry = await open();
    assert.equal(recognise(registry, PROMPT)?.agent, 'old');
    await write(path, file('new-one'));
    await utimes(path, 1, 1);
    assert.equal(recognise(registry, PROMPT)?.agent, 'old');
    nowMs += 30_001;

    assert.equal(recognise(registry, PROMPT)?.agent, 'new-one');
  });

  it('leave out what is no agent, and name it once', async () => {
    const outside = join(folder, 'secret.md');
    await write(outside, file('secret'));
    await symlink(outside, join(config, 'agents', 'link.md'));
    await write(join(config, 'agents', 'bad.md'), 'no front matter');
    await write(join(config, 'agents', 'large.md'), `${file('large')}${'x'.repeat(300_000)}`);
    await write(join(config, 'agents', 'short.md'), file('short', 'Hi'));
    await mkdir(join(config, 'agents', 'folder.md'));
    const registry = await open();
    recognise(registry, '');
    nowMs += 30_001;
    recognise(registry, '');

    assert.deepEqual(registry.agents, []);
    assert.deepEqual(said.map((line) => line.slice(join(config, 'agents').length + 1)), [
      'bad.md does not begin with a line of ---, so it says no name', 'folder.md is a folder, not a file', 'large.md is larger than 256 KiB (293.1 KiB)',
      'link.md leads out of the folders that may be read', 'short.md has a prompt of fewer than 40 characters, which no request could be told by',
    ]);
  });

  it('keep preferences for this person alone, also where many change them at once', async () => {
    const registries = await Promise.all([open(), open()]);
    await Promise.all(Array.from({ length: 10 }, (_, index) => registries[index % 2]!.prefer(`agent-${index}`, 'claude-x')));
    nowMs += 1000;

    assert.equal(Object.keys((JSON.parse(await readFile(choicesFile(config), 'utf8')) as { preferences: object }).preferences).length, 10);
    assert.equal((await stat(choicesFile(config))).mode & 0o777, 0o600);
    assert.equal(registries[0]!.preferenceOf('agent-9'), 'claude-x');
    assert.equal(registries[0]!.preferenceOf('toString'), undefined);
  });

  it('keep a damaged file aside instead of writing over it', async () => {
    await write(choicesFile(config), '{ half');
    const registry = await open();
    await registry.prefer(['a', 'b'], 'claude-x');
    assert.deepEqual(['a', 'b', 'c'].map((id) => registry.preferenceOf(id)), ['claude-x', 'claude-x', undefined]);

    assert.equal(await readFile(`${choicesFile(config)}.damaged`, 'utf8'), '{ half');
    assert.equal(registry.preferenceOf('a'), 'claude-x');
  });

  it('change nothing of a request but its model', async () => {
    await write(join(config, 'agents', 'a.md'), file('reviewer', PROMPT));
    const registry = await open();
    await registry.prefer('reviewer', 'claude-other');
    const proxy = await testProxy({ agents: registry, accounts: ['key-one', { key: 'key-chat', family: 'openai' }] });
    const system = JSON.stringify(`A program.\n${PROMPT}`).replace('“no”', '\\u201cno\\u201d');
    const blocks = `{ "x":1.0,"system":[{"type":"text","text":"A"},{"text":${system},"type":"text","cache_control":{"type":"ephemeral"}}],"model" : "claude-x","big":12345678901234567890,"messages":[]}`;
    const chat = `{"messages":[{"role":"developer","content":"A"},{"role":"system","content":${system}},{"role":"user","content":"Hi"}],"model":"gpt-x"}`;

    await ask(proxy, { body: blocks });
    await ask(proxy, { path: '/v1/chat/completions', body: chat });
    await proxy.close();

    assert.deepEqual(proxy.upstream.requests.map(({ body }) => body.toString()), [blocks.replace('claude-x', 'claude-other'), chat.replace('gpt-x', 'claude-other')]);
    assert.deepEqual(proxy.rows.map(({ agent, askedModel, sentModel }) => [agent, askedModel, sentModel]), [['reviewer', 'claude-x', 'claude-other'], ['reviewer', 'gpt-x', 'claude-other']]);
  });

  it('are recognised in long requests, wherever the prompt stands', async () => {
    await write(join(config, 'agents', 'a.md'), file('reviewer', PROMPT));
    const registry = await open();
    const proxy = await testProxy({ agents: registry, accounts: ['key-one', { key: 'key-chat', family: 'openai' }] });
    const [filler, messages] = ['word '.repeat(20_000), [{ role: 'user', content: 'Hi' }]];
    await ask(proxy, { body: { model: 'm', system: `${filler}${PROMPT}`, messages } });
    await ask(proxy, { body: { model: 'm', messages: [{ role: 'user', content: filler }], system: PROMPT } });
    await ask(proxy, { path: '/v1/chat/completions', body: { model: 'm', messages: [{ role: 'system', content: `${filler}${PROMPT}` }, ...messages] } });
    await ask(proxy, { path: '/v1/responses', body: { model: 'm', input: filler, instructions: PROMPT } });
    await proxy.close();

    assert.deepEqual(proxy.rows.map(({ agent }) => agent), ['reviewer', 'reviewer', 'reviewer', 'reviewer']);
  });

  it('are recognised in a folder that the user’s first message names', async () => {
    await write(join(shop, '.claude', 'agents', 'a.md'), file('clerk', PROMPT));
    const registry = await open();
    const proxy = await testProxy({ agents: registry });
    await ask(proxy, { body: { model: 'claude-x', system: PROMPT, messages: [{ role: 'user', content: [{ type: 'text', text: `Contents of ${shop}/CLAUDE.md` }] }] } });
    await proxy.close();
    await registry.close();

    assert.deepEqual(proxy.rows.map(({ agent, project }) => [agent, project]), [['shop:clerk', shop]]);
  });

  it('are not read where their folder may not be', async () => {
    await write(join(config, 'agents', 'a.md'), file('reviewer'));
    await chmod(join(config, 'agents'), 0o000);
    const registry = await open();
    const known = process.getuid?.() === 0 ? 1 : 0; // Root may read everything.

    assert.equal(registry.agents.length, known);
    await chmod(join(config, 'agents'), 0o700);
  });

  it('are listed, preferred and forgotten by commands', async () => {
    const own = join(kernel.paths.config, 'agents');
    await mkdir(own, { recursive: true });
    await write(join(own, 'a.md'), file('reviewer', PROMPT, 'model: claude-file\n'));
    await write(join(own, 'bad.md'), 'x');

    const listed = await runCommand(ProxyAgentsList, [], home.open);
    const preferred = await runCommand(ProxyAgentsPrefer, ['reviewer', 'gpt-5'], home.open);
    const after = await runCommand(ProxyAgents, [], home.open);
    const forgotten = await runCommand(ProxyAgentsForget, ['reviewer'], home.open);
    const wrong = await runCommand(ProxyAgentsPrefer, ['reviewr', 'gpt-5'], home.open);
    const bad = await runCommand(ProxyAgentsPrefer, ['reviewer', 'gpt 5'], home.open);

    assert.match(listed.out, /reviewer +claude-file .* Use this when: code changed/);
    assert.match(listed.err, /bad\.md does not begin/);
    assert.equal(preferred.out, 'Requests of reviewer ask for gpt-5 from now on.\n');
    assert.match(after.out, /reviewer +gpt-5 \(preferred\)/);
    assert.equal(forgotten.out, 'gpt-5 is no longer preferred for reviewer.\n');
    assert.deepEqual([wrong.error?.code, wrong.error?.hint, bad.error?.code], ['AGENT_NOT_FOUND', 'Did you mean reviewer?', 'AGENT_MODEL_REFUSED']);
  });
});
