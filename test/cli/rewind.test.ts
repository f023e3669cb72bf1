import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import { conversation, createPlace, type Place } from '../support/pith.ts';

const CONVERSATION = conversation(
  { calls: [{ tool: 'write', input: { path: 'a.txt', content: 'one\n' } }] }, { text: 'done' },
  { calls: [{ tool: 'bash', input: { command: 'echo two > a.txt; mkdir d; echo b > d/b.txt' } }, { tool: 'bash', input: { command: 'cat a.txt | grep two' } }] }, { text: 'done too' },
);

describe('pith sessions rewind', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace({ isWarm: true });
    await place.write('../c.json', CONVERSATION);
  });
  afterEach(() => place.remove());

  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await place.pith(['run', '--mode', 'bypassPermissions', '--model', '../c.json', ...args]);
    assert.equal(code, EXIT.ok, stderr);
    return stdout.replaceAll(/\s+/g, ' ').trim();
  };
  const rewind = async (...args: string[]) => place.pith(['sessions', 'rewind', ...args]);
  const file = (name: string): string | undefined => (existsSync(join(place.folder, name)) ? readFileSync(join(place.folder, name), 'utf8') : undefined);

  it('lists the steps, shows what would change, takes them back, and a replay of all of it is the same', async () => {
    await run('first');
    await run('--continue', 'second');

    const list = await rewind('--list');
    const { stdout: shown } = await rewind('--to', '2', '--preview');
    assert.match(list.stdout, /^\w+\n#  when +files  typed\n1  \S+ \S+ +2  second\n2  \S+ \S+ +1  first\n$/);
    assert.match(shown.replaceAll(/\s+/g, ' '), /^Would be taken back: 2 steps, from first on a\.txt: goes d\/b\.txt: goes .*--- a\/a\.txt \+\+\+ \/dev\/null .*Nothing has changed yet/);
    assert.deepEqual([file('a.txt'), file('d/b.txt')], ['two\n', 'b\n']);

    const { stdout, code } = await rewind('--json');
    const { session, files, messages, steps } = JSON.parse(stdout) as { session: string; files: { path: string; kind: string }[]; messages: object; steps: { text: string }[] };
    assert.deepEqual([code, files.map(({ path, kind }) => [path.slice(place.folder.length + 1), kind]), messages, steps.map(({ text }) => text)], [EXIT.ok, [['a.txt', 'update'], ['d/b.txt', 'delete']], { before: 8, now: 4 }, ['second']]);
    assert.deepEqual([file('a.txt'), existsSync(join(place.folder, 'd'))], ['one\n', false]);
    assert.equal(await run('--continue', 'second'), 'done too');
    assert.match(await run('--continue', '/undo code'), /a\.txt: is as it was/);
    assert.match(await run('--continue', '/redo'), /a\.txt: is changed again/);
    assert.match((await place.pith(['replay', session])).stdout, /: the same\n/);
  });

  it('overwrites nothing that somebody else has changed, unless it is forced, and then that can be brought again', async () => {
    await run('first');
    await place.write('a.txt', 'by hand');

    const refused = await rewind();
    assert.deepEqual([refused.code, file('a.txt')], [EXIT.refused, 'by hand']);
    assert.match(refused.stderr, /^pith: Nothing was taken back, since a file stands against it: a\.txt: .* somebody else has changed it since\.\nSee what would change: pith sessions rewind \w+ --preview\. .*--force\. .*--chat\n$/);
    assert.equal((JSON.parse((await rewind('--json')).stdout) as { error: { code: string } }).error.code, 'UNDO_CONFLICT');
    assert.equal((await rewind('--force')).code, EXIT.ok);
    assert.equal(file('a.txt'), undefined);
    await run('--continue', '/redo');
    assert.equal(file('a.txt'), 'by hand');
  });

  it('leaves alone what was not asked for: files, or what was said; and works from another folder', async () => {
    await run('first');
    const { stdout } = await place.pith(['sessions', 'list', '--json']);
    const [{ id }] = JSON.parse(stdout) as [{ id: string }];

    await place.pith(['sessions', 'rewind', id, '--code'], { cwd: join(place.folder, '..') });
    const said = (JSON.parse((await place.pith(['sessions', 'show', id, '--json'])).stdout) as { messages: unknown[] }).messages.length;
    await rewind(id.slice(0, 12), '--chat');
    const left = (JSON.parse((await place.pith(['sessions', 'show', id, '--json'])).stdout) as { messages: unknown[] }).messages.length;

    assert.deepEqual([file('a.txt'), said, left], [undefined, 4, 0]);
  });

  it('refuses a session that a process is writing, a step that there is not, and flags that contradict each other', async () => {
    await run('first');
    const tooMany = await rewind('--to', '5');
    const both = await rewind('--code', '--chat');
    const holder = place.start(['run', '--continue', '--input', 'stream-json', '--output', 'stream-json'], { stdin: 'open' });
    try {
      holder.stdin!.write('{"type":"user","text":"/cost"}\n');
      await once(holder.stdout!, 'data');
      const held = await rewind();

      assert.deepEqual([tooMany.code, both.code, held.code, file('a.txt')], [EXIT.usage, EXIT.usage, EXIT.failed, 'one\n']);
      assert.match(tooMany.stderr, /There is 1 step to take back, and not 5\.\npith sessions rewind \w+ --list shows them\./);
      assert.match(held.stderr, /^pith: Session \w+ is being written by process \d+/);
      assert.match((await rewind('--list')).stdout, /first/);
    } finally {
      holder.stdin!.end();
      await once(holder, 'close');
    }
  });
});
