import { escapeControl, isPithError, toMessage } from '@pith/kernel';

/** Why there is no new token, and what follows. */
export interface RefreshFailure {
  /** The issuer says that a person must sign in again. */
  isFinal: boolean;
  /** The issuer has surely made nothing of the old token: it answered, and the answer is a no. */
  isAnswered: boolean;
  reason: string;
  /** Nobody asks again before. */
  waitMs: number;
}

/** After a failure the issuer is left alone for so long. */
export const BACKOFF_MS = 60_000;
/** An issuer that names a longer time is believed up to this. */
export const WAIT_MAX_MS = 3_600_000;

/** What issuers say of a refresh token that is over: RFC 6749, OpenID Connect, and what some vendors say in the place of it. */
const FINAL = new Set([
  'invalid_grant', 'expired_token', 'token_expired', 'invalid_refresh_token', 'refresh_token_expired', 'refresh_token_reused', 'refresh_token_invalidated',
  'login_required', 'interaction_required', 'consent_required', 'account_selection_required',
]);
const FINAL_STATUSES = new Set([400, 401, 403]);
/** What is said of pith's own entry there, and cured by another configuration. */
const CLIENT = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_request', 'invalid_scope']);
const LOST = new Set(['ECONNRESET', 'EPIPE']);

/** What `openid-client` throws where the issuer has answered with an error. */
interface IssuerError { error: string; error_description?: unknown; status: number; response?: { headers: Headers } }

export function judgeFailure(error: unknown, nowMs: number): RefreshFailure {
  if (isIssuerError(error)) {
    const { status } = error;
    const said = describeIssuerError(error);
    if (FINAL.has(error.error) && FINAL_STATUSES.has(status)) return { isFinal: true, isAnswered: true, reason: `the issuer takes its refresh token no more (${said})`, waitMs: 0 };
    const whose = CLIENT.has(error.error) ? 'the issuer does not accept how pith asks; its client id or secret is wrong' : `the issuer answered ${status}`;
    return { isFinal: false, isAnswered: status < 500, reason: `${whose} (${said})`, waitMs: Math.min(Math.max(BACKOFF_MS, retryAfterMs(error, nowMs)), WAIT_MAX_MS) };
  }
  const status = statusOf(error);
  return { isFinal: false, isAnswered: status !== undefined && status < 500, reason: status === undefined ? describeFailure(error) : `the issuer answered ${status}, and nothing that can be read`, waitMs: BACKOFF_MS };
}

/** The connection broke while the answer was on its way. Asked again at once, some issuers give the same answer once more. */
export function isAnswerLost(error: unknown): boolean {
  const fault = rootOf(error);
  return isPithError(fault) && fault.code === 'NET_FAILED' && LOST.has(String(fault.details?.['cause']));
}

/** In the issuer's own words, as one line that is safe to show. */
export function describeIssuerError({ error, error_description: description }: Pick<IssuerError, 'error' | 'error_description'>): string {
  const code = escapeControl(error.slice(0, 60));
  return typeof description === 'string' && description !== '' ? `${code}: ${escapeControl(description.slice(0, 200))}` : code;
}

export function describeFailure(error: unknown): string {
  const fault = rootOf(error);
  return escapeControl(toMessage(fault).slice(0, 300));
}

function isIssuerError(error: unknown): error is IssuerError {
  return error instanceof Error && typeof (error as Partial<IssuerError>).error === 'string' && typeof (error as Partial<IssuerError>).status === 'number';
}

/** `openid-client` wraps what its fetch threw, and what it found itself. */
function rootOf(error: unknown): unknown {
  if (isPithError(error) || !(error instanceof Error) || !(error.cause instanceof Error)) return error;
  return rootOf(error.cause);
}

function statusOf(error: unknown): number | undefined {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Response ? cause.status : undefined;
}

function retryAfterMs({ response }: IssuerError, nowMs: number): number {
  const text = response?.headers.get('retry-after') ?? '';
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) ? waitMs : 0;
}
