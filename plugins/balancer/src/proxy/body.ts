import type { IncomingMessage } from 'node:http';
import type { BodyRoom } from './body-room.ts';
import type { ProxyLimits } from './limits.ts';
import type { Watch, Watched } from './watch.ts';

/** What came after the head of a request. */
export interface Body {
  /** Whole, or as much as may be kept; nothing for a request without one. */
  bytes: Buffer | undefined;
  /** What comes after `bytes` of one that is too long to be kept: it can be sent once. */
  rest?: IncomingMessage;
  /** As the client said it. */
  length: number | undefined;
  /** What is to be given back when it is not needed any more. */
  takenBytes?: number;
}

export type BodyFault = 'too-large' | 'too-slow' | 'no-room' | 'broken';

/** What it takes to receive a body. */
interface Receiving { limits: ProxyLimits; watch: Watch; room: BodyRoom }

/** Reads a body as far as it may be kept. `done` is called once, with the body or with what is wrong. */
export function receiveBody(request: IncomingMessage, { limits, watch, room }: Receiving, done: (body: Body | BodyFault) => void): void {
  const { 'content-length': told, 'transfer-encoding': encoding } = request.headers;
  const length = told === undefined ? undefined : Number(told);
  if ((length === undefined || length === 0) && encoding === undefined) return done({ bytes: undefined, length: 0 });
  if (isTooLarge(request, { limits })) return done('too-large');
  new Receiver(request, length, { limits, watch, room, done }).start();
}

/** As its head says. */
export const isTooLarge = ({ headers }: Pick<IncomingMessage, 'headers'>, { limits }: { limits: Pick<ProxyLimits, 'bodyMaxBytes'> }): boolean => Number(headers['content-length'] ?? 0) > limits.bodyMaxBytes;

class Receiver implements Watched {
  deadlineMs = Infinity;
  readonly #request: IncomingMessage;
  readonly #length: number | undefined;
  readonly #options: Receiving & { done: (body: Body | BodyFault) => void };
  #first: Buffer | undefined;
  #more: Buffer[] | undefined;
  #bytes = 0;
  #takenBytes = 0;
  #isOver = false;

  constructor(request: IncomingMessage, length: number | undefined, options: Receiving & { done: (body: Body | BodyFault) => void }) {
    this.#request = request;
    this.#length = length;
    this.#options = options;
  }

  start(): void {
    this.#request.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError);
    process.nextTick(expectMore, this); // By then all that came with the head is read, and most bodies do.
  }

  expectMore(): void {
    if (!this.#isOver && !this.#request.complete) this.#expect();
  }

  onDeadline(): void {
    this.#end('too-slow');
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#first === undefined) this.#first = chunk;
    else (this.#more ??= [this.#first]).push(chunk);
    const { room, limits } = this.#options;
    const taken = room.take(this.#bytes, this.#takenBytes);
    if (taken === undefined) return this.#end('no-room');
    this.#takenBytes = taken;
    if (this.#bytes > limits.replayMaxBytes) return this.#passRest();
    if (this.#bytes === this.#length) return this.#onEnd(); // Sooner than it is said.
    this.#expect();
  };

  readonly #onEnd = (): void => this.#end(this.#toBody());
  readonly #onError = (): void => this.#end('broken');

  #expect(): void {
    const { limits, watch } = this.#options;
    if (this.deadlineMs === Infinity) watch.add(this);
    this.deadlineMs = performance.now() + limits.clientIdleMs;
  }

  #passRest(): void {
    this.#request.pause();
    this.#end({ ...this.#toBody(), rest: this.#request });
  }

  #toBody(): Body {
    return { bytes: this.#more === undefined ? this.#first : Buffer.concat(this.#more), length: this.#length, takenBytes: this.#takenBytes };
  }

  #end(body: Body | BodyFault): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#request.off('data', this.#onData).off('end', this.#onEnd);
    if (this.deadlineMs !== Infinity) this.#options.watch.remove(this);
    if (typeof body === 'string') {
      this.#options.room.give(this.#takenBytes);
      [this.#first, this.#more] = [undefined, undefined];
    }
    this.#options.done(body);
  }
}

const expectMore = (receiver: Receiver): void => receiver.expectMore();

/** What is still to come of a request that has its answer: read and forgotten, but not for as long as its sender likes. */
export function discardBody(request: IncomingMessage, { limits, watch }: { limits: ProxyLimits; watch: Watch }): void {
  if (request.complete) return;
  const watched: Watched = { deadlineMs: performance.now() + limits.clientIdleMs, onDeadline: () => request.destroy() };
  watch.add(watched);
  request.on('error', () => undefined).once('close', () => watch.remove(watched)); // Its sender may leave at any time.
  // Not `resume`, which is forgotten where somebody still waits for the next piece.
  request.on('data', () => undefined);
}

/**
 * A body that is too long to be kept, once.
 * @param giveUp is told what is wrong with it, before it breaks off
 */
export async function* once({ bytes, rest }: Body, { limits, watch }: { limits: ProxyLimits; watch: Watch }, giveUp: (fault: BodyFault) => void): AsyncGenerator<Buffer> {
  let sent = bytes?.length ?? 0;
  if (bytes !== undefined) yield bytes;
  const watched: Watched = { deadlineMs: performance.now() + limits.clientIdleMs, onDeadline: () => giveUp('too-slow') };
  watch.add(watched);
  try {
    // Where the vendor answers before it has come whole, its connection is still needed for the answer.
    for await (const chunk of rest!.iterator({ destroyOnReturn: false })) {
      sent += (chunk as Buffer).length;
      if (sent > limits.bodyMaxBytes) return giveUp('too-large');
      watched.deadlineMs = Infinity; // Now it is the vendor that takes its time.
      yield chunk as Buffer;
      watched.deadlineMs = performance.now() + limits.clientIdleMs;
    }
  } finally {
    watch.remove(watched);
  }
}
