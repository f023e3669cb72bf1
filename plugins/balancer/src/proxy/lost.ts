import { isPithError } from '@pith/kernel';
import type { Signal } from '../engine.ts';
import { type Refusal, unreachable } from './refusal.ts';

/** How the engine is told that a connection could not be made, or broke. @param status of the answer that had begun */
export function toLostSignal(error: Error, { phase, status }: Pick<Signal, 'phase' | 'status'>): Signal {
  const { code } = error as NodeJS.ErrnoException;
  return { status, headers: {}, phase, errorMessage: error.message, ...(code === undefined ? {} : { networkCode: code }) };
}

/** What the client is told where nobody else is asked. */
export function toLostAnswer(error: Error, account: string): Refusal {
  if ((error as NodeJS.ErrnoException).code === 'UND_ERR_HEADERS_TIMEOUT') return { status: 504, type: 'timeout_error', message: `The server of account ${account} did not answer in time` };
  return unreachable(isPithError(error) ? error.message : `${account}: ${error.message}`);
}
