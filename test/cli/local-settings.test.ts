import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach } from 'mocha';
import { type LocalSettings, loadConfig, readProjectFiles } from '@pith/kernel';
import { addRules } from '../../src/host/add-rules.ts';
import { createLocalSettings } from '../../src/host/local-settings.ts';
import { approveFile, grantTrust, digestOf, readTrust } from '../../src/host/trust.ts';

const LOCAL = '.pith/settings.local.json';

describe('rules that are added to a settings file', () => {
  for (const [title, before, after] of [
    ['make the file', undefined, '{\n  "permissions": {\n    "allow": [\n      "B"\n    ]\n  }\n}\n'],
    ['stand behind the others, in lines as theirs', '{\n  "permissions": {\n    "allow": [\n      "A"\n    ],\n    "deny": ["C"]\n  }\n}\n', '{\n  "permissions": {\n    "allow": [\n      "A",\n      "B"\n    ],\n    "deny": ["C"]\n  }\n}\n'],
    ['stand in one line where that is one', '{"permissions":{"allow":["A"]}}', '{"permissions":{"allow":["A", "B"]}}'],
    ['fill an empty list', '{ "permissions": { "allow": [ ] } }', '{ "permissions": { "allow": ["B"] } }'],
    ['make the list', '{\n\t"permissions": {\n\t\t"deny": []\n\t}\n}', '{\n\t"permissions": {\n\t\t"deny": [],\n\t\t"allow": ["B"]\n\t}\n}'],
    ['make the permissions', '\ufeff{\n  "model": "x"\n}\n', '\ufeff{\n  "model": "x",\n  "permissions": { "allow": ["B"] }\n}\n'],
    ['fill an empty file', '{}', '{"permissions": { "allow": ["B"] }}'],
    ['change nothing where they are there', '{"permissions":{"allow":[{"rule":"B"}]}}', '{"permissions":{"allow":[{"rule":"B"}]}}'],
  ] as const) {
    it(title, () => assert.equal(addRules(before, 'allow', ['B']), after));
  }

  it('are all that changes, whatever the file says and however it is written', () => {
    const rules = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 });
    const settings = fc.record({ model: fc.string(), permissions: fc.record({ allow: fc.array(fc.string()), deny: fc.array(fc.string()) }, { requiredKeys: [] }), body: fc.jsonValue() as fc.Arbitrary<unknown> }, { requiredKeys: [] });
    fc.assert(fc.property(settings, rules, fc.constantFrom(0, 1, 2, '\t'), (given, added, space) => {
      const before = JSON.parse(JSON.stringify(given)) as typeof given;
      const known = before.permissions?.allow ?? [];
      const text = addRules(JSON.stringify(before, null, space), 'allow', added);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(added.every((rule) => known.includes(rule)) ? before : { ...before, permissions: { ...before.permissions, allow: [...known, ...added.filter((rule) => !known.includes(rule))] } })));
    }));
  });
});

describe('the local settings of a project', () => {
  let root: string;
  let project: string;
  let local: LocalSettings;
  const paths = (): { config: string; data: string; cache: string } => ({ config: join(root, 'config'), data: join(root, 'data'), cache: join(root, 'cache') });
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'pith-local-')));
    project = join(root, 'project');
    await mkdir(project);
    local = createLocalSettings(paths(), {});
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const put = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), text);
  };
  const trust = async (): Promise<void> => grantTrust(paths(), project, { digests: new Map([...(await readProjectFiles(project)).files].map(([file, text]) => [file.slice(project.length + 1), digestOf(text)])), links: new Map() });
  const rules = async (): Promise<{ allowed: string[]; untrusted: readonly string[] }> => {
    const config = await loadConfig({ cwd: project, paths: paths(), env: {}, managedFile: join(root, 'none'), isTrusted: async (folder, files) => (await readTrust(paths(), folder, files)).state === 'trusted' });
    return { allowed: config.rules.allow.map(({ rule }) => rule), untrusted: config.untrusted };
  };

  it('take a rule where there was nothing, and hold at once, without another question of trust', async () => {
    assert.deepEqual(await local.find(project), { project });

    assert.deepEqual(await local.allow(project, ['Bash(make)', 'Bash(npm test)']), { file: join(project, LOCAL) });

    assert.deepEqual(await rules(), { allowed: ['Bash(make)', 'Bash(npm test)'], untrusted: [] });
    assert.equal((await stat(join(project, LOCAL))).mode & 0o777, 0o600);
  });

  it('keep themselves out of git, without touching what the project ignores', async () => {
    await local.allow(project, ['Bash(make)']);
    assert.equal(await readFile(join(project, '.pith/.gitignore'), 'utf8'), '/settings.local.json\n/.gitignore\n');

    await rm(join(project, '.pith'), { recursive: true });
    await put('.pith/.gitignore', 'own\n');
    await trust();
    await local.allow(project, ['Bash(make)']);
    assert.equal(await readFile(join(project, '.pith/.gitignore'), 'utf8'), 'own\n');
  });

  it('make the folder no more trusted for anything else than they are, now or later', async () => {
    await local.allow(project, ['Bash(make)']);
    await put('.claude/settings.json', '{"hooks":{}}');
    assert.equal((await readTrust(paths(), project, new Map([[join(project, '.claude/settings.json'), '{"hooks":{}}']]))).state, 'untrusted');

    await put('.pith/settings.json', '{"permissions":{"allow":["Bash"]}}');
    assert.deepEqual((await rules()).allowed, []);
    const { state, changes } = await readTrust(paths(), project, (await readProjectFiles(project)).files);
    assert.deepEqual([state, changes], ['untrusted', []]);
    await trust();
    assert.deepEqual((await rules()).allowed, ['Bash(make)', 'Bash']);
    await put('.pith/settings.json', '{}');
    assert.equal((await readTrust(paths(), project, (await readProjectFiles(project)).files)).state, 'changed');
  });

  it('begin anew where a person has taken them away', async () => {
    await local.allow(project, ['Bash(make)']);
    await rm(join(project, '.pith'), { recursive: true });

    await local.allow(project, ['Bash(npm test)']);

    assert.deepEqual(await rules(), { allowed: ['Bash(npm test)'], untrusted: [] });
  });

  it('stand in the repository, from any folder of it, and nowhere else above', async () => {
    const inner = join(project, 'packages', 'a');
    await mkdir(inner, { recursive: true });
    assert.deepEqual(await local.find(inner), { project: inner });

    await mkdir(join(project, '.git'));
    assert.deepEqual(await local.find(inner), { project });
    assert.deepEqual(await local.allow(inner, ['Bash(make)']), { file: join(project, LOCAL) });
    assert.deepEqual(await local.find(inner), { project });
    assert.deepEqual(await rules(), { allowed: ['Bash(make)'], untrusted: [] });

    await rm(join(project, '.git'), { recursive: true });
    assert.deepEqual(await local.find(inner), { project, why: `${project}, whose settings hold here, is no repository` });
  });

  it('leave a folder trusted that was, with all else that was approved', async () => {
    await put('.pith/settings.json', '{"permissions":{"allow":["Read"]}}');
    await put(LOCAL, '{\n  "model": "x"\n}\n');
    await trust();

    await local.allow(project, ['Bash(make)']);
    await local.allow(project, ['Bash(make)']);
    await local.allow(project, ['Bash(npm test)']);

    assert.deepEqual(await rules(), { allowed: ['Bash(make)', 'Bash(npm test)', 'Read'], untrusted: [] });
    assert.equal(await readFile(join(project, LOCAL), 'utf8'), '{\n  "model": "x",\n  "permissions": { "allow": ["Bash(make)", "Bash(npm test)"] }\n}\n');
    assert.deepEqual((await readdir(join(project, '.pith'))).sort(), ['settings.json', 'settings.local.json']);
  });

  for (const [title, spoil] of [
    ['nobody has trusted', async () => undefined],
    ['has changed since', async () => { await trust(); await put('.pith/settings.json', '{"permissions":{"allow":["Bash"]}}'); }],
    ['has got local settings from elsewhere', async () => { await trust(); await put(LOCAL, '{"permissions":{"allow":["Bash"]}}'); }],
  ] as const) {
    it(`take nothing in a folder that ${title}, and make it no more trusted`, async () => {
      await put('.pith/settings.json', '{}');
      await spoil();
      const before = await readFile(join(project, LOCAL), 'utf8').catch(() => undefined);

      assert.deepEqual(await local.find(project), { project, why: 'the folder is not trusted with what is in it' });
      await assert.rejects(local.allow(project, ['Bash(make)']), { code: 'RULE_NOT_KEPT', message: `Bash(make) cannot be kept in ${join(project, LOCAL)}: the folder is not trusted with what is in it` });

      assert.equal(await readFile(join(project, LOCAL), 'utf8').catch(() => undefined), before);
      assert.notDeepEqual((await rules()).untrusted, []);
    });
  }

  for (const [what, link] of [['.pith', async () => symlink(join(root, 'elsewhere'), join(project, '.pith'))], [LOCAL, async () => { await mkdir(join(project, '.pith')); await symlink(join(root, 'elsewhere/x'), join(project, LOCAL)); }]] as const) {
    it(`are not written through a link in the place of ${what}`, async () => {
      await mkdir(join(root, 'elsewhere'));
      await link();

      await assert.rejects(local.allow(project, ['Bash(make)']), { code: 'RULE_NOT_KEPT', message: new RegExp(`${what.replace('.', '\\.')} is a link$`) });
      assert.deepEqual(await readdir(join(root, 'elsewhere')), []);
    });
  }

  it('take nothing where only the administrator allows', async () => {
    const bound = createLocalSettings(paths(), { allowManagedRulesOnly: '/etc/pith/settings.json:3' });

    assert.deepEqual(await bound.find(project), { project, why: 'only rules of the administrator allow (/etc/pith/settings.json:3)' });
    await assert.rejects(bound.allow(project, ['Bash(make)']), { code: 'RULE_NOT_KEPT' });
    assert.deepEqual(await readdir(project), []);
  });

  it('lose nothing when several answers come at the same time', async () => {
    const added = Array.from({ length: 8 }, (_, index) => `Bash(make ${index})`);

    await Promise.all(added.map((rule) => createLocalSettings(paths(), {}).allow(project, [rule])));

    assert.deepEqual((await rules()).allowed.sort(), added);
  });

  for (const when of ['before', 'after'] as const) {
    it(`leave the folder trusted when pith ends just ${when} they are written`, async () => {
      await put('.pith/settings.json', '{"permissions":{"allow":["Read"]}}');
      await put(LOCAL, '{}');
      await trust();
      const crash = async (text: string): Promise<void> => {
        await assert.rejects(approveFile(paths(), project, { file: LOCAL, before: await readFile(join(project, LOCAL), 'utf8'), after: text, write: async () => {
          if (when === 'after') await put(LOCAL, text);
          throw new Error('killed');
        } }), /killed/);
      };

      await crash('{"permissions":{"allow":["Bash(make)"]}}');
      await crash('{"permissions":{"allow":["Bash(make)","Bash(make a)"]}}');

      assert.deepEqual(await rules(), { allowed: when === 'after' ? ['Bash(make)', 'Bash(make a)', 'Read'] : ['Read'], untrusted: [] });
      await local.allow(project, ['Bash(make b)']);
      assert.deepEqual((await rules()).untrusted, []);
      await put(LOCAL, '{"permissions":{"allow":["Bash"]}}');
      assert.equal((await rules()).untrusted.length, 2);
    });
  }
});
