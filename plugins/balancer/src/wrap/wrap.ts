import type { ModelEvent, ModelRequest, NextModelCall, Reply, Turn } from '@pith/kernel';
import { type Beginning, readBeginning } from '@pith/wire/beginning';
import type { Pool } from '../account/pool.ts';
import type { Books } from '../books/row.ts';
import type { Action, Engine, Lease } from '../engine.ts';
import { toWords } from '../limit/words.ts';
import { allOutError } from './all-out.ts';
import { CallRow } from './row.ts';
import { toCachePrefix } from './prefix.ts';
import { toLateSignal, toSignal } from './signal.ts';

export interface WrapParts {
  pool: Pick<Pool, 'accounts'>;
  engine: Engine;
  books: Pick<Books, 'write' | 'started'>;
  /** From now on its credential appears nowhere. */
  hide(lease: Lease): void;
}

interface Call { request: ModelRequest; turn: Turn; parts: WrapParts }

/** Without one the provider uses its own key. */
export function hasAccountFor({ accounts }: WrapParts['pool'], request: ModelRequest): boolean {
  return accounts.some(({ provider }) => provider === request.provider);
}

/** One model call by whichever account of its provider can take it. */
export async function* balance(next: NextModelCall, { request, turn, parts }: Call): AsyncGenerator<ModelEvent, void, undefined> {
  const own = parts.pool.accounts.filter(({ provider }) => provider === request.provider);
  const accounts = new Set(own.map(({ id }) => id));
  const family = own[0]?.family ?? 'openai';
  const id = turn.newId();
  const cachePrefix = toCachePrefix(request);
  const path = parts.engine.route({
    requestId: id, family, accounts, model: request.model === '' ? null : request.model, conversation: turn.sessionId, isBackground: request.purpose !== 'turn', replayable: true,
    leftMicroUsd: () => turn.leftMicroUsd,
    ...(cachePrefix === undefined ? {} : { cachePrefix }), ...(turn.runName === undefined ? {} : { agent: turn.runName }),
  });
  const row = new CallRow(parts.books, { request, turn, family, id });
  let first: Failed | undefined;
  let before: (Failed & { error: unknown; isLeft: boolean }) | undefined;
  try {
    for (;;) {
      const lease = await path.next(turn.signal);
      if ('kind' in lease) {
        const error = allOutError(lease, { provider: request.provider, nowMs: turn.now(), cause: before?.error });
        row.refused(error.details!['status'] as number, error.code);
        throw error;
      }
      // Only now is it sure that there is another attempt.
      if (before?.isLeft === true) turn.emit({ type: 'retry', attempt: before.lease.attempt, waitMs: 0, reason: whyNot(before) });
      row.sent(lease);
      parts.hide(lease);
      const stream = next(withAccess(request, lease), turn)[Symbol.asyncIterator]();
      const begun = await readBeginning(stream);
      const signal = toSignal(begun);
      const action: Action = signal === undefined ? { kind: 'pass' } : path.report(signal);
      if (action.kind === 'pass') {
        sayMoved(first, lease, turn);
        yield* passOn(begun, stream, { lease, row, report: (late) => { path.report(late); } });
        return row.ended();
      }
      before = { lease, reason: action.reason, error: begun.thrown?.error, isLeft: action.kind === 'next' };
      first ??= before;
      if (action.kind !== 'retry') continue;
      turn.emit({ type: 'retry', attempt: lease.attempt, waitMs: action.waitMs, reason: whyNot(before) });
      if (action.waitMs > 0) await turn.sleep(action.waitMs);
    }
  } catch (error) {
    row.failed(error);
    throw error;
  } finally {
    path.end();
    row.close();
  }
}

/** No further attempt from here on: what came is shown, and what was cut is seen to be cut. */
async function* passOn(begun: Beginning, stream: AsyncIterator<ModelEvent>, { lease, row, report }: { lease: Lease; row: CallRow; report: (late: NonNullable<ReturnType<typeof toLateSignal>>) => void }): AsyncGenerator<ModelEvent, void, undefined> {
  const mark = (event: ModelEvent): ModelEvent => (event.type === 'end' ? { ...event, account: lease.account.name } : event);
  for (const event of begun.held) {
    row.passed(event);
    yield mark(event);
  }
  if (begun.thrown !== undefined) throw begun.thrown.error;
  if (!begun.isShown) return;
  let reply: Reply | undefined;
  try {
    for await (const event of { [Symbol.asyncIterator]: () => stream }) {
      if (event.type === 'end') ({ reply } = event);
      row.passed(event);
      yield mark(event);
    }
  } catch (error) {
    const late = toLateSignal({ thrown: { error } });
    if (late !== undefined) report(late);
    throw error;
  }
  const late = toLateSignal(reply === undefined ? {} : { reply });
  if (late !== undefined) report(late);
}

function withAccess(request: ModelRequest, { account: { name, baseUrl }, model, headers }: Lease): ModelRequest {
  return { ...request, model: model ?? request.model, access: { account: name, baseUrl, authorize: () => headers } };
}

/** An attempt that was not the last. */
interface Failed { lease: Lease; reason: string }

const whyNot = ({ lease, reason }: Failed): string => `Account ${lease.account.name}: ${toWords(reason)}`;

/** Said once a request, when it is settled who answers: people see why it is another account. */
function sayMoved(first: Failed | undefined, { account }: Lease, turn: Turn): void {
  if (first === undefined || first.lease.account.id === account.id) return;
  turn.emit({ type: 'notice', level: 'info', code: 'ACCOUNT_CHANGED', text: `Account ${first.lease.account.name} cannot take the request, since ${toWords(first.reason)}; ${account.name} takes its place.` });
}
