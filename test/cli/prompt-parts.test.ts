import assert from 'node:assert/strict';
import { createReadStream, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BlockMarks, definePlugin, type ModelRequest, type Settings } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import codemap from '../../plugins/codemap/src/index.ts';
import compaction from '../../plugins/compaction/src/index.ts';
import context from '../../plugins/context/src/index.ts';
import input from '../../plugins/input/src/index.ts';
import { skills } from '../../plugins/skills/src/index.ts';
import { readAttachment } from '../../src/host/run/attach.ts';
import { toSessionOptions } from '../../src/host/run/open-session.ts';
import { toPasted } from '../../src/host/run/pasted.ts';
import { type PromptRequest, readPrompt } from '../../src/host/run/prompt.ts';

interface Part { in: string; owner: string; name: string; pinned: boolean }

const root = new URL('../../', import.meta.url);
const show = ({ in: place, owner, name, pinned }: Part): string => `${place} ${owner}/${name}${pinned ? ' pinned' : ''}`;

/** The table of the docs. */
async function readTable(): Promise<(Part & { matches: (part: Part) => boolean })[]> {
  const rows = (await readFile(new URL('docs/context.md', root), 'utf8')).matchAll(/^\| (system|messages) \| `([^`]+)` \| `([^`]+)` \| [^|]+ \| (yes)? ?\|$/gm);
  return [...rows].map(([, place, owner, name, pinned]) => {
    const row = { in: place!, owner: owner!, name: name!, pinned: pinned === 'yes' };
    // The names of skills have no slash; all others may be paths.
    const pattern = new RegExp(`^${row.name.replaceAll(/[A-Z]+/g, row.name.startsWith('skill ') ? '[^/]+' : '.+')}$`, 'su');
    return { ...row, matches: (part) => part.in === row.in && part.owner === row.owner && part.pinned === row.pinned && pattern.test(part.name) };
  });
}

function partsOf({ system, messages }: Pick<ModelRequest, 'system' | 'messages'>): Part[] {
  return [...system.map(({ id, owner }) => ({ in: 'system', owner, name: id, pinned: false })), ...labelsOf(messages.flatMap(({ content }) => content.flatMap((block): readonly Pick<BlockMarks, 'label'>[] => (block.type === 'tool-result' ? [block, ...block.content] : [block]))))];
}

function labelsOf(blocks: readonly Pick<BlockMarks, 'label'>[]): Part[] {
  return blocks.flatMap(({ label }) => (label === undefined ? [] : [{ in: 'messages', owner: label.owner, name: label.name, pinned: label.pinned === true }]));
}

describe('the parts of a prompt', () => {
  let folder: string;
  before(async () => { folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-parts-'))); });
  after(() => rm(folder, { recursive: true, force: true }));

  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const skill = (name: string): Promise<void> => put(`.claude/skills/${name}/SKILL.md`, `---\nname: ${name}\ndescription: What it is for.\n---\nDo it.\n`);

  /** A session in which everything is on, and everything is done that puts something into a prompt. */
  const collect = async (): Promise<Part[]> => {
    for (const path of ['AGENTS.md', 'sub/AGENTS.md', 'sub/a.ts', 'note.txt', '.claude/skills/one/more.md', 'home/empty']) await put(path, `The words of ${path}.`);
    await put('.claude/commands/r.md', 'Follow @note.txt.');
    await put('.git/HEAD', 'ref: refs/heads/main\n');
    await put('.git/config', '[core]\n\trepositoryformatversion = 0\n');
    for (const path of ['.git/objects', '.git/refs/heads']) await mkdir(join(folder, path), { recursive: true });
    await skill('one');
    const model = testModel([{ calls: [{ name: 'skill', input: { name: 'one' } }, { name: 'skill', input: { name: 'one', file: 'more.md' } }, { name: 'read', input: { path: join(folder, 'sub/a.ts') } }] }]);
    const standIn = (name: string) => ({ name, description: '', effect: 'read' as const, inputSchema: {}, targets: ({ path }: { path?: string }) => (path === undefined ? [] : [{ family: 'Read', path }]), execute: async () => 'the content' });
    const others = definePlugin({ name: 'others', tools: ['read', 'bash'].map(standIn), setup({ hooks }) { hooks.context.tap('others', (request) => ({ ...request, system: [...request.system, { id: 'clock', owner: 'others', stability: 'volatile', text: 'now' }] })); } });
    const test = await createTestKernel({
      folder, plugins: [model.plugin, allowAll, others, context, input, skills(join(folder, 'managed')), codemap, compaction], env: { HOME: join(folder, 'home'), PATH: process.env['PATH'] }, options: { codemap: { sectionTokens: 500 } },
    });
    const open = async (settings: Settings) => test.kernel.openSession({ ...await toSessionOptions(test.kernel, { ...settings, provider: 'test', model: 'model' }, { cwd: folder, stored: undefined, sink: () => undefined }) });
    const own = await open({ system: 'You are mine.' });
    const session = await open({ appendSystem: 'Be brief.' });
    for (const text of ['one', `See @note.txt\n${'a line\n'.repeat(3000)}`, '!ls', '/r']) {
      if (text === '!ls') await skill('two');
      assert.equal((await session.runTurn({ text })).status, 'done');
    }
    assert.equal((await own.runTurn({ text: 'hi' })).status, 'done');
    const parts = model.requests.flatMap(partsOf);
    await test.close();
    return parts;
  };

  /** What the command line brings. */
  const collectGiven = async (): Promise<Part[]> => {
    const stdin = createReadStream('', { fd: openSync(join(folder, 'note.txt'), 'r') }) as unknown as PromptRequest['stdin'];
    const { attachments } = await readPrompt({ words: ['hi'], stdin, signal: new AbortController().signal, onSilence: () => undefined });
    const pasted = toPasted([{ text: 'x' }, { text: 'y', name: 'log' }]);
    assert.ok(typeof pasted !== 'string');
    return labelsOf([...attachments, ...pasted, await readAttachment('note.txt', folder)]);
  };

  /** Making room leaves more than one session shows; the type names all of it. */
  const collectTraces = async (): Promise<Part[]> => {
    const [, names = ''] = /export type Trace = (.*);/.exec(await readFile(new URL('plugins/compaction/src/history.ts', root), 'utf8')) ?? [];
    return [...names.matchAll(/'(\w+)'/g)].map(([, name]) => ({ in: 'messages', owner: 'compaction', name: name!, pinned: false }));
  };

  it('have the names that docs/context.md says, and no others', async () => {
    const table = await readTable();
    const found = [...await collect(), ...await collectGiven(), ...await collectTraces()].filter(({ owner }) => owner !== 'others');

    const unknown = found.filter((part) => !table.some(({ matches }) => matches(part)));
    const absent = table.filter(({ matches }) => !found.some(matches));
    assert.deepEqual([[...new Set(unknown.map(show))], absent.map(show)], [[], []]);
    assert.ok(table.length > 20);
  });
});

