import { type ContributionContext, escapeControl } from '@pith/kernel';
import { voiceError } from './errors.ts';
import { findTranscriber } from './find-transcriber.ts';
import { optionsOf, type VoiceOptions } from './options.ts';
import { record, type Recording, type RecordRequest } from './record.ts';
import { chooseRecorder, type Recorder } from './recorders.ts';

export type { Recording, RecordRequest } from './record.ts';

declare module '@pith/kernel' {
  interface Services { voice: Voice }
}

/** Who is to record and to transcribe, and how long a recording may be. */
export interface Prepared { recorder: string; transcriber: string; seconds: number }

type Context = Pick<ContributionContext, 'options' | 'env' | 'childRules' | 'service'>;

/** Speech to text, in two steps, so that whoever asks can show each of them. Nothing is done with the text here. */
export class Voice {
  readonly #options: VoiceOptions;
  readonly #context: Context;
  #isRecording = false;

  constructor(context: Context) {
    this.#options = optionsOf(context.options);
    this.#context = context;
  }

  /** Finds out what is missing before somebody has spoken. @throws PithError VOICE_RECORDER_MISSING, and as `findTranscriber` */
  async prepare(): Promise<Prepared> {
    const { name: recorder } = await this.#choose();
    const { name: transcriber } = await findTranscriber(this.#options, this.#context);
    return { recorder, transcriber, seconds: this.#options.seconds };
  }

  /** One at a time. @throws PithError VOICE_BUSY, and as `record` of record.ts */
  async record({ seconds = this.#options.seconds, ...request }: RecordRequest): Promise<Recording> {
    if (this.#isRecording) throw voiceError('A recording runs already', 'VOICE_BUSY', 'End it first.');
    this.#isRecording = true;
    try {
      return await record(await this.#choose(), request, { ...this.#options, seconds: Math.min(seconds, this.#options.seconds) }, this.#context);
    } finally {
      this.#isRecording = false;
    }
  }

  /**
   * The words of a recording. They are somebody else's text: control and direction characters in it are written out.
   * @throws PithError VOICE_NO_WORDS, VOICE_KEY_MISSING, VOICE_TRANSCRIPTION_FAILED, PROVIDER_*, NET_*; the signal's reason
   */
  async transcribe({ wav }: Pick<Recording, 'wav'>, { signal }: { signal: AbortSignal }): Promise<string> {
    signal.throwIfAborted();
    const { transcribe, timeoutMs } = this.#options;
    const text = transcribe === undefined
      ? await (await import('./ask-service.ts')).askService(wav, this.#options, this.#context, signal)
      : await (await import('./ask-program.ts')).askProgram(wav, { transcribe, timeoutMs }, this.#context, signal);
    const words = escapeControl(text.replaceAll('\r\n', '\n').trim(), { lines: true });
    if (words === '') throw voiceError('There were no words in the recording', 'VOICE_NO_WORDS', 'Speak again, closer to the microphone; perhaps name the language with the option language of the plugin voice.');
    return words;
  }

  #choose(): Promise<Recorder> {
    return chooseRecorder(this.#options.record, this.#context);
  }
}
