import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { conversation, createPlace, jsonLines, type Place } from '../../../test/support/pith.ts';
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
});
