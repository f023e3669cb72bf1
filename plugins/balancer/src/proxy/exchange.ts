import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { createId, isPithError, toMessage } from '@pith/kernel';
import type { RequestRow } from '../books/row.ts';
import type { AllOut, Lease, Route, Signal } from '../engine.ts';
import { type Asked, toKeyAsked, toRouteFacts, toSent } from './asked.ts';
import type { Placed } from './bag.ts';
import { Attempt } from './attempt.ts';
import { discardBody, once } from './body.ts';
import type { Core } from './core.ts';
import { toReplyHeaders, withAccount, type RawHeaders } from './headers.ts';
import type { Back, KeyHold, KeyRefusal } from './parts.ts';
import { badBody, elsewhere, type Refusal, toAllOut, toErrorBody, unreachable } from './refusal.ts';
import { toRow, toStarted } from './to-row.ts';
import { type Counted, nothingCounted } from './usage.ts';
import { JsonScanner, StreamScanner, type UsageScanner } from './usage-scanner.ts';
import type { Watched } from './watch.ts';

/** How often a request goes again because its connection was closed in the meantime. */
const MAX_STALE = 3;
/** The end of a reply that is not worth a write of its own. */
const SHORT = 16 * 1024;
/** More accounts than that are not tried, whatever the engine says. */
const MAX_ATTEMPTS = 64;

/** One request of a client, from its body to the row on the books. */
export class Exchange implements Placed, Watched {
  place = -1;
  deadlineMs = Infinity;
  readonly id = createId();
  readonly core: Core;
  readonly asked: Asked;
  readonly startMs: number;
  readonly requestBytes: number;
  lease: Lease | null = null;
  attempts = 0;
  status: number | null = null;
  firstByteMs: number | null = null;
  replyBytes = 0;
  isStream: boolean;
  counted: Counted = nothingCounted();

  readonly #response: ServerResponse;
  readonly #route: Route;
  #attempt: Attempt | undefined;
  #stale = 0;
  #sentOnce = false;
  #waiting: NodeJS.Timeout | undefined;
  #isOver = false;
  #isRowWritten = false;
  #scanner: UsageScanner | undefined;
  #back: Back | undefined;
  /** The reply's head, until there is something to send with it. */
  #head: RawHeaders | undefined;
  /** Bytes of the reply that are still to come, where its length was said. */
  #left = Infinity;
  /** The last bytes: they go when the row is written. */
  #last: Buffer | undefined;
  #hold: KeyHold | undefined;
  #payload: ReturnType<NonNullable<Core['parts']['payloads']>['begin']>;

  constructor(core: Core, asked: Asked, response: ServerResponse, startMs: number) {
    this.core = core;
    this.asked = asked;
    this.startMs = startMs;
    this.isStream = asked.facts.isStream;
    this.requestBytes = asked.body.bytes?.length ?? 0;
    this.#response = response;
    this.#route = core.parts.engine.route(toRouteFacts(asked, this.id));
    this.#payload = core.parts.payloads?.begin(this.id);
    this.#payload?.request(asked.headers.headers, asked.body.bytes);
    core.exchanges.add(this);
    response.on('close', () => this.#onClose());
  }

  start(): void {
    const { asked } = this;
    const { key } = asked;
    this.core.parts.books.started(toStarted(this));
    if (key === undefined) return this.#first();
    const model = asked.translation?.model ?? asked.agent.model ?? asked.facts.model;
    const told = toKeyAsked(asked, this.core.limits);
    const held = key.refuse?.(model, told) ?? key.hold?.(model, told);
    if (held instanceof Promise) held.then((later) => this.#goOn(later), (error: unknown) => this.#give(error));
    else this.#goOn(held);
  }

  /** The client's key has said yes, or why not. */
  #goOn(held: KeyHold | KeyRefusal | undefined): void {
    if (held === undefined) return this.#first();
    if ('settle' in held) {
      // Whoever has left meanwhile has spent nothing.
      if (this.#isOver) return held.settle(toRow(this, { end: 'refused', error: null, nowMs: this.core.now() }));
      this.#hold = held;
      return this.#first();
    }
    const { status, message, retryAfterS } = held;
    this.core.log(`${this.id} refused to key ${this.asked.key!.id}: ${message}`);
    const type = status === 503 ? 'api_error' : status === 429 ? 'rate_limit_error' : status === 400 ? 'invalid_request_error' : 'permission_error';
    this.refuse({ status, type, message, ...(retryAfterS === undefined ? {} : { headers: { 'retry-after': String(retryAfterS) } }) });
  }

  #first(): void {
    const { instead } = this.asked;
    if (instead === undefined) return this.#next();
    if (instead.status === 200) return this.#answer(instead.body);
    this.refuse({ status: instead.status, type: 'invalid_request_error', message: instead.message });
  }

  /** What no account need be asked for. */
  #answer(answer: object): void {
    const body = Buffer.from(JSON.stringify(answer));
    this.status = 200;
    this.replyBytes = body.length;
    if (!this.#end('complete', null)) return;
    this.#response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, 'x-pith-request-id': this.id }).end(body);
  }

  /** The proxy is told to stop, and has waited long enough. */
  stop(): void {
    if (!this.#response.headersSent) return this.refuse({ status: 503, type: 'api_error', message: 'pith proxy is being stopped' });
    this.#attempt?.stop();
    this.#end('truncated', 'the proxy was stopped');
    this.#response.destroy();
  }

  isOn(socket: Socket): boolean {
    return this.#response.socket === socket;
  }

  /** A client that takes nothing of its reply. */
  onDeadline(): void {
    this.#attempt?.stop();
    this.#end('aborted', 'the client took nothing of the reply for too long');
    this.#response.destroy();
  }

  #next(): void {
    if (this.#isOver) return;
    const next = this.#route.next();
    if (next instanceof Promise) next.then((lease) => this.#take(lease), (error: unknown) => this.#give(error));
    else this.#take(next);
  }

  #take(next: Lease | AllOut): void {
    if (this.#isOver) return;
    if ('kind' in next) return this.refuse(toAllOut(next, { family: this.asked.family, nowMs: this.core.now() }), { accounts: next.reasons }, 'BALANCER_ALL_OUT');
    this.lease = next;
    this.attempts++;
    this.#send(next);
  }

  #give(error: unknown): void {
    if (!this.#isOver) this.refuse({ status: 502, type: 'api_error', message: toMessage(error) });
  }

  #send(lease: Lease): void {
    const { asked, core } = this;
    const attempt = new Attempt(this, lease);
    this.#attempt = attempt;
    try {
      const { pool, prefix } = core.connections.of(lease.account);
      const { bytes, isCoded } = toSent(asked, lease.model);
      const headers = withAccount(asked.translation?.headers === undefined ? asked.headers.headers : toRaw(asked.translation.headers), lease.headers, isCoded);
      const { rest, length } = asked.body;
      if (rest !== undefined && length !== undefined) headers.push('content-length', String(length));
      pool.dispatch({ path: prefix + (asked.translation?.path ?? asked.target.path), method: asked.method as 'POST', headers, body: rest === undefined ? bytes : this.#once() }, attempt);
    } catch (error) {
      this.lost(attempt, error as Error, 'connect');
    }
  }

  #once(): Readable {
    this.#sentOnce = true;
    return Readable.from(once(this.asked.body, this.core, (fault) => {
      if (fault !== 'broken') this.refuse(badBody(fault));
    }), { objectMode: false });
  }

  /** @returns whether the answer is the one that the client gets; otherwise it is asked for again */
  decide(attempt: Attempt, signal: Signal): boolean {
    const action = this.#route.report(signal);
    if (action.kind === 'pass' || this.#sentOnce || this.attempts >= MAX_ATTEMPTS) return true;
    attempt.stop();
    this.core.log(`${this.id} ${attempt.lease.account.name}: ${action.reason}${signal.status === null ? '' : ` (${signal.status})`}; ${action.kind === 'retry' ? `again in ${action.waitMs} ms` : 'next account'}`);
    if (action.kind === 'retry' && action.waitMs > 0) this.#waiting = setTimeout(() => this.#next(), action.waitMs);
    else this.#next();
    return false;
  }

  /** No answer came, or only the beginning of one that nobody has seen. */
  lost(attempt: Attempt, error: Error, phase: 'connect' | 'head' | 'stream'): void {
    if (this.#isOver) return;
    if (phase === 'head' && !this.#sentOnce && this.#stale < MAX_STALE && this.core.connections.isStale(error, attempt.sentMs)) {
      this.#stale++;
      return this.#send(attempt.lease);
    }
    const { code } = error as NodeJS.ErrnoException;
    const signal: Signal = { status: null, headers: {}, phase, errorMessage: error.message, ...(code === undefined ? {} : { networkCode: code }) };
    if (!this.decide(attempt, signal)) return;
    const why = isPithError(error) ? error.message : `${attempt.lease.account.name}: ${error.message}`;
    this.refuse(code === 'UND_ERR_HEADERS_TIMEOUT' ? { status: 504, type: 'timeout_error', message: `The server of account ${attempt.lease.account.name} did not answer in time` } : unreachable(why));
  }

  /** What comes from now on is for the client. */
  begin({ status, headers, isStream }: { status: number; headers: IncomingHttpHeaders; isStream: boolean }): void {
    const { asked, core } = this;
    if (status >= 300 && status < 400 && status !== 304) return this.refuse(elsewhere(this.lease!.account.name, status));
    this.status = status;
    this.isStream = isStream || (asked.facts.isStream && status >= 400);
    const endpoint = asked.translation?.endpoint ?? asked.target.endpoint;
    this.#scanner = isStream ? new StreamScanner(endpoint, core.limits.streamBodyMaxBytes) : new JsonScanner(core.limits.streamBodyMaxBytes);
    this.counted = this.#scanner.counted;
    this.#back = asked.translation?.back({ status, isStream });
    if (this.#back?.status !== undefined) this.status = this.#back.status;
    this.#head = this.#back?.headers ?? toReplyHeaders(headers);
    this.#head.push('x-pith-request-id', this.id);
    const length = headers['content-length'];
    if (length !== undefined && this.#back === undefined) this.#left = Number(length);
  }

  pass(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#scanner!.push(chunk);
    const passed = this.#back === undefined ? chunk : this.#back.push(chunk);
    if (passed === undefined || passed.length === 0) return;
    this.#payload?.reply(passed);
    this.replyBytes += passed.length;
    this.#left -= passed.length;
    if (this.#left === 0) this.#last = passed; // Its end is told in the same breath.
    else this.#write(passed);
  }

  #write(chunk: Buffer): void {
    // Whoever has seen the last event may think that the reply is whole.
    if (this.isStream && this.counted.isEnded) this.#writeRow('complete', null);
    this.#sendHead();
    if (this.#response.write(chunk)) return;
    this.#attempt!.pause();
    this.deadlineMs = performance.now() + this.core.limits.clientIdleMs;
    this.core.watch.add(this);
    this.#response.once('drain', () => {
      this.core.watch.remove(this);
      this.#attempt?.resume();
    });
  }

  #sendHead(): void {
    if (this.#head === undefined) return;
    this.firstByteMs = this.core.now() - this.startMs;
    this.#response.writeHead(this.status!, this.#head);
    this.#head = undefined;
  }

  /** The answer has come whole. */
  finish(): void {
    if (this.#isOver) return;
    this.#scanner!.end();
    const more = this.#back?.end();
    if (more !== undefined) {
      this.replyBytes += more.length;
      this.#last = this.#last === undefined ? more : Buffer.concat([this.#last, more]);
    }
    if (this.#back?.status !== undefined) this.status = this.#back.status;
    const { counted, status } = this;
    const failed = status! >= 400 || counted.error !== null;
    const isWhole = !this.isStream || counted.isEnded || this.asked.target.endpoint === 'other';
    if (this.firstByteMs === null) this.firstByteMs = this.core.now() - this.startMs;
    if (!this.#end(failed ? 'error' : isWhole ? 'complete' : 'truncated', failed ? counted.error ?? `http_${status}` : null)) return;
    this.#sendHead();
    const last = this.#last;
    // As a text of bytes it goes with the head in one piece, which costs the system less than two.
    if (last !== undefined && last.length <= SHORT) this.#response.end(last.toString('latin1'), 'latin1');
    else this.#response.end(last);
    if (this.#response.socket !== null && this.#response.writableLength > 0) this.#expectTaking();
  }

  /** What is left of the reply is the client's to take, but not for as long as it likes. */
  #expectTaking(): void {
    const { watch, limits } = this.core;
    const watched = { deadlineMs: performance.now() + limits.clientIdleMs, onDeadline: () => this.#response.destroy() };
    watch.add(watched);
    this.#response.once('close', () => watch.remove(watched));
  }

  /** It broke after the client had seen some of it: the client sees that it broke. */
  breakOff(error: Error): void {
    if (this.#isOver) return;
    const { code } = error as NodeJS.ErrnoException;
    this.#route.report({ status: this.status, headers: {}, phase: 'shown', errorMessage: error.message, ...(code === undefined ? {} : { networkCode: code }) });
    this.#scanner!.end();
    if (!this.#end('truncated', code ?? error.message)) return;
    // What has come until then goes first, and then the connection ends without the end of the message.
    this.#sendHead();
    if (this.#last !== undefined) this.#response.write(this.#last);
    this.#response.socket?.end();
    this.#response.destroy();
  }

  /** An answer of the proxy itself. @param error what stands on the books of it: what a sentence says of times and accounts would be another error each time */
  refuse(refusal: Refusal, more: object = {}, error = refusal.message): void {
    if (this.#isOver) return;
    this.#attempt?.stop();
    this.status = refusal.status;
    const body = toErrorBody(this.asked.translation === undefined ? this.asked.family : this.asked.target.family, refusal, more);
    this.replyBytes = body.length;
    if (!this.#end('refused', error)) return;
    this.#response.writeHead(refusal.status, { 'content-type': 'application/json', 'content-length': body.length, 'x-pith-request-id': this.id, ...refusal.headers }).end(body);
  }

  #onClose(): void {
    if (this.#isOver) return;
    this.#attempt?.stop();
    this.#scanner?.end();
    this.#end('aborted', 'the client has left');
  }

  /** @returns whether the row is written; without it nothing is passed on as whole */
  #end(end: RequestRow['end'], error: string | null): boolean {
    this.#isOver = true;
    clearTimeout(this.#waiting);
    this.core.watch.remove(this);
    this.core.exchanges.remove(this);
    const written = this.#writeRow(end, error);
    this.#route.end();
    const { rest } = this.asked.body;
    if (rest !== undefined) discardBody(rest, this.core);
    return written;
  }

  #writeRow(end: RequestRow['end'], error: string | null): boolean {
    if (this.#isRowWritten) return true;
    this.#isRowWritten = true;
    const row = toRow(this, { end, error, nowMs: this.core.now() });
    this.#hold?.settle(row);
    try {
      this.core.parts.books.write(row);
    } catch (failure) {
      this.core.log(`${this.id} not on the books: ${toMessage(failure)}`);
      this.#attempt?.stop();
      this.#response.destroy();
      return false;
    }
    this.#payload?.end(row);
    return true;
  }
}

const toRaw = (headers: Readonly<Record<string, string>>): RawHeaders => Object.entries(headers).flat();
