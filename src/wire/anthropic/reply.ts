import type { Block, ModelEvent } from '@pith/kernel';
import { asCount, asList, asRecord, asText, isRecord, type Json } from '../json.ts';
import { notAReply, parseErrorEvent, parseEvent, ReplyFacts, type ReplyReader, toReplyError, toUsage } from '../reader.ts';
import type { SseEvent } from '../sse.ts';
import { accumulate, isKnownBlock, type OpenBlock, toBlock } from './reply-block.ts';

/** Where the explanation of a refusal stands. */
const LAST = Number.MAX_SAFE_INTEGER;

/** These stops cut the block that was being written. */
const CUTTING_STOPS = new Set(['max_tokens', 'model_context_window_exceeded']);

/**
 * Reads a reply of the Messages API. It is complete with `message_stop`.
 *
 * Blocks grow by their `index` and stand in its order; one that begins at an index that is done is another block. Events are
 * known by the `type` in their data. What is unknown among events and deltas is skipped; an unknown block is kept as it was
 * built up, and goes back to the vendor as it is.
 */
export class AnthropicReader implements ReplyReader {
  readonly #facts = new ReplyFacts();
  readonly #open = new Map<number, OpenBlock>();
  readonly #done: { index: number; place: number; block: Block }[] = [];
  #places = 0;
  readonly #tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

  get ended(): boolean { return this.#facts.ended; }

  take(event: SseEvent, out: ModelEvent[]): void {
    if (this.ended) return;
    if (event.event === 'error') return this.#fail(parseErrorEvent(event), out);
    const data = parseEvent(event);
    if (data === undefined) return;
    const index = asCount(data['index']) ?? 0;
    switch (data['type'] ?? event.event) {
      case 'message_start': return this.#start(asRecord(data['message']), out);
      case 'content_block_start': return this.#openBlock(index, asRecord(data['content_block']), out);
      case 'content_block_delta': return this.#grow(index, asRecord(data['delta']), out);
      case 'content_block_stop': return this.#stopBlock(index, out);
      case 'message_delta': return this.#change(asRecord(data['delta']), data['usage']);
      case 'message_stop': return this.#end('complete', out);
      case 'error': return this.#fail(data, out);
      default: return;
    }
  }

  takeBody(body: unknown, out: ModelEvent[]): void {
    const message = asRecord(body);
    if (message['type'] === 'error' || message['error'] !== undefined) return this.#fail(message, out);
    if (!Array.isArray(message['content'])) throw notAReply(body);
    this.#start(message, out);
    for (const [index, block] of asList(message['content']).entries()) {
      this.#openBlock(index, asRecord(block), out);
      this.#stopBlock(index, out);
    }
    this.#change(message, message['usage']);
    this.#end('complete', out);
  }

  close(out: ModelEvent[]): void {
    if (!this.ended) this.#end('truncated', out);
  }

  #start(message: Json, out: ModelEvent[]): void {
    this.#facts.id = asText(message['id']) ?? null;
    this.#facts.model = asText(message['model']) ?? null;
    this.#count(message['usage']);
    this.#facts.start(out);
  }

  /** What came first may be held in the start itself. */
  #openBlock(index: number, start: Json, out: ModelEvent[]): void {
    this.#finish(index, out);
    this.#facts.start(out);
    const block: OpenBlock = { place: this.#places++, start, parts: [], json: [], signature: asText(start['signature']) ?? '', citations: [...asList(start['citations'])], stopped: false };
    this.#open.set(index, block);
    this.#show(block, asText(start[start['type'] === 'thinking' ? 'thinking' : 'text']) ?? '', out);
  }

  #grow(index: number, delta: Json, out: ModelEvent[]): void {
    if (!this.#open.has(index)) this.#openBlock(index, impliedStart(delta), out);
    const block = this.#open.get(index)!;
    switch (delta['type']) {
      case 'text_delta': return this.#show(block, asText(delta['text']) ?? '', out);
      case 'thinking_delta': return this.#show(block, asText(delta['thinking']) ?? '', out);
      case 'signature_delta': block.signature += asText(delta['signature']) ?? ''; return;
      case 'citations_delta': block.citations.push(delta['citation']); return;
      case 'input_json_delta': return this.#growInput(block, asText(delta['partial_json']) ?? '', out);
      default: if (!isKnownBlock(block)) block.start = accumulate(block.start, delta);
    }
  }

  #show({ place, start, parts }: OpenBlock, text: string, out: ModelEvent[]): void {
    if (text === '') return;
    parts.push(text);
    if (start['type'] === 'text') out.push({ type: 'text-delta', index: place, text });
    else if (start['type'] === 'thinking') out.push({ type: 'thinking-delta', index: place, text });
  }

  #growInput({ place, start, json: pieces }: OpenBlock, json: string, out: ModelEvent[]): void {
    if (json === '') return;
    pieces.push(json);
    if (start['type'] === 'tool_use') out.push({ type: 'tool-input-delta', index: place, id: asText(start['id']) ?? '', name: asText(start['name']) ?? '', json });
  }

  #stopBlock(index: number, out: ModelEvent[]): void {
    const block = this.#open.get(index);
    if (block === undefined) return;
    block.stopped = true;
    // Whether a call without any input was cut is only known from the stop reason.
    if (block.start['type'] === 'tool_use' && block.json.length === 0) return;
    this.#finish(index, out);
  }

  #finish(index: number, out: ModelEvent[]): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    this.#open.delete(index);
    const block = toBlock(open, open.stopped && !(open.json.length === 0 && CUTTING_STOPS.has(this.#facts.stop ?? '')));
    this.#done.push({ index, place: open.place, block });
    out.push({ type: 'block', index: open.place, block });
  }

  #change(delta: Json, usage: unknown): void {
    this.#facts.stop = asText(delta['stop_reason']) ?? this.#facts.stop;
    this.#facts.stopSequence = asText(delta['stop_sequence']) ?? this.#facts.stopSequence;
    const explanation = asText(asRecord(delta['stop_details'])['explanation']);
    if (explanation !== undefined) this.#open.set(LAST, { place: this.#places++, start: { type: 'refusal' }, parts: [explanation], json: [], signature: '', citations: [], stopped: true });
    this.#count(usage);
  }

  /** A count that comes later takes the place of the earlier one; one that is absent or null leaves it. */
  #count(usage: unknown): void {
    if (!isRecord(usage)) return;
    const tokens = this.#tokens;
    tokens.input = asCount(usage['input_tokens']) ?? tokens.input;
    tokens.output = asCount(usage['output_tokens']) ?? tokens.output;
    tokens.cacheRead = asCount(usage['cache_read_input_tokens']) ?? tokens.cacheRead;
    tokens.cacheWrite = asCount(usage['cache_creation_input_tokens']) ?? tokens.cacheWrite;
    this.#facts.usage = toUsage(tokens);
  }

  #fail(data: Json, out: ModelEvent[]): void {
    this.#finishAll(out);
    this.#facts.end(out, 'error', this.#kept(), toReplyError(data));
  }

  #end(status: 'complete' | 'truncated', out: ModelEvent[]): void {
    if (status === 'complete') for (const block of this.#open.values()) block.stopped = true;
    this.#facts.start(out);
    this.#finishAll(out);
    this.#facts.end(out, status, this.#kept());
  }

  #finishAll(out: ModelEvent[]): void {
    for (const index of [...this.#open.keys()].sort((a, b) => a - b)) this.#finish(index, out);
  }

  #kept(): Block[] {
    return this.#done.sort((a, b) => a.index - b.index || a.place - b.place).map(({ block }) => block);
  }
}

/** Of a delta whose block was never started. */
function impliedStart({ type }: Json): Json {
  if (type === 'thinking_delta' || type === 'signature_delta') return { type: 'thinking' };
  return { type: type === 'text_delta' || type === 'citations_delta' ? 'text' : 'unknown' };
}
