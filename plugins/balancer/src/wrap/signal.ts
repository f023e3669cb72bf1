import { isPithError, type RateLimits } from '@pith/kernel';
import type { Beginning } from '@pith/wire/beginning';
import type { Signal } from '../engine.ts';

/** What the network says where nothing was sent. */
const BEFORE_SENDING = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|ERR_TLS_\w+)$/;

/** How an attempt went, as far as it was seen. @returns nothing for what no account is to blame for: an interrupted turn, a plugin */
export function toSignal({ held, isShown, isAnswer, reply, thrown }: Beginning): Signal | undefined {
  const headers = headersOf(held.find(({ limits }) => limits !== undefined)?.limits);
  if (thrown !== undefined) return ofError(thrown.error, { headers, phase: held.length === 0 ? 'head' : 'stream' });
  if (isShown || reply?.status === 'complete') return { status: 200, headers, phase: 'stream' };
  // What has come all at once, at the end, has come.
  return { ...ofReply(reply ?? { status: 'truncated' }, headers), phase: isAnswer ? 'shown' : 'stream' };
}

/** How a stream ended that was shown already; nothing where it ended well, or by nobody's fault. */
export function toLateSignal(end: { reply?: Beginning['reply']; thrown?: { error: unknown } }): Signal | undefined {
  if (end.thrown !== undefined) return ofError(end.thrown.error, { headers: {}, phase: 'shown' });
  return end.reply?.status === 'complete' ? undefined : { ...ofReply(end.reply ?? { status: 'truncated' }, {}), phase: 'shown' };
}

type Headers = Record<string, string>;

function ofReply({ status, error, retryAfterS }: Pick<NonNullable<Beginning['reply']>, 'status' | 'error' | 'retryAfterS'>, headers: Headers): Omit<Signal, 'phase'> {
  if (status !== 'error') return { status: 200, headers, ...(status === 'truncated' ? { networkCode: 'TRUNCATED' } : {}) };
  return { status: 200, headers: withWait(headers, retryAfterS), errorType: error?.type ?? 'error', errorMessage: error?.message ?? '' };
}

function ofError(error: unknown, { headers, phase }: { headers: Headers; phase: 'head' | 'stream' | 'shown' }): Signal | undefined {
  if (!isPithError(error) || error.origin !== 'provider') return undefined;
  const { status, type, vendorMessage, network, shouldRetry, retryAfterS, limits } = error.details ?? {};
  const networkCode = typeof network === 'string' ? network : error.code;
  if (typeof status !== 'number') return { status: null, headers, phase: phase === 'head' && BEFORE_SENDING.test(networkCode) ? 'connect' : phase, networkCode };
  const told = headersOf(limits as RateLimits | undefined);
  return {
    status, phase, headers: { ...withWait(told, retryAfterS), ...(typeof shouldRetry === 'boolean' ? { 'x-should-retry': String(shouldRetry) } : {}) },
    ...(typeof type === 'string' ? { errorType: type } : {}), ...(typeof vendorMessage === 'string' ? { errorMessage: vendorMessage } : {}),
  };
}

const headersOf = (limits: RateLimits | undefined): Headers => ({ ...limits?.headers });

/** Some vendors tell the time to wait in the body. */
function withWait(headers: Headers, retryAfterS: unknown): Headers {
  return typeof retryAfterS === 'number' && headers['retry-after'] === undefined ? { ...headers, 'retry-after': String(retryAfterS) } : headers;
}
