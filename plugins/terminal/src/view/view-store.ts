import type { TurnEvent } from '@pith/kernel';
import { takeEvent, type View } from '../view.ts';

/** Of a stream of small changes listeners hear once in this time. */
const NOTIFY_MS = 33;
/** So many characters may come in that time: faster than any model writes, and no more than one frame can lay out. */
const MAX_STREAMED = 2048;

/** The view as it is now, and whoever wants to hear when it is another (`subscribe` and `snapshot`, as React wants them). */
export class ViewStore {
  readonly #listeners = new Set<() => void>();
  #view: View;
  #timer: NodeJS.Timeout | undefined;
  #streamed = 0;
  #told: PromiseWithResolvers<void> | undefined;

  constructor(view: View) {
    this.#view = view;
  }

  /** @returns ends it */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** The same object until something has changed. */
  readonly snapshot = (): View => this.#view;

  /** What is recorded or local may come in one go: it waits for the next frame, so that none takes long. */
  take(event: TurnEvent): Promise<void> | undefined {
    this.#view = takeEvent(this.#view, event);
    this.#timer ??= setTimeout(() => this.#tell(), NOTIFY_MS);
    if (event.type !== 'text-delta' && event.type !== 'thinking-delta') return undefined;
    this.#streamed += event.text.length;
    return this.#streamed < MAX_STREAMED ? undefined : (this.#told ??= Promise.withResolvers<void>()).promise;
  }

  /** What the person has done is seen at once. */
  change(view: View): void {
    this.#view = view;
    this.#tell();
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const listener of this.#listeners) listener();
    this.#streamed = 0;
    this.#told?.resolve();
    this.#told = undefined;
  }
}
