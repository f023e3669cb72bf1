import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createPlace, type Place } from '../../../../test/support/pith.ts';

interface Result { tests: number; failed: number; results: { kind: string; source: string; call: string; rule: string | null; expect: string; found: string | null; problem: string | null }[] }

describe('pith permissions test', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace({ isWarm: true }); });
  afterEach(() => place.remove());

  const write = (file: string, content: unknown): Promise<string> => place.write(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  const test = async (...files: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> => place.pith(['permissions', 'test', ...files]);

  it('tries what the rules of a settings file say of themselves', async () => {
    await write('s.json', { model: 'x', permissions: { allow: [{ rule: 'Bash(make lint:*)', match: ['make lint'], noMatch: ['make linter'] }, 'Read'], deny: [{ rule: 'Bash(rm:*)', match: ['sh -c "rm x"'] }], forbidBypass: true } });

    assert.deepEqual(await test('s.json'), { code: 0, signal: null, stdout: '3 tests: all as expected.\n', stderr: '' });
  });

  it('says of each failure in one line where it is, and what came out, with exit 1', async () => {
    await write('t.json', {
      policy: { allow: [{ rule: 'Bash(make:*)', noMatch: ['make lint'] }], deny: ['Bash(rm:*)'] },
      cases: [
        { call: 'Bash(make lint)', expect: 'allow', rule: 'Bash(make:*)' },
        { name: 'no removal', call: 'Bash(ls; rm x)', expect: 'deny', rule: 'Bash(rm:*)' },
        { tool: 'Edit', input: { file_path: 'src/a.ts' }, expect: 'deny' },
        { name: 'edits', call: 'Edit(src/a.ts)', mode: 'acceptEdits', expect: 'allow', rule: 'Edit' },
        { call: 'rm -rf x', expect: 'deny' },
        { call: 'Edit(src/a.ts)', mode: 'dontAsk', expect: 'deny' },
        { call: 'mcp__s__t', expect: 'ask' },
      ],
    });

    const { code, stdout, stderr } = await test('t.json');

    assert.deepEqual(stdout.trimEnd().split('\n'), [
      '✗ the rule "Bash(make:*)" (t.json:4) must not allow "make lint", and does; mend the rule, or its noMatch',
      '✗ t.json:27: "Edit {\\"file_path\\":\\"src/a.ts\\"}" gets ask (no allow rule covers "src/a.ts"); expected deny',
      '✗ t.json:34: edits: "Edit(src/a.ts)" gets allow (mode acceptEdits); expected the rule "Edit"',
      '8 tests: 3 failed.',
    ]);
    assert.deepEqual([code, stderr], [1, '']);
  });

  it('takes the policy from a settings file that it names, and a root, both beside the file', async () => {
    await write('ci/settings.json', { permissions: { allow: ['Edit(src/**)'] } });
    await write('ci/t.json', { policy: 'settings.json', root: '../other', cases: [{ call: `Edit(${place.folder}/other/src/a)`, expect: 'allow' }, { call: `Edit(${place.folder}/src/a)`, expect: 'ask' }, { call: 'Edit(src/a)', root: '..', expect: 'allow', rule: 'Edit(src/**)' }] });

    assert.deepEqual(await test('ci/t.json'), { code: 0, signal: null, stdout: '3 tests: all as expected.\n', stderr: '' });
  });

  it('gives all results as JSON', async () => {
    await write('t.json', { policy: { deny: ['Bash(rm:*)'] }, cases: [{ call: 'rm x', expect: 'allow' }, { call: 'ls', expect: 'allow', rule: null }] });

    const { stdout, code } = await place.pith(['permissions', 'test', 't.json', '--json']);

    const { tests, failed, results } = JSON.parse(stdout) as Result;
    assert.deepEqual([code, tests, failed], [1, 2, 1]);
    assert.deepEqual(results.map(({ kind, call, rule, expect, found, problem }) => [kind, call, rule, expect, found, problem === null]), [['case', 'rm x', 'Bash(rm:*)', 'allow', 'deny', false], ['case', 'ls', null, 'allow', 'allow', true]]);
  });

  it('runs what docs/permissions.md writes down', async () => {
    const text = await readFile(new URL('../../../../docs/permissions.md', import.meta.url), 'utf8');
    const files = [...text.matchAll(/^```json (\S+)\n([^]*?)^```$/gm)].map(([, file, content]) => [file!, content!] as const);
    for (const [file, content] of files) await write(file, content);

    assert.deepEqual(files.map(([file]) => file), ['.pith/settings.json', 'policy-test.json']);
    assert.deepEqual(await test('.pith/settings.json'), { code: 0, signal: null, stdout: '7 tests: all as expected.\n', stderr: '' });
    assert.deepEqual(await test('policy-test.json'), { code: 0, signal: null, stdout: '12 tests: all as expected.\n', stderr: '' });
  });

  it('says so where there are no tests', async () => {
    await write('s.json', { permissions: { deny: ['Read'] } });

    await write('empty.json', { model: 'x' });

    for (const file of ['s.json', 'empty.json']) assert.deepEqual([(await test(file)).stdout, (await test(file)).code], ['There are no tests: rules have no match or noMatch, and there are no cases.\n', 0]);
  });

  it('takes a slip in the one key that counts for no policy without tests', async () => {
    await write('s.json', { permissons: { deny: ['Read'] } });

    const { code, stderr } = await test('s.json');

    assert.equal(stderr, 'pith: s.json: there is no setting "permissons"; did you mean permissions?\ndocs/permissions.md shows the form of the file.\n');
    assert.equal(code, 2);
  });

  it('says in words what stands where the file should be', async () => {
    await write('folder/x.json', {});

    assert.match((await test('none.json')).stderr, /^pith: none\.json cannot be read: there is nothing of that name\.\n/);
    assert.match((await test('folder')).stderr, /^pith: folder cannot be read: it is a folder, not a file\.\n/);
    assert.match((await test()).stderr, /^pith: FILE is missing: a settings file, or a file of cases\.\n/);
  });

  it('shows hidden characters of a call as what they are', async () => {
    await write('t.json', { policy: {}, cases: [{ call: 'echo \u202ex\u001b[2J', expect: 'allow' }] });

    const { stdout } = await test('t.json');
    assert.equal(stdout.includes('\u001b') || stdout.includes('\u202e'), false);
  });

  const wrong: [what: string, content: unknown, said: RegExp, code: string][] = [
    ['is no JSON', '{', /^t\.json is not JSON/, 'CONFIG_UNREADABLE'],
    ['is no object', [], /^t\.json is no object; it is a settings file, or \{ "policy", "cases" \}/, 'CONFIG_INVALID'],
    ['has an unknown field', { polcy: {}, cases: [] }, /^t\.json: there is no field "polcy"; did you mean policy\?/, 'CONFIG_INVALID'],
    ['has no cases', { policy: {} }, /^t\.json: cases must be a list of calls .*; found nothing/, 'CONFIG_INVALID'],
    ['has no policy', { cases: [] }, /^t\.json: policy must hold lists of rules, deny, ask, allow; found nothing/, 'CONFIG_INVALID'],
    ['has a rule that is none', { permissions: { deny: ['Read', 'Bash('] } }, /^t\.json: permissions\.deny\.1: the rule "Bash\(" \(t\.json:5\) has no closing parenthesis/, 'CONFIG_INVALID'],
    ['has a list that is none', { permissions: { deny: 'Read' } }, /^t\.json: permissions\.deny: must be a list of rules; found "Read"/, 'CONFIG_INVALID'],
    ['has a list of another name', { permissions: { denny: [] } }, /^t\.json: permissions\.denny: is not known/, 'CONFIG_INVALID'],
    ['has a case that is none', { policy: {}, cases: [7] }, /^t\.json:4: a case is an object of name, call, /, 'CASE_INVALID'],
    ['has a case with an unknown field', { policy: {}, cases: [{ call: 'ls', expects: 'ask' }] }, /^t\.json:4: there is no field "expects"; did you mean expect\?/, 'CASE_INVALID'],
    ['has a case without a call', { policy: {}, cases: [{ expect: 'ask' }] }, /^t\.json:4: a case has either call, as "Bash\(npm test\)", or tool and input/, 'CASE_INVALID'],
    ['has a case with two calls', { policy: {}, cases: [{ call: 'ls', tool: 'Bash', expect: 'ask' }] }, /^t\.json:4: a case has either call/, 'CASE_INVALID'],
    ['has a case with a call and an input', { policy: {}, cases: [{ call: 'ls', input: {}, expect: 'ask' }] }, /^t\.json:4: call must be a text, .* and stands without input/, 'CASE_INVALID'],
    ['has a case that expects nothing', { policy: {}, cases: [{ call: 'ls' }] }, /^t\.json:4: expect must be one of allow, ask, deny; found nothing/, 'CASE_INVALID'],
    ['has a case with a rule that is none', { policy: {}, cases: [{ call: 'ls', expect: 'ask', rule: 1 }] }, /^t\.json:4: rule must be the rule that decides, or null for none; found 1/, 'CASE_INVALID'],
    ['has a case with a name that is none', { policy: {}, cases: [{ call: 'ls', expect: 'ask', name: 1 }] }, /^t\.json:4: name must be a text; found 1/, 'CASE_INVALID'],
    ['has a case with a mode that is none', { policy: {}, cases: [{ call: 'ls', expect: 'ask', mode: 'yolo' }] }, /^t\.json:4: mode must be one of default, .*; found "yolo"/, 'CASE_INVALID'],
    ['has a mode that is none', { policy: {}, mode: 'yolo', cases: [] }, /^t\.json: mode must be one of default, .*; found "yolo"/, 'CASE_INVALID'],
    ['has a root that is none', { policy: {}, root: 5, cases: [{ call: 'ls', expect: 'ask' }] }, /^t\.json:5: root must be a folder; found 5/, 'CASE_INVALID'],
    ['has a tool that is none', { policy: {}, cases: [{ tool: 'Bsh', input: {}, expect: 'ask' }] }, /^t\.json:4: tool must be one of Bash, /, 'CASE_INVALID'],
    ['names itself as its policy', { policy: 't.json', cases: [] }, /t\.json is no settings file, but one of cases/, 'CONFIG_INVALID'],
    ['names a policy that is not there', { policy: 'gone.json', cases: [] }, /gone\.json cannot be read/, 'INPUT_UNREADABLE'],
  ];
  for (const [what, content, said, code] of wrong) {
    it(`ends with 2 where the file ${what}, and says what and where`, async () => {
      await write('t.json', content);

      const ran = await place.pith(['permissions', 'test', 't.json', '--json']);

      const { error } = JSON.parse(ran.stdout) as { error: { code: string; message: string } };
      assert.match(error.message, said);
      assert.deepEqual([error.code, ran.code], [code, 2]);
    });
  }
});
