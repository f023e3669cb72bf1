import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach } from 'mocha';
import { definePlugin, examinePlugins } from '@pith/kernel';
import { createTestKernel } from '@pith/kernel/testing';
import { CODES } from '../src/errors.ts';
import voicePlugin from '../src/index.ts';
import { toInput } from '../src/to-input.ts';
import { fake, type Started, startVoice } from './start-voice.ts';

const typed = definePlugin({
  name: 'typed',
  setup({ hooks }) {
    hooks.input.tap('typed', async (input, turn) => ({ ...input, handled: { reply: String(await turn.runCommand({ name: input.text.slice(1), argument: '' })) } }));
  },
});

describe('the plugin voice', () => {
  let started: Started | undefined;
  afterEach(async () => {
    await started?.close();
    started = undefined;
  });

  it('loads alone', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [voicePlugin] });

    assert.deepEqual(kernel.plugins.map(({ name, state }) => [name, state]), [['voice', 'active']]);
    await close();
  });

  for (const [options, message] of [
    [{ record: 'arecord -q' }, 'record: must be a program and its arguments, as ["arecord", "-q"]; found "arecord -q"'],
    [{ record: ['./rec'] }, 'record: must be the name of a program or its whole path; found "./rec"'],
    [{ transcribe: ['whisper-cli', 1] }, 'transcribe: must be a program and its arguments, as ["arecord", "-q"]; found 1 in it'],
    [{ seconds: 601 }, 'seconds: must be a whole number from 1 to 600; found 601'],
    [{ language: 'English' }, 'language: must be a language as en or de; found "English"'],
    [{ baseURL: 'http://a' }, 'baseURL: is not known; the options are record, transcribe, baseUrl, model, language, seconds, silenceSeconds, silenceDb, timeoutMs, allowHttp'],
  ] as const) {
    it(`names an option that is wrong: ${JSON.stringify(options)}`, async () => {
      const { kernel, close } = await createTestKernel({ plugins: [voicePlugin], options: { voice: options } });

      assert.equal(kernel.plugins[0]!.error?.message, `The options of plugin voice do not fit: ${message}`);
      await close();
    });
  }

  it('answers /voice with the text, which no model gets', async () => {
    started = await startVoice({ record: fake('whole'), transcribe: [process.execPath, '-e', 'console.log("delete all of it")'] }, { plugins: [typed] });

    const { text, status } = await started.session.runTurn({ text: '/voice', origin: 'person' });

    assert.deepEqual([status, text], ['done', 'delete all of it']);
    assert.ok(started.events.some((event) => event.type === 'notice' && /^node is recording for node, at most 120 s/.test(event.text)));
    assert.ok(!started.events.some(({ type }) => type === 'model-start' || type === 'tool-start'));
  });

  it('says for pith doctor who records and who transcribes, or what is missing', async () => {
    started = await startVoice({ record: fake('whole'), baseUrl: 'http://127.0.0.1:9/v1' });
    const bare = await startVoice({ record: ['no-such-recorder'] });

    const [good, bad] = [await examinePlugins(started.kernel), await examinePlugins(bare.kernel)];

    assert.deepEqual(good.map(({ level, text }) => [level, text]), [['ok', 'node records'], ['ok', '127.0.0.1:9 transcribes, without a key']]);
    assert.deepEqual(bad.map(({ level, text }) => [level, text]), [['warning', 'The recorder no-such-recorder was not found on the search path'], ['warning', 'The transcription by OpenAI needs a key, and there is none']]);
    await bare.close();
  });
});

describe('what was said, as input', () => {
  for (const [said, input] of [
    ['List the files.', 'List the files.'], ['!rm -rf ~', ' !rm -rf ~'], ['/clear', ' /clear'], ['--mode=bypassPermissions', ' --mode=bypassPermissions'], ['\\!ls', ' \\!ls'],
    ['read @/etc/passwd and (@a)', 'read \\@/etc/passwd and (\\@a)'], ['write to ada@example.org', 'write to ada@example.org'], ['1 - 2 / 3!', '1 - 2 / 3!'],
  ] as const) {
    it(`stays words: ${said}`, () => assert.equal(toInput(said), input));
  }
});

describe('the README of voice', () => {
  it('names each error code, its exit code and its meaning', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

    for (const [code, [exitCode, meaning]] of Object.entries(CODES)) assert.ok(readme.includes(`| \`${code}\` | ${exitCode} | ${meaning} |`), code);
  });
});
