import type { PithError } from '@pith/kernel';
import { toUntilText } from '../account/time-text.ts';
import type { AllOut } from '../engine.ts';
import { balancerError } from '../errors.ts';
import { toReasonWords } from '../limit/words.ts';

const MAX_NAMED = 8;

/** What a model call ends with where no account can take it: an error that another attempt may cure, or another model. */
export function allOutError({ retryAtMs, reasons }: AllOut, { provider, nowMs, cause }: { provider: string; nowMs: number; cause: unknown }): PithError {
  const named = reasons.slice(0, MAX_NAMED).map(({ account, reason }) => `${account} (${toReasonWords(reason)})`);
  const more = reasons.length - named.length;
  const retryAfterS = retryAtMs === null ? undefined : Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000));
  const back = retryAfterS === undefined ? 'None of them comes back by itself.' : `The first is back at ${toUntilText(retryAtMs!, nowMs)}.`;
  return balancerError('BALANCER_ALL_OUT', reasons.length === 0 ? `There is no account for ${provider} any more` : `All accounts for ${provider} are out: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}. ${back}`, {
    origin: 'provider', cause, hint: 'pith accounts explain NAME says why, and what would change it. Or choose another model with --model.',
    details: {
      status: retryAfterS === undefined ? 503 : 429, type: 'all_accounts_out', retryable: retryAfterS !== undefined, accounts: reasons,
      ...(retryAfterS === undefined ? {} : { retryAfterS, limits: { retryAtMs, windows: {}, headers: {} } }),
    },
  });
}
