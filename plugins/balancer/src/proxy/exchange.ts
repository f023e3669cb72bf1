import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { createId, toMessage } from '@pith/kernel';
import type { RequestRow } from '../books/row.ts';
import type { AllOut, Lease, Route, Signal } from '../engine.ts';
import { toWords } from '../limit/words.ts';
import { type Asked, toRouteFacts, toSent } from './asked.ts';
import type { Placed } from './bag.ts';
import { Attempt } from './attempt.ts';
import { discardBody, once } from './body.ts';
import type { Core } from './core.ts';
import { withAccount, type RawHeaders } from './headers.ts';
import { askKey, toKeyAnswer } from './key-answer.ts';
import { toLostAnswer, toLostSignal } from './lost.ts';
import type { KeyHold, KeyRefusal } from './parts.ts';
import { type Receiver, Reply, type Told } from './reply.ts';
import { badBody, elsewhere, type Refusal, toAllOut, toErrorBody } from './refusal.ts';
import { toRow, toStarted } from './to-row.ts';
import type { Waiting } from './turn.ts';
import { nothingCounted } from './usage.ts';

/** How often a request goes again because its connection was closed in the meantime. */
const MAX_STALE = 3;
/** More accounts than that are not tried, whatever the engine says. */
const MAX_ATTEMPTS = 64;

const NOTHING = Object.freeze(nothingCounted());

/** One request of a client, from its body to the row on the books. */
export class Exchange implements Placed, Receiver, Waiting {
  place = -1;
  readonly id = createId();
  readonly core: Core;
  readonly asked: Asked;
  readonly startMs: number;
  readonly requestBytes: number;
  lease: Lease | null = null;
  attempts = 0;
  told: Told;

  readonly #response: ServerResponse;
  readonly #route: Route;
  #attempt: Attempt | undefined;
  #stale = 0;
  #sentOnce = false;
  #waiting: NodeJS.Timeout | undefined;
  #isOver = false;
  #reply: Reply | undefined;
  #isInTurn = false;
  /** It has come to its end, and its row goes on the books with those of the others. */
  #ending: { end: RequestRow['end']; error: string | null } | undefined;
  /** Its end was only that of the connection, and there is more to come. */
  #isCut = false;
  #row: RequestRow | undefined;
  #hold: KeyHold | undefined;
  #payload: ReturnType<NonNullable<Core['parts']['payloads']>['begin']>;

  constructor(core: Core, asked: Asked, response: ServerResponse, startMs: number) {
    this.core = core;
    this.asked = asked;
    this.startMs = startMs;
    this.told = { status: null, isStream: asked.facts.isStream, firstByteMs: null, bytes: 0, counted: NOTHING };
    this.requestBytes = asked.body.bytes?.length ?? 0;
    this.#response = response;
    this.#route = core.parts.engine.route(toRouteFacts(asked, this.id));
    this.#payload = core.parts.payloads?.begin(this.id);
    this.#payload?.request(asked.headers.headers, asked.body.bytes);
    core.exchanges.add(this);
    response.on('close', () => this.#onClose());
  }

  start(): void {
    this.core.parts.books.started(toStarted(this));
    const held = askKey(this.asked, this.core.limits);
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
    this.core.log(`${this.id} refused to key ${this.asked.key!.id}: ${held.message}`);
    this.refuse(toKeyAnswer(held));
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
    this.told = { ...this.told, status: 200, bytes: body.length };
    if (!this.#end('complete', null)) return;
    this.#response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, 'x-pith-request-id': this.id }).end(body);
  }

  /** The proxy is told to stop, and has waited long enough. */
  stop(): void {
    if (!this.#response.headersSent) return this.refuse({ status: 503, type: 'api_error', message: 'pith proxy is being stopped' });
    this.#attempt?.stop();
    this.#reply?.end();
    this.#end('truncated', 'the proxy was stopped');
    this.#response.destroy();
  }

  isOn(socket: Socket): boolean {
    return this.#response.socket === socket;
  }

  giveUp(): void {
    this.#attempt?.stop();
    this.#reply?.end();
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
    if ('kind' in next) {
      const { refusal, more } = toAllOut(next, { family: this.asked.family, nowMs: this.core.now(), isTold: this.asked.key === undefined });
      return this.refuse(refusal, more, 'BALANCER_ALL_OUT');
    }
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
    this.core.log(`${this.id} ${attempt.lease.account.name}: ${toWords(action.reason)}${signal.status === null ? '' : ` (${signal.status})`}; ${action.kind === 'retry' ? `again in ${action.waitMs} ms` : 'next account'}`);
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
    if (this.decide(attempt, toLostSignal(error, { phase, status: null }))) this.refuse(toLostAnswer(error, attempt.lease.account.name));
  }

  /** What comes from now on is for the client. */
  begin({ status, headers, isStream, isBounded }: { status: number; headers: IncomingHttpHeaders; isStream: boolean; isBounded: boolean }): void {
    if (status >= 300 && status < 400 && status !== 304) return this.refuse(elsewhere(this.lease!.account.name, status));
    this.#payload?.replyHead(status, headers);
    this.told = this.#reply = new Reply(this, this.#response, { status, headers, isStream, isBounded });
  }

  pass(chunk: Buffer): void {
    if (this.#isOver) return;
    const passed = this.#reply!.pass(chunk);
    if (passed !== undefined) this.#payload?.reply(passed);
  }

  pause(): void {
    this.#attempt!.pause();
  }

  resume(): void {
    this.#attempt?.resume();
  }

  complete(): void {
    this.#writeRow('complete', null);
  }

  waitForTurn(): void {
    if (this.#isInTurn) return;
    this.#isInTurn = true;
    this.core.turn.add(this);
  }

  /** The answer has come whole. */
  finish(): void {
    if (this.#isOver) return;
    const reply = this.#reply!;
    reply.finish();
    const { counted, status, isBounded } = reply;
    const failed = status >= 400 || counted.error !== null;
    const isWhole = counted.isEnded || this.asked.target.endpoint === 'other';
    this.#close();
    if (this.#row !== undefined) return reply.send();
    this.#ending = { end: failed ? 'error' : isWhole ? 'complete' : 'truncated', error: failed ? counted.error ?? `http_${status}` : null };
    this.#isCut = !isWhole && !isBounded;
    this.waitForTurn();
  }

  takeRow(): RequestRow | undefined {
    return this.#ending === undefined || this.#row !== undefined ? undefined : this.#makeRow(this.#ending.end, this.#ending.error);
  }

  endTurn(failure: unknown): void {
    this.#isInTurn = false;
    if (this.#ending !== undefined) this.#conclude(failure);
    else if (!this.#isOver) this.#reply?.release();
  }

  #conclude(failure: unknown): void {
    if (failure !== undefined) return this.#fail(failure);
    this.#payload?.end(this.#row!);
    if (this.#isCut) this.#reply!.breakOff();
    else this.#reply!.send();
  }

  /** It broke after the client had seen some of it: the client sees that it broke. */
  breakOff(error: Error): void {
    if (this.#isOver) return;
    this.#route.report(toLostSignal(error, { phase: 'shown', status: this.told.status }));
    this.#reply!.end();
    if (this.#end('truncated', (error as NodeJS.ErrnoException).code ?? error.message)) this.#reply!.breakOff();
  }

  /** An answer of the proxy itself. @param error what stands on the books of it: what a sentence says of times and accounts would be another error each time */
  refuse(refusal: Refusal, more: object = {}, error = refusal.message): void {
    if (this.#isOver) return;
    this.#attempt?.stop();
    const body = toErrorBody(this.asked.translation === undefined ? this.asked.family : this.asked.target.family, refusal, more);
    this.told = { ...this.told, status: refusal.status, bytes: body.length };
    if (!this.#end('refused', error)) return;
    this.#response.writeHead(refusal.status, { 'content-type': 'application/json', 'content-length': body.length, 'x-pith-request-id': this.id, ...refusal.headers }).end(body);
  }

  #onClose(): void {
    if (this.#isOver) return;
    this.#attempt?.stop();
    this.#reply?.end();
    this.#end('aborted', 'the client has left');
  }

  /** @returns whether the row is written; without it nothing is passed on as whole */
  #end(end: RequestRow['end'], error: string | null): boolean {
    this.#close();
    return this.#writeRow(end, error);
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#waiting);
    this.core.exchanges.remove(this);
    this.#route.end();
    const { body, body: { rest, takenBytes } } = this.asked;
    if (takenBytes !== undefined) this.core.room.give(takenBytes);
    body.takenBytes = 0;
    if (rest !== undefined) discardBody(rest, this.core);
  }

  #writeRow(end: RequestRow['end'], error: string | null): boolean {
    if (this.#row !== undefined) return true;
    const row = this.#makeRow(end, error);
    try {
      this.core.parts.books.write(row);
    } catch (failure) {
      this.#fail(failure);
      return false;
    }
    this.#payload?.end(row);
    return true;
  }

  #makeRow(end: RequestRow['end'], error: string | null): RequestRow {
    const row = this.#row = toRow(this, { end, error, nowMs: this.core.now() });
    this.#hold?.settle(row);
    return row;
  }

  #fail(failure: unknown): void {
    this.core.log(`${this.id} not on the books: ${toMessage(failure)}`);
    this.#attempt?.stop();
    this.#response.destroy();
  }
}

const toRaw = (headers: Readonly<Record<string, string>>): RawHeaders => Object.entries(headers).flat();
