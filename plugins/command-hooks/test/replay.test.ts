import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '@pith/kernel/testing';
import { TranscriptFile } from '../src/transcript.ts';
import { decision, print, startHooks } from './start-hooks.ts';

// Every session of the other tests is played again when it is closed; here is what they have not.
describe('a session with hooks', () => {
  it('plays again where calls and sub-agents run side by side, and hooks end in any order', async () => {
    const soon = 'sleep 0.0$(($$ % 5)); ';
    const t = await startHooks({
      user: {
        SubagentStart: [`${soon}echo sub`], SubagentStop: [`${soon}grep -q '"stop_hook_active":true' || { echo again >&2; exit 2; }`],
        PreToolUse: [`${soon}if grep -q 'echo 2'; then echo "not 2" >&2; exit 2; fi`, { command: `${soon}${print({ systemMessage: 'one said' })}`, once: true }, { command: `${soon}exit 1`, async: true }],
        PostToolUse: [`${soon}${print({ hookSpecificOutput: { hookEventName: 'PostToolUse', additionalContext: 'more' } })}`], Stop: [`${soon}exit 7`],
      },
      script: [
        { calls: [...['a', 'b', 'c'].map((task) => ({ name: 'agent', input: { task } })), ...[1, 2, 3, 4].map((n) => ({ name: 'bash', input: { command: `echo ${n}` } }))] },
        ...Array.from({ length: 7 }, () => 'said'),
      ],
    });
    assert.equal((await t.run()).status, 'done');
    await t.run('once more');
    assert.equal(t.of('run-end').length, 3);
    assert.equal(t.notices().filter((text) => text === 'one said').length, 1);
    assert.match(t.notices().join('\n'), /exit code 1; it was passed over/);
    await t.close();
  });

  it('records no header, no variable and no transcript', async () => {
    const server = await startServer((_, response) => { response.setHeader('content-type', 'application/json').end(JSON.stringify(decision('deny', 'the server says no'))); });
    const t = await startHooks({
      user: { SessionStart: ['echo "export PASSWORD=$(printf set-by-%s a-hook)" >> "$CLAUDE_ENV_FILE"'], PreToolUse: [{ type: 'http', url: `${server.url}/hook`, headers: { authorization: 'Bearer in-the-file' } }] },
      options: { allowLoopback: true }, script: [{ calls: [{ name: 'bash', input: { command: 'echo hi' } }] }],
    });
    await t.run();
    await server.close();
    assert.deepEqual([server.requests.length, t.of('permission-decided')[0]?.reason], [1, 'the server says no']);
    const { outside } = t.recording();
    assert.ok(outside.some((item) => item.kind === 'value' && item.key.includes('recorded PreToolUse')));
    assert.doesNotMatch(JSON.stringify(outside), /set-by-a-hook|in-the-file|transcript_path/);
    await t.close();
  });
});

describe('a transcript', () => {
  it('is taken away only by whoever has written it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pith-transcript-'));
    const own = new TranscriptFile(folder, 'a', folder);
    const replayed = new TranscriptFile(folder, 'a', folder);
    await own.write([{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
    await replayed.remove();
    assert.equal(existsSync(own.path), true);
    await own.remove();
    assert.equal(existsSync(own.path), false);
    await rm(folder, { recursive: true });
  });
});
