import { type ContributionContext, EXIT, type ModelEvent, type ModelRequest, PithError, type Provider, type Turn } from '@pith/kernel';
import { checkKey, mergeHeaders, parseBaseUrl, type ProviderErrorContext, readLimits, readReply, secretsOf, toProviderError } from '@pith/wire';
import { AnthropicReader, betasFor, createAnthropicWriter, versionFor } from '@pith/wire/anthropic';
import { createClient, DEFAULT_BASE_URL } from './client.ts';
import type { AnthropicOptions } from './index.ts';
import { bringsKey, findKey } from './key.ts';

/**
 * Models of Anthropic, over the official client: it makes headers, sends, and tells errors apart. The body goes through it
 * as text and the reply as bytes, because its own reader forgives what must be reported.
 * @throws PithError PROVIDER_KEY_MISSING, PROVIDER_KEY_INVALID, PROVIDER_ADDRESS_INVALID
 */
export function createProvider({ options: given, env }: Pick<ContributionContext, 'options' | 'env'>): Provider {
  const options = (given ?? {}) as AnthropicOptions;
  const { url, from } = findAddress(options, env);
  const headers = mergeHeaders(options.headers);
  const key = findKey(env);
  if (key === undefined && !bringsKey(headers)) throw keyMissing();
  for (const [name, value] of Object.entries(key ?? {})) checkKey(value, name === 'apiKey' ? 'ANTHROPIC_API_KEY' : 'ANTHROPIC_AUTH_TOKEN');
  const client = createClient({ key, headers, url, env });
  const writer = createAnthropicWriter({ maxOutputTokens: options.maxOutputTokens, ...(options.cache === undefined ? {} : { autoCache: options.cache }) });
  const secrets = [...Object.values(key ?? {}), ...secretsOf(headers)];

  async function* stream(request: ModelRequest, turn: Turn): AsyncGenerator<ModelEvent, void, undefined> {
    const own = mergeHeaders(request.options.headers);
    const hidden = [...secrets, ...secretsOf(own)];
    const about: ProviderErrorContext = { name: 'Anthropic', origin: url.origin, keyVariable: 'ANTHROPIC_API_KEY', addressVariable: from, secrets: hidden, signal: turn.signal, now: () => turn.now() };
    let response: Response;
    try {
      response = await client.post('/v1/messages', {
        body: writer.toBodyBytes(request), signal: turn.signal, headers: toHeaders(request, headers, own),
      }).asResponse();
    } catch (error) {
      throw toProviderError(error, about);
    }
    if (response.body === null) throw new PithError('Anthropic answered without saying anything', { code: 'PROVIDER_PROTOCOL', origin: 'provider' });
    yield* readReply(response.body, new AnthropicReader(), { signal: turn.signal, secrets: hidden, limits: readLimits(response.headers, { nowMs: turn.now(), secrets: hidden }) });
  }

  return { stream };
}

/** The vendor's version only where the request needs another than the client's; the beta features that it needs. */
function toHeaders(request: ModelRequest, configured: Record<string, string>, own: Record<string, string>): Record<string, string> {
  const version = versionFor(request);
  const betas = betasFor(request);
  // The configured headers again, so that a list among them grows by the request's own.
  return mergeHeaders({ 'content-type': 'application/json' }, version === undefined ? {} : { 'anthropic-version': version }, configured, own, betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') });
}

/** The client adds the version's path by itself, so an address that ends in it has it taken away. */
function findAddress(options: AnthropicOptions, env: ContributionContext['env']): { url: URL; from: string } {
  const from = options.baseUrl === undefined ? 'ANTHROPIC_BASE_URL' : 'option baseUrl of plugin anthropic';
  const url = parseBaseUrl(options.baseUrl ?? (env['ANTHROPIC_BASE_URL'] || DEFAULT_BASE_URL), from);
  url.pathname = url.pathname.replace(/\/v1$/, '');
  return { url, from };
}

function keyMissing(): PithError {
  return new PithError('Provider anthropic has no API key', {
    code: 'PROVIDER_KEY_MISSING', exitCode: EXIT.usage, hint: 'Set ANTHROPIC_API_KEY, or choose another provider with --provider.',
  });
}
