import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readPrompt } from '../../src/host/run/prompt.ts';

describe('the wait for a prompt on standard input', () => {
  it('ends at once when the run is interrupted', async () => {
    const fd = openSync(fileURLToPath(import.meta.url), 'r');
    try {
      const stdin = Object.assign(new PassThrough(), { fd }); // Never ends.
      const abort = new AbortController();
      const prompt = readPrompt({ words: ['-'], stdin: stdin as unknown as NodeJS.ReadStream, signal: abort.signal, onSilence: () => undefined });

      abort.abort(new Error('interrupted'));

      await assert.rejects(prompt, /^Error: interrupted$/);
    } finally {
      closeSync(fd);
    }
  });
});
