import assert from 'node:assert/strict';
import { mergeInput, type Wish } from '../src/merge-input.ts';
import { showCall, showResult, toOutputText } from '../src/tool-view.ts';
import type { Handler } from '../src/handler.ts';

const at = { cwd: '/w' };
/** What a hook sees of a call, under the first name. */
const seen = (name: string, input: unknown): unknown[] => showCall({ name, input }, at).map(([first]) => [first?.name, first?.input]);
const wish = (name: string, input: unknown, updated: Record<string, unknown>, { index = 0, alias = 0 } = {}): Wish => ({ outcome: { handler: {} as Handler, ignored: [], updatedInput: updated }, shown: showCall({ name, input }, at)[index]![alias]!, index });
const merged = (name: string, input: unknown, ...updates: Record<string, unknown>[]): object => mergeInput({ name, input }, updates.map((updated) => wish(name, input, updated)));

describe('a call in the words of the hooks', () => {
  const BOTH_WAYS: [name: string, ours: Record<string, unknown>, theirs: string, shown: Record<string, unknown>][] = [
    ['bash', { command: 'ls', timeoutMs: 5, background: true }, 'Bash', { command: 'ls', timeout: 5, run_in_background: true }],
    ['read', { path: 'a', offset: 2, limit: 3 }, 'Read', { file_path: '/w/a', offset: 2, limit: 3 }],
    ['write', { path: '/x/a', content: 'c' }, 'Write', { file_path: '/x/a', content: 'c' }],
    ['list', { path: 'src' }, 'LS', { path: 'src' }],
    ['glob', { pattern: '*', path: 'src', hidden: true }, 'Glob', { pattern: '*', path: 'src', hidden: true }],
    ['grep', { pattern: 'x', glob: '*.ts', ignoreCase: true, context: 2, filesOnly: true }, 'Grep', { pattern: 'x', glob: '*.ts', '-i': true, '-C': 2, output_mode: 'files_with_matches' }],
    ['web-fetch', { url: 'https://a' }, 'WebFetch', { url: 'https://a', prompt: '' }],
    ['web-search', { query: 'q' }, 'WebSearch', { query: 'q' }],
    ['todo', { items: [{ text: 'a', status: 'active' }] }, 'TodoWrite', { todos: [{ content: 'a', activeForm: 'a', status: 'in_progress' }] }],
    ['edit', { path: 'a', old: 'x', new: 'y' }, 'Edit', { file_path: '/w/a', old_string: 'x', new_string: 'y' }],
    ['agent', { task: 't' }, 'Task', { task: 't' }],
    ['mcp__git__push', { branch: 'main' }, 'mcp__git__push', { branch: 'main' }],
    ['constructor', { a: 1 }, 'constructor', { a: 1 }],
  ];
  for (const [name, ours, theirs, shown] of BOTH_WAYS) {
    it(`${name} is ${theirs}, and every field goes there and back`, () => {
      assert.deepEqual(seen(name, ours), [[theirs, shown]]);
      assert.deepEqual(merged(name, ours, shown), { input: ours });
      for (const key of Object.keys(ours)) {
        const [[, changed]] = seen(name, { ...ours, [key]: name === 'todo' ? [{ text: 'b', status: 'done' }] : typeof ours[key] === 'boolean' ? false : typeof ours[key] === 'number' ? 77 : '/w/other' }) as [[string, Record<string, unknown>]];
        const { input } = merged(name, ours, changed) as { input: Record<string, unknown> };
        assert.notDeepEqual(input[key], ours[key], key);
        assert.deepEqual(seen(name, input), [[theirs, changed]], key);
      }
    });
  }

  it('shows each change of an edit, and as a MultiEdit to hooks that only know that', () => {
    const input = { path: 'a', edits: [{ old: '1', new: '2' }, { old: '3', new: '4' }] };
    assert.deepEqual(showCall({ name: 'edit', input }, at), [
      [{ name: 'Edit', input: { file_path: '/w/a', old_string: '1', new_string: '2' } }, { name: 'MultiEdit', input: { file_path: '/w/a', edits: [{ old_string: '1', new_string: '2' }] } }],
      [{ name: 'Edit', input: { file_path: '/w/a', old_string: '3', new_string: '4' } }, { name: 'MultiEdit', input: { file_path: '/w/a', edits: [{ old_string: '3', new_string: '4' }] } }],
    ]);
    const second = wish('edit', input, { file_path: '/w/a', old_string: '3', new_string: 'four' }, { index: 1 });
    const first = wish('edit', input, { file_path: '/w/a', edits: [{ old_string: '1', new_string: 'two' }] }, { index: 0, alias: 1 });
    assert.deepEqual(mergeInput({ name: 'edit', input }, [second, first]), { input: { path: 'a', edits: [{ old: '1', new: 'two' }, { old: '3', new: 'four' }] } });
    assert.ok('problem' in mergeInput({ name: 'edit', input }, [wish('edit', input, { file_path: '/w/b', old_string: '1', new_string: '2' })]), 'one change cannot go elsewhere alone');
    assert.ok('problem' in mergeInput({ name: 'edit', input }, [wish('edit', input, { file_path: '/w/a', old_string: '1', new_string: '2', replace_all: true })]));
  });

  it('shows a patch file by file', () => {
    const patch = ['*** Begin Patch', '*** Add File: new.txt', '+one', '+two', '*** Update File: a.txt', '*** Move to: b.txt', '@@ class A', ' keep', '-old', '+new', '@@', '-gone', '*** Delete File: c.txt', '*** End Patch'].join('\r\n');
    assert.deepEqual(seen('apply-patch', { patch }), [
      ['Write', { file_path: '/w/new.txt', content: 'one\ntwo\n' }],
      ['Edit', { file_path: '/w/a.txt', old_string: 'keep\nold\n', new_string: 'keep\nnew\n' }],
      ['Edit', { file_path: '/w/a.txt', old_string: 'gone\n', new_string: '' }],
      ['Write', { file_path: '/w/b.txt', content: 'keep\nnew\n' }],
      ['Write', { file_path: '/w/c.txt', content: '' }],
    ]);
    assert.ok('problem' in merged('apply-patch', { patch }, { file_path: '/w/other', content: '' }));
  });

  it('shows also what makes no sense: a patch of nothing, an input that is no object', () => {
    assert.deepEqual(seen('apply-patch', { patch: 'nonsense' }), [['apply-patch', { patch: 'nonsense' }]]);
    assert.deepEqual(seen('apply-patch', {}), [['apply-patch', {}]]);
    assert.deepEqual(seen('bash', 'ls'), [['Bash', 'ls']]);
    assert.deepEqual(seen('mcp__a__b', [1]), [['mcp__a__b', [1]]]);
    assert.deepEqual(seen('edit', { path: 'a', edits: [null] }), [['Edit', { file_path: '/w/a', old_string: undefined, new_string: undefined }]]);
    assert.deepEqual(seen('jobs', { job: 'j1', action: 'stop' }), [['KillShell', { shell_id: 'j1' }]]);
    assert.deepEqual(seen('ask-user', { question: 'q', options: ['a'] }), [['AskUserQuestion', { questions: [{ question: 'q', header: '', multiSelect: false, options: [{ label: 'a', description: '' }] }] }]]);
  });
});

describe('the input that several hooks change', () => {
  const call = { command: 'ls', timeoutMs: 5 };

  it('has the changes of all of them where they are of different fields', () => {
    assert.deepEqual(merged('bash', call, { command: 'ls -l', timeout: 5 }, { command: 'ls', timeout: 9 }), { input: { command: 'ls -l', timeoutMs: 9 } });
    assert.deepEqual(merged('bash', call, { command: 'ls -l', timeout: 5 }, { command: 'ls -l', timeout: 5 }), { input: { command: 'ls -l', timeoutMs: 5 } });
  });

  it('is none where they want different things of one field', () => {
    assert.deepEqual(merged('bash', call, { command: 'a', timeout: 5 }, { command: 'b', timeout: 5 }), { problem: 'hooks want different things of its command' });
  });

  it('is replaced whole by one of them: what is not in it is taken away, and what means nothing here is dropped', () => {
    assert.deepEqual(merged('bash', call, { command: 'ls -l', description: 'list' }), { input: { command: 'ls -l' } });
  });

  it('is the same object where nobody changes anything', () => {
    assert.equal((merged('bash', call, { command: 'ls', timeout: 5 }) as { input: unknown }).input, call);
  });
});

describe('a result', () => {
  const result = { content: [{ type: 'text' as const, text: 'out' }] };

  it('has the form that scripts look at', () => {
    assert.deepEqual(showResult('Bash', result, {}), { stdout: 'out', stderr: '', interrupted: false, isImage: false });
    assert.deepEqual(showResult('Write', result, { file_path: '/a' }), { filePath: '/a', success: true });
    assert.deepEqual(showResult('Read', result, { file_path: '/a' }), { type: 'text', file: { filePath: '/a', content: 'out' } });
    assert.deepEqual(showResult('mcp__a__b', result, {}), { content: [{ type: 'text', text: 'out' }] });
  });

  it('is replaced by a text, by the output of a command, by blocks, or by whatever it is as JSON', () => {
    assert.deepEqual(['new', { stdout: 'new', stderr: '' }, { content: 'new' }, { content: [{ type: 'text', text: 'ne' }, { type: 'text', text: 'w' }] }].map(toOutputText), ['new', 'new', 'new', 'new']);
    assert.deepEqual([{ a: 1 }, 7, null].map(toOutputText), ['{"a":1}', '7', 'null']);
  });
});
