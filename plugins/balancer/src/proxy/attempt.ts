import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Lease, Signal } from '../engine.ts';
import { toDecoder } from './encoding.ts';
import type { Exchange } from './exchange.ts';
import { Mask, secretsOf } from './mask.ts';
import { judgeBeginning, toError } from './sniff.ts';
import type { Watched } from './watch.ts';

/** Of an error's body, and of a stream before its first event. What is longer is passed on without being understood. */
const MAX_HELD = 64 * 1024;

/** What a long reply in one piece goes on with is what a model has made: there a key is looked for as it is written, and not in base64 and hex. */
const SEARCHED_MAX = 64 * 1024;

/** One request to one account, and what comes back, until it is decided whether that is what the client gets. */
export class Attempt implements Dispatcher.DispatchHandler, Watched {
  deadlineMs = Infinity;
  readonly lease: Lease;
  readonly sentMs = performance.now();
  readonly #exchange: Exchange;
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | null = null;
  #headers: IncomingHttpHeaders = {};
  /** `held`: not decided yet. */
  #state: 'waiting' | 'held' | 'passing' | 'over' = 'waiting';
  #isStream = false;
  /** It is said where the answer ends: by a length, in chunks, or since there is nothing of it. */
  #isBounded = true;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Of a reply that comes compressed although it was asked for plain: only what can be read can be counted, and searched for the key. */
  #decoder: Transform | undefined;
  #mask: Mask | undefined;
  #isPaused = false;

  constructor(exchange: Exchange, lease: Lease) {
    this.#exchange = exchange;
    this.lease = lease;
  }

  /** The client is not interested any more, or another account is. */
  stop(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#exchange.core.watch.remove(this);
    this.#controller?.abort(new Error('stopped'));
    this.#decoder?.destroy();
  }

  pause(): void {
    this.#isPaused = true;
    this.#controller?.pause();
    this.#decoder?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#state === 'over') return;
    this.#decoder?.resume();
    if (this.#decoder?.writableNeedDrain !== true) this.#controller?.resume();
  }

  /** A stream that says nothing but that it is alive is passed on, so that the client sees that, too. */
  onDeadline(): void {
    if (this.#state === 'held') this.#decide({});
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#state === 'over') controller.abort(new Error('stopped'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#state === 'over') return; // 1xx: the answer is still to come.
    this.#status = status;
    this.#headers = headers;
    this.#isStream = status < 300 && isEventStream(headers['content-type']);
    this.#isBounded = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined || status === 204 || status === 304;
    this.#decoder = this.#toDecoder(headers);
    const secrets = secretsOf(this.lease.headers);
    if (secrets.length > 0) {
      this.#mask = new Mask(secrets, { searchedBytes: status < 300 && !this.#isStream ? SEARCHED_MAX : Infinity });
      this.#mask.headers(headers);
    }
    this.#state = 'held';
    if (status < 300 && !this.#isStream) this.#decide({});
    else if (this.#isStream) this.#watch();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#decoder === undefined) this.#mend(chunk);
    else if (!this.#decoder.write(chunk)) controller.pause();
  }

  #mend(chunk: Buffer): void {
    const shown = this.#mask === undefined ? chunk : this.#mask.push(chunk);
    if (shown.length > 0) this.#receive(shown);
  }

  #receive(chunk: Buffer): void {
    if (this.#state === 'passing') return this.#exchange.pass(chunk);
    if (this.#state !== 'held') return;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#isStream && this.#headers['content-encoding'] === undefined) {
      const beginning = judgeBeginning(this.#heldText());
      if (beginning.kind === 'error') return this.#decide({ errorType: beginning.type, errorMessage: beginning.message });
      if (beginning.kind === 'good') return this.#decide({});
    }
    if (this.#heldBytes > MAX_HELD) this.#decide({});
  }

  onResponseEnd(): void {
    if (this.#decoder === undefined) this.#finish();
    else this.#decoder.end();
  }

  #finish(): void {
    const held = this.#mask?.end();
    if (held !== undefined) this.#receive(held);
    if (this.#state === 'held') this.#decide(this.#status! < 300 ? {} : this.#readError());
    if (this.#state !== 'passing') return;
    this.#state = 'over';
    this.#exchange.finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const state = this.#state;
    if (state === 'over') return;
    // A length is allowed here, of what would be answered otherwise (RFC 9110, 8.6), but undici waits for so much.
    if (this.#status === 304 && (error as NodeJS.ErrnoException).code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return this.#finish();
    this.#state = 'over';
    this.#decoder?.destroy();
    this.#exchange.core.watch.remove(this);
    if (state === 'passing') return this.#exchange.breakOff(error);
    const wasSent = this.#controller !== undefined;
    this.#exchange.lost(this, error, state === 'held' ? 'stream' : wasSent ? 'head' : 'connect');
  }

  /** What goes on from here is plain, and says so. */
  #toDecoder(headers: IncomingHttpHeaders): Transform | undefined {
    const decoder = toDecoder(headers['content-encoding'], !this.#isBounded && !this.#isStream);
    if (decoder === undefined) return undefined;
    delete headers['content-encoding'];
    delete headers['content-length'];
    return decoder.on('data', (piece: Buffer) => this.#mend(piece)).on('end', () => this.#finish()).on('drain', () => { if (!this.#isPaused) this.resume(); })
      .on('error', (error) => this.#breakDecoded(error));
  }

  /** The connection itself may have ended well before. */
  #breakDecoded(error: Error): void {
    const controller = this.#controller!;
    this.onResponseError(controller, error);
    controller.abort(error);
  }

  #watch(): void {
    const { core } = this.#exchange;
    this.deadlineMs = performance.now() + core.limits.beginningMs;
    core.watch.add(this);
  }

  /** Asks what becomes of the answer, and passes it on where it is the one. */
  #decide(error: { errorType?: string; errorMessage?: string }): void {
    this.#exchange.core.watch.remove(this);
    const signal: Signal = { status: this.#status, headers: toPlain(this.#headers), phase: this.#isStream ? 'stream' : 'head', ...error };
    if (!this.#exchange.decide(this, signal)) return;
    this.#state = 'passing';
    this.#exchange.begin({ status: this.#status!, headers: this.#headers, isStream: this.#isStream, isBounded: this.#isBounded });
    const held = this.#held;
    this.#held = [];
    for (const chunk of held) this.#exchange.pass(chunk);
  }

  #heldText(): string {
    return this.#held.length === 1 ? this.#held[0]!.toString('latin1') : Buffer.concat(this.#held).toString('latin1');
  }

  #readError(): { errorType?: string; errorMessage?: string } {
    const body = Buffer.concat(this.#held);
    const error = toError(body.toString('utf8'));
    return error === undefined ? {} : { errorType: error.type, errorMessage: error.message };
  }
}

const isEventStream = (type: string | undefined): boolean => type !== undefined && /^text\/event-stream\b/i.test(type);

/** Most vendors send every header once. */
function toPlain(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  for (const name in headers) if (typeof headers[name] === 'object') return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
  return headers as Record<string, string | undefined>;
}
