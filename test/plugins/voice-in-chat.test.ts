import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Conversation } from '../../plugins/terminal/src/conversation.ts';
import { InputModel } from '../../plugins/terminal/src/input/input-model.ts';
import { fake, startVoice } from '../../plugins/voice/test/start-voice.ts';
import { startTranscriber } from '../../plugins/voice/test/transcriber.ts';
import { testModel } from '@pith/kernel/testing';

/** The input line of the chat and the plugin voice: neither knows the other but by the service. */
describe('voice: in the input line of the chat', () => {
  it('records what is said until a key, has it transcribed, and puts it there for review', async () => {
    const server = await startTranscriber({ body: '{"text":"list the files of @src"}' });
    const model = testModel();
    const { session, close } = await startVoice({ record: fake('speech', '1'), baseUrl: server.url, silenceSeconds: 0 }, { plugins: [model.plugin] });
    const conversation = new Conversation({ session, turn: { signal: new AbortController().signal }, notices: [], stdin: process.stdin, stdout: process.stdout, env: {}, version: '0', onStray: () => undefined });
    const input = new InputModel(conversation);
    const levels = new Set<number>();
    const heard = new EventTarget();
    input.subscribe(() => {
      const { recording, editor } = input.snapshot();
      if (recording?.level !== undefined) levels.add(recording.level);
      if (recording?.level !== undefined && levels.size > 1) heard.dispatchEvent(new Event('sound'));
      if (editor.text !== '') heard.dispatchEvent(new Event('text'));
    });
    const [sound, text] = [once(heard, 'sound'), once(heard, 'text')];

    input.press({ key: 'ctrl+s' }, async (work) => work());
    await sound;
    input.press({ key: 'enter' }, async (work) => work());
    await text;

    assert.equal(input.snapshot().editor.text, 'list the files of \\@src');
    const { file } = server.asked[0]!;
    assert.deepEqual([file.rate, file.channels, file.bits, model.requests.length], [16_000, 1, 16, 0]);
    assert.ok(file.soundBytes >= 32_000, 'a second of speech was recorded');
    input.close();
    await close();
    await server.close();
  });
});
