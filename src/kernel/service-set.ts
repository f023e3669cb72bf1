import { isPithError, PithError, toMessage } from './errors.ts';
import type { Kernel } from './kernel.ts';
import type { LoadedPlugin } from './load/load.ts';
import type { Services } from './services.ts';
import { within } from './base/within.ts';

/** The services of a kernel: each is made when it is first asked for, and kept over reloads until the kernel closes. */
export class ServiceSet {
  readonly #kernel: Kernel;
  readonly #made = new Map<string, Promise<unknown>>();
  /** What each has asked for: that outlives it. */
  readonly #used = new Map<string, Set<string>>();
  /** Fires when the kernel closes, for what is still being made. */
  readonly #shutdown = new AbortController();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** @returns nothing where no plugin provides it @throws PithError SERVICE_FAILED */
  async find<K extends keyof Services>(name: K, signal?: AbortSignal): Promise<Services[K] | undefined> {
    let service = this.#made.get(name);
    if (service === undefined) {
      const owner = this.#kernel.generation.ownerOf(`service:${name}`);
      if (owner === undefined) return undefined;
      service = this.#make(name, owner);
      this.#made.set(name, service);
      service.catch(() => this.#made.delete(name)); // Whoever asks next tries again.
    }
    return (signal === undefined ? service : within(service, { signal })) as Promise<Services[K]>;
  }

  async #make<K extends keyof Services>(name: K, loaded: LoadedPlugin): Promise<Services[K]> {
    const { definition } = loaded;
    const limitMs = this.#kernel.serviceTimeoutMs;
    const context = this.#kernel.contextOf(loaded);
    const used = new Set<string>();
    this.#used.set(name, used);
    const noted: typeof context = { ...context, service: (other) => { used.add(other); return context.service(other); } };
    const make = async (): Promise<Services[K]> => definition.services![name]!(noted);
    try {
      return await within(make(), { signal: this.#shutdown.signal, limitMs, late: () => new Error(`it was not there after ${limitMs / 1000} s`) });
    } catch (error) {
      if (isPithError(error) && error.code !== 'SERVICE_FAILED') throw error;
      throw new PithError(`The service ${name} of plugin ${definition.name} could not be made: ${toMessage(error)}`, { code: 'SERVICE_FAILED', plugin: definition.name, cause: error });
    }
  }

  /** Whoever uses another one before it, and otherwise the newest first. */
  async close(): Promise<void> {
    this.#shutdown.abort(new PithError('The kernel was closed', { code: 'KERNEL_CLOSED' }));
    const left = [...this.#made].reverse();
    while (left.length > 0) {
      const free = left.findIndex(([name]) => !left.some(([other]) => other !== name && this.#used.get(other)!.has(name)));
      const [[name, making]] = left.splice(Math.max(free, 0), 1) as [[string, Promise<unknown>]]; // Where they use each other, none is free.
      const service = await making.catch(() => undefined) as { close?: () => void | Promise<void> } | undefined;
      await this.#kernel.closing(name, () => service?.close?.());
    }
  }
}
