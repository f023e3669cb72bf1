import { describe, nearest, type PithError, type Vault } from '@pith/kernel';
import { isRefusal, judgeUrl } from '@pith/net';
import type { Configuration, ServerMetadata } from 'openid-client';
import { policyOf } from '../../account/net-policy.ts';
import { balancerError } from '../../errors.ts';
import { createClient, type IssuerSetting, prepareDiscovery } from '../issuer-client.ts';
import type { IssuerOptions } from '../issuer-options.ts';
import type { IssuerClient } from '../oauth-secret.ts';

/** Which address of the issuer a way to sign in needs, beside the one for tokens. */
export type Way = 'authorizationUrl' | 'deviceUrl';

/** An issuer that can be signed in at. */
export interface OpenIssuer { name: string; options: IssuerOptions; client: IssuerClient; configuration: Configuration }

/**
 * Finds the issuer in the settings, and what it has where. @throws PithError ACCOUNT_ISSUER_UNKNOWN, ACCOUNT_ISSUER_INVALID; as `guardedFetch` does
 */
export async function openIssuer(name: string, way: Way, { issuers, vault, ...setting }: IssuerSetting & { issuers: Readonly<Record<string, IssuerOptions>>; vault: Pick<Vault, 'get'> }): Promise<OpenIssuer> {
  const options = findIssuer(name, issuers);
  const isWhole = options.tokenUrl !== undefined && options[way] !== undefined;
  if (!isWhole && options.issuer === undefined) throw invalid(name, `it has no ${options.tokenUrl === undefined ? 'tokenUrl' : way}, and no issuer where that could be asked for`);
  for (const key of ['issuer', 'authorizationUrl', 'tokenUrl', 'deviceUrl'] as const) if (options[key] !== undefined) checkUrl(name, key, options[key], policyOf(options[key], options.allowHosts));
  const found: Partial<ServerMetadata> = isWhole ? {} : await discover(options, setting);
  const tokenUrl = options.tokenUrl ?? found.token_endpoint;
  const server: Partial<ServerMetadata> = {
    ...found, ...(options.issuer === undefined || found.issuer !== undefined ? {} : { issuer: options.issuer }),
    ...(options.authorizationUrl === undefined ? {} : { authorization_endpoint: options.authorizationUrl }), ...(options.deviceUrl === undefined ? {} : { device_authorization_endpoint: options.deviceUrl }),
  };
  const wayUrl = way === 'deviceUrl' ? server.device_authorization_endpoint : server.authorization_endpoint;
  if (tokenUrl === undefined || wayUrl === undefined) throw invalid(name, `${options.issuer} does not say where its ${tokenUrl === undefined ? 'tokens are' : way === 'deviceUrl' ? 'page for devices is' : 'sign-in is'}`);
  // What an issuer says of itself leads nowhere where the settings did not lead.
  const policy = policyOf(options.tokenUrl ?? options.issuer!, options.allowHosts);
  for (const [key, url] of [['tokenUrl', tokenUrl], [way, wayUrl]] as const) checkUrl(name, key, url, options[key] === undefined ? policy : policyOf(url, options.allowHosts));
  const { clientId, clientAuth, allowHosts } = options;
  const clientSecret = await readClientSecret(name, options, vault);
  const client: IssuerClient = { tokenUrl, clientId, ...(clientSecret === undefined ? {} : { clientSecret }), ...(clientAuth === undefined ? {} : { clientAuth }), ...(allowHosts === undefined ? {} : { allowHosts }) };
  return { name, options, client, configuration: await createClient(client, { ...server, token_endpoint: tokenUrl }, setting) };
}

/** @throws PithError ACCOUNT_ISSUER_UNKNOWN */
export function findIssuer(name: string, issuers: Readonly<Record<string, IssuerOptions>>): IssuerOptions {
  if (Object.hasOwn(issuers, name)) return issuers[name]!;
  const near = nearest(name, Object.keys(issuers));
  throw balancerError('ACCOUNT_ISSUER_UNKNOWN', `The settings name no issuer ${describe(name)}`, {
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Name it in settings.json: { "plugins": { "balancer": { "issuers": { ${JSON.stringify(name.slice(0, 40))}: { "issuer": "https://…", "clientId": "…" } } } } }`,
  });
}

async function discover({ issuer, clientId, allowHosts }: IssuerOptions, setting: IssuerSetting): Promise<ServerMetadata> {
  const { discovery } = await import('openid-client');
  const options = await prepareDiscovery(policyOf(issuer!, allowHosts), setting);
  const read = async (algorithm: 'oidc' | 'oauth2'): Promise<ServerMetadata> => (await discovery(new URL(issuer!), clientId, undefined, undefined, { ...options, algorithm })).serverMetadata();
  try {
    return await read('oidc');
  } catch (error) {
    // One that knows OAuth alone says it elsewhere (RFC 8414).
    if ((error as { code?: unknown }).code !== 'OAUTH_RESPONSE_IS_NOT_CONFORM') throw error;
    return read('oauth2');
  }
}

async function readClientSecret(name: string, { clientSecret }: IssuerOptions, vault: Pick<Vault, 'get'>): Promise<string | undefined> {
  if (!clientSecret?.startsWith('vault:')) return clientSecret;
  const key = clientSecret.slice('vault:'.length);
  const value = await vault.get(key);
  if (typeof value === 'string') return value;
  throw invalid(name, `the vault has no text ${describe(key)} for its client secret`, `Keep it with: pith auth set ${key}`);
}

function checkUrl(name: string, key: string, url: string, policy: ReturnType<typeof policyOf>): void {
  const refusal = judgeUrl(url, policy);
  if (isRefusal(refusal)) throw invalid(name, `its ${key} is refused: ${refusal.reason}`);
}

function invalid(name: string, why: string, hint = `Mend it in the settings, at plugins.balancer.issuers.${name}`): PithError {
  return balancerError('ACCOUNT_ISSUER_INVALID', `The issuer ${name} cannot be signed in at: ${why}`, { hint });
}
