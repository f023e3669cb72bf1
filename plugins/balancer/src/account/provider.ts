import { describe, nearest } from '@pith/kernel';
import { balancerError } from '../errors.ts';
import type { Family } from './account.ts';

/** What is known of a provider: its family, and where its own server is. */
const KNOWN: Readonly<Record<string, { family: Family; baseUrl?: string }>> = {
  anthropic: { family: 'anthropic', baseUrl: 'https://api.anthropic.com' },
  openai: { family: 'openai', baseUrl: 'https://api.openai.com' },
  openrouter: { family: 'openai', baseUrl: 'https://openrouter.ai/api' },
  local: { family: 'openai' },
};

const NAME = /^[a-z][a-z0-9-]{0,31}$/;

/**
 * What an account of this provider speaks, and where. Any other name is fine where both are said.
 * @throws PithError ACCOUNT_VALUE_INVALID
 */
export function resolveProvider(provider: string, given: { family?: Family | undefined; baseUrl?: string | undefined }): { family: Family; baseUrl: string } {
  const known = Object.hasOwn(KNOWN, provider) ? KNOWN[provider] : undefined;
  if (!NAME.test(provider)) throw invalid(`A provider cannot be called ${describe(provider)}`, 'Take small letters, digits and -, a letter first, at most 32.');
  const family = given.family ?? known?.family;
  const baseUrl = given.baseUrl ?? known?.baseUrl;
  if (family !== undefined && baseUrl !== undefined) return { family, baseUrl };
  if (known !== undefined) throw invalid(`An account of ${provider} needs the address of its server`, 'Add, for example: --base-url http://127.0.0.1:11434');
  const near = nearest(provider, Object.keys(KNOWN));
  throw invalid(`${describe(provider)} is no provider that pith knows`, near.length > 0 ? `Did you mean ${near.join(' or ')}? For a server of your own say --family and --base-url.` : `Those are ${Object.keys(KNOWN).join(', ')}. For a server of your own say --family and --base-url.`);
}

/** `ASKED=SENT` each. @throws PithError ACCOUNT_VALUE_INVALID */
export function parseModels(pairs: readonly string[]): Readonly<Record<string, string>> {
  const models = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const [asked, sent] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    if (at < 1 || asked === '' || sent === '' || /[\p{C}]/u.test(pair) || pair.length > 400) throw invalid(`A model is given as ASKED=SENT; found ${describe(pair)}`, 'For example: --model claude-sonnet-4-5=my-deployment, or --model "claude-*"=one-for-all');
    if (models.has(asked)) throw invalid(`The model ${describe(asked)} is given twice`, 'Say what it is called here once.');
    models.set(asked, sent);
  }
  return Object.fromEntries(models);
}

function invalid(message: string, hint: string): Error {
  return balancerError('ACCOUNT_VALUE_INVALID', message, { hint });
}
