import assert from 'node:assert/strict';
import { definePlugin, type ModelFacts, type Origin } from '@pith/kernel';
import { afterEach } from 'mocha';
import { type Input, type InputOptions, startInput } from './start-input.ts';

describe('what is mentioned', () => {
  let input: Input | undefined;
  afterEach(async () => {
    await input?.close();
    input = undefined;
  });
  const start = async (options?: InputOptions): Promise<Input> => input = await startInput(options);
  const shownTo = ({ last }: Input) => last().map((block) => ('text' in block ? block.text : block.type));

  it('stands behind the text, in its order, each once and with a label, and what was typed stays as it was', async () => {
    const test = await start();
    for (const name of ['a.ts', 'src/b.ts', 'c d.ts']) await test.put(name);

    const { status } = await test.run('Compare @src/b.ts:2-4, @"c d.ts" and @a.ts (@src/) with @https://example.org/x. Again: @a.ts!');

    assert.equal(status, 'done');
    assert.deepEqual(test.calls, ['read {"path":"src/b.ts","offset":2,"limit":3}', 'read {"path":"c d.ts"}', 'read {"path":"a.ts"}', 'list {"path":"src/"}', 'web-fetch {"url":"https://example.org/x"}']);
    assert.deepEqual(shownTo(test), [
      'Compare @src/b.ts:2-4, @"c d.ts" and @a.ts (@src/) with @https://example.org/x. Again: @a.ts!',
      '<file path="src/b.ts" lines="2-4">\nread of src/b.ts\n</file>', '<file path="c d.ts">\nread of c d.ts\n</file>', '<file path="a.ts">\nread of a.ts\n</file>',
      '<folder path="src/">\nlist of src/\n</folder>', '<page url="https://example.org/x">\nweb-fetch of https://example.org/x\n</page>',
    ]);
    assert.deepEqual(test.last().map(({ label }) => label?.name), [undefined, '@src/b.ts:2-4', '@"c d.ts"', '@a.ts', '@src/', '@https://example.org/x']);
    assert.equal(test.events.find((event) => event.type === 'input-accepted')?.text, 'Compare @src/b.ts:2-4, @"c d.ts" and @a.ts (@src/) with @https://example.org/x. Again: @a.ts!');
  });

  it('may be an image, which the model sees', async () => {
    const test = await start();
    await test.put('shot.png');

    await test.run('What is @shot.png?');

    assert.deepEqual(shownTo(test), ['What is @shot.png?', 'image', '<file path="shot.png">\n[a PNG image]\n</file>']);
  });

  it('is an error in one line where the model is known to take no images', async () => {
    const facts: ModelFacts = { provider: 'test', model: 'model', contextTokens: null, outputTokensMax: null, abilities: { images: false }, prices: null, priceDate: null };
    const test = await start({ plugins: [definePlugin({ name: 'pricing', services: { pricing: () => ({ costMicroUsd: () => null, findModel: async () => facts }) } })] });
    await test.put('shot.png');

    const { exitCode, error } = await test.run('What is @shot.png?');
    const attached = await test.run('And this?', { attachments: [{ type: 'image', source: { kind: 'url', url: 'https://example.org/a.png' } }] });

    assert.deepEqual([exitCode, error?.code, attached.error?.code], [2, 'MEDIA_UNSUPPORTED', 'MEDIA_UNSUPPORTED']);
    assert.match(error!.message, /test\/model takes no images, and @shot\.png is one/);
    assert.equal(test.model.requests.length, 0);
  });

  it('is known by what is there: the longest name first, and lines only where no file has that name', async () => {
    const test = await start();
    for (const name of ['odd.txt.', 'odd.txt', 'a:5', 'deep/[id].tsx', 'Makefile']) await test.put(name);

    await test.run('@odd.txt. @a:5 @deep/[id].tsx, @Makefile');

    assert.deepEqual(test.calls, ['read {"path":"odd.txt."}', 'read {"path":"a:5"}', 'read {"path":"deep/[id].tsx"}', 'read {"path":"Makefile"}']);
  });

  it('is nothing where a name of somebody, a package or a decorator is meant', async () => {
    const test = await start();
    await test.put('a.ts');
    const text = 'Ask @ada or ada@example.org about @types/node, @Component and `@a.ts`; \\@a.ts';

    await test.run(text);

    assert.deepEqual(shownTo(test), [text]);
    assert.deepEqual(test.calls, []);
    assert.deepEqual(test.events.flatMap((event) => (event.type === 'notice' ? [event.text] : [])), ['@types/node is sent as it was typed: there is nothing at that path.']);
  });

  it('costs little where a text holds many that are none', async () => {
    const test = await start();
    const text = Array.from({ length: 20_000 }, (_, index) => `@x${index}.zz @...`).join('\n');

    const { status } = await test.run(text);

    assert.deepEqual([status, test.calls, test.events.some((event) => event.type === 'notice')], ['done', [], false]);
  });

  it('is nothing in a trace or in code that was pasted, unless its folder is there; one line names what may have been meant', async () => {
    const test = await start();
    await test.put('src/app.ts');

    const { status } = await test.run('    at run (@babel/core/lib/index.js:10:5)\n    at x (@scope/a/b.ts:1)\n@app.get\n@functools.cache\n');
    const typo = await test.run('See @app.tx');
    const inside = await test.run('at x (@src/lib/index.js:10:5)');

    assert.deepEqual([status, typo.status, inside.error?.code], ['done', 'done', 'MENTION_MISSING']);
    assert.deepEqual(test.events.flatMap((event) => (event.type === 'notice' ? [event.text] : [])), [
      '@babel/core/lib/index.js:10:5, @scope/a/b.ts:1 are sent as they were typed: there is nothing at those paths.',
    ]);
  });

  it('that is nearly the name of a file goes on as text, and a line says which may have been meant', async () => {
    const test = await start();
    await test.put('notes.txt');

    await test.run('See @notes.tx');

    assert.deepEqual(test.events.flatMap((event) => (event.type === 'notice' ? [event.text] : [])), ['@notes.tx is sent as it was typed: there is nothing at that path. Did you mean @notes.txt?']);
  });

  for (const [text, hint] of [['See @src/ap.ts', '@src/app.ts'], ['See @gone.md.', ''], ['See @./x', ''], ['See @/nowhere/at/all', ''], ['See @~/gone', ''], ['See @"no such"', ''], ['See @src/gone', ''], ['See @gone/', '']] as const) {
    it(`that is not there ends the turn with one line, before anything is read: ${text}`, async () => {
      const test = await start();
      await test.put('src/app.ts');

      const { status, exitCode, error } = await test.run(`@src/app.ts ${text}`);

      assert.deepEqual([status, exitCode, error?.code, test.calls, test.model.requests.length], ['error', 2, 'MENTION_MISSING', [], 0]);
      assert.ok(error!.hint!.includes(hint) && !error!.message.includes('\n'));
      assert.deepEqual(test.session.messages, []);
    });
  }

  it('that permission refuses ends the turn with its reason and exit 3', async () => {
    const test = await start({ refused: ['/etc/'] });

    const { exitCode, error } = await test.run('See @/etc/passwd');

    assert.deepEqual([exitCode, error?.code, test.calls, test.model.requests.length], [3, 'MENTION_REFUSED', [], 0]);
    assert.match(error!.message, /^@\/etc\/passwd was not read: \/etc\/passwd is not yours/);
  });

  it('that is an address and refused says how it would be allowed', async () => {
    const { run } = await start({ refused: ['example.org'] });

    const { exitCode, error } = await run('See @https://docs.example.org/a?b=c');

    assert.equal(exitCode, 3);
    assert.match(error!.message, /^@https:\/\/docs\.example\.org\/a\?b=c was not fetched: /);
    assert.match(error!.hint!, /--allow "WebFetch\(domain:docs\.example\.org\)"\./);
    assert.match((await run('See @http://example.org/a')).error!.hint!, /--allow WebFetch\./);
  });

  it('with lines is read as a file, so that whoever reads it says of a folder that it is one', async () => {
    const test = await start();
    await test.put('src/a.ts');

    await test.run('See @src:1-2 and @src/:3.');

    assert.deepEqual(test.calls, ['read {"path":"src","offset":1,"limit":2}', 'read {"path":"src/","offset":3,"limit":1}']);
  });

  it('that cannot be read or fetched ends the turn', async () => {
    const test = await start();
    await test.put('broken.ts');
    await test.put('a.ts');
    const failures = [];
    for (const text of ['@broken.ts', '@https://broken.example.org', '@a.ts:0', '@a.ts:9-3']) {
      const { exitCode, error } = await test.run(text);
      failures.push([exitCode, error?.code]);
      assert.match(error!.message, /is broken$|names lines that are none/);
    }

    assert.deepEqual(failures, [[2, 'MENTION_UNREADABLE'], [5, 'MENTION_UNREACHABLE'], [2, 'MENTION_UNREADABLE'], [2, 'MENTION_UNREADABLE']]);
    assert.equal(test.model.requests.length, 0);
  });

  it('is sent as it was typed where there is no tool to read it with, and a notice says so', async () => {
    const test = await start({ tools: [] });
    await test.put('a.ts');

    await test.run('See @a.ts');

    assert.deepEqual(shownTo(test), ['See @a.ts']);
    assert.ok(test.events.some((event) => event.type === 'notice' && event.text.includes('no tool read')));
  });

  it('is bounded in number and size', async () => {
    const test = await start();
    const names = Array.from({ length: 21 }, (_, index) => `f${index}.ts`);
    for (const name of [...names, ...Array.from({ length: 5 }, (_, index) => `long${index}.ts`)]) await test.put(name);

    const many = await test.run(names.map((name) => `@${name}`).join(' '));
    const large = await test.run('@long0.ts @long1.ts @long2.ts @long3.ts @long4.ts');

    assert.deepEqual([many.error?.code, large.error?.code, test.model.requests.length], ['MENTION_LIMIT', 'MENTION_LIMIT', 0]);
    assert.match(many.error!.message, /mentions 21 .* at most 20/);
  });

  for (const [what, more] of [['an agent', { origin: 'agent' }], ['a trigger', { origin: 'trigger' }], ['a pipe', { verbatim: true }]] as const) {
    it(`is nothing in the text of ${what}`, async () => {
      const test = await start();
      await test.put('a.ts');

      for (const text of ['See @a.ts', '!touch x', '/clear', '@https://example.org', '\\/clear']) {
        const { status } = await test.run(text, more);
        assert.deepEqual([status, shownTo(test)], ['done', [text]]);
      }
      assert.deepEqual(test.calls, []);
    });
  }

  it('is expanded for the parent program, and once: what files hold is data', async () => {
    const test = await start();
    await test.put('see @b.ts');
    await test.put('b.ts');
    const origin: Origin = 'parent';

    await test.run('@"see @b.ts"', { origin });

    assert.deepEqual(shownTo(test), ['@"see @b.ts"', '<file path="see @b.ts">\nread of see @b.ts\n</file>']);
    assert.equal(test.calls.length, 1);
  });

  it('may be a name in code where its map is installed: the best places of exactly that name', async () => {
    const map = definePlugin({
      name: 'codemap', services: { codemap: () => ({}) } as object,
      tools: [{ name: 'map', description: '', effect: 'read', inputSchema: {}, execute: async () => 'function runTurn  src/turn.ts:12  ← src/a.ts:3\nmethod runTurnNow  src/b.ts:4\nclass runTurn  src/c.ts:9\n\nsrc/\n  turn.ts  runTurn:12' }],
    });
    const test = await start({ plugins: [map] });

    await test.run('How does @runTurn() work? Ask @ada.');

    assert.deepEqual(test.calls, ['read {"path":"src/turn.ts","offset":12,"limit":60}', 'read {"path":"src/c.ts","offset":9,"limit":60}']);
    assert.equal(shownTo(test)[1], '<symbol name="runTurn" place="function runTurn src/turn.ts:12">\nread of src/turn.ts\n</symbol>');
  });
});
