import type { Engine, Listening, Note } from './engine.ts';

type Heard = (text: string) => void;

/** Who listens in this process. The engine is listened to for as long as anybody does. */
export class Notes {
  readonly #engine: Engine;
  readonly #channels = new Map<string, Set<Heard>>();
  #listening: Promise<Listening> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async listen(channel: string, heard: Heard): Promise<() => Promise<void>> {
    const entry: Heard = (text) => heard(text); // The same function may listen twice.
    const of = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, of.add(entry));
    const stop = async (): Promise<void> => {
      if (!of.delete(entry) || of.size > 0) return;
      if (this.#channels.get(channel) === of) this.#channels.delete(channel);
      if (this.#channels.size === 0) await this.close();
    };
    try {
      await (this.#listening ??= this.#engine.listen((note) => this.#tell(note)));
    } catch (error) {
      this.#listening = undefined; // The next one tries again.
      await stop();
      throw error;
    }
    return stop;
  }

  /** This process has just noted something. */
  look(): void {
    void this.#listening?.then((listening) => listening.look(), () => undefined); // Whoever listens was told that it failed.
  }

  async close(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    await (await listening?.catch(() => undefined))?.stop();
  }

  #tell(note: Note | undefined): void {
    const all = note === undefined ? [...this.#channels.values()] : [this.#channels.get(note.channel) ?? []];
    // One that throws keeps nothing from the others.
    for (const heard of all.flatMap((of) => [...of])) queueMicrotask(() => heard(note?.text ?? ''));
  }
}
