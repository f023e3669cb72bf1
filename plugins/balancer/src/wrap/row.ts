import { basename } from 'node:path';
import { isPithError, type ModelEvent, type ModelRequest, type Turn } from '@pith/kernel';
import type { Family } from '../account/account.ts';
import { type Books, type RequestRow, toSpeed } from '../books/row.ts';
import type { Lease } from '../engine.ts';

/** One model call on its way to the books: written once, before its end is passed on. What it has cost is added there. */
export class CallRow {
  readonly #books: Pick<Books, 'write' | 'started'>;
  readonly #turn: Turn;
  readonly #row: RequestRow;
  #isWritten = false;

  constructor(books: Pick<Books, 'write' | 'started'>, { request, turn, family, id }: { request: ModelRequest; turn: Turn; family: Family; id: string }) {
    this.#books = books;
    this.#turn = turn;
    const askedModel = request.model === '' ? null : request.model;
    this.#row = {
      id, atMs: turn.now(), via: 'turn', method: 'POST', path: `pith:${request.purpose}`, family, accountId: null, status: null, end: 'aborted', error: null, durationMs: 0, firstByteMs: null, attempts: 0, route: null,
      askedModel, sentModel: null, model: null, isStream: true, inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null, reasoningTokens: null, tokensPerSecond: null,
      costMicroUsd: null, priceDate: null, agent: turn.runName ?? null, project: basename(turn.roots[0] ?? turn.cwd) || null, conversation: turn.sessionId, clientKeyId: null, requestBytes: 0, replyBytes: 0,
    };
    books.started(this.#row);
  }

  sent({ account, model, reason, attempt }: Lease): void {
    Object.assign(this.#row, { accountId: account.id, sentModel: model, route: reason, attempts: attempt, status: null });
  }

  /** An event is about to be passed on. @throws PithError BOOKS_UNWRITABLE at the last one */
  passed(event: ModelEvent): void {
    const row = this.#row;
    row.status ??= 200;
    if (event.type !== 'alive') row.firstByteMs ??= this.#turn.now() - row.atMs;
    if (event.type === 'start') row.model ??= event.model;
    if (event.usage !== undefined) this.#count(event.usage);
    if (event.type !== 'end') return;
    const { reply, costMicroUsd } = event;
    row.model = reply.model ?? row.model;
    if (reply.usage !== null) this.#count(reply.usage);
    if (typeof costMicroUsd === 'number') row.costMicroUsd = Math.ceil(costMicroUsd);
    this.#write(reply.status, reply.error?.type ?? null);
  }

  /** It failed for good. */
  failed(error: unknown): void {
    if (this.#turn.signal.aborted) return;
    const status = isPithError(error) ? error.details?.['status'] : undefined;
    if (typeof status === 'number') this.#row.status = status;
    this.#write(this.#row.attempts === 0 ? 'refused' : 'error', isPithError(error) ? error.code : 'error');
  }

  /** Nothing more comes. */
  ended(): void {
    this.#write('truncated', null);
  }

  refused(status: number, error: string): void {
    this.#row.status = status;
    this.#write('refused', error);
  }

  /** Whatever became of it. What is not written by now, nobody waited for. */
  close(): void {
    this.#write('aborted', null);
  }

  #count({ input, output, cacheRead = 0, cacheWrite = 0 }: NonNullable<ModelEvent['usage']>): void {
    Object.assign(this.#row, { inputTokens: input, outputTokens: output, cacheReadTokens: cacheRead, cacheWriteTokens: cacheWrite });
  }

  #write(end: RequestRow['end'], error: string | null): void {
    if (this.#isWritten) return;
    this.#isWritten = true;
    const row = this.#row;
    row.durationMs = this.#turn.now() - row.atMs;
    row.tokensPerSecond = toSpeed(row.outputTokens, row.durationMs - (row.firstByteMs ?? 0));
    this.#books.write({ ...row, end, error });
  }
}
