import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Listening, Lock, Note, Row } from '../engine.ts';
import { databaseError } from '../errors.ts';
import type { Bound } from '../values.ts';
import { toPostgresError } from './errors.ts';
import { InTurn } from './in-turn.ts';

const CHANNEL = 'pith';
/** Of pith's locks among all advisory locks of the server. */
const LOCK_CLASS = 7_349_469;
/** How often a server that hears nothing of us is asked whether it is still there, and how long it has to say so: what lies between may drop all without a word. */
const ALIVE_EVERY_MS = 20_000;
const ALIVE_LIMIT_MS = 10_000;
const RECONNECT_MS = { least: 100, most: 5000 };

/** Its types know nothing of these. */
type Side = Client & { ref(): void; unref(): void; connection: { stream: { destroy(): void } } };

export function toNote(channel: string, text: string): { text: string; values: readonly Bound[] }[] {
  return [{ text: 'SELECT pg_notify($1, $2)', values: [CHANNEL, JSON.stringify([channel, text])] }];
}

/** A connection beside those of transactions: what is heard on it, and locks that are held for as long as it lives. */
export class SideConnection {
  readonly #create: () => Client;
  readonly #place: string;
  readonly #held = new Set<AbortController>();
  #client: Promise<Side> | undefined;
  #turns = new InTurn();
  #asking = 0;
  #heard: ((note: Note | undefined) => void) | undefined;
  #isListeningAgain = false;
  #hasClosed = false;

  constructor(create: () => Client, place: string) {
    this.#create = create;
    this.#place = place;
  }

  async listen(heard: (note: Note | undefined) => void): Promise<Listening> {
    this.#heard = heard;
    try {
      await this.#ask(await this.#connect(), `LISTEN ${CHANNEL}`);
    } catch (error) {
      this.#heard = undefined;
      throw error;
    }
    const stop = async (): Promise<void> => {
      this.#heard = undefined;
      await this.#client?.then((client) => this.#ask(client, `UNLISTEN ${CHANNEL}`)).catch(() => undefined); // Without a connection nothing is heard.
    };
    return { look: () => undefined, stop };
  }

  async lock(name: string, { waitMs, signal }: { waitMs: number; signal?: AbortSignal | undefined }): Promise<Lock> {
    const key = [LOCK_CLASS, name];
    for (const endMs = performance.now() + waitMs; ;) {
      signal?.throwIfAborted();
      const client = await this.#connect();
      const [row] = await this.#ask(client, 'SELECT pg_try_advisory_lock($1, hashtext($2)) AS held', key);
      if (Number(row!['held']) === 1) return this.#hold(client, key);
      if (performance.now() > endMs) throw databaseError('DATABASE_BUSY', `Another process works on ${name} for more than ${waitMs / 1000} s`, { hint: 'Wait for it, or end the other pith.' });
      await wait(5 + Math.random() * 30, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  async close(): Promise<void> {
    this.#hasClosed = true;
    await (await this.#client?.catch(() => undefined))?.end();
  }

  #hold(client: Side, key: readonly unknown[]): Lock {
    const lost = new AbortController();
    this.#held.add(lost);
    const release = async (): Promise<void> => {
      // Of a connection that is lost the server gives everything free.
      if (this.#held.delete(lost)) await this.#ask(client, 'SELECT pg_advisory_unlock($1, hashtext($2))', key).catch(() => undefined);
    };
    return { lost: lost.signal, release };
  }

  /** Keeps the process until there is an answer; one that only listens may end. */
  async #ask(client: Side, text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    this.#asking++;
    client.ref();
    try {
      return (await this.#turns.ask(() => client.query<Row>(text, [...values]))).rows;
    } catch (error) {
      throw toPostgresError(error, this.#place);
    } finally {
      if (--this.#asking === 0) client.unref();
    }
  }

  #connect(): Promise<Side> {
    return this.#client ??= this.#open().catch((error: unknown) => {
      this.#client = undefined;
      throw toPostgresError(error, this.#place);
    });
  }

  async #open(): Promise<Side> {
    const client = this.#create() as Side;
    client.on('error', () => undefined); // `end` follows.
    client.on('notification', ({ payload = '' }) => this.#hear(payload));
    await client.connect();
    this.#turns = new InTurn();
    const alive = setInterval(() => void this.#checkAlive(client), ALIVE_EVERY_MS).unref();
    client.on('end', () => {
      clearInterval(alive);
      this.#lose();
    });
    client.unref();
    return client;
  }

  async #checkAlive(client: Side): Promise<void> {
    const late = setTimeout(() => client.connection.stream.destroy(), ALIVE_LIMIT_MS).unref();
    await this.#ask(client, 'SELECT 1').catch(() => undefined); // One that is lost says so by itself.
    clearTimeout(late);
  }

  #hear(payload: string): void {
    const note = readNote(payload);
    if (note !== undefined) this.#heard?.(note);
  }

  #lose(): void {
    this.#client = undefined;
    for (const lost of this.#held) lost.abort(databaseError('DATABASE_UNREACHABLE', `The connection to the PostgreSQL server at ${this.#place} was lost, and what was held there with it`));
    this.#held.clear();
    if (!this.#hasClosed && this.#heard !== undefined && !this.#isListeningAgain) void this.#listenAgain();
  }

  async #listenAgain(): Promise<void> {
    this.#isListeningAgain = true;
    await this.#untilListening();
    this.#isListeningAgain = false;
  }

  async #untilListening(): Promise<void> {
    for (let waitMs = RECONNECT_MS.least; this.#heard !== undefined && !this.#hasClosed; waitMs = Math.min(waitMs * 2, RECONNECT_MS.most)) {
      try {
        await this.#ask(await this.#connect(), `LISTEN ${CHANNEL}`);
        this.#heard?.(undefined);
        return;
      } catch {
        await wait(waitMs, undefined, { ref: false }); // Whoever asks it for something is told that it is away.
      }
    }
  }
}

/** @returns nothing for what somebody else says there */
function readNote(payload: string): Note | undefined {
  try {
    const [channel, text] = JSON.parse(payload) as [unknown, unknown];
    return typeof channel === 'string' && typeof text === 'string' ? { channel, text } : undefined;
  } catch {
    return undefined;
  }
}
