import { toTokens } from '../issuer-client.ts';
import type { Tokens } from '../oauth-secret.ts';
import type { OpenIssuer } from './open-issuer.ts';

/** A sign-in that waits for its code: all of it lives in this process, and ends with it. */
export interface BegunSignIn { url: string; redirect: string; state: string; verifier: string }

/** An authorization request with PKCE (RFC 7636) and a state of its own. */
export async function beginCodeFlow({ configuration, options }: OpenIssuer, redirect: string): Promise<BegunSignIn> {
  const { buildAuthorizationUrl, calculatePKCECodeChallenge, randomPKCECodeVerifier, randomState } = await import('openid-client');
  const [state, verifier] = [randomState(), randomPKCECodeVerifier()];
  const url = buildAuthorizationUrl(configuration, {
    ...options.parameters, redirect_uri: redirect, state, code_challenge: await calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    ...(options.scopes === undefined ? {} : { scope: options.scopes.join(' ') }),
  });
  return { url: url.href, redirect, state, verifier };
}

/** Checks what came back, its state and issuer, and changes the code for tokens. @throws as `openid-client` does */
export async function finishCodeFlow({ configuration }: OpenIssuer, { redirect, state, verifier }: BegunSignIn, answer: URLSearchParams, hide: (secret: string) => void): Promise<Tokens> {
  const { authorizationCodeGrant } = await import('openid-client');
  for (const secret of [verifier, answer.get('code')]) if (secret !== null) hide(secret);
  const url = new URL(redirect);
  url.search = answer.toString();
  return toTokens(await authorizationCodeGrant(configuration, url, { expectedState: state, pkceCodeVerifier: verifier }));
}
