import type { NetPolicy } from '@pith/net';
import type { Configuration, DiscoveryRequestOptions, ServerMetadata } from 'openid-client';
import { policyOf } from '../account/net-policy.ts';
import { createIssuerFetch } from './issuer-fetch.ts';
import type { IssuerClient, Tokens } from './oauth-secret.ts';

/** An issuer that does not answer keeps requests waiting, and the lock of all processes. */
const ISSUER_LIMIT_MS = 20_000;

export interface IssuerSetting {
  limitMs?: number;
  env?: Readonly<Record<string, string | undefined>>;
  ca?: string;
}

/** What `openid-client` works with. It is loaded when the first token is asked for. */
export async function createClient(client: IssuerClient, server: Partial<ServerMetadata>, setting: IssuerSetting = {}): Promise<Configuration> {
  const library = await import('openid-client');
  const { clientSecret, clientAuth, clientId, tokenUrl } = client;
  const auth = clientSecret === undefined ? library.None() : clientAuth === 'basic' ? library.ClientSecretBasic(clientSecret) : library.ClientSecretPost(clientSecret);
  const configuration = new library.Configuration({ issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl, ...server }, clientId, undefined, auth);
  prepare(configuration, library, client, setting);
  return configuration;
}

/** Asks with a refresh token. @throws as `openid-client` and `guardedFetch` do */
export async function askForTokens(client: IssuerClient & { refresh: string }, setting: IssuerSetting = {}): Promise<Tokens> {
  const { refreshTokenGrant } = await import('openid-client');
  return toTokens(await refreshTokenGrant(await createClient(client, {}, setting), client.refresh));
}

export function toTokens({ access_token: access, refresh_token: refresh, expires_in: seconds }: { access_token: string; refresh_token?: string; expires_in?: number }): Tokens {
  return { access, expiresInS: seconds ?? null, ...(refresh === undefined ? {} : { refresh }) };
}

/** For what an issuer says of itself. */
export async function prepareDiscovery(policy: NetPolicy, { limitMs = ISSUER_LIMIT_MS, ...setting }: IssuerSetting): Promise<DiscoveryRequestOptions> {
  const { allowInsecureRequests, customFetch } = await import('openid-client');
  return { [customFetch]: createIssuerFetch({ policy, limitMs, ...setting }), ...(policy.allowLoopback ? { execute: [allowInsecureRequests] } : {}) };
}

function prepare(configuration: Configuration, library: typeof import('openid-client'), { tokenUrl, allowHosts }: IssuerClient, { limitMs = ISSUER_LIMIT_MS, ...setting }: IssuerSetting): void {
  const policy = policyOf(tokenUrl, allowHosts);
  configuration[library.customFetch] = createIssuerFetch({ policy, limitMs, ...setting });
  configuration.timeout = limitMs / 1000 + 5; // The fetch says it better, so it comes first.
  // Plain http is for loopback only: `guardedFetch` sees to that.
  if (policy.allowLoopback) library.allowInsecureRequests(configuration);
}
