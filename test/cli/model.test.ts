import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';
import { afterEach, beforeEach } from 'mocha';
import { conversation, createPlace, type Place } from '../support/pith.ts';

interface Body { model: string; temperature?: number; max_tokens?: number; top_p?: number; system?: { text: string }[]; messages: { content: unknown }[]; output_config?: unknown }

/** Speaks just enough of Anthropic Messages to answer with one text. */
function startAnthropic(text: string): Promise<LoopbackServer> {
  return startServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (type: string, data: object): void => { response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`); };
    send('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 3, output_tokens: 1 } } });
    send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
    send('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
    send('content_block_stop', { index: 0 });
    send('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } });
    send('message_stop', {});
    response.end();
  });
}

describe('a real model', () => {
  let place: Place;
  const servers: LoopbackServer[] = [];
  beforeEach(async () => { place = await createPlace(); });
  afterEach(async () => {
    await place.remove();
    for (const server of servers.splice(0)) await server.close();
  });
  const anthropic = async (text: string) => {
    const server = await startAnthropic(text);
    servers.push(server);
    return { server, env: { ANTHROPIC_API_KEY: 'sk-ant-test-0000000000', ANTHROPIC_BASE_URL: server.url } };
  };
  const bodyOf = (server: LoopbackServer): Body => JSON.parse(server.requests[0]!.body) as Body;

  it('is used without any configuration when its key is there', async () => {
    const { server, env } = await anthropic('Hello.');

    const { code, stdout, stderr } = await place.pith(['run', 'say hello'], { env });

    assert.deepEqual([code, stdout], [0, 'Hello.\n'], stderr);
    assert.match(bodyOf(server).system![0]!.text, /^You are pith/);
  });

  it('is told all it needs in a first request of 5 KB', async () => {
    const { server, env } = await anthropic('ok');

    await place.pith(['run', 'hi'], { env });

    // Every session pays for it once at least: 5 KB are about 1 300 tokens, and four fifths of it are the tools. Before a further word is
    // put in, another one goes. The folder's name is none of pith's.
    const { body } = server.requests[0]!;
    const sizeBytes = Buffer.byteLength(body) - place.folder.length;
    assert.ok(sizeBytes <= 5000, `${sizeBytes} bytes`);
  });

  it('gets what the flags ask of it', async () => {
    const { server, env } = await anthropic('ok');

    const { code, stderr } = await place.pith([
      'run', '--model', 'claude-x', '--temperature', '0.5', '--max-tokens', '77', '--beta', 'one', '--beta', 'two', '--header', 'x-team=blue', '--body', '{"top_p":0.9}', '--append-system', 'Be brief.', 'hi',
    ], { env });

    assert.equal(code, 0, stderr);
    const body = bodyOf(server);
    assert.deepEqual([body.model, body.temperature, body.max_tokens, body.top_p, body.system!.at(-1)!.text], ['claude-x', 0.5, 77, 0.9, 'Be brief.']);
    const { headers } = server.requests[0]!;
    assert.equal(headers['x-team'], 'blue');
    assert.ok(headers['anthropic-beta']?.includes('one') && headers['anthropic-beta'].includes('two'));
  });

  it('is told its task budget', async () => {
    const { server, env } = await anthropic('ok');

    const { code, stderr } = await place.pith(['run', '--task-budget', '64000', 'hi'], { env });

    assert.equal(code, 0, stderr);
    assert.deepEqual(bodyOf(server).output_config, { task_budget: { type: 'tokens', total: 64_000 } });
    assert.equal(server.requests[0]!.headers['anthropic-beta'], 'task-budgets-2026-03-13');
  });

  it('is not asked for a task budget where its provider has none: exit 2', async () => {
    const { server, env } = await anthropic('ok');

    const { code, stderr } = await place.pith(['run', '--provider', 'openai', '--task-budget', '64000', 'hi'], { env: { ...env, OPENAI_API_KEY: 'sk-test-0000', OPENAI_BASE_URL: server.url } });

    assert.deepEqual([code, server.requests.length], [2, 0]);
    assert.match(stderr, /Provider openai has no task budget\. *\n.*--task-budget.*anthropic/);
  });

  it('gets images, PDFs and text that are attached', async () => {
    const { server, env } = await anthropic('ok');
    await writeFile(join(place.folder, 'a.png'), Buffer.from('89504e470d0a1a0a0000000d', 'hex'));
    await writeFile(join(place.folder, 'b.pdf'), '%PDF-1.7\n');
    await place.write('c.txt', 'some text');

    const { code, stderr } = await place.pith(['run', '--attach', 'a.png', '--attach', 'b.pdf', '--attach', 'c.txt', 'look'], { env });

    assert.equal(code, 0, stderr);
    const content = bodyOf(server).messages[0]!.content as { type: string; text?: string; source?: { media_type: string } }[];
    assert.deepEqual(content.slice(0, 4).map(({ type, source }) => source?.media_type ?? type), ['text', 'image/png', 'application/pdf', 'text']);
    assert.equal(content[3]!.text, '<file name="c.txt">\nsome text\n</file>');
  });

  it('answers as data that fits a schema', async () => {
    const { server, env } = await anthropic('{"name":"Ann","age":7}');
    await place.write('schema.json', '{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}');

    const { code, stdout } = await place.pith(['run', '--schema', 'schema.json', '--json', 'who'], { env });

    assert.deepEqual([code, (JSON.parse(stdout) as { structured: unknown }).structured], [0, { name: 'Ann', age: 7 }]);
    assert.ok(JSON.stringify(bodyOf(server)).includes('"additionalProperties":false'));
  });

  for (const answer of ['{"name":7}', 'Ann is seven.']) {
    it(`has failed when its answer does not fit the schema: ${answer}`, async () => {
      await place.write('c.json', conversation({ text: answer }));
      await place.write('schema.json', '{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}');

      const { code, stdout } = await place.pith(['run', '--model', 'c.json', '--schema', 'schema.json', '--json', 'who']);

      const { status, exitCode, error, result } = JSON.parse(stdout) as { status: string; exitCode: number; error: { code: string }; result: string };
      assert.deepEqual({ code, status, exitCode, error: error.code, result }, { code: 1, status: 'error', exitCode: 1, error: 'STRUCTURE_INVALID', result: answer });
    });
  }

  it('is one that a server on this machine answers with, when nothing is set up', async () => {
    const server = await startServer((request, response) => {
      if (request.url === '/v1/models') return void response.end('{"data":[{"id":"tiny"}]}');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const chunk = (delta: object, finish: string | null): string => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'tiny', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
      response.end(`${chunk({ role: 'assistant', content: 'From here.' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`);
    });
    servers.push(server);

    const { code, stdout, stderr } = await place.pith(['run', 'hi'], { env: { PITH_LOCAL_PROBE: `${server.url}/v1` } });

    assert.deepEqual([code, stdout], [0, 'From here.\n'], stderr);
  });

  for (const [title, args, said] of [
    ['a temperature out of range', ['--temperature', '3'], /--temperature 3.*from 0 to 2/],
    ['a task budget that is no number', ['--task-budget', '64k'], /--task-budget 64k.*a whole number from 1/],
    ['a body that is no object', ['--body', '[1]'], /--body \[1\].*JSON object/],
    ['a header without a value', ['--header', 'x'], /--header "x".*NAME=VALUE/],
    ['a schema that is not there', ['--schema', 'gone.json'], /--schema gone\.json cannot be read/],
    ['an attachment that is not there', ['--attach', 'gone.png'], /gone\.png cannot be attached/],
    ['an attachment that is neither text nor known', ['--attach', 'x.bin'], /x\.bin is not text/],
  ] as const) {
    it(`is not asked where ${title} is given: exit 2`, async () => {
      await writeFile(join(place.folder, 'x.bin'), Buffer.from([0, 1, 2, 255]));

      const { code, stderr } = await place.pith(['run', ...args, 'hi']);

      assert.equal(code, 2);
      assert.match(stderr, said);
    });
  }

  it('shows no key in an error, whatever the server answers', async () => {
    const server = await startServer((request, response) => { response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ type: 'error', error: { type: 'authentication_error', message: `bad key ${String(request.headers['x-api-key'] ?? request.headers.authorization)}` } })); });
    servers.push(server);

    const { code, stdout, stderr } = await place.pith(['run', '--json', 'hi'], { env: { ANTHROPIC_API_KEY: 'sk-ant-test-0000000000', ANTHROPIC_BASE_URL: server.url } });

    assert.equal(code, 5, stdout);
    assert.ok(!(stdout + stderr).includes('sk-ant-test-0000000000'));
  });
});
