import { join } from 'node:path';
import type { Paths } from '@pith/kernel';
import { CodeIndex, type IndexedCode, type UpdateOptions } from './code-index.ts';

declare module '@pith/kernel' {
  interface Services { codemap: Codemaps }
}

/** As many roots are kept at a time. */
const MAX_ROOTS = 4;

/** The maps of a process, by their root. */
export class Codemaps {
  readonly #folder: string;
  readonly #known = new Map<string, CodeIndex>();

  constructor({ data }: Pick<Paths, 'data'>) {
    this.#folder = join(data, 'codemap');
  }

  /** @param root links resolved */
  async update(root: string, options: UpdateOptions): Promise<IndexedCode> {
    const index = this.#known.get(root) ?? new CodeIndex({ root, folder: this.#folder });
    // The one that was used last stands last.
    this.#known.delete(root);
    this.#known.set(root, index);
    try {
      return await index.update(options);
    } finally {
      await this.#drop(MAX_ROOTS);
    }
  }

  async close(): Promise<void> {
    await this.#drop(0);
  }

  async #drop(kept: number): Promise<void> {
    const outdated = [...this.#known].slice(0, Math.max(this.#known.size - kept, 0));
    for (const [root, index] of outdated) {
      this.#known.delete(root);
      await index.close();
    }
  }
}
