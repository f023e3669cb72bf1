import type { Kernel } from './kernel.ts';
import type { SessionState } from './plugin.ts';

/** What tools keep for as long as the session lives. */
export class State implements SessionState {
  readonly #values = new Map<string, { value: unknown; dispose?: (value: never) => void | Promise<void> }>();

  get<T>(key: string, create: () => T, dispose?: (value: T) => void | Promise<void>): T {
    let held = this.#values.get(key);
    if (held === undefined) {
      held = { value: create(), ...(dispose === undefined ? {} : { dispose: dispose as (value: never) => void }) };
      this.#values.set(key, held);
    }
    return held.value as T;
  }

  async close(kernel: Kernel): Promise<void> {
    for (const [key, { value, dispose }] of [...this.#values].reverse()) await kernel.closing(key, () => dispose?.(value as never));
    this.#values.clear();
  }
}
