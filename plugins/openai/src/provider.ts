import { type ContributionContext, isPithError, type ModelEvent, type ModelRequest, PithError, type Provider, type Turn } from '@pith/kernel';
import { type BodyWriter, mergeHeaders, pick, type ProviderErrorContext, readCount, readLimits, readReply, type ReplyReader, secretsOf, toProviderError, withoutCredentials } from '@pith/wire';
import { ChatReader, createChatWriter } from '@pith/wire/openai-chat';
import { createResponsesWriter, ResponsesReader } from '@pith/wire/openai-responses';
import { type Api, createServers, ownApi, type Server } from './connect.ts';
import { optionsOf, type ServerOptions } from './options.ts';
import { isOpenAi, type ServerName, SERVERS } from './server.ts';

/** One of OpenAI's two APIs. */
interface Format { path: string; writer: BodyWriter; createReader(turn: Turn): ReplyReader }

/**
 * Models of OpenAI, and of the servers that speak like it, over the official client: it makes headers, sends, and tells
 * errors apart. The body goes through it as text and the reply as bytes, because its own reader forgives what must be reported.
 * Its own key and address are looked for when a request comes that needs them, which then fails with PROVIDER_KEY_MISSING,
 * PROVIDER_KEY_INVALID, PROVIDER_ADDRESS_MISSING or PROVIDER_ADDRESS_INVALID.
 */
export async function createProvider(name: ServerName, { options: given, env, service }: Pick<ContributionContext, 'options' | 'env' | 'service'>): Promise<Provider> {
  const options = optionsOf(name, given);
  const serverOf = createServers(name, options, { env, service });
  const formats = createFormats(name, options);

  async function* stream(asked: ModelRequest, turn: Turn): AsyncGenerator<ModelEvent, void, undefined> {
    const server = await serverOf(asked.access);
    const { learned, url } = server;
    const about = aboutErrors(server, asked, turn);
    const request = asked.model === '' ? { ...asked, model: learned.onlyModel ??= await findModel(server, about) } : asked;
    const { chat, responses } = formats(url);
    let used: Api = learned.api ?? 'chat';
    let response: Response;
    try {
      response = await send(server, used === 'chat' ? chat : responses, request, turn);
    } catch (error) {
      const failure = toProviderError(error, about);
      if (learned.api !== undefined || !isMissingPath(failure)) throw failure;
      // Nobody said which API this server has. There are some with only the newer one.
      used = 'responses';
      response = await send(server, responses, request, turn).catch((again: unknown) => {
        const second = toProviderError(again, about);
        throw isMissingPath(second) ? failure : second;
      });
    }
    learned.api = used;
    if (response.body === null) throw new PithError(`${about.name} answered without saying anything`, { code: 'PROVIDER_PROTOCOL', origin: 'provider' });
    yield* readReply(response.body, (used === 'chat' ? chat : responses).createReader(turn), { signal: turn.signal, secrets: about.secrets, limits: readLimits(response.headers, { nowMs: turn.now(), secrets: about.secrets }) });
  }

  async function countInput(request: ModelRequest, turn: Turn): Promise<number> {
    const server = await serverOf(request.access);
    const about = aboutErrors(server, request, turn);
    const body = Buffer.from(JSON.stringify(pick(formats(server.url).responses.writer.toBody(request), COUNTED)));
    try {
      return await readCount(await post(server, '/responses/input_tokens', body, request, turn), about.name);
    } catch (error) {
      throw toProviderError(error, about);
    }
  }

  // Chat Completions has no address for that.
  return ownApi(name, options, env) === 'responses' ? { stream, countInput } : { stream };
}

/** What the address for counting takes of a request. */
const COUNTED = ['model', 'instructions', 'input', 'tools', 'tool_choice', 'reasoning', 'text'];

/** The formats by where a request goes: OpenAI itself has a newer name for one limit. */
function createFormats(name: ServerName, { maxOutputTokens }: ServerOptions): (url: URL) => Record<Api, Format> {
  const router = name === 'openrouter';
  const responses = createResponsesWriter({ vendor: `${name}-responses`, maxOutputTokens });
  const make = (limitField: 'max_completion_tokens' | 'max_tokens'): Record<Api, Format> => {
    const chat = createChatWriter({ vendor: `${name}-chat`, maxOutputTokens, limitField, reasoning: router ? 'openrouter' : 'effort' });
    return {
      chat: { path: '/chat/completions', writer: chat, createReader: (turn) => new ChatReader({ vendor: `${name}-chat`, newId: () => turn.newId(), statesCost: router }) },
      responses: { path: '/responses', writer: responses, createReader: () => new ResponsesReader({ vendor: `${name}-responses` }) },
    };
  };
  const [ofOpenAi, ofOthers] = [make('max_completion_tokens'), make('max_tokens')];
  return (url) => (isOpenAi(url) ? ofOpenAi : ofOthers);
}

function send(server: Server, { path, writer }: Format, request: ModelRequest, turn: Turn): Promise<Response> {
  const { name, url } = server;
  const extra = { ...(isOpenAi(url) ? { prompt_cache_key: turn.sessionId } : {}), ...(name === 'openrouter' ? { usage: { include: true } } : {}) };
  const body = writer.toBodyBytes({ ...request, options: { ...request.options, body: { ...extra, ...request.options.body } } });
  return post(server, path, body, request, turn);
}

function post({ client, headers, credential }: Server, path: string, body: Uint8Array, request: ModelRequest, turn: Turn): Promise<Response> {
  // The configured headers again, so that a list among them grows by the request's own.
  return client.post(path, { body, signal: turn.signal, headers: mergeHeaders({ 'content-type': 'application/json' }, headers, ownHeaders(request), credential) }).asResponse();
}

/** What was set for this request; an account brings the only key. */
function ownHeaders({ access, options }: ModelRequest): Record<string, string> {
  const headers = mergeHeaders(options.headers);
  return access === undefined ? headers : withoutCredentials(headers);
}

function aboutErrors({ name, url, from, keyPlace, secrets }: Server, request: ModelRequest, turn: Turn): ProviderErrorContext {
  const { title } = SERVERS[name];
  return {
    name: title, origin: url.origin, keyPlace, addressVariable: from,
    secrets: [...secrets, ...secretsOf(ownHeaders(request))], signal: turn.signal, now: () => turn.now(),
  };
}

/** The path is not there, rather than the model. */
function isMissingPath(failure: unknown): boolean {
  if (!isPithError(failure)) return false;
  const { status, type, vendorMessage } = failure.details ?? {};
  return (status === 404 || status === 405) && !/model/i.test(`${String(type)} ${String(vendorMessage)}`);
}

/** A server that has one model means that one; of several, a person must name one. */
async function findModel({ client, name, credential }: Server, about: ProviderErrorContext): Promise<string> {
  let models: string[];
  try {
    const { data = [] } = await client.get<{ data?: { id: string }[] }>('/models', { signal: about.signal, ...(credential === undefined ? {} : { headers: credential }) });
    models = data.map(({ id }) => id);
  } catch (error) {
    throw toProviderError(error, about);
  }
  if (models.length === 1) return models[0]!;
  throw new PithError(models.length === 0 ? `${about.name} has no models` : `${about.name} has ${models.length} models, and none was named`, {
    code: 'MODEL_UNKNOWN', hint: models.length === 0 ? 'Load one there first.' : `Name one with --model: ${models.slice(0, 6).map((model) => `${name}/${model}`).join(', ')}`,
  });
}
