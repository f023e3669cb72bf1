import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoopbackServer } from '@pith/kernel/testing';
import { startProvider, type Answer } from '@pith/wire/testing';
import { createPlace, jsonLines, type Place, type Ran } from '../support/pith.ts';
import { leaks, PLANTED, spellings } from '../support/planted.ts';

/** All that is known, in every spelling; then what only its shape tells. */
const EVERYTHING = PLANTED.map((secret) => (secret.variable === undefined ? `- ${secret.value}\n${JSON.stringify({ at: secret.value })}` : `${secret.variable}:\n${spellings(secret).join('\n')}`)).join('\n');
const DOTENV = PLANTED.map(({ variable, kind, value }, index) => `${variable ?? `${kind.toUpperCase().replaceAll(' ', '_')}_${index}`}=${value.includes('\n') ? `"${value}"` : value}`).join('\n');
const hooksPlugin = fileURLToPath(new URL('../../plugins/command-hooks', import.meta.url));

/** One reply of the Messages API, its text or its input cut into pieces of this length. */
function reply(say: { text: string } | { tool: string; input: object }, piece: number): Answer {
  const events: string[] = [];
  const send = (type: string, data: object): void => { events.push(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`); };
  const whole = 'tool' in say ? JSON.stringify(say.input) : say.text;
  send('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-fake', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 10, output_tokens: 1 } } });
  if (!('tool' in say)) {
    send('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } });
    for (const thinking of whole.match(new RegExp(`[^]{1,${piece}}`, 'g'))!) send('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking } });
    send('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'c2VhbGVk' } });
    send('content_block_stop', { index: 0 });
  }
  const index = 'tool' in say ? 0 : 1;
  send('content_block_start', { index, content_block: 'tool' in say ? { type: 'tool_use', id: `toolu_${piece}`, name: say.tool, input: {} } : { type: 'text', text: '' } });
  for (const part of whole.match(new RegExp(`[^]{1,${piece}}`, 'g'))!) send('content_block_delta', { index, delta: 'tool' in say ? { type: 'input_json_delta', partial_json: part } : { type: 'text_delta', text: part } });
  send('content_block_stop', { index });
  send('message_delta', { delta: { stop_reason: 'tool' in say ? 'tool_use' : 'end_turn', stop_sequence: null }, usage: { output_tokens: 20 } });
  send('message_stop', {});
  return { chunks: events.map((event) => Buffer.from(event)) };
}

describe('forty planted secrets', () => {
  let place: Place;
  let model: LoopbackServer;
  let listener: LoopbackServer;
  const ran: Ran[] = [];
  const home = (): string => place.env['PITH_HOME']!;
  const own = Object.fromEntries(PLANTED.flatMap(({ variable, value }) => (variable === undefined ? [] : [[variable, value]])));

  /** Runs pith with every secret in its environment, and keeps what it printed. */
  async function pith(...args: string[]): Promise<Ran> {
    const one = await place.pith(args, { env: { ...own, ANTHROPIC_BASE_URL: model.url, TMPDIR: join(place.folder, '..', 'tmp'), PITH_DEBUG: '1', DEBUG: '*' } });
    ran.push(one);
    return one;
  }

  before(async function () {
    this.timeout(120_000);
    place = await createPlace();
    await mkdir(join(place.folder, '..', 'tmp'));
    for (const [file, text] of [['.env', DOTENV], ['all.txt', EVERYTHING], ['all.b64', Buffer.from(EVERYTHING).toString('base64').replace(/.{76}/g, '$&\n')], ['plain.txt', 'nothing']] as const) await place.write(file, text);
    listener = await startProvider({ status: 200, body: {} });
    const put = async (path: string, value: object): Promise<void> => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, JSON.stringify(value));
    };
    await put(join(home(), 'data', 'package.json'), { oclif: { plugins: [{ type: 'link', name: '@pith/plugin-command-hooks', root: hooksPlugin }] } });
    await put(join(home(), 'config', 'settings.json'), { plugins: { 'command-hooks': { allowLoopback: true } } });
    const hooks = [{ hooks: [{ type: 'command', command: `cat >> "${home()}/hooks.log"; env >> "${home()}/hooks.log"; cp "${home()}"/data/command-hooks/*.jsonl "${home()}/seen-transcript.jsonl"` }, { type: 'http', url: listener.url }] }];
    await put(join(place.env['HOME']!, '.claude', 'settings.json'), { hooks: Object.fromEntries(['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'Stop', 'Notification'].map((event) => [event, hooks])) });
    const steps: Answer[] = [
      reply({ tool: 'read', input: { path: '.env' } }, 5), reply({ tool: 'read', input: { path: 'all.txt' } }, 3), reply({ tool: 'bash', input: { command: 'cat .env all.txt all.b64; env; cat .env >&2; exit 3' } }, 4),
      reply({ tool: 'grep', input: { pattern: '.', path: '.env' } }, 6), reply({ tool: 'bash', input: { command: `printf '%s\\n' ${PLANTED.map(({ value }) => value).filter((value) => /^[\w.:-]+$/.test(value)).join(' ')} > copy.out` } }, 7),
      reply({ tool: 'write', input: { path: `gone/${PLANTED[2]!.value}/x`, content: EVERYTHING } }, 11), reply({ tool: 'no-such-tool', input: { text: EVERYTHING } }, 13), reply({ text: EVERYTHING }, 7),
      // The second run, and those after it.
      ...[1, 2, 3, 4].map((piece) => reply({ text: `${EVERYTHING}\n${DOTENV}` }, piece)),
      { status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message: `No: ${EVERYTHING}` } } }, { status: 401, body: { type: 'error', error: { type: 'authentication_error', message: `Wrong key ${PLANTED[0]!.value} or ${PLANTED[20]!.value}` } } },
    ];
    model = await startProvider(...steps);
    await run();
  });
  after(async () => {
    await model.close();
    await listener.close();
    await place.remove();
  });

  async function run(): Promise<void> {
    const prompt = `Look at ${PLANTED.map(({ value }) => value).join(' and ')}`;
    await pith('run', '--verbose', '--mode', 'bypassPermissions', '--allow', 'Bash', '--output', 'stream-json', prompt);
    await pith('run', '--continue', '--verbose', '--stream', 'go on');
    await pith('run', '--continue', '--verbose', '--output', 'json', 'go on');
    await pith('run', '--continue', '--output', 'stream-json', 'go on');
    await pith('run', '--continue', '--output', 'text', 'go on');
    await pith('run', '--continue', '--verbose', 'this fails');
    await pith('run', '--continue', '--output', 'json', 'this fails, too');
    const { id } = (JSON.parse((await pith('sessions', 'list', '--json')).stdout) as { id: string }[])[0]!;
    for (const args of [
      ['sessions', 'list'], ['sessions', 'show', id], ['sessions', 'show', id, '--json'], ['hooks', 'trace', id], ['hooks', 'trace', id, '--json'], ['hooks', 'explain', 'bash'], ['replay', id, '--json'], ['replay', id],
      ['doctor'], ['doctor', '--json'], ['config'], ['config', '--json'], ['tools', 'call', 'read', '{"path":".env"}', '--json'], ['tools', 'call', 'bash', JSON.stringify({ command: `echo ${PLANTED[2]!.value}; cat all.txt` }), '--mode', 'bypassPermissions'],
      ['run', '--model', PLANTED[1]!.value, 'hello'], ['run', '--no-such-flag', PLANTED[2]!.value], [PLANTED[3]!.value], ['plugins'], ['permissions', 'explain', `Bash(curl -H ${PLANTED[2]!.value} ${PLANTED[9]!.value})`],
    ]) await pith(...args);
  }

  it('were all met: the model asked for them, said them, and was refused with them', () => {
    const [first] = ran;
    const events = jsonLines(first!.stdout);
    assert.deepEqual(events.filter(({ type }) => type === 'tool-end').map(({ status }) => status), ['done', 'done', 'error', 'done', 'done', 'done', 'error'], events.filter(({ type }) => type === 'tool-end').map(({ content }) => JSON.stringify(content).slice(0, 200)).join('\n'));
    assert.equal(leaks(readFileSync(join(place.folder, 'copy.out'), 'utf8')).length > 25, true, 'a command runs with the values that it was given');
    assert.equal(model.requests.length, 14, ran.map(({ stderr }) => stderr).join('\n').slice(0, 2000));
    assert.ok(listener.requests.length > 10);
    assert.deepEqual(ran.slice(0, 7).map(({ code }) => code), [0, 0, 0, 0, 0, 5, 5]);
    assert.match(ran[5]!.stderr, /\[secret:/);
    for (const { variable } of PLANTED) if (variable !== undefined) assert.ok(first!.stdout.includes(`[secret:${variable}]`), variable);
  });

  it('are in nothing that was printed', () => {
    for (const { stdout, stderr } of ran) assert.deepEqual(leaks(stdout + stderr), []);
  });

  it('are in nothing that the model said in pieces, put together again', () => {
    for (const { stdout } of ran.filter(({ stdout }) => stdout.startsWith('{"type":"session-start"'))) {
      const said = jsonLines(stdout).map(({ type, text, json }) => (type === 'text-delta' || type === 'thinking-delta' ? text : type === 'tool-input-delta' ? json : '')).join('');
      assert.deepEqual(leaks(said), []);
    }
  });

  it('are in no request to the model, and in none to a hook', () => {
    for (const { body } of [...model.requests, ...listener.requests]) assert.deepEqual(leaks(body), []);
    assert.equal(model.requests[0]!.headers['x-api-key'], PLANTED[0]!.value, 'the provider gets its own key');
  });

  it('are in no file that pith wrote, nor in one of a hook', () => {
    const root = dirname(place.folder);
    // A checkpoint is the project's own files again, with their names, for the person alone.
    const files = globSync('**/*', { cwd: root }).concat(globSync('**/.*', { cwd: root })).filter((file) => statSync(join(root, file)).isFile() && !/^(?:project\/(?:\.env|all\.|copy\.out|gone\/)|home\/pith\/data\/checkpoints\/)/.test(file));
    assert.ok(files.some((file) => file.endsWith('.tape')) && files.some((file) => file.includes('traces')) && files.some((file) => file.endsWith('hooks.log')), files.join('\n'));
    for (const file of files) assert.deepEqual(leaks(`${file}\n${readFileSync(join(root, file), 'utf8')}`), [], file);
  });

  it('make no difference to a replay', () => {
    const replayed = ran.find(({ stdout }) => stdout.includes('"sittings"'))!;
    assert.equal((JSON.parse(replayed.stdout) as { same: boolean }).same, true, replayed.stdout.slice(0, 3000));
  });
});
