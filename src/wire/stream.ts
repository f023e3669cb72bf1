import { EXIT, type ModelEvent, PithError, type RateLimits, type Reply } from '@pith/kernel';
import { isContextTooLong } from './provider-error.ts';
import { MAX_EVENT_BYTES, type SseEvent, SseReader } from './sse.ts';
import type { ReplyReader } from './reader.ts';
import { redact } from './redact.ts';

/** How long what follows a reply may take, so that its connection can serve the next one. */
const DRAIN_MS = 1000;

export interface ReadOptions {
  /** Who gave the request up need not be told that its connection broke. */
  signal?: AbortSignal;
  /** Values that may appear in no error. */
  secrets?: readonly string[];
  /** Milliseconds, from any beginning. */
  now?: () => number;
  /** Goes out with the first event: what the headers said. */
  limits?: RateLimits | undefined;
}

/** One reply may have this much. The longest that models write is a tenth of it. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024;

/** Bytes that mean nothing yet are told of this often: whoever limits silence must know that there is none. */
const ALIVE_MS = 1000;

/**
 * The events of one reply, from the body of its response.
 *
 * The first byte tells what the body is: a stream of events, one JSON reply, or a page that is no reply at all. Neighbouring
 * deltas that came together are handed on as one. A connection that breaks after something had come is an end without the
 * final event. An error event is a reply of status `error`, except where it says at once that the context is too long.
 * @throws PithError PROVIDER_PROTOCOL, PROVIDER_UNREACHABLE, CONTEXT_TOO_LONG; the signal's reason when it fires
 */
export async function* readReply(body: ReadableStream<Uint8Array>, reader: ReplyReader, { signal, secrets = [], now = () => performance.now(), limits }: ReadOptions = {}): AsyncGenerator<ModelEvent, void, undefined> {
  const source = body.getReader();
  let feed: Feed | undefined;
  let untold = limits;
  let toldMs = now();
  let bytes = 0;
  try {
    for (;;) {
      let chunk = await read(source, feed !== undefined, signal);
      bytes += chunk?.length ?? 0;
      if (bytes > MAX_REPLY_BYTES) throw new PithError(`The provider sent a reply longer than ${MAX_REPLY_BYTES} bytes`, { code: 'PROVIDER_PROTOCOL', origin: 'provider' });
      if (chunk !== undefined && feed === undefined) {
        chunk = trimStart(chunk);
        if (chunk.length === 0) continue;
        feed = chunk[0] === 0x7b /* { */ ? new BodyFeed(reader) : chunk[0] === 0x3c /* < */ ? refusePage(chunk) : new EventFeed(reader);
      }
      const out: ModelEvent[] = [];
      if (chunk === undefined) feed?.end(out);
      else feed!.push(chunk, out);
      if (chunk === undefined) reader.close(out);
      for (const event of joinDeltas(out)) {
        if (event.type === 'end' && event.reply.error !== undefined) {
          event.reply.error.message = redact(event.reply.error.message, secrets);
          checkLength(event.reply);
        }
        if (untold !== undefined) event.limits = untold;
        untold = undefined;
        yield event;
      }
      if (reader.ended) return;
      if (out.length > 0) toldMs = now();
      else if (now() - toldMs >= ALIVE_MS) {
        toldMs = now();
        yield { type: 'alive' };
      }
    }
  } finally {
    if (reader.ended) void drain(source);
    else await source.cancel().catch(() => undefined); // The reason to leave was said already.
  }
}

/** @returns nothing at the end, also where the connection broke after something had come */
async function read(source: ReadableStreamDefaultReader<Uint8Array>, begun: boolean, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
  try {
    return (await source.read()).value;
  } catch (error) {
    signal?.throwIfAborted();
    if (begun) return undefined;
    throw new PithError('The provider closed the connection before it had answered', {
      code: 'PROVIDER_UNREACHABLE', origin: 'provider', exitCode: EXIT.provider, cause: error, details: { retryable: true }, hint: 'Try again.',
    });
  }
}

/** Whoever can make room must hear of it, and nothing is lost as long as nothing was said. */
function checkLength({ status, error, blocks }: Reply): void {
  if (status !== 'error' || error === undefined || blocks.length > 0 || !isContextTooLong(error)) return;
  throw new PithError(`The provider says the request is too long for the model: ${error.message}`, {
    code: 'CONTEXT_TOO_LONG', origin: 'provider', hint: 'Start a new session, or give the model less to read.', details: { type: error.type, vendorMessage: error.message, retryable: false },
  });
}

/** What follows the final event is nothing to wait for; but a connection that is read to its end can be used again. */
async function drain(source: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const stop = (): void => void source.cancel().catch(() => undefined);
  const timer = setTimeout(stop, DRAIN_MS).unref();
  try {
    while (!(await source.read()).done);
  } catch {
    // It broke after the reply was whole.
  } finally {
    clearTimeout(timer);
  }
}

const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d, /* a byte-order mark: */ 0xef, 0xbb, 0xbf]);

/** What comes before the first thing said means nothing in any of the forms. */
function trimStart(chunk: Uint8Array): Uint8Array {
  const start = chunk.findIndex((byte) => !BLANK.has(byte));
  return chunk.subarray(start === -1 ? chunk.length : start);
}

interface Feed {
  push(chunk: Uint8Array, out: ModelEvent[]): void;
  end(out: ModelEvent[]): void;
}

class EventFeed implements Feed {
  readonly #sse = new SseReader();
  readonly #reader: ReplyReader;
  constructor(reader: ReplyReader) { this.#reader = reader; }

  push(chunk: Uint8Array, out: ModelEvent[]): void {
    const events: SseEvent[] = [];
    this.#sse.push(chunk, events);
    for (const event of events) this.#reader.take(event, out);
  }

  end(out: ModelEvent[]): void {
    const events: SseEvent[] = [];
    this.#sse.end(events);
    for (const event of events) this.#reader.take(event, out);
  }
}

/** A server that was asked for a stream may answer all at once. */
class BodyFeed implements Feed {
  readonly #chunks: Uint8Array[] = [];
  readonly #reader: ReplyReader;
  #bytes = 0;
  constructor(reader: ReplyReader) { this.#reader = reader; }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_EVENT_BYTES) throw new PithError(`The provider sent a reply longer than ${MAX_EVENT_BYTES} bytes`, { code: 'PROVIDER_PROTOCOL', origin: 'provider' });
  }

  end(out: ModelEvent[]): void {
    let body: unknown;
    try {
      body = JSON.parse(Buffer.concat(this.#chunks).toString('utf8').replace(/^\uFEFF/, ''));
    } catch {
      return; // Cut off: nothing of it can be understood.
    }
    this.#reader.takeBody(body, out);
  }
}

function refusePage(chunk: Uint8Array): never {
  const title = /<title[^>]*>([^<]{1,120})/i.exec(Buffer.from(chunk).toString('utf8'))?.[1]?.replace(/\s+/g, ' ').trim();
  throw new PithError(`The provider’s address answered with a web page${title === undefined ? '' : ` (“${title}”)`} instead of a reply`, {
    code: 'PROVIDER_PROTOCOL', origin: 'provider', hint: 'Check the provider’s base address; something else answers there, perhaps a proxy or a log-in page.',
  });
}

/** Deltas of one block that came in one piece of the stream are one delta: each costs its way to every listener. */
function joinDeltas(events: ModelEvent[]): ModelEvent[] {
  if (events.length < 2) return events;
  const joined: ModelEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (last !== undefined && 'index' in last && 'index' in event && last.index === event.index && last.type === event.type) {
      if ((last.type === 'text-delta' || last.type === 'thinking-delta') && last.type === event.type) { last.text += event.text; continue; }
      if (last.type === 'tool-input-delta' && event.type === 'tool-input-delta') { last.json += event.json; continue; }
    }
    joined.push(event);
  }
  return joined;
}
