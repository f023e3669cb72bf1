import { COLUMNS, toIdKey, type Line } from './columns.ts';
import { type RequestRow, REQUEST_ENDS } from './row.ts';

/** A longer text is no name: of what a peer may send without end, the beginning is kept. */
const TEXT_MAX = 200;
/** What is longer comes seldom again, and is not kept. */
const KEPT_MAX = 1000;
/** Many more of them than there are models, agents and projects. */
const CLEAN_MAX = 4096;

/** Rows as lines, without secrets. Texts come again and again, so each is looked through once. */
export class Lines {
  readonly #redact: (text: string) => string;
  readonly #clean = new Map<string, string>();
  #last = { method: '', path: '', endpoint: '' };

  constructor(redact: (text: string) => string) {
    this.#redact = redact;
  }

  of(row: RequestRow): Line {
    const id = cut(row.id);
    return [
      id, Math.round(row.atMs), row.via === 'turn' ? 1 : 0, this.#endpoint(row), row.family, this.#text(row.accountId), row.status, REQUEST_ENDS.indexOf(row.end), this.#new(row.error),
      Math.round(row.durationMs), round(row.firstByteMs), row.attempts, this.#text(row.route), this.#text(row.askedModel), this.#text(row.sentModel), this.#text(row.model), row.isStream ? 1 : 0,
      row.inputTokens, row.outputTokens, row.cacheReadTokens, row.cacheWriteTokens, row.reasoningTokens, row.tokensPerSecond === null ? null : Math.round(row.tokensPerSecond * 10), row.costMicroUsd, row.priceDate,
      this.#text(row.agent), this.#text(row.project), this.#text(row.conversation), this.#text(row.clientKeyId), row.requestBytes, row.replyBytes, toIdKey(id),
    ];
  }

  /** Mostly that of the row before. */
  #endpoint({ method, path }: RequestRow): string {
    const last = this.#last;
    if (last.method === method && last.path === path) return last.endpoint;
    const endpoint = this.#text(`${method} ${path}`)!;
    this.#last = { method, path, endpoint };
    return endpoint;
  }

  #text(text: string | null): string | null {
    if (text === null || text.length > KEPT_MAX) return this.#new(text);
    let clean = this.#clean.get(text);
    if (clean === undefined) {
      clean = this.#new(text)!;
      if (this.#clean.size >= CLEAN_MAX) this.#clean.clear();
      this.#clean.set(text, clean);
    }
    return clean;
  }

  /** Redacted before it is cut: half a secret is not recognised. */
  #new(text: string | null): string | null {
    return text === null ? null : cut(this.#redact(text));
  }
}

/** With its line end; nothing in it is another. */
export function toText(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

/** @returns nothing where it is no row of this version */
export function parseLine(text: string): Line | undefined {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    return undefined; // It was torn, or somebody else wrote it.
  }
  return Array.isArray(values) && values.length === COLUMNS.length && typeof values[0] === 'string' && Number.isSafeInteger(values[1]) ? values as Line : undefined;
}

/** As a database takes it, and no longer than a name is. */
function cut(text: string): string {
  const whole = text.includes('\0') ? text.replaceAll('\0', '') : text;
  return whole.length > TEXT_MAX ? `${whole.slice(0, TEXT_MAX - 1).replace(/[\ud800-\udbff]$/, '')}…` : whole;
}

function round(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
