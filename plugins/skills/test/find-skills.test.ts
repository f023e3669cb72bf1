import assert from 'node:assert/strict';
import { chmod, mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { findSkill, findSkills } from '../src/find-skills.ts';
import { toLine } from '../src/problem.ts';
import { createGround, type Ground } from './start-skills.ts';

describe('skills', () => {
  let ground: Ground;
  beforeEach(async () => { ground = await createGround(); });
  afterEach(() => ground.remove());

  const found = async (request = ground.request) => {
    const { skills, problems, hidden } = await findSkills(request);
    return { names: skills.map(({ name }) => name), files: skills.map(({ shown }) => shown), lines: problems.map(toLine), hidden: hidden.map(({ skill, by }) => [skill.shown, by.shown]) };
  };

  it('are found in all folders for them, of the administrator, the person and the project', async () => {
    const folders = ['managed/skills', 'home/.config/pith/skills', 'home/.claude/skills', 'home/.agents/skills', 'project/.pith/skills', 'project/.claude/skills', 'project/.agents/skills'];
    for (const [index, folder] of folders.entries()) await ground.skill(folder, `s${index}`);

    const { names, lines } = await found();

    assert.deepEqual(names, folders.map((_, index) => `s${index}`));
    assert.deepEqual(lines, []);
  });

  it('are looked for from the working folder up to its repository, and not above it', async () => {
    await ground.skill('.claude/skills', 'above');
    await ground.skill('project/.claude/skills', 'root');
    await ground.skill('project/a/.claude/skills', 'middle');
    const cwd = join(ground.project, 'a', 'b');
    await mkdir(cwd, { recursive: true });

    assert.deepEqual((await found({ ...ground.request, cwd, roots: [cwd] })).names, ['middle', 'root']);
  });

  it('outside of a repository are those of the working folder alone', async () => {
    await ground.skill('.claude/skills', 'above');
    const cwd = join(ground.folder, 'plain');
    await mkdir(cwd);
    await ground.skill('plain/.claude/skills', 'here');

    assert.deepEqual((await found({ ...ground.request, cwd, roots: [cwd] })).names, ['here']);
  });

  it('of an added root are found, too', async () => {
    await ground.skill('other/.agents/skills', 'there');

    assert.deepEqual((await found({ ...ground.request, roots: [ground.project, join(ground.folder, 'other')] })).names, ['there']);
  });

  it('of one name: what the administrator has comes first, then the person, then the project; the hidden one is told', async () => {
    await ground.skill('project/.claude/skills', 'deploy', { body: 'of the clone' });
    await ground.skill('home/.claude/skills', 'deploy', { body: 'mine' });
    await ground.skill('managed/skills', 'audit', { body: 'of the company' });
    await ground.skill('home/.claude/skills', 'audit', { body: 'mine' });

    const { files, hidden } = await found();

    assert.deepEqual(files, [join(ground.managed, 'skills/audit/SKILL.md'), '~/.claude/skills/deploy/SKILL.md']);
    assert.deepEqual(hidden, [['~/.claude/skills/audit/SKILL.md', join(ground.managed, 'skills/audit/SKILL.md')], ['.claude/skills/deploy/SKILL.md', '~/.claude/skills/deploy/SKILL.md']]);
    assert.equal((await findSkill('deploy', ground.request))?.body, 'mine\n');
  });

  it('that are copies of one, or links to one, hide nothing', async () => {
    await ground.skill('project/.agents/skills', 'pdf');
    await ground.skill('project/.pith/skills', 'pdf');
    await ground.link('project/.claude/skills', '../.agents/skills');
    await ground.skill('home/mine', 'own');
    await ground.link('home/.claude/skills/own', '../../mine/own');
    await ground.link('home/.agents/skills/own', '../../mine/own');

    const { names, hidden, lines } = await found();

    assert.deepEqual([names, hidden, lines], [['own', 'pdf'], [], []]);
  });

  it('of a project never lead out of it; a person may link their own to anywhere', async () => {
    await ground.skill('elsewhere', 'stolen');
    await ground.link('project/.claude/skills/stolen', '../../../elsewhere/stolen');
    await ground.skill('project/shared', 'within');
    await ground.link('project/.claude/skills/within', '../../shared/within');
    await ground.link('project/.agents/skills', '../../elsewhere');
    await ground.link('home/.claude/skills/mine', '../../../elsewhere/stolen');

    const { names, lines } = await found();

    assert.deepEqual(names, ['mine', 'within']);
    assert.ok(lines.length === 3 && lines.slice(1).every((line) => /SKILL\.md: it leads out of the project; put the file itself there$/.test(line)), lines.join('\n'));
  });

  it('that cannot be read cost one line each, and neither time nor the others', async () => {
    await ground.skill('project/.claude/skills', 'good');
    const giant = await ground.write('project/.claude/skills/a-giant/SKILL.md', '');
    await truncate(giant, 2 * 1024 ** 3);
    await ground.pipe('project/.claude/skills/b-pipe/SKILL.md');
    await mkdir(join(ground.project, '.claude/skills/c-folder/SKILL.md'), { recursive: true });
    await ground.link('project/.claude/skills/d-loop/SKILL.md', 'SKILL.md');
    await ground.write('project/.claude/skills/e-latin/SKILL.md', Buffer.from('---\nname: e-latin\ndescription: gr\xfc\xdfe\n---\n', 'latin1'));
    await ground.write('project/.claude/skills/f-utf16/SKILL.md', Buffer.from('\ufeff---\nname: f-utf16\n---\n', 'utf16le'));
    await ground.write('project/.claude/skills/g-nul/SKILL.md', '---\nname: g-nul\ndescription: \0\n---\n');
    await ground.link('project/.claude/skills/h-device', '/dev');
    await ground.link('project/.claude/skills/i-device/SKILL.md', '/dev/zero');
    await ground.write('project/.claude/skills/j-lower/skill.md', '---\nname: j-lower\n---\n');
    await ground.write('project/.claude/skills/k-empty/SKILL.md', '');
    await ground.write('project/.claude/skills/l-none/README.md', 'no skill');
    await ground.link('project/.claude/skills/m-nowhere', 'gone');
    await ground.write('project/.agents/skills', 'a file');

    const { names, lines } = await found();

    assert.deepEqual(names, ['good']);
    assert.deepEqual(lines.map((line) => line.replace(/^\.claude\/skills\//, '')), [
      'a-giant/SKILL.md: it is larger than 1 MiB (2 GiB)',
      'b-pipe/SKILL.md: it is a pipe, not a file',
      'c-folder/SKILL.md: it is a folder, not a file',
      'd-loop/SKILL.md: it leads in a circle of links',
      'e-latin/SKILL.md: it is not UTF-8 text; save it as UTF-8',
      'f-utf16/SKILL.md: it is UTF-16LE text; save it as UTF-8',
      'g-nul/SKILL.md: it is binary data, not text',
      'i-device/SKILL.md: it leads out of the project; put the file itself there',
      'j-lower/SKILL.md: it is called skill.md here; the name is SKILL.md',
      'k-empty/SKILL.md:1: it has no front matter; begin it with a line of ---, then name: and description:, then ---',
      '.agents/skills: it is no folder; skills are folders in it, each with a SKILL.md',
    ].sort((a, b) => Number(!a.startsWith('.')) - Number(!b.startsWith('.'))));
  });

  it('are read with a byte order mark, which is part of what is trusted', async () => {
    const text = '\ufeff---\nname: bom\ndescription: gr\u00fc\u00dfe\n---\nText.\n';
    await ground.write('project/.claude/skills/bom/SKILL.md', text);

    const [skill] = (await findSkills(ground.request)).skills;

    assert.deepEqual([skill?.name, skill?.body, skill?.text], ['bom', 'Text.\n', text]);
  });

  it('that may not be read are told', async function () {
    if (process.getuid?.() === 0) await chmod(await ground.skill('project/.claude/skills', 'root-reads-all'), 0);
    else await chmod(await ground.skill('project/.claude/skills', 'closed'), 0);

    const { names, lines } = await found();

    if (process.getuid?.() === 0) assert.deepEqual(names, ['root-reads-all']);
    else assert.deepEqual(lines, ['.claude/skills/closed/SKILL.md: it may not be read; mend its permissions']);
  });

  it('with control characters in their names are told with those written out', async () => {
    await ground.write('project/.claude/skills/\u001b[2Jx/SKILL.md', '---\nname: x\ndescription: x\n---\n');

    assert.match((await found()).lines.join(), /^\.claude\/skills\/\\x1b\[2Jx\/SKILL\.md: its folder is called "\\u001b\[2Jx"/);
  });

  it('beyond a thousand are not read, which is told once', async function () {
    this.timeout(60_000);
    for (let index = 0; index < 10_000; index++) await mkdir(join(ground.project, '.claude', 'skills', `s${index}`), { recursive: true });
    await ground.skill('project/.claude/skills', 's0');

    const { names, lines } = await found();

    assert.deepEqual(names, ['s0']);
    assert.deepEqual(lines, ['.claude/skills: there are 10000 skills; the first 1000 are used, so take out what is not needed']);
  });

  it('are read up to 16 MiB in all, those that cannot be used with them, and no further, which is told once', async () => {
    const long = 'x'.repeat(1024 * 1024 - 100);
    for (let index = 0; index < 20; index++) {
      const name = `s${String(index).padStart(2, '0')}`;
      await ground.write(`project/.claude/skills/${name}/SKILL.md`, index % 2 === 0 ? Buffer.from(`\xe9${long}`, 'latin1') : `---\nname: ${name}\ndescription: d\n---\n${long}`);
    }
    await ground.skill('home/.claude/skills', 'mine');

    const { names, lines } = await found();

    assert.deepEqual(names, ['mine', ...[1, 3, 5, 7, 9, 11, 13, 15].map((index) => `s${String(index).padStart(2, '0')}`)]);
    assert.equal(lines.at(-1), '.claude/skills/s17/SKILL.md: it comes behind 16 MiB of others; 3 were left out, so take out what is not needed');
  });

  it('are read once as long as they stay as they are', async () => {
    const file = await ground.skill('project/.claude/skills', 'pdf');
    const cache = new Map();
    const [first] = (await findSkills(ground.request, cache)).skills;
    const [second] = (await findSkills(ground.request, cache)).skills;
    await ground.skill('project/.claude/skills', 'pdf', { description: 'another' });
    const [third] = (await findSkills(ground.request, cache)).skills;

    assert.ok(second === first && first !== undefined);
    assert.equal(third?.description, 'another');
    assert.equal(third?.file, file);
  });
});
