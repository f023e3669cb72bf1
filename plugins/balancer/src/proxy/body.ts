import type { IncomingMessage } from 'node:http';
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
}

export type BodyFault = 'too-large' | 'too-slow' | 'broken';

/** Reads a body as far as it may be kept. `done` is called once, with the body or with what is wrong. */
export function receiveBody(request: IncomingMessage, { limits, watch }: { limits: ProxyLimits; watch: Watch }, done: (body: Body | BodyFault) => void): void {
  const { 'content-length': told, 'transfer-encoding': encoding } = request.headers;
  const length = told === undefined ? undefined : Number(told);
  if ((length === undefined || length === 0) && encoding === undefined) return done({ bytes: undefined, length: 0 });
  if (length !== undefined && length > limits.bodyMaxBytes) return done('too-large');
  new Receiver(request, length, { limits, watch, done }).start();
}

class Receiver implements Watched {
  deadlineMs = Infinity;
  readonly #request: IncomingMessage;
  readonly #length: number | undefined;
  readonly #options: { limits: ProxyLimits; watch: Watch; done: (body: Body | BodyFault) => void };
  #first: Buffer | undefined;
  #more: Buffer[] | undefined;
  #bytes = 0;

  constructor(request: IncomingMessage, length: number | undefined, options: { limits: ProxyLimits; watch: Watch; done: (body: Body | BodyFault) => void }) {
    this.#request = request;
    this.#length = length;
    this.#options = options;
  }

  start(): void {
    this.#request.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError);
  }

  onDeadline(): void {
    this.#end('too-slow');
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#first === undefined) this.#first = chunk;
    else (this.#more ??= [this.#first]).push(chunk);
    const { limits, watch } = this.#options;
    if (this.#bytes > limits.replayMaxBytes) return this.#passRest();
    if (this.#bytes === this.#length) return this.#onEnd(); // Sooner than it is said.
    if (this.deadlineMs === Infinity) watch.add(this);
    this.deadlineMs = performance.now() + limits.clientIdleMs;
  };

  readonly #onEnd = (): void => this.#end({ bytes: this.#whole(), length: this.#length });
  readonly #onError = (): void => this.#end('broken');

  #passRest(): void {
    this.#request.pause();
    this.#end({ bytes: this.#whole(), rest: this.#request, length: this.#length });
  }

  #whole(): Buffer | undefined {
    return this.#more === undefined ? this.#first : Buffer.concat(this.#more);
  }

  #end(body: Body | BodyFault): void {
    this.#request.off('data', this.#onData).off('end', this.#onEnd);
    if (this.deadlineMs !== Infinity) this.#options.watch.remove(this);
    this.#options.done(body);
  }
}

/** A body that is too long to be kept, once; what is too much of it breaks it off. */
export async function* once({ bytes, rest }: Body, { bodyMaxBytes }: Pick<ProxyLimits, 'bodyMaxBytes'>): AsyncGenerator<Buffer> {
  let sent = bytes?.length ?? 0;
  if (bytes !== undefined) yield bytes;
  for await (const chunk of rest!) {
    sent += (chunk as Buffer).length;
    if (sent > bodyMaxBytes) throw new Error(`the request is larger than ${bodyMaxBytes} bytes`);
    yield chunk as Buffer;
  }
}
