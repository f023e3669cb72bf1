import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { DURABLE_EVENTS, ERRORS, type EventType, HOOK_NAMES, PithError, type TapOptions, type PermissionTapOptions, type ToolTapOptions, type ObserverOptions } from '@pith/kernel';
import { errorsDoc } from '../../scripts/errors-doc.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

/** Every type of the union: one that is missing here does not compile. */
const EVENT_TYPES = Object.keys({
  'session-start': 0, 'turn-start': 0, 'input-accepted': 0, 'context-ready': 0, compaction: 0, 'history-changed': 0, 'model-changed': 0, 'mode-changed': 0, 'model-start': 0, 'thinking-delta': 0, 'text-delta': 0, 'tool-input-delta': 0, 'tool-call': 0,
  'permission-asked': 0, 'permission-decided': 0, 'tool-start': 0, 'tool-progress': 0, 'tool-end': 0, 'model-end': 0, retry: 0, notice: 0, 'run-start': 0, 'run-end': 0, 'plugin-event': 0, 'turn-end': 0, 'session-end': 0,
} satisfies Record<EventType, 0>);
const OPTIONS = Object.keys({ name: 0, stage: 0, timeoutMs: 0, answers: 0, zone: 0, beforeAsking: 0, durable: 0, queueLimit: 0, replay: 0, records: 0, flush: 0, examples: 0 } satisfies Record<keyof (TapOptions & ToolTapOptions & PermissionTapOptions & ObserverOptions), 0>);

describe('the documentation', () => {
  it('of errors is the table of the kernel', async () => {
    assert.equal(await read('docs/errors.md'), errorsDoc(), 'run: node --conditions=pith-source scripts/errors-doc.ts');
  });

  it('of events has a row for every type, and marks those that durable observers are waited for', async () => {
    const rows = (await read('docs/events.md')).split('\n').filter((line) => line.startsWith('| `'));
    const first = rows.map((row) => row.split('|')[1]!);
    assert.deepEqual(first.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, type]) => type!)).sort(), EVENT_TYPES.toSorted());
    assert.deepEqual(first.filter((cell) => cell.includes('●')).map((cell) => /`(.+)`/.exec(cell)![1]!).sort(), [...DURABLE_EVENTS].sort());
  });

  it('of hooks has a row and a paragraph for every hook, and a row for every option of a tap', async () => {
    const text = await read('docs/hooks.md');
    for (const hook of HOOK_NAMES) {
      assert.match(text, new RegExp(`^\\| \`${hook}\` \\|`, 'm'));
      assert.match(text, new RegExp(`^\\*\\*${hook}\\.\\*\\* `, 'm'));
    }
    for (const option of OPTIONS) assert.match(text, new RegExp(`^\\|[^|]*\`${option}\`[^|]*\\|`, 'm'));
  });
});

describe('every error code of the kernel', () => {
  it('is provoked by a test', async () => {
    const texts = async (folder: string): Promise<[string, string][]> => Promise.all((await readdir(new URL(folder, root), { recursive: true })).filter((name) => name.endsWith('.ts') && !name.startsWith('dist')).map(async (name) => [name, await read(folder + name)] as [string, string]));
    const sources = (await texts('src/kernel/')).filter(([name]) => name !== 'errors.ts').map(([, text]) => text).join('\n');
    const tests = [...await texts('test/kernel/'), ...await texts('test/cli/')].map(([, text]) => text).join('\n');
    const raised = Object.keys(ERRORS).filter((code) => sources.includes(`'${code}'`));
    assert.ok(raised.length > 40);
    assert.deepEqual(raised.filter((code) => !new RegExp(`\\b${code}\\b`).test(tests)), []);
  });

  it('gives an error its exit code', () => {
    for (const [code, [exitCode]] of Object.entries(ERRORS)) assert.equal(new PithError('x', { code }).exitCode, exitCode);
  });
});
