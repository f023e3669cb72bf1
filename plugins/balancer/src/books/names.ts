import type { Queries } from '@pith/kernel';

/** Beyond it all are asked for anew. */
const NAMES_MAX = 10_000;
const DAY_MS = 86_400_000;

export function toDay(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

/** Numbers of texts, as they stand in the database. A text is marked once a day that it is used, so that one that no row has any more can go. */
export class Names {
  readonly #known = new Map<string, { id: number; day: number }>();

  /**
   * The numbers of these texts, made where they are new. They count for this transaction alone, until `keep`.
   * @param texts in any order, each once
   */
  async resolve({ sql }: Queries, texts: ReadonlySet<string>, day: number): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const missing: string[] = [];
    for (const text of texts) {
      const known = this.#known.get(text);
      if (known?.day === day) found.set(text, known.id);
      else missing.push(text);
    }
    // In one order, so that two processes never wait for each other.
    for (const text of missing.sort()) {
      const { rows } = await sql<{ id: number }>`INSERT INTO balancer_names (name, seen_day) VALUES (${text}, ${day}) ON CONFLICT (name) DO UPDATE SET seen_day = excluded.seen_day RETURNING id`;
      found.set(text, rows[0]!.id);
    }
    return found;
  }

  /** The transaction was confirmed. */
  keep(numbers: ReadonlyMap<string, number>, day: number): void {
    if (this.#known.size + numbers.size > NAMES_MAX) this.#known.clear();
    for (const [text, id] of numbers) if (this.#known.get(text)?.day !== day) this.#known.set(text, { id, day });
  }

  /** After something went wrong it may be another database. */
  forget(): void {
    this.#known.clear();
  }
}
