import assert from 'node:assert/strict';
import { createPlace, jsonLines, type Place } from '../../../../test/support/pith.ts';
import { checkCases, splitLines } from '../../src/policy-tests/check-cases.ts';

const PLACE = { cwd: '/nowhere/project', home: '/nowhere/home', env: { PATH: '/usr/bin' } };
const CASE = { id: 'a', policy: { allow: ['Bash(make lint:*)'], ask: [], deny: [] }, mode: 'default', tool: 'Bash', input: { command: 'make lint FIX=1' } };

interface Answered { id: string | null; verdict: string; rule: string | null; parts: { verdict: string }[]; error: { code: string; message: string } }

async function* inChunks(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function check(text: string | Uint8Array, size = 7): Promise<Answered[]> {
  const answers: Answered[] = [];
  for await (const { answer } of checkCases(splitLines(inChunks(text, size)), PLACE)) answers.push(answer as Answered);
  return answers;
}

describe('pith permissions check', () => {
  let place: Place;
  before(async () => { place = await createPlace({ isWarm: true }); });
  after(() => place.remove());

  it('answers each line by a verdict, in order, and exits with 2 where one was wrong', async () => {
    const { stdout, stderr, code } = await place.pith(['permissions', 'check'], { stdin: `${JSON.stringify(CASE)}\nnonsense\n\n${JSON.stringify({ ...CASE, id: 'b', tool: 'Read', input: { file_path: '/etc/passwd' } })}` });

    const [first, second, third] = jsonLines(stdout);
    const part = { verdict: 'allow', rule: 'Bash(make lint:*)', reason: 'prefix' };
    assert.deepEqual(first, { id: 'a', ...part, parts: [{ text: 'make lint FIX=1', ...part }] });
    assert.deepEqual([second!['id'], (second!['error'] as { code: string }).code], [null, 'CASE_INVALID']);
    assert.deepEqual([third!['id'], third!['verdict'], third!['rule']], ['b', 'ask', null]);
    assert.deepEqual([stderr, code], ['', 2]);
  });

  it('reads a file, and exits with 0 where all was well', async () => {
    const file = await place.write('cases.jsonl', `${JSON.stringify(CASE)}\n`);

    const { stdout, code } = await place.pith(['permissions', 'check', file]);

    assert.deepEqual([jsonLines(stdout).map(({ verdict }) => verdict), code], [['allow'], 0]);
  });

  it('says which file it cannot read', async () => {
    const { stderr, code } = await place.pith(['permissions', 'check', 'missing.jsonl']);

    assert.match(stderr, /missing\.jsonl cannot be read: there is nothing of that name\./);
    assert.equal(code, 2);
  });

  for (const [what, change, message] of [
    ['an unknown field', { roots: [] }, '"roots" is no field of a case; did you mean root?'],
    ['an unknown field of the input', { input: { command: 'ls', timeout: 1 } }, '"timeout" is no field of the input of Bash; those are command'],
    ['an unknown list', { policy: { allows: [] } }, 'policy.allows: is not known; lists of rules are deny, ask, allow'],
    ['a wrong rule', { policy: { deny: [], ask: [], allow: ['Read', 'Bash('] } }, 'policy.allow.1: the rule "Bash(" has no closing parenthesis at its end; write Bash(…)'],
    ['an unknown mode', { mode: 'yolo' }, 'mode must be one of default, acceptEdits, plan, dontAsk, bypassPermissions; found "yolo"'],
    ['an unknown tool', { tool: 'Bush' }, 'tool must be one of Bash, Read, Edit, Write, WebFetch, or mcp__server__tool; found "Bush"'],
    ['no input', { input: undefined }, 'input must be an object; found nothing'],
    ['a command that is no text', { input: { command: 1 } }, 'input.command must be a text; found 1'],
    ['a root that is no folder', { root: '' }, 'root must be a folder; found ""'],
  ] as const) {
    it(`answers ${what} by what is wrong, with the id of the case`, async () => {
      assert.deepEqual(await check(JSON.stringify({ ...CASE, ...change })), [{ id: 'a', error: { code: 'CASE_INVALID', message } }]);
    });
  }

  it('answers a line that is no case, no JSON, no UTF-8 or without an id by what is wrong', async () => {
    const answers = await check(Buffer.concat([Buffer.from('[]\n{"id":"x"\n'), Buffer.from([0xff, 10]), Buffer.from('{"id":1}\n')]));

    assert.deepEqual(answers.map(({ id, error }) => [id, error.message.replace(/(JSON: ).*/, '$1…')]), [
      [null, 'a case must be an object; found an array'], [null, 'the line is no JSON: …'], [null, 'the line is no UTF-8'], [null, 'id must be a text; found 1'],
    ]);
  });

  it('parts lines only at line feeds', async () => {
    const answers = await check(`${JSON.stringify({ ...CASE, id: '\u2028' })}\r\n${JSON.stringify({ ...CASE, id: 'b' })}`);

    assert.deepEqual(answers.map(({ id }) => id), ['\u2028', 'b']);
  });

  it('takes the working directory for the root where none is given', async () => {
    const verdictOf = async (file_path: string, root?: string): Promise<string> => (await check(JSON.stringify({ ...CASE, tool: 'Read', input: { file_path }, ...(root === undefined ? {} : { root }) })))[0]!.verdict;

    assert.deepEqual([await verdictOf('x'), await verdictOf('../x'), await verdictOf('/nowhere/project/x'), await verdictOf('/nowhere/other/x', '/nowhere/other'), await verdictOf('/nowhere/project/x', '/nowhere/other')], ['allow', 'ask', 'allow', 'allow', 'ask']);
  });

  it('judges each family, and tools of servers', async () => {
    const policy = { allow: ['mcp__git', 'WebFetch(domain:example.org)', 'Edit(src/**)'], ask: [], deny: ['mcp__git__push', 'Read(.env)'] };
    const lines = [
      { tool: 'mcp__git__log', input: { any: ['thing'] } }, { tool: 'mcp__git__push', input: {} }, { tool: 'mcp__gitlab__log', input: {} },
      { tool: 'WebFetch', input: { url: 'https://example.org/x' } }, { tool: 'WebFetch', input: { url: 'https://example.org.evil.example/x' } },
      { tool: 'Edit', input: { file_path: 'src/a.ts' } }, { tool: 'Write', input: { file_path: 'src/a.ts' } }, { tool: 'Write', input: { file_path: 'b.ts' } }, { tool: 'Read', input: { file_path: 'sub/.env' } },
    ];

    const answers = await check(lines.map((line, index) => JSON.stringify({ id: String(index), policy, mode: 'default', ...line })).join('\n'));

    assert.deepEqual(answers.map(({ verdict }) => verdict), ['allow', 'deny', 'ask', 'allow', 'ask', 'allow', 'allow', 'ask', 'deny']);
  });

  it('asks nobody in mode dontAsk', async () => {
    const [answer] = await check(JSON.stringify({ ...CASE, mode: 'dontAsk', input: { command: './x' } }));

    assert.deepEqual([answer!.verdict, answer!.parts[0]!.verdict], ['deny', 'deny']);
  });
});
