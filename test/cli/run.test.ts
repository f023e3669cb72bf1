import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach } from 'mocha';
import { bin, conversation, createPlace, jsonLines, type Place } from '../support/pith.ts';

describe('pith run', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());

  describe('text output', () => {
    it('prints just the final answer into a pipe', async () => {
      await place.write('c.json', conversation({ text: 'Looking.', calls: [{ tool: 'list', input: { path: '.' } }] }, { text: 'Nothing here.' }));

      const { code, stdout } = await place.pith(['run', '--model', 'c.json', 'look']);

      assert.equal(stdout, 'Nothing here.\n');
      assert.equal(code, 0);
    });

    it('prints everything the model says with --stream', async () => {
      await place.write('c.json', conversation({ text: 'Looking.', calls: [{ tool: 'list', input: { path: '.' } }] }, { text: 'Nothing here.' }));

      const { stdout } = await place.pith(['run', '--model', 'c.json', '--stream', 'look']);

      assert.equal(stdout, 'Looking.\nNothing here.\n');
    });

    it('says nothing on standard error with --quiet', async () => {
      await place.write('c.json', conversation({ calls: [{ tool: 'list', input: {} }] }, { text: 'ok' }));

      const { stdout, stderr } = await place.pith(['run', '--quiet', '--model', 'c.json', 'look']);

      assert.deepEqual([stdout, stderr], ['ok\n', '']);
    });

    it('keeps what was shown of a reply that broke off, and ends with 5', async () => {
      await place.write('c.json', conversation({ text: 'half of a sen', truncated: true }));

      const { code, stdout, stderr } = await place.pith(['run', '--model', 'c.json', 'speak']);

      assert.equal(stdout, 'half of a sen\n');
      assert.match(stderr, /ended before its final event/);
      assert.equal(code, 5);
    });
  });

  describe('the prompt', () => {
    const echo = conversation({ text: 'ok' });

    it('joins the words of the command line and puts piped text after them, in a frame', async () => {
      await place.write('c.json', JSON.stringify({ v: 1, replies: [{ expect: { last: 'sum up this\n\n<stdin>\none\ntwo\n</stdin>' }, text: 'ok' }] }));

      const { code, stderr } = await place.pith(['run', '--model', 'c.json', 'sum', 'up this'], { stdin: 'one\ntwo\n' });

      assert.equal(code, 0, stderr);
    });

    it('takes the prompt from the pipe alone', async () => {
      await place.write('c.json', JSON.stringify({ v: 1, replies: [{ expect: { last: 'from the pipe' }, text: 'ok' }] }));

      assert.equal((await place.pith(['run', '--model', 'c.json'], { stdin: 'from the pipe' })).code, 0);
    });

    it('goes on without a pipe that stays silent, and says so', async () => {
      await place.write('c.json', echo);
      const child = place.start(['run', '--model', 'c.json', 'hello'], { stdin: 'open' });
      let stderr = '';
      child.stderr!.setEncoding('utf8').on('data', (text: string) => { stderr += text; });

      const [code] = await once(child, 'close') as [number];

      assert.equal(code, 0);
      assert.match(stderr, /nothing came from standard input/);
    });

    for (const [title, args, stdin, code] of [
      ['an empty prompt', ['run', '  '], '', 'INPUT_EMPTY'],
      ['no prompt', ['run'], undefined, 'INPUT_EMPTY'],
      ['bytes that are no text', ['run', 'x'], Buffer.from([0x61, 0xff, 0xfe, 0x62]), 'INPUT_BINARY'],
      ['a NUL byte', ['run', 'x'], Buffer.from('a\0b'), 'INPUT_BINARY'],
      ['100 MB', ['run', 'x'], Buffer.alloc(100_000_000, 0x61), 'INPUT_TOO_LARGE'],
    ] as const) {
      it(`refuses ${title} with one sentence and exit 2, and writes nothing`, async () => {
        const { code: exit, stdout, stderr } = await place.pith([...args, '--output', 'json'], stdin === undefined ? {} : { stdin });

        assert.equal(exit, 2);
        assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, code);
        assert.equal(stderr, '');
      });
    }
  });

  describe('--output json', () => {
    it('says nothing on standard error of what goes well, unless it is asked to', async () => {
      await place.write('c.json', conversation({ calls: [{ tool: 'list', input: {} }] }, { text: 'ok' }));

      const silent = await place.pith(['run', '--json', '--model', 'c.json', 'look']);
      const verbose = await place.pith(['run', '--json', '--verbose', '--model', 'c.json', 'look']);

      assert.deepEqual([silent.code, silent.stderr, (JSON.parse(silent.stdout) as { result: string }).result], [0, '', 'ok']);
      assert.match(verbose.stderr, /step 1: .*list done/s);
    });

    it('is one object on success', async () => {
      await place.write('c.json', conversation({ thinking: 'hm', text: 'four', usage: { input: 7, output: 2, cacheRead: 3 }, costMicroUsd: 42, stop: 'end_turn' }));

      const { code, stdout } = await place.pith(['run', '--model', 'c.json', '--output', 'json', '2+2']);

      const envelope = JSON.parse(stdout) as Record<string, unknown>;
      assert.equal(code, 0);
      assert.equal(stdout.trim().split('\n').length, 1);
      assert.deepEqual({ ...envelope, session: 'id', durationMs: 0 }, {
        v: 1, status: 'done', exitCode: 0, result: 'four', session: 'id', steps: 1, usage: { input: 7, output: 2, cacheRead: 3 }, costMicroUsd: 42, durationMs: 0, refusals: [],
        reply: {
          status: 'complete', id: 'scripted-1', model: 'c.json', stop: 'end_turn', usage: { input: 7, output: 2, cacheRead: 3 },
          blocks: [{ type: 'thinking', text: 'hm', signature: null }, { type: 'text', text: 'four' }],
        },
      });
    });

    it('is one object when the provider fails', async () => {
      await place.write('c.json', conversation({ error: { message: 'the model is on fire' } }));

      const { code, stdout } = await place.pith(['run', '--model', 'c.json', '--json', 'hi']);

      const { status, exitCode, error } = JSON.parse(stdout) as { status: string; exitCode: number; error: object };
      assert.deepEqual({ code, status, exitCode, error }, { code: 5, status: 'error', exitCode: 5, error: { code: 'PROVIDER_FAILED', message: 'the model is on fire', hint: null, plugin: 'scripted', hook: 'model' } });
    });

    it('refuses two output formats', async () => {
      const { code, stdout } = await place.pith(['run', '--json', '--output', 'stream-json', 'hi']);

      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      assert.deepEqual([code, error.code], [2, 'FLAG_INVALID']);
      assert.match(error.message, /^--output=stream-json cannot also be provided when using --json$/);
    });

    it('is one object when the command line is wrong', async () => {
      const { code, stdout } = await place.pith(['run', '--output', 'json', '--mode', 'yolo', 'hi']);

      const { status, exitCode, error } = JSON.parse(stdout) as { status: string; exitCode: number; error: { message: string } };
      assert.deepEqual({ code, status, exitCode }, { code: 2, status: 'error', exitCode: 2 });
      assert.match(error.message, /yolo.*default, acceptEdits, plan/);
    });
  });

  describe('--output stream-json', () => {
    it('prints one event a line, from session-start to session-end, with one turn-end', async () => {
      await place.write('c.json', conversation({ calls: [{ tool: 'list', input: {} }] }, { text: 'ok' }));

      const { stdout, stderr } = await place.pith(['run', '--model', 'c.json', '--output', 'stream-json', 'go']);

      const events = jsonLines(stdout);
      assert.equal(stderr, '');
      assert.equal(events[0]?.['type'], 'session-start');
      assert.equal(events.at(-1)?.['type'], 'session-end');
      assert.equal(events.filter(({ type }) => type === 'turn-end').length, 1);
      assert.deepEqual(events.map(({ seq }) => seq), events.map((_, index) => index));
    });

    it('loses nothing to a slow reader', async () => {
      const words = Array.from({ length: 20_000 }, (_, index) => `word${index}`).join(' ');
      await place.write('c.json', conversation({ text: words }));
      const child = place.start(['run', '--model', 'c.json', '--output', 'stream-json', 'go']);
      let stdout = '';
      child.stdout!.setEncoding('utf8').pause();
      await once(child.stdout!, 'readable');
      child.stdout!.on('data', (text: string) => {
        stdout += text;
        child.stdout!.pause();
        setImmediate(() => child.stdout!.resume());
      });

      await once(child, 'close');

      const text = jsonLines(stdout).filter(({ type }) => type === 'text-delta').map(({ text }) => text).join('');
      assert.equal(text, words);
    });

    for (const how of [['--output', 'stream-json'], ['--stream']]) {
      it(`ends quietly when the reader of ${how.join(' ')} goes`, async () => {
        await place.write('c.json', conversation({ text: Array.from({ length: 50_000 }, () => 'word').join(' ') }));
        const child = place.start(['run', '--model', 'c.json', ...how, 'go']);
        let stderr = '';
        child.stderr!.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
        await once(child.stdout!, 'readable');

        child.stdout!.destroy();

        assert.deepEqual(await once(child, 'close'), [0, null]);
        assert.equal(stderr, '');
      });
    }
  });

  describe('--input stream-json', () => {
    it('keeps one conversation over several lines', async () => {
      await place.write('c.json', conversation({ expect: { last: 'one' }, text: 'first' }, { expect: { last: 'two', messages: 3 }, text: 'second' }));
      const stdin = '{"type":"user","text":"one"}\n\n{"type":"user","text":"two"}\n';

      const { code, stdout } = await place.pith(['run', '--model', 'c.json', '--input', 'stream-json'], { stdin });

      assert.deepEqual([stdout, code], ['first\nsecond\n', 0]);
    });

    it('interrupts the turn that runs, and goes on with the next', async () => {
      await place.write('c.json', conversation({ calls: [{ tool: 'list', input: {} }] }, { text: 'a slow answer', delayMs: 20_000 }));
      const child = place.start(['run', '--model', 'c.json', '--input', 'stream-json', '--output', 'stream-json', '--max-steps', '2'], { stdin: 'open' });
      let stdout = '';
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        if (text.includes('"step":2') && text.includes('"model-start"')) child.stdin!.end('{"type":"interrupt"}\n{"type":"user","text":"/nothing"}\n{"type":"interrupt"}\n');
      });
      child.stdin!.write('{"type":"user","text":"one"}\n');

      await once(child, 'close');

      const ends = jsonLines(stdout).filter(({ type }) => type === 'turn-end').map(({ status }) => status);
      assert.deepEqual(ends, ['interrupted', 'interrupted']);
    });

    it('ends while it waits for the next line when it is told to', async () => {
      await place.write('c.json', conversation({ text: 'first' }));
      const child = place.start(['run', '--model', 'c.json', '--input', 'stream-json', '--output', 'stream-json'], { stdin: 'open' });
      child.stdout!.setEncoding('utf8').on('data', (text: string) => { if (text.includes('"turn-end"')) child.kill('SIGTERM'); });
      child.stdin!.write('{"type":"user","text":"one"}\n');

      const [code] = await once(child, 'close') as [number];

      assert.equal(code, 143);
    });

    for (const [title, line, said] of [
      ['is no JSON', 'hello', /Line 1 .*not JSON/],
      ['has an unknown type', '{"type":"shout"}', /Line 1 .*"shout"/],
      ['has no text', '{"type":"user"}', /Line 1 .*text is missing/],
      ['has attachments that are no list', '{"type":"user","text":"x","attachments":{}}', /Line 1 .*attachments is an object; it must be a list/],
      ['has an attachment of nothing', '{"type":"user","text":"x","attachments":[{"data":"%"}]}', /Line 1 .*neither a text nor bytes/],
      ['has an attachment that is no image', '{"type":"user","text":"x","attachments":[{"data":"aGVsbG8=","name":"a"}]}', /Line 1 .*"a", that is neither an image nor a PDF/],
      ['has a verbatim that is neither true nor false', '{"type":"user","text":"x","verbatim":"yes"}', /Line 1 .*verbatim is "yes"; it must be true or false/],
    ] as const) {
      it(`refuses a line that ${title}`, async () => {
        const { code, stderr } = await place.pith(['run', '--input', 'stream-json'], { stdin: `${line}\n` });

        assert.equal(code, 2);
        assert.match(stderr, said);
      });
    }
  });

  describe('limits and signals', () => {
    it('stops after --max-steps with exit 4, the calls of the last step done', async () => {
      await place.write('c.json', conversation({ calls: [{ tool: 'list', input: {} }] }, { text: 'never said' }));

      const { code, stdout } = await place.pith(['run', '--model', 'c.json', '--max-steps', '1', '--json', 'go']);

      const { status, steps, exitCode, error } = JSON.parse(stdout) as { status: string; steps: number; exitCode: number; error: { code: string } };
      assert.deepEqual({ code, status, steps, exitCode, error: error.code }, { code: 4, status: 'limit', steps: 1, exitCode: 4, error: 'LIMIT_STEPS' });
    });

    it('takes --max-turns for --max-steps', async () => {
      await place.write('c.json', conversation({ calls: [{ tool: 'list', input: {} }] }, { text: 'never said' }));

      assert.equal((await place.pith(['run', '--model', 'c.json', '--max-turns', '1', 'go'])).code, 4);
    });

    it('stops after --timeout with exit 4', async () => {
      await place.write('c.json', conversation({ text: 'slow', delayMs: 20_000 }));

      const { code, stdout } = await place.pith(['run', '--model', 'c.json', '--timeout', '200ms', '--json', 'go']);

      assert.equal(code, 4);
      assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'LIMIT_TIME');
    });

    it('stops at --max-cost with exit 4', async () => {
      await place.write('c.json', conversation({ calls: [{ tool: 'list', input: {} }], costMicroUsd: 600_000 }, { text: 'never said' }));

      const { code, stdout } = await place.pith(['run', '--model', 'c.json', '--max-cost', '0.50', '--json', 'go']);

      assert.deepEqual([code, (JSON.parse(stdout) as { error: { code: string } }).error.code], [4, 'LIMIT_COST']);
    });

    it('says that standard output cannot be written, and ends with 1', async function () {
      if (process.platform !== 'linux') return; // Only Linux has a device that is always full.
      const script = `exec "$0" "$@" >/dev/full`;
      const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, bin, 'run', '--output', 'stream-json', 'hello'], { cwd: place.folder, env: place.env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });

      assert.equal(status, 1);
      assert.match(stderr, /^pith: Standard output cannot be written: .*ENOSPC/);
    });

    it('says that a file may grow no further, and is not ended by the system for it', () => {
      if (process.platform === 'win32') return; // Only Unix limits the size of files so.
      const { status, signal, stderr } = spawnSync('sh', ['-c', 'ulimit -f 1; exec "$0" "$@"', process.execPath, bin, 'run', 'hello'], { cwd: place.folder, env: place.env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });

      assert.deepEqual([status, signal], [1, null]);
      assert.match(stderr, /The transcript .* cannot be written: EFBIG/);
    });

    for (const args of [['--version'], ['--help'], ['run', '--help'], ['tools', 'list'], ['tools', 'list', '--json'], ['doctor'], ['config'], ['sessions', 'list']]) {
      it(`says that the output of ${args.join(' ')} cannot be written, and ends with 1`, function () {
        if (process.platform !== 'linux') return; // Only Linux has a device that is always full.
        const { status, stderr } = spawnSync('sh', ['-c', `exec "$0" "$@" >/dev/full`, process.execPath, bin, ...args], { cwd: place.folder, env: place.env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });

        assert.equal(status, 1);
        assert.match(stderr, /^pith: Standard output cannot be written: .*ENOSPC.*\n$/);
      });
    }

    for (const [signal, exit] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
      it(`closes the turn on ${signal} and ends with ${exit}`, async () => {
        await place.write('c.json', conversation({ text: 'one two three', delayMs: 5000 }));
        const child = place.start(['run', '--model', 'c.json', '--output', 'stream-json', 'go']);
        let stdout = '';
        child.stdout!.setEncoding('utf8').on('data', (text: string) => {
          stdout += text;
          if (stdout.includes('"model-start"') && !child.killed) child.kill(signal);
        });

        assert.deepEqual(await once(child, 'close'), [exit, null]);

        const ends = jsonLines(stdout).filter(({ type }) => type === 'turn-end');
        assert.deepEqual(ends.map(({ status, exitCode }) => ({ status, exitCode })), [{ status: 'interrupted', exitCode: exit }]);
      });
    }
  });

  describe('a rule that cannot be read', () => {
    const bash = ['tools', 'call', 'bash', '--input', '{"command":"true"}'];

    for (const flag of ['--allow', '--ask', '--deny']) {
      for (const command of [['run', 'hi'], bash]) {
        it(`is a mistake of ${flag} of ${command.slice(0, 2).join(' ')}, which names it, what was found and what is allowed: exit 2`, async () => {
          const { code, stdout, stderr } = await place.pith([...command, flag, 'Read', flag, 'Foo(x)']);

          assert.deepEqual([code, stdout], [2, '']);
          assert.match(stderr, new RegExp(`^pith: ${flag}: the rule "Foo\\(x\\)" limits Foo, which rules cannot; parentheses go with Bash, .*\\.\nFor example: ${flag} "Bash\\(npm test\\)"`));
        });
      }
    }

    it('is the code of a flag in JSON, too', async () => {
      const { code, stdout } = await place.pith(['run', '--json', '--deny', 'Bash(rm *)', 'hi']);

      assert.deepEqual([code, (JSON.parse(stdout) as { error: { code: string } }).error.code], [2, 'FLAG_INVALID']);
    });

    it('of a file names the file', async () => {
      const file = await place.write('../home/pith/config/settings.json', '{"permissions":{"deny":["Read(.env)","Foo(x)"]}}');

      const { code, stderr } = await place.pith(bash);

      assert.equal(code, 2);
      assert.ok(stderr.startsWith(`pith: ${file}:1: the rule "Foo(x)" limits Foo, which rules cannot`), stderr);
      assert.match(stderr, /Mend the rule under permissions\.deny in that file\./);
    });
  });

  describe('bad input', () => {
    for (const [title, args, said] of [
      ['an unknown flag', ['run', '--moodel', 'x', 'hi'], /--moodel/],
      ['an unknown output format', ['run', '--output', 'yaml', 'hi'], /yaml.*text, json, stream-json/],
      ['no number for --max-steps', ['run', '--max-steps', 'many', 'hi'], /--max-steps many.*whole number from 1/],
      ['zero for --max-steps', ['run', '--max-steps', '0', 'hi'], /--max-steps 0/],
      ['no time for --timeout', ['run', '--timeout', 'soon', 'hi'], /--timeout soon.*5m/],
      ['no amount for --max-cost', ['run', '--max-cost', 'free', 'hi'], /--max-cost free.*0\.50/],
      ['a folder that is not there', ['run', '--cwd', 'nowhere', 'hi'], /--cwd nowhere/],
      ['an unknown provider', ['run', '--provider', 'acme', 'hi'], /no provider "acme"[^]*Installed: .*scripted/],
      ['an unknown model, with the nearest names', ['run', '--provider', 'scripted', '--model', 'offlin', 'hi'], /offlin[^]*Did you mean offline/],
      ['a conversation that is not there', ['run', '--model', 'gone.json', 'hi'], /gone\.json cannot be read/],
      ['a session that is not there', ['run', '--resume', 'nobody', 'hi'], /nobody/],
      ['two flags that exclude each other, in one sentence', ['run', '--quiet', '--verbose', 'hi'], /^pith: --(quiet|verbose) cannot also be provided when using --(quiet|verbose)\.\npith run --help/],
      ['a missing flag, naming the whole command', ['tools', 'call', 'read'], /^pith: Missing required flag input\.\npith tools call --help shows what is allowed\.\n$/],
      ['nothing to continue', ['run', '--continue', 'hi'], /no session of this folder/],
      ['a word where a command takes none', ['config', 'mode'], /^pith: pith config takes no words; found "mode"\.\npith config --help shows what is allowed\.\n$/],
      ['an unknown command, with the nearest', ['rum', 'hi'], /no command "rum"[^]*pith run/],
    ] as const) {
      it(`refuses ${title} with exit 2`, async () => {
        const { code, stdout, stderr } = await place.pith(args);

        assert.equal(code, 2, stderr);
        assert.match(stderr, said);
        assert.equal(stdout, '');
      });
    }
  });
});
