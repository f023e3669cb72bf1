import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Lease, Signal } from '../engine.ts';
import { decodeBody } from './encoding.ts';
import type { Exchange } from './exchange.ts';
import { judgeBeginning, toError } from './sniff.ts';
import type { Watched } from './watch.ts';

/** Of an error's body, and of a stream before its first event. What is longer is passed on without being understood. */
const MAX_HELD = 64 * 1024;

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
  #held: Buffer[] = [];
  #heldBytes = 0;

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
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    if (this.#state !== 'over') this.#controller?.resume();
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
    this.#isStream = status < 300 && headers['content-type']?.startsWith('text/event-stream') === true;
    this.#state = 'held';
    if (status < 300 && !this.#isStream) this.#decide({});
    else if (this.#isStream) this.#watch();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
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
    if (this.#state === 'held') this.#decide(this.#status! < 300 ? {} : this.#readError());
    if (this.#state !== 'passing') return;
    this.#state = 'over';
    this.#exchange.finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const state = this.#state;
    if (state === 'over') return;
    this.#state = 'over';
    this.#exchange.core.watch.remove(this);
    if (state === 'passing') return this.#exchange.breakOff(error);
    const wasSent = this.#controller !== undefined;
    this.#exchange.lost(this, error, state === 'held' ? 'stream' : wasSent ? 'head' : 'connect');
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
    this.#exchange.begin({ status: this.#status!, headers: this.#headers, isStream: this.#isStream });
    const held = this.#held;
    this.#held = [];
    for (const chunk of held) this.#exchange.pass(chunk);
  }

  #heldText(): string {
    return this.#held.length === 1 ? this.#held[0]!.toString('latin1') : Buffer.concat(this.#held).toString('latin1');
  }

  #readError(): { errorType?: string; errorMessage?: string } {
    const body = decodeBody(Buffer.concat(this.#held), this.#headers['content-encoding'], MAX_HELD);
    if (body === undefined) return {};
    if (this.#headers['content-encoding'] !== undefined) { // Readable from here on: what it says of the account's key must be found.
      delete this.#headers['content-encoding'];
      delete this.#headers['content-length'];
      this.#held = [body];
    }
    const error = toError(body.toString('utf8'));
    return error === undefined ? {} : { errorType: error.type, errorMessage: error.message };
  }
}

/** Most vendors send every header once. */
function toPlain(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  for (const name in headers) if (typeof headers[name] === 'object') return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
  return headers as Record<string, string | undefined>;
}
