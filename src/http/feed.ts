import { randomBytes } from 'node:crypto';
import { refuse } from './refusal.ts';

/** `data` goes out as JSON. */
export interface FeedEvent { type: string; data: unknown }

export interface FeedOptions {
  /** Begins to tell what happens; called when somebody listens. @returns how to stop */
  source: (send: (event: FeedEvent) => void) => () => void;
  /** So many events are kept for those who come back, and of long ones as many as fit into half of what may wait for a reader. Default 1000. */
  keep?: number;
  /** After the last listener has gone, it is kept on for so long. Default 60 000. */
  lingerMs?: number;
  /** So that nobody on the way takes the connection for dead. Default 15 000. */
  heartbeatMs?: number;
  /** What may wait for one reader. Default 1 MiB. */
  queueMaxBytes?: number;
  /** Readers at once. Default 32. */
  readers?: number;
}

interface Kept { number: number; bytes: Buffer }

/**
 * Events for many readers (server-sent events). One who comes back with the id of the last event that it has seen gets what it has missed,
 * or is told with `missed` that this is gone. One who reads too slowly is told so with `closed`, and loses its connection.
 */
export class Feed {
  readonly #options: Required<FeedOptions>;
  /** Ids of another process are not taken for those of this one. */
  readonly #name = randomBytes(6).toString('base64url').replaceAll('-', '_');
  readonly #kept: Kept[] = [];
  readonly #readers = new Set<Reader>();
  /** Bytes of what is kept. */
  #held = 0;
  #number = 0;
  #stop: (() => void) | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ keep = 1000, lingerMs = 60_000, heartbeatMs = 15_000, queueMaxBytes = 1024 * 1024, readers = 32, source }: FeedOptions) {
    this.#options = { keep, lingerMs, heartbeatMs, queueMaxBytes, readers, source };
  }

  /** How many listen. */
  get size(): number { return this.#readers.size; }

  /** A new reader. @throws PithError of status 503 where there are too many */
  open(request: Pick<Request, 'headers'>): Response {
    if (this.#isClosed || this.#readers.size >= this.#options.readers) throw refuse({ status: 503, code: 'STREAM_BUSY', message: this.#isClosed ? 'The server is about to end' : `There are ${this.#options.readers} readers of this stream, which is the most`, headers: { 'retry-after': '5' } });
    clearTimeout(this.#idle);
    const reader = new Reader({ ...this.#options, left: () => this.#leave(reader) });
    this.#readers.add(reader);
    reader.push(Buffer.from('retry: 2000\n\n'));
    for (const bytes of this.#missed(request.headers.get('last-event-id'))) reader.push(bytes);
    this.#stop ??= this.#options.source((event) => this.#send(event));
    return new Response(reader.stream, { headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' } });
  }

  /** Tells all readers, and ends. */
  close(): void {
    this.#isClosed = true;
    for (const reader of this.#readers) reader.end('the server ends');
    this.#rest();
  }

  #send({ type, data }: FeedEvent): void {
    const number = ++this.#number;
    const bytes = toBytes({ id: `${this.#name}.${number}`, type, data });
    this.#kept.push({ number, bytes });
    this.#held += bytes.length;
    // Whoever comes back gets all of it at once.
    while (this.#kept.length > this.#options.keep || this.#held > this.#options.queueMaxBytes / 2) this.#held -= this.#kept.shift()!.bytes.length;
    for (const reader of this.#readers) reader.push(bytes);
  }

  #missed(lastId: string | null): Buffer[] {
    if (lastId === null || lastId === '') return [];
    const [, name, number] = /^([\w]+)\.(\d{1,15})$/.exec(lastId) ?? [];
    const first = this.#kept[0]?.number ?? this.#number + 1;
    const isKnown = name === this.#name && Number(number) <= this.#number && Number(number) + 1 >= first;
    if (isKnown) return this.#kept.filter((kept) => kept.number > Number(number)).map(({ bytes }) => bytes);
    return [toBytes({ id: `${this.#name}.${this.#number}`, type: 'missed', data: { reason: 'what came after that event is not kept any more; ask for everything anew' } })];
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0 || this.#isClosed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#rest(), this.#options.lingerMs).unref();
  }

  /** Nobody listens, so nothing is kept. */
  #rest(): void {
    clearTimeout(this.#idle);
    this.#stop?.();
    this.#stop = undefined;
    this.#kept.length = 0;
    this.#held = 0;
    this.#number++; // Whoever comes back later has missed something.
  }
}

/** What waits for one reader, up to a limit. */
class Reader {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #queueMaxBytes: number;
  readonly #left: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #queue: Buffer[] = [];
  #bytes = 0;
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor({ queueMaxBytes, heartbeatMs, left }: { queueMaxBytes: number; heartbeatMs: number; left: () => void }) {
    this.#queueMaxBytes = queueMaxBytes;
    this.#left = left;
    this.#heartbeat = setInterval(() => { if (this.#queue.length === 0) this.push(Buffer.from(': alive\n\n')); }, heartbeatMs).unref();
    this.stream = new ReadableStream({
      pull: async (controller) => {
        while (this.#queue.length === 0 && !this.#isEnded) await new Promise<void>((resolve) => { this.#wake = resolve; });
        const next = this.#queue.shift();
        if (next === undefined) return controller.close();
        this.#bytes -= next.length;
        controller.enqueue(next);
      },
      cancel: () => this.#leave(),
    }, { highWaterMark: 0 });
  }

  push(bytes: Buffer): void {
    if (this.#isEnded) return;
    if (this.#bytes + bytes.length > this.#queueMaxBytes) {
      this.#queue = [];
      this.#bytes = 0;
      return this.end('it is read too slowly');
    }
    this.#queue.push(bytes);
    this.#bytes += bytes.length;
    this.#wake?.();
  }

  end(reason: string): void {
    if (this.#isEnded) return;
    this.#queue.push(toBytes({ type: 'closed', data: { reason } }));
    this.#leave();
  }

  #leave(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearInterval(this.#heartbeat);
    this.#wake?.();
    this.#left();
  }
}

/** JSON has no line ends of its own, so data is one line. */
function toBytes({ id, type, data }: { id?: string; type: string; data: unknown }): Buffer {
  return Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}
