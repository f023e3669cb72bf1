import { toErrorReport } from '../errors.ts';
import type { Generation } from '../generation.ts';
import type { Kernel } from '../kernel.ts';
import type { StoredSecret } from '../services.ts';
import type { Notice } from '../session.ts';

/** What the kernel needs of the vault: which names it holds, and that its values are hidden. */
export class StoredSecrets {
  readonly #kernel: Kernel;
  /** By name and version, and when all of it is hidden. */
  #learned = '';
  #learning: Promise<void> | undefined;
  #unreadable: Notice | undefined;
  #unlearned: Notice | undefined;
  /** As the vault itself has said. */
  #asked: readonly StoredSecret[] = [];
  #unasked: Notice | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Why nobody knows what is in the vault, or why it is not hidden. */
  get notices(): readonly Notice[] { return [this.#unreadable, this.#unlearned, this.#unasked].filter((notice) => notice !== undefined); }

  /** Nothing is opened for it. A vault that cannot be read holds nothing, and the next turn says why. */
  list(generation: Generation): readonly StoredSecret[] {
    const owner = generation.ownerOf('service:vault')?.definition;
    this.#unreadable = undefined;
    try {
      const here = owner?.storedSecrets?.({ paths: this.#kernel.paths, env: this.#kernel.env }) ?? [];
      return this.#asked.length === 0 ? here : [...here, ...this.#asked.filter(({ name }) => here.every((each) => each.name !== name))];
    } catch (error) {
      this.#unreadable = { plugin: owner!.name, ...toNotice(error) };
      return [];
    }
  }

  /** Has the vault itself asked, which may know of more than stands on this machine: that is known from now on. Where it cannot say, the next turn says why. */
  async ask(): Promise<void> {
    this.#unasked = undefined;
    try {
      this.#asked = await (await this.#kernel.optionalService('vault'))?.list() ?? [];
    } catch (error) {
      const notice = toNotice(error);
      this.#unasked = { ...notice, text: `Which accounts machines share is not known: ${notice.text}` };
    }
  }

  /** Has the vault read, which hides what it reads, also what was stored since the turn before. Nothing to wait for where nothing is new. */
  learn(): Promise<void> | undefined {
    const stored = this.list(this.#kernel.generation).map(({ name, version }) => `${name} ${version}`).join('\n');
    if (stored === this.#learned) return this.#learning;
    this.#learned = stored;
    this.#unlearned = undefined;
    return this.#learning = stored === '' ? undefined : this.#learn();
  }

  async #learn(): Promise<void> {
    try {
      await (await this.#kernel.service('vault')).values();
    } catch (error) {
      const notice = toNotice(error);
      this.#unlearned = { ...notice, text: `What is kept in the vault is not hidden where it appears: ${notice.text}` };
    }
  }
}

function toNotice(error: unknown): Notice {
  const { code, message, hint } = toErrorReport(error);
  return { level: 'warning', code, text: hint === undefined ? message : `${message}. ${hint}` };
}
