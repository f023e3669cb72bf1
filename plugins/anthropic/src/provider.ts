import { type ContributionContext, type ModelEvent, type ModelRequest, PithError, type Provider, type Turn } from '@pith/kernel';
import { mergeHeaders, pick, type ProviderErrorContext, readCount, readLimits, readReply, secretsOf, toProviderError, withoutCredentials } from '@pith/wire';
import { AnthropicReader, betasFor, createAnthropicWriter, versionFor } from '@pith/wire/anthropic';
import type { AnthropicOptions } from './index.ts';
import { createServers, type Server } from './server.ts';

/** What the address for counting takes of a request. */
const COUNTED = ['model', 'system', 'messages', 'tools', 'tool_choice', 'thinking', 'output_config'];

/**
 * Models of Anthropic, over the official client: it makes headers, sends, and tells errors apart. The body goes through it
 * as text and the reply as bytes, because its own reader forgives what must be reported. Its own key and address are looked for
 * when a request comes that needs them, which then fails with PROVIDER_KEY_MISSING, PROVIDER_KEY_INVALID or PROVIDER_ADDRESS_INVALID.
 */
export async function createProvider({ options: given, env, service }: Pick<ContributionContext, 'options' | 'env' | 'service'>): Promise<Provider> {
  const options = (given ?? {}) as AnthropicOptions;
  const serverOf = createServers(options, { env, service });
  const writer = createAnthropicWriter({ maxOutputTokens: options.maxOutputTokens, ...(options.cache === undefined ? {} : { cache: options.cache }) });

  async function send(path: string, body: Uint8Array, request: ModelRequest, turn: Turn): Promise<{ response: Response; about: ProviderErrorContext; hidden: readonly string[] }> {
    const server = await serverOf(request.access);
    const asked = mergeHeaders(request.options.headers);
    const own = request.access === undefined ? asked : withoutCredentials(asked);
    const hidden = [...server.secrets, ...secretsOf(own)];
    const about: ProviderErrorContext = { name: 'Anthropic', origin: server.url.origin, keyPlace: server.keyPlace, addressVariable: server.from, secrets: hidden, signal: turn.signal, now: () => turn.now() };
    try {
      return { response: await server.client.post(path, { body, signal: turn.signal, headers: toHeaders(request, server, own) }).asResponse(), about, hidden };
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
function toHeaders(request: ModelRequest, { headers, credential }: Server, own: Record<string, string>): Record<string, string> {
  const version = versionFor(request);
  const betas = betasFor(request);
  // The configured headers again, so that a list among them grows by the request's own.
  return mergeHeaders({ 'content-type': 'application/json' }, version === undefined ? {} : { 'anthropic-version': version }, headers, own, betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }, credential);
}
