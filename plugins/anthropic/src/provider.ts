import { type ContributionContext, EXIT, type ModelEvent, type ModelRequest, PithError, type Provider, type Turn } from '@pith/kernel';
import { checkKey, mergeHeaders, parseBaseUrl, pick, type ProviderErrorContext, readCount, readLimits, readReply, readStoredKey, secretsOf, storedKeyPlace, toProviderError } from '@pith/wire';
import { AnthropicReader, betasFor, createAnthropicWriter, versionFor } from '@pith/wire/anthropic';
import { createClient, DEFAULT_BASE_URL } from './client.ts';
import type { AnthropicOptions } from './index.ts';
import { bringsKey, findKey, type Key } from './key.ts';

/** What the address for counting takes of a request. */
const COUNTED = ['model', 'system', 'messages', 'tools', 'tool_choice', 'thinking', 'output_config'];

/** A header brings it. */
const NO_KEY: { key: Key; place: string } = { key: undefined, place: 'option headers of plugin anthropic' };

/**
 * Models of Anthropic, over the official client: it makes headers, sends, and tells errors apart. The body goes through it
 * as text and the reply as bytes, because its own reader forgives what must be reported.
 * @throws PithError PROVIDER_KEY_MISSING, PROVIDER_KEY_INVALID, PROVIDER_ADDRESS_INVALID
 */
export async function createProvider({ options: given, env, service }: Pick<ContributionContext, 'options' | 'env' | 'service'>): Promise<Provider> {
  const options = (given ?? {}) as AnthropicOptions;
  const { url, from } = findAddress(options, env);
  const headers = mergeHeaders(options.headers);
  const { key, place } = findKey(env) ?? (bringsKey(headers) ? NO_KEY : await readKey(service));
  for (const value of Object.values(key ?? {})) checkKey(value, place);
  const client = createClient({ key, headers, url, env });
  const writer = createAnthropicWriter({ maxOutputTokens: options.maxOutputTokens, ...(options.cache === undefined ? {} : { cache: options.cache }) });
  const secrets = [...Object.values(key ?? {}), ...secretsOf(headers)];

  async function send(path: string, body: Uint8Array, request: ModelRequest, turn: Turn): Promise<{ response: Response; about: ProviderErrorContext; hidden: readonly string[] }> {
    const own = mergeHeaders(request.options.headers);
    const hidden = [...secrets, ...secretsOf(own)];
    const about: ProviderErrorContext = { name: 'Anthropic', origin: url.origin, keyPlace: place, addressVariable: from, secrets: hidden, signal: turn.signal, now: () => turn.now() };
    try {
      return { response: await client.post(path, { body, signal: turn.signal, headers: toHeaders(request, headers, own) }).asResponse(), about, hidden };
    } catch (error) {
      throw toProviderError(error, about);
    }
  }

  async function countInput(request: ModelRequest, turn: Turn): Promise<number> {
    const body = Buffer.from(JSON.stringify(pick(writer.toBody(request), COUNTED)));
    const { response, about } = await send('/v1/messages/count_tokens', body, request, turn);
    try {
      return await readCount(response, 'Anthropic');
    } catch (error) {
      throw toProviderError(error, about);
    }
  }

  async function* stream(request: ModelRequest, turn: Turn): AsyncGenerator<ModelEvent, void, undefined> {
    const { response, hidden } = await send('/v1/messages', writer.toBodyBytes(request), request, turn);
    if (response.body === null) throw new PithError('Anthropic answered without saying anything', { code: 'PROVIDER_PROTOCOL', origin: 'provider' });
    yield* readReply(response.body, new AnthropicReader(), { signal: turn.signal, secrets: hidden, limits: readLimits(response.headers, { nowMs: turn.now(), secrets: hidden }) });
  }

  return { stream, countInput };
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

/** The key that a person keeps. @throws PithError PROVIDER_KEY_MISSING */
async function readKey(service: ContributionContext['service']): Promise<{ key: Key; place: string }> {
  const apiKey = await readStoredKey(service, 'anthropic');
  if (apiKey !== undefined) return { key: { apiKey }, place: storedKeyPlace('anthropic') };
  throw new PithError('Provider anthropic has no API key', {
    code: 'PROVIDER_KEY_MISSING', exitCode: EXIT.usage, hint: 'Keep one with: pith auth set anthropic. Or set ANTHROPIC_API_KEY, or choose another provider with --provider.',
  });
}
