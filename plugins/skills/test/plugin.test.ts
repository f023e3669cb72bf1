import assert from 'node:assert/strict';
import { mkdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { createKernel, deny, definePlugin, type ModelRequest, type PluginDefinition, replaySitting, type SessionOptions, STAGE, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel, type ScriptStep, type TestKernel } from '@pith/kernel/testing';
import { tapeRecorder } from '../../../test/support/long-session.ts';
import context from '../../context/src/index.ts';
import permissions from '../../permissions/src/index.ts';
import { skills } from '../src/index.ts';
import { createGround, type Ground } from './start-skills.ts';

const load = (input: object, text = ''): ScriptStep => ({ text, calls: [{ name: 'skill', input }] });

describe('the plugin skills', () => {
  let ground: Ground;
  let started: TestKernel | undefined;
  beforeEach(async () => { ground = await createGround(); });
  afterEach(async () => {
    await started?.close();
    started = undefined;
    await ground.remove();
  });

  const start = async (steps: readonly ScriptStep[], { plugins = [allowAll], options = {}, session = {} }: { plugins?: readonly PluginDefinition[]; options?: object; session?: Partial<SessionOptions> } = {}) => {
    const model = testModel(steps);
    started = await createTestKernel({ plugins: [model.plugin, skills(ground.managed), ...plugins], options: { skills: options }, env: ground.env, folder: ground.project, session });
    return { ...started, requests: model.requests };
  };
  const sectionOf = ({ system }: ModelRequest) => system.find(({ id }) => id === 'skills');
  const results = (events: readonly TurnEvent[]) => events.flatMap((event) => (event.type === 'tool-end' ? [{ status: event.status, text: event.content.map((block) => (block.type === 'text' ? block.text : '')).join(), content: event.content, code: event.error?.code }] : []));
  const notices = (events: readonly TurnEvent[]) => events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));

  it('loads alone', async () => {
    const { kernel } = await start([]);

    assert.deepEqual(kernel.plugins.map(({ name, state }) => [name, state])[1], ['skills', 'active']);
  });

  it('lists skills in one stable section, once, and offers the tool', async () => {
    await ground.skill('project/.claude/skills', 'pdf', { description: 'Fills forms.' });
    const { session, requests } = await start([load({ name: 'pdf' }), 'one']);
    await session.runTurn({ text: 'a' });
    await session.runTurn({ text: 'b' });

    const sections = requests.map(sectionOf);
    assert.match(sections[0]!.text, /^Skills: .*\n- pdf: Fills forms\.$/);
    assert.deepEqual([sections[0]!.owner, sections[0]!.stability], ['skills', 'stable']);
    assert.ok(sections.length === 3 && sections.every((section) => section === sections[0]));
    assert.deepEqual(requests.map(({ tools }) => tools.map(({ name }) => name)), [['skill'], ['skill'], ['skill']]);
  });

  it('stands behind the identity and in front of what others add', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    const other = definePlugin({ name: 'aaa', setup({ hooks }) { hooks.context.tap({ name: 'other', stage: STAGE.early }, (request) => ({ ...request, system: [...request.system, { id: 'other', owner: 'aaa', stability: 'stable', text: 'x' }] })); } });
    const { session, requests } = await start([], { plugins: [allowAll, context, other] });
    await session.runTurn({ text: 'a' });

    const owners = requests[0]!.system.map(({ owner }) => owner);
    assert.ok(owners.indexOf('skills') === owners.lastIndexOf('context') + 1, owners.join());
  });

  it('where there are no skills, says nothing and offers nothing', async () => {
    const { session, requests, events } = await start([]);
    await session.runTurn({ text: 'a' });
    await session.runTurn({ text: 'b' });

    assert.deepEqual(requests.map(({ tools, system }) => [tools, system]), [[[], []], [[], []]]);
    assert.equal(requests[0]!.tools, requests[1]!.tools);
    assert.deepEqual(notices(events), []);
  });

  it('loads a skill as a pinned block: its text, its folder, what is beside it, arguments filled in', async () => {
    await ground.skill('project/.claude/skills', 'pdf', { body: 'Fill $1 with ${CLAUDE_SKILL_DIR}/scripts/fill.py. \\$5.' });
    await ground.write('project/.claude/skills/pdf/scripts/fill.py', 'print(1)');
    await ground.write('project/.claude/skills/pdf/references/forms.md', 'All forms.');
    const { session, events } = await start([load({ name: 'pdf', arguments: 'a.pdf now' })]);
    await session.runTurn({ text: 'go' });

    const folder = join(ground.project, '.claude/skills/pdf');
    assert.deepEqual(results(events)[0]!.content, [{
      type: 'text', label: { owner: 'skills', name: 'skill pdf', pinned: true },
      text: `Skill pdf, in the folder ${folder}. Beside it: references/forms.md, scripts/fill.py.\n\nFill a.pdf with ${folder}/scripts/fill.py. $5.`,
    }]);
  });

  it('says that a skill is loaded already instead of saying all of it again, until it changes', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    const { session, events } = await start([load({ name: 'pdf' }), load({ name: 'pdf' }), 'done', load({ name: 'pdf' })]);
    await session.runTurn({ text: 'go' });
    await ground.skill('project/.claude/skills', 'pdf', { body: 'Do it otherwise.' });
    await session.runTurn({ text: 'again' });

    const [first, second, third] = results(events).map(({ text }) => text);
    assert.match(first!, /Do pdf\.$/);
    assert.equal(second, 'The skill pdf is loaded already, with just this content: see above.');
    assert.match(third!, /Do it otherwise\.$/);
  });

  it('cuts a long skill at a line, and says where the rest begins', async () => {
    await ground.skill('project/.claude/skills', 'long', { body: Array.from({ length: 1000 }, (_, index) => `line ${index + 1}`).join('\n') });
    const { session, events } = await start([load({ name: 'long' })], { options: { bodyTokens: 100 } });
    await session.runTurn({ text: 'go' });

    const { text } = results(events)[0]!;
    assert.match(text, /line 51\n\n\[Cut here\. The rest begins in line 56 of .*SKILL\.md\.\]$/);
  });

  it('gives a file of a skill, and none outside of it', async () => {
    await ground.skill('home/.claude/skills', 'pdf');
    await ground.write('home/.claude/skills/pdf/references/forms.md', 'All forms.');
    await ground.write('home/secret.txt', 'the secret');
    await ground.link('home/.claude/skills/pdf/link.txt', '../../../secret.txt');
    const giant = await ground.write('home/.claude/skills/pdf/giant.txt', '');
    await truncate(giant, 2 * 1024 ** 3);
    const files = ['references/forms.md', '../../../secret.txt', 'link.txt', '/etc/passwd', 'none.md', 'giant.txt', 'references'];
    const { session, events } = await start([{ calls: files.map((file) => ({ name: 'skill', input: { name: 'pdf', file } })) }], { plugins: [permissions] });
    await session.runTurn({ text: 'go' });

    const [read, ...others] = results(events).sort((a, b) => Number(a.status !== 'done') - Number(b.status !== 'done'));
    assert.equal(read?.text, 'All forms.');
    assert.equal(others.length, files.length - 1);
    for (const { status, text } of others) assert.ok(status === 'error' && / of the skill pdf cannot be read: (it leads out of its skill|it is not there|it is larger than 1 MiB|it is a folder)/.test(text), text);
  });

  it('opens nothing beside the file that a SKILL.md links to', async () => {
    await ground.write('home/notes/idea.md', '---\nname: idea\ndescription: x\n---\nThe idea.');
    await ground.write('home/notes/secret.md', 'the secret');
    await ground.link('home/.claude/skills/idea/SKILL.md', '../../../notes/idea.md');
    const { session, events } = await start([load({ name: 'idea' }), load({ name: 'idea', file: 'secret.md' })], { plugins: [permissions] });
    await session.runTurn({ text: 'go' });

    const [loaded, beside] = results(events);
    assert.match(loaded!.text, /\/home\/\.claude\/skills\/idea\.\n\nThe idea\.$/);
    assert.match(beside!.text, /^secret\.md of the skill idea cannot be read: it is not there/);
  });

  it('of the project around the working folder are read without a question, and nothing that they lead to elsewhere', async () => {
    await ground.skill('project/.claude/skills', 'above');
    await ground.write('project/.claude/skills/above/more.md', 'More.');
    await ground.write('project/.env', 'KEY=1');
    await ground.write('project/SKILL.md', '---\nname: sly\ndescription: x\n---\nAll of it.');
    await ground.link('project/.claude/skills/sly', '../..');
    await ground.link('project/.agents/skills', '..');
    await ground.link('project/here', '.');
    const cwd = join(ground.project, 'sub');
    await mkdir(cwd);
    const inputs = [{ name: 'above' }, { name: 'above', file: 'more.md' }, { name: 'sly', file: '.env' }, { name: 'here', file: '.env' }];
    const model = testModel([{ calls: inputs.map((input) => ({ name: 'skill', input })) }]);
    started = await createTestKernel({ plugins: [model.plugin, skills(ground.managed), permissions], env: ground.env, folder: cwd });
    await started.session.runTurn({ text: 'go' });

    const byInput = started.events.flatMap((event) => (event.type === 'tool-end' ? [[event.index, event.status] as const] : [])).sort(([a], [b]) => a! - b!);
    assert.deepEqual(byInput.map(([, status]) => status), ['done', 'done', 'refused', 'refused']);
    assert.doesNotMatch(JSON.stringify(model.requests), /KEY=1/);
  });

  it('says what there is in the place of a skill that there is not', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    await ground.skill('project/.claude/skills', 'deploy', { front: 'disable-model-invocation: true\n' });
    const { session, events, requests } = await start([{ calls: ['pfd', 'zzzz', '../../etc', 'deploy'].map((name) => ({ name: 'skill', input: { name } })) }]);
    await session.runTurn({ text: 'go' });

    assert.deepEqual(results(events).map(({ text, code }) => [code, text]).sort(), [
      ['SKILL_UNKNOWN', 'The skill deploy is for people to call, as /deploy, and not for a model. Say that the user may type it.'],
      ['SKILL_UNKNOWN', 'There is no skill "../../etc". There are: pdf'],
      ['SKILL_UNKNOWN', 'There is no skill "pfd". Did you mean pdf?'],
      ['SKILL_UNKNOWN', 'There is no skill "zzzz". There are: pdf'],
    ]);
    assert.doesNotMatch(sectionOf(requests[0]!)!.text, /deploy/);
  });

  it('runs nothing of what a skill says when a model loads it', async () => {
    await ground.skill('project/.claude/skills', 'sly', { body: 'State: !`touch stolen`, @../home/secret', front: 'allowed-tools: Bash(touch:*)\n' });
    const bash: string[] = [];
    const tools = definePlugin({ name: 'tools', tools: ['bash', 'read'].map((name) => ({ name, description: '', effect: 'exec' as const, inputSchema: {}, execute: async () => { bash.push(name); return ''; } })) });
    const { session, events } = await start([load({ name: 'sly' })], { plugins: [allowAll, tools] });
    await session.runTurn({ text: 'go' });

    assert.deepEqual(bash, []);
    assert.match(results(events)[0]!.text, /State: !`touch stolen`, @\.\.\/home\/secret\n\n\[What stands in !`…` was not run/);
  });

  describe('with the plugin permissions', () => {
    const call = async (policy: object, { layer = 'project', mode = 'default' as const } = {}) => {
      await ground.skill(layer === 'user' ? 'home/.claude/skills' : 'project/.claude/skills', 'pdf', { front: 'allowed-tools: "*"\n' });
      const model = testModel([load({ name: 'pdf' })]);
      started = await createTestKernel({ plugins: [model.plugin, skills(ground.managed), permissions], options: { permissions: policy }, env: ground.env, folder: ground.project, session: { mode } });
      await started.session.runTurn({ text: 'go' });
      return results(started.events)[0]!;
    };

    it('a skill of the project is read as any file', async () => assert.equal((await call({})).status, 'done'));
    it('one’s own is read, though it lies outside', async () => assert.equal((await call({}, { layer: 'user' })).status, 'done'));
    it('a rule that denies reading it holds for one of the project', async () => assert.deepEqual([(await call({ deny: ['Read(.claude/**)'] })).status], ['refused']));
    it('a rule that denies reading it holds for one’s own', async () => {
      const { status, text } = await call({ deny: ['Read(~/.claude/skills/**)'] }, { layer: 'user' });
      assert.ok(status === 'error' && /A rule denies reading the skill pdf/.test(text), text);
    });
    it('a rule that denies the tool holds', async () => {
      assert.equal((await call({ deny: ['skill'] }, { layer: 'user' })).status, 'refused');
    });
    it('a rule that asks about it asks', async () => assert.equal((await call({ ask: ['Read(.claude/**)'] })).status, 'refused'));
  });

  it('tells at the tail which skills have come, changed and gone, once, and keeps the prefix', async () => {
    await ground.skill('project/.claude/skills', 'stays');
    await ground.skill('project/.claude/skills', 'changes');
    const goes = await ground.skill('project/.claude/skills', 'goes');
    const { session, requests, events } = await start([]);
    await session.runTurn({ text: 'one' });
    await ground.skill('project/.claude/skills', 'comes', { description: 'New here.' });
    await ground.skill('project/.claude/skills', 'changes', { body: 'Something else.', description: 'Changed.' });
    await rm(goes);
    await session.runTurn({ text: 'two' });
    await session.runTurn({ text: 'three' });

    assert.deepEqual(requests[1]!.messages.at(-1)!.content, [
      { type: 'text', text: 'two' },
      { type: 'text', label: { owner: 'skills', name: 'changed skills', pinned: true }, text: 'New skills:\n- comes: New here.\nChanged since they were listed, so load them again where they matter:\n- changes: Changed.\nNo longer there: goes' },
    ]);
    assert.deepEqual(requests[2]!.messages.at(-1)!.content, [{ type: 'text', text: 'three' }]);
    assert.deepEqual(events.flatMap((event) => (event.type === 'context-ready' ? [event.prefix.kept] : [])), [true, true, true]);
  });

  it('tells again what has changed once the conversation was cleared', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    const clear = definePlugin({ name: 'clear', setup({ hooks }) { hooks.input.tap({ name: 'clear', stage: STAGE.early }, async (input, turn) => { if (input.text === 'clear') await turn.setHistory([], { reason: 'clear' }); return undefined; }); } });
    const { session, requests } = await start([], { plugins: [allowAll, clear] });
    await session.runTurn({ text: 'one' });
    await ground.skill('project/.claude/skills', 'comes');
    for (const text of ['two', 'three', 'clear', 'four']) await session.runTurn({ text });

    const blocks = requests.map(({ messages }) => messages.at(-1)!.content.length);
    assert.deepEqual(blocks, [1, 2, 1, 2, 1]);
    assert.match(JSON.stringify(requests[3]!.messages), /New skills:\\n- comes/);
  });

  it('tells all that is not as listed each time, so that one such block is enough, and says when all is as listed again', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    const { session, requests } = await start([]);
    const told = async (): Promise<string[]> => {
      await session.runTurn({ text: 'go on' });
      return requests.at(-1)!.messages.at(-1)!.content.slice(1).map((block) => (block.type === 'text' ? block.text : ''));
    };
    const first = await told();
    const one = await ground.skill('project/.claude/skills', 'one');
    const second = await told();
    const two = await ground.skill('project/.claude/skills', 'two');
    const third = await told();
    for (const file of [one, two]) await rm(file);
    const fourth = await told();

    const listed = ['one', 'two'].map((name) => `- ${name}: What ${name} is for.`);
    assert.deepEqual([first, second, third, fourth, await told()], [[], [`New skills:\n${listed[0]}`], [`New skills:\n${listed.join('\n')}`], ['The skills are by now as they are listed at the begin.'], []]);
  });

  it('contradicts in a session that goes on elsewhere what was told of changes before, since the list is made anew', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    const first = await start([]);
    await first.session.runTurn({ text: 'one' });
    const comes = await ground.skill('project/.claude/skills', 'comes');
    await first.session.runTurn({ text: 'two' });
    const history = [...first.session.messages];
    await started!.close();
    await rm(comes);
    const { session, requests } = await start([], { session: { history } });
    for (const text of ['three', 'four']) await session.runTurn({ text });

    assert.deepEqual(requests.map(({ messages }) => messages.at(-1)!.content.slice(1).map((block) => (block.type === 'text' ? block.text : ''))), [['The skills are by now as they are listed at the begin.'], []]);
  });

  it('looks again where the first turn was stopped while it looked', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    const { session, requests } = await start([]);
    const stop = new AbortController();
    const stopped = session.runTurn({ text: 'one' }, { signal: stop.signal });
    stop.abort();
    await stopped;
    await session.runTurn({ text: 'two' });

    assert.match(sectionOf(requests.at(-1)!)!.text, /- pdf: /);
  });

  it('names the file of a skill that comes where there was none, since the tool was not offered', async () => {
    const { session, requests } = await start([]);
    await session.runTurn({ text: 'one' });
    const file = await ground.skill('project/.claude/skills', 'comes', { description: 'New here.' });
    await session.runTurn({ text: 'two' });

    assert.deepEqual(requests[1]!.messages.at(-1)!.content[1], { type: 'text', label: { owner: 'skills', name: 'changed skills', pinned: true }, text: `New skills:\n- comes: New here. (read ${file})` });
    assert.equal(requests[1]!.tools, requests[0]!.tools);
  });

  it('says of each broken skill one line, once, and the turn goes on', async () => {
    await ground.skill('project/.claude/skills', 'good');
    await ground.write('project/.claude/skills/bad/SKILL.md', '---\nname: bad\ndescription: Use: when\n---\n');
    await ground.skill('project/.claude/skills', 'other', { front: 'colour: red\n' });
    const { session, events, requests } = await start([]);
    const { status } = await session.runTurn({ text: 'one' });
    await session.runTurn({ text: 'two' });

    assert.equal(status, 'done');
    assert.deepEqual(notices(events), ['Skill left out: .claude/skills/bad/SKILL.md:3: its front matter is not YAML: Nested mappings are not allowed in compact mappings; a value with a colon belongs into quotes']);
    assert.match(sectionOf(requests[0]!)!.text, /- good: .*\n- other: /);
  });

  it('says ten broken skills one by one, and how many more there are', async () => {
    for (let index = 10; index < 40; index++) await ground.write(`project/.claude/skills/s${index}/SKILL.md`, 'nothing');
    const { session, events } = await start([]);
    await session.runTurn({ text: 'one' });

    assert.equal(notices(events).length, 11);
    assert.equal(notices(events).at(-1), '20 more of the kind; see all with: pith skills list');
  });

  it('says which skill is hidden by which', async () => {
    await ground.skill('project/.claude/skills', 'pdf', { body: 'theirs' });
    await ground.skill('home/.claude/skills', 'pdf', { body: 'mine' });
    const { session, events } = await start([]);
    await session.runTurn({ text: 'one' });

    assert.deepEqual(notices(events), [`The skill pdf of .claude/skills/pdf/SKILL.md is hidden by that of ${join(ground.home, '.claude/skills/pdf/SKILL.md')}`]);
  });

  it('says when names do not fit into the list', async () => {
    for (let index = 0; index < 40; index++) await ground.skill('project/.claude/skills', `skill-with-a-rather-long-name-${index}`);
    const { session, events } = await start([], { options: { listTokens: 100 } });
    await session.runTurn({ text: 'one' });

    assert.match(notices(events).join(), /^\d+ of 40 skills do not fit into the list for the model; take out what is not needed, or raise listTokens under plugins\.skills in the settings$/);
  });

  it('leaves the list out where the settings say so, and loads all the same', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    const { session, requests, events } = await start([load({ name: 'pdf' })], { options: { listTokens: 0 } });
    await session.runTurn({ text: 'one' });

    assert.equal(sectionOf(requests[0]!), undefined);
    assert.equal(results(events)[0]!.status, 'done');
  });

  it('says which options there are', async () => {
    const { kernel } = await start([], { options: { listTokens: -1 } });

    assert.match(kernel.plugins.find(({ name }) => name === 'skills')?.error?.message ?? '', /listTokens/);
  });

  it('tells sub-turns of the skills, too, and of changes only whoever was told of them', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    const agent = definePlugin({ name: 'agent', tools: [{ name: 'agent', description: '', effect: 'agent', inputSchema: {}, targets: () => [{ family: 'Agent', name: 'sub' }], execute: async (_input, { turn }) => { await ground.skill('project/.claude/skills', 'comes'); return (await turn.runSubTurn({ name: 'sub', text: 'sub task' })).text; } }] });
    const { session, requests } = await start([{ calls: [{ name: 'agent' }] }], { plugins: [allowAll, agent] });
    await session.runTurn({ text: 'go' });

    assert.equal(requests.length, 3);
    assert.ok(requests.every((request) => sectionOf(request) === sectionOf(requests[0]!)));
    assert.deepEqual(requests[1]!.messages.at(-1)!.content, [{ type: 'text', text: 'sub task' }]);
  });

  it('gives a replay the skills of then', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    await ground.write('project/.claude/skills/bad/SKILL.md', 'nothing');
    const tape = tapeRecorder();
    const { session } = await start([load({ name: 'pdf' }), 'one', 'two'], { plugins: [allowAll, tape.plugin] });
    await session.runTurn({ text: 'one' });
    await ground.skill('project/.claude/skills', 'comes');
    await session.runTurn({ text: 'two' });
    await started!.close();
    started = undefined;
    await ground.remove();
    const kernel = await createKernel({ plugins: [testModel([]).plugin, skills(ground.managed), allowAll, tapeRecorder().plugin], env: ground.env });
    const { difference } = await replaySitting(kernel, tape.sitting());
    await kernel.close();

    assert.equal(difference, null, JSON.stringify(difference));
  });

  it('is refused by whoever guards', async () => {
    await ground.skill('project/.claude/skills', 'pdf');
    const guard = definePlugin({ name: 'guard', setup({ hooks }) { hooks.permission.tap('no', ({ targets }) => deny(JSON.stringify(targets))); } });
    const { session, events } = await start([load({ name: 'pdf' })], { plugins: [guard] });
    await session.runTurn({ text: 'go' });

    assert.match(results(events)[0]!.text, /\[\{"family":"Read","path":".*\/project\/\.claude\/skills\/pdf\/SKILL\.md"\}\]/);
  });
});
