import assert from 'node:assert/strict';
import { definePlugin } from '@pith/kernel';
import { startInput, type StartedInput } from './start-input.ts';

interface Request { signal: AbortSignal; stop: AbortSignal; onLevel: (db: number) => void }

/** A service as the plugin voice brings it; the plugin itself, its recorder and its server, are tested together in test/plugins. */
function voice({ words = 'fix the tests', missing }: { words?: string; missing?: Error } = {}): { plugin: ReturnType<typeof definePlugin>; requests: Request[] } {
  const requests: Request[] = [];
  const service = {
    prepare: async () => { if (missing !== undefined) throw missing; return { recorder: 'arecord', transcriber: 'whisper-1', seconds: 120 }; },
    record: async (request: Request) => {
      requests.push(request);
      const { promise, resolve } = Promise.withResolvers<void>();
      request.stop.addEventListener('abort', () => resolve());
      await promise;
      request.signal.throwIfAborted();
      return { wav: new Uint8Array(44) };
    },
    transcribe: async () => words,
  };
  return { plugin: definePlugin({ name: 'voice', services: { voice: () => service } as never }), requests };
}

describe('terminal: voice in the input', () => {
  let started: StartedInput | undefined;
  afterEach(async () => started?.close());

  it('shows the level, ends by any key, and puts the words into the input for review', async () => {
    const { plugin, requests } = voice();
    const it = started = await startInput({ plugins: [plugin] });
    it.type('please ');

    it.press('ctrl+s');
    await it.until(() => it.input.snapshot().recording?.phase === 'recording');
    requests[0]!.onLevel(-30);
    assert.equal(it.screen({ width: 80 }).at(-1), '● █████░░░░░ any key ends it, Esc gives up; arecord records for whisper-1');
    it.type('x');
    await it.until(() => it.input.snapshot().recording === undefined);

    assert.equal(it.written(), 'please fix the tests|');
    assert.equal(it.model.requests.length, 0);
  });

  it('gives up by escape, and keeps what was written', async () => {
    const { plugin, requests } = voice();
    const it = started = await startInput({ plugins: [plugin] });
    it.type('/voice');
    it.press('enter');
    await it.until(() => it.input.snapshot().recording?.phase === 'recording');

    it.press('escape');
    await it.until(() => it.input.snapshot().recording === undefined);

    assert.deepEqual([it.written(), it.notices(), it.model.requests.length, requests[0]!.signal.aborted], ['|', [], 0, true]);
  });

  it('lets no words become a command or a mention', async () => {
    const { plugin } = voice({ words: '!rm -rf x @secret' });
    const it = started = await startInput({ plugins: [plugin] });
    it.press('ctrl+s');
    await it.until(() => it.input.snapshot().recording?.phase === 'recording');

    it.press('enter');
    await it.until(() => it.written() !== '|');

    assert.equal(it.written(), ' !rm -rf x \\@secret|');
  });

  it('says how to get it where it is not installed, and what is missing where it is', async () => {
    const without = started = await startInput();
    without.press('ctrl+s');
    await without.until(() => without.notices().length > 0);
    assert.match(without.notices()[0]!, /pith plugins install @pith\/plugin-voice/);
    await without.close();

    const it = started = await startInput({ plugins: [voice({ missing: new Error('There is no program to record with') }).plugin] });
    it.press('ctrl+s');
    await it.until(() => it.notices().length > 0);
    assert.deepEqual([it.notices(), it.input.snapshot().recording], [['There is no program to record with'], undefined]);
  });
});
