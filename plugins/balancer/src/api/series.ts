/** Clients choose the names of models: beyond so many series of one metric, the rest is counted as `other`. */
export const SERIES_MAX = 500;
export const OTHER = 'other';
const LABEL_CHARACTERS = 100;

/** A number that only grows, by labels. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #series = new Map<string, { values: readonly string[]; sum: number }>();

  constructor(name: string, help: string, labels: readonly string[]) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
  }

  add(values: readonly string[], amount = 1): void {
    const key = values.join('\u0000');
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= SERIES_MAX && values.some((value) => value !== OTHER)) return this.add(values.map(() => OTHER), amount);
      this.#series.set(key, series = { values, sum: 0 });
    }
    series.sum += amount;
  }

  /** @param clean before labels are cut: half a secret is not recognised */
  render(clean: (text: string) => string = (text) => text): string {
    const lines = [...this.#series.values()].map(({ values, sum }) => toLine(this.#name, Object.fromEntries(this.#labels.map((label, index) => [label, clean(values[index]!)])), sum));
    return toHead(this.#name, this.#help, 'counter') + lines.join('');
  }
}

/** How many values were at most so much. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#count++;
    this.#sum += value;
    const index = this.#bounds.findIndex((bound) => value <= bound);
    if (index >= 0) this.#counts[index]!++;
  }

  render(): string {
    let below = 0;
    const buckets = this.#bounds.map((bound, index) => toLine(`${this.#name}_bucket`, { le: String(bound) }, below += this.#counts[index]!));
    return toHead(this.#name, this.#help, 'histogram') + buckets.join('') + toLine(`${this.#name}_bucket`, { le: '+Inf' }, this.#count) + toLine(`${this.#name}_sum`, {}, this.#sum) + toLine(`${this.#name}_count`, {}, this.#count);
  }
}

/** What is as it is at the moment. */
export function gauge(name: string, help: string, values: readonly { labels: Readonly<Record<string, string>>; value: number }[]): string {
  return toHead(name, help, 'gauge') + values.map(({ labels, value }) => toLine(name, labels, value)).join('');
}

function toHead(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function toLine(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const texts = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
  return `${name}${texts.length === 0 ? '' : `{${texts.join(',')}}`} ${value}\n`;
}

/** A label holds any text; a line end or a quote in it would begin another line. */
function escape(text: string): string {
  return text.slice(0, LABEL_CHARACTERS).toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', ' ');
}
