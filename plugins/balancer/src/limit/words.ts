/** What the codes of the table, and that of the breaker, mean to people, as the end of a sentence about an account. */
const WORDS: Readonly<Record<string, string>> = {
  request_above_limit: 'the request is above its limit', extra_usage_exhausted: 'it has no extra usage', out_of_credits: 'it has no credits for this request', payment_required: 'it has nothing left to spend',
  model_limit: 'its limit for this model is reached', upstream_429_retryable: 'its server asks to try again', upstream_429_with_reset: 'its limit is reached', upstream_429_no_reset_probe_cooldown: 'its limit is reached',
  limit_status: 'its limit is reached', upstream_529_overloaded_with_reset: 'its server is overloaded', upstream_529_overloaded_no_reset: 'its server is overloaded', credential_refused: 'its key or token was refused',
  account_locked: 'it is locked', forbidden: 'it may not do this', upstream_failed: 'its server failed', unreachable: 'its server cannot be reached', connection_lost: 'the connection was lost',
  circuit_open: 'it failed again and again', answered: 'it has answered',
};

/** Of a code; what is none, since a person or an issuer has said it, stays as it is. */
export function toWords(reason: string): string {
  return Object.hasOwn(WORDS, reason) ? WORDS[reason]! : reason;
}

/** What the table has said, and nobody else: a person may give any word as a reason. */
const BY_TABLE = /^(?:cooling|no answer|\d{3}): (\w+)$/;

/** Why a request did not go to an account: of `429: upstream_429_with_reset` and `cooling: …` what the code means; what has none stays as it is. */
export function toReasonWords(reason: string): string {
  const [, code] = BY_TABLE.exec(reason) ?? [];
  const words = code === undefined ? undefined : toWords(code);
  return words === undefined || words === code ? reason : words;
}

/** By how an account was chosen, behind its name. */
const ROUTES: Readonly<Record<string, string>> = {
  sticky: 'where its conversation is at home', session: 'where its conversation begins', 'session-moved': 'where its conversation has moved to', probe: 'to try whether its limit is over',
};

/** Why it was this account, as a row has it. Of another attempt the code says why there was one. */
export function toRouteWords(route: string): string {
  const [, kind, code = ''] = /^(failover|again): (.*)$/.exec(route) ?? [];
  if (kind !== undefined) return `${kind === 'again' ? 'once more' : 'in the place of another'} (${toWords(code)})`;
  return Object.hasOwn(ROUTES, route) ? ROUTES[route]! : `by strategy ${route}`;
}
