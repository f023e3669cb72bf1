import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'mocha';
import { conversation, createPlace, jsonLines, type Place } from '../../../test/support/pith.ts';

const skill = (name: string, more = ''): string => `---\nname: ${name}\ndescription: What ${name} is for.\n${more}---\nDo $ARGUMENTS with care.\n`;

describe('pith skills', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace({ isWarm: true });
    await place.write('.agents/skills/pdf/SKILL.md', skill('pdf', 'allowed-tools: Bash(rm:*)\n'));
    await place.write('.agents/skills/pdf/references/forms.md', 'Forms.');
  });
  afterEach(() => place.remove());

  it('list tells name, tokens, place and purpose, and what cannot be used, for people and for programs', async () => {
    await place.write('.claude/skills/bad/SKILL.md', '---\nname: bad\n---\n');
    const text = await place.pith(['skills', 'list']);
    const json = await place.pith(['skills', 'list', '--json']);

    assert.deepEqual([text.code, text.stdout], [0, 'SKILL  TOKENS  FROM                WHAT FOR\npdf         7  .agents/skills/pdf  What pdf is for.\n']);
    assert.match(text.stderr, /^! \.claude\/skills\/bad\/SKILL\.md:1: it has no description; write in a sentence what it does and when it is of use/);
    const { skills, problems } = JSON.parse(json.stdout) as { skills: { name: string; source: string; tokens: number; calledBy: string }[]; problems: { line: number }[] };
    assert.deepEqual(skills.map(({ name, source, tokens, calledBy }) => [name, source, tokens, calledBy]), [['pdf', 'project', 7, 'model and people']]);
    assert.deepEqual(problems.map(({ line }) => line), [1]);
  });

  it('list stands as a block for each skill where the screen is narrow', async () => {
    const { stdout } = await place.pith(['skills', 'list'], { env: { COLUMNS: '36' } });

    assert.equal(stdout, 'pdf\n  TOKENS    7\n  FROM      .agents/skills/pdf\n  WHAT FOR  What pdf is for.\n');
  });

  it('show prints what a model gets, and which keys have no effect', async () => {
    const { code, stdout, stderr } = await place.pith(['skills', 'show', 'pdf', 'a form']);
    const unknown = await place.pith(['skills', 'show', 'pfd']);
    await place.write('.agents/skills/bad/SKILL.md', '---\nname: bad\n---\n');
    const broken = await place.pith(['skills', 'show', 'bad']);

    assert.equal(code, 0);
    assert.equal(stdout, `Skill pdf, in the folder ${place.folder}/.agents/skills/pdf. Beside it: references/forms.md.\n\nDo a form with care.\n`);
    assert.equal(stderr, 'Without effect here: allowed-tools\n');
    assert.deepEqual([unknown.code, broken.code], [2, 2]);
    assert.match(broken.stderr, /The skill cannot be used: \.agents\/skills\/bad\/SKILL\.md:1: it has no description/);
    assert.match(unknown.stderr, /There is no skill "pfd" here\..*Did you mean pdf\?/s);
  });

  it('check ends with 2 where there is a mistake, with file and line', async () => {
    const good = await place.pith(['skills', 'check']);
    await place.write('.agents/skills/pdf/SKILL.md', skill('pdfs', 'licence: MIT\n').replace('with care', 'as [forms](references/form.md) says'));
    await place.write('.pith/commands/bad.md', '---\ndescription: a: b\n---\n');

    const bad = await place.pith(['skills', 'check']);
    const one = await place.pith(['skills', 'check', '.agents/skills/pdf', '--json']);
    const gone = await place.pith(['skills', 'check', 'nowhere']);

    assert.deepEqual([good.code, good.stdout], [0, '.agents/skills/pdf/SKILL.md: allowed-tools has no effect here: what is allowed, rules decide (hint)\n1 skill is well.\n']);
    assert.equal(bad.code, 2);
    assert.deepEqual(bad.stdout.trimEnd().split('\n'), [
      '.agents/skills/pdf/SKILL.md:2: name is "pdfs" and its folder "pdf", by which it goes; both must be the same',
      '.agents/skills/pdf/SKILL.md:4: "licence" is no key of a skill; did you mean license? (hint)',
      '.agents/skills/pdf/SKILL.md:6: it links to references/form.md, which is not there',
      '.pith/commands/bad.md:2: its front matter is not YAML: Nested mappings are not allowed in compact mappings; a value with a colon belongs into quotes',
    ]);
    assert.deepEqual([one.code, (JSON.parse(one.stdout) as { problems: unknown[] }).problems.length], [2, 3]);
    assert.deepEqual([gone.code, /nowhere is not there/.test(gone.stderr)], [2, true]);
  });

  it('check looks at what is named alone, and not at a person’s own', async () => {
    await place.write('../home/.claude/skills/bad/SKILL.md', 'nothing');
    await place.write('.agents/skills/odd/SKILL.md', skill('odd').replace('with care', '[a](100%) [b](a%20b.md) [c](https://example.com/x) [d](#d) [e](%zz)'));
    await place.write('.agents/skills/odd/100%', '');
    await place.write('.agents/skills/odd/a b.md', '');

    const [all, folder, file, other] = [await place.pith(['skills', 'check']), await place.pith(['skills', 'check', '.agents/skills', '--json']), await place.pith(['skills', 'check', '.agents/skills/pdf/SKILL.md']), await place.pith(['skills', 'check', '.agents/skills/pdf/references/forms.md'])];

    assert.deepEqual([all.code, folder.code, file.code, other.code], [2, 2, 0, 2]);
    assert.deepEqual(all.stdout.split('\n').filter((line) => /: /.test(line) && !line.endsWith('(hint)')), ['.agents/skills/odd/SKILL.md:5: it links to %zz, which is not there']);
    assert.equal((JSON.parse(folder.stdout) as { files: string[] }).files.length, 2);
    assert.match(other.stderr, /forms\.md is no folder that can be looked into: .*Name a skill, a folder of skills, or a project\./s);
  });

  it('are loaded in a run, played again without their files, and of a project that nobody trusts', async () => {
    await place.write('c.json', conversation({ calls: [{ tool: 'skill', input: { name: 'pdf', arguments: 'it' } }] }, { text: 'Loaded.' }));
    const ran = await place.pith(['run', '--model', 'c.json', '--output', 'stream-json', 'fill it']);
    const events = jsonLines(ran.stdout);
    const { sessionId } = events[0] as { sessionId: string };
    await place.write('.agents/skills/pdf/SKILL.md', 'gone');

    const played = await place.pith(['replay', sessionId, '--json']);

    assert.equal(ran.code, 0, ran.stderr);
    assert.match(JSON.stringify(events.find(({ type }) => type === 'tool-end')), /Do it with care\./);
    assert.equal((JSON.parse(played.stdout) as { same: boolean }).same, true, played.stdout + played.stderr);
  });

  it('and commands that run something are shown by pith trust, and approved with it', async () => {
    await place.write('.pith/commands/state.md', 'State: !`git status`\n');
    await place.write('.pith/commands/plain.md', 'Nothing.\n');

    const { code, stdout } = await place.pith(['trust', '--yes', '--json']);

    assert.equal(code, 0);
    assert.deepEqual((JSON.parse(stdout) as { files: string[] }).files, ['.pith/commands/state.md']);
  });
});
