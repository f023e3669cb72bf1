import { type ModelEvent, type Reply, toMessage } from '@pith/kernel';
import { asRecord, asText, type ReplyReader, SseReader, type SseEvent } from '@pith/wire';
import { AnthropicReader } from '@pith/wire/anthropic';
import { ChatReader } from '@pith/wire/openai-chat';
import { ResponsesReader } from '@pith/wire/openai-responses';
import type { Back, VendorReply } from '../proxy/parts.ts';
import type { RawHeaders } from '../proxy/headers.ts';
import { type Refusal, toErrorBody } from '../proxy/refusal.ts';
import { ChatWriter } from './chat-writer.ts';
import { MessagesWriter, toErrorType } from './messages-writer.ts';
import { translateHeaders } from './reply-headers.ts';
import type { ReplySetup, ReplyWriter } from './reply-writer.ts';
import type { Wire } from './request.ts';
import { ResponsesWriter } from './responses-writer.ts';

/** A reply in one piece may have so much. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

export interface BackSetup extends ReplySetup {
  /** What the client speaks, and what the vendor was asked in. */
  from: Wire;
  to: Wire;
  /** How the client wants it. */
  isStream: boolean;
  /** For servers that give their calls no id. */
  newId?: () => string;
}

/** The way back of a reply: read as its vendor writes it, and written as the client reads it. */
export function createBack(setup: BackSetup, { status, isStream, headers = {} }: VendorReply): Back {
  const back = status >= 400 ? new ErrorBack(setup, status) : new ReplyBack(setup, status, isStream);
  back.headers.push(...translateHeaders(headers, setup));
  return back;
}

const JSON_HEADERS: RawHeaders = ['content-type', 'application/json'];
const STREAM_HEADERS: RawHeaders = ['content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache'];

class ReplyBack implements Back {
  readonly headers: RawHeaders;
  status: number;
  readonly #setup: BackSetup;
  readonly #reader: ReplyReader;
  readonly #writer: ReplyWriter;
  readonly #sse: SseReader | undefined;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(setup: BackSetup, status: number, isStream: boolean) {
    this.#setup = setup;
    this.status = status;
    this.#reader = readerOf(setup);
    this.#writer = writerOf(setup);
    this.#sse = isStream ? new SseReader() : undefined;
    this.headers = [...(setup.isStream ? STREAM_HEADERS : JSON_HEADERS)];
  }

  push(chunk: Buffer): Buffer | undefined {
    if (this.#isOver) return undefined;
    if (this.#sse !== undefined) return this.#guard(() => this.#write((events) => this.#sse!.push(chunk, events)));
    this.#bytes += chunk.length;
    if (this.#bytes > BODY_BYTES_MAX) return this.#guard(() => { throw new Error(`The reply is longer than ${BODY_BYTES_MAX} bytes`); });
    this.#parts.push(chunk);
    return undefined;
  }

  end(): Buffer | undefined {
    if (this.#isOver) return undefined;
    return this.#guard(() => {
      const rest = this.#sse === undefined ? this.#writeBody() : this.#write((events) => this.#sse!.end(events));
      const closed = this.#take((out) => this.#reader.close(out));
      this.#isOver = true;
      return rest === undefined ? closed : closed === undefined ? rest : Buffer.concat([rest, closed]);
    });
  }

  #write(feed: (events: SseEvent[]) => void): Buffer | undefined {
    const events: SseEvent[] = [];
    feed(events);
    return this.#take((out) => { for (const event of events) this.#reader.take(event, out); });
  }

  #writeBody(): Buffer | undefined {
    let body: unknown;
    try {
      body = JSON.parse(Buffer.concat(this.#parts).toString('utf8'));
    } catch (error) {
      throw new Error('The vendor answered with something that is no reply', { cause: error });
    }
    this.#parts = [];
    return this.#take((out) => this.#reader.takeBody(body, out));
  }

  /** What events mean to the client: at once in a stream, else with the last of them. */
  #take(read: (out: ModelEvent[]) => void): Buffer | undefined {
    const out: ModelEvent[] = [];
    read(out);
    const { isStream } = this.#setup;
    const last = out.at(-1);
    const text = isStream ? out.map((event) => this.#writer.take(event)).join('') : last?.type === 'end' ? this.#whole(last.reply) : '';
    return text === '' ? undefined : Buffer.from(text);
  }

  #whole(reply: Reply): string {
    if (reply.status === 'complete') return JSON.stringify(this.#writer.whole(reply));
    this.status = 502;
    return toErrorBody(familyOf(this.#setup.from), { status: 502, type: 'api_error', message: reply.error?.message ?? 'The reply broke off before its end' }).toString('utf8');
  }

  /** A vendor that does not say what it should is an error of the reply, in the client's words. */
  #guard(work: () => Buffer | undefined): Buffer | undefined {
    try {
      return work();
    } catch (error) {
      this.#isOver = true;
      const reply: Reply = { status: 'error', id: null, model: null, stop: null, blocks: [], usage: null, error: { type: 'api_error', message: toMessage(error) } };
      return Buffer.from(this.#setup.isStream ? this.#writer.take({ type: 'end', reply }) : this.#whole(reply));
    }
  }
}

class ErrorBack implements Back {
  readonly headers: RawHeaders = [...JSON_HEADERS];
  readonly status: number;
  readonly #from: Wire;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor({ from }: BackSetup, status: number) {
    this.#from = from;
    // Only the one family has a status of its own for that.
    this.status = status === 529 && from !== 'messages' ? 503 : status;
  }

  push(chunk: Buffer): Buffer | undefined {
    this.#bytes += chunk.length;
    if (this.#bytes <= BODY_BYTES_MAX) this.#parts.push(chunk);
    return undefined;
  }

  end(): Buffer | undefined {
    const { type, code, message } = readError(Buffer.concat(this.#parts).toString('utf8'));
    this.#parts = [];
    const said = this.#from === 'messages' ? toErrorType(code ?? type) : type;
    return toErrorBody(familyOf(this.#from), { status: this.status, type: said as Refusal['type'], message, ...(code === undefined ? {} : { code }) });
  }
}

function readError(text: string): { type: string; code?: string; message: string } {
  let error: unknown;
  try {
    const body = asRecord(JSON.parse(text));
    error = typeof body['error'] === 'string' ? { message: body['error'] } : body['error'];
  } catch {
    return { type: 'api_error', message: 'The vendor refused the request, and gave no reason that can be read' };
  }
  const { type, code, message } = asRecord(error);
  return { type: asText(type) ?? 'api_error', message: asText(message) ?? 'no reason given', ...(typeof code === 'string' ? { code } : {}) };
}

const familyOf = (wire: Wire): 'anthropic' | 'openai' => (wire === 'messages' ? 'anthropic' : 'openai');

function readerOf({ to, newId }: BackSetup): ReplyReader {
  switch (to) {
    case 'messages': return new AnthropicReader();
    case 'chat': return new ChatReader(newId === undefined ? {} : { newId });
    case 'responses': return new ResponsesReader();
  }
}

function writerOf(setup: BackSetup): ReplyWriter {
  switch (setup.from) {
    case 'messages': return new MessagesWriter(setup);
    case 'chat': return new ChatWriter(setup);
    case 'responses': return new ResponsesWriter(setup);
  }
}
