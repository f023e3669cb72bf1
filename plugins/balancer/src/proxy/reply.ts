import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Asked } from './asked.ts';
import type { Core } from './core.ts';
import { type RawHeaders, toReplyHeaders } from './headers.ts';
import type { Back } from './parts.ts';
import type { Counted } from './usage.ts';
import { JsonScanner, StreamScanner, type UsageScanner } from './usage-scanner.ts';
import type { Watched } from './watch.ts';

/** The end of a reply that is not worth a write of its own. */
const SHORT = 16 * 1024;

/** What stands on the books of an answer. */
export interface Told {
  readonly status: number | null;
  readonly isStream: boolean;
  readonly firstByteMs: number | null;
  readonly bytes: number;
  readonly counted: Counted;
}

/** The request that a reply is for. */
export interface Receiver {
  readonly id: string;
  readonly core: Core;
  readonly asked: Asked;
  readonly startMs: number;
  /** The client takes no more for now. */
  pause(): void;
  resume(): void;
  /** It has taken nothing for too long. */
  giveUp(): void;
  /** Whoever gets the next bytes may think that the reply is whole. */
  complete(): void;
  /** `release` is called when this turn of the event loop is over. */
  waitForTurn(): void;
}

/** An account's answer on its way to the client: a stream piece by piece as it comes, anything else as it comes in one turn of the event loop; the last of it when the row is on the books. */
export class Reply implements Told, Watched {
  deadlineMs = Infinity;
  status: number;
  readonly isStream: boolean;
  /** It was said where it ends; otherwise the end of the connection is its end, or it was cut. */
  readonly isBounded: boolean;
  firstByteMs: number | null = null;
  bytes = 0;
  readonly #receiver: Receiver;
  readonly #response: ServerResponse;
  readonly #scanner: UsageScanner;
  readonly #back: Back | undefined;
  /** Until there is something to send with it. */
  #head: RawHeaders | undefined;
  /** Bytes that are still to come, where the length was said. */
  #left = Infinity;
  /** What has come last and was not sent. */
  #last: Buffer | undefined;

  constructor(receiver: Receiver, response: ServerResponse, { status, headers, isStream, isBounded }: { status: number; headers: IncomingHttpHeaders; isStream: boolean; isBounded: boolean }) {
    const { asked, core: { limits } } = receiver;
    this.#receiver = receiver;
    this.#response = response;
    this.status = status;
    this.isBounded = isBounded;
    this.isStream = isStream || (asked.facts.isStream && status >= 400);
    this.#scanner = isStream ? new StreamScanner(asked.translation?.endpoint ?? asked.target.endpoint, limits.streamBodyMaxBytes) : new JsonScanner(limits.streamBodyMaxBytes, { isBounded: isBounded || !JSON_TYPE.test(headers['content-type'] ?? '') });
    this.#back = asked.translation?.back({ status, isStream, headers });
    if (this.#back?.status !== undefined) this.status = this.#back.status;
    this.#head = this.#back?.headers ?? toReplyHeaders(headers);
    this.#head.push('x-pith-request-id', receiver.id);
    const length = headers['content-length'];
    if (length !== undefined && this.#back === undefined) this.#left = Number(length);
  }

  get counted(): Counted {
    return this.#scanner.counted;
  }

  /** @returns what the client gets of it */
  pass(chunk: Buffer): Buffer | undefined {
    this.#scanner.push(chunk);
    const passed = this.#back === undefined ? chunk : this.#back.push(chunk);
    if (passed === undefined || passed.length === 0) return undefined;
    this.bytes += passed.length;
    this.#left -= passed.length;
    if (this.isStream && this.#left !== 0) this.#write(passed);
    else this.#hold(passed);
    return passed;
  }

  /** The end of a short reply mostly comes in the same turn: then all of it is one write. */
  #hold(piece: Buffer): void {
    const before = this.#last;
    this.#last = piece;
    if (before === undefined) this.#receiver.waitForTurn();
    else this.#write(before);
  }

  /** What is held has waited long enough, unless its end is all that is missing. */
  release(): void {
    const last = this.#last;
    if (last === undefined || this.#left === 0) return;
    this.#last = undefined;
    this.#write(last);
  }

  #write(piece: Buffer): void {
    if (this.isStream && this.counted.isEnded) this.#receiver.complete();
    this.#sendHead();
    if (this.#response.write(piece)) return;
    const { core: { watch, limits } } = this.#receiver;
    this.#receiver.pause();
    this.deadlineMs = performance.now() + limits.clientIdleMs;
    watch.add(this);
    this.#response.once('drain', () => {
      watch.remove(this);
      this.#receiver.resume();
    });
  }

  onDeadline(): void {
    this.#receiver.giveUp();
  }

  #sendHead(): void {
    if (this.#head === undefined) return;
    this.#seeFirst();
    this.#response.writeHead(this.status, this.#head);
    this.#head = undefined;
  }

  #seeFirst(): void {
    this.firstByteMs ??= this.#receiver.core.now() - this.#receiver.startMs;
  }

  /** Nothing more will come. */
  end(): void {
    this.#receiver.core.watch.remove(this);
    this.#scanner.end();
  }

  /** All of it has come: what there is to count is counted, and the client has still to get the last of it. */
  finish(): void {
    this.end();
    const more = this.#back?.end();
    if (more !== undefined) {
      this.bytes += more.length;
      this.#last = this.#last === undefined ? more : Buffer.concat([this.#last, more]);
    }
    if (this.#back?.status !== undefined) this.status = this.#back.status;
    this.#seeFirst();
  }

  /** The last of it. */
  send(): void {
    const response = this.#response;
    if (response.destroyed) return;
    const last = this.#last;
    if (this.#head !== undefined && !this.isStream && this.#left === Infinity && hasBody(this.status, this.#receiver.asked.method)) this.#head.push('content-length', String(last?.length ?? 0));
    this.#sendHead();
    // As a text of bytes it goes with the head in one piece, which costs the system less than two.
    if (last !== undefined && last.length <= SHORT) response.end(last.toString('latin1'), 'latin1');
    else response.end(last);
    if (response.socket !== null && response.writableLength > 0) this.#expectTaking();
  }

  /** What is left is the client's to take, but not for as long as it likes. */
  #expectTaking(): void {
    const { watch, limits } = this.#receiver.core;
    const watched = { deadlineMs: performance.now() + limits.clientIdleMs, onDeadline: () => this.#response.destroy() };
    watch.add(watched);
    this.#response.once('close', () => watch.remove(watched));
  }

  /** What has come until then goes first, and then the connection ends without the end of the message. */
  breakOff(): void {
    this.#sendHead();
    if (this.#last !== undefined) this.#response.write(this.#last);
    this.#response.socket?.end();
    this.#response.destroy();
  }
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;

/** Of the others the length says something else, or nothing may be said of it (RFC 9110, 8.6). */
const hasBody = (status: number, method: string): boolean => status !== 204 && status !== 304 && method !== 'HEAD';
