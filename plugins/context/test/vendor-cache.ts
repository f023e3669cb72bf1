import { estimateText, fingerprint, type ModelRequest } from '@pith/kernel';
import { createAnthropicWriter, MAX_MARKERS } from '@pith/wire/anthropic';

interface Piece { hash: string; tokens: number; isMarked: boolean }
interface Body { tools?: object[]; system?: object[]; messages: { role: string; content: object[] }[] }

/** Blocks before a breakpoint that the vendor looks through for what it has kept. */
const LOOK_BACK = 20;
/** Less than this is not kept. */
const TOKENS_MIN = 1024;

/**
 * A prompt cache as Anthropic describes it: what stands before a breakpoint is kept, by every byte of it; a later request
 * finds it at one of its own breakpoints, or up to 20 blocks before one.
 */
export class VendorCache {
  readonly #kept = new Set<string>();
  readonly #writer = createAnthropicWriter({ autoCache: false });
  /** Of each request: tokens in all, and those that came from the cache. */
  readonly requests: { tokens: number; read: number; marks: number; text: string }[] = [];

  take(request: ModelRequest): void {
    const body = this.#writer.toBody(request) as unknown as Body;
    const pieces = toPieces(body);
    const marks = pieces.flatMap(({ isMarked }, index) => (isMarked ? [index] : []));
    if (marks.length > MAX_MARKERS) throw new Error(`${marks.length} breakpoints, of which the vendor takes ${MAX_MARKERS}`);
    const ends = toEnds(pieces);
    const found = marks.map((mark) => Array.from({ length: LOOK_BACK }, (_, back) => mark - back).find((index) => index >= 0 && this.#kept.has(ends[index]!.hash)));
    const read = Math.max(0, ...found.map((index) => (index === undefined ? 0 : ends[index]!.tokens)));
    for (const mark of marks) if (ends[mark]!.tokens >= TOKENS_MIN) this.#kept.add(ends[mark]!.hash);
    this.requests.push({ tokens: ends.at(-1)!.tokens, read, marks: marks.length, text: JSON.stringify(body) });
  }

  /** How much of what was sent came from the cache, as a share. */
  get hitShare(): number {
    const sum = (pick: (request: { tokens: number; read: number }) => number): number => this.requests.reduce((total, request) => total + pick(request), 0);
    return sum(({ read }) => read) / sum(({ tokens }) => tokens);
  }
}

function toPieces({ tools = [], system = [], messages }: Body): Piece[] {
  const piece = (where: string) => (block: object): Piece => {
    const { cache_control: mark, ...rest } = block as { cache_control?: unknown };
    const text = where + JSON.stringify(rest);
    return { hash: fingerprint(text), tokens: Math.ceil(estimateText(text)), isMarked: mark !== undefined };
  };
  return [...tools.map(piece('tool')), ...system.map(piece('system')), ...messages.flatMap(({ role, content }) => content.map(piece(role)))];
}

function toEnds(pieces: readonly Piece[]): { hash: string; tokens: number }[] {
  let [hash, tokens] = ['', 0];
  return pieces.map((piece) => {
    hash = fingerprint(hash + piece.hash);
    tokens += piece.tokens;
    return { hash, tokens };
  });
}
