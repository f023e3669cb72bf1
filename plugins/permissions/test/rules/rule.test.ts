import assert from 'node:assert/strict';
import { parsePolicy } from '../../src/options.ts';
import { parseRule } from '../../src/rules/rule.ts';

describe('a rule as it is written', () => {
  for (const text of [
    'Read', 'Edit', 'Write', 'Bash', 'WebFetch', 'Agent', 'todo-list', 'mcp__files', 'mcp__files__list', 'Bash(make lint)', 'Bash(make lint:*)', 'Bash(git commit -m "a b")', 'Bash(CI=1 npm test)',
    'Bash(npm test 2>&1)', 'Read(src/**)', 'Read(//etc/hosts)', 'Read(~/notes)', 'Edit(*.md)', 'Edit(/docs/[a-c]?.txt)', 'Edit(a\\*b)', 'Write(out)', 'Read(app/(group)/page.ts)', 'WebFetch(domain:example.org)', 'WebFetch(domain:localhost:8080)',
    'WebFetch(domain:[::1])', 'Agent(reviewer)', 'Agent(@acme/review.v2)',
  ]) {
    it(`accepts ${text}`, () => assert.equal(parseRule(text).text, text));
  }

  for (const [text, complaint] of [
    ['', /is empty/], ['(x)', /does not begin with the name of a tool/], ['Bash(make', /no closing parenthesis/], ['Bash()', /nothing within its parentheses; for every use write Bash alone/],
    ['Bash(*)', /is not one plain command/], ['Bash(npm run *)', /is not one plain command.*:\* at the end/], ['Bash(a && b)', /is not one plain command/], ['Bash(echo $HOME)', /is not one plain command/], ['Bash(CI=1:*)', /is not one plain command/],
    ['Bash(make\u200b)', /a character that cannot be seen/], ['Raed(src)', /limits Raed, which rules cannot; did you mean Read\(…\)\?/], ['todo(x)', /limits todo, which rules cannot; parentheses go with Bash/],
    ['Read(!x)', /begins with !/], ['Read(../x)', /holds \.\./], ['Read(a[b)', /a \[ without its \]/], ['Read([z-a])', /a set \[z-a\] that is none/], ['Edit(a\\)', /ends in a backslash/],
    ['WebFetch(example.org)', /names no host/], ['WebFetch(domain:)', /names no host/], ['WebFetch(domain:*.org)', /names no host/], ['WebFetch(domain:a/b)', /names no host/], ['WebFetch(domain:me@a.org)', /names no host/],
    ['mcp__', /names no server/], ['mcp__files__', /names no server/], ['mcp__files__list(x)', /limits a tool of a server/], ['Agent(a b)', /names no agent/], ['Read(a) Edit(b)', /seems to be two rules/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)} and says why`, () => assert.throws(() => parseRule(text, 'settings.json:3'), (error: Error) => {
      assert.match(error.message, complaint);
      assert.match(error.message, /\(settings\.json:3\)/);
      return true;
    }));
  }
});

describe('the options', () => {
  it('take rules as text and with the place they come from', () => {
    const parsed = parsePolicy({ deny: ['Read(.env)'], allow: [{ rule: 'Bash(node --test)', source: '.pith/settings.json:2' }] });

    assert.deepEqual(parsed.issues, undefined);
    assert.deepEqual('value' in parsed && parsed.value.allow.map(({ text, source }) => [text, source]), [['Bash(node --test)', '.pith/settings.json:2']]);
  });

  for (const [value, path, message] of [
    [{ deney: [] }, 'deney', /is not known; lists of rules are deny, ask, allow/],
    [{ deny: 'Bash' }, 'deny', /must be a list of rules; found "Bash"/],
    [{ deny: ['Bash', 7] }, 'deny,1', /a rule is a text, or \{ rule, match, noMatch, reason \}; found 7/],
    [{ ask: [{ rule: 'Bash(', source: 'x' }] }, 'ask,0', /"Bash\(" \(x\) has no closing parenthesis/],
    [[], '', /must be an object of deny, ask, allow; found an array/],
  ] as const) {
    it(`refuse ${JSON.stringify(value)}`, () => {
      const { issues = [] } = parsePolicy(value);
      assert.equal(issues[0]?.path.join(), path);
      assert.match(issues[0].message, message);
    });
  }

  it('name every mistake at once', () => assert.equal(parsePolicy({ deny: ['(', ''], other: 1 }).issues?.length, 3));
});
