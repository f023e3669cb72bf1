import type { Session } from '@pith/kernel';

/** What of the plugin `voice` is used: it is not there where it is not installed. */
interface Voice {
  prepare(): Promise<{ recorder: string; transcriber: string; seconds: number }>;
  record(request: { signal: AbortSignal; stop: AbortSignal; onLevel: (db: number) => void }): Promise<{ wav: Uint8Array }>;
  transcribe(recording: { wav: Uint8Array }, at: { signal: AbortSignal }): Promise<string>;
}

export interface Recording {
  phase: 'preparing' | 'recording' | 'transcribing';
  /** Who records, and who gets it to hear; known before anything is heard. */
  recorder: string;
  transcriber: string;
  /** 0 to 1; nothing where the recorder does not tell. */
  level: number | undefined;
}

/** Quieter is nothing to a person who looks at it. */
const QUIET_DB = -60;

/** Speech into the input: what was said is put there to be looked at, and sent by nobody else. */
export class VoiceInput {
  readonly #session: Session;
  readonly #onChange: () => void;
  #recording: Recording | undefined;
  #stop = new AbortController();
  #giveUp = new AbortController();

  constructor(session: Session, onChange: () => void) {
    this.#session = session;
    this.#onChange = onChange;
  }

  get recording(): Recording | undefined { return this.#recording; }

  /** Ends the recording, and keeps it; what is being transcribed goes on. */
  stop(): void {
    this.#stop.abort();
  }

  /** Nothing is kept. */
  giveUp(): void {
    this.#giveUp.abort(new Error('given up'));
    this.#stop.abort();
  }

  /**
   * @returns the words; nothing where the person gave up
   * @throws an error that says what is missing, or went wrong
   */
  async listen(): Promise<string | undefined> {
    if (this.#recording !== undefined) return undefined;
    [this.#stop, this.#giveUp] = [new AbortController(), new AbortController()];
    const [stop, { signal }] = [this.#stop.signal, this.#giveUp];
    this.#show({ phase: 'preparing', recorder: '', transcriber: '', level: undefined });
    try {
      const voice = await findVoice(this.#session);
      const { recorder, transcriber } = await voice.prepare();
      signal.throwIfAborted();
      this.#show({ phase: 'recording', recorder, transcriber, level: undefined });
      const recording = await voice.record({ signal, stop, onLevel: (db) => this.#show({ phase: 'recording', recorder, transcriber, level: toLevel(db) }) });
      this.#show({ phase: 'transcribing', recorder, transcriber, level: undefined });
      return toWords(await voice.transcribe(recording, { signal }));
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      this.#show(undefined);
    }
  }

  #show(recording: Recording | undefined): void {
    this.#recording = recording;
    this.#onChange();
  }
}

async function findVoice({ kernel }: Session): Promise<Voice> {
  // The type is that of a plugin that need not be there.
  const voice = await kernel.optionalService('voice' as 'terminal') as unknown as Voice | undefined;
  if (voice === undefined) throw new Error('Nobody is here to listen: install the plugin voice with pith plugins install @pith/plugin-voice');
  return voice;
}

/** Whoever transcribed it is not the person: nothing in it becomes a command or a mention by itself. */
function toWords(text: string): string {
  const words = text.replaceAll(/(?<![\p{L}\p{N}_.\\])@/gu, '\\@');
  return /^[!/\\]/.test(words) ? ` ${words}` : words;
}

function toLevel(db: number): number {
  return Math.max(0, Math.min(1, 1 - db / QUIET_DB));
}
