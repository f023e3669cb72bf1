/** What the codes of the table mean to people, as the end of a sentence about an account. */
const WORDS: Readonly<Record<string, string>> = {
  request_above_limit: 'the request is above its limit', extra_usage_exhausted: 'it has no extra usage', out_of_credits: 'it has no credits for this request', payment_required: 'it has nothing left to spend',
  model_limit: 'its limit for this model is reached', upstream_429_retryable: 'its server asks to try again', upstream_429_with_reset: 'its limit is reached', upstream_429_no_reset_probe_cooldown: 'its limit is reached',
  limit_status: 'its limit is reached', upstream_529_overloaded_with_reset: 'its server is overloaded', upstream_529_overloaded_no_reset: 'its server is overloaded', credential_refused: 'its key or token was refused',
  account_locked: 'it is locked', forbidden: 'it may not do this', upstream_failed: 'its server failed', unreachable: 'its server cannot be reached', connection_lost: 'the connection was lost',
};

export function toWords(reason: string): string {
  return WORDS[reason] ?? reason;
}
