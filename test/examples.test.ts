import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach } from 'mocha';
import { type CommandResult, definePlugin, EXIT, type PluginDefinition, textMessage, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, judge, recordedTool, runExamples, startServer, testModel } from '@pith/kernel/testing';
import readOnly from '../examples/01-first-plugin/read-only.ts';
import companyConfig from '../examples/02-company-hooks/pith.config.ts';
import protectedBranches, { pushedBranches } from '../examples/02-company-hooks/hooks/protected-branches.ts';
import productionHosts, { hostsIn } from '../examples/02-company-hooks/hooks/production-hosts.ts';
import redactSecrets, { redact, redactResult } from '../examples/03-redact-secrets/redact-secrets.ts';
import tickets from '../examples/04-custom-tool/ticket-tool.ts';
import gateway from '../examples/05-custom-provider/gateway.ts';
import ticket, { lastStamp, ticketIn } from '../examples/06-ticket/ticket.ts';
import usageReport, { addCall } from '../examples/07-usage-report/usage-report.ts';
import projectToolConfig from '../examples/11-project-tool/pith.config.ts';
import owners, { ownersOf } from '../examples/11-project-tool/tools/owners.ts';
import { check } from '../plugins/skills/src/check.ts';
import skillsPlugin from '../plugins/skills/src/index.ts';
import tools from '../plugins/tools/src/index.ts';
import { bin, conversation, createPlace, type Place, type Ran } from './support/pith.ts';

const examples = fileURLToPath(new URL('../examples', import.meta.url));
const told = (request: { messages: readonly unknown[] } | undefined): string => JSON.stringify(request?.messages.at(-1));

describe('examples', () => {
  it('each has a row in the README of the examples', () => {
    const readme = readFileSync(join(examples, 'README.md'), 'utf8');
    for (const folder of globSync('[0-9]*', { cwd: examples })) assert.match(readme, new RegExp(`^\\| \\[${folder}\\]\\(${folder}/`, 'm'), folder);
  });

  for (const plugin of [readOnly, protectedBranches, productionHosts, redactSecrets, ticket] as PluginDefinition[]) {
    it(`${plugin.name}: the examples that its taps carry pass`, async () => {
      const { results } = await runExamples(plugin, { tools: tools.tools ?? [] });

      assert.ok(results.length >= 3);
      assert.deepEqual(results.filter(({ ok }) => !ok), []);
    });
  }
});

describe('examples/01-first-plugin', () => {
  it('lets a turn read, and tells the model why it may not write', async () => {
    const write = recordedTool({ name: 'write', effect: 'write', targets: () => [{ family: 'Edit', path: '/a' }] });
    const model = testModel([{ calls: [{ name: 'look' }, { name: 'write' }] }]);
    const { session, close } = await createTestKernel({ plugins: [model.plugin, allowAll, readOnly, write.plugin, recordedTool('look').plugin] });

    const { refusals } = await session.runTurn({ text: 'go' });
    await close();

    assert.deepEqual(refusals.map(({ tool, by }) => [tool, by]), [['write', 'read-only']]);
    assert.equal(write.calls.length, 0);
    assert.match(told(model.requests[1]), /release is frozen, so write has to wait/);
  });
});

describe('examples/02-company-hooks', () => {
  it('names hook files that are there', () => {
    for (const file of companyConfig.hooks) assert.ok(readFileSync(join(examples, '02-company-hooks', file)).length > 0);
  });

  it('finds the branch of a push however it is written', () => {
    for (const [line, branches] of [
      ['git push origin main', ['main']], ['git push -u origin a b', ['a', 'b']], ['cd x; git push o +HEAD:refs/heads/main', ['main']], ['(git push o "main")', ['main']],
      ['git push', [undefined]], ['git push --all origin', [undefined]], ['git pull && echo push', []], ['npm run push main', []], ['', []],
    ] as [string, (string | undefined)[]][]) assert.deepEqual(pushedBranches(line), branches, line);
  });

  it('finds the hosts that a call names', () => {
    assert.deepEqual(hostsIn({ family: 'Bash', command: 'scp a.tar root@DB1.prod.example.com:/srv' }), ['a.tar', 'db1.prod.example.com']);
    assert.deepEqual(hostsIn({ family: 'WebFetch', url: 'https://u@web.prod.example.com:8443/x' }), ['web.prod.example.com']);
    assert.deepEqual(hostsIn({ family: 'Read', path: '/prod.example.com' }), []);
  });

  it('together: the strictest of both rules holds', async () => {
    const both = [allowAll, protectedBranches, productionHosts] as PluginDefinition[];

    assert.equal((await judge(both, { name: 'bash', input: { command: 'git push && ssh a.prod.example.com' } })).by, 'production-hosts');
    assert.equal((await judge(both, { name: 'bash', input: { command: 'git push' } })).verdict, 'ask');
    assert.equal((await judge(both, { name: 'bash', input: { command: 'git status' } })).verdict, 'allow');
  });
});

describe('examples/03-redact-secrets', () => {
  it('keeps secrets from the model, the events and the details', async () => {
    const secret = 'PASSWORD=correct-horse-battery';
    const tool = recordedTool('env', { content: [{ type: 'text', text: secret }], details: { lines: [secret], exitCode: 0 } });
    const model = testModel([{ calls: [{ name: 'env' }] }]);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, redactSecrets, tool.plugin] });

    await session.runTurn({ text: 'go' });
    await close();

    assert.doesNotMatch(JSON.stringify([model.requests, events]), /correct-horse/);
    assert.match(told(model.requests[1]), /PASSWORD=\[secret\]/);
    assert.deepEqual(events.find((event) => event.type === 'tool-end')?.details, { lines: ['PASSWORD=[secret]'], exitCode: 0 });
  });

  it('hands a result on as it is where there is nothing to take out', () => {
    const result = { content: [{ type: 'text' as const, text: 'nothing' }], details: { a: 1 } };
    assert.equal(redactResult(result), result);
  });

  it('knows them by their form, and leaves prose and what is masked already alone', () => {
    assert.equal(redact('x KD-123456 on a.corp.example.com y'), 'x [customer] on [host] y');
    assert.equal(redact('{"password": "swordfish"}'), '{"password": "[secret]"}');
    for (const text of ['The password is short; a token: no.', 'PASSWORD=[secret:password]']) assert.equal(redact(text), text);
  });
});

describe('examples/04-custom-tool', () => {
  it('gives the ticket, names near ones, and says what is wrong with an id', async () => {
    const model = testModel([{ calls: ['PROJ-17', 'PROJ-71', 'seventeen'].map((id) => ({ name: 'ticket', input: { id } })) }]);
    const { session, folder, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, tickets] });
    await writeFile(join(folder, 'tickets.json'), JSON.stringify({ 'PROJ-17': { title: 'Basket loses an item', state: 'open', text: 'From three pieces on.' } }));

    await session.runTurn({ text: 'go' });
    await close();

    const ends = events.filter((event) => event.type === 'tool-end').sort((a, b) => a.index! - b.index!);
    assert.deepEqual(ends.map(({ status, content }) => [status, (content[0] as { text: string }).text]), [
      ['done', 'PROJ-17 (open): Basket loses an item\nFrom three pieces on.'],
      ['error', 'There is no ticket PROJ-71. Near are: PROJ-17'],
      ['error', 'The input of ticket does not fit: id: expected an id like PROJ-17.'],
    ]);
  });

  it('says which file it touches, so that rules can judge it', async () => {
    const guard = definePlugin({ name: 'guard', setup({ hooks }) { hooks.permission.tap('guard', ({ targets }) => ({ verdict: 'deny', reason: JSON.stringify(targets.map(({ family, path }) => [family, path?.split('/').at(-1)])) })); } });

    assert.equal((await judge([guard, tickets], { name: 'ticket', input: { id: 'A-1' } })).reason, '[["Read","tickets.json"]]');
  });
});

describe('examples/05-custom-provider', () => {
  const ask = async (handle: Parameters<typeof startServer>[0]) => {
    const server = await startServer(handle);
    const { session, events, close } = await createTestKernel({ plugins: [gateway], env: { GATEWAY_URL: `${server.url}/` }, session: { model: 'gateway-large', system: [{ id: 's', text: 'Be brief.', owner: 'test', stability: 'stable' }] } });
    const result = await session.runTurn({ text: 'hello' });
    await close();
    await server.close();
    return { result, events, server };
  };

  it('streams a reply, with its usage', async () => {
    const { result, events, server } = await ask((_request, response) => { response.end('{"text":"Hel"}\n{"text":"lo."}\n{"done":true,"usage":{"input":12,"output":3}}\n'); });

    assert.deepEqual([result.status, result.text, result.usage], ['done', 'Hello.', { input: 12, output: 3 }]);
    assert.deepEqual(events.filter((event) => event.type === 'text-delta').map(({ text }) => text), ['Hel', 'lo.']);
    assert.deepEqual(JSON.parse(server.requests[0]!.body), { model: 'gateway-large', system: 'Be brief.', messages: [{ role: 'user', text: 'hello' }] });
    assert.equal(server.requests[0]!.path, '/generate');
  });

  it('takes a stream that breaks off for truncated, and keeps what came', async () => {
    const { result } = await ask((_request, response) => { response.end('{"text":"Hel"}\n'); });

    assert.deepEqual([result.error?.code, result.text], ['PROVIDER_TRUNCATED', 'Hel']);
  });

  it('says what the gateway answered', async () => {
    const { result } = await ask((_request, response) => { response.writeHead(503).end(); });

    assert.deepEqual([result.error?.code, result.exitCode], ['PROVIDER_FAILED', 5]);
    assert.match(result.reason ?? '', /The gateway answered 503/);
  });
});

describe('examples/06-ticket', () => {
  it('tells a change of branch once, at the end, so that the request only grows', async () => {
    const model = testModel([{ calls: [{ name: 'look' }] }]);
    const { session, folder, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, ticket, recordedTool('look').plugin] });
    const checkout = (branch: string): Promise<void> => writeFile(join(folder, '.git', 'HEAD'), `ref: refs/heads/${branch}\n`);
    await mkdir(join(folder, '.git'));
    await checkout('feature/PROJ-17-basket');
    await session.runTurn({ text: 'one' });
    await session.runTurn({ text: 'two' });
    await checkout('PROJ-18');
    await session.runTurn({ text: 'three' });
    await close();

    const stamps = [...JSON.stringify(model.requests.at(-1)!.messages).matchAll(/Ticket: ([A-Z0-9-]+)/g)].map(([, id]) => id);
    assert.deepEqual(stamps, ['PROJ-17', 'PROJ-18']);
    const ready = events.filter((event) => event.type === 'context-ready');
    assert.equal(ready.length, 4);
    assert.deepEqual(ready.filter(({ prefix }) => !prefix.kept), []);
  });

  it('finds a ticket in a name, and the last one that was told', () => {
    assert.equal(ticketIn('ref: refs/heads/fix/ABC2-9'), 'ABC2-9');
    assert.equal(ticketIn('ref: refs/heads/utf-8'), undefined);
    assert.equal(lastStamp([textMessage('user', 'Ticket: A-1'), textMessage('assistant', 'Ticket: A-2'), textMessage('user', 'say Ticket: A-3')]), 'A-1');
  });
});

describe('examples/07-usage-report', () => {
  it('keeps a line a turn, by model, and slows none', async () => {
    const { kernel, session, close } = await createTestKernel({ plugins: [testModel([{ calls: [{ name: 'look' }] }]).plugin, allowAll, recordedTool('look').plugin, usageReport] });
    await session.runTurn({ text: 'one' });
    await session.runTurn({ text: 'two' });
    await kernel.close();

    const lines = (await readFile(join(kernel.paths.data, 'usage-report.jsonl'), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as { status: string; models: object });
    await close();
    assert.deepEqual(lines.map(({ status, models }) => [status, models]), [
      ['done', { 'test/model': { calls: 2, usage: { input: 20, output: 10 }, costMicroUsd: null } }],
      ['done', { 'test/model': { calls: 1, usage: { input: 10, output: 5 }, costMicroUsd: null } }],
    ]);
  });

  it('adds costs, and knows that a sum with an unknown part is unknown', () => {
    const call = (costMicroUsd: number | null) => ({ provider: 'p', model: 'm', usage: { input: 1, output: 2 }, costMicroUsd }) as Extract<TurnEvent, { type: 'model-end' }>;

    assert.deepEqual(addCall(addCall({}, call(5)), call(7)), { 'p/m': { calls: 2, usage: { input: 2, output: 4 }, costMicroUsd: 12 } });
    assert.equal(addCall(addCall({}, call(null)), call(7))['p/m']?.costMicroUsd, null);
  });
});

describe('examples/09-skill', () => {
  it('is as the format and its author want it', async () => {
    const folder = join(examples, '09-skill');
    const { problems } = await check(folder, { cwd: folder, roots: [folder], env: {}, configFolder: folder, managedFolder: folder });

    assert.deepEqual(problems, []);
  });

  it('is loaded by a model with what lies beside it, and its script runs', async () => {
    const model = testModel([{ calls: [{ name: 'skill', input: { name: 'release-notes', arguments: '2.0' } }] }]);
    const { session, folder, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, skillsPlugin] });
    await cp(join(examples, '09-skill'), join(folder, '.agents', 'skills'), { recursive: true });
    await session.runTurn({ text: 'Write the notes of 2.0.' });
    const own = join(folder, '.agents', 'skills', 'release-notes');
    await writeFile(join(folder, 'notes.md'), `short\n${'x'.repeat(101)}\n`);
    const script = promisify(execFile)(process.execPath, [join(own, 'scripts', 'length.mjs'), 'notes.md'], { cwd: folder });

    assert.match(JSON.stringify(model.requests[0]!.system), /- release-notes: Write the notes of a release/);
    const text = told(model.requests[1]);
    assert.ok(text.includes('Beside it: references/groups.md, scripts/length.mjs.') && text.includes('version `2.0`') && text.includes(`node ${own}/scripts/length.mjs FILE`), text);
    await assert.rejects(script, (error: { code: number; stdout: string }) => error.code === 1 && error.stdout === 'notes.md:2: 101 characters\n');
    assert.deepEqual(events.filter(({ type }) => type === 'notice'), []);
    await close();
  });
});

describe('examples/10-command', () => {
  it('gives the model its text, the guide that it names, and what git says', async () => {
    let result: CommandResult | undefined;
    const dispatcher = definePlugin({ name: 'dispatcher', setup({ hooks }) {
      hooks.input.tap({ name: 'slash', timeoutMs: 60_000 }, async (input, turn) => {
        result = await turn.runCommand({ name: 'review', argument: 'races' });
        return { ...input, handled: { reply: '' } };
      });
    } });
    const { kernel, session, folder, close } = await createTestKernel({ plugins: [testModel().plugin, allowAll, tools, skillsPlugin, dispatcher], env: { PATH: process.env['PATH'] } });
    // In a person's own folder: what a project's commands run has to be trusted first.
    await cp(join(examples, '10-command'), join(kernel.paths.config, 'commands'), { recursive: true });
    await writeFile(join(folder, 'CONTRIBUTING.md'), 'Small functions.');
    for (const args of [['init', '-q'], ['add', 'CONTRIBUTING.md']]) await promisify(execFile)('git', args, { cwd: folder });
    const { error } = await session.runTurn({ text: '/review races' });
    await close();

    assert.ok(typeof result === 'object', error?.message);
    assert.match(result.prompt, /Look for races first\..*\+Small functions\./s);
    assert.match(JSON.stringify(result.attachments), /Small functions\./);
  });
});

describe('examples/11-project-tool', () => {
  it('says who owns a path, by the last rule that matches', async () => {
    const rules = '* @all # everybody\n*.md @writers\n/src/ @core @second\nsrc/shell @shell\ndocs/ @docs\n';
    for (const [path, owners] of [['a.ts', '@all'], ['a.md', '@writers'], ['src/a.md', '@core @second'], ['src/shell/a.ts', '@shell'], ['src/shells.ts', '@core @second'], ['lib/docs/a', '@docs']] as const) assert.equal(ownersOf(rules, path).join(' '), owners, path);

    const model = testModel([{ calls: [{ name: 'owners', input: { path: 'src/a.ts' } }, { name: 'owners', input: { path: '/etc' } }] }]);
    const { session, folder, close } = await createTestKernel({ plugins: [model.plugin, allowAll, owners] });
    await writeFile(join(folder, 'CODEOWNERS'), rules);
    await session.runTurn({ text: 'go' });
    await close();

    assert.match(told(model.requests[1]), /"@core @second".*The input of owners does not fit: path: expected a path relative to the project/);
    assert.deepEqual((projectToolConfig.hooks ?? []).map((file) => existsSync(join(examples, '11-project-tool', file))), [true]);
  });
});

describe('examples as processes', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace();
    const folder = join(dirname(place.folder), 'bin');
    await mkdir(folder);
    await writeFile(join(folder, 'pith'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 });
    place.env['PATH'] = `${folder}:${dirname(process.execPath)}:${place.env['PATH']}`;
    place.env['PITH_MODEL'] = 'c.json';
  });
  afterEach(() => place.remove());

  const script = (command: string, args: string[], stdin: string): Promise<Ran> => new Promise((resolve) => {
    const child = execFile(command, args, { cwd: place.folder, env: place.env }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code as unknown as number, signal: error?.signal ?? null, stdout, stderr }));
    child.stdin!.end(stdin);
  });
  const review = (): Promise<Ran> => script('bash', [join(examples, '08-pipe-scripts', 'review.sh')], 'diff --git a b\n');
  const changelog = (): Promise<Ran> => script(process.execPath, [join(examples, '08-pipe-scripts', 'changelog.mjs')], 'abc1 Fix the basket\n');

  it('01, 02, 03 and 06 pass pith hooks test', async () => {
    const files = ['01-first-plugin/read-only.ts', '02-company-hooks/hooks/protected-branches.ts', '02-company-hooks/hooks/production-hosts.ts', '03-redact-secrets/redact-secrets.ts', '06-ticket/ticket.ts'];

    const { code, stdout } = await place.pith(['hooks', 'test', ...files.map((file) => join(examples, file))]);

    assert.equal(code, 0, stdout);
    assert.match(stdout, /\n23 examples, 0 failed\n$/);
  });

  it('02 holds in a run, once the folder is trusted: a company’s rules over what the person allows', async () => {
    for (const file of globSync('**/*.ts', { cwd: join(examples, '02-company-hooks') })) await place.write(file, readFileSync(join(examples, '02-company-hooks', file), 'utf8'));
    await place.write('c.json', conversation({ calls: ['git push origin main', 'ssh db.prod.example.com', 'echo fine'].map((command) => ({ tool: 'bash', input: { command } })) }, { text: 'Tried.' }));
    assert.equal((await place.pith(['trust', '--yes'])).code, 0);

    const { stdout } = await place.pith(['run', '--allow', 'Bash(git push:*)', '--allow', 'Bash(ssh:*)', '--allow', 'Bash(echo fine)', '--json', 'try it']);

    const { refusals } = JSON.parse(stdout) as { refusals: { by: string; reason: string }[] };
    assert.deepEqual(refusals.map(({ by, reason }) => `${by}: ${reason.split(':')[0]}`), ['protected-branches: main is protected', 'production-hosts: db.prod.example.com is production']);
  });

  it('08: review.sh ends with 0 when the review says OK, and with 1 when it does not', async () => {
    await place.write('c.json', conversation({ expect: { last: 'diff --git' }, text: 'OK. A small change.' }));
    assert.deepEqual(await review(), { code: 0, signal: null, stdout: 'OK. A small change.\n', stderr: '' });

    await place.write('c.json', conversation({ text: 'CHANGES. No test.' }));
    assert.equal((await review()).code, 1);
  });

  it('08: review.sh hands on what kept the review from being done', async () => {
    await place.write('c.json', conversation({ calls: [{ tool: 'write', input: { path: 'a.txt', content: 'x' } }] }, { text: 'I may not.' }));
    const refused = await review();
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(refused.stderr, /wanted to do what it may not: .+/);

    await place.write('c.json', conversation({ error: { code: 'PROVIDER_FAILED', message: 'no route to the model' } }));
    assert.deepEqual(await review(), { code: 5, signal: null, stdout: '', stderr: 'The model cannot be reached: no route to the model\n' });
  });

  it('08: changelog.mjs writes the entry to standard output and the rest to standard error', async () => {
    await place.write('c.json', conversation({ calls: [{ tool: 'list', input: { path: '.' } }] }, { text: '- The basket keeps all items.' }));

    const { code, stdout, stderr } = await changelog();

    assert.deepEqual([code, stdout], [0, '- The basket keeps all items.\n'], stderr);
    assert.match(stderr, /… list\ndone; 2 model calls, cost \$0\.0000\n$/);
  });

  it('08: changelog.mjs ends with the exit code of pith, and says why', async () => {
    await place.write('c.json', conversation({ error: { code: 'PROVIDER_FAILED', message: 'no route to the model' } }));

    const { code, stdout, stderr } = await changelog();

    assert.deepEqual([code, stdout], [5, '']);
    assert.match(stderr, /error: no route to the model; 1 model calls/);
  });

  it('12: supervise.mjs answers by its rule, changes the mode, and interrupts', async () => {
    const file = join(examples, '12-piping', 'conversation.json');

    const { code, stdout, stderr } = await script(process.execPath, [join(examples, '12-piping', 'supervise.mjs'), '--model', file], '');

    assert.deepEqual([code, stdout], [0, 'The greeting is written; settings I left alone.\nBoth are there.\ninterrupted: The turn was interrupted by the parent program\nAs you say.\n'], stderr);
    assert.deepEqual(stderr.trim().split('\n').map((line) => line.replace(`${place.folder}/`, '')), ['Allow write? greeting.txt: allow', 'Allow write? .env: deny']);
    assert.equal(readFileSync(join(place.folder, 'farewell.txt'), 'utf8'), 'Good night\n');
    assert.equal(existsSync(join(place.folder, '.env')), false);
  });

  it('12: talk.sh asks before anything is done, and changes the mode', async () => {
    const write = (path: string) => ({ tool: 'write', input: { path, content: 'hello\n' } });
    await place.write('c.json', conversation({ calls: [write('a.txt'), write('b.txt')] }, { text: 'Half of it.' }, { calls: [write('c.txt')] }, { expect: { last: 'Created c.txt' }, text: 'So it does.' }));

    const { code, stdout, stderr } = await script('bash', [join(examples, '12-piping', 'talk.sh'), 'Write two', 'mode:acceptEdits', 'it costs "$5"'], 'y\nn\n');

    assert.deepEqual([code, stdout], [0, 'Half of it.\nSo it does.\n'], stderr);
    assert.match(stderr, /Allow write\?\n.+a\.txt\n@@ -0,0 \+1 @@\n\+hello\n/);
    assert.deepEqual(['a.txt', 'b.txt', 'c.txt'].map((file) => existsSync(join(place.folder, file))), [true, false, true]);
  });

  it('13: team.mjs shares a pool, goes on with the second account when the first is out, and shows the books', async () => {
    const data = join(place.env['PITH_HOME']!, 'data');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'package.json'), JSON.stringify({ private: true, name: 'pith', oclif: { schema: 1, plugins: [{ type: 'link', name: '@pith/plugin-balancer', root: fileURLToPath(new URL('../plugins/balancer', import.meta.url)) }] } }));

    const { code, stdout, stderr } = await script(process.execPath, [join(examples, '13-balancer', 'team.mjs')], '');

    assert.equal(code, 0, stderr);
    assert.match(stdout, /^(?:200 Good morning\.\n){3}429 All accounts of pith are at their limits; the first is back in \d+ s /);
    assert.match(stdout, /^alice +cooling .*\nbob +cooling /m);
    assert.match(stdout, /^Requests +4, 75\.0 % went well\n.*\nFailover +1 request needed more than one attempt$/m);
    assert.match(stdout, /^bob +3 .*\nalice +1 +100 %/m);
  });

  it('12: talk.sh stops a turn from which nothing is heard', async () => {
    await place.write('c.json', conversation({ calls: [{ tool: 'bash', input: { command: 'sleep 30' } }] }));
    place.env['SILENCE'] = '1';

    const { code, stderr } = await script('bash', [join(examples, '12-piping', 'talk.sh'), 'Wait'], '');

    assert.deepEqual([code, stderr.trim()], [EXIT.interrupted, 'The turn was interrupted by the parent program']);
  });
});
