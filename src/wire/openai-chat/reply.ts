import { randomUUID } from 'node:crypto';
import type { Block, ModelEvent } from '@pith/kernel';
import { asList, asRecord, asText, isRecord, type Json } from '../json.ts';
import { notAReply, parseErrorEvent, parseEvent, ReplyFacts, type ReplyReader, toOpenAiUsage, toReplyError } from '../reader.ts';
import type { SseEvent } from '../sse.ts';
import { toToolCall } from '../tool-input.ts';
import { markOf } from '../vendor-block.ts';

const USAGE = { input: 'prompt_tokens', output: 'completion_tokens', details: 'prompt_tokens_details' };

/** Servers have not agreed on one. */
const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_text'];

/** A digit run that a double may not hold. */
const LONG_NUMBER = /\d{16}/;

type OpenBlock =
  | { type: 'text' | 'refusal'; index: number; parts: string[] }
  | { type: 'thinking'; index: number; parts: string[]; field: string | undefined; details: unknown[] }
  | { type: 'tool'; index: number; key: number | undefined; id: string; name: string; parts: string[] };

export interface ChatReaderOptions {
  /** Whose marks the blocks bear. Default `openai-chat`. */
  vendor?: string;
  /** For servers that give their calls no id. */
  newId?: () => string;
  /** The server states in `usage.cost` what it charged, in dollars. */
  statesCost?: boolean;
}

/**
 * Reads a reply of Chat Completions.
 *
 * It is complete once a `finish_reason` or `[DONE]` has come, whichever: there are servers that send only one of them, and
 * each says that the model is done. A refusal's `stop` is `refusal`, because these servers call it an ordinary stop.
 * Only the first choice counts. Blocks stand in the order in which their first piece came.
 */
export class ChatReader implements ReplyReader {
  readonly #facts = new ReplyFacts();
  readonly #vendor: string;
  readonly #newId: () => string;
  readonly #blocks: OpenBlock[] = [];
  readonly #citations: unknown[] = [];
  readonly #statesCost: boolean;

  constructor({ vendor = 'openai-chat', newId = randomUUID, statesCost = false }: ChatReaderOptions = {}) {
    this.#vendor = vendor;
    this.#newId = newId;
    this.#statesCost = statesCost;
  }

  get ended(): boolean { return this.#facts.ended; }

  take(event: SseEvent, out: ModelEvent[]): void {
    if (this.ended) return;
    if (event.data === '[DONE]') return this.#end('complete', out);
    if (event.event === 'error') return this.#fail(parseErrorEvent(event), out);
    const chunk = parseEvent(event);
    if (chunk === undefined) return;
    this.#takeChunk(chunk, 'delta', out);
    if (isError(chunk['error'])) this.#fail(chunk, out);
  }

  takeBody(body: unknown, out: ModelEvent[]): void {
    const chunk = asRecord(body);
    if (isError(chunk['error'])) return this.#fail(chunk, out);
    if (!Array.isArray(chunk['choices'])) throw notAReply(body);
    this.#takeChunk(chunk, 'message', out);
    this.#end('complete', out);
  }

  close(out: ModelEvent[]): void {
    if (!this.ended) this.#end(this.#facts.stop === null ? 'truncated' : 'complete', out);
  }

  #takeChunk(chunk: Json, field: 'delta' | 'message', out: ModelEvent[]): void {
    this.#facts.id ??= asText(chunk['id']) ?? null;
    this.#facts.model ??= asText(chunk['model']) ?? null;
    this.#facts.usage = toOpenAiUsage(chunk['usage'], USAGE) ?? this.#facts.usage;
    if (this.#statesCost) this.#facts.costMicroUsd = toMicroUsd(asRecord(chunk['usage'])) ?? this.#facts.costMicroUsd;
    const choice = asRecord(asList(chunk['choices']).find((each) => (asRecord(each)['index'] ?? 0) === 0));
    if (Object.keys(choice).length === 0) return;
    this.#facts.start(out);
    this.#takeDelta(asRecord(choice[field]), out);
    this.#facts.stop = asText(choice['finish_reason']) ?? this.#facts.stop;
    // Some servers count in the choice.
    this.#facts.usage = toOpenAiUsage(choice['usage'], USAGE) ?? this.#facts.usage;
  }

  #takeDelta(delta: Json, out: ModelEvent[]): void {
    const field = REASONING_FIELDS.find((name) => typeof delta[name] === 'string' && delta[name] !== '');
    this.#think(field === undefined ? '' : delta[field] as string, field, asList(delta['reasoning_details']), out);
    if (typeof delta['content'] === 'string') this.#say('text', delta['content'], out);
    else for (const part of asList(delta['content'])) this.#takePart(asRecord(part), out);
    this.#say('refusal', asText(delta['refusal']) ?? '', out);
    for (const call of asList(delta['tool_calls'])) this.#call(asRecord(call), out);
    this.#citations.push(...asList(delta['annotations']));
  }

  /** Mistral gives a list of parts, thinking among them. */
  #takePart(part: Json, out: ModelEvent[]): void {
    if (part['type'] === 'thinking') for (const each of asList(part['thinking'])) this.#think(asText(asRecord(each)['text']) ?? '', undefined, [], out);
    else this.#say('text', asText(part['text']) ?? '', out);
  }

  #think(text: string, field: string | undefined, details: readonly unknown[], out: ModelEvent[]): void {
    if (text === '' && details.length === 0) return;
    let block = this.#blocks.find((each) => each.type === 'thinking');
    if (block === undefined) this.#blocks.push(block = { type: 'thinking', index: this.#blocks.length, parts: [], field, details: [] });
    block.field ??= field;
    block.details.push(...details);
    if (text === '') return;
    block.parts.push(text);
    out.push({ type: 'thinking-delta', index: block.index, text });
  }

  /** A refusal is shown as it comes, like any text. */
  #say(type: 'text' | 'refusal', text: string, out: ModelEvent[]): void {
    if (text === '') return;
    let block = this.#blocks.find((each): each is OpenBlock & { type: 'text' | 'refusal' } => each.type === type);
    if (block === undefined) this.#blocks.push(block = { type, index: this.#blocks.length, parts: [] });
    block.parts.push(text);
    out.push({ type: 'text-delta', index: block.index, text });
  }

  #call(delta: Json, out: ModelEvent[]): void {
    const { name: givenName, arguments: given } = asRecord(delta['function']);
    const id = asText(delta['id']) ?? '';
    const name = asText(givenName) ?? '';
    const json = typeof given === 'string' ? given : isRecord(given) ? JSON.stringify(given) : '';
    const key = typeof delta['index'] === 'number' ? delta['index'] : undefined;
    let call = this.#findCall(key, id, name);
    if (call === undefined) {
      if (name === '' && id === '') return; // A piece of nothing.
      this.#blocks.push(call = { type: 'tool', index: this.#blocks.length, key, id: id === '' ? this.#newId() : id, name, parts: [] });
    }
    if (call.name === '') call.name = name;
    if (json === '') return;
    call.parts.push(json);
    out.push({ type: 'tool-input-delta', index: call.index, id: call.id, name: call.name, json });
  }

  /**
   * The call that a piece continues. Pieces belong together by `index`; but there are servers that leave it out, or give
   * every call the same: so another id, or a name after whole arguments, begins a new call.
   */
  #findCall(key: number | undefined, id: string, name: string): (OpenBlock & { type: 'tool' }) | undefined {
    const calls = this.#blocks.filter((each): each is OpenBlock & { type: 'tool' } => each.type === 'tool');
    if (id !== '') {
      const same = calls.find((call) => call.id === id);
      if (same !== undefined) return same;
      const unnamed = calls.at(-1);
      return unnamed !== undefined && unnamed.key === key && unnamed.name === '' && name !== '' ? unnamed : undefined;
    }
    const last = key === undefined ? calls.at(-1) : calls.findLast((call) => call.key === key);
    if (last === undefined || name === '' || last.name === '') return last;
    return isWhole(last.parts.join('')) ? undefined : last;
  }

  #fail(chunk: Json, out: ModelEvent[]): void {
    this.#facts.end(out, 'error', this.#finish(false, out), toReplyError(isError(chunk['error']) ? chunk['error'] : chunk));
  }

  #end(status: 'complete' | 'truncated', out: ModelEvent[]): void {
    this.#facts.start(out);
    if (this.#facts.stop === 'stop' && this.#blocks.some(({ type }) => type === 'refusal')) this.#facts.stop = 'refusal';
    // A limit cuts the call that was being written.
    this.#facts.end(out, status, this.#finish(status === 'complete' && this.#facts.stop !== 'length', out));
  }

  #finish(finished: boolean, out: ModelEvent[]): Block[] {
    return this.#blocks.map((open) => {
      const block = this.#toBlock(open, finished);
      out.push({ type: 'block', index: open.index, block });
      return block;
    });
  }

  #toBlock(open: OpenBlock, finished: boolean): Block {
    const text = open.parts.join('');
    switch (open.type) {
      case 'text': return { type: 'text', text, ...(this.#citations.length > 0 ? { citations: this.#citations, ...markOf(this.#vendor) } : {}) };
      case 'refusal': return { type: 'refusal', text };
      case 'thinking': return { type: 'thinking', text, ...markOf(this.#vendor, open.details.length > 0 ? { reasoning_details: joinDetails(open.details) } : open.field ?? null) };
      default: {
        const call = toToolCall({ id: open.id, name: open.name, json: text, finished });
        return call.complete && LONG_NUMBER.test(text) ? { ...call, ...markOf(this.#vendor, text) } : call;
      }
    }
  }
}

function isError(value: unknown): boolean {
  return isRecord(value) || (typeof value === 'string' && value !== '');
}

function isWhole(json: string): boolean {
  return toToolCall({ id: '', name: '', json, finished: false }).complete;
}

/** OpenRouter streams a detail in pieces of one `index`; it wants them back as one. */
function joinDetails(pieces: readonly unknown[]): Json[] {
  const joined: Json[] = [];
  for (const piece of pieces.map(asRecord)) {
    const last = joined.at(-1);
    const continues = last !== undefined && last['type'] === piece['type'] && last['index'] === piece['index'] && piece['index'] !== undefined;
    if (!continues) joined.push({ ...piece });
    else for (const [key, value] of Object.entries(piece)) last[key] = isGrowing(key) && typeof last[key] === 'string' && typeof value === 'string' ? last[key] + value : value ?? last[key];
  }
  return joined;
}

const isGrowing = (key: string): boolean => key === 'text' || key === 'summary' || key === 'data';

/** Rounded up once, after the noise of the binary fraction. With a key of one's own it is only the router's fee. */
function toMicroUsd({ cost, is_byok: isByok }: Json): number | undefined {
  return typeof cost === 'number' && cost >= 0 && isByok !== true ? Math.ceil(Number((cost * 1e6).toFixed(4))) : undefined;
}
