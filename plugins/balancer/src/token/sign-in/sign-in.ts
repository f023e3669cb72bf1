import { isPithError, type PithError, type Vault } from '@pith/kernel';
import { balancerError } from '../../errors.ts';
import type { IssuerSetting } from '../issuer-client.ts';
import type { IssuerOptions } from '../issuer-options.ts';
import { describeFailure, describeIssuerError } from '../judge-failure.ts';
import { type OauthSecret, timed, type Tokens } from '../oauth-secret.ts';
import type { OpenIssuer } from './open-issuer.ts';

export type SignInWay = 'browser' | 'paste' | 'device';

/** How a way to sign in reaches the person. */
export interface SignInTools {
  say: (text: string) => void;
  askLine: (prompt: string, signal: AbortSignal) => Promise<string>;
  openBrowser: (url: string) => void;
  /** From now on this is shown nowhere. */
  hide: (secret: string) => void;
  /** Fires when the person has taken too long. */
  signal: AbortSignal;
}

export interface SignInParts extends IssuerSetting, Omit<SignInTools, 'signal'> {
  issuers: Readonly<Record<string, IssuerOptions>>;
  vault: Pick<Vault, 'get'>;
  redact: (text: string) => string;
  /** How long a sign-in may take. Default ten minutes. */
  lifeMs?: number;
}

const LIFE_MS = 10 * 60_000;

/**
 * Signs in at an issuer of the settings.
 * @returns what the vault is to keep, as version 1
 * @throws PithError ACCOUNT_ISSUER_UNKNOWN, ACCOUNT_ISSUER_INVALID, ACCOUNT_SIGN_IN_FAILED, ACCOUNT_SIGN_IN_EXPIRED, INTERRUPTED
 */
export async function signIn(name: string, way: SignInWay, { lifeMs = LIFE_MS, ...parts }: SignInParts): Promise<OauthSecret> {
  const { openIssuer } = await import('./open-issuer.ts');
  const signal = AbortSignal.timeout(lifeMs);
  try {
    const issuer = await openIssuer(name, way === 'device' ? 'deviceUrl' : 'authorizationUrl', parts);
    const tokens = await waysOf[way](issuer, { ...parts, signal });
    return toSecret(issuer, tokens, Date.now());
  } catch (error) {
    throw toSignInError(error, { name, isLate: signal.aborted, lifeMs, redact: parts.redact });
  }
}

const waysOf: Readonly<Record<SignInWay, (issuer: OpenIssuer, tools: SignInTools) => Promise<Tokens>>> = {
  browser: async (...of) => (await import('./browser.ts')).signInByBrowser(...of),
  paste: async (...of) => (await import('./paste.ts')).signInByPaste(...of),
  device: async (...of) => (await import('./device.ts')).signInByDevice(...of),
};

function toSecret({ name, client, options }: OpenIssuer, tokens: Tokens, nowMs: number): OauthSecret {
  return { kind: 'oauth', version: 1, issuer: name, header: options.header ?? 'bearer', ...client, ...timed(tokens, nowMs), ...(tokens.refresh === undefined ? {} : { refresh: tokens.refresh }) };
}

function toSignInError(error: unknown, { name, isLate, lifeMs, redact }: { name: string; isLate: boolean; lifeMs: number; redact: (text: string) => string }): PithError {
  const { error: code, error_description: description } = error as { error?: unknown; error_description?: unknown };
  if (isLate) return expired(`within ${lifeMs / 60_000} minutes`);
  if (code === 'expired_token' || isTimeout(error)) return expired('before its code was over');
  if (isPithError(error) && !error.code.startsWith('NET_')) return error;
  const said = typeof code === 'string' ? describeIssuerError({ error: code, error_description: description }) : describeFailure(error);
  return balancerError('ACCOUNT_SIGN_IN_FAILED', `The sign-in at ${name} failed: ${redact(said)}`, { hint: code === 'access_denied' ? 'It was refused there. Begin again, and say yes.' : 'Begin again; if it stays so, look at the issuer in the settings.' });
}

function expired(when: string): PithError {
  return balancerError('ACCOUNT_SIGN_IN_EXPIRED', `The sign-in was not finished ${when}`, { hint: 'Begin again; nothing was changed.' });
}

/** The time of a device code, as `openid-client` wraps it. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || isTimeout(error.cause));
}
