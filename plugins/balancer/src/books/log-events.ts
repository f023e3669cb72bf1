import type { AccountEvent } from '../account/account.ts';
import { toEventText } from '../account/explain.ts';
import type { Pool } from '../account/pool.ts';
import type { Facts, Level, Log } from './log.ts';

/** What is not said: it comes with every other answer, or is followed by what came of it. */
const SILENT: ReadonlySet<AccountEvent['type']> = new Set(['windows', 'refresh-started']);

/**
 * Says what happens to accounts in this process; what happens in another, that one says.
 * @param by as this process is named in events
 * @returns how to stop
 */
export function logEvents(pool: Pick<Pool, 'onChange'>, log: Log, { by, now = Date.now }: { by: string; now?: () => number }): () => void {
  return pool.onChange((event, { name }) => {
    if (event.by === by && !SILENT.has(event.type)) log[levelOf(event)](`Account ${name}: ${toEventText(event, now())}`, toFacts(event, name));
  });
}

/** The text says it to people; programs have the code. */
function toFacts(event: AccountEvent, account: string): Facts {
  return { account, event: event.type, ...('reason' in event ? { reason: event.reason } : {}), ...(event.type === 'limited' ? { status: event.status } : {}) };
}

function levelOf({ type }: AccountEvent): Level {
  return type === 'limited' || type === 'refresh-failed' ? 'warn' : 'info';
}
