import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { conversation, createPlace, jsonLines, type Place, type Ran } from '../../../test/support/pith.ts';
import { decision, print } from './start-hooks.ts';

const plugin = fileURLToPath(new URL('..', import.meta.url));

/** The built `pith` with the built plugin linked, and hooks in the home of its user. */
async function linked(hooks: object): Promise<Place> {
  const place = await createPlace();
  const put = async (path: string, value: object): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(value));
  };
  await put(join(place.env['PITH_HOME']!, 'data', 'package.json'), { oclif: { plugins: [{ type: 'link', name: '@pith/plugin-command-hooks', root: plugin }] } });
  await put(join(place.env['HOME']!, '.claude', 'settings.json'), { hooks });
  return place;
}

const one = (command: string, matcher?: string): object[] => [{ ...(matcher === undefined ? {} : { matcher }), hooks: [{ type: 'command', command }] }];

describe('pith run with command hooks', () => {
  it('refuses what a hook refuses, of the real tools, and says who did', async () => {
    const place = await linked({ PreToolUse: one('if grep -q forbidden; then echo "not that one" >&2; exit 2; fi', 'Edit|Write|Bash') });
    const patch = '*** Begin Patch\n*** Add File: fine.txt\n+x\n*** Add File: forbidden.txt\n+y\n*** End Patch\n';
    await place.write('c.json', conversation({ calls: [{ tool: 'apply-patch', input: { patch } }, { tool: 'bash', input: { command: 'echo forbidden > b.txt' } }, { tool: 'write', input: { path: 'ok.txt', content: 'ok' } }] }, { text: 'done' }));
    const { code, stdout } = await place.pith(['run', '--provider', 'scripted', '--model', 'c.json', '--mode', 'bypassPermissions', '--output', 'stream-json', 'go']);
    const events = jsonLines(stdout);
    const decided = events.filter(({ type }) => type === 'permission-decided').map(({ tool, verdict, by, reason }) => [tool, verdict, by, reason]);
    assert.deepEqual(decided.slice(0, 2), [['apply-patch', 'deny', 'command-hooks', 'not that one'], ['bash', 'deny', 'command-hooks', 'not that one']]);
    assert.deepEqual(['fine.txt', 'forbidden.txt', 'b.txt', 'ok.txt'].map((name) => existsSync(join(place.folder, name))), [false, false, false, true]);
    assert.equal(code, 0);
    await place.remove();
  });

  it('runs the whole life of a session: variables, a prompt with context, a changed call, a turn that goes on, an end', async () => {
    const place = await linked({
      SessionStart: one('echo \'export GREETING=hello\' >> "$CLAUDE_ENV_FILE"'), UserPromptSubmit: one('echo "Today is release day."'),
      PreToolUse: one(print(decision('allow', 'fine', { updatedInput: { command: 'echo "$GREETING" > out.txt' } })), 'Bash'),
      Stop: one('grep -q \'"stop_hook_active":true\' || { echo "look again" >&2; exit 2; }'), SessionEnd: one('cat > "$CLAUDE_PROJECT_DIR/end.json"'),
    });
    await place.write('c.json', conversation({ calls: [{ tool: 'bash', input: { command: 'echo something else' } }] }, { text: 'first' }, { text: 'second' }));
    const { code, stdout, stderr } = await place.pith(['run', '--provider', 'scripted', '--model', 'c.json', '--allow', 'Bash(echo:*)', '--mode', 'bypassPermissions', 'go']);
    assert.deepEqual([code, stdout], [0, 'second\n'], stderr);
    assert.equal(readFileSync(join(place.folder, 'out.txt'), 'utf8'), 'hello\n');
    assert.equal((JSON.parse(readFileSync(join(place.folder, 'end.json'), 'utf8')) as { hook_event_name: string }).hook_event_name, 'SessionEnd');
    await place.remove();
  });

  it('sends no prompt that a hook refuses, and ends with 3; a broken hook file ends with 2', async () => {
    const place = await linked({ UserPromptSubmit: one('echo "no secrets" >&2; exit 2') });
    const refused = await place.pith(['run', '--provider', 'scripted', '--output', 'json', 'my password']);
    const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
    assert.deepEqual([refused.code, error.code], [3, 'PROMPT_REFUSED']);
    assert.match(error.message, /: no secrets$/);
    await writeFile(join(place.env['HOME']!, '.claude', 'settings.json'), '{"hooks":{"PreToolUse":7}}');
    const broken = await place.pith(['run', '--provider', 'scripted', 'hello']);
    assert.equal(broken.code, 2);
    assert.match(broken.stderr, /settings\.json: hooks\.PreToolUse is 7; allowed is a list/);
    await place.remove();
  });

  it('plays again to one hash without running a hook, whatever has become of the hook files', async () => {
    const ran = (then = ''): string => `echo ran >> "$CLAUDE_PROJECT_DIR/log"; ${then}`;
    const place = await linked({
      SessionStart: one(ran('echo \'export TOKEN=$(printf t0p-%s s3cret)\' >> "$CLAUDE_ENV_FILE"; echo "Use Bun."')), UserPromptSubmit: one(ran('echo "Today is release day."')),
      PreToolUse: [...one(ran('if grep -q forbidden; then echo "not that one" >&2; exit 2; fi')), ...one(ran(print(decision('allow', 'fine', { updatedInput: { command: 'echo changed' } }))), 'Bash')],
      PostToolUse: one(ran(`if grep -q enough; then ${print({ continue: false, stopReason: 'that was enough' })}; else ${print({ systemMessage: 'seen', hookSpecificOutput: { hookEventName: 'PostToolUse', additionalContext: 'and further' } })}; fi`)),
      Stop: one(ran('grep -q \'"stop_hook_active":true\' || { echo "look again" >&2; exit 2; }')), SessionEnd: one(ran()),
    });
    const run = (...args: string[]): Promise<Ran> => place.pith(['run', '--provider', 'scripted', '--model', 'c.json', '--mode', 'bypassPermissions', ...args]);
    await place.write('c.json', conversation({ calls: [{ tool: 'write', input: { path: 'forbidden.txt', content: '' } }, { tool: 'bash', input: { command: 'echo as it was' } }, { tool: 'list', input: {} }] }, { text: 'first' }, { text: 'second' }, { calls: [{ tool: 'write', input: { path: 'ok.txt', content: 'enough' } }] }, { text: 'not said' }));
    assert.equal((await run('go')).stdout, 'second\n');
    const ended = await run('--continue', 'and on');
    assert.deepEqual([ended.code, /that was enough/.test(ended.stderr)], [3, true], ended.stderr);
    const [{ id }] = JSON.parse((await place.pith(['sessions', 'list', '--json'])).stdout) as [{ id: string }];
    const log = readFileSync(join(place.folder, 'log'), 'utf8');
    assert.ok(log.split('\n').length > 12, log);

    const replay = async (): Promise<string> => {
      const { code, stdout, stderr } = await place.pith(['replay', id, '--json']);
      assert.equal(code, 0, stdout + stderr);
      const { same, hash, sittings } = JSON.parse(stdout) as { same: boolean; hash: string; sittings: object[] };
      assert.deepEqual([same, sittings.length], [true, 2]);
      return hash;
    };
    const settings = join(place.env['HOME']!, '.claude', 'settings.json');
    const hashes = [await replay()];
    await writeFile(settings, JSON.stringify({ hooks: { UserPromptSubmit: one(ran('exit 2')) } }));
    hashes.push(await replay());
    await writeFile(settings, 'no JSON');
    hashes.push(await replay());
    await rm(settings);
    hashes.push(await replay());

    assert.equal(new Set(hashes).size, 1);
    assert.equal(readFileSync(join(place.folder, 'log'), 'utf8'), log);
    const tapes = globSync('**/*.tape', { cwd: place.env['PITH_HOME']! }).map((file) => readFileSync(join(place.env['PITH_HOME']!, file), 'utf8'));
    assert.deepEqual([tapes.length, tapes.join('').includes('t0p-s3cret')], [1, false]);
    await place.remove();
  });
});
