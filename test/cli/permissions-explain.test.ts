import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PermissionExplanation } from '@pith/kernel';
import { createPlace, type Place } from '../support/pith.ts';

describe('pith permissions explain', () => {
  let place: Place;
  let user: string;
  before(async () => {
    place = await createPlace({ isWarm: true });
    user = join(place.env['PITH_HOME']!, 'config', 'settings.json');
    await mkdir(join(place.env['PITH_HOME']!, 'config'), { recursive: true });
    await writeFile(user, '{"permissions":{\n"deny":["Bash(rm:*)", "Agent"],\n"ask":[{"rule":"Bash(git push:*)","reason":"look twice"}],\n"allow":["Bash(npm test:*)","Edit(src/**)","WebFetch(domain:example.org)","mcp__files"]}}');
  });
  after(() => place.remove());

  const explain = async (call: string, ...flags: string[]): Promise<PermissionExplanation> => {
    const { stdout, stderr, code } = await place.pith(['permissions', 'explain', call, '--json', ...flags]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as PermissionExplanation;
  };

  it('names the verdict, the rule, its file and line, and every rule that was tried for every part', async () => {
    const { call, mode, verdict, rule, source, parts, tried } = await explain('npm test && rm x');

    assert.deepEqual([call, mode, verdict, rule, source], ['Bash(npm test && rm x)', 'default', 'deny', 'Bash(rm:*)', `${user}:2`]);
    assert.deepEqual(parts.map(({ text, verdict, rule }) => [text, verdict, rule]), [['npm test', 'allow', 'Bash(npm test:*)'], ['rm x', 'deny', 'Bash(rm:*)']]);
    assert.equal(tried.length, 14);
    assert.deepEqual(tried.filter(({ matched }) => matched !== null).map(({ list, rule, source, part, why }) => [list, rule, source, part, why]), [
      ['allow', 'Bash(npm test:*)', `${user}:4`, 'npm test', 'matches (prefix)'], ['deny', 'Bash(rm:*)', `${user}:2`, 'rm x', 'matches (prefix)'],
    ]);
  });

  /** What a rule says of a call that it does not match. */
  const why = async (call: string, rule: string): Promise<string | undefined> => (await explain(call)).tried.find((each) => each.rule === rule)?.why;

  it('takes a slip in a name for none, and no text for no call', async () => {
    for (const [call, message] of [['Bahs(npm test)', /^pith: "Bahs\(npm test\)" names no call; did you mean Bash\(…\)\?\nA call is written as /], ['edit(src/a.ts)', /did you mean Edit\(…\)/], [' ', /^pith: There is no call\.\n/]] as const) {
      const { code, stderr } = await place.pith(['permissions', 'explain', call]);

      assert.match(stderr, message);
      assert.equal(code, 2);
    }
    for (const line of ['time(ls)', 'f() (ls)', 'read() (ls)', 'npm test (x)']) assert.equal((await explain(line)).call, `Bash(${line})`);
  });

  it('says why a rule does not match', async () => {
    assert.match((await why('npm test --eval x', 'Bash(npm test:*)'))!, /^begins with these words, but what follows/);
    assert.equal(await why('npm tests', 'Bash(npm test:*)'), 'other words');
    assert.equal(await why('Edit(lib/a.ts)', 'Edit(src/**)'), 'is another path');
    assert.equal(await why('Read(src/a.ts)', 'Edit(src/**)'), 'is about paths that are changed');
    assert.equal(await why('Read(src/a.ts)', 'Bash(rm:*)'), 'is about commands');
    assert.equal(await why('ls', 'Edit(src/**)'), 'the command changes no such path');
    assert.match((await why('WebFetch(https://example.org:8443/)', 'WebFetch(domain:example.org)'))!, /^is another host, or another port/);
    assert.equal(await why('ls', 'WebFetch(domain:example.org)'), 'is about addresses');
    assert.equal(await why('mcp__other__list', 'mcp__files'), 'is about another server, or another tool of it');
    assert.equal(await why('ls', 'Agent'), 'is about Agent');
  });

  for (const [call, flags, verdict, without] of [
    ['Edit(src/a.ts)', [], 'allow', 'neither mode default nor a place speaks of it'],
    ['Edit(lib/a.ts)', ['--mode', 'acceptEdits'], 'allow', 'mode acceptEdits'],
    ['Edit(lib/a.ts)', ['--mode', 'dontAsk'], 'deny', 'neither mode dontAsk nor a place speaks of it'],
    ['Edit(src/a.ts)', ['--mode', 'plan'], 'deny', 'mode plan changes nothing'],
    ['Edit(.git/config)', ['--mode', 'bypassPermissions'], 'ask', '.git is protected: git runs what its settings and hooks name'],
    ['Read(../x)', [], 'ask', '../x lies outside the working folder'],
    ['Read(../x)', ['--add-dir', '..'], 'allow', 'a read within the working folder'],
    ['git push', ['--mode', 'bypassPermissions'], 'ask', 'mode bypassPermissions'],
    ['Agent(reviewer)', ['--mode', 'bypassPermissions'], 'deny', 'mode bypassPermissions'],
    ['mcp__files__list', [], 'allow', 'neither mode default nor a place speaks of it'],
    ['ls', [], 'allow', /it only looks|only looks/],
  ] as const) {
    it(`tells of ${call} ${flags.join(' ')} that it is ${verdict}, and what mode and places say without rules`, async () => {
      const explanation = await explain(call, ...flags);

      assert.equal(explanation.verdict, verdict);
      const { reason } = explanation.withoutRules[0]!;
      if (typeof without === 'string') assert.equal(reason, without);
      else assert.match(reason, without);
    });
  }

  it('tells people the same, on narrow terminals too, and cuts nothing', async () => {
    for (const columns of [40, 120]) {
      const { stdout } = await place.pith(['permissions', 'explain', 'npm test && git push'], { env: { COLUMNS: String(columns) } });

      const flat = stdout.replaceAll(/\s+/g, ' ');
      assert.ok(stdout.split('\n').every((line) => line.length <= columns), stdout);
      assert.match(flat, /^Bash\(npm test && git push\) In mode default it asks, by the rule Bash\(git push:\*\) \[/);
      assert.match(flat, /Every rule, in the order in which they are asked: deny Bash\(rm:\*\) \[.*\] · npm test: other words · git push: other words deny Agent .* ask Bash\(git push:\*\)/);
      assert.equal(stdout.includes('…'), false);
    }
  });

  it('shows hidden characters as what they are', async () => {
    const { stdout } = await place.pith(['permissions', 'explain', 'echo \u001b[2J\u202e']);

    assert.match(stdout, /^Bash\(echo \\x1b\[2J\\u\{202e\}\)/);
    assert.equal(stdout.includes('\u001b') || stdout.includes('\u202e'), false);
  });

  it('names files that are passed over', async () => {
    await place.write('clone/.pith/settings.json', '{"permissions":{"allow":["Bash(make)"],"deny":["Bash(make x)"]}}');

    const { stdout } = await place.pith(['permissions', 'explain', 'make x', '--cwd', 'clone']);

    assert.match(stdout, /it is refused, by the rule Bash\(make x\)[^]*is passed over until you say: pith trust; rules in it that deny or ask hold/);
  });

  it('ends with 2 where a rule is wrong, a folder is none, or there is no call', async () => {
    await place.write('wrong/settings.json', '');
    const home = join(place.folder, 'wrong');
    await mkdir(join(home, 'config'));
    await writeFile(join(home, 'config', 'settings.json'), '{"permissions":{"deny":["Bash("]}}');

    assert.match((await place.pith(['permissions', 'explain', 'ls'], { env: { PITH_HOME: home } })).stderr, /settings\.json:1: the rule "Bash\("/);
    for (const args of [['ls', '--cwd', 'nowhere'], [], ['ls', '--mode', 'yolo']]) assert.equal((await place.pith(['permissions', 'explain', ...args])).code, 2, args.join(' '));
  });
});
