import type { SecretValue } from '@pith/kernel';

/** How a client says at the issuer that it is itself. */
export interface IssuerClient {
  tokenUrl: string;
  clientId: string;
  clientSecret?: string;
  /** How the client's own secret is sent. Default `post`. */
  clientAuth?: 'post' | 'basic';
  /** Hosts in private space that this issuer may be on. */
  allowHosts?: readonly string[];
}

/**
 * The secret of an oauth account, as the vault keeps it: all that a refresh needs, whatever the settings say by then. Every text in
 * it is hidden wherever it appears, so there is none here that people should read.
 */
export interface OauthSecret extends IssuerClient {
  kind: 'oauth';
  access: string;
  /** Nothing where the issuer gives none: then a person signs in again when the token ends. */
  refresh?: string;
  /** Grows by one with every token. */
  version: number;
  receivedMs: number;
  expiresAtMs: number | null;
  /** Its name in the settings, for the next sign-in. */
  issuer: string;
  header: TokenHeader;
  /** Written before the issuer is asked, and gone with its answer: where it is found, an answer may have been lost. */
  askingSinceMs?: number;
  /** It could not be refreshed: no process asks again before. */
  waitUntilMs?: number;
  /** The issuer takes this refresh token no more: nobody asks again with this one. */
  isRefused?: true;
}

export type TokenHeader = 'bearer' | 'x-api-key';

/** What an issuer has answered. */
export interface Tokens {
  access: string;
  refresh?: string;
  /** From the answer on: the clocks of both sides may differ. Nothing where it does not say. */
  expiresInS: number | null;
}

/** @returns nothing where it is none of an oauth account, or was not written by this pith */
export function readOauthSecret(value: SecretValue | undefined): OauthSecret | undefined {
  if (typeof value !== 'object') return undefined;
  const { kind, access, version, tokenUrl, clientId } = value as Partial<Record<keyof OauthSecret, unknown>>;
  return kind === 'oauth' && [access, tokenUrl, clientId].every((text) => typeof text === 'string' && text !== '') && Number.isSafeInteger(version) ? value as unknown as OauthSecret : undefined;
}

/** As the vault takes it: without what is not there. */
export function toSecretValue(secret: OauthSecret): SecretValue {
  return Object.fromEntries(Object.entries(secret).filter(([, value]) => value !== undefined));
}

/** The one after it. An issuer that gives no new refresh token means the old one to stay. */
export function nextSecret(before: OauthSecret, tokens: Tokens, nowMs: number): OauthSecret {
  const { askingSinceMs: _, waitUntilMs: __, isRefused: ___, ...secret } = before;
  return { ...secret, ...timed(tokens, nowMs), ...(tokens.refresh === undefined ? {} : { refresh: tokens.refresh }), version: secret.version + 1 };
}

/** What begins with an answer. */
export function timed({ access, expiresInS }: Tokens, nowMs: number): Pick<OauthSecret, 'access' | 'receivedMs' | 'expiresAtMs'> {
  return { access, receivedMs: nowMs, expiresAtMs: expiresInS === null ? null : nowMs + Math.round(expiresInS * 1000) };
}
