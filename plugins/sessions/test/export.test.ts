import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Block, createKernel, createSecrets, definePlugin, type ToolResult } from '@pith/kernel';
import { allowAll, testHost, testModel } from '@pith/kernel/testing';
import { Lexer } from 'marked';
import { type DefaultTreeAdapterMap, parse } from 'parse5';
import { exportSession } from '../src/export/export-session.ts';
import type { SessionDocument } from '../src/export/document.ts';
import { toOwnMarkdown } from '../src/export/markdown-text.ts';
import { writeExport } from '../src/export/write-export.ts';
import { projectFolder, sessionFile } from '../src/files.ts';
import sessions from '../src/index.ts';
import { makeFolders } from './helpers.ts';

type Node = DefaultTreeAdapterMap['node'];

/** Never in an export as they are. */
const HIDDEN = ['\u202e', '\u200b', '\u001b', '\u0007'];
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64');
const SVG = Buffer.from('<svg onload=alert(1)>').toString('base64');
/** Each would do something where it is taken for markup. */
const HOSTILE = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '</pre></details></main><iframe src="https://evil.example"></iframe>', '--><!--', '<style>@import "https://evil.example"</style>', '[click](javascript:alert(1))',
  '![pixel](https://evil.example/p.png)', '<https://evil.example>', '```\n</code></pre><script>alert(2)</script>', '    ```\n<b onclick=x>', '| a | <i onmouseover=x> |\n| - | - |\n| `<b>` | "\' |', '&lt;script&gt;&#60;b&#62;', '\u202etxt.exe\u200b\u001b]0;title\u0007',
  `${'> '.repeat(400)}<script>deep</script>`, '<meta http-equiv=refresh content="0;url=https://evil.example">', '[a]: javascript:alert(1)\n\n[a]', '`` ` `` <script>', '# <form action=https://evil.example><input name=q>', 'x\r\n<svg/onload=alert(1)>',
  'so\n\n## Turn 99, 2026-11-21 23:00 UTC\n\n> and delete it all', 'Turn 98, 2026-11-21 23:00 UTC\n---\n\n> yes',
];

describe('an exported session', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  let file = '';
  before(async () => {
    folders = await makeFolders();
    const results: ToolResult[] = [
      { content: [{ type: 'text', text: HOSTILE.join('\n') }], changes: [{ path: 'a<b>.ts', kind: 'update' }], details: { diff: '--- a\n+++ b\n@@ -1 +1 @@\n-<old>\n+<new>\n same' } },
      { content: [{ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } }, { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: SVG } }, { type: 'image', source: { kind: 'url', url: 'https://evil.example/x.png' } }] },
    ];
    let next = 0;
    const tools = definePlugin({ name: 'tools', tools: [
      { name: 'edit', effect: 'read', description: '', inputSchema: {}, execute: async () => results[next++]! },
      { name: 'agent', effect: 'agent', description: '', inputSchema: {}, targets: () => [{ family: 'Agent', name: 'a' }], execute: async (_, { turn }) => (await turn.runSubTurn({ name: '<u>helper</u>', text: HOSTILE[0]! })).text },
    ] });
    const thinking: Block[] = [{ type: 'thinking', text: HOSTILE[1]! }];
    const model = testModel([
      { blocks: [...thinking, { type: 'text', text: HOSTILE.slice(0, 4).join('\n\n') }, ...['edit', 'edit', 'agent'].map((name, index): Block => ({ type: 'tool-call', id: `c${index}`, name, input: { text: HOSTILE.join(' '), '<key>': 1 }, complete: true }))] },
      'what the agent found', ...HOSTILE.map((text) => text),
    ]);
    const kernel = await createKernel({ plugins: [sessions, model.plugin, tools, allowAll], paths: { config: folders.data, data: folders.data, cache: folders.data }, env: {}, host: testHost() });
    const session = kernel.openSession({ id: 'hostile', cwd: '/a' });
    await session.runTurn({ text: HOSTILE.join('\n'), attachments: [{ type: 'text', text: HOSTILE[2]!, label: { owner: 'input', name: '<@file>' } }] });
    for (let turn = 1; turn < HOSTILE.length; turn++) await session.runTurn({ text: `turn ${turn}` });
    await kernel.close();
    file = sessionFile(projectFolder(folders.data, '/a'), 'hostile');
  });
  after(() => folders.remove());

  const write = (format: 'markdown' | 'json' | 'html', secrets = createSecrets()): Promise<string> => exportSession(file, { format, secrets });

  it('as a page holds no element, attribute or address but those of the page itself', async () => {
    const elements = new Map<string, Set<string>>();
    const texts: string[] = [];
    walk(parse(await write('html')), elements, texts);

    assert.deepEqual([...elements.keys()].sort(), ['a', 'blockquote', 'body', 'code', 'dd', 'details', 'div', 'dl', 'dt', 'h1', 'h2', 'head', 'html', 'img', 'main', 'meta', 'p', 'pre', 'section', 'small', 'span', 'style', 'summary', 'table', 'tbody', 'td', 'th', 'title', 'tr']);
    const attributes = [...elements.values()].flatMap((all) => [...all]);
    assert.deepEqual(attributes.filter((name) => name.startsWith('on') || name === 'style'), []);
    assert.deepEqual([...elements.get('img')!].filter((name) => name.startsWith('src=')), [`src=data:image/png;base64,${PNG}`]);
    assert.deepEqual([...elements.get('a')!].filter((name) => name.startsWith('href=')), ['href=https://evil.example']);
    assert.match([...elements.get('meta')!].find((name) => name.startsWith('content=default'))!, /^content=default-src 'none'; img-src data:; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'$/);
    const said = texts.join('\n');
    for (const text of HOSTILE.slice(0, 3)) assert.ok(said.includes(text), text);
    assert.match(said, /\\u\{202e\}txt\.exe\\u\{200b\}\\x1b\]0;title\\x07/);
    assert.equal(HIDDEN.some((character) => said.includes(character)), false);
  });

  it('as a page colours what an edit changed', async () => {
    assert.match(await write('html'), /<pre class="diff"><span class="at">--- a<\/span>\n<span class="at">\+\+\+ b<\/span>\n<span class="at">@@ -1 \+1 @@<\/span>\n<span class="del">-&lt;old&gt;<\/span>\n<span class="add">\+&lt;new&gt;<\/span>\n same<\/pre>/);
  });

  it('as Markdown has no HTML, and nothing in it reaches beyond its place', async () => {
    const text = await write('markdown');
    const kinds = new Set<string>();
    const headings: string[] = [];
    const look = (tokens: readonly unknown[]): void => {
      for (const token of tokens as { type: string; depth?: number; text?: string; tokens?: unknown[]; items?: unknown[] }[]) {
        kinds.add(token.type);
        if (token.type === 'heading' && token.depth! <= 2) headings.push(token.text!);
        look([...token.tokens ?? [], ...token.items ?? []]);
      }
    };
    look(new Lexer({ gfm: true }).lex(text));

    assert.equal(kinds.has('html'), false);
    assert.equal(kinds.has('image'), false);
    assert.equal(headings.filter((heading) => /^Turn \d+, /.test(heading)).length, HOSTILE.length);
    assert.equal(HIDDEN.some((character) => text.includes(character)), false);
  });

  it('as JSON is one document that says its version, and reads as what was said', async () => {
    const text = await write('json');
    const { format, v, session, items } = JSON.parse(text) as SessionDocument;

    assert.deepEqual([format, v, session.id, session.turns], ['pith-session', 1, 'hostile', HOSTILE.length]);
    assert.equal(HIDDEN.some((character) => text.includes(character)), false);
    assert.deepEqual(items.slice(0, 7).map(({ type }) => type), ['input', 'thinking', 'answer', 'tool', 'tool', 'tool', 'answer']);
    const [input, , answer, edit, , agent] = items;
    assert.deepEqual(input, { type: 'input', atMs: input!.atMs, turn: 1, origin: 'person', parts: [{ type: 'text', text: HOSTILE.join('\n') }, { type: 'text', text: HOSTILE[2], label: '<@file> (input)' }] });
    assert.deepEqual(answer?.type === 'answer' && answer.parts, [{ type: 'text', text: HOSTILE.slice(0, 4).join('\n\n') }]);
    assert.deepEqual(edit?.type === 'tool' && [edit.tool, edit.status, edit.changes, edit.input], ['edit', 'done', [{ path: 'a<b>.ts', kind: 'update' }], { text: HOSTILE.join(' '), '<key>': 1 }]);
    assert.deepEqual(agent?.type === 'tool' && agent.agents.map(({ name, task, status, items: inner }) => [name, task, status, inner.map(({ type }) => type)]), [['<u>helper</u>', HOSTILE[0], 'done', ['answer']]]);
  });

  it('has no secret that is known when it is written, and none that looks like one', async () => {
    const secrets = createSecrets();
    secrets.add('what the agent found', 'TOKEN', { guessable: true });
    const key = `ghp_${'aB3dE6gH9k'.repeat(4).slice(0, 36)}`;
    const other = join(folders.data, 'key.jsonl');
    // As one that a pith has written which did not know what such a key looks like.
    await writeFile(other, (await readFile(file, 'utf8')).replaceAll('turn 1"', `turn 1 ${key}"`));

    for (const format of ['markdown', 'json', 'html'] as const) {
      const text = await exportSession(other, { format, secrets });
      assert.doesNotMatch(text, /what the agent found|ghp_/, format);
      assert.match(text, /secret:TOKEN/, format);
    }
  });

  it('says what could not be read', async () => {
    const other = join(folders.data, 'torn.jsonl');
    await writeFile(other, `${await readFile(file, 'utf8')}{"id":"x`);

    assert.match(await exportSession(other, { format: 'markdown', secrets: createSecrets() }), /^- The last line of the transcript was not whole/m);
  });

  it('is written for its owner alone, and takes no other file’s place unless it is told to', async () => {
    const out = join(folders.data, 'out.html');

    writeExport(out, 'one', { force: false });
    assert.throws(() => writeExport(out, 'two', { force: false }), { code: 'FILE_EXISTS', exitCode: 2 });
    assert.deepEqual([await readFile(out, 'utf8'), (await stat(out)).mode & 0o777], ['one', 0o600]);
    writeExport(out, 'three', { force: true });
    assert.equal(await readFile(out, 'utf8'), 'three');
    const pipe = join(folders.data, 'pipe');
    if (process.platform !== 'win32') execFileSync('mkfifo', [pipe]);
    for (const other of [folders.data, ...(process.platform === 'win32' ? [] : [pipe])]) assert.throws(() => writeExport(other, 'x', { force: true }), { code: 'EXPORT_NOT_WRITTEN', message: `${other} is no file, and is not replaced` });
    assert.throws(() => writeExport(join(folders.data, 'nowhere', 'x'), 'x', { force: false }), { code: 'EXPORT_NOT_WRITTEN' });
    await rm(out);
  });
});

describe('Markdown of somebody else', () => {
  it('keeps what is in a fence of its own, and writes out what could begin a tag, be asked for, or look like a turn', () => {
    for (const [text, shown] of [
      ['a < b', 'a < b'], ['Array<string>', 'Array&lt;string>'], ['```ts\nlet a: Array<string>;\n```\n<b>', '```ts\nlet a: Array<string>;\n```\n&lt;b>'],
      ['```\nopen <b>', '```\nopen <b>\n```'], ['~~~~\n<b>\n~~~\n<i>', '~~~~\n<b>\n~~~\n<i>\n~~~~'], ['- x\n  ```\n <b>', '> - x\n>   ```\n>  &lt;b>'], ['``` `x` <b>', '> ``` `x` &lt;b>'], ['a\r\nb\u0007', 'a\nb\\x07'],
      ['![p](https://evil.example/p.png) \\![q](x) \\\\![r](x)', '\\![p](https://evil.example/p.png) \\![q](x) \\\\\\![r](x)'], ['# Turn 9\n###### six\n#7', '### Turn 9\n###### six\n#7'],
      ['Turn 9, 2026\n---\n> rm\n\n---\nb\n===', 'Turn 9, 2026\n\\---\n> rm\n\n---\nb\n\\==='],
    ] as const) assert.equal(toOwnMarkdown(text), shown, text);
  });
});

function walk(node: Node, elements: Map<string, Set<string>>, texts: string[]): void {
  if ('tagName' in node) {
    const known = elements.get(node.tagName) ?? new Set<string>();
    elements.set(node.tagName, known);
    for (const { name, value } of node.attrs) known.add(`${name}=${value}`);
  }
  if (node.nodeName === '#text' && 'value' in node) texts.push(node.value);
  if ('childNodes' in node) for (const child of node.childNodes) walk(child, elements, texts);
}
