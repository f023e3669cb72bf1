import type { OpenAI } from 'openai';
import { type ContributionContext, EXIT, isPithError, type ModelEvent, type ModelRequest, PithError, type Provider, type Turn } from '@pith/kernel';
import { type BodyWriter, checkKey, mergeHeaders, parseBaseUrl, pick, type ProviderErrorContext, readCount, readLimits, readReply, readStoredKey, type ReplyReader, secretsOf, storedKeyPlace, toProviderError } from '@pith/wire';
import { ChatReader, createChatWriter } from '@pith/wire/openai-chat';
import { createResponsesWriter, ResponsesReader } from '@pith/wire/openai-responses';
import { createClient } from './client.ts';
import { optionsOf, type ServerOptions } from './options.ts';
import { bringsKey, findBaseUrl, findKey, isOpenAi, type ServerName, SERVERS } from './server.ts';

type Api = 'chat' | 'responses';

/** One of OpenAI's two APIs. */
interface Format { path: string; writer: BodyWriter; createReader(turn: Turn): ReplyReader }

interface Server { name: ServerName; client: OpenAI; url: URL; from: string; keyPlace: string; headers: Readonly<Record<string, string>>; secrets: readonly string[] }

/**
 * Models of OpenAI, and of the servers that speak like it, over the official client: it makes headers, sends, and tells
 * errors apart. The body goes through it as text and the reply as bytes, because its own reader forgives what must be reported.
 * @throws PithError PROVIDER_KEY_MISSING, PROVIDER_KEY_INVALID, PROVIDER_ADDRESS_MISSING, PROVIDER_ADDRESS_INVALID
 */
export async function createProvider(name: ServerName, { options: given, env, service }: Pick<ContributionContext, 'options' | 'env' | 'service'>): Promise<Provider> {
  const options = optionsOf(name, given);
  const server = await connect(name, options, { env, service });
  const formats = createFormats(name, server.url, options);
  let onlyModel: string | undefined;
  let api: Api | undefined = options.api ?? (isOpenAi(server.url) ? 'responses' : undefined);

  async function* stream(asked: ModelRequest, turn: Turn): AsyncGenerator<ModelEvent, void, undefined> {
    const about = aboutErrors(server, asked, turn);
    const request = asked.model === '' ? { ...asked, model: onlyModel ??= await findModel(server, about) } : asked;
    let used: Api = api ?? 'chat';
    let response: Response;
    try {
      response = await send(server, formats[used], request, turn);
    } catch (error) {
      const failure = toProviderError(error, about);
      if (api !== undefined || !isMissingPath(failure)) throw failure;
      // Nobody said which API this server has. There are some with only the newer one.
      used = 'responses';
      response = await send(server, formats[used], request, turn).catch((again: unknown) => {
        const second = toProviderError(again, about);
        throw isMissingPath(second) ? failure : second;
      });
    }
    api = used;
    if (response.body === null) throw new PithError(`${about.name} answered without saying anything`, { code: 'PROVIDER_PROTOCOL', origin: 'provider' });
    yield* readReply(response.body, formats[used].createReader(turn), { signal: turn.signal, secrets: about.secrets, limits: readLimits(response.headers, { nowMs: turn.now(), secrets: about.secrets }) });
  }

  async function countInput(request: ModelRequest, turn: Turn): Promise<number> {
    const about = aboutErrors(server, request, turn);
    const body = Buffer.from(JSON.stringify(pick(formats.responses.writer.toBody(request), COUNTED)));
    try {
      return await readCount(await post(server, '/responses/input_tokens', body, request, turn), about.name);
    } catch (error) {
      throw toProviderError(error, about);
    }
  }

  // Chat Completions has no address for that.
  return api === 'responses' ? { stream, countInput } : { stream };
}

/** What the address for counting takes of a request. */
const COUNTED = ['model', 'instructions', 'input', 'tools', 'tool_choice', 'reasoning', 'text'];

async function connect(name: ServerName, options: ServerOptions, { env, service }: Pick<ContributionContext, 'env' | 'service'>): Promise<Server> {
  const address = findBaseUrl(name, options, env);
  if (address === undefined) {
    throw new PithError('No local server is named', { code: 'PROVIDER_ADDRESS_MISSING', exitCode: EXIT.usage, hint: 'Set PITH_LOCAL_BASE_URL, for example to http://127.0.0.1:11434/v1' });
  }
  const url = parseBaseUrl(address.text, address.from);
  const headers = mergeHeaders(options.headers);
  const { keyVariable } = SERVERS[name];
  const own = checkKey(findKey(name, env), keyVariable);
  const key = own ?? (bringsKey(headers) ? undefined : await readStoredKey(service, name));
  if (key === undefined && name !== 'local' && !bringsKey(headers)) {
    throw new PithError(`Provider ${name} has no API key`, { code: 'PROVIDER_KEY_MISSING', exitCode: EXIT.usage, hint: `Keep one with: pith auth set ${name}. Or set ${keyVariable}, or choose another provider with --provider.` });
  }
  return { name, url, from: address.from, keyPlace: own === undefined && key !== undefined ? storedKeyPlace(name) : keyVariable, headers, client: createClient({ name, key, headers, url, env }), secrets: [...(key === undefined ? [] : [key]), ...secretsOf(headers)] };
}

function createFormats(name: ServerName, url: URL, { maxOutputTokens }: ServerOptions): Record<Api, Format> {
  const router = name === 'openrouter';
  const chat = createChatWriter({ vendor: `${name}-chat`, maxOutputTokens, limitField: isOpenAi(url) ? 'max_completion_tokens' : 'max_tokens', reasoning: router ? 'openrouter' : 'effort' });
  const responses = createResponsesWriter({ vendor: `${name}-responses`, maxOutputTokens });
  return {
    chat: { path: '/chat/completions', writer: chat, createReader: (turn) => new ChatReader({ vendor: `${name}-chat`, newId: () => turn.newId(), statesCost: router }) },
    responses: { path: '/responses', writer: responses, createReader: () => new ResponsesReader({ vendor: `${name}-responses` }) },
  };
}

function send(server: Server, { path, writer }: Format, request: ModelRequest, turn: Turn): Promise<Response> {
  const { name, url } = server;
  const extra = { ...(isOpenAi(url) ? { prompt_cache_key: turn.sessionId } : {}), ...(name === 'openrouter' ? { usage: { include: true } } : {}) };
  const body = writer.toBodyBytes({ ...request, options: { ...request.options, body: { ...extra, ...request.options.body } } });
  return post(server, path, body, request, turn);
}

function post({ client, headers }: Server, path: string, body: Uint8Array, request: ModelRequest, turn: Turn): Promise<Response> {
  // The configured headers again, so that a list among them grows by the request's own.
  return client.post(path, { body, signal: turn.signal, headers: mergeHeaders({ 'content-type': 'application/json' }, headers, request.options.headers) }).asResponse();
}

function aboutErrors({ name, url, from, keyPlace, secrets }: Server, request: ModelRequest, turn: Turn): ProviderErrorContext {
  const { title } = SERVERS[name];
  return {
    name: title, origin: url.origin, keyPlace, addressVariable: from,
    secrets: [...secrets, ...secretsOf(mergeHeaders(request.options.headers))], signal: turn.signal, now: () => turn.now(),
  };
}

/** The path is not there, rather than the model. */
function isMissingPath(failure: unknown): boolean {
  if (!isPithError(failure)) return false;
  const { status, type, vendorMessage } = failure.details ?? {};
  return (status === 404 || status === 405) && !/model/i.test(`${String(type)} ${String(vendorMessage)}`);
}

/** A server that has one model means that one; of several, a person must name one. */
async function findModel({ client, name }: Server, about: ProviderErrorContext): Promise<string> {
  let models: string[];
  try {
    const { data = [] } = await client.get<{ data?: { id: string }[] }>('/models', { signal: about.signal });
    models = data.map(({ id }) => id);
  } catch (error) {
    throw toProviderError(error, about);
  }
  if (models.length === 1) return models[0]!;
  throw new PithError(models.length === 0 ? `${about.name} has no models` : `${about.name} has ${models.length} models, and none was named`, {
    code: 'MODEL_UNKNOWN', hint: models.length === 0 ? 'Load one there first.' : `Name one with --model: ${models.slice(0, 6).map((model) => `${name}/${model}`).join(', ')}`,
  });
}
