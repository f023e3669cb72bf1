import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type Answer, checkLines } from './check.ts';
import { createGround, type Ground } from './ground.ts';

const good = { id: 'a', policy: { allow: ['Bash(make lint:*)'], ask: [], deny: [] }, mode: 'default', tool: 'Bash', input: { command: 'make lint FIX=1' } };
const line = (changes: object): string => JSON.stringify({ ...good, ...changes });

describe('a line of permissions check', () => {
  let ground: Ground;
  before(async () => { ground = await createGround(); });
  after(() => ground.remove());

  const answer = async (text: string): Promise<Answer> => (await checkLines(ground, [text])).answers[0]!;

  it('is answered as the page of formats says', async () => {
    const { id, verdict, rule, reason, parts } = await answer(line({}));

    assert.deepEqual({ id, verdict, rule, reason, parts: parts!.map(({ text, ...rest }) => ({ text, verdict: rest.verdict, rule: rest.rule, reason: rest.reason })) }, {
      id: 'a', verdict: 'allow', rule: 'Bash(make lint:*)', reason: 'prefix', parts: [{ text: 'make lint FIX=1', verdict: 'allow', rule: 'Bash(make lint:*)', reason: 'prefix' }],
    });
  });

  it('has a part for each command, and names the rule of the strictest', async () => {
    const { verdict, rule, parts } = await answer(line({ policy: { allow: ['Bash(make lint)'], ask: ['Bash(git push:*)'], deny: ['Bash(rm:*)'] }, input: { command: 'make lint && git push; echo "$(rm x)"' } }));

    assert.deepEqual([verdict, rule], ['deny', 'Bash(rm:*)']);
    const verdictOf = (text: string): [string, string | null] | undefined => {
      const part = parts!.find((one) => one.text === text);
      return part === undefined ? undefined : [part.verdict, part.rule];
    };
    assert.deepEqual(['make lint', 'git push', 'rm x'].map(verdictOf), [['allow', 'Bash(make lint)'], ['ask', 'Bash(git push:*)'], ['deny', 'Bash(rm:*)']]);
  });

  it('without a rule that decides has none, and still a reason', async () => {
    const { verdict, rule, reason } = await answer(line({ input: { command: './x' } }));

    assert.deepEqual([verdict, rule], ['ask', null]);
    assert.notEqual(reason, '');
  });

  it('takes the working folder for the root where none is named', async () => {
    const { answers } = await checkLines(ground, [line({ mode: 'acceptEdits', tool: 'Edit', input: { file_path: `${ground.root}/src/a.ts` } }), line({ mode: 'acceptEdits', tool: 'Edit', root: `${ground.root}/docs`, input: { file_path: `${ground.root}/src/a.ts` } })]);

    assert.deepEqual(answers.map(({ verdict }) => verdict), ['allow', 'ask']);
  });

  /** A bad line, and what its message must name. */
  const BAD: Record<string, [string, RegExp]> = {
    'that is not JSON': ['{"id":"a"', /JSON/i], 'that is a word': ['hello', /JSON/i], 'that is a list': ['[1]', /./], 'that is null': ['null', /./], 'that is a number': ['7', /./],
    'with an unknown field': [line({ extra: 1 }), /extra/], 'with an unknown field of the policy': [line({ policy: { ...good.policy, alow: [] } }), /alow/], 'with an unknown field of the input': [line({ input: { command: 'ls', timeout: 5 } }), /timeout/],
    'with a field named __proto__': ['{"id":"a","__proto__":{},"policy":{"allow":[],"ask":[],"deny":[]},"mode":"default","tool":"Bash","input":{"command":"ls"}}', /__proto__/],
    'with an unknown mode': [line({ mode: 'yolo' }), /mode/], 'with the mode of another case': [line({ mode: 'Default' }), /mode/], 'with an unknown tool': [line({ tool: 'Bsh' }), /tool|Bsh/], 'with the tool of another case': [line({ tool: 'bASH' }), /tool|bASH/], 'with an MCP name without a tool': [line({ tool: 'mcp__', input: {} }), /tool|mcp__/],
    'without a tool': [line({ tool: undefined }), /tool/], 'without an input': [line({ input: undefined }), /input/], 'without a command': [line({ input: {} }), /command/], 'with a command that is a number': [line({ input: { command: 7 } }), /command/], 'with a command that is a list': [line({ input: { command: ['ls'] } }), /command/],
    'with a path instead of a command': [line({ input: { file_path: 'a' } }), /command|file_path/], 'with a command instead of a path': [line({ tool: 'Read' }), /command|file_path/], 'with a url that is null': [line({ tool: 'WebFetch', input: { url: null } }), /url/], 'with a policy that is a list': [line({ policy: [] }), /policy/], 'with a list that is a text': [line({ policy: { ...good.policy, allow: 'Bash' } }), /allow/],
    'with a rule that is a number': [line({ policy: { ...good.policy, deny: [5] } }), /deny/], 'with a rule that is null': [line({ policy: { ...good.policy, deny: [null] } }), /deny/], 'with a root that is a number': [line({ root: 5 }), /root/], 'with an input that is a text': [line({ input: 'ls' }), /input/],
    'with a rule that is not closed': [line({ policy: { ...good.policy, deny: ['Bash(rm'] } }), /Bash\(rm/], 'with a rule of no text': [line({ policy: { ...good.policy, deny: [''] } }), /./], 'with a rule that is not closed, for paths': [line({ policy: { ...good.policy, allow: ['Edit(src/**'] } }), /Edit\(src/], 'with text after a rule': [line({ policy: { ...good.policy, deny: ['Bash(rm) x'] } }), /Bash\(rm\) x/],
    'with a rule for a host without domain:': [line({ policy: { ...good.policy, allow: ['WebFetch(docs.example.org)'] } }), /domain/], 'with a rule for no host': [line({ policy: { ...good.policy, allow: ['WebFetch(domain:)'] } }), /domain/], 'with a rule that opens a quote': [line({ policy: { ...good.policy, deny: ['Bash(rm ")'] } }), /rm/], 'with a rule of an MCP server without a name': [line({ policy: { ...good.policy, allow: ['mcp__'] } }), /mcp__/],
  };

  describe('that is bad', () => {
    let answers: Answer[];
    before(async () => {
      const ran = await checkLines(ground, Object.values(BAD).map(([text]) => text));
      assert.equal(ran.code, 2);
      answers = ran.answers;
    });

    Object.entries(BAD).forEach(([what, [text, names]], index) => {
      it(`is an error that names what is wrong: ${what}`, () => {
        const { id, verdict, error } = answers[index]!;

        assert.equal(verdict, undefined);
        assert.match(error!.message, names);
        assert.match(error!.code, /^[A-Z]+(_[A-Z]+)+$/);
        assert.equal(id, text.startsWith('{"id":"a",') ? 'a' : null);
      });
    });
  });

  it('that is bad does not end the run, and the order stays', async () => {
    const texts = Array.from({ length: 60 }, (_, index) => (index % 3 === 1 ? line({ id: `n${index}`, mode: 'yolo' }) : line({ id: `n${index}`, input: { command: index % 2 === 0 ? 'make lint' : './x' } })));
    const { answers, code } = await checkLines(ground, texts);

    assert.equal(code, 2);
    assert.deepEqual(answers.map(({ id }) => id), texts.map((_, index) => `n${index}`));
    assert.deepEqual(answers.map(({ verdict }) => verdict), texts.map((_, index) => (index % 3 === 1 ? undefined : index % 2 === 0 ? 'allow' : 'ask')));
  });

  it('leaves nothing behind, whatever it says', async () => {
    const before = await listing(ground);
    await checkLines(ground, ['touch made', 'echo x > made', 'cat <(touch made)', 'a[$(touch made)]=1', 'bash -c "touch made"'].map((command) => line({ mode: 'bypassPermissions', input: { command } })));
    assert.deepEqual(await listing(ground), before);
  });

  it('holds one case, whatever is in its texts', async () => {
    const odd = ['a\nb', 'a\u2028b', '\u0000', '\ud800', '', ' ', '\n', '\r\n', '\\', '"', '🎉', 'é'.normalize('NFD')];
    const { answers } = await checkLines(ground, odd.map((id) => line({ id })));
    assert.deepEqual(answers.map(({ id }) => id), odd);
    const { answers: others } = await checkLines(ground, odd.flatMap((command) => [line({ input: { command } }), line({ mode: 'bypassPermissions', tool: 'Edit', input: { file_path: command } })]));
    assert.equal(others.length, odd.length * 2);
  });
});

async function listing({ root }: Ground): Promise<string[]> {
  return (await readdir(root)).sort();
}
