import { isListOf, isName, isOneOf, isOptions, isText, must, type OptionCheck } from '@pith/kernel';
import type { Family } from '../account/account.ts';
import type { TokenHeader } from './oauth-secret.ts';

/** Where accounts sign in, as the settings describe it. Pith has no entry at any vendor by itself: the client id is one's own. */
export interface IssuerOptions {
  /** Its addresses are asked for there, where they are not given. */
  issuer?: string;
  authorizationUrl?: string;
  tokenUrl?: string;
  deviceUrl?: string;
  clientId: string;
  /** `vault:NAME` is the secret that the vault keeps under that name. */
  clientSecret?: string;
  clientAuth?: 'post' | 'basic';
  scopes?: readonly string[];
  /** Where the issuer sends the browser: loopback, with or without a port; for `--paste` any page that shows the code. */
  redirect?: string;
  /** More of the authorization request, `{ "audience": "…" }`. */
  parameters?: Readonly<Record<string, string>>;
  /** What its accounts are for. */
  provider?: string;
  family?: Family;
  baseUrl?: string;
  header?: TokenHeader;
  /** Hosts in private space that it may be on. */
  allowHosts?: readonly string[];
}

const isIssuer = isOptions({
  issuer: isName, authorizationUrl: isName, tokenUrl: isName, deviceUrl: isName, clientId: isName, clientSecret: isName, clientAuth: isOneOf('post', 'basic'), scopes: isListOf('scopes'),
  redirect: isName, parameters: must('an object of texts', isTexts), provider: isName, family: isOneOf('anthropic', 'openai'), baseUrl: isText, header: isOneOf('bearer', 'x-api-key'), allowHosts: isListOf('host names'),
});

/** An object of issuers by name. */
export const isIssuers: OptionCheck = (given, path) => {
  if (!isObject(given)) return [{ path, message: 'must be an object of issuers by name' }];
  return Object.entries(given).flatMap(([name, issuer]) => {
    const issues = isIssuer(issuer, [...path, name]);
    if (issues.length > 0) return issues;
    return (issuer as Partial<IssuerOptions>).clientId === undefined ? [{ path: [...path, name, 'clientId'], message: 'must be there: the id that the issuer has given to you for pith' }] : [];
  });
};

function isTexts(given: unknown): boolean {
  return isObject(given) && Object.values(given).every((value) => typeof value === 'string');
}

function isObject(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
